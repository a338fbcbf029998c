// Everything a tenant could try with a raw socket: sent from inside an instance, looked for in a neighbour, in the router's stack and
// at another tenant. Each frame carries a mark of its own behind what its headers speak of, so nothing can be mistaken for it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Ipv4, ipToBytes, linkLocalOf, type Mac, macToBytes } from '@havip/base'
import type { InstanceId, NetworkInterfaceId, PlaneChange, VpcId, VswitchId } from '@havip/vpc'
import type { LinuxDataPlane } from './plane.ts'
import { until } from './processes.ts'
import { run } from './run.ts'
import { listenFor, marked } from './testing/eavesdrop.ts'
import { arp, ethernet, ip6Bytes, ipv4, ipv6, tagged, udp } from './testing/frames.ts'
import { openPlane, perlIn, serveIn } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

/** Bound to the HAVIP, and the owner; a neighbour; not bound, and the attacker. */
const [owner, neighbour, attacker] = [1, 2, 3] as const
const mac = world.macOf(attacker)
const own = world.addressOf(attacker)
const victim = world.addressOf(neighbour)
/** A frame of the attacker's. */
const from = (payload: readonly number[], type: number, words: { from?: Mac; to?: Mac } = {}): number[] =>
  ethernet({ from: mac, ...words }, type, payload)
const stranger = '02:00:00:00:00:99' as Mac
const advertisement = [136, 0, 0, 0, 0x20, 0, 0, 0, ...ip6Bytes('fe80::1'), 2, 1, ...macToBytes(mac)]
const vrrp = [0x21, 51, 255, 1, 0, 1, 0, 0, ...ipToBytes(world.havip.address)]
const harmless = [8, 0, 0xf7, 0xff, 0, 0, 0, 0]

const spoofedIpv4 = from(ipv4(victim, world.gateway, 1, harmless), 0x0800)
const gratuitous = from(arp(mac, victim), 0x0806)
/** Each of these must be seen by nobody. */
const attacks: Readonly<Record<string, readonly number[]>> = {
  'gratuitous ARP for a neighbour': gratuitous,
  'gratuitous ARP for a neighbour, as an answer': from(arp(mac, victim, { operation: 2 }), 0x0806),
  'gratuitous ARP for a HAVIP that is not bound': from(arp(mac, world.havip.address), 0x0806),
  'ARP answer for the gateway, to one neighbour': from(arp(mac, world.gateway, { operation: 2, target: victim }), 0x0806, {
    to: world.macOf(neighbour),
  }),
  'ARP question in the name of the gateway': from(arp(mac, world.gateway, { target: victim }), 0x0806),
  "ARP with another's MAC inside": from(arp(world.macOf(neighbour), own), 0x0806),
  "ARP with another's MAC outside": from(arp(mac, own), 0x0806, { from: world.macOf(neighbour) }),
  "ARP wholly in a neighbour's name": from(arp(world.macOf(neighbour), victim), 0x0806, { from: world.macOf(neighbour) }),
  'reverse ARP': from(arp(mac, own, { operation: 4 }), 0x0806),
  'ARP of another hardware': from(arp(mac, own, { hardware: 6 }), 0x0806),
  'ARP in a tag': tagged(5, gratuitous),
  'true ARP in a tag': tagged(5, from(arp(mac, own), 0x0806)),
  'ARP in a priority tag': tagged(0, gratuitous),
  'true ARP in a priority tag': tagged(0, from(arp(mac, own), 0x0806)),
  'ARP in two tags': tagged(1, tagged(2, gratuitous)),
  'ARP in a service tag': tagged(1, tagged(2, gratuitous), 0x88a8),
  'IPv4 from a neighbour': spoofedIpv4,
  'IPv4 from the gateway': from(ipv4(world.gateway, victim, 1, harmless), 0x0800),
  'IPv4 from a HAVIP that is not bound': from(ipv4(world.havip.address, victim, 1, harmless), 0x0800),
  'IPv4 from nowhere': from(ipv4('0.0.0.0', '255.255.255.255', 1, harmless), 0x0800),
  'IPv4 from the loopback': from(ipv4('127.0.0.1', victim, 1, harmless), 0x0800),
  'IPv4 from the Internet': from(ipv4('198.51.100.7', victim, 1, harmless), 0x0800),
  'IPv4 from a broadcast address': from(ipv4('192.168.0.255', victim, 1, harmless), 0x0800),
  'IPv4 from a group': from(ipv4('224.0.0.1', victim, 1, harmless), 0x0800),
  'IPv4 from an unknown MAC': from(ipv4(own, victim, 1, harmless), 0x0800, { from: stranger }),
  'IPv4 in a priority tag': tagged(0, spoofedIpv4),
  'IPv4 to a reserved group MAC, which bridges give to their own host': from(ipv4(victim, world.gateway, 1, harmless), 0x0800, {
    to: '01:80:c2:00:00:02' as Mac,
  }),
  'IPv4 to the group MAC of LLDP': from(ipv4(victim, world.gateway, 1, harmless), 0x0800, { to: '01:80:c2:00:00:0e' as Mac }),
  'true IPv4 to a reserved group MAC': from(ipv4(own, world.gateway, 1, harmless), 0x0800, { to: '01:80:c2:00:00:03' as Mac }),
  'ARP to a reserved group MAC': from(arp(mac, victim), 0x0806, { to: '01:80:c2:00:00:02' as Mac }),
  'IPv4 with a loose source route': from(ipv4(own, victim, 1, harmless, [131, 7, 4, ...ipToBytes(world.gateway), 0]), 0x0800),
  'IPv4 with a strict source route': from(ipv4(own, victim, 1, harmless, [137, 7, 4, ...ipToBytes(world.gateway), 0]), 0x0800),
  'IPv4 with a recorded route': from(ipv4(own, victim, 1, harmless, [7, 7, 4, 0, 0, 0, 0, 0]), 0x0800),
  'ICMP redirect': from(ipv4(own, victim, 1, [5, 1, 0, 0, ...ipToBytes(own), ...ipv4(victim, '198.51.100.7', 17, udp(1, 2, []))]), 0x0800),
  'ICMP router advertisement': from(ipv4(own, '224.0.0.1', 1, [9, 0, 0, 0, 1, 2, 7, 8, ...ipToBytes(own), 0, 0, 0, 0]), 0x0800),
  "DHCP server's offer": from(ipv4(own, '255.255.255.255', 17, udp(67, 68, [2, 1, 6, 0])), 0x0800),
  "DHCP server's offer in the gateway's name": from(ipv4(world.gateway, '255.255.255.255', 17, udp(67, 68, [2, 1, 6, 0])), 0x0800),
  "VRRP advert in a neighbour's name": from(ipv4(victim, '224.0.0.18', 112, vrrp), 0x0800, { to: '01:00:5e:00:00:12' as Mac }),
  'VRRP advert from a virtual MAC': from(ipv4(own, '224.0.0.18', 112, vrrp), 0x0800, { from: '00:00:5e:00:01:33' as Mac }),
  'neighbour advertisement': from(ipv6('fe80::1', 'ff02::1', 58, advertisement), 0x86dd),
  'neighbour solicitation': from(ipv6('fe80::1', 'ff02::1', 58, [135, ...advertisement.slice(1)]), 0x86dd),
  'router advertisement': from(ipv6('fe80::1', 'ff02::1', 58, [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]), 0x86dd),
  'redirect of IPv6': from(ipv6('fe80::1', 'ff02::1', 58, [137, ...advertisement.slice(1), ...ip6Bytes('2001:db8::1')]), 0x86dd),
  'router solicitation of IPv6': from(ipv6('fe80::1', 'ff02::2', 58, [133, 0, 0, 0, 0, 0, 0, 0]), 0x86dd),
  'IPv6 of its own link-local address': from(ipv6(linkLocalOf(mac), 'ff02::1', 17, udp(9, 9, [])), 0x86dd),
  'IPv6 from nowhere': from(ipv6('::', 'ff02::1', 58, [135, ...advertisement.slice(1)]), 0x86dd),
  'IPv6 from the loopback': from(ipv6('::1', 'ff02::1', 17, udp(9, 9, [])), 0x86dd),
  'neighbour advertisement behind options': from(ipv6('fe80::1', 'ff02::1', 60, [58, 0, 1, 4, 0, 0, 0, 0, ...advertisement]), 0x86dd),
  'neighbour advertisement in a fragment': from(ipv6('fe80::1', 'ff02::1', 44, [58, 0, 0, 1, 0, 0, 0, 9, ...advertisement]), 0x86dd),
  'spanning tree': from([0x42, 0x42, 3, 0, 0, 0, 0, 0], 8, { to: '01:80:c2:00:00:00' as Mac }),
  LLDP: from([2, 7, 4, 1, 2, 3, 4, 5, 6], 0x88cc, { to: '01:80:c2:00:00:0e' as Mac }),
  'LLDP to everybody': from([2, 7, 4, 1, 2, 3, 4, 5, 6], 0x88cc),
  '802.1X': from([1, 1, 0, 0], 0x888e, { to: '01:80:c2:00:00:03' as Mac }),
  MPLS: from([0, 0, 0x11, 64, ...ipv4(victim, world.gateway, 1, harmless)], 0x8847),
  PPPoE: from([0x11, 9, 0, 0, 0, 0], 0x8863),
}
/** These pass: who sees nothing of them would see nothing of the others either. */
const controls: Readonly<Record<string, readonly number[]>> = {
  'own ARP': from(arp(mac, own), 0x0806),
  'own VRRP advert': from(ipv4(own, '224.0.0.18', 112, vrrp), 0x0800, { to: '01:00:5e:00:00:12' as Mac }),
  'own IPv4': from(ipv4(own, '192.168.0.255', 1, harmless), 0x0800),
}
/** What a neighbour may send and its own tenant may hear, and nobody else. */
const notForOthers = Object.keys(controls)

const names = [...Object.keys(attacks), ...notForOthers]
const listen = (netns: string, link?: string) => listenFor(names, netns, link)
const frameOf = (name: string): Uint8Array => marked(names, name, attacks[name] ?? controls[name] ?? [])

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
