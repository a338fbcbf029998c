// The installation's own words for high availability: whose the plane is, where an address really is, tests, whole set-ups.
import { type HavipCluster, type HavipTest, havipTestFaults } from '@havip/vpc'
import type { HavipTruth } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import { answer, anyRegion, clientToken, done, formatOptionalTime, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { choice, flag, integer, required, text, texts } from '../parameter.ts'

/** Numbers that are not known are null. */
const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value))

const truthOf = (truth: HavipTruth): Body => ({
  HaVipId: truth.havip.id,
  IpAddress: truth.havip.address,
  Status: truth.havip.status,
  // Agreed, Disagreed, Nobody or Unknown: only the first is well.
  Verdict: `${truth.verdict.charAt(0).toUpperCase()}${truth.verdict.slice(1)}`,
  OwnerInstanceId: truth.owner ?? '',
  Problems: truth.problems,
  Plane: {
    State: truth.plane.witness.kind,
    InstanceId: truth.plane.witness.kind === 'owner' ? truth.plane.witness.instance : '',
    AgeMs: rounded(truth.plane.ageMs),
    SinceMs: rounded(truth.plane.sinceMs),
    LastSeenMs: rounded(truth.plane.lastSeenMs),
    Conflicts: truth.plane.conflicts,
    Conflict: truth.plane.conflict
      ? { LoserInstanceIds: truth.plane.conflict.losers, SinceMs: rounded(truth.plane.conflict.sinceMs) }
      : null,
    Claimants: truth.plane.claimants.map(({ instance, lastSeenMs }) => ({ InstanceId: instance, LastSeenMs: rounded(lastSeenMs) })),
  },
  Daemons: truth.daemons.map((daemon) => ({
    InstanceId: daemon.instance,
    State: daemon.state,
    HoldsAddress: daemon.holds ?? null,
    AgeMs: rounded(daemon.ageMs),
    SinceMs: rounded(daemon.sinceMs),
    Problem: daemon.problem,
  })),
  Probe: truth.probe ? { State: truth.probe.state, By: truth.probe.by, AgeMs: truth.probe.ageMs } : null,
})

const testOf = (test: HavipTest, hasSamples: boolean): Body => ({
  TestId: test.id,
  HaVipId: test.havip,
  InstanceId: test.instance,
  Fault: test.fault,
  Status: test.status,
  Phase: test.phase,
  StartedAt: formatTime(test.createdAt),
  FinishedAt: formatOptionalTime(test.finishedAt),
  Samples: hasSamples ? test.samples.map(({ atMs, by, outcome }) => ({ AtMs: atMs, By: by, Outcome: outcome })) : [],
  OutageMs: rounded(test.outageMs),
  Lost: test.lost,
  Reason: test.reason,
  Before: test.before,
  After: test.after,
  Error: test.error,
})

/** The password of the pair stays inside the instances. */
const clusterOf = (cluster: HavipCluster): Body => ({
  ClusterId: cluster.id,
  Name: cluster.name,
  Status: cluster.status,
  VSwitchId: cluster.vswitch,
  InstanceIds: cluster.instances,
  HaVipId: cluster.havip ?? '',
  IpAddress: cluster.address ?? '',
  AllocationId: cluster.eip ?? '',
  EipAddress: cluster.eipAddress ?? '',
  Bandwidth: cluster.bandwidth,
  Preempt: cluster.preempt,
  CheckPort: cluster.checkPort,
  VirtualRouterId: cluster.vrid,
  Step: cluster.step,
  Problem: cluster.problem,
  CreatedAt: formatTime(cluster.createdAt),
})

export const haActions: readonly Action[] = [
  action({
    product: 'havip',
    name: 'DescribePlane',
    level: 'administer',
    doc: 'Says which installation the data plane obeys, what it has, and how much of it this installation would take away.',
    parameters: {},
    errors: [],
    run: (_, { service, caller }) =>
      answer(service.describePlane(caller), (view) => ({
        InstallationId: view.installation,
        MasterId: view.master,
        Term: view.term,
        IsOurs: view.master === view.installation,
        Networks: view.networks,
        Ports: view.ports,
        HaVips: view.havips,
        EipAddresses: view.eips,
        Machines: view.machines,
        RemovalsWhenReconciled: view.removals,
        MachinesRemovedWhenReconciled: view.machinesRemoved,
      })),
  }),
  action({
    product: 'havip',
    name: 'AdoptPlane',
    level: 'administer',
    doc: 'Takes over a data plane that obeyed another installation: from then on what this one does not know is removed from it.',
    parameters: { MasterId: text('The installation it obeys now, as DescribePlane says; empty when nobody knows.', 64) },
    errors: ['OperationDenied.PlaneMaster', 'OperationDenied.Administrator'],
    run: (input, { service, caller }) => done(service.adoptPlane(caller, { master: input.MasterId ?? '' })),
  }),
  action({
    product: 'havip',
    name: 'DescribeHaVipTruth',
    level: 'read',
    doc: 'Says where each HaVip really is, by every source that can tell, each with its age: what the plane saw announced, what each daemon says, and a probe.',
    parameters: {
      ...anyRegion,
      HaVipId: texts('Up to 50 HaVips; all when left out.', 50),
      Probe: flag('Also ask each address over HTTP, which takes a moment.'),
      ...pageParameters(50),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.describeHavipTruth(caller, { ids: input.HaVipId, probe: input.Probe, paging }), (page) => ({
        ...pageNumbers(page, paging),
        HaVips: page.items.map(truthOf),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'DescribeDaemonStatus',
    level: 'read',
    doc: 'Gives the status document of the VRRP daemon in an instance, with its age, or says why there is none.',
    parameters: { ...anyRegion, InstanceId: required(text('The instance.', 64)) },
    errors: ['InvalidInstanceId.NotFound'],
    run: (input, { service, caller }) =>
      answer(service.describeDaemonStatus(caller, { instance: input.InstanceId }), ({ status, ageMs, problem }) => ({
        Status: status ?? null,
        AgeMs: Math.round(ageMs),
        Problem: problem,
      })),
  }),
  action({
    product: 'havip',
    name: 'DescribeDaemonRecording',
    level: 'read',
    doc: 'Gives what the VRRP daemon in an instance recorded, oldest first: what a failover is explained from.',
    parameters: {
      ...anyRegion,
      InstanceId: required(text('The instance.', 64)),
      VirtualRouter: text('Only this vrrp_instance.', 128),
    },
    errors: ['InvalidInstanceId.NotFound'],
    run: (input, { service, caller }) =>
      answer(
        service.describeDaemonRecording(caller, { instance: input.InstanceId, router: input.VirtualRouter }),
        ({ node, entries, problem }) => ({ Node: node, Entries: entries as readonly Body[], Problem: problem }),
      ),
  }),
  action({
    product: 'havip',
    name: 'StartHaVipTest',
    level: 'write',
    doc: 'Breaks something on purpose while asking the address without pause, measures the outage, and puts everything right again.',
    parameters: {
      ...anyRegion,
      HaVipId: required(text('The HaVip.', 64)),
      Fault: required(choice('What is done to the instance.', havipTestFaults)),
      InstanceId: text('To whom; the owner when left out.', 64),
      ...clientToken,
    },
    errors: [
      'InvalidHaVipId.NotFound',
      'InvalidInstanceId.NotFound',
      'IncorrectInstanceStatus',
      'IncorrectHaVipOwner',
      'ResourceNotAssociated',
      'OperationConflict.HaVipTest',
    ],
    run: (input, { service, caller }) =>
      answer(service.startHavipTest(caller, { havip: input.HaVipId, fault: input.Fault, instance: input.InstanceId }), ({ test }) => ({
        TestId: test,
      })),
  }),
  action({
    product: 'havip',
    name: 'DescribeHaVipTests',
    level: 'read',
    doc: 'Lists tests of high availability; one that is asked for by TestId comes with every request of its probe.',
    parameters: {
      ...anyRegion,
      HaVipId: text('Only tests of this HaVip.', 64),
      TestId: text('Only this test, with its samples.', 64),
      ...pageParameters(100),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.describeHavipTests(caller, { havip: input.HaVipId, test: input.TestId, paging }), (page) => ({
        ...pageNumbers(page, paging),
        Tests: page.items.map((test) => testOf(test, input.TestId !== undefined)),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'CreateHaVipCluster',
    level: 'write',
    doc: 'High availability in one call: HaVip, both daemons with checked configurations, bindings and a public address; undone whole when a step fails.',
    parameters: {
      ...anyRegion,
      VSwitchId: required(text('The vSwitch of the address and of both instances.', 64)),
      InstanceId: required(texts('Two running instances; the first is the preferred owner.', 2)),
      IpAddress: text('A free address inside the vSwitch; left out: the server picks one.', 64),
      Bandwidth: integer('Of the public address in Mbit/s, 5 when left out; 0: no public address.', 0, 500),
      Preempt: flag('The preferred owner takes the address back when it returns.'),
      CheckPort: integer(
        'TCP port of the service; a node on which it does not answer gives the address up. 0 or left out: none.',
        0,
        65_535,
      ),
      Name: text('Name of the set-up and of what it makes, 1 to 128 characters.', 256),
      ...clientToken,
    },
    errors: [
      'Forbidden.HaVip',
      'InvalidVSwitch.NotFound',
      'InvalidInstanceId.NotFound',
      'IncorrectInstanceStatus',
      'InvalidParameter.Mismatch',
      'InvalidIPAddress.OutOfRange',
      'InvalidIPAddress.NotAvailable',
      'InvalidIPAddress.Malformed',
      'InvalidBandwidth.Malformed',
      'InvalidParameter',
    ],
    run: (input, { service, caller }) =>
      answer(
        service.createHavipCluster(caller, {
          vswitch: input.VSwitchId,
          instances: input.InstanceId,
          address: input.IpAddress,
          bandwidth: input.Bandwidth,
          preempt: input.Preempt,
          checkPort: input.CheckPort,
          name: input.Name,
        }),
        ({ cluster }) => ({ ClusterId: cluster }),
      ),
  }),
  action({
    product: 'havip',
    name: 'DeleteHaVipCluster',
    level: 'write',
    doc: 'Takes away all that a high-availability set-up made, and brings back what was there before.',
    parameters: { ...anyRegion, ClusterId: required(text('The set-up.', 64)), ...clientToken },
    errors: ['InvalidClusterId.NotFound', 'IncorrectClusterStatus'],
    run: (input, { service, caller }) => done(service.deleteHavipCluster(caller, { cluster: input.ClusterId })),
  }),
  action({
    product: 'havip',
    name: 'DescribeHaVipClusters',
    level: 'read',
    doc: 'Lists high-availability set-ups, how far each came, and why one failed.',
    parameters: { ...anyRegion, ClusterId: text('Only this set-up.', 64), ...pageParameters(50) },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.describeHavipClusters(caller, { cluster: input.ClusterId, paging }), (page) => ({
        ...pageNumbers(page, paging),
        Clusters: page.items.map(clusterOf),
      }))
    },
  }),
]
