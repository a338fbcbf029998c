// Reasons as sentences, with their numbers, for logs and for people.
import type { Milliseconds } from '@havip/base'
import type { SwitchoverFailure } from './action.ts'
import type { FaultCause } from './event.ts'
import type { TransitionReason } from './reason.ts'

/** Seconds with two digits; below 10 ms in milliseconds, which is all that is worth saying there. */
export function describeTime(time: Milliseconds): string {
  return time < 10 && time > 0 ? `${time.toFixed(1)} ms` : `${(time / 1000).toFixed(2)} s`
}

/** One sentence without capital and full stop, e.g. for behind a colon. */
export function describeReason(reason: TransitionReason): string {
  switch (reason.kind) {
    case 'startup':
      return 'start'
    case 'master-silent': {
      const { master, silentFor, lateBy } = reason
      const interval = `master-down interval ${describeTime(reason.masterDownInterval)}`
      const late = lateBy >= 1 ? `, own timer ${describeTime(lateBy)} late` : ''
      if (master === undefined || silentFor === undefined) return `no advertisement heard while listening; ${interval}${late}`
      return `no advertisement from ${master} for ${describeTime(silentFor)}; ${interval}${late}`
    }
    case 'master-resigned':
      return `master ${reason.master} resigned with priority 0; waited ${describeTime(reason.waited)}`
    case 'preempted-lower': {
      const delayed = reason.delayed > 0 ? `, after a preempt delay of ${describeTime(reason.delayed)}` : ''
      return `master ${reason.master} has priority ${reason.theirs}, lower than our ${reason.ours}${delayed}`
    }
    case 'address-owner':
      return 'owner of the addresses, priority 255'
    case 'higher-priority':
      return `${reason.from} has priority ${reason.theirs}, higher than our ${reason.ours}`
    case 'equal-priority-higher-address':
      return `${reason.from} has our priority ${reason.priority} and the higher address`
    case 'fault':
      return reason.causes.map(describeCause).join('; ')
    case 'fault-cleared':
      return reason.cleared.length === 0 ? 'no fault any more' : `over: ${reason.cleared.map(describeCause).join('; ')}`
    case 'address-lost':
      return `${reason.what ?? `address ${reason.address}`} was removed by something else`
    case 'own-stall':
      return `this process did not run for ${describeTime(reason.frozenFor)}; others may have taken over meanwhile`
    case 'sync-group':
      return `${reason.member} of the same sync group moved`
    case 'shutdown':
      return 'stop'
    case 'switched-over': {
      const { to, theirs, after, overlap } = reason
      return `switched over to ${to}, priority ${theirs}; it took over after ${describeTime(after)}, and for ${describeTime(overlap)} both had the addresses`
    }
    case 'taken-back':
      return `taken back from ${reason.master}, priority ${reason.theirs}, ours ${reason.ours}, as the operator wished`
  }
}

/** Why a switchover came to nothing, for behind a colon. */
export function describeSwitchoverFailure(because: SwitchoverFailure): string {
  switch (because) {
    case 'nobody-took-over':
      return 'no other router took over'
    case 'other-gives-too':
      return 'the other router was asked to make room at the same time; of the two this one stays'
    case 'successor-resigned':
      return 'the router that took over resigned at once'
    case 'successor-silent':
      return 'the router that took over fell silent at once'
    case 'group-member-stays':
      return 'another member of the sync group could not move'
  }
}

const on = (name: string): string => (name === '' ? '' : ` on ${name}`)

export function describeCause(cause: FaultCause): string {
  switch (cause.kind) {
    case 'interface-down':
      return `interface ${cause.interface} is down`
    case 'interface-missing':
      return `interface ${cause.interface} does not exist`
    case 'no-source-address':
      return `no address to send from${on(cause.interface)}`
    case 'tracked-interface-down':
      return `tracked interface ${cause.interface} is down`
    case 'script-failed':
      return `script ${cause.script} failed (${cause.detail})`
    case 'file-bad':
      return `file ${cause.file} says ${cause.value}`
    case 'process-missing':
      return `process ${cause.process} is missing`
    case 'static-item-missing':
      return `${cause.item} is missing`
    case 'bfd-down':
      return `BFD session ${cause.session} is down (${cause.detail})`
    case 'group-member-fault':
      return `${cause.member} of the same sync group is in fault`
    case 'configuration':
      return `configuration: ${cause.detail}`
    case 'system':
      return `${cause.call}: ${cause.errno}, ${cause.detail}`
  }
}
