import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from '@havip/base'
import type { TransportSpec } from './host.ts'
import { Pair } from './testing/pair.ts'

/** The sockets that a configuration opens, and the sizes they are given. */
function opened(pair: Pair): { readonly specs: TransportSpec[]; readonly sizes: number[] } {
  const seen: { specs: TransportSpec[]; sizes: number[] } = { specs: [], sizes: [] }
  pair.one.host.openTransport = (spec) => {
    seen.specs.push(spec)
    return ok({ send: () => ok(undefined), accept: () => {}, sizeBuffer: (bytes) => void seen.sizes.push(bytes), close: () => {} })
  }
  pair.start(pair.one)
  return seen
}

test('the receive buffer is what the instances on a socket ask for together', () => {
  const last = (global: string, instance = ''): number | undefined => opened(Pair.ofSeed({ global, instance })).sizes.at(-1)
  assert.equal(last(''), undefined)
  assert.equal(last('', 'kernel_rx_buf_size 30000'), 30_000)
  assert.equal(last('vrrp_rx_bufs_policy 20000'), 20_000)
  assert.equal(last('vrrp_rx_bufs_policy MTU'), 3 * 1500)
  assert.equal(last('vrrp_rx_bufs_policy mtu\n vrrp_rx_bufs_multiplier 10'), 10 * 1500)
  // IP header, VRRP header, one address, the password's eight bytes.
  assert.equal(last('vrrp_rx_bufs_policy ADVERT'), 3 * (20 + 8 + 4 + 8))
  assert.equal(last('vrrp_rx_bufs_policy MTU', 'kernel_rx_buf_size 777'), 777)
  const other = `vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 77
  unicast_src_ip 192.168.0.1
  unicast_peer {
    192.168.0.2
  }
  kernel_rx_buf_size 1000
  virtual_ipaddress {
    192.168.0.90
  }
}
`
  assert.equal(opened(Pair.ofSeed({ blocks: other, instance: 'kernel_rx_buf_size 500' })).sizes.at(-1), 1500)
})

test('unicast without an interface is bound to its VRF, and waits for it in FAULT', () => {
  const pair = Pair.ofSeed({ global: 'dynamic_interfaces' })
  const file = pair.one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? ''
  pair.write(
    pair.one,
    file
      .replace(/ *interface eth0\n/, ' vrf blue\n')
      .replace(/track_interface \{[^}]*\}/, '')
      .replace(/192\.168\.0\.88\n/, '192.168.0.88 dev eth0\n'),
  )
  const seen = opened(pair)
  const state = (): string | undefined => pair.one.daemon.status().instances[0]?.state
  assert.equal(state(), 'fault')
  assert.equal(seen.specs.length, 0)
  pair.one.host.setLink('blue', [])
  assert.equal(state(), 'backup')
  const index = pair.one.host.links().find(({ name }) => name === 'blue')?.index
  assert.deepEqual(
    seen.specs.map((spec) => spec.interface),
    [index],
  )
})
