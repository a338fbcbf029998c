// A stranger in the segment: sends packets for the virtual routers there, wrong in one way or right in all.
import {
  type Centiseconds,
  centiseconds,
  type Family,
  type IpAddress,
  type Ipv4,
  type Ipv6,
  type Priority,
  priority,
  type Random,
  toCentiseconds,
} from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import { type Advert, encodeAdvert, encodeIpv4, ipProtocol, vrrpGroup } from '@havip/wire'
import { fillIpv6Checksum } from './datagram.ts'
import type { HostilePacket } from './fault.ts'
import { type Machine, type Parts, transmit } from './machine.ts'
import type { Station } from './network.ts'
import { parseIpv4Datagram } from './socket.ts'

export const attackerName = 'stranger'
/** Where its packets come from: addresses that no world gives to a node. */
export const attackerAddress: Readonly<Record<Family, IpAddress>> = { ipv4: '198.51.100.66' as Ipv4, ipv6: 'fe80::bad' as Ipv6 }

/** A virtual router as the attacker found it out: by listening, which shows everything. */
export type Target = { readonly node: string; readonly instance: InstanceConf; readonly segment: string }

export type Attacker = { send(packet: HostilePacket): void }

export function createAttacker(parts: Parts, machines: ReadonlyMap<string, Machine>, targets: readonly Target[]): Attacker {
  const random = parts.streams('stranger')
  const stations = new Map<string, Station>()
  const stationIn = (segment: string): Station => {
    let station = stations.get(segment)
    if (!station) {
      station = { name: attackerName, segment, isOn: () => true }
      stations.set(segment, station)
    }
    return station
  }
  return {
    send(packet) {
      for (const target of targets) {
        const destination = destinationOf(target, machines)
        if (destination === undefined) continue
        const bytes = forge(packet, target.instance, destination, random)
        if (bytes) transmit(parts, stationIn(target.segment), bytes)
      }
    },
  }
}

/** One packet for each node: to the group, or to the node's own address. */
function destinationOf({ node, instance }: Target, machines: ReadonlyMap<string, Machine>): IpAddress | undefined {
  if (instance.peers.length === 0) return instance.mcastDestination ?? vrrpGroup[instance.family]
  const kernel = machines.get(node)?.kernel
  const link = instance.interface === undefined ? kernel?.links[0] : kernel?.linkNamed(instance.interface)
  return instance.source ?? (link && kernel?.sourceFor(link, instance.family))
}

type Packet = NonNullable<ReturnType<typeof parseIpv4Datagram>>

function forge(kind: HostilePacket, instance: InstanceConf, destination: IpAddress, random: Random): Packet | undefined {
  const family = instance.family
  const ends = { family, source: attackerAddress[family], destination }
  const message = messageOf(kind, instance, ends, random)
  const ttl = kind === 'low-ttl' ? random.integer(1, 254) : 255
  if (family === 'ipv6') {
    const keepsChecksum = kind === 'bad-checksum' || kind === 'random-bytes'
    const payload = keepsChecksum ? message : fillIpv6Checksum(message, ipProtocol.vrrp, ends)
    return { family, protocol: ipProtocol.vrrp, source: ends.source, destination, ttl, header: new Uint8Array(0), payload }
  }
  const head = encodeIpv4({
    source: ends.source as Ipv4,
    destination: destination as Ipv4,
    ttl,
    protocol: ipProtocol.vrrp,
    id: random.integer(0, 65535),
    payloadLength: message.length,
  })
  const bytes = new Uint8Array(head.length + message.length)
  bytes.set(head)
  bytes.set(message, head.length)
  return parseIpv4Datagram(bytes)
}

function messageOf(
  kind: HostilePacket,
  instance: InstanceConf,
  ends: { readonly family: Family; readonly source: IpAddress; readonly destination: IpAddress },
  random: Random,
): Uint8Array {
  if (kind === 'random-bytes') {
    const bytes = Uint8Array.from({ length: random.integer(2, 60) }, () => random.integer(0, 255))
    bytes[1] = instance.vrid
    return bytes
  }
  const bytes = encodeAdvert(advertFor(kind, instance), ends, {
    checksum: instance.checksumAsV2 && instance.version === 3 ? 'message-only' : 'pseudo-header',
  })
  if (kind === 'truncated') return bytes.subarray(0, random.integer(2, bytes.length - 1))
  if (kind === 'bad-checksum') bytes[7] = (bytes[7] as number) ^ (1 << random.integer(0, 7))
  return bytes
}

function advertFor(kind: HostilePacket, instance: InstanceConf): Advert {
  const wrongInterval = kind === 'wrong-interval'
  // Right in every way that the other version asks for.
  const version = kind === 'wrong-version' ? (instance.version === 2 ? 3 : 2) : instance.version
  const own: Centiseconds = toCentiseconds(instance.advertInterval)
  const interval = version === 2 ? centiseconds(Math.max(100, Math.round(own / 100) * 100)) : own
  const password = new Uint8Array(8)
  const text = kind === 'wrong-password' ? 'not-this' : instance.authentication.kind === 'none' ? '' : instance.authentication.password
  for (let i = 0; i < Math.min(8, text.length); i++) password[i] = text.charCodeAt(i)
  const hasPassword = version === 2 && (instance.authentication.kind === 'pass' || kind === 'wrong-password')
  return {
    version,
    vrid: instance.vrid,
    priority: forgedPriority(kind, instance),
    interval: wrongInterval ? centiseconds(version === 2 ? interval + 100 : Math.min(4095, interval + 7)) : interval,
    addresses: instance.virtualAddresses.map((entry) => entry.address),
    authentication: hasPassword ? { kind: 'pass', password } : { kind: 'none' },
  }
}

function forgedPriority(kind: HostilePacket, instance: InstanceConf): Priority {
  const wanted = kind === 'resignation' ? 0 : kind === 'lower-priority' ? Math.max(1, instance.priority - 1) : 254
  const made = priority(wanted)
  return made.ok ? made.value : instance.priority
}
