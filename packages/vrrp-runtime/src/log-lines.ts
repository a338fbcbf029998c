// The log in keepalived's wording, because people grep for it and tools parse it; our reason comes after it.
import { unreachable } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import { type Action, describeReason, describeSwitchoverFailure, describeTime, type PublicState, type Remark } from '@havip/vrrp'

export type LogLine = {
  /** syslog's numbers. */
  readonly level: number
  /** Only with -D. */
  readonly detail: boolean
  readonly text: string
}

/** Whom the lines are about. */
type Subject = Pick<InstanceConf, 'name' | 'vrid' | 'virtualAddresses'>

const line = (text: string, level = 6): LogLine => ({ level, detail: false, text })
const detail = (text: string): LogLine => ({ level: 6, detail: true, text })

export type Transition = Extract<Action, { kind: 'transition' }>

export function transitionLine(name: string, transition: Transition): LogLine {
  const { from, to, reason } = transition
  const why = describeReason(reason)
  return line(`(${name}) ${stateWords(from, to)}: ${why}`, to === 'fault' ? 4 : 5)
}

/** What keepalived says just before a move; why, as we tell it, is in the line of the transition. */
export function leadingLine(name: string, { from, reason }: Transition): LogLine | undefined {
  switch (reason.kind) {
    case 'higher-priority':
      if (from !== 'master') return undefined
      return line(`(${name}) Master received advert from ${reason.from} with higher priority ${reason.theirs}, ours ${reason.ours}`)
    case 'equal-priority-higher-address':
      if (from !== 'master') return undefined
      return line(
        `(${name}) Master received advert from ${reason.from} with same priority ${reason.priority} but higher IP address than ours`,
      )
    // After a silence it is a remark of its own, with its place in the recording.
    case 'preempted-lower':
    case 'master-resigned':
      return detail(receiveTimeout(name))
    default:
      return undefined
  }
}

const receiveTimeout = (name: string): string => `(${name}) Receive advertisement timeout`

function stateWords(from: PublicState, to: PublicState): string {
  switch (to) {
    case 'master':
      return 'Entering MASTER STATE'
    case 'backup':
      return from === 'init' ? 'Entering BACKUP STATE (init)' : 'Entering BACKUP STATE'
    case 'fault':
      return from === 'init' ? 'Entering FAULT STATE (init)' : 'Entering FAULT STATE'
    case 'stopped':
      return 'Stopping'
    case 'init':
      return 'Waiting in INIT'
  }
}

export function remarkLine(subject: Subject, remark: Remark): LogLine {
  const { name } = subject
  switch (remark.kind) {
    case 'lower-priority-discarded':
      return line(`(${name}) received lower priority (${remark.theirs}) advert from ${remark.from} - discarding`)
    case 'lower-priority-while-master':
      return line(
        `(${name}) Received advert from ${remark.from} with lower priority ${remark.theirs}, ours ${remark.ours}, forcing new election`,
      )
    case 'same-priority-same-address':
      return line(`(${name}) WARNING - equal priority advert received from ${remark.from} with our own source address`, 4)
    case 'two-owners':
      return line(
        `(${name}) CONFIGURATION ERROR: local instance and ${remark.from} are both configured as address owner, please correct`,
        3,
      )
    case 'master-changed':
      return detail(
        remark.from === undefined ? `(${name}) master set to ${remark.to}` : `(${name}) master changed from ${remark.from} to ${remark.to}`,
      )
    case 'resignation-heard':
      return detail(`(${name}) Backup received priority 0 advertisement from ${remark.from}`)
    case 'preempt-delay-started':
      return detail(`(${name}) start preempt delay (${(remark.for / 1000).toFixed(6)})`)
    case 'receive-timeout':
      return detail(receiveTimeout(name))
    case 'address-reasserted':
      return line(`(${name}) ${remark.address} was removed by something else; it is back, announced again (${remark.times})`, 4)
    case 'announced-after-silence':
      return line(
        `(${name}) announcing our addresses again: for ${Math.round(remark.silentFor)} ms we sent no advert, another may have taken over`,
        5,
      )
    case 'interval-differs':
      return detail(
        `(${name}) advertisement interval differs with ${remark.from} mine=${remark.ours / 1000} sec rcv'd=${remark.theirs / 1000} sec`,
      )
    case 'address-list-differs':
      return line(`(${name}) ${addressListWords(remark, subject)}; the advert has ${remark.theirs.join(', ') || 'none'}`, 4)
    case 'checksum-form-switched':
      return line(`(${name}) ${remark.from} computes checksums in the old unicast way; so do we from now on`)
    case 'clock-differs':
      return line(`(${name}) auth_hmac: the clock of ${remark.from} is ${remark.by / 1000} s away from ours`, 4)
    case 'stalled':
      return line(`(${name}) this process did not run for ${Math.round(remark.frozenFor)} ms; listening before claiming anything`, 4)
    case 'yielding':
      return line(`(${name}) switchover: said goodbye and keep the addresses until another router has them`, 5)
    case 'successor-heard':
      return line(
        `(${name}) switchover: ${remark.from} with priority ${remark.theirs} has taken over after ${describeTime(remark.after)}`,
        5,
      )
    case 'switchover-given-up':
      return line(
        `(${name}) switchover given up after ${describeTime(remark.after)}, still MASTER: ${describeSwitchoverFailure(remark.because)}`,
        4,
      )
    case 'take-back-refused':
      return line(
        `(${name}) not taking the addresses back: ${remark.master === undefined ? 'no master is heard' : `${remark.master} has priority ${remark.theirs} and would take them again`}`,
        4,
      )
    case 'predecessor-released':
      return line(`(${name}) ${remark.from} has removed its addresses; announcing ours again`)
    default:
      return unreachable(remark)
  }
}

/** Another number of addresses says it all; of as many, those of ours are named that are not among them. */
function addressListWords(
  { from, theirs }: Extract<Remark, { kind: 'address-list-differs' }>,
  { vrid, virtualAddresses }: Subject,
): string {
  const ours = virtualAddresses.map(({ address }) => address)
  if (theirs.length !== ours.length) return `expected ${ours.length} VIPs but received ${theirs.length} from ${from}`
  const missing = ours.filter((address) => !theirs.includes(address))
  return `ip address associated with VRID ${vrid} not present in advert from ${from}: ${missing.join(', ')}`
}
