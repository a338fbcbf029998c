import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IfIndex } from '@havip/base'
import { AF, bindSocket, closeDescriptor, openSocket, packetAddress, receive, SOCK } from '@havip/linux'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import type { HostEvent, Will } from './port.ts'
import {
  addressSpec,
  advertPayload,
  createTestNetwork,
  eventually,
  ipv4,
  ipv4Datagram,
  ipv6,
  pause,
  skipWithoutNamespaces,
  type TestNetwork,
} from './test-network.ts'
import { executeWill } from './will.ts'

const allProtocols = 3
const isArp = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 6
const isVrrp = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 0 && frame[23] === 112
const isNeighbourAdvertisement = (frame: Uint8Array): boolean => frame[12] === 0x86 && frame[20] === 58 && frame[54] === 136
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('addresses, links and announcements in a namespace', { skip: skipWithoutNamespaces }, () => {
  let network: TestNetwork
  let clock: LinuxClock
  let host: LinuxHost
  let eth0: IfIndex
  let events: HostEvent[]

  before(() => {
    network = createTestNetwork()
    clock = createLinuxClock()
    host = network.left.within(() => createLinuxHost({ clock, log: () => {} }))
    host.onEvent((event) => events.push(event))
    eth0 = network.left.indexOf('eth0')
    events = []
  })
  after(() => {
    host.close()
    clock.close()
    network.close()
  })

  const kernelHas = (address: string): boolean => network.left.ip('-o addr show dev eth0').includes(` ${address}`)
  const ofAddress = (address: string): string[] =>
    events.flatMap((event) => (event.kind.startsWith('address') && 'address' in event && event.address === address ? [event.kind] : []))

  /** The first frames that reach the other side from when `act` runs on and match. */
  async function captured(matches: (frame: Uint8Array) => boolean, count: number, act: () => void): Promise<Uint8Array[]> {
    const fd = network.right.within(() => openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, 0))
    network.right.within(() => bindSocket(fd, packetAddress(network.right.indexOf('eth0'), allProtocols)))
    const frames: Uint8Array[] = []
    const read = (): boolean => {
      const buffer = new Uint8Array(2048)
      for (let length = receive(fd, buffer, 0); length > 0; length = receive(fd, buffer, 0)) {
        if (matches(buffer)) frames.push(buffer.slice(0, length))
      }
      return frames.length >= count
    }
    try {
      act()
      await eventually(`${count} frames`, read)
      return frames
    } finally {
      closeDescriptor(fd)
    }
  }
  const macOf = (side: 'left' | 'right'): string => {
    const match = /link\/ether ([0-9a-f:]+)/.exec(network[side].ip('link show dev eth0'))
    return (match?.[1] ?? '').replaceAll(':', '')
  }

  test('adding an address twice leaves one and is no fault; its event comes once', async () => {
    const spec = addressSpec(eth0, '10.9.0.100')
    assert.deepEqual(host.addAddress(spec), { ok: true, value: undefined })
    assert.deepEqual(host.addAddress(spec), { ok: true, value: undefined })
    assert.ok(kernelHas('10.9.0.100/32'))
    await eventually('its event', () => ofAddress('10.9.0.100').length > 0)
    await pause(20)
    assert.deepEqual(ofAddress('10.9.0.100'), ['address-added'])
    const link = host.links().find(({ name }) => name === 'eth0')
    assert.deepEqual(
      link?.addresses.flatMap(({ address }) => (address.includes(':') ? [] : [address])),
      ['10.9.0.1', '10.9.0.100'],
    )
  })

  test('removing an address twice is no fault; its event comes once', async () => {
    const spec = addressSpec(eth0, '10.9.0.100')
    assert.deepEqual(host.removeAddress(spec), { ok: true, value: 'removed' })
    assert.deepEqual(host.removeAddress(spec), { ok: true, value: 'was-not-there' })
    assert.equal(kernelHas('10.9.0.100'), false)
    await eventually('its event', () => ofAddress('10.9.0.100').includes('address-removed'))
  })

  test('label, scope, broadcast and the protocol 18 reach the kernel', () => {
    const spec = addressSpec(eth0, '10.9.1.1', { prefix: 24, label: 'eth0:vip', scope: 253, broadcast: ipv4('10.9.1.255') })
    assert.ok(host.addAddress(spec).ok)
    const shown = network.left.ip('-o addr show dev eth0')
    assert.match(shown, /10\.9\.1\.1\/24 brd 10\.9\.1\.255 scope link (proto (18|0x12|keepalived) )?eth0:vip/)
    assert.ok(host.removeAddress({ ...spec, label: 'other' }).ok)
    assert.equal(kernelHas('10.9.1.1'), false)
  })

  test('an IPv6 address is deprecated with lifetime 0 and skips duplicate detection', async () => {
    const spec = addressSpec(eth0, 'fd00::100')
    assert.ok(host.addAddress(spec).ok)
    assert.match(network.left.ip('-o -6 addr show dev eth0'), /fd00::100\/128 scope global (deprecated )?(nodad )?deprecated|nodad/)
    await eventually('its event', () => ofAddress('fd00::100').length === 1)
    assert.ok(host.removeAddress(spec).ok)
  })

  test('a refused address names the call, the address and the reason', () => {
    const result = host.addAddress(addressSpec(4711 as IfIndex, '10.9.0.100'))
    assert.ok(!result.ok)
    assert.deepEqual([result.fault.call, result.fault.errno], ['RTM_NEWADDR', 'ENODEV'])
    assert.match(result.fault.detail, /^10\.9\.0\.100\/32 on interface 4711: /)
  })

  test('three hundred addresses in one batch: each has its own outcome, in order', async () => {
    const specs = Array.from({ length: 300 }, (_, i) => addressSpec(i === 150 ? (4711 as IfIndex) : eth0, `10.8.${i >> 8}.${i & 255}`))
    const added = host.addAddresses(specs)
    assert.deepEqual(
      added.flatMap(({ ok }, i) => (ok ? [] : [i])),
      [150],
    )
    await eventually('all events', () => events.filter((event) => 'address' in event && event.address.startsWith('10.8.')).length === 299)
    assert.ok(host.removeAddresses(specs).every(({ ok }) => ok))
    assert.equal(kernelHas('10.8.'), false)
  })

  test('a link that goes down and up is told as such, with the state of now', async () => {
    events.length = 0
    network.right.ip('link set eth0 down')
    const states = (): boolean[] =>
      events.flatMap((event) => (event.kind === 'link-changed' && event.link.name === 'eth0' ? [event.link.isUp] : []))
    await eventually('down', () => states().at(-1) === false)
    network.right.ip('link set eth0 up')
    await eventually('up', () => states().at(-1) === true)
  })

  test('a bridge port that leaves its bridge is not a removed link', async () => {
    network.left.ip('link add br0 type bridge')
    network.left.ip('link add p0 type veth peer name p1')
    network.left.ip('link set p0 master br0')
    network.left.ip('link set p0 nomaster')
    events.length = 0
    network.left.ip('link del p0')
    await eventually('the removal', () => events.some((event) => event.kind === 'link-removed' && event.name === 'p0'))
    assert.ok(host.links().some(({ name }) => name === 'br0'))
    network.left.ip('link del br0')
    await eventually('the bridge is gone', () => host.links().every(({ name }) => name !== 'br0'))
  })

  test('lost notifications end in a fresh list and one word of it', async () => {
    events.length = 0
    // More notifications than the socket can hold, while nobody reads.
    const specs = Array.from({ length: 3000 }, (_, i) => addressSpec(eth0, `10.7.${i >> 8}.${i & 255}`))
    host.addAddresses(specs)
    host.removeAddresses(specs)
    network.left.ip('addr add 10.9.0.77/32 dev eth0')
    await eventually('the resynchronisation', () => events.some(({ kind }) => kind === 'resynchronise'))
    const addresses = host
      .links()
      .find(({ name }) => name === 'eth0')
      ?.addresses.map(({ address }) => address)
    await eventually('no ghost', () => host.links().every((link) => link.addresses.every(({ address }) => !address.startsWith('10.7.'))))
    assert.ok(addresses?.includes(ipv4('10.9.0.77')))
    assert.ok(host.counters().netlinkOverruns >= 1)
    network.left.ip('addr del 10.9.0.77/32 dev eth0')
  })

  test("a gratuitous ARP has keepalived's 42 bytes", async () => {
    const mac = macOf('left')
    const frames = await captured(isArp, 1, () => {
      const sent = network.left.within(() => host.announce({ interface: eth0, address: ipv4('10.9.0.100') }))
      assert.ok(sent.ok, JSON.stringify(sent))
    })
    const address = '0a090064'
    assert.equal(hex(frames[0] as Uint8Array), `ffffffffffff${mac}0806${'0001080006040001'}${mac}${address}ffffffffffff${address}`)
  })

  test('each address of a burst has its own frame, also after the interface got another MAC', async () => {
    const burst = (): void => {
      for (const address of ['10.9.0.100', '10.9.0.101', '10.9.0.100']) {
        assert.ok(network.left.within(() => host.announce({ interface: eth0, address: ipv4(address) })).ok)
      }
    }
    const targetsOf = (frames: readonly Uint8Array[]): string[] => frames.map((frame) => hex(frame.subarray(38, 42)))
    assert.deepEqual(targetsOf(await captured(isArp, 3, burst)), ['0a090064', '0a090065', '0a090064'])
    const old = /link\/ether ([0-9a-f:]+)/.exec(network.left.ip('link show dev eth0'))?.[1]
    network.left.ip('link set eth0 address 02:00:00:00:00:77')
    await eventually('the new MAC', () => host.links().some(({ mac }) => mac === '02:00:00:00:00:77'))
    const frames = await captured((frame) => isArp(frame) && frame[41] === 0x65, 1, burst)
    assert.equal(hex((frames[0] as Uint8Array).subarray(22, 28)), '020000000077')
    network.left.ip(`link set eth0 address ${old}`)
    await eventually('the old MAC', () => host.links().some(({ mac }) => mac === old))
  })

  test("an unsolicited neighbour advertisement has keepalived's bytes: all nodes, override, our MAC", async () => {
    const mac = macOf('left')
    const frames = await captured(isNeighbourAdvertisement, 1, () => {
      const sent = network.left.within(() => host.announce({ interface: eth0, address: ipv6('fd00::100') }))
      assert.ok(sent.ok, JSON.stringify(sent))
    })
    const address = 'fd000000000000000000000000000100'
    const frame = hex(frames[0] as Uint8Array)
    assert.equal(frame.slice(0, 28), `333300000001${mac}86dd`)
    assert.equal(frame.slice(28, 44), '6000000000203aff')
    assert.equal(frame.slice(44, 108), `${address}ff020000000000000000000000000001`)
    assert.equal(frame.slice(108, 112), '8800')
    assert.equal(frame.slice(116), `20000000${address}0201${mac}`)
  })

  test('an announcement during duplicate detection waits for its end', async () => {
    const spec = addressSpec(eth0, 'fd00::200', { noDad: false, prefix: 64 })
    const isUsable = (): boolean =>
      host.links().some((link) => link.addresses.some((one) => one.address === 'fd00::200' && !one.isTentative))
    const start = clock.now()
    const frames = await captured(isNeighbourAdvertisement, 1, () => {
      assert.ok(host.addAddress(spec).ok)
      for (let i = 0; i < 2; i++) {
        assert.ok(network.left.within(() => host.announce({ interface: eth0, address: ipv6('fd00::200') })).ok)
      }
      assert.equal(isUsable(), false)
    })
    // The kernel asks once and waits a second (RetransTimer) before the address is good.
    assert.ok(clock.now() - start > 900)
    assert.ok(isUsable())
    assert.equal(hex((frames[0] as Uint8Array).subarray(62, 78)), 'fd000000000000000000000000000200')
    host.removeAddress(spec)
  })

  test('an interface that is gone is refused; loopback is silently skipped', () => {
    const gone = host.announce({ interface: 4711 as IfIndex, address: ipv4('10.9.0.100') })
    assert.equal(!gone.ok && gone.fault.errno, 'ENODEV')
    assert.ok(host.announce({ interface: network.left.indexOf('lo'), address: ipv4('10.9.0.100') }).ok)
  })

  test('the last will removes the addresses before it resigns, through sockets of its own', async () => {
    const spec = addressSpec(eth0, '10.9.0.100')
    assert.ok(host.addAddress(spec).ok)
    const resignation = (destination: string) => ({
      router: 'VI_1',
      transport: { family: 'ipv4' as const, protocol: 112, interface: eth0, groups: [ipv4('224.0.0.18')] },
      datagram: ipv4Datagram('10.9.0.1', destination, advertPayload(51)),
      destination: ipv4(destination),
      source: ipv4('10.9.0.1'),
      hopLimit: 255,
    })
    const will: Will = { removeAddresses: [spec], held: [spec.address], resignations: [resignation('224.0.0.18'), resignation('10.9.0.2')] }
    const frames = await captured(isVrrp, 2, () => {
      assert.deepEqual(
        network.left.within(() => executeWill(will)),
        [],
      )
      assert.equal(kernelHas('10.9.0.100'), false)
    })
    assert.deepEqual(
      frames.map((frame) => [hex(frame.subarray(30, 34)), frame[22], frame[15]]),
      [
        ['e0000012', 255, 0xc0],
        ['0a090002', 255, 0xc0],
      ],
    )
  })

  test('a will that cannot be done in part is done in the rest, and says so', () => {
    const faults = network.left.within(() =>
      executeWill({
        removeAddresses: [addressSpec(eth0, '10.9.0.123')],
        held: [],
        resignations: [
          {
            router: 'VI_1',
            transport: { family: 'ipv4', protocol: 112, interface: 4711 as IfIndex, groups: [] },
            datagram: ipv4Datagram('10.9.0.1', '10.9.0.2', advertPayload(51)),
            destination: ipv4('10.9.0.2'),
            source: ipv4('10.9.0.1'),
            hopLimit: 255,
          },
        ],
      }),
    )
    assert.deepEqual(
      faults.map(({ call, errno }) => [call, errno]),
      [['if_indextoname', 'ENXIO']],
    )
  })
})
