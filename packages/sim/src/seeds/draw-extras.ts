// What only some random worlds have beside a plain virtual router: a second one, a sync group, more kinds of trackers,
// virtual MACs, named pipes, mails, paced announcements, files to reload. Drawn from a stream of their own, so that what a
// seed drew before stays as it was.
import { type Milliseconds, milliseconds, type Random } from '@havip/base'
import type { Fault, TimedFault } from '../fault.ts'

export type Extras = {
  readonly second: 'none' | 'apart' | 'grouped'
  /** The group's trackers instead of the instances'. */
  readonly isGroupTracking: boolean
  readonly noAdvertToLower: boolean
  readonly advertsToHigher: boolean
  /** Between two announcements, milliseconds; 0: back to back. */
  readonly announceGap: number
  readonly downTimerAdverts: number
  readonly mails: boolean
  readonly pipes: boolean
  readonly isVirtualMac: boolean
  readonly file: { readonly weight: number } | undefined
  readonly program: { readonly weight: number; readonly quorum: number } | undefined
  readonly otherInterface: { readonly weight: number } | undefined
  readonly reloads: 'none' | 'priority' | 'fewer' | 'more'
}

/** Where the daemons find their configuration. */
export const configurationFile = '/etc/keepalived/keepalived.conf'
export const trackedFile = '/var/lib/weight'
export const trackedProgram = '/usr/sbin/served'
export const otherFile = '/etc/keepalived/other.conf'
export const pipePath = '/run/notify.fifo'

export function drawExtras(random: Random, version: 2 | 3): Extras {
  return {
    second: random.pick(['none', 'none', 'none', 'none', 'apart', 'grouped', 'grouped'] as const),
    isGroupTracking: random.chance(0.4),
    noAdvertToLower: random.chance(0.08),
    advertsToHigher: random.chance(0.08),
    announceGap: random.chance(0.12) ? random.pick([20, 100]) : 0,
    downTimerAdverts: version === 3 && random.chance(0.1) ? random.pick([2, 5]) : 3,
    mails: random.chance(0.2),
    pipes: random.chance(0.15),
    isVirtualMac: random.chance(0.1),
    file: random.chance(0.15) ? { weight: random.pick([0, 1, -1, 3]) } : undefined,
    program: random.chance(0.12) ? { weight: random.pick([0, -30, 20]), quorum: random.pick([1, 2]) } : undefined,
    otherInterface: random.chance(0.12) ? { weight: random.pick([0, -40, 25]) } : undefined,
    reloads: random.pick(['none', 'none', 'none', 'none', 'none', 'priority', 'fewer', 'more'] as const),
  }
}

type Span = { readonly names: readonly string[]; readonly start: number; readonly end: number; readonly longest: number }

/** Faults that these parts suffer from; every one that lasts is over before `end`. */
export function drawExtraFaults(random: Random, extras: Extras, { names, start, end, longest }: Span): readonly TimedFault[] {
  const kinds: (() => readonly TimedFault[])[] = []
  const node = (): string => random.pick(names)
  const at = (): Milliseconds => milliseconds(random.integer(start, Math.max(start, end - 1)))
  const lasting = (fault: Fault): readonly TimedFault[] => {
    const from = at()
    const lasts = Math.max(1, Math.min(end - from, random.integer(50, longest)))
    return [{ at: from, fault, lasts: milliseconds(lasts) }]
  }
  const { file, program, otherInterface } = extras
  if (file) {
    kinds.push(() => {
      const machine = node()
      const from = at()
      const value = random.pick([1, -1, 5, -20, 120, -254])
      const write = (when: number, text: string): TimedFault => ({
        at: milliseconds(when),
        fault: { kind: 'write', node: machine, file: trackedFile, text },
        lasts: undefined,
      })
      return [write(from, `${value}\n`), write(Math.min(end, from + random.integer(50, longest)), '0\n')]
    })
  }
  if (program) kinds.push(() => lasting({ kind: 'process', node: node(), program: trackedProgram, count: program.quorum - 1 }))
  if (otherInterface) kinds.push(() => lasting({ kind: 'link', node: node(), interface: 'eth1', isUp: false }))
  if (extras.reloads !== 'none') {
    kinds.push(() => {
      const machine = node()
      const from = at()
      const reload = (when: number, name: string): TimedFault => ({
        at: milliseconds(when),
        fault: { kind: 'reload', node: machine, file: name },
        lasts: undefined,
      })
      // Half of them go back to what they had.
      return random.chance(0.5) ? [reload(from, otherFile)] : [reload(from, otherFile), reload(Math.min(end, from + longest), firstFile)]
    })
  }
  if (kinds.length === 0) return []
  return Array.from({ length: random.integer(1, 2) }, () => random.pick(kinds)()).flat()
}

/** The configuration as it was at the start, for going back to it. */
export const firstFile = `${configurationFile}.first`

export const globalLines = ({ announceGap, mails, pipes }: Extras): readonly string[] => [
  ...(announceGap > 0 ? [`  vrrp_garp_interval ${announceGap / 1000}`, `  vrrp_gna_interval ${announceGap / 1000}`] : []),
  ...(mails ? ['  smtp_server 10.0.0.250', '  notification_email { ops@example.org }', '  notification_email_from vrrp@example.org'] : []),
  ...(pipes ? [`  vrrp_notify_fifo ${pipePath}`] : []),
]

export const trackerBlocks = ({ file, program }: Extras): readonly string[] => [
  ...(file ? ['track_file value {', `  file ${trackedFile}`, '}'] : []),
  ...(program ? ['vrrp_track_process served {', `  process ${trackedProgram}`, `  quorum ${program.quorum}`, '}'] : []),
]

export const trackerLines = ({ file, program, otherInterface }: Extras): readonly string[] => [
  ...(file ? ['  track_file {', `    value weight ${file.weight}`, '  }'] : []),
  ...(program ? ['  track_process {', `    served weight ${program.weight}`, '  }'] : []),
  ...(otherInterface ? ['  track_interface {', `    eth1 weight ${otherInterface.weight}`, '  }'] : []),
]

export const instanceLines = (extras: Extras): readonly string[] => [
  ...(extras.noAdvertToLower ? ['  lower_prio_no_advert'] : []),
  ...(extras.advertsToHigher ? ['  higher_prio_send_advert'] : []),
  ...(extras.downTimerAdverts === 3 ? [] : [`  down_timer_adverts ${extras.downTimerAdverts}`]),
  ...(extras.mails ? ['  smtp_alert'] : []),
  ...(extras.isVirtualMac ? ['  use_vmac', '  vmac_xmit_base'] : []),
]
