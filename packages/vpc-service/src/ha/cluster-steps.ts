// The steps of a high-availability set-up, each with what undoes it. Every step and every undoing may be run again, also after a
// crash in the middle of it: what it makes is found again by a ClientToken that is the set-up's own.
import type { Result } from '@havip/base'
import type { ApiFault, Havip, HavipCluster, Instance, InstanceId } from '@havip/vpc'
import type { Compute } from '../ports.ts'
import type { Caller, VpcService } from '../service.ts'
import type { ReadTransaction, Store } from '../store.ts'
import { type ClusterPlan, cleanScript, configureScript, findingsOf, startScript } from './cluster-files.ts'
import { type DaemonStatuses, routerOf } from './daemon-statuses.ts'

/** Why a step cannot be done, in words for whoever asked. */
export class ClusterFault extends Error {}

export type ClusterContext = {
  readonly service: VpcService
  readonly store: Store
  readonly compute: Compute
  readonly daemons: DaemonStatuses
  readonly caller: Caller
  /** As it is now. */
  readonly cluster: () => HavipCluster
  readonly save: (change: Partial<HavipCluster>) => Promise<void>
  /** Asks again and again; a ClusterFault with `what` when it isn't so in time. */
  readonly until: (what: string, isSo: () => Promise<boolean>) => Promise<void>
}

export type ClusterStep = {
  readonly name: string
  readonly perform: (context: ClusterContext) => Promise<void>
  readonly undo: (context: ClusterContext) => Promise<void>
}

const nothing = async (): Promise<void> => undefined

export const clusterSteps: readonly ClusterStep[] = [
  { name: 'create the HaVip', perform: createHavip, undo: deleteHavip },
  { name: 'bind the first instance', perform: (context) => bind(context, 0), undo: (context) => unbind(context, 0) },
  { name: 'bind the second instance', perform: (context) => bind(context, 1), undo: (context) => unbind(context, 1) },
  { name: 'write the configurations', perform: configure, undo: clean },
  { name: 'start the daemons', perform: start, undo: nothing },
  { name: 'see who owns the address', perform: awaitOwner, undo: nothing },
  { name: 'allocate the public address', perform: allocateEip, undo: releaseEip },
  { name: 'bind the public address', perform: bindEip, undo: unbindEip },
]

/** The value; a refusal that is no fault here gives undefined. */
async function must<T>(answer: Promise<Result<T, ApiFault>>, harmless: readonly string[] = []): Promise<T | undefined> {
  const result = await answer
  if (result.ok) return result.value
  if (harmless.includes(result.fault.code)) return undefined
  throw new ClusterFault(result.fault.message)
}

const read = <T>({ store }: ClusterContext, work: (tx: ReadTransaction) => Promise<T>): Promise<T> => store.read(work)
const havipOf = (context: ClusterContext): Promise<Havip | undefined> => {
  const { havip } = context.cluster()
  return havip === undefined ? Promise.resolve(undefined) : read(context, (tx) => tx.get('havip', havip))
}
const withToken = ({ caller, cluster }: ClusterContext, what: string): Caller => ({ ...caller, clientToken: `${cluster().id}-${what}` })
const isSettled = (havip: Havip): boolean => havip.status === 'Available' || havip.status === 'InUse'

async function createHavip(context: ClusterContext): Promise<void> {
  const { vswitch, wantedAddress, name, havip } = context.cluster()
  if (havip === undefined) {
    const made = await must(context.service.createHavip(withToken(context, 'havip'), { vswitch, address: wantedAddress, name }))
    if (made) await context.save({ havip: made.havip, address: made.address })
  }
  await context.until('The HaVip does not become available', async () => (await havipOf(context))?.status === 'Available')
}

async function deleteHavip(context: ClusterContext): Promise<void> {
  const { vswitch, wantedAddress, name, havip } = context.cluster()
  if (havip === undefined) {
    // It may have been made and not been written down: the same token says which it was. Else this makes one, for a moment.
    const made = await context.service.createHavip(withToken(context, 'havip'), { vswitch, address: wantedAddress, name })
    if (!made.ok) return
    await context.save({ havip: made.value.havip, address: made.value.address })
  }
  let isAsked = false
  await context.until('The HaVip cannot be deleted', async () => {
    const row = await havipOf(context)
    if (!row) return true
    if (!isAsked && row.status === 'Available') {
      await must(context.service.deleteHavip(context.caller, { havip: row.id }), ['InvalidHaVipId.NotFound'])
      isAsked = true
    }
    return false
  })
}

async function bind(context: ClusterContext, node: 0 | 1): Promise<void> {
  const { havip = '', instances } = context.cluster()
  const instance = instances[node]
  await context.until(`${instance} is not bound`, async () => {
    const row = await havipOf(context)
    if (!row) throw new ClusterFault('The HaVip is gone')
    // One binding at a time: another may still be under way.
    if (isSettled(row) && !row.instances.includes(instance))
      await must(context.service.associateHavip(context.caller, { havip, instance }), ['IncorrectHaVipStatus'])
    return row.status === 'InUse' && row.instances.includes(instance)
  })
}

async function unbind(context: ClusterContext, node: 0 | 1): Promise<void> {
  const instance = context.cluster().instances[node]
  await context.until(`${instance} cannot be unbound`, async () => {
    const row = await havipOf(context)
    if (!row || (isSettled(row) && !row.instances.includes(instance))) return true
    if (isSettled(row)) {
      const gone = ['ResourceNotAssociated', 'InvalidHaVipId.NotFound', 'IncorrectHaVipStatus']
      await must(context.service.unassociateHavip(context.caller, { havip: row.id, instance, force: true }), gone)
    }
    return false
  })
}

async function instancesOf(context: ClusterContext): Promise<readonly [Instance, Instance]> {
  const [one, two] = await Promise.all(context.cluster().instances.map((id) => read(context, (tx) => tx.get('instance', id))))
  if (!one || !two) throw new ClusterFault('An instance is gone')
  return [one, two]
}

async function planOf(context: ClusterContext): Promise<ClusterPlan> {
  const cluster = context.cluster()
  const [one, two] = await instancesOf(context)
  if (cluster.address === undefined) throw new ClusterFault('The HaVip has no address')
  return { cluster, havip: cluster.address, addresses: [one.address, two.address] }
}

/** What the script printed last, when it fails. */
async function inside(context: ClusterContext, instance: InstanceId, what: string, script: string): Promise<void> {
  const command = { script, user: 'root', directory: '/', timeoutMs: 30_000, outputMax: 16 * 1024 }
  const result = await context.compute.run(instance, command)
  if (result.kind === 'exited' && result.status === 0) return
  const last = result.kind === 'exited' ? (result.output.trim().split('\n').at(-1) ?? '') : ''
  const why = result.kind === 'not-running' ? 'it is off' : result.kind === 'timed-out' ? 'it took too long' : last
  throw new ClusterFault(`${what} on ${instance}: ${why}`)
}

async function configure(context: ClusterContext): Promise<void> {
  const plan = await planOf(context)
  const findings = findingsOf(plan)
  if (findings.length > 0) throw new ClusterFault(`The configurations would not be right: ${findings.join(' ')}`)
  for (const node of [0, 1] as const) {
    const instance = context.cluster().instances[node]
    await inside(context, instance, 'The configuration could not be written', configureScript(plan, node))
  }
}

async function clean(context: ClusterContext): Promise<void> {
  const { id, instances } = context.cluster()
  for (const instance of instances) {
    const row = await read(context, (tx) => tx.get('instance', instance))
    // With the instance its disk is gone.
    if (row && row.wanted !== 'deleted') await inside(context, instance, 'The configuration could not be taken away', cleanScript(id))
  }
}

async function start(context: ClusterContext): Promise<void> {
  // The preferred one first, so that the address does not move at the very beginning.
  for (const instance of context.cluster().instances) {
    await inside(context, instance, 'The daemon could not be started', startScript)
    await context.until(`The daemon of ${instance} does not answer`, async () => (await context.daemons.of(instance, 0)).kind === 'heard')
  }
}

async function awaitOwner(context: ClusterContext): Promise<void> {
  const { instances, address = '', checkPort } = context.cluster()
  const why = checkPort > 0 ? ` (does a service listen on port ${checkPort} of an instance?)` : ''
  await context.until(`Neither daemon takes the address${why}`, async () => {
    for (const instance of instances) {
      const answer = await context.daemons.of(instance, 0)
      const router = answer.kind === 'heard' ? routerOf(answer.document, address) : undefined
      if (router?.state === 'master' && router.addresses?.some((entry) => entry.address === address && entry.present)) return true
    }
    return false
  })
}

async function allocateEip(context: ClusterContext): Promise<void> {
  const { bandwidth, eip, name } = context.cluster()
  if (bandwidth === 0 || eip !== undefined) return
  const made = await must(context.service.allocateEip(withToken(context, 'eip'), { bandwidth, name }))
  if (made) await context.save({ eip: made.eip, eipAddress: made.address })
}

async function releaseEip(context: ClusterContext): Promise<void> {
  const { bandwidth, name } = context.cluster()
  if (bandwidth === 0) return
  if (context.cluster().eip === undefined) {
    const made = await context.service.allocateEip(withToken(context, 'eip'), { bandwidth, name })
    if (!made.ok) return
    await context.save({ eip: made.value.eip, eipAddress: made.value.address })
  }
  await context.until('The public address cannot be released', async () => {
    const row = await eipOf(context)
    if (row?.status === 'Available')
      await must(context.service.releaseEip(context.caller, { eip: row.id }), ['InvalidAllocationId.NotFound'])
    return row === undefined
  })
}

const eipOf = (context: ClusterContext) => {
  const { eip } = context.cluster()
  return eip === undefined ? Promise.resolve(undefined) : read(context, (tx) => tx.get('eip', eip))
}

async function bindEip(context: ClusterContext): Promise<void> {
  const { eip, havip = '' } = context.cluster()
  if (eip === undefined) return
  await context.until('The public address is not bound', async () => {
    const row = await eipOf(context)
    if (!row) throw new ClusterFault('The public address is gone')
    if (row.status === 'Available')
      await must(context.service.associateEip(context.caller, { eip, instance: havip, instanceType: 'HaVip' }))
    if (row.target !== undefined && row.target.id !== havip) throw new ClusterFault('The public address was bound to something else')
    return row.status === 'InUse'
  })
}

async function unbindEip(context: ClusterContext): Promise<void> {
  await context.until('The public address cannot be unbound', async () => {
    const row = await eipOf(context)
    if (!row || row.status === 'Available' || row.status === 'Releasing') return true
    if (row.status === 'InUse') await must(context.service.unassociateEip(context.caller, { eip: row.id }), ['IncorrectEipStatus'])
    return false
  })
}
