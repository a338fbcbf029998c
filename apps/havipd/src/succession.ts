// What happens after the daemon has died without goodbye, decided by whoever watched it: become the daemon, or, when that has not
// helped, say goodbye in its place: addresses away, then priority 0. Never two owners.
import { monotonicMilliseconds } from '@havip/linux'
import { executeWill } from '@havip/vrrp-linux'
import { emptyWill, type GuardReport, heritageFrom, holdingsOf, type Succession, type Will, willFromJson } from '@havip/vrrp-runtime'

/** So many deaths within so long: the fault is in what the daemon does, not in what was done to it. */
export const deathsMax = 3
export const deathsWithinMs = 10_000

export type Death = { readonly how: string; readonly pid: number; readonly willJson: string | undefined }
export type Log = (level: number, line: string) => void

/** Recent deaths with this one; times are of the machine's monotonic clock, so that they mean the same in each process. */
export function recentDeaths(before: readonly number[], now: number): readonly number[] {
  return [...before.filter((at) => now - at < deathsWithinMs), now]
}

/** Undefined: it has to be goodbye. */
export function successionOf(death: Death, deaths: readonly number[]): Succession | undefined {
  if (deaths.length >= deathsMax || death.willJson === undefined) return undefined
  const will = willFromJson(death.willJson)
  const heritage = heritageFrom(will.heritage)
  // It may read a file that was changed and not reloaded.
  return heritage && { heritage: { ...heritage, holdings: holdingsOf(will) }, how: death.how }
}

export const willOf = ({ willJson }: Death): Will => (willJson === undefined ? emptyWill : willFromJson(willJson))

/** For the status of the daemon that goes on. */
export const wentOn = ({ how, pid }: Death): GuardReport => ({
  reason: 'daemon-died',
  at: new Date().toISOString(),
  pid,
  how,
  addressesRemoved: [],
  resignations: 0,
  faults: [],
  wentOn: true,
  tookMs: 0,
})

/** Removes the addresses, then resigns, and says so. */
export function sayGoodbyeFor(death: Death, log: Log): GuardReport {
  const began = monotonicMilliseconds()
  const will = willOf(death)
  const faults = executeWill(will)
  const tookMs = monotonicMilliseconds() - began
  const held = will.held ?? []
  const did = held.length > 0 ? `removed ${held.join(', ')} and sent priority 0` : 'it held no address'
  log(2, `VRRP process(${death.pid}) died by ${death.how}; guard: ${did} (${tookMs.toFixed(1)} ms)`)
  const told = faults.map((fault) => `${fault.call}: ${fault.errno} ${fault.detail}`)
  for (const fault of told) log(3, `guard: ${fault}`)
  return {
    reason: 'daemon-died',
    at: new Date().toISOString(),
    pid: death.pid,
    how: death.how,
    addressesRemoved: held,
    resignations: will.resignations.length,
    faults: told,
    tookMs,
  }
}
