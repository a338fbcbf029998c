// The whole control plane over fakes, ready for a test: service, reconciler, command runner.
import type { Result } from '@havip/base'
import type { AccountId, ApiFault, HavipId, InstanceId, NetworkInterfaceId, VpcId, VswitchId } from '@havip/vpc'
import { CommandRunner } from '../command-runner.ts'
import { createVpcService } from '../make-service.ts'
import { OwnerBoard } from '../owner-board.ts'
import type { Claim } from '../ports.ts'
import type { ReconcileEvent } from '../reconcile/reconcile-event.ts'
import { Reconciler } from '../reconcile/reconciler.ts'
import type { Caller, VpcService } from '../service.ts'
import { defaultSettings, type Settings } from '../settings.ts'
import type { Store } from '../store.ts'
import { countingEntropy, FakeClock, FakeCompute, FakePlane } from './fakes.ts'
import { memoryStore } from './memory-store.ts'

export const operator: Caller = { account: '1000000000000001' as AccountId, kind: 'operator', name: 'test', from: '', requestId: 'r-1' }
/** Of an installation that has not been written down anywhere. */
export const testClaim: Claim = { installation: 'inst-test', term: 1 }
export const wholePage = { kind: 'page', number: 1, size: 50 } as const

export type Rig = {
  readonly store: Store
  readonly plane: FakePlane
  readonly compute: FakeCompute
  readonly clock: FakeClock
  readonly owners: OwnerBoard
  readonly service: VpcService
  readonly events: ReconcileEvent[]
  reconciler: Reconciler
  /** As after a crash: a reconciler that remembers nothing. */
  restart(): void
  settle(): Promise<void>
  runCommands(): Promise<void>
}

export function rig(settings: Partial<Settings> = {}, store: Store = memoryStore()): Rig {
  const plane = new FakePlane()
  const compute = new FakeCompute()
  const clock = new FakeClock()
  const owners = new OwnerBoard(plane, clock)
  const events: ReconcileEvent[] = []
  const newReconciler = () => new Reconciler({ store, plane, compute, clock, claim: testClaim, report: (event) => events.push(event) })
  const service = createVpcService({
    store,
    clock,
    entropy: countingEntropy(),
    settings: { ...defaultSettings, autoApprove: true, ...settings },
    owners,
    plane,
    compute,
    changed: () => self.reconciler.wake(),
  })
  const self: Rig = {
    store,
    plane,
    compute,
    clock,
    owners,
    service,
    events,
    reconciler: newReconciler(),
    restart: () => {
      self.reconciler = newReconciler()
    },
    settle: () => self.reconciler.settle(),
    runCommands: async () => {
      const runner = new CommandRunner({ store, compute, clock })
      await runner.wake()
      await runner.idle()
    },
  }
  return self
}

/** The value, or an exception that shows the fault. */
export async function must<T>(answer: Promise<Result<T, ApiFault>>): Promise<T> {
  const result = await answer
  if (!result.ok) throw new Error(`${result.fault.status} ${result.fault.code}: ${result.fault.message}`)
  return result.value
}

/** The code of the refusal, after its status: `404 InvalidVpcId.NotFound`; `OK` when there was none. */
export async function codeOf(answer: Promise<Result<unknown, ApiFault>>): Promise<string> {
  const result = await answer
  return result.ok ? 'OK' : `${result.fault.status} ${result.fault.code}`
}

export type Scene = {
  readonly vpc: VpcId
  readonly vswitch: VswitchId
  readonly instances: readonly [InstanceId, InstanceId]
  readonly ports: readonly [NetworkInterfaceId, NetworkInterfaceId]
  readonly havip: HavipId
}

/** The tutorial up to its second step: network, two instances, the HAVIP; nothing bound yet. */
export async function tutorial({ service, settle }: Rig, caller: Caller = operator): Promise<Scene> {
  await must(
    service.createQuotaApplication(caller, { product: 'vpc', action: 'vpc_whitelist/ha_vip_whitelist', desired: 1, reason: 'tutorial' }),
  )
  const { id: vpc } = await must(service.createVpc(caller, { name: 'lab', cidr: '192.168.0.0/16' }))
  await settle()
  const { vswitch } = await must(service.createVswitch(caller, { vpc, zone: 'cn-hangzhou-b', cidr: '192.168.0.0/24' }))
  await settle()
  const instances: InstanceId[] = []
  for (const [name, address] of [
    ['ecs-1', '192.168.0.209'],
    ['ecs-2', '192.168.0.210'],
  ] as const) {
    const made = await must(service.runInstances(caller, { image: 'havip_host_x64', type: 'ecs.g7.large', vswitch, name, address }))
    instances.push(...made.instances)
  }
  await settle()
  const { havip } = await must(service.createHavip(caller, { vswitch, address: '192.168.0.88', name: 'web' }))
  await settle()
  const [one, two] = instances as [InstanceId, InstanceId]
  const portOf = async (instance: InstanceId) => (await must(service.getInstance(caller, { instance }))).networkInterface
  return { vpc, vswitch, instances: [one, two], ports: [await portOf(one), await portOf(two)], havip }
}
