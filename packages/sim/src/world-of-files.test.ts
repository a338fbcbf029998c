import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairText } from './testing/pair.ts'
import { nodeNames, worldOfFiles } from './world-of-files.ts'

const file = (name: string, text: string) => ({ name, path: `/etc/keepalived/${name}.conf`, text })
const multicast = (device: string): string =>
  `vrrp_instance V {\n interface ${device}\n virtual_router_id 7\n priority 100\n virtual_ipaddress {\n 10.1.2.3/24 dev lo1\n }\n}\n`

test('machines get the addresses that their files name, and a client in their segment', () => {
  const world = worldOfFiles([file('a', pairText(0)), file('b', pairText(1))])
  assert.deepEqual(
    world.nodes.map((node) => node.interfaces[0]?.addresses[0]),
    ['10.0.0.1/24', '10.0.0.2/24'],
  )
  assert.deepEqual(world.clients, [{ name: 'client', segment: 'eth0' }])
})

test('a node that does not name its own address gets the one its peer calls it by', () => {
  const nameless = pairText(1).replace(/unicast_src_ip.*\n/, '')
  const world = worldOfFiles([file('a', pairText(0)), file('b', nameless)])
  assert.equal(world.nodes[1]?.interfaces[0]?.addresses[0], '10.0.0.2/24')
})

test('interfaces of different names that share a virtual router are in one segment', () => {
  const world = worldOfFiles([file('a', multicast('eth0')), file('b', multicast('ens5'))])
  const [first, second] = world.nodes.map((node) => node.interfaces[0]?.segment)
  assert.equal(first, second)
  assert(world.nodes[0]?.interfaces.some((one) => one.name === 'lo1'))
})

test('a file is a machine of its name', () => {
  assert.deepEqual(nodeNames(['/x/ecs1.keepalived.conf', '/y/ecs1.conf', '/nodes/db-1/keepalived.conf']), ['ecs1', 'ecs1-2', 'db-1'])
})
