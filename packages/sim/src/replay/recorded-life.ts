// What one instance recorded from one start to its end, made ready to be lived again: everything that came to it from
// outside, in order, and the transitions that the daemon made of it. All times are milliseconds since `Epoch`.
import { type Family, type Instant, type IpAddress, instant, type Milliseconds, type Priority, type Vrid } from '@havip/base'
import type { Event, InstanceConfig, Legacy, PublicState, TransitionReason } from '@havip/vrrp'
import type { Entry, NodeRecording, RecordedConfig, RecordedEvent } from '@havip/vrrp-runtime'

export type PastMove = {
  readonly at: number
  readonly from: PublicState
  readonly to: PublicState
  readonly reason: TransitionReason
}

/** `sequence` orders what came at the same moment to one process. */
export type Input = { readonly at: number; readonly sequence: number; readonly what: InputKind }
type InputKind =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'resumed'; readonly legacy: Legacy }
  | { readonly kind: 'grouped'; readonly group: string; readonly members: readonly string[] }
  | { readonly kind: 'advert'; readonly from: IpAddress; readonly priority: Priority; readonly interval: Milliseconds }

export type Silence = { readonly from: number; readonly to: number }
/** `missed`: the first timer that did not run; a master's are never far apart. */
export type Freeze = Silence & { readonly missed: number }

export type Life = {
  readonly node: string
  readonly instance: string
  readonly vrid: Vrid
  readonly family: Family
  readonly startedAt: number
  readonly config: InstanceConfig
  readonly inputs: readonly Input[]
  readonly moves: readonly PastMove[]
  /** Entries were recorded until then. */
  readonly lastEntryAt: number
  /** The state in which it went on for a process before it; undefined: it began as any other. */
  readonly resumedAs: PublicState | undefined
  /** When its process did not run. */
  readonly freezes: readonly Freeze[]
}

/** Nothing in the engine looks at it, and no recording tells it. */
const asConfig = (config: RecordedConfig): InstanceConfig => ({ ...config, authentication: { kind: 'none' } })

/** A daemon's longest time without any timer. */
const heartbeat = 1000
/** An instant before the timer was due. */
const justBefore = 0.01
/** More adverts between two moments than any rhythm has: the file was not written by us. */
const runMax = 10_000_000

/**
 * @param epoch wall-clock milliseconds that count as 0
 * @returns the lives whose beginning is in the recording; an instance that was there before it is named in `headless`
 */
export function livesOf(
  { node, entries }: NodeRecording,
  epoch: number,
): { readonly lives: readonly Life[]; readonly headless: readonly string[] } {
  const lives: Life[] = []
  const headless = new Set<string>()
  const byInstance = new Map<string, Entry[]>()
  for (const entry of entries) {
    const list = byInstance.get(entry.instance)
    if (list) list.push(entry)
    else byInstance.set(entry.instance, [entry])
  }
  for (const [instance, own] of byInstance) {
    const starts = own.flatMap((entry, i) => (entry.what.kind === 'configured' ? [i] : []))
    const first = starts[0] ?? own.length
    if (own.slice(0, first).some(({ what }) => what.kind === 'event')) headless.add(instance)
    for (const [k, start] of starts.entries()) {
      const next = starts[k + 1]
      lives.push(lifeOf(node, own.slice(start, next), epoch))
    }
  }
  return { lives, headless: [...headless] }
}

function lifeOf(node: string, entries: readonly Entry[], epoch: number): Life {
  const [head] = entries as readonly [Entry, ...Entry[]]
  if (head.what.kind !== 'configured') throw new RangeError('a life begins with its settings')
  // The monotonic clock orders; the wall clock says only where this life lies among the others.
  const shift = head.wall - epoch - head.at
  const at = (own: Instant): number => own + shift
  const inputs: Input[] = []
  const moves: PastMove[] = []
  const freezes: Freeze[] = []
  let before = at(head.at)
  for (const { at: own, sequence, what } of entries) {
    if (what.kind === 'event') {
      if (what.event.kind === 'stalled') {
        // It is noticed by the first timer that was missed; the process may have stood still since its last sign of life.
        const missed = at(own) - what.event.frozenFor
        freezes.push({ from: Math.max(Math.min(before, missed), missed - heartbeat), missed, to: at(own) })
      }
      inputs.push({ at: at(own), sequence, what: { kind: 'event', event: eventOf(what.event, at) } })
    }
    if (what.kind === 'resumed') inputs.push({ at: at(own), sequence, what: { kind: 'resumed', legacy: legacyOf(what.legacy, at) } })
    if (what.kind === 'grouped') inputs.push({ at: at(own), sequence, what })
    if (what.kind === 'advert-heard' && what.priority === 0) inputs.push({ at: at(own), sequence, what: { ...what, kind: 'advert' } })
    if (what.kind === 'adverts-heard') {
      const { from, priority, interval, count } = what
      const gap = count > 1 ? (own - what.first) / (count - 1) : 0
      for (let i = 0; i < Math.min(count, runMax); i++) {
        inputs.push({
          at: i === count - 1 ? at(own) : at(what.first) + i * gap,
          sequence,
          what: { kind: 'advert', from, priority, interval },
        })
      }
    }
    if (what.kind === 'action' && what.action.kind === 'transition') {
      const { from, to, reason } = what.action
      moves.push({ at: at(own), from, to, reason })
      // Shorter than what the engine is told of.
      if (reason.kind === 'master-silent' && reason.lateBy > 0) {
        const missed = at(own) - reason.lateBy - justBefore
        freezes.push({ from: missed, missed, to: at(own) })
      }
    }
    if (at(own) > before && !(what.kind === 'event' && what.event.kind === 'stalled') && what.kind !== 'late') before = at(own)
  }
  const config = asConfig(head.what.config)
  return {
    node,
    instance: head.instance,
    vrid: config.vrid,
    family: config.family,
    startedAt: at(head.at),
    config,
    // Adverts of several masters may overlap; what came at the same moment keeps its order.
    inputs: inputs.sort((a, b) => a.at - b.at || a.sequence - b.sequence),
    moves,
    lastEntryAt: at((entries.at(-1) as Entry).at),
    resumedAs: inputs.flatMap(({ what }) => (what.kind === 'resumed' ? [what.legacy.kind] : []))[0],
    freezes,
  }
}

/** The points of time in an event, on the common clock. */
function eventOf(event: RecordedEvent, at: (own: Instant) => number): Event {
  switch (event.kind) {
    case 'startup':
      return event.passiveUntil === undefined ? event : { kind: 'startup', passiveUntil: instant(at(event.passiveUntil)) }
    case 'stalled':
      return { ...event, since: instant(at(event.since)) }
    case 'reconfigured':
      return { kind: 'reconfigured', config: asConfig(event.config) }
    default:
      return event
  }
}

function legacyOf(legacy: Legacy, at: (own: Instant) => number): Legacy {
  if (legacy.kind === 'master') {
    return legacy.advertiseAt === undefined ? legacy : { ...legacy, advertiseAt: instant(at(legacy.advertiseAt)) }
  }
  return legacy.masterDownAt === undefined ? legacy : { ...legacy, masterDownAt: instant(at(legacy.masterDownAt)) }
}

/** The address that its adverts came from, at the end. */
export function sourceOf({ inputs }: Life): IpAddress | undefined {
  const last = inputs.findLast(({ what }) => what.kind === 'event' && what.event.kind === 'source-changed' && what.event.source)
  return last?.what.kind === 'event' && last.what.event.kind === 'source-changed' ? last.what.event.source : undefined
}
