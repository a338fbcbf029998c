// Where adverts come from when the machine's addresses change, as keepalived chooses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair } from './testing/pair.ts'

const onMulticast = (text: string): string => text.replace(/unicast_src_ip \S+\s*unicast_peer \{[^}]*\}/, '')
const two = `vrrp_instance VI_2 {
 interface eth0
 virtual_router_id 52
 priority 100
 virtual_ipaddress {
  192.168.0.89/24
 }
}
`
function multicast(): Pair {
  const pair = Pair.ofSeed({ blocks: two })
  return new Pair(onMulticast(textOf(pair)), '')
}
const textOf = (pair: Pair): string => pair.one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? ''

test('an address that another instance has put there is no source', () => {
  const pair = multicast()
  pair.start(pair.one)
  pair.time.advance(6000)
  const status = () => pair.one.daemon.status().instances.map(({ name, state, faults }) => [name, state, faults])
  assert.deepEqual(status(), [
    ['VI_2', 'master', []],
    ['VI_1', 'master', []],
  ])
  // The machine's own address goes; what is left is virtual.
  pair.one.host.setLink('eth0', ['192.168.0.88', '192.168.0.89'])
  pair.time.advance(100)
  assert.deepEqual(status(), [
    ['VI_2', 'fault', ['no address to send from on eth0']],
    ['VI_1', 'fault', ['no address to send from on eth0']],
  ])
})

test('a source that is still there stays, although another address comes before it now', () => {
  const pair = multicast()
  pair.start(pair.one)
  pair.time.advance(6000)
  pair.one.host.setLink('eth0', ['192.168.0.5', '192.168.0.209', '192.168.0.88', '192.168.0.89'])
  pair.time.advance(3000)
  const sources = pair.segment.sent.slice(-2).map(({ datagram }) => [...datagram.subarray(12, 16)].join('.'))
  assert.deepEqual(sources, ['192.168.0.209', '192.168.0.209'])
  pair.one.host.setLink('eth0', ['192.168.0.5', '192.168.0.88', '192.168.0.89'])
  pair.time.advance(3000)
  assert.equal([...(pair.segment.sent.at(-1)?.datagram.subarray(12, 16) ?? [])].join('.'), '192.168.0.5')
})

test('in FAULT nothing is heard, so nothing counts as received', () => {
  const script = {
    blocks: 'vrrp_script check {\n script /etc/keepalived/check.sh\n interval 1\n}\n',
    instance: 'track_script {\n check\n}\n',
  }
  const pair = Pair.ofSeed({}, script)
  let isHealthy = true
  pair.two.host.processScript = () => ({ end: { kind: 'exited', status: isHealthy ? 0 : 1 }, after: 1 })
  pair.start()
  pair.time.advance(10_000)
  const seen = (): readonly [string | undefined, number] => {
    const [instance] = pair.two.daemon.status().instances
    return [instance?.state, instance?.counters.advert_rcvd ?? Number.NaN]
  }
  isHealthy = false
  pair.time.advance(2000)
  const [state, before] = seen()
  assert.equal(state, 'fault')
  assert(before > 0)
  pair.time.advance(5000)
  assert.deepEqual(seen(), ['fault', before])
  isHealthy = true
  pair.time.advance(3000)
  assert.equal(seen()[0], 'backup')
  assert(seen()[1] > before)
})
