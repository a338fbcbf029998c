// What an operator expects of a rehearsal, as sentences; and whether a report keeps them.
//
//   owner ecs2 within 4s [after 5s]     the address is reached at ecs2 that soon after the fault (or the time given)
//   owner ecs1 at 30s | at the end      the kernels have it there and nowhere else
//   no split brain                      never two owners, handovers of up to 5 ms aside; split brain below 10ms
//   no outage                           outage below 50ms           each single one
//   total outage below 5s               transitions at most 4
//   state ecs1 backup at 20s            mail at least 1             notify at least 3
import { fail, type Milliseconds, ok, type Result } from '@havip/base'
import { parseDuration, roughDuration } from './duration.ts'
import type { Report, Span } from './report.ts'

export type Expectation = { readonly text: string; readonly check: (report: Report) => Verdict }
/** `detail` says what was found instead, or what was found. */
export type Verdict = { readonly passed: boolean; readonly detail: string }

export const expectationForms: readonly string[] = [
  'owner NODE within TIME [after TIME] [of ADDRESS]',
  'owner NODE at TIME|the end [of ADDRESS]',
  'no split brain',
  'split brain below TIME',
  'no outage',
  'outage below TIME',
  'total outage below TIME',
  'state NODE STATE at TIME|the end',
  'transitions at most N',
  'notify at least N',
  'mail at least N',
  'no crash',
]

export function parseExpectation(text: string): Result<Expectation, string> {
  const wanted = text.trim().replace(/\s+/g, ' ')
  for (const [pattern, make] of forms) {
    const match = pattern.exec(wanted)
    if (!match) continue
    const check = make(match)
    return typeof check === 'string' ? fail(check) : ok({ text: wanted, check })
  }
  return fail(`“${wanted}” is no expectation; the forms are: ${expectationForms.join('; ')}`)
}

type Check = (report: Report) => Verdict
type Form = readonly [RegExp, (match: RegExpExecArray) => Check | string]

/** Runs `then` on the duration, or says that it is none. */
function timed(text: string, then: (time: Milliseconds) => Check): Check | string {
  const time = parseDuration(text)
  return time.ok ? then(time.value) : `“${text}” is not a length of time; write it as 4s or 50ms`
}

const forms: readonly Form[] = [
  [
    /^owner (\S+) within (\S+)(?: after (\S+))?(?: of (\S+))?$/,
    ([, node, within, after, address]) => ownerWithin(node as string, within as string, after, address),
  ],
  [
    /^owner (\S+) at (the end|\S+)(?: of (\S+))?$/,
    ([, node, at, address]) => atTime(at as string, (when) => ownerAt(node as string, when, address)),
  ],
  [/^no split[ -]brain$/, () => noSplitBrain],
  [/^split[ -]brain (?:below|under) (\S+)$/, ([, time]) => timed(time as string, splitBrainBelow)],
  [/^no outage$/, () => outageBelow(0)],
  [/^outage (?:below|under) (\S+)$/, ([, time]) => timed(time as string, outageBelow)],
  [/^total outage (?:below|under) (\S+)$/, ([, time]) => timed(time as string, totalOutageBelow)],
  [
    /^state (\S+) (\S+) at (the end|\S+)$/,
    ([, node, state, at]) => atTime(at as string, (when) => stateAt(node as string, state as string, when)),
  ],
  [/^transitions at most (\d+)$/, ([, count]) => counted('transitions', Number(count), false)],
  [/^notify at least (\d+)$/, ([, count]) => counted('notifyCalls', Number(count), true)],
  [/^mail at least (\d+)$/, ([, count]) => counted('mails', Number(count), true)],
  [/^no crash$/, () => counted('crashes', 0, false)],
]

const atTime = (text: string, then: (when: number | undefined) => Check): Check | string =>
  text === 'the end' ? then(undefined) : timed(text, then)

const passed = (detail: string): Verdict => ({ passed: true, detail })
const failed = (detail: string): Verdict => ({ passed: false, detail })
const seconds = (at: number): string => `${(at / 1000).toFixed(3)} s`

const valueAt = <T>(spans: readonly Span<T>[], at: number): T | undefined => spans.findLast((span) => span.from <= at)?.value

const chosen = (report: Report, address: string | undefined) =>
  report.addresses.filter((one) => address === undefined || one.address === address)

/** Counted from the first fault unless a time is given: what an operator asks is how soon after it went wrong. */
function ownerWithin(node: string, within: string, after: string | undefined, address: string | undefined): Check | string {
  return timed(within, (time) => {
    const check =
      (since: number | undefined): Check =>
      (report) => {
        const start = since ?? report.timeline.find((entry) => entry.kind === 'fault')?.at ?? 0
        const places = chosen(report, address)
        if (places.length === 0) return failed('there is no such address')
        let latest = 0
        for (const { address: vip, reached } of places) {
          for (const { client, spans } of reached) {
            const span = spans.find((one) => one.to > start && one.value === node)
            if (!span) return failed(`${client} never reaches ${node} at ${vip} after ${seconds(start)}`)
            latest = Math.max(latest, span.from - start)
          }
        }
        const found = `reached after ${roughDuration(Math.max(0, latest))}`
        return latest <= time ? passed(found) : failed(found)
      }
    if (after === undefined) return check(undefined)
    const since = parseDuration(after)
    return since.ok ? check(since.value) : () => failed(`“${after}” is not a length of time`)
  })
}

const ownerAt =
  (node: string, when: number | undefined, address: string | undefined): Check =>
  (report) => {
    const at = when ?? report.durationMs
    const places = chosen(report, address)
    if (places.length === 0) return failed('there is no such address')
    for (const { address: vip, owners } of places) {
      const value = valueAt(owners, at) ?? []
      if (value.length !== 1 || value[0] !== node) return failed(`at ${seconds(at)} ${value.join(' and ') || 'nobody'} has ${vip}`)
    }
    return passed(`${node} has it at ${seconds(at)}`)
  }

const noSplitBrain: Check = (report) => splitBrainBelow(0)({ ...report, splitBrains: report.splitBrains.filter((one) => !one.isHandover) })

const splitBrainBelow =
  (limit: number): Check =>
  (report) => {
    const worst = report.splitBrains.find((one) => one.lasted > limit)
    if (!worst) return passed(report.splitBrains.length === 0 ? 'none' : `${report.splitBrains.length}, all shorter`)
    return failed(`${worst.nodes.join(' and ')} both had ${worst.address} for ${roughDuration(worst.lasted)} from ${seconds(worst.from)}`)
  }

const outageBelow =
  (limit: number): Check =>
  (report) => {
    const worst = report.outages.find((outage) => outage.lasted > limit)
    if (!worst) return passed(`longest ${roughDuration(report.totals.longestOutageMs)}`)
    return failed(`${worst.client} reached nobody at ${worst.address} for ${roughDuration(worst.lasted)} from ${seconds(worst.from)}`)
  }

const totalOutageBelow =
  (limit: number): Check =>
  ({ totals }) =>
    totals.outageMs <= limit ? passed(roughDuration(totals.outageMs)) : failed(`${roughDuration(totals.outageMs)} in all`)

const stateAt =
  (node: string, state: string, when: number | undefined): Check =>
  (report) => {
    const at = when ?? report.durationMs
    const lanes = report.lanes.filter((lane) => lane.node === node)
    if (lanes.length === 0) return failed(`there is no virtual router on ${node}`)
    for (const lane of lanes) {
      const value = valueAt(lane.spans, at) ?? 'off'
      if (value !== state.toLowerCase()) return failed(`${lane.instance} is ${value} at ${seconds(at)}`)
    }
    return passed(`at ${seconds(at)}`)
  }

function counted(what: 'transitions' | 'notifyCalls' | 'mails' | 'crashes', limit: number, isMinimum: boolean): Check {
  return ({ totals }) => {
    const value = totals[what]
    const holds = isMinimum ? value >= limit : value <= limit
    return holds ? passed(String(value)) : failed(`there were ${value}`)
  }
}
