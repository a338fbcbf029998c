// Tests of high availability, over fakes: what is measured, what is refused, and that everything is put right.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HavipTest, InstanceId, NetworkInterfaceId, ProbeSample } from '@havip/vpc'
import type { CommandResult } from '../ports.ts'
import { codeOf, must, operator, type Rig, rig, type Scene, testClaim, tutorial, wholePage } from '../testing/rig.ts'
import { HavipTestRunner } from './test-runner.ts'
import { TruthWatch } from './truth.ts'

type Stage = {
  readonly all: Rig
  readonly scene: Scene
  runner: HavipTestRunner
  master: InstanceId
  daemonUp: Set<InstanceId>
  /** The daemons track a script. */
  isChecked: boolean
  /** Whose check script fails. */
  failing: Set<InstanceId>
  /** Who waits to be told to come back. */
  standsBack: InstanceId | undefined
  switchOver: (instance: InstanceId, script: string) => object
}

const exited = (output: string, status = 0): CommandResult => ({ kind: 'exited', status, output, truncated: false })

/** Two bound instances whose daemons answer; the address is where `master` says, unless it is off, cut off or without daemon. */
async function stage(): Promise<Stage> {
  const all = rig()
  const scene = await tutorial(all)
  const [one, two] = scene.instances
  for (const instance of scene.instances) {
    await must(all.service.associateHavip(operator, { havip: scene.havip, instance }))
    await all.settle()
  }
  const self: Stage = {
    all,
    scene,
    runner: newRunner(all),
    master: one,
    daemonUp: new Set(scene.instances),
    isChecked: false,
    failing: new Set(),
    standsBack: undefined,
    switchOver: (instance, script) => {
      const isReturn = script.includes('"return":true')
      self.master = isReturn ? instance : instance === one ? two : one
      self.standsBack = isReturn ? undefined : instance
      return { outcome: 'moved', checks: [] }
    },
  }
  const isWell = (instance: InstanceId): boolean =>
    all.compute.machines.get(instance)?.power === 'running' &&
    self.daemonUp.has(instance) &&
    !self.failing.has(instance) &&
    !all.plane.cut.has(scene.ports[scene.instances.indexOf(instance)] as never)
  let lastAt = 0
  all.plane.hears = () => {
    const samples: ProbeSample[] = []
    const owner = isWell(self.master) ? self.master : undefined
    // One silent reading, then the other takes over.
    if (!owner) self.master = self.master === one ? two : one
    for (let i = 0; i < 10; i++) {
      lastAt += 10
      samples.push({ atMs: lastAt, outcome: owner ? 'answered' : 'timed-out', by: owner ? (owner === one ? 'one' : 'two') : '' })
    }
    return samples
  }
  all.compute.answers = (instance, script) => {
    if (script.includes('"op":"switchover"')) return exited(JSON.stringify({ ok: true, report: self.switchOver(instance, script) }))
    if (script.includes('havipd.sock')) return self.daemonUp.has(instance) ? exited(documentOf(self, instance)) : exited('', 3)
    if (script.startsWith('cat ')) return exited(checkedConfiguration)
    if (script.includes('exit 1')) self.failing.add(instance)
    if (script.includes('.mended')) self.failing.delete(instance)
    if (script.includes('cmdline')) return self.daemonUp.has(instance) ? exited("havipd\n-f\n/etc/keepalived/it's.conf\n") : exited('', 1)
    if (script.includes('kill -')) self.daemonUp.delete(instance)
    if (script.includes('setsid')) self.daemonUp.add(instance)
    return exited('')
  }
  all.plane.announce(scene.havip, scene.ports[0])
  await all.owners.refresh()
  return self
}

const newRunner = (all: Rig): HavipTestRunner =>
  new HavipTestRunner({
    store: all.store,
    plane: all.plane,
    compute: all.compute,
    clock: all.clock,
    claim: testClaim,
    service: all.service,
  })

const checkedConfiguration = 'vrrp_script check_web { script "/etc/keepalived/check.sh"; interval 1; fall 1 }'.replaceAll('; ', '\n')

const documentOf = ({ master, failing, isChecked, standsBack }: Stage, instance: InstanceId): string => {
  const isMaster = instance === master
  const condition = { kind: failing.has(instance) ? 'bad' : 'good' }
  return JSON.stringify({
    ok: true,
    status: {
      instances: [
        {
          name: 'VI_1',
          state: isMaster ? 'master' : 'backup',
          standsBackForMs: standsBack === instance ? 100 : undefined,
          advertIntervalMs: 100,
          addresses: [{ address: '192.168.0.88', present: isMaster }],
          trackers: isChecked ? [{ kind: 'script', name: 'check_web', condition }] : [],
          transitions: isMaster ? [{ to: 'master', agoMs: 50, sentence: 'nothing was heard for 0.3 s' }] : [],
        },
      ],
    },
  })
}

/** Lets time pass until the runner has nothing more to do. */
async function play({ all, runner }: Stage, until: () => boolean = () => false): Promise<void> {
  let isIdle = false
  void runner.idle().then(() => {
    isIdle = true
  })
  for (let turn = 0; turn < 4_000 && !isIdle && !until(); turn++) {
    await all.settle()
    all.clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function outcome(of: Stage, fault: string, instance?: InstanceId): Promise<HavipTest> {
  const { test: id } = await must(of.all.service.startHavipTest(operator, { havip: of.scene.havip, fault, instance }))
  of.runner.wake()
  await play(of)
  return testOf(of, id)
}
async function testOf({ all }: Stage, id: string): Promise<HavipTest> {
  const { items } = await must(all.service.describeHavipTests(operator, { test: id, paging: wholePage }))
  return items[0] ?? assert.fail('no such test')
}

/** Machines run, cables are in, daemons answer, no probe is open. */
function assertWhole({ all, scene, daemonUp, failing }: Stage): void {
  assert.equal(failing.size, 0)
  for (const instance of scene.instances) {
    assert.equal(all.compute.machines.get(instance)?.power, 'running')
    assert.ok(daemonUp.has(instance))
  }
  assert.equal(all.plane.cut.size, 0)
  assert.equal(all.plane.openProbes, 0)
}

for (const fault of ['stop-instance', 'power-loss', 'stop-daemon', 'kill-daemon', 'cut-link']) {
  test(`${fault}: measured, explained, and put right`, async () => {
    const at = await stage()
    const done = await outcome(at, fault)
    assert.equal(done.error, '')
    assert.equal(done.status, 'Finished')
    assert.equal(done.instance, at.scene.instances[0])
    assert.deepEqual([done.before, done.after, done.lost], ['one', 'two', 10])
    assert.equal(done.outageMs, 110)
    assert.equal(done.reason, 'nothing was heard for 0.3 s')
    assert.ok(done.samples.length > 100)
    assertWhole(at)
  })
}

test('cut-link: the cable of the network interface that is bound, not the primary one', async () => {
  const at = await stage()
  const { all, scene } = at
  for (const instance of scene.instances) {
    await must(all.service.unassociateHavip(operator, { havip: scene.havip, instance, force: true }))
    await all.settle()
  }
  const further: NetworkInterfaceId[] = []
  for (const instance of scene.instances) {
    const { id } = await must(all.service.createNetworkInterface(operator, { vswitch: scene.vswitch }))
    await must(all.service.attachNetworkInterface(operator, { networkInterface: id, instance }))
    await all.settle()
    await must(all.service.associateHavip(operator, { havip: scene.havip, instance: id, instanceType: 'NetworkInterface' }))
    await all.settle()
    further.push(id)
  }
  all.plane.announce(scene.havip, further[0] as NetworkInterfaceId)
  await all.owners.refresh()
  const { test: id } = await must(all.service.startHavipTest(operator, { havip: scene.havip, fault: 'cut-link' }))
  at.runner.wake()
  await play(at, () => all.plane.cut.size > 0)
  assert.deepEqual([...all.plane.cut], [further[0]])
  await play(at)
  assert.equal((await testOf(at, id)).instance, scene.instances[0])
  assert.equal(all.plane.cut.size, 0, 'and put back in')
})

test('fail-script: the check of the owner fails until the address has moved, and works again afterwards', async () => {
  const at = await stage()
  at.isChecked = true
  const done = await outcome(at, 'fail-script')
  assert.equal(done.error, '')
  assert.deepEqual([done.status, done.before, done.after], ['Finished', 'one', 'two'])
  assert.equal(done.reason, 'the check script check_web was made to fail: nothing was heard for 0.3 s')
  assertWhole(at)
})

test('switchover: nothing is lost, and the address is back where it was afterwards', async () => {
  const at = await stage()
  const done = await outcome(at, 'switchover')
  assert.equal(done.error, '')
  assert.deepEqual([done.before, done.after, done.lost, done.outageMs], ['one', 'two', 0, 0])
  assert.equal(at.master, at.scene.instances[0])
  assert.equal(at.standsBack, undefined)
  assertWhole(at)
})

test('a switchover that the daemon refuses, or that begins at the wrong node, says why', async () => {
  const at = await stage()
  at.switchOver = () => ({ outcome: 'refused', checks: [{ verdict: 'failed', text: 'nobody else was heard for 9 s' }] })
  const refused = await outcome(at, 'switchover')
  assert.deepEqual([refused.status, refused.outageMs], ['Failed', undefined])
  assert.match(refused.error, /keeps the address: nobody else was heard for 9 s\.$/)
  const wrong = await outcome(at, 'switchover', at.scene.instances[1])
  assert.match(wrong.error, /begins where it is/)
  assertWhole(at)
})

test('fail-script without a script that is tracked breaks nothing, and says what is missing', async () => {
  const at = await stage()
  const done = await outcome(at, 'fail-script')
  assert.equal(done.status, 'Failed')
  assert.match(done.error, /checks nothing: its keepalived.conf has no track_script in the vrrp_instance of 192.168.0.88/)
  assertWhole(at)
})

test('a controller that died during a test: the next one puts everything right and says what happened', async () => {
  for (const fault of ['power-loss', 'stop-daemon', 'cut-link', 'fail-script']) {
    const at = await stage()
    at.isChecked = true
    const { test: id } = await must(at.all.service.startHavipTest(operator, { havip: at.scene.havip, fault }))
    at.runner.wake()
    let isBroken = false
    await play(at, () => {
      void testOf(at, id).then((row) => {
        isBroken = row.isBroken
      })
      return isBroken
    })
    // As after a kill: the old one does nothing more, the new one knows only what is written down.
    const dead = at.runner.stop()
    at.runner = newRunner(at.all)
    at.all.clock.advance(200)
    await dead
    at.all.plane.openProbes = 0
    at.runner.wake()
    await play(at)
    const row = await testOf(at, id)
    assert.equal(row.status, 'Failed')
    assert.equal(row.error, 'The controller was restarted during the test.')
    assert.equal(row.isBroken, false)
    assertWhole(at)
  }
})

test('one test at a time for each HaVip, of instances that are bound and run', async () => {
  const at = await stage()
  const { service } = at.all
  const { havip, instances } = at.scene
  assert.equal(await codeOf(service.startHavipTest(operator, { havip, fault: 'earthquake' })), '400 InvalidParameter')
  assert.equal(await codeOf(service.startHavipTest(operator, { havip: 'havip-none', fault: 'cut-link' })), '404 InvalidHaVipId.NotFound')
  assert.equal(
    await codeOf(service.startHavipTest(operator, { havip, fault: 'cut-link', instance: 'i-none' })),
    '404 InvalidInstanceId.NotFound',
  )
  const first = await must(service.startHavipTest({ ...operator, clientToken: 'once' }, { havip, fault: 'cut-link' }))
  assert.deepEqual(await must(service.startHavipTest({ ...operator, clientToken: 'once' }, { havip, fault: 'cut-link' })), first)
  assert.equal(await codeOf(service.startHavipTest(operator, { havip, fault: 'cut-link' })), '409 OperationConflict.HaVipTest')
  at.runner.wake()
  await play(at)
  await must(service.unassociateHavip(operator, { havip, instance: instances[1] }))
  await at.all.settle()
  assert.equal(
    await codeOf(service.startHavipTest(operator, { havip, fault: 'cut-link', instance: instances[1] })),
    '400 ResourceNotAssociated',
  )
  at.all.plane.announced.clear()
  await at.all.owners.refresh()
  assert.equal(await codeOf(service.startHavipTest(operator, { havip, fault: 'cut-link' })), '400 IncorrectHaVipOwner')
})

test('a web server that does not answer, or a daemon that is not there, fails the test before anything is broken', async () => {
  const at = await stage()
  at.daemonUp.delete(at.scene.instances[0])
  at.master = at.scene.instances[1]
  const noDaemon = await outcome(at, 'stop-daemon', at.scene.instances[0])
  assert.equal(noDaemon.status, 'Failed')
  assert.match(noDaemon.error, /No havip daemon runs/)
  at.all.plane.hears = () => []
  const noAnswer = await outcome(at, 'cut-link', at.scene.instances[0])
  assert.match(noAnswer.error, /Nobody answers steadily at http:\/\/192\.168\.0\.88\//)
  assert.equal(at.all.plane.cut.size, 0)
  assert.equal(at.all.plane.openProbes, 0)
})

test('when nobody takes over, the test says so and still puts everything right', async () => {
  const at = await stage()
  at.daemonUp.delete(at.scene.instances[1])
  const row = await outcome(at, 'cut-link')
  assert.equal(row.outageMs, undefined)
  assert.equal(row.after, '')
  assert.match(row.error, /Nobody answered steadily within 60 s/)
  assert.equal(at.all.plane.cut.size, 0)
})

test('the truth: every source with its age, disagreement named, silence never green', async () => {
  const at = await stage()
  const { all, scene } = at
  const truth = async () => (await must(all.service.describeHavipTruth(operator, { paging: wholePage }))).items[0] ?? assert.fail()
  const agreed = await truth()
  assert.equal(agreed.verdict, 'agreed')
  assert.deepEqual(
    agreed.daemons.map(({ state, holds, problem }) => [state, holds, problem]),
    [
      ['master', true, ''],
      ['backup', false, ''],
    ],
  )
  at.master = scene.instances[1]
  all.clock.advance(1_000)
  assert.equal((await truth()).verdict, 'disagreed')
  at.master = scene.instances[0]
  at.daemonUp.delete(scene.instances[1])
  all.clock.advance(1_000)
  const silent = await truth()
  assert.equal(silent.verdict, 'unknown')
  assert.match(silent.daemons[1]?.problem ?? '', /No havip daemon/)
  at.daemonUp.add(scene.instances[1])
  all.clock.advance(20_000)
  const old = await truth()
  assert.equal(old.plane.witness.kind, 'unknown')
  assert.equal(old.verdict, 'unknown')
  assert.equal(old.plane.ageMs, 22_000)
})

test('a daemon that does not answer in time is said to be late, within the time of one call', async () => {
  const { all, scene } = await stage()
  all.compute.run = () => new Promise(() => {})
  const [instance] = scene.instances
  const status = must(all.service.describeDaemonStatus(operator, { instance }))
  const recording = must(all.service.describeDaemonRecording(operator, { instance }))
  await new Promise(setImmediate)
  all.clock.advance(2_000)
  assert.deepEqual(await status, { status: undefined, ageMs: 0, problem: 'The daemon does not answer in time.' })
  assert.equal((await recording).problem, 'The daemon does not answer in time.')
})

test('sources that go on disagreeing are an event, once, and so is the end of it', async () => {
  const at = await stage()
  const { all, scene } = at
  const watch = new TruthWatch({ ...all, claim: testClaim })
  const look = async (): Promise<void> => {
    all.clock.advance(1_000)
    await all.owners.refresh()
    await watch.look()
  }
  const alarms = async () => {
    const found = await all.store.read((tx) => tx.events({ kinds: ['resource'], resource: scene.havip, range: { after: 0 }, limit: 100 }))
    return found.filter(({ detail }) => detail.verdict !== undefined).map(({ detail }) => detail.alarm)
  }
  await look()
  assert.deepEqual(await alarms(), [])
  at.master = scene.instances[1]
  await look()
  assert.deepEqual(await alarms(), [], 'during a takeover they disagree for a moment')
  await look()
  await look()
  assert.deepEqual(await alarms(), ['owner-disagreement'])
  at.master = scene.instances[0]
  await look()
  await look()
  assert.deepEqual(await alarms(), ['owner-disagreement', ''])
  await watch.stop()
})
