// What may happen to an instance, and what its machine has to do for it.
import { fail, ok, type Result, type WallTime } from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { Instance, InstanceStatus } from './resource.ts'

const wrongStatus = (instance: Instance) => fail(apiFault('IncorrectInstanceStatus', { status: instance.status }))

export function decideStartInstance(instance: Instance): Result<Instance, ApiFault> {
  if (instance.status !== 'Stopped') return wrongStatus(instance)
  return ok({ ...instance, wanted: 'running', status: 'Starting', forced: false, bootWanted: instance.bootWanted + 1 })
}

export function decideStopInstance(instance: Instance, force: boolean): Result<Instance, ApiFault> {
  // A force stop may follow a polite one that takes too long.
  const isHurried = instance.status === 'Stopping' && force && !instance.forced
  if (instance.status !== 'Running' && !isHurried) return wrongStatus(instance)
  return ok({ ...instance, wanted: 'stopped', status: 'Stopping', forced: force })
}

export function decideRebootInstance(instance: Instance, force: boolean): Result<Instance, ApiFault> {
  if (instance.status !== 'Running') return wrongStatus(instance)
  return ok({ ...instance, status: 'Starting', forced: force, bootWanted: instance.bootWanted + 1 })
}

/** Stopped, or anything with force; one that is still being made only when that does not succeed. Again is success. */
export function decideDeleteInstance(instance: Instance, force: boolean): Result<Instance, ApiFault> {
  if (instance.wanted === 'deleted') return ok(instance)
  if (instance.deletionProtection) return fail(apiFault('InvalidOperation.DeletionProtection'))
  if (instance.status === 'Pending' && !(force && instance.problem)) return fail(apiFault('IncorrectInstanceStatus.Initializing'))
  if (instance.status !== 'Stopped' && !force) return wrongStatus(instance)
  return ok({ ...instance, wanted: 'deleted', status: 'Stopping', forced: true })
}

/** What is known of a machine; undefined: there is none. */
export type MachineFact = { readonly power: 'running' | 'stopped'; readonly boot: number } | undefined

/** What the machine has to do next; undefined: nothing, it is as wanted. */
export type MachineStep =
  | { readonly kind: 'start'; readonly boot: number }
  | { readonly kind: 'stop'; readonly force: boolean }
  | { readonly kind: 'remove' }

export function machineStep(instance: Instance, fact: MachineFact): MachineStep | undefined {
  switch (instance.wanted) {
    case 'running':
      if (fact?.power !== 'running') return { kind: 'start', boot: instance.bootWanted }
      return fact.boot < instance.bootWanted ? { kind: 'stop', force: instance.forced } : undefined
    case 'stopped':
      return fact?.power === 'running' ? { kind: 'stop', force: instance.forced } : undefined
    case 'deleted':
      return fact ? { kind: 'remove' } : undefined
  }
}

/** What the API shows for it. `hasPort`: the plane has its port, without which it cannot start. */
export function observedInstance(instance: Instance, fact: MachineFact, hasPort: boolean, now: WallTime): Instance {
  const status = observedStatus(instance, fact, hasPort)
  if (status === instance.status) return instance
  return { ...instance, status, startedAt: status === 'Running' ? now : instance.startedAt }
}

function observedStatus(instance: Instance, fact: MachineFact, hasPort: boolean): InstanceStatus {
  switch (instance.wanted) {
    case 'running':
      if (machineStep(instance, fact) === undefined) return 'Running'
      return instance.status === 'Pending' && !hasPort ? 'Pending' : 'Starting'
    case 'stopped':
      if (fact?.power === 'running') return 'Stopping'
      return instance.status === 'Pending' && !hasPort ? 'Pending' : 'Stopped'
    case 'deleted':
      return 'Stopping'
  }
}
