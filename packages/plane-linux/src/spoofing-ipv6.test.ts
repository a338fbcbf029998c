// As spoofing.test.ts, where the vSwitch has IPv6: an instance may say what is its own, and nothing in another's name.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Ipv6, linkLocalOf, type Mac, macToBytes, solicitedNodeGroup } from '@havip/base'
import type { InstanceId, NetworkInterfaceId, PlaneChange, VpcId, VswitchId } from '@havip/vpc'
import type { LinuxDataPlane } from './plane.ts'
import { until } from './processes.ts'
import { run } from './run.ts'
import { listenFor, marked } from './testing/eavesdrop.ts'
import { advertisement, ethernet, icmpv6, ip6Bytes, ipv6, solicitation, tagged, udp } from './testing/frames.ts'
import { openPlane } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

/** Bound to the HAVIP, and the owner; a neighbour; not bound, and the attacker. */
const [owner, neighbour, attacker] = [1, 2, 3] as const
const mac = world.macOf(attacker)
const own = world.address6Of(attacker)
const local = linkLocalOf(mac)
const victim = world.address6Of(neighbour)
const victimMac = world.macOf(neighbour)
const havip = world.havip6.address
const nodes = 'ff02::1'
const group = (address: string): string => solicitedNodeGroup(address as Ipv6)

const from = (payload: readonly number[], words: { from?: Mac; to?: Mac } = {}): number[] =>
  ethernet({ from: mac, ...words }, 0x86dd, payload)
const spoofed = from(ipv6(victim, own, 17, udp(9, 9, [])))
const routerAdvertisement = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, ...macToBytes(mac)]
const redirect = [137, 0, 0, 0, 0, 0, 0, 0, ...ip6Bytes(local), ...ip6Bytes('2001:db8::1')]
const echo = [128, 0, 0, 0, 0, 0, 0, 0]
/** RFC 8200 §4.5: first and last at once. */
const fragmented = (next: number, payload: readonly number[]): number[] => [next, 0, 0, 0, 0, 0, 0, 9, ...payload]
/** RFC 8200 §4.3, with padding for an option. */
const optioned = (next: number, payload: readonly number[]): number[] => [next, 0, 1, 4, 0, 0, 0, 0, ...payload]

/** Each of these must be seen by nobody. */
const attacks: Readonly<Record<string, readonly number[]>> = {
  'advertisement for a neighbour': from(icmpv6(own, nodes, advertisement(victim, mac))),
  'advertisement for a neighbour, from its address': from(icmpv6(victim, nodes, advertisement(victim, mac))),
  'advertisement for the gateway': from(icmpv6(own, nodes, advertisement(world.gateway6, mac))),
  "advertisement for a neighbour's link-local address": from(icmpv6(local, nodes, advertisement(linkLocalOf(victimMac), mac))),
  'advertisement for a HAVIP that is not bound': from(icmpv6(own, nodes, advertisement(havip, mac))),
  'advertisement for a HAVIP that is not bound, from it': from(icmpv6(havip, nodes, advertisement(havip, mac))),
  'answer for a neighbour, to the owner': from(icmpv6(own, world.address6Of(owner), advertisement(victim, mac, 0x60)), {
    to: world.macOf(owner),
  }),
  "own advertisement with another's MAC": from(icmpv6(own, nodes, advertisement(own, victimMac))),
  'own advertisement without a MAC, unsolicited': from(icmpv6(own, nodes, advertisement(own, undefined))),
  'own advertisement with two options': from(icmpv6(own, nodes, [...advertisement(own, mac), 2, 1, ...macToBytes(victimMac)])),
  'own advertisement with the wrong option': from(icmpv6(own, nodes, [...advertisement(own, undefined), 1, 1, ...macToBytes(mac)])),
  'own advertisement from an unknown MAC': from(icmpv6(own, nodes, advertisement(own, mac)), { from: '02:00:00:00:00:99' as Mac }),
  'advertisement from no address': from(icmpv6('::', nodes, advertisement(victim, mac))),
  "question in a neighbour's name": from(icmpv6(victim, group(world.gateway6), solicitation(world.gateway6, mac))),
  'question in the name of the gateway': from(icmpv6(world.gateway6, group(victim), solicitation(victim, mac))),
  "own question with another's MAC": from(icmpv6(own, group(victim), solicitation(victim, victimMac))),
  'own question with two options': from(icmpv6(own, group(victim), [...solicitation(victim, mac), 1, 1, ...macToBytes(victimMac)])),
  'question whether a neighbour is there, from no address': from(icmpv6('::', group(victim), solicitation(victim, undefined))),
  'question from no address, with a MAC': from(icmpv6('::', group(own), solicitation(own, mac))),
  'router advertisement': from(icmpv6(local, nodes, routerAdvertisement)),
  "router advertisement in the router's name": from(icmpv6('fe80::1', nodes, routerAdvertisement)),
  'router advertisement from no address': from(icmpv6('::', nodes, routerAdvertisement)),
  'router solicitation': from(icmpv6(local, 'ff02::2', [133, 0, 0, 0, 0, 0, 0, 0, 1, 1, ...macToBytes(mac)])),
  redirect: from(icmpv6(local, victim, redirect)),
  "redirect in the router's name": from(icmpv6(world.gateway6, victim, redirect)),
  'router renumbering': from(icmpv6(own, 'ff02::2', [138, 0, 0, 0, 0, 0, 0, 0])),
  'inverse advertisement': from(icmpv6(own, victim, [142, 0, 0, 0, 0, 0, 0, 0])),
  'group report without a router alert': from(icmpv6(local, 'ff02::16', [143, 0, 0, 0, 0, 0, 0, 0])),
  'advertisement behind a router alert': from(ipv6(own, nodes, 0, [58, 0, 5, 2, 0, 1, 1, 0, ...advertisement(victim, mac)])),
  'advertisement behind hop-by-hop options': from(ipv6(own, nodes, 0, optioned(58, advertisement(victim, mac)))),
  'advertisement behind destination options': from(ipv6(own, nodes, 60, optioned(58, advertisement(victim, mac)))),
  'advertisement in a fragment': from(ipv6(own, nodes, 44, fragmented(58, advertisement(victim, mac)))),
  'own advertisement in a fragment': from(ipv6(own, nodes, 44, fragmented(58, advertisement(own, mac)))),
  'fragment of a fragment': from(ipv6(own, nodes, 44, fragmented(44, fragmented(58, advertisement(victim, mac))))),
  'routing header': from(ipv6(own, victim, 43, [17, 2, 0, 1, 0, 0, 0, 0, ...ip6Bytes(world.gateway6), ...udp(9, 9, [])])),
  'IPv6 from a neighbour': spoofed,
  'IPv6 from the gateway': from(ipv6(world.gateway6, victim, 17, udp(9, 9, []))),
  'IPv6 from a HAVIP that is not bound': from(ipv6(havip, victim, 17, udp(9, 9, []))),
  'IPv6 from another link-local address': from(ipv6('fe80::1', victim, 17, udp(9, 9, []))),
  'IPv6 from no address': from(ipv6('::', victim, 17, udp(9, 9, []))),
  'IPv6 from the loopback': from(ipv6('::1', victim, 17, udp(9, 9, []))),
  'IPv6 from a group': from(ipv6(nodes, victim, 17, udp(9, 9, []))),
  'IPv6 from the Internet': from(ipv6('2001:db8::7', victim, 17, udp(9, 9, []))),
  'IPv6 from an IPv4 address': from(ipv6('::ffff:192.168.0.203', victim, 17, udp(9, 9, []))),
  'IPv6 of another version': from([0x40, ...ipv6(own, victim, 17, udp(9, 9, [])).slice(1)]),
  'IPv6 in a priority tag': tagged(0, spoofed),
  'own IPv6 in a tag': tagged(5, from(ipv6(own, victim, 17, udp(9, 9, [])))),
  "DHCPv6 server's answer": from(ipv6(local, 'fe80::1', 17, udp(547, 546, [2, 0, 0, 0]))),
  "VRRP advert in a neighbour's name": from(
    ipv6(linkLocalOf(victimMac), 'ff02::12', 112, [0x31, 51, 255, 1, 0, 100, 0, 0, ...ip6Bytes(havip)]),
  ),
}
/** These pass: who sees nothing of them would see nothing of the others either. */
const controls: Readonly<Record<string, readonly number[]>> = {
  'own advertisement': from(icmpv6(own, nodes, advertisement(own, mac))),
  'own link-local advertisement': from(icmpv6(local, nodes, advertisement(local, mac))),
  'own question': from(icmpv6(own, nodes, solicitation(victim, mac))),
  'whether the own address is free': from(icmpv6('::', nodes, solicitation(own, undefined))),
  'own VRRP advert': from(ipv6(local, 'ff02::12', 112, [0x31, 51, 255, 1, 0, 100, 0, 0, ...ip6Bytes(own)])),
  'own echo': from(icmpv6(own, nodes, echo)),
  'packet too big': from(icmpv6(own, nodes, [2, 0, 0, 0, 0, 0, 5, 0, ...ipv6(victim, own, 17, udp(9, 9, []))])),
  'own fragment of UDP': from(ipv6(own, nodes, 44, fragmented(17, udp(9, 9, [])))),
}
const allowed = Object.keys(controls).sort()
const names = [...Object.keys(attacks), ...Object.keys(controls)]
const frameOf = (name: string): Uint8Array => marked(names, name, attacks[name] ?? controls[name] ?? [])
/** What every kernel sends by itself, and nobody needs: dropped, and no fault. */
const report = from(ipv6(local, 'ff02::16', 0, [58, 0, 5, 2, 0, 0, 1, 0, 143, 0, 0, 0, 0, 0, 0, 0]))

const otherVpc = 'vpc-0other0' as VpcId
const otherSwitch = { ...world.planeSwitch6, vpc: otherVpc, vswitch: 'vsw-0other0' as VswitchId }
const otherPort = {
  ...world.planePort6(neighbour, []),
  ...{ vpc: otherVpc, vswitch: otherSwitch.vswitch, port: 'eni-0other' as NetworkInterfaceId, instance: 'i-0other' as InstanceId },
}

describe('an instance with raw sockets and IPv6', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  const inside = (number: number) => w.names.instance(world.instanceId(number))
  before(async () => {
    plane = await openPlane(w)
    const ports = [world.planePort6(owner), world.planePort6(neighbour, []), world.planePort6(attacker, []), otherPort]
    await plane.apply([
      { kind: 'put-network', network: world.network6 },
      { kind: 'put-network', network: { ...world.network6, vpc: otherVpc } },
      ...[world.planeSwitch6, otherSwitch].map((item): PlaneChange => ({ kind: 'put-switch', switch: item })),
      ...ports.map((port): PlaneChange => ({ kind: 'put-port', port })),
      { kind: 'put-havip', havip: world.havip6 },
    ])
    w.sendFrom(
      owner,
      Uint8Array.from(ethernet({ from: world.macOf(owner) }, 0x86dd, icmpv6(havip, nodes, advertisement(havip, world.macOf(owner))))),
    )
  })
  after(async () => {
    plane?.close()
    await w?.end()
  })

  test('reaches nobody with anything that is not its own, and each attempt is counted', async () => {
    const listen = (netns: string, link?: string) => listenFor(names, netns, link)
    const places = {
      'a neighbour': listen(inside(neighbour), 'eth0'),
      'the owner of the HAVIP': listen(inside(owner), 'eth0'),
      'the router': listen(w.names.router(world.vpc)),
      'another tenant': listen(w.names.instance(otherPort.instance), 'eth0'),
      "another tenant's router": listen(w.names.router(otherVpc)),
      'the Internet': listen(w.names.internet),
    }
    const near = ['a neighbour', 'the owner of the HAVIP', 'the router']
    const sum = async () => {
      const fact = (await plane.drops()).find(({ port }) => port === world.portId(attacker))
      assert.ok(fact)
      return fact.spoofedMac + fact.spoofedIpv6 + fact.spoofedNd + fact.forbidden + fact.ipv6 + fact.fenced
    }
    const entries = async (netns: string) =>
      (await run(['ip', '-n', netns, '-6', 'neigh', 'show']))
        .split('\n')
        .filter((line) => line.includes(mac) && !line.startsWith(own) && !line.startsWith(local))
    try {
      const before = await sum()
      for (const name of Object.keys(attacks)) w.sendFrom(attacker, frameOf(name))
      w.sendFrom(attacker, Uint8Array.from(report))
      for (const name of Object.keys(controls)) w.sendFrom(attacker, frameOf(name))
      const last = Object.keys(controls).at(-1) ?? ''
      const hasHeard = () => Object.entries(places).every(([place, { heard }]) => !near.includes(place) || heard().has(last))
      assert.ok(await until(hasHeard, 5000), 'the last control frame arrives')
      for (const [place, { heard }] of Object.entries(places))
        assert.deepEqual([...heard()].sort(), near.includes(place) ? allowed : [], place)
      assert.equal((await sum()) - before, Object.keys(attacks).length)
      for (const netns of [inside(neighbour), inside(owner), w.names.router(world.vpc)]) assert.deepEqual(await entries(netns), [], netns)
      assert.equal((await plane.owners())[0]?.port, world.portId(owner))
    } finally {
      for (const { close } of Object.values(places)) close()
    }
  })
})
