// A control plane in memory that lives: time passes, machines run scripts, whoever should has the address, tests can be made.
import type { HavipId, NetworkInterfaceId } from '@havip/vpc'
import { createWorld, type Json } from '../../../packages/rpc-api/test/world.ts'
import type { Change, ChangeKind } from '../src/api/events.ts'
import { FixtureClusters } from './fixture-clusters.ts'
import { Machines } from './fixture-machines.ts'

const tickMs = 50
/** Longer than the graceful takeover, shorter than a person's patience. */
const takeoverMs = 900

type Sample = { AtMs: number; By: string; Outcome: string }
type Test = {
  TestId: string
  HaVipId: string
  Fault: string
  Status: 'Running' | 'Finished' | 'Failed'
  StartedAt: string
  FinishedAt: string
  Samples: Sample[]
  OutageMs: number
  Lost: number
  Reason: string
  Before: string
  After: string
}
type Owned = { instance: string; since: number; vacantSince: number | undefined }

export type FixtureWorld = Awaited<ReturnType<typeof createFixtureWorld>>

export async function createFixtureWorld(tell: (change: Omit<Change, 'id' | 'at'>) => void) {
  const world = createWorld({ settings: { autoApprove: false } })
  const machines = new Machines()
  const owners = new Map<string, Owned>()
  const cut = new Set<string>()
  const tests: Test[] = []
  const clusters = new FixtureClusters((text) => tell({ kind: 'resource', text }))
  const now = (): number => Date.now()
  // The fake clock starts in its own year; brought to today it goes on with the real one.
  world.clock.advance(Date.now() - world.clock.wallTime())

  const portOf = async (instance: string): Promise<string | undefined> => {
    const answer = await world.ask('ecs', 'DescribeNetworkInterfaces', { InstanceId: instance })
    return answer.NetworkInterfaceSets.NetworkInterfaceSet[0]?.NetworkInterfaceId
  }
  world.plane.owners = async () => {
    const facts = []
    for (const [havip, owned] of owners) {
      const port = owned.instance === '' ? undefined : await portOf(owned.instance)
      if (port)
        facts.push({
          havip: havip as HavipId,
          port: port as NetworkInterfaceId,
          sinceMs: now() - owned.since,
          lastSeenMs: (now() - owned.since) % 5000,
        })
    }
    return facts
  }
  world.compute.run = async (instance, command) => {
    if (world.compute.machines.get(instance)?.power !== 'running') return { kind: 'not-running' }
    const { status, output } = await machines.run(instance, command.script)
    return { kind: 'exited', status, output, truncated: false }
  }

  const isAble = (instance: string): boolean =>
    world.compute.machines.get(instance as never)?.power === 'running' && machines.hasDaemon(instance) && !cut.has(instance)

  /** Who has each address now, as VRRP would have it. keepalived is enabled: it is back when its machine is. */
  const elect = async (): Promise<void> => {
    const { HaVips } = await world.ask('vpc', 'DescribeHaVips', { PageSize: 50 })
    for (const havip of HaVips.HaVip as Json[]) {
      const able = (havip.AssociatedInstances.associatedInstance as string[]).filter(isAble)
      const owned = owners.get(havip.HaVipId) ?? { instance: '', since: now(), vacantSince: 0 }
      owners.set(havip.HaVipId, owned)
      if (owned.instance !== '' && able.includes(owned.instance)) continue
      if (owned.instance !== '' && owned.vacantSince === undefined) owned.vacantSince = now()
      const next = able[0]
      if (!next || now() - (owned.vacantSince ?? 0) < takeoverMs) continue
      Object.assign(owned, { instance: next, since: now(), vacantSince: undefined })
      const name = (await world.ask('ecs', 'DescribeInstanceAttribute', { InstanceId: next })).InstanceName
      tell({ kind: 'owner', resource: { type: 'HaVip', id: havip.HaVipId }, text: `${havip.IpAddress} is announced by ${name}` })
    }
  }

  let isBusy = false
  const timer = setInterval(() => {
    world.clock.advance(tickMs)
    if (isBusy) return
    isBusy = true
    void elect()
      .then(() => world.settle())
      .catch(() => undefined)
      .finally(() => {
        isBusy = false
      })
  }, tickMs)

  const answering = (havip: string): string => {
    const owned = owners.get(havip)
    return owned && owned.instance !== '' && isAble(owned.instance) ? owned.instance : ''
  }

  /** As a planned switchover: the next one has it at once. */
  async function giveAway(havip: string): Promise<void> {
    const owned = owners.get(havip)
    const { HaVips } = await world.ask('vpc', 'DescribeHaVips', { 'Filter.1.Key': 'HaVipId', 'Filter.1.Value.1': havip })
    const bound = (HaVips.HaVip[0]?.AssociatedInstances.associatedInstance ?? []) as string[]
    const next = bound.find((instance) => instance !== owned?.instance && isAble(instance))
    if (owned && next) Object.assign(owned, { instance: next, since: now(), vacantSince: undefined })
  }

  async function startTest(form: URLSearchParams): Promise<Json> {
    const havip = form.get('HaVipId') ?? ''
    const fault = form.get('Fault') ?? ''
    const before = answering(havip)
    const victim = form.get('InstanceId') || before
    const id = `t-${String(tests.length + 1).padStart(20, '0')}`
    const started = now()
    const test: Test = {
      TestId: id,
      HaVipId: havip,
      Fault: fault,
      Status: 'Running',
      StartedAt: new Date(started).toISOString(),
      FinishedAt: '',
      Samples: [],
      OutageMs: 0,
      Lost: 0,
      Reason: '',
      Before: before,
      After: '',
    }
    tests.push(test)
    tell({ kind: 'test', resource: { type: 'HaVipTest', id }, text: `Test ${fault} started` })
    setTimeout(() => {
      if (fault === 'stop-instance') void world.ask('ecs', 'StopInstance', { InstanceId: victim })
      if (fault === 'power-loss') void world.ask('ecs', 'StopInstance', { InstanceId: victim, ForceStop: true })
      if (fault === 'stop-daemon' || fault === 'kill-daemon') machines.setDaemon(victim, false)
      if (fault === 'switchover') void giveAway(havip)
      if (fault === 'cut-link' || fault === 'fail-script') cut.add(victim)
    }, 800)
    const sampler = setInterval(() => {
      const by = answering(havip)
      test.Samples.push({ AtMs: now() - started, By: by, Outcome: by === '' ? 'timed-out' : 'answered' })
      const lost = test.Samples.filter((sample) => sample.By === '')
      test.Lost = lost.length
      test.OutageMs = lost.length === 0 ? 0 : (lost.at(-1)?.AtMs ?? 0) - (lost[0]?.AtMs ?? 0) + 40
      if (now() - started < 3_400) return
      clearInterval(sampler)
      test.After = by
      test.Status = by === '' ? 'Failed' : 'Finished'
      test.FinishedAt = new Date().toISOString()
      test.Reason =
        by === before
          ? 'The address did not move.'
          : `no advertisement from 192.168.0.209 for 3.02 s; master-down interval 3.02 s; the last one came ${takeoverMs} ms before the takeover`
      tell({ kind: 'test', resource: { type: 'HaVipTest', id }, text: `Test ${fault}: outage ${test.OutageMs} ms` })
      // Everything is put right again.
      cut.clear()
      if (fault === 'stop-daemon' || fault === 'kill-daemon') machines.setDaemon(victim, true)
      if (fault === 'stop-instance' || fault === 'power-loss') {
        void world.ask('ecs', 'StartInstance', { InstanceId: victim })
      }
    }, 40)
    return { TestId: id }
  }

  /** Who had the address before gave it up half a second before the other took it, a minute ago. */
  function recording(instance: string): Json {
    const [owned] = [...owners.values()].filter((one) => one.instance !== '')
    if (!owned || !machines.hasDaemon(instance)) return { Node: instance, Entries: [], Problem: 'No havip daemon runs there.' }
    const isOwner = owned.instance === instance
    let sequence = 0
    const entry = (ms: number, what: unknown) => ({
      sequence: ++sequence,
      at: owned.since + ms,
      wall: new Date(owned.since + ms).toISOString(),
      instance: 'VI_1',
      what,
    })
    const moved = (from: string, to: string, reason: unknown) => ({
      kind: 'action',
      action: { kind: 'transition', from, to, reason, notify: true },
    })
    const entries = isOwner
      ? [
          entry(-9_000, moved('init', 'backup', { kind: 'startup' })),
          ...[-2_900, -1_900, -900].map((ms) => entry(ms, { kind: 'advert-heard', from: '192.168.0.209', priority: 100 })),
          entry(-400, { kind: 'advert-heard', from: '192.168.0.209', priority: 0 }),
          entry(0, moved('backup', 'master', { kind: 'master-resigned', master: '192.168.0.209', waited: 400 })),
          entry(0, { kind: 'advert-sent', priority: 10 }),
          entry(1, { kind: 'action', action: { kind: 'add-addresses' } }),
          entry(1_000, { kind: 'advert-sent', priority: 10 }),
        ]
      : [
          entry(-60_000, moved('init', 'backup', { kind: 'startup' })),
          entry(-56_000, moved('backup', 'master', { kind: 'address-owner' })),
          ...[-2_900, -1_900, -900].map((ms) => entry(ms, { kind: 'advert-sent', priority: 100 })),
          entry(-400, { kind: 'advert-sent', priority: 0 }),
          entry(-400, moved('master', 'stopped', { kind: 'shutdown' })),
        ]
    return { Node: instance, Entries: entries, Problem: '' }
  }

  function daemonStatus(instance: string): Json {
    if (!machines.hasDaemon(instance)) return { Status: null, AgeMs: 0 }
    const isMaster = [...owners.values()].some((owned) => owned.instance === instance)
    return {
      AgeMs: 12,
      Status: {
        version: 1,
        daemon: { pid: 42, release: '0.1.0', runningForMs: 90_000, configFile: '/etc/keepalived/keepalived.conf' },
        instances: [
          {
            name: 'VI_1',
            state: isMaster ? 'master' : 'backup',
            sinceMs: 41_000,
            vrid: 51,
            interface: 'eth0',
            priority: { base: isMaster ? 100 : 10, effective: isMaster ? 100 : 10 },
            preempt: true,
            advertIntervalMs: 1000,
            consistent: true,
            master: { address: '192.168.0.209', priority: 100, lastHeardMs: 300, isUs: isMaster },
            faults: [],
            addresses: [{ address: '192.168.0.88', present: isMaster }],
            trackers: [{ kind: 'script', name: 'check_nginx', condition: { kind: 'good' } }],
            counters: { advert_sent: isMaster ? 41 : 0, advert_rcvd: isMaster ? 3 : 41, become_master: 1, unknown_source: 2 },
            transitions: [
              {
                from: isMaster ? 'backup' : 'init',
                to: isMaster ? 'master' : 'backup',
                at: new Date().toISOString(),
                agoMs: 41_000,
                sentence: isMaster ? 'no advertisement from 192.168.0.210 for 3.61 s; master-down interval 3.61 s' : 'start-up finished',
              },
            ],
          },
        ],
      },
    }
  }

  return {
    world,
    machines,
    startTest,
    daemonStatus,
    recording,
    clusters,
    testsOf: (form: URLSearchParams): Json => ({
      Tests: tests
        .filter((test) => (form.get('TestId') ?? test.TestId) === test.TestId && (form.get('HaVipId') ?? test.HaVipId) === test.HaVipId)
        .map((test) => (form.get('TestId') ? test : { ...test, Samples: [] })),
    }),
    stop: (): void => {
      clearInterval(timer)
      clusters.stop()
      machines.remove()
    },
  }
}
export type { ChangeKind }
