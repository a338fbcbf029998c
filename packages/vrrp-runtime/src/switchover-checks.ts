// What has to be looked at before addresses are moved on purpose: a pure reading of one instance's facts.
import { between, compareIp, familyOf, type Instant, type IpAddress, type Milliseconds, milliseconds, type Priority } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import { describeTime, type InstanceConfig, type PublicState } from '@havip/vrrp'
import type { HeardMaster } from './router-view.ts'
import type { SwitchoverCheck, SwitchoverRequest } from './switchover-report.ts'

export type SwitchoverFacts = {
  readonly conf: InstanceConf
  readonly config: InstanceConfig
  readonly state: PublicState
  readonly source: IpAddress | undefined
  readonly effective: Priority
  /** Whoever spoke last as master, other than we. */
  readonly heard: HeardMaster | undefined
  readonly standsBack: boolean
  /** Of the sync group, this instance included; empty without one. */
  readonly groupMembers: readonly { readonly name: string }[]
  readonly garpGaps: { readonly garpInterval: Milliseconds; readonly gnaInterval: Milliseconds }
}

/** How long both have the addresses beyond the successor's first advert, for it to add and announce them. */
const overlapMin = 250
const overlapMax = 1000

const ok = (name: string, text: string): SwitchoverCheck => ({ name, verdict: 'ok', text })
const failed = (name: string, text: string): SwitchoverCheck => ({ name, verdict: 'failed', text })
const unknown = (name: string, text: string): SwitchoverCheck => ({ name, verdict: 'unknown', text })

export function switchoverChecks(facts: SwitchoverFacts, request: SwitchoverRequest, now: Instant): readonly SwitchoverCheck[] {
  return request.isReturn ? returnChecks(facts, now) : giveChecks(facts, request.to, now)
}

function giveChecks(facts: SwitchoverFacts, to: IpAddress | undefined, now: Instant): readonly SwitchoverCheck[] {
  const { conf, state, heard } = facts
  if (state !== 'master') {
    const where = heard === undefined ? '' : `; ${heard.address} was heard as master ${describeTime(between(heard.at, now))} ago: ask there`
    return [failed('state', `${conf.name} is ${state.toUpperCase()} here and has nothing to give${where}`)]
  }
  return [
    ok('state', `${conf.name} is MASTER here`),
    ...(conf.ownerIgnoreAdverts
      ? [failed('hears', 'vrrp_owner_ignore_adverts: this node would not hear that another router has taken over')]
      : []),
    peerCheck(conf, to),
    heard === undefined
      ? unknown('heard', 'no other router has been heard: backups are silent, so whether one listens is not known (--to asks it)')
      : unknown(
          'heard',
          `${heard.address} was last heard ${describeTime(between(heard.at, now))} ago, with priority ${heard.priority}: backups are silent, so whether it listens now is not known (--to asks it)`,
        ),
    expectation(facts),
    overlapCheck(conf),
  ]
}

function peerCheck(conf: InstanceConf, to: IpAddress | undefined): SwitchoverCheck {
  const peers = conf.peers.map((peer) => peer.address)
  const list = peers.join(', ')
  if (to !== undefined && peers.length > 0 && !peers.includes(to))
    return failed('peer', `${to} is no unicast_peer of ${conf.name}: ${list}`)
  if (peers.length === 0) return unknown('peer', 'multicast: the best backup that listens takes over')
  if (peers.length > 1) return unknown('peer', `the best of ${list} takes over`)
  return ok('peer', `${list} is the only peer`)
}

/** What the operator will see, and why nobody loses anything meanwhile. */
function expectation({ conf, config }: SwitchoverFacts): SwitchoverCheck {
  const skew = config.version === 2 ? 1000 : config.interval
  const atOnce = conf.peers.length === 1 ? 'a havipd with this node as its only peer takes over at once; ' : ''
  return ok(
    'expectation',
    `${atOnce}keepalived waits its skew first, up to ${describeTime(milliseconds(skew))}; until another router has spoken this node keeps answering, and if none does it stays master`,
  )
}

function overlapCheck(conf: InstanceConf): SwitchoverCheck {
  if (mayBeOnBoth(conf)) return ok('overlap', `both nodes have the addresses for ${describeTime(overlapOf(conf, noGaps))} at least`)
  return unknown('overlap', '-nodad: an IPv6 address that is asked about first cannot be on both nodes; expect a gap of one to two seconds')
}
const noGaps = { garpInterval: milliseconds(0), gnaInterval: milliseconds(0) }

function returnChecks(facts: SwitchoverFacts, now: Instant): readonly SwitchoverCheck[] {
  const { conf, state, heard, effective, source, standsBack } = facts
  if (state === 'master') return [failed('state', `${conf.name} is MASTER here already`)]
  if (state !== 'backup') return [failed('state', `${conf.name} is ${state.toUpperCase()} here`)]
  if (!heard) return [failed('heard', 'no master has been heard: there is nobody to take the addresses from')]
  const age = between(heard.at, now)
  const isLower = heard.priority < effective
  const isTieOurs = heard.priority === effective && source !== undefined && compareIp(source, heard.address) > 0
  return [
    ok('state', `${conf.name} is BACKUP here${standsBack ? ' and stands back since a switchover' : ''}`),
    ok('heard', `master ${heard.address} was heard ${describeTime(age)} ago, with priority ${heard.priority}`),
    isLower || isTieOurs
      ? ok('priority', `its priority ${heard.priority} gives way to ours, ${effective}`)
      : failed(
          'priority',
          `its priority ${heard.priority} does not give way to ours, ${effective}: run the switchover on that node instead`,
        ),
    mayBeOnBoth(conf) ? ok('overlap', 'the addresses are here and announced before that node is told') : overlapCheck(conf),
  ]
}

/** IPv6 addresses that the kernel asks about before it uses them must not be elsewhere at that time. */
export const mayBeOnBoth = (conf: InstanceConf): boolean =>
  [...conf.virtualAddresses, ...conf.excludedAddresses].every((entry) => familyOf(entry.address) === 'ipv4' || entry.noDad)

/** Announcements that are paced take their time; the peer has the same file. */
export function overlapOf(conf: InstanceConf, gaps: SwitchoverFacts['garpGaps']): Milliseconds {
  if (!mayBeOnBoth(conf)) return milliseconds(0)
  const entries = [...conf.virtualAddresses, ...conf.excludedAddresses]
  const paced = entries.reduce((sum, entry) => sum + (familyOf(entry.address) === 'ipv4' ? gaps.garpInterval : gaps.gnaInterval), 0)
  return milliseconds(Math.min(overlapMax, overlapMin + paced))
}
