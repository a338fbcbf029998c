// Further network interfaces: they come and go while the instance runs, and answer by the cable that was asked.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Ipv4, Mac } from '@havip/base'
import type { HavipId, NetworkInterfaceId, PlaneChange, PlanePort, VswitchId } from '@havip/vpc'
import { interfaceName } from './names.ts'
import { listNetns } from './netns.ts'
import type { LinuxDataPlane } from './plane.ts'
import { until } from './processes.ts'
import { run } from './run.ts'
import { askFrom, openPlane, serveIn } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

const second = {
  ...world.planeSwitch,
  vswitch: 'vsw-0second' as VswitchId,
  cidr: { address: '192.168.1.0' as Ipv4, prefix: 24 },
  gateway: '192.168.1.253' as Ipv4,
}
const havip = { ...world.havip, havip: 'havip-0eni' as HavipId, vswitch: second.vswitch, address: '192.168.1.88' as Ipv4 }
const further: PlanePort = {
  ...world.planePort(1, []),
  ...{ port: 'eni-0further' as NetworkInterfaceId, device: 1, vswitch: second.vswitch },
  ...{ mac: '00:16:3e:00:01:01' as Mac, address: '192.168.1.201' as Ipv4, havips: [havip.address] },
}

describe('an instance with two interfaces', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  const inside = () => w.names.instance(world.instanceId(1))
  const outside = () => w.names.instance(world.instanceId(2))
  const rules = () => run(['ip', '-n', inside(), 'rule', 'show'])
  let plane: LinuxDataPlane
  let server: ReturnType<typeof serveIn> | undefined
  before(async () => {
    plane = await openPlane(w)
    const changes: PlaneChange[] = [
      { kind: 'put-network', network: world.network },
      { kind: 'put-switch', switch: world.planeSwitch },
      { kind: 'put-switch', switch: second },
      { kind: 'put-havip', havip },
      // A further one may come before the primary one.
      { kind: 'put-port', port: further },
      { kind: 'put-port', port: world.planePort(1, []) },
      { kind: 'put-port', port: world.planePort(2, []) },
    ]
    await plane.apply(changes)
    server = serveIn(inside(), 'here')
    await server.isUp
  })
  after(async () => {
    await server?.end()
    plane?.close()
    await w?.end()
  })

  test('is read back as it was ordered', async () => {
    const { ports } = await plane.inspect()
    assert.deepEqual(
      [...ports].sort((a, b) => a.port.localeCompare(b.port)),
      [further, world.planePort(1, []), world.planePort(2, [])],
    )
  })

  test('answers at each of its addresses, through the port that has it', async () => {
    assert.equal(await askFrom(outside(), world.addressOf(1)), 'here')
    assert.equal(await askFrom(outside(), further.address), 'here')
    const drops = (await plane.drops()).filter(({ port }) => port !== world.portId(2))
    assert.ok(
      drops.every(({ spoofedIpv4, spoofedArp }) => spoofedIpv4 + spoofedArp === 0),
      JSON.stringify(drops),
    )
  })

  test('owns the HAVIP that is bound to the interface, and answers there', async () => {
    await run(['ip', '-n', inside(), 'addr', 'add', `${havip.address}/32`, 'dev', 'eth1'])
    assert.equal(await askFrom(outside(), havip.address), 'here')
    assert.equal((await plane.owners())[0]?.port, further.port)
  })

  test('gets and loses the way back for a HAVIP as it is bound and unbound', async () => {
    assert.match(await rules(), new RegExp(`from ${havip.address} lookup 101`))
    await plane.apply([{ kind: 'put-port', port: { ...further, havips: [] } }])
    assert.doesNotMatch(await rules(), new RegExp(havip.address))
    assert.match(await rules(), new RegExp(`from ${further.address} lookup 101`))
    await plane.apply([{ kind: 'put-port', port: further }])
    assert.match(await rules(), new RegExp(`from ${havip.address} lookup 101`))
  })

  test('loses the interface while it runs, and nothing of it stays', async () => {
    await plane.apply([{ kind: 'remove-port', vpc: world.vpc, port: further.port }])
    assert.doesNotMatch(await rules(), /lookup 101/)
    assert.doesNotMatch(await run(['ip', '-n', inside(), '-o', 'link', 'show']), /eth1/)
    assert.equal(await askFrom(outside(), world.addressOf(1)), 'here')
    assert.equal((await plane.owners())[0]?.port, undefined)
    await plane.apply([{ kind: 'put-port', port: further }])
    assert.equal(await askFrom(outside(), further.address), 'here')
  })

  test('is cut off at one interface only when only that cable is pulled', async () => {
    await plane.setCable(world.vpc, further.port, false)
    assert.equal(await askFrom(outside(), further.address), '')
    assert.equal(await askFrom(outside(), world.addressOf(1)), 'here')
    await plane.setCable(world.vpc, further.port, true)
    // The kernel notices a cable within a second.
    assert.ok(await until(async () => (await askFrom(outside(), further.address)) === 'here', 10_000))
  })

  test('is off at all of them when it is switched off, and on again when it is wired anew', async () => {
    const links = [further.port, world.portId(1)].map((port) => interfaceName('p', port))
    const states = async () => {
      const text = await run(['ip', '-n', w.names.router(world.vpc), '-o', 'link', 'show'])
      return links.map((link) => new RegExp(`${link}@.*[<,]UP[,>]`).test(text))
    }
    await plane.switchOff(world.vpc, world.instanceId(1))
    assert.deepEqual(await states(), [false, false])
    await plane.rewire(world.vpc, world.instanceId(1), world.portId(1))
    assert.deepEqual(await states(), [true, true])
    assert.ok(await until(async () => (await askFrom(outside(), further.address)) === 'here', 10_000))
  })

  test('keeps its namespace until the last interface is gone', async () => {
    await server?.end()
    server = undefined
    await plane.apply([{ kind: 'remove-port', vpc: world.vpc, port: world.portId(1) }])
    assert.ok(listNetns(w.prefix).includes(inside()))
    await plane.apply([{ kind: 'remove-port', vpc: world.vpc, port: further.port }])
    assert.ok(!listNetns(w.prefix).includes(inside()))
  })
})
