import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, instant } from '@havip/base'
import type { ReceivedDatagram, ReceivedPacket, UdpSpec } from '@havip/vrrp-runtime'
import { Kernel, type KernelLink } from './kernel.ts'
import { simulate } from './simulate.ts'
import { pair } from './testing/pair.ts'
import { UdpSockets } from './udp.ts'

const one = '10.0.0.1' as IpAddress
const two = '10.0.0.2' as IpAddress
const spec: UdpSpec = { family: 'ipv4', address: undefined, port: 3784, ttl: 255 }

/** Two machines whose wires lead to each other. */
function machines() {
  const sides: UdpSockets[] = []
  const machine = (number: number, addresses: readonly string[]) => {
    const kernel = new Kernel(number, [{ name: 'eth0', segment: 'lan', addresses }])
    const transmit = (_: KernelLink, packet: Omit<ReceivedPacket, 'at'>): void => {
      for (const side of sides) if (side !== sockets) side.deliver(packet)
    }
    const sockets = new UdpSockets({ kernel, transmit }, () => instant(5))
    sides.push(sockets)
    return { kernel, sockets }
  }
  return [machine(1, ['10.0.0.1/24', 'fd00::1/64']), machine(2, ['10.0.0.2/24', 'fd00::2/64'])] as const
}
const open = (sockets: UdpSockets, more: Partial<UdpSpec> = {}, heard: ReceivedDatagram[] = []) => {
  const opened = sockets.open({ ...spec, ...more }, (datagram) => heard.push(datagram))
  assert(opened.ok, JSON.stringify(opened))
  return opened.value
}

test('a datagram comes to the port it was sent to, with addresses and TTL', () => {
  const [left, right] = machines()
  const heard: ReceivedDatagram[] = []
  open(right.sockets, {}, heard)
  open(right.sockets, { port: 4784 }, heard)
  assert(open(left.sockets, { port: { min: 49152, max: 65535 }, ttl: 9 }).send(Uint8Array.of(1), { address: two, port: 3784 }).ok)
  assert.deepEqual(
    heard.map(({ payload, ...rest }) => ({ ...rest, payload: [...payload] })),
    [{ family: 'ipv4', source: one, destination: two, ttl: 9, at: 5, payload: [1] }],
  )
})
test('over IPv6 too', () => {
  const [left, right] = machines()
  const heard: ReceivedDatagram[] = []
  open(right.sockets, { family: 'ipv6' }, heard)
  assert(open(left.sockets, { family: 'ipv6', port: 50_000 }).send(Uint8Array.of(1), { address: 'fd00::2' as IpAddress, port: 3784 }).ok)
  assert.deepEqual(
    heard.map(({ source, ttl }) => [source, ttl]),
    [['fd00::1', 255]],
  )
})
test('a port is one socket’s, and free again when that is closed', () => {
  const [left] = machines()
  const first = open(left.sockets)
  const second = left.sockets.open(spec, () => {})
  assert(!second.ok)
  assert.equal(second.fault.errno, 'EADDRINUSE')
  first.close()
  open(left.sockets)
})
test('what cannot be sent is refused with the reason', () => {
  const [left] = machines()
  const foreign = left.sockets.open({ ...spec, address: two }, () => {})
  assert(!foreign.ok)
  assert.equal(foreign.fault.errno, 'EADDRNOTAVAIL')
  const socket = open(left.sockets)
  left.kernel.setLink(left.kernel.links[0] as KernelLink, false)
  const sent = socket.send(Uint8Array.of(1), { address: two, port: 3784 })
  assert(!sent.ok)
  assert(['ENETDOWN', 'ENETUNREACH'].includes(sent.fault.errno))
})

// --- whole daemons over it

/** Both nodes have a session with each other, a hundred times quicker than VRRP. */
const withBfd = (neighbor: string): string => `
bfd_instance PEER {
  neighbor_ip ${neighbor}
  min_rx 50
  min_tx 50
}
`
const bfdLines = ({ log }: ReturnType<typeof simulate>, node: string): readonly string[] =>
  log.flatMap((entry) => (entry.node === node && /\(PEER\) Entering/.test(entry.line) ? [entry.line] : []))

test('two simulated daemons have a BFD session, and the same world gives the same one', () => {
  const world = () => {
    const plain = pair(['power-loss a @10s'], { seconds: 14 })
    return {
      ...plain,
      nodes: plain.nodes.map((node, i) => ({
        ...node,
        files: Object.fromEntries(Object.entries(node.files).map(([path, text]) => [path, withBfd(`10.0.0.${2 - i}`) + text])),
      })),
    }
  }
  const report = simulate(world())
  assert.equal(report.totals.crashes, 0)
  const lines = bfdLines(report, 'b')
  assert.match(lines.join('\n'), /Entering Up state[\s\S]*Entering Down state .*no control packet for 2\d\d ms/)
  assert.deepEqual(simulate(world()).log, report.log)
})
