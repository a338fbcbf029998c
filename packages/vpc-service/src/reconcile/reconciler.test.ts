import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@havip/base'
import { desiredPlane, type PlaneChange, planeDifference } from '@havip/vpc'
import { must, operator, type Rig, rig, type Scene, tutorial, wholePage } from '../testing/rig.ts'
import { Intent, worldKinds } from './intent.ts'

/** Everything the tutorial builds, told at once: nothing is waited for in between that need not be. */
async function build(all: Rig): Promise<Scene> {
  const scene = await tutorial({ ...all, settle: () => settleThrough(all) })
  for (const instance of scene.instances) {
    await must(all.service.associateHavip(operator, { havip: scene.havip, instance }))
    await settleThrough(all)
  }
  const { eip } = await must(all.service.allocateEip(operator, {}))
  await must(all.service.associateEip(operator, { eip, instance: scene.havip, instanceType: 'HaVip' }))
  await settleThrough(all)
  return scene
}

/** Settles, letting time pass for what is being held back. */
async function settleThrough(all: Rig): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await all.settle()
    all.clock.advance(61_000)
  }
  await all.settle()
}

/** What is there is what is meant: nothing left over, nothing missing, no status on its way. */
async function assertConverged(all: Rig): Promise<void> {
  const intent = new Intent(all.store)
  await intent.refresh()
  for (const { instance, ...machine } of await all.compute.list()) intent.world.machines.set(instance, machine)
  assert.deepEqual(planeDifference(desiredPlane(intent.world), all.plane.index.state()), [])
  const settled = ['Available', 'InUse', 'Running', 'Stopped']
  for (const kind of worldKinds) {
    for (const { row } of await all.store.read((tx) => tx.find(kind, {}))) {
      assert.ok(settled.includes(row.status), `${row.id} is ${row.status}`)
      assert.equal(row.problem, undefined, row.id)
    }
  }
  const instances = await all.store.read((tx) => tx.find('instance', {}))
  assert.deepEqual([...all.compute.machines.keys()].sort(), instances.map(({ row }) => row.id).sort())
}

async function tearDown(all: Rig, { havip, instances, vswitch, vpc }: Scene): Promise<void> {
  const { service } = all
  const [eip] = (await must(service.describeEips(operator, { paging: wholePage }))).items
  if (eip) await must(service.unassociateEip(operator, { eip: eip.id }))
  for (const instance of instances) {
    await must(service.unassociateHavip(operator, { havip, instance, force: true }))
    await settleThrough(all)
  }
  if (eip) await must(service.releaseEip(operator, { eip: eip.id }))
  await must(service.deleteHavip(operator, { havip }))
  await must(service.deleteInstances(operator, { instances, force: true }))
  await settleThrough(all)
  await must(service.deleteVswitch(operator, { vswitch }))
  await settleThrough(all)
  await must(service.deleteVpc(operator, { vpc }))
  await settleThrough(all)
}

test('running again changes nothing', async () => {
  const all = rig()
  await build(all)
  const [changes, calls] = [all.plane.applied.length, all.compute.calls.length]
  all.restart()
  await all.settle()
  all.reconciler.distrust()
  await all.settle()
  assert.deepEqual([all.plane.applied.length, all.compute.calls.length], [changes, calls])
  await assertConverged(all)
})

/** How many steps the whole life takes, so that each can be made to fail in turn. */
async function countSteps(): Promise<{ changes: number; calls: number }> {
  const all = rig()
  await tearDown(all, await build(all))
  return { changes: all.plane.applied.length, calls: all.compute.calls.length }
}

test('whichever step fails, and whenever the controller dies of it, all is built and all is removed', async () => {
  const { changes, calls } = await countSteps()
  assert.ok(changes >= 14 && calls >= 4, `${changes} ${calls}`)
  for (let step = 0; step < changes + calls; step++) {
    const all = rig()
    let count = 0
    const failOnce = (isMine: boolean) => (): boolean => {
      if (!isMine || count++ !== (step < changes ? step : step - changes)) return false
      // The process dies with the failure: the next one knows nothing of it.
      all.restart()
      return true
    }
    all.plane.fails = failOnce(step < changes)
    all.compute.fails = failOnce(step >= changes)
    const scene = await build(all)
    await assertConverged(all)
    await tearDown(all, scene)
    await assertConverged(all)
    assert.deepEqual(all.plane.index.state(), { networks: [], switches: [], ports: [], havips: [], eips: [] }, `step ${step}`)
    assert.ok(count > 0, `step ${step} was never reached`)
  }
})

test('a resource that fails shows why, holds up no other, and is mended when it can be', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  const isBad = (change: PlaneChange): boolean => change.kind === 'put-havip' && change.havip.address === '192.168.0.7'
  all.plane.fails = isBad
  const bad = await must(all.service.createHavip(operator, { vswitch, address: '192.168.0.7' }))
  const good = await must(all.service.createHavip(operator, { vswitch, address: '192.168.0.8' }))
  await all.settle()
  const status = async (havip: string) => {
    const [found] = (
      await must(all.service.describeHavips(operator, { filters: [{ key: 'HaVipId', values: [havip] }], paging: wholePage }))
    ).items
    return [found?.status, found?.problem?.text]
  }
  assert.deepEqual(await status(good.havip), ['Available', undefined])
  assert.deepEqual(await status(bad.havip), ['Creating', 'The network could not be changed.'])
  assert.equal(all.events.filter(({ kind }) => kind === 'trouble').length, 1)
  const tries = all.plane.inspections
  all.reconciler.wake()
  await all.settle()
  assert.equal(all.plane.inspections, tries, 'it is left alone for a while')
  all.plane.fails = () => false
  all.clock.advance(2_000)
  await all.settle()
  assert.deepEqual(await status(bad.havip), ['Available', undefined])
})

test('what somebody else changed in the plane is found by the timer, mended and told', async () => {
  const all = rig()
  const { havip, ports, instances } = await build(all)
  all.plane.index.havips.delete(havip)
  all.plane.index.ports.delete(ports[0])
  all.plane.index.networks.set('vpc-stray', { vpc: 'vpc-stray' as never, cidr: { address: '10.0.0.0' as never, prefix: 8 } })
  all.clock.advance(31_000)
  await all.settle()
  await assertConverged(all)
  assert.deepEqual(all.events, [{ kind: 'drift', changes: 3, resources: [havip, instances[0], 'vpc-stray'].sort() }])
})

test('a plane that is down is asked again later, and more and more seldom', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  all.plane.isDown = true
  await must(all.service.createHavip(operator, { vswitch }))
  await all.settle()
  assert.equal(all.events.at(-1)?.kind, 'failed')
  all.plane.isDown = false
  all.clock.advance(1_000)
  await all.settle()
  await assertConverged(all)
})

test('a machine that fell over is started again', async () => {
  const all = rig()
  const { instances } = await tutorial(all)
  const machine = all.compute.machines.get(instances[0])
  if (machine) machine.power = 'stopped'
  all.clock.advance(31_000)
  await settleThrough(all)
  assert.equal(all.compute.machines.get(instances[0])?.power, 'running')
})

test('it works by itself: woken by a change, and by the timer', async () => {
  const all = rig()
  all.reconciler.start()
  const { id } = await must(all.service.createVpc(operator, {}))
  for (let turn = 0; turn < 20; turn++) {
    all.clock.advance(10)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await must(all.service.getVpc(operator, { vpc: id }))).status, 'Available')
  all.plane.index.networks.clear()
  for (let turn = 0; turn < 40; turn++) {
    all.clock.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(all.plane.index.networks.has(id))
  await all.reconciler.stop()
})

test('one change among many touches only what it must', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  for (let i = 0; i < 80; i++) await must(all.service.createHavip(operator, { vswitch }))
  await all.settle()
  const [inspections, changes] = [all.plane.inspections, all.plane.applied.length]
  await must(all.service.createHavip(operator, { vswitch }))
  await all.settle()
  assert.deepEqual([all.plane.inspections - inspections, all.plane.applied.length - changes], [0, 1])
})

test('random orders and failures: it converges when failures end', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = seededRandom(seed)
    const all = rig()
    const scene = await tutorial(all)
    all.plane.fails = () => random.chance(0.2)
    all.compute.fails = () => random.chance(0.2)
    for (let step = 0; step < 40; step++) {
      const { service } = all
      const havips = (await must(service.describeHavips(operator, { paging: wholePage }))).items
      const eips = (await must(service.describeEips(operator, { paging: wholePage }))).items
      const instance = random.pick(scene.instances)
      const havip = havips.length > 0 ? random.pick(havips).id : scene.havip
      const eip = eips.length > 0 ? random.pick(eips).id : 'eip-none'
      const force = random.chance(0.5)
      await random.pick([
        () => service.createHavip(operator, { vswitch: scene.vswitch }),
        () => service.deleteHavip(operator, { havip }),
        () => service.associateHavip(operator, { havip, instance }),
        () => service.unassociateHavip(operator, { havip, instance, force }),
        () => service.allocateEip(operator, {}),
        () => service.associateEip(operator, { eip, instance: havip, instanceType: 'HaVip' }),
        () => service.associateEip(operator, { eip, instance }),
        () => service.unassociateEip(operator, { eip }),
        () => service.releaseEip(operator, { eip }),
        () => service.stopInstance(operator, { instance, force }),
        () => service.startInstance(operator, { instance }),
        () => service.rebootInstance(operator, { instance, force }),
      ])()
      if (random.chance(0.3)) await all.settle()
      if (random.chance(0.1)) all.restart()
      if (random.chance(0.3)) all.clock.advance(1_500)
    }
    all.plane.fails = () => false
    all.compute.fails = () => false
    await settleThrough(all)
    await assertConverged(all)
  }
})

test('a HAVIP is not InUse before the port of its instance lets it through', async () => {
  const all = rig()
  const { havip, instances } = await tutorial(all)
  all.plane.fails = (change) => change.kind === 'put-port' && change.port.havips.length > 0
  await must(all.service.associateHavip(operator, { havip, instance: instances[0] }))
  await all.settle()
  const status = async () => (await must(all.service.describeHavips(operator, { paging: wholePage }))).items[0]?.status
  assert.equal(await status(), 'Associating')
  assert.equal(
    (await must(all.service.getInstance(operator, { instance: instances[0] }))).problem?.text,
    'The network could not be changed.',
  )
  all.plane.fails = () => false
  await settleThrough(all)
  assert.equal(await status(), 'InUse')
})

test('what a caller writes while the plane is at work is not written over', async () => {
  const all = rig()
  const { havip, instances } = await tutorial(all)
  const apply = all.plane.apply.bind(all.plane)
  all.plane.apply = async (changes) => {
    all.plane.apply = apply
    await apply(changes)
    await must(all.service.tagResources(operator, { type: 'HAVIP', ids: [havip], tags: { from: 'caller' } }))
  }
  await must(all.service.associateHavip(operator, { havip, instance: instances[0] }))
  await all.settle()
  const [row] = (await must(all.service.describeHavips(operator, { paging: wholePage }))).items
  assert.deepEqual([row?.status, row?.tags], ['InUse', { from: 'caller' }])
})

test('a machine keeps its port until it is gone', async () => {
  const all = rig()
  const { instances, ports } = await tutorial(all)
  const hadPort: boolean[] = []
  all.compute.fails = (call) => {
    if (call.startsWith('remove')) hadPort.push(all.plane.index.ports.has(ports[0]))
    return false
  }
  await must(all.service.deleteInstances(operator, { instances: [instances[0]], force: true }))
  await all.settle()
  assert.deepEqual(hadPort, [true])
  assert.equal(all.plane.index.ports.has(ports[0]), false)
})
