// Further network interfaces: their life, the HaVips and EIPs bound to them, and what the data plane is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits, type HavipId, type InstanceId, type NetworkInterfaceId } from '@havip/vpc'
import { codeOf, must, operator, type Rig, rig, type Scene, tutorial, wholePage } from './testing/rig.ts'

type Stage = Rig & { readonly scene: Scene; readonly eni: NetworkInterfaceId }

/** The tutorial's scene and one further interface in its vSwitch. */
async function stage(settings = {}): Promise<Stage> {
  const all = rig(settings)
  const scene = await tutorial(all)
  const { id } = await must(
    all.service.createNetworkInterface(operator, { vswitch: scene.vswitch, name: 'second', address: '192.168.0.50' }),
  )
  await all.settle()
  return Object.assign(all, { scene, eni: id })
}
const listed = async ({ service }: Rig, more: object = {}) =>
  (await must(service.describeNetworkInterfaces(operator, { paging: wholePage, ...more }))).items
const stateOf = async (all: Rig, id: string): Promise<string> => {
  const [row] = await listed(all, { ids: [id] })
  return row ? `${row.status} ${row.instance ?? '-'} ${row.device}` : 'gone'
}
const attach = ({ service, eni }: Stage, instance: InstanceId, id = eni) =>
  service.attachNetworkInterface(operator, { networkInterface: id, instance })
const detach = ({ service, eni }: Stage, instance: InstanceId) =>
  service.detachNetworkInterface(operator, { networkInterface: eni, instance })
const portOf = ({ plane }: Rig, id: string) => plane.index.ports.get(id)
const bind = ({ service, scene }: Stage, instance: string) =>
  service.associateHavip(operator, { havip: scene.havip, instance, instanceType: 'NetworkInterface' })
const havipOf = async ({ service }: Rig, havip: HavipId) =>
  (await must(service.describeHavips(operator, { filters: [{ key: 'HaVipId', values: [havip] }], paging: wholePage }))).items[0]

test('an interface is attached to a running instance, detached, and deleted', async () => {
  const all = await stage()
  const [one] = all.scene.instances
  assert.equal(await stateOf(all, all.eni), 'Available - 0')
  assert.equal(portOf(all, all.eni), undefined)
  await must(attach(all, one))
  assert.equal(await stateOf(all, all.eni), `Attaching ${one} 1`)
  await all.settle()
  assert.equal(await stateOf(all, all.eni), `InUse ${one} 1`)
  const port = portOf(all, all.eni)
  assert.deepEqual([port?.instance, port?.device, port?.address, port?.havips], [one, 1, '192.168.0.50', []])
  await must(detach(all, one))
  await all.settle()
  assert.equal(await stateOf(all, all.eni), 'Available - 0')
  assert.equal(portOf(all, all.eni), undefined)
  await must(all.service.deleteNetworkInterface(operator, { networkInterface: all.eni }))
  await all.settle()
  assert.equal(await stateOf(all, all.eni), 'gone')
  // Its address is free again.
  await must(all.service.createNetworkInterface(operator, { vswitch: all.scene.vswitch, address: '192.168.0.50' }))
})

test('a HaVip bound to an interface is announced at its port, and the interface is its master', async () => {
  const all = await stage()
  const [one, two] = all.scene.instances
  const { scene, eni } = all
  await must(attach(all, one))
  await all.settle()
  await must(bind(all, eni))
  await all.settle()
  assert.deepEqual(portOf(all, eni)?.havips, ['192.168.0.88'])
  assert.deepEqual(portOf(all, scene.ports[0])?.havips, [])
  all.plane.announce(scene.havip, eni)
  await all.owners.refresh()
  const seen = await havipOf(all, scene.havip)
  assert.deepEqual([seen?.status, seen?.owner?.target, seen?.owner?.instance, seen?.interfaces], ['InUse', eni, one, [eni]])
  assert.equal(await codeOf(all.service.associateHavip(operator, { havip: scene.havip, instance: two })), '400 InvalidParameter.Mismatch')
  const unbind = (force: boolean) =>
    all.service.unassociateHavip(operator, { havip: scene.havip, instance: eni, instanceType: 'NetworkInterface', force })
  assert.equal(await codeOf(unbind(false)), '400 Forbidden.UnassociateMaster')
  await must(unbind(true))
  await all.settle()
  assert.deepEqual([(await havipOf(all, scene.havip))?.status, portOf(all, eni)?.havips], ['Available', []])
})

test('a HaVip may be bound to the primary interface of one instance and a further one of another', async () => {
  const all = await stage({})
  await must(attach(all, all.scene.instances[1]))
  await all.settle()
  await must(bind(all, all.scene.ports[0]))
  await all.settle()
  await must(bind(all, all.eni))
  await all.settle()
  assert.deepEqual(portOf(all, all.scene.ports[0])?.havips, ['192.168.0.88'])
  assert.deepEqual(portOf(all, all.eni)?.havips, ['192.168.0.88'])
  assert.equal(await codeOf(bind(all, all.scene.ports[1])), '400 CountLimitExceeded.HaVipOnECSInstance')
})

test('an EIP bound to an interface points at its address, and the interface is not deleted under it without letting it go', async () => {
  const all = await stage()
  const { eip } = await must(all.service.allocateEip(operator, {}))
  await must(all.service.associateEip(operator, { eip, instance: all.eni, instanceType: 'NetworkInterface' }))
  await all.settle()
  assert.equal(all.plane.index.eips.get(eip)?.target, '192.168.0.50')
  assert.equal((await listed(all, { ids: [all.eni] }))[0]?.eip?.id, eip)
  await must(all.service.deleteNetworkInterface(operator, { networkInterface: all.eni }))
  await all.settle()
  const [view] = (await must(all.service.describeEips(operator, { paging: wholePage }))).items
  assert.deepEqual([view?.status, view?.target], ['Available', undefined])
})

test('an instance that is deleted takes with it the interfaces that are to go, and leaves the others', async () => {
  const all = await stage()
  const [one] = all.scene.instances
  const kept = await must(all.service.createNetworkInterface(operator, { vswitch: all.scene.vswitch, deleteOnRelease: false }))
  await must(attach(all, one))
  await must(attach(all, one, kept.id))
  await all.settle()
  await must(bind(all, all.eni))
  await all.settle()
  assert.deepEqual([portOf(all, all.eni)?.device, portOf(all, kept.id)?.device], [1, 2])
  await must(all.service.deleteInstances(operator, { instances: [one], force: true }))
  await all.settle()
  assert.deepEqual([await stateOf(all, all.eni), await stateOf(all, kept.id)], ['gone', 'Available - 0'])
  assert.deepEqual([portOf(all, all.eni), portOf(all, kept.id)], [undefined, undefined])
  assert.deepEqual((await havipOf(all, all.scene.havip))?.interfaces, [])
})

test('an instance is made with further interfaces, each in its own place', async () => {
  const all = await stage()
  const launch = { image: 'havip_host_x64', type: 'ecs.g7.large', vswitch: all.scene.vswitch, amount: 2 }
  const { instances } = await must(
    all.service.runInstances(operator, { ...launch, interfaces: [{ vswitch: '' }, { vswitch: '', name: 'third' }] }),
  )
  await all.settle()
  for (const instance of instances) {
    const rows = await listed(all, { instance })
    assert.deepEqual(
      rows.map(({ isPrimary, status, device, name }) => [isPrimary, status, device, name]),
      [
        [true, 'InUse', 0, ''],
        [false, 'InUse', 1, ''],
        [false, 'InUse', 2, 'third'],
      ],
    )
  }
  const view = await must(all.service.getInstance(operator, { instance: instances[0] as string }))
  assert.equal(view.interfaces.length, 2)
})

test('what is not possible is refused and leaves everything as it is', async () => {
  const all = await stage({ limits: { ...defaultLimits, interfacesPerInstance: 2, interfaces: 3 } })
  const { service, scene, eni } = all
  const [one, two] = scene.instances
  const other = (await must(service.createNetworkInterface(operator, { vswitch: scene.vswitch }))).id
  assert.equal(await codeOf(attach(all, 'i-none' as InstanceId)), '404 InvalidEcsId.NotFound')
  assert.equal(await codeOf(attach(all, one, 'eni-none' as NetworkInterfaceId)), '404 InvalidEniId.NotFound')
  assert.equal(await codeOf(attach(all, one, scene.ports[1])), '400 InvalidOperation.InvalidEniType')
  assert.equal(await codeOf(detach(all, one)), '400 InvalidOperation.InvalidEniState')
  await must(attach(all, one))
  assert.equal(await codeOf(attach(all, two)), '400 InvalidOperation.InvalidEniState')
  assert.equal(await codeOf(attach(all, one, other)), '400 InvalidOperation.EniCountExceeded')
  await all.settle()
  assert.equal(await codeOf(detach(all, two)), '404 InvalidEcsId.NotFound')
  assert.equal(await codeOf(service.deleteNetworkInterface(operator, { networkInterface: eni })), '400 InvalidOperation.InvalidEniState')
  assert.equal(
    await codeOf(service.createNetworkInterface(operator, { vswitch: scene.vswitch, address: '192.168.0.88' })),
    '400 InvalidPrivateIpAddress.Duplicated',
  )
  await must(service.createNetworkInterface(operator, { vswitch: scene.vswitch }))
  assert.equal(await codeOf(service.createNetworkInterface(operator, { vswitch: scene.vswitch })), '403 QuotaExceed.Eni')
  const named = { networkInterface: eni, name: 'http://x' }
  assert.equal(await codeOf(service.modifyNetworkInterface(operator, named)), '400 InvalidEniName.Malformed')
  await must(service.deleteHavip(operator, { havip: scene.havip }))
  await must(service.deleteInstances(operator, { instances: [one, two], force: true }))
  await all.settle()
  assert.equal(await codeOf(service.deleteVswitch(operator, { vswitch: scene.vswitch })), '400 DependencyViolation')
  assert.equal(await stateOf(all, other), 'Available - 0')
})

test('a plane that carries no further interfaces says so at the interface, and nothing else waits for it', async () => {
  const all = await stage()
  all.plane.fails = (change) => change.kind === 'put-port' && change.port.device > 0
  await must(attach(all, all.scene.instances[0]))
  await must(all.service.allocateEip(operator, {}))
  await all.settle()
  const [row] = await listed(all, { ids: [all.eni] })
  assert.deepEqual([row?.status, row?.problem?.text], ['Attaching', 'The network could not be changed.'])
  const { status } = await must(all.service.getInstance(operator, { instance: all.scene.instances[0] }))
  assert.equal(status, 'Running')
})

test('both kinds are listed as one, page by page and token by token', async () => {
  const all = await stage()
  for (let i = 0; i < 4; i++) await must(all.service.createNetworkInterface(operator, { vswitch: all.scene.vswitch }))
  const whole = (await listed(all)).map(({ id }) => id)
  assert.equal(whole.length, 7)
  assert.deepEqual(whole.slice(0, 2), all.scene.ports)
  const pages: string[] = []
  for (let number = 1; number <= 5; number++) {
    const page = await must(all.service.describeNetworkInterfaces(operator, { paging: { kind: 'page', number, size: 3 } }))
    assert.equal(page.total, 7)
    pages.push(...page.items.map(({ id }) => id))
  }
  assert.deepEqual(pages, whole)
  for (const max of [1, 2, 3, 7, 10]) {
    const found: string[] = []
    let token: string | undefined
    do {
      const page = await must(all.service.describeNetworkInterfaces(operator, { paging: { kind: 'token', max, token } }))
      found.push(...page.items.map(({ id }) => id))
      token = page.nextToken
    } while (token)
    assert.deepEqual(found, whole)
  }
  assert.deepEqual(
    (await listed(all, { type: 'Primary' })).map(({ id }) => id),
    whole.slice(0, 2),
  )
  assert.deepEqual(
    (await listed(all, { addresses: ['192.168.0.50'] })).map(({ id }) => id),
    [all.eni],
  )
})
