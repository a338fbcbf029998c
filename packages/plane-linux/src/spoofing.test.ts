// Everything a tenant could try with a raw socket: sent from inside an instance, looked for in a neighbour, in the router's stack and
// at another tenant. Each frame carries a mark of its own behind what its headers speak of, so nothing can be mistaken for it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Ipv4, ipToBytes, type Mac, macToBytes, parseIpv6 } from '@havip/base'
import { AF, bindSocket, closeDescriptor, interfaceIndex, openSocket, packetAddress, receive, SOCK } from '@havip/linux'
import type { InstanceId, NetworkInterfaceId, PlaneChange, VpcId, VswitchId } from '@havip/vpc'
import { checksumOf } from '@havip/wire'
import { insideNetns } from './netns.ts'
import type { LinuxDataPlane } from './plane.ts'
import { until } from './processes.ts'
import { run } from './run.ts'
import { openPlane, perlIn, serveIn } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

/** Bound to the HAVIP, and the owner; a neighbour; not bound, and the attacker. */
const [owner, neighbour, attacker] = [1, 2, 3] as const
const mac = world.macOf(attacker)
const own = world.addressOf(attacker)
const victim = world.addressOf(neighbour)
const broadcast = 'ff:ff:ff:ff:ff:ff' as Mac
const stranger = '02:00:00:00:00:99' as Mac
const bytes16 = (value: number): number[] => [value >> 8, value & 0xff]

const ethernet = (payload: readonly number[], type: number, words: { from?: Mac; to?: Mac } = {}): number[] => [
  ...macToBytes(words.to ?? broadcast),
  ...macToBytes(words.from ?? mac),
  ...bytes16(type),
  ...payload,
]
const arp = (sender: Mac, address: string, words: { target?: string; operation?: number; hardware?: number } = {}): number[] => [
  ...[...bytes16(words.hardware ?? 1), 8, 0, 6, 4, 0, words.operation ?? 1],
  ...[...macToBytes(sender), ...ipToBytes(address as Ipv4), 0, 0, 0, 0, 0, 0, ...ipToBytes((words.target ?? address) as Ipv4)],
]
/** With options when `options` holds some, a multiple of four bytes. */
const ipv4 = (from: string, to: string, protocol: number, payload: readonly number[], options: readonly number[] = []): number[] => {
  const length = 20 + options.length + payload.length
  const header = [0x40 + 5 + options.length / 4, 0, ...bytes16(length), 0, 0, 0, 0, 255, protocol, 0, 0]
  header.push(...ipToBytes(from as Ipv4), ...ipToBytes(to as Ipv4), ...options)
  const sum = checksumOf([Uint8Array.from(header)])
  header[10] = sum >> 8
  header[11] = sum & 0xff
  return [...header, ...payload]
}
const udp = (from: number, to: number, payload: readonly number[]): number[] => [
  ...[...bytes16(from), ...bytes16(to), ...bytes16(8 + payload.length), 0, 0],
  ...payload,
]
const ip6Bytes = (text: string): number[] => {
  const parsed = parseIpv6(text)
  assert.ok(parsed.ok)
  return [...ipToBytes(parsed.value)]
}
const ipv6 = (from: string, to: string, next: number, payload: readonly number[]): number[] => [
  ...[0x60, 0, 0, 0, ...bytes16(payload.length), next, 255],
  ...[...ip6Bytes(from), ...ip6Bytes(to), ...payload],
]
const advertisement = [136, 0, 0, 0, 0x20, 0, 0, 0, ...ip6Bytes('fe80::1'), 2, 1, ...macToBytes(mac)]
const tagged = (vlan: number, inner: number[], type = 0x8100): number[] => [
  ...inner.slice(0, 12),
  ...[...bytes16(type), ...bytes16(vlan)],
  ...inner.slice(12),
]
const vrrp = [0x21, 51, 255, 1, 0, 1, 0, 0, ...ipToBytes(world.havip.address)]
const harmless = [8, 0, 0xf7, 0xff, 0, 0, 0, 0]

const spoofedIpv4 = ethernet(ipv4(victim, world.gateway, 1, harmless), 0x0800)
const gratuitous = ethernet(arp(mac, victim), 0x0806)
/** Each of these must be seen by nobody. */
const attacks: Readonly<Record<string, readonly number[]>> = {
  'gratuitous ARP for a neighbour': gratuitous,
  'gratuitous ARP for a neighbour, as an answer': ethernet(arp(mac, victim, { operation: 2 }), 0x0806),
  'gratuitous ARP for a HAVIP that is not bound': ethernet(arp(mac, world.havip.address), 0x0806),
  'ARP answer for the gateway, to one neighbour': ethernet(arp(mac, world.gateway, { operation: 2, target: victim }), 0x0806, {
    to: world.macOf(neighbour),
  }),
  'ARP question in the name of the gateway': ethernet(arp(mac, world.gateway, { target: victim }), 0x0806),
  "ARP with another's MAC inside": ethernet(arp(world.macOf(neighbour), own), 0x0806),
  "ARP with another's MAC outside": ethernet(arp(mac, own), 0x0806, { from: world.macOf(neighbour) }),
  "ARP wholly in a neighbour's name": ethernet(arp(world.macOf(neighbour), victim), 0x0806, { from: world.macOf(neighbour) }),
  'reverse ARP': ethernet(arp(mac, own, { operation: 4 }), 0x0806),
  'ARP of another hardware': ethernet(arp(mac, own, { hardware: 6 }), 0x0806),
  'ARP in a tag': tagged(5, gratuitous),
  'true ARP in a tag': tagged(5, ethernet(arp(mac, own), 0x0806)),
  'ARP in a priority tag': tagged(0, gratuitous),
  'true ARP in a priority tag': tagged(0, ethernet(arp(mac, own), 0x0806)),
  'ARP in two tags': tagged(1, tagged(2, gratuitous)),
  'ARP in a service tag': tagged(1, tagged(2, gratuitous), 0x88a8),
  'IPv4 from a neighbour': spoofedIpv4,
  'IPv4 from the gateway': ethernet(ipv4(world.gateway, victim, 1, harmless), 0x0800),
  'IPv4 from a HAVIP that is not bound': ethernet(ipv4(world.havip.address, victim, 1, harmless), 0x0800),
  'IPv4 from nowhere': ethernet(ipv4('0.0.0.0', '255.255.255.255', 1, harmless), 0x0800),
  'IPv4 from the loopback': ethernet(ipv4('127.0.0.1', victim, 1, harmless), 0x0800),
  'IPv4 from the Internet': ethernet(ipv4('198.51.100.7', victim, 1, harmless), 0x0800),
  'IPv4 from a broadcast address': ethernet(ipv4('192.168.0.255', victim, 1, harmless), 0x0800),
  'IPv4 from a group': ethernet(ipv4('224.0.0.1', victim, 1, harmless), 0x0800),
  'IPv4 from an unknown MAC': ethernet(ipv4(own, victim, 1, harmless), 0x0800, { from: stranger }),
  'IPv4 in a priority tag': tagged(0, spoofedIpv4),
  'IPv4 to a reserved group MAC, which bridges give to their own host': ethernet(ipv4(victim, world.gateway, 1, harmless), 0x0800, {
    to: '01:80:c2:00:00:02' as Mac,
  }),
  'IPv4 to the group MAC of LLDP': ethernet(ipv4(victim, world.gateway, 1, harmless), 0x0800, { to: '01:80:c2:00:00:0e' as Mac }),
  'true IPv4 to a reserved group MAC': ethernet(ipv4(own, world.gateway, 1, harmless), 0x0800, { to: '01:80:c2:00:00:03' as Mac }),
  'ARP to a reserved group MAC': ethernet(arp(mac, victim), 0x0806, { to: '01:80:c2:00:00:02' as Mac }),
  'IPv4 with a loose source route': ethernet(ipv4(own, victim, 1, harmless, [131, 7, 4, ...ipToBytes(world.gateway), 0]), 0x0800),
  'IPv4 with a strict source route': ethernet(ipv4(own, victim, 1, harmless, [137, 7, 4, ...ipToBytes(world.gateway), 0]), 0x0800),
  'IPv4 with a recorded route': ethernet(ipv4(own, victim, 1, harmless, [7, 7, 4, 0, 0, 0, 0, 0]), 0x0800),
  'ICMP redirect': ethernet(
    ipv4(own, victim, 1, [5, 1, 0, 0, ...ipToBytes(own), ...ipv4(victim, '198.51.100.7', 17, udp(1, 2, []))]),
    0x0800,
  ),
  'ICMP router advertisement': ethernet(ipv4(own, '224.0.0.1', 1, [9, 0, 0, 0, 1, 2, 7, 8, ...ipToBytes(own), 0, 0, 0, 0]), 0x0800),
  "DHCP server's offer": ethernet(ipv4(own, '255.255.255.255', 17, udp(67, 68, [2, 1, 6, 0])), 0x0800),
  "DHCP server's offer in the gateway's name": ethernet(ipv4(world.gateway, '255.255.255.255', 17, udp(67, 68, [2, 1, 6, 0])), 0x0800),
  "VRRP advert in a neighbour's name": ethernet(ipv4(victim, '224.0.0.18', 112, vrrp), 0x0800, { to: '01:00:5e:00:00:12' as Mac }),
  'VRRP advert from a virtual MAC': ethernet(ipv4(own, '224.0.0.18', 112, vrrp), 0x0800, { from: '00:00:5e:00:01:33' as Mac }),
  'neighbour advertisement': ethernet(ipv6('fe80::1', 'ff02::1', 58, advertisement), 0x86dd),
  'neighbour solicitation': ethernet(ipv6('fe80::1', 'ff02::1', 58, [135, ...advertisement.slice(1)]), 0x86dd),
  'router advertisement': ethernet(ipv6('fe80::1', 'ff02::1', 58, [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]), 0x86dd),
  'neighbour advertisement behind options': ethernet(ipv6('fe80::1', 'ff02::1', 60, [58, 0, 1, 4, 0, 0, 0, 0, ...advertisement]), 0x86dd),
  'neighbour advertisement in a fragment': ethernet(ipv6('fe80::1', 'ff02::1', 44, [58, 0, 0, 1, 0, 0, 0, 9, ...advertisement]), 0x86dd),
  'spanning tree': ethernet([0x42, 0x42, 3, 0, 0, 0, 0, 0], 8, { to: '01:80:c2:00:00:00' as Mac }),
  LLDP: ethernet([2, 7, 4, 1, 2, 3, 4, 5, 6], 0x88cc, { to: '01:80:c2:00:00:0e' as Mac }),
  'LLDP to everybody': ethernet([2, 7, 4, 1, 2, 3, 4, 5, 6], 0x88cc),
  '802.1X': ethernet([1, 1, 0, 0], 0x888e, { to: '01:80:c2:00:00:03' as Mac }),
  MPLS: ethernet([0, 0, 0x11, 64, ...ipv4(victim, world.gateway, 1, harmless)], 0x8847),
  PPPoE: ethernet([0x11, 9, 0, 0, 0, 0], 0x8863),
}
/** These pass: who sees nothing of them would see nothing of the others either. */
const controls: Readonly<Record<string, readonly number[]>> = {
  'own ARP': ethernet(arp(mac, own), 0x0806),
  'own VRRP advert': ethernet(ipv4(own, '224.0.0.18', 112, vrrp), 0x0800, { to: '01:00:5e:00:00:12' as Mac }),
  'own IPv4': ethernet(ipv4(own, '192.168.0.255', 1, harmless), 0x0800),
}
/** What a neighbour may send and its own tenant may hear, and nobody else. */
const notForOthers = Object.keys(controls)

const markOf = (name: string): Buffer => {
  const index = [...Object.keys(attacks), ...notForOthers].indexOf(name)
  return Buffer.from(`<spoof ${String(index).padStart(3, '0')}>`)
}
const frameOf = (name: string): Uint8Array => Uint8Array.from([...(attacks[name] ?? controls[name] ?? []), ...markOf(name)])

/** Hears frames in a namespace. @param link all that pass that interface; without one, what the namespace's own stack is given. */
function listen(netns: string, link?: string) {
  const reversed = (protocol: number): number => ((protocol & 0xff) << 8) | (protocol >> 8)
  // ETH_P_ALL hears before a bridge does; a protocol's own socket hears what the bridge gave to the host. 4: IEEE 802.2.
  const protocols = link === undefined ? [0x0800, 0x0806, 0x86dd, 0x88cc, 0x888e, 0x8847, 0x8863, 4] : [3]
  const descriptors = insideNetns(netns, () =>
    protocols.map((protocol) => {
      const fd = openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, reversed(protocol))
      if (link !== undefined) bindSocket(fd, packetAddress(interfaceIndex(link), protocol))
      return fd
    }),
  )
  const heard = new Set<string>()
  const buffer = new Uint8Array(new ArrayBuffer(2048))
  return {
    heard: (): ReadonlySet<string> => {
      for (const fd of descriptors)
        for (let count = 0; count < 10_000; count++) {
          const length = receive(fd, buffer, 0)
          if (length < 0) break
          const mark = /<spoof (\d{3})>/.exec(Buffer.from(buffer.subarray(0, length)).toString('latin1'))?.[1]
          if (mark !== undefined) heard.add([...Object.keys(attacks), ...notForOthers][Number(mark)] ?? mark)
        }
      return heard
    },
    close: () => descriptors.forEach((fd) => void closeDescriptor(fd)),
  }
}

const otherVpc = 'vpc-0other0' as VpcId
const otherSwitch = { ...world.planeSwitch, vpc: otherVpc, vswitch: 'vsw-0other0' as VswitchId }
const sisterSwitch = {
  ...world.planeSwitch,
  vswitch: 'vsw-0sister' as VswitchId,
  cidr: { address: '192.168.1.0' as Ipv4, prefix: 24 },
  gateway: '192.168.1.253' as Ipv4,
}
const otherPort = {
  ...world.planePort(neighbour, []),
  ...{ vpc: otherVpc, vswitch: otherSwitch.vswitch, port: 'eni-0other' as NetworkInterfaceId, instance: 'i-0other' as InstanceId },
}
const sisterPort = {
  ...world.planePort(neighbour, []),
  ...{ vswitch: sisterSwitch.vswitch, port: 'eni-0sister' as NetworkInterfaceId, instance: 'i-0sister' as InstanceId },
  ...{ address: '192.168.1.9' as Ipv4, mac: '00:16:3e:00:00:19' as Mac },
}

describe('an instance with raw sockets', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  before(async () => {
    plane = await openPlane(w)
    const changes: PlaneChange[] = [
      { kind: 'put-network', network: world.network },
      { kind: 'put-network', network: { ...world.network, vpc: otherVpc } },
      ...[world.planeSwitch, sisterSwitch, otherSwitch].map((item): PlaneChange => ({ kind: 'put-switch', switch: item })),
      ...[world.planePort(owner), world.planePort(neighbour, []), world.planePort(attacker, []), sisterPort, otherPort].map(
        (port): PlaneChange => ({ kind: 'put-port', port }),
      ),
      { kind: 'put-havip', havip: world.havip },
      { kind: 'put-eip', eip: world.eip },
    ]
    await plane.apply(changes)
    w.sendFrom(owner, world.arpFrame({ sourceMac: world.macOf(owner), senderAddress: world.havip.address }))
  })
  after(async () => {
    plane?.close()
    await w?.end()
  })

  test('reaches nobody with anything that is not its own, and each attempt is counted', async () => {
    const router = w.names.router(world.vpc)
    const neighbours = () => run(['ip', '-n', router, 'neigh', 'show'])
    const inside = () => run(['ip', '-n', w.names.instance(world.instanceId(neighbour)), 'neigh', 'show'])
    const places = {
      'a neighbour': listen(w.names.instance(world.instanceId(neighbour)), 'eth0'),
      'the owner of the HAVIP': listen(w.names.instance(world.instanceId(owner)), 'eth0'),
      'the router': listen(router),
      'another vSwitch': listen(w.names.instance(sisterPort.instance), 'eth0'),
      'another tenant': listen(w.names.instance(otherPort.instance), 'eth0'),
      "another tenant's router": listen(w.names.router(otherVpc)),
      'the Internet': listen(w.names.internet),
    }
    const near = ['a neighbour', 'the owner of the HAVIP', 'the router']
    const sum = async () => {
      const fact = (await plane.drops()).find(({ port }) => port === world.portId(attacker))
      assert.ok(fact)
      return fact.spoofedMac + fact.spoofedIpv4 + fact.spoofedArp + fact.ipv6 + fact.forbidden
    }
    try {
      const before = { router: await neighbours(), neighbour: await inside(), drops: await sum() }
      for (const name of Object.keys(attacks)) w.sendFrom(attacker, frameOf(name))
      for (const name of notForOthers) w.sendFrom(attacker, frameOf(name))
      const hasHeard = () =>
        Object.entries(places).every(([place, { heard }]) => !near.includes(place) || heard().has(notForOthers.at(-1) ?? ''))
      assert.ok(await until(hasHeard, 5000), 'the last control frame arrives')
      for (const [place, { heard }] of Object.entries(places))
        assert.deepEqual([...heard()].sort(), near.includes(place) ? [...notForOthers].sort() : [], place)
      // Slow protocols pass by the counters of the port: a bridge gives them to its host, and there they are dropped.
      const slow = Object.values(attacks).filter((frame) => frame[0] === 1 && frame[1] === 0x80 && frame[5] === 2).length
      assert.equal((await sum()) - before.drops, Object.keys(attacks).length - slow)
      const changed = (text: string) => text.split('\n').filter((line) => line.includes(mac) && !line.startsWith(own))
      assert.deepEqual([changed(await neighbours()), changed(await inside())], [[], []], 'no neighbour entry but its own')
    } finally {
      for (const { close } of Object.values(places)) close()
    }
  })

  test('finds no open door on the router, even where one was left open', async () => {
    const door = serveIn(w.names.router(world.vpc), 'open', 22)
    const ask = (netns: string, address: string) => {
      const script = `use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => "${address}", PeerPort => 22, Timeout => 1); print $s ? "open" : "closed"`
      return perlIn(netns, script)
    }
    try {
      await door.isUp
      assert.equal(await ask(w.names.router(world.vpc), world.gateway), 'open')
      for (const address of [world.gateway, '100.64.0.2'])
        assert.equal(await ask(w.names.instance(world.instanceId(attacker)), address), 'closed')
      assert.equal(await ask(w.names.internet, '100.64.0.2'), 'closed')
    } finally {
      await door.end()
    }
  })
})
