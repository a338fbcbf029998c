// An address that somebody removes on a real machine is back within a few milliseconds, and nothing else moves.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

test('a removed address is put back, announced and recorded; the recording outlives the daemon', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const record = join(first.folder, 'record')
    await segment.startHavipd(second, two)
    const ours = await segment.startHavipd(first, one, ['--record-file', record])
    await segment.waitForOwner(first, vip)
    await sleep(500)
    await must(['ip', '-n', first.namespace, 'address', 'del', `${vip}/32`, 'dev', 'eth0'])
    await segment.waitForOwner(first, vip)
    const [instance] = (await segment.status(first)).instances
    assert.equal(instance?.state, 'master')
    assert.equal(instance?.transitions[0]?.to, 'master')
    assert.match(ours.log(), /was removed by something else; it is back/)
    await ours.service.stop()
    assert.match(readFileSync(record, 'utf8'), /"address-reasserted"/)
    assert.match(readFileSync(record, 'utf8'), /"to":"stopped"/)
  } finally {
    await segment.destroy()
  }
})

test('a loss is noticed after a reload that removed the address twice, and after the interface was down', { skip: needsRoot }, async () => {
  const segment = await createSegment(1)
  try {
    const [node] = segment.nodes
    const route = '10.20.0.0/24'
    const file = (vrid: number): string => `static_ipaddress {
  10.9.0.44/24 dev eth0
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id ${vrid}
  priority 150
  version 3
  advert_int 0.1
  virtual_ipaddress {
    ${vip}
  }
  virtual_routes {
    ${route} via 10.9.0.2 dev eth0
  }
}
`
    const ip = (words: string): Promise<string> => must(['ip', '-n', node.namespace, ...words.split(' ')])
    const daemon = await segment.startHavipd(node, file(51))
    await segment.waitForOwner(node, vip)
    writeFileSync(join(node.folder, 'keepalived.conf'), file(52))
    daemon.service.kill('SIGHUP')
    await until('it has reloaded', () => (/Reload complete/.test(daemon.log()) ? true : undefined))
    await segment.waitForOwner(node, vip)
    // The kernel takes the route away without a word; our own removal finds nothing then.
    await ip('link set eth0 down')
    await until('FAULT', () => (/Entering FAULT STATE/.test(daemon.log()) ? true : undefined))
    await ip('link set eth0 up')
    await segment.waitForOwner(node, vip)
    await sleep(300)
    for (const lost of [`address del ${vip}/32 dev eth0`, `route del ${route}`, 'address del 10.9.0.44/24 dev eth0']) await ip(lost)
    await segment.waitForOwner(node, vip)
    await segment.waitForOwner(node, '10.9.0.44')
    await until('the route is back', async () => ((await ip('route show')).includes(route) ? true : undefined))
    assert.match(daemon.log(), new RegExp(`${vip} was removed by something else; it is back`))
  } finally {
    await segment.destroy()
  }
})
