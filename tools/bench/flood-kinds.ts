// Hostile advertisements: everything that a router must throw away, each kind made from a good packet by one mistake.
import { centiseconds, familyOf, type IpAddress, type Ipv4, type Ipv6, ipToBytes, isIpv6, type Priority, type Vrid } from '@havip/base'
import {
  type AdvertAuthentication,
  addWords,
  authenticationHeaderBytes,
  encodeAdvert,
  encodeAuthenticationHeader,
  encodeIpv4,
  encodeIpv6,
  finishChecksum,
  ipProtocol,
  type VrrpVersion,
} from '@havip/wire'

export type Victim = {
  readonly version: VrrpVersion
  readonly vrid: number
  readonly interval: number
  /** Where hostile packets go: the group, or the router's own address. */
  readonly destination: IpAddress
  readonly isMulticast: boolean
  /** Whom the victim believes: a router of the segment. */
  readonly trusted: IpAddress
  /** Nobody it knows. */
  readonly stranger: IpAddress
  readonly addresses: readonly IpAddress[]
  readonly password: string | undefined
  /** It speaks under authentication headers with this password; `password` is undefined then. */
  readonly ahKey?: string
}

export type HostilePacket = { readonly kind: string; readonly datagram: Uint8Array }

type Recipe = {
  readonly source?: IpAddress
  readonly ttl?: number
  readonly vrid?: number
  readonly priority?: number
  readonly interval?: number
  readonly version?: VrrpVersion
  readonly authentication?: AdvertAuthentication
  readonly addresses?: readonly IpAddress[]
  /** Changes the message after it was encoded. */
  readonly spoil?: (message: Uint8Array) => Uint8Array
  /** The spoiled message gets a good checksum again, so that only the mistake itself is wrong. */
  readonly mends?: boolean
}

const eightBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(8)
  bytes.set(new TextEncoder().encode(text).subarray(0, 8))
  return bytes
}
const passwordOf = (text: string): AdvertAuthentication => ({ kind: 'pass', password: eightBytes(text) })

/** All kinds against one router: none of them may count, whatever priority it carries. */
export function hostilePackets(victim: Victim): readonly HostilePacket[] {
  return victim.ahKey === undefined ? openPackets(victim) : sealedPackets(victim, victim.ahKey)
}

/** Without an authentication header. */
function openPackets(victim: Victim): readonly HostilePacket[] {
  const good: AdvertAuthentication = victim.password === undefined ? { kind: 'none' } : passwordOf(victim.password)
  const other: AdvertAuthentication = victim.password === undefined ? passwordOf('stranger') : { kind: 'none' }
  const byte = (at: number, value: number) => (message: Uint8Array) => {
    message[at] = value
    return message
  }
  const flip = (at: number, bits: number) => (message: Uint8Array) => {
    message[at] = (message[at] ?? 0) ^ bits
    return message
  }
  const recipes: Record<string, Recipe> = {
    'wrong checksum': { spoil: flip(6, 0x55) },
    'checksum zero': { spoil: (message) => message.fill(0, 6, 8) },
    'wrong checksum, priority 0': { priority: 0, spoil: flip(7, 1) },
    'wrong checksum, priority 255': { priority: 255, spoil: flip(7, 1) },
    'unknown VRID': { vrid: (victim.vrid % 255) + 1 },
    'another unknown VRID': { vrid: ((victim.vrid + 99) % 255) + 1 },
    'VRID 0': { spoil: byte(1, 0), mends: true },
    'the other version': isIpv6(victim.destination)
      ? { spoil: byte(0, 0x21), mends: true }
      : { version: victim.version === 2 ? 3 : 2, interval: 100, authentication: { kind: 'none' } },
    'version 1': { spoil: byte(0, 0x11), mends: true },
    'version 15': { spoil: byte(0, 0xf1), mends: true },
    'packet type 2': { spoil: byte(0, (victim.version << 4) | 2), mends: true },
    'packet type 0': { spoil: byte(0, victim.version << 4), mends: true },
    'truncated header': { spoil: (message) => message.slice(0, 6) },
    'one byte': { spoil: (message) => message.slice(0, 1) },
    // Over IPv6 the kernel would drop it for its checksum.
    'truncated address list': { spoil: (message) => message.slice(0, message.length - 3), mends: isIpv6(victim.destination) },
    'bytes behind the message': { spoil: (message) => Uint8Array.of(...message, 1, 2, 3, 4, 5, 6, 7, 8), mends: true },
    'address count 255': { spoil: byte(3, 255), mends: true },
    'address count 0': { spoil: byte(3, 0), mends: true },
  }
  if (victim.isMulticast) {
    for (const ttl of [1, 64, 254]) recipes[`TTL ${ttl}`] = { ttl }
    recipes['TTL 254, priority 0'] = { ttl: 254, priority: 0 }
  } else {
    recipes['stranger, priority 255'] = { source: victim.stranger }
    recipes['stranger, priority 0'] = { source: victim.stranger, priority: 0 }
    recipes['stranger, wrong checksum'] = { source: victim.stranger, spoil: flip(7, 1) }
  }
  if (victim.version === 2) {
    recipes['other authentication type'] = { authentication: other }
    recipes['wrong password'] = { authentication: passwordOf('wrong') }
    recipes['authentication type 7'] = { spoil: byte(4, 7), mends: true }
    recipes['another interval'] = { interval: victim.interval + 600 }
    recipes['interval 0'] = { spoil: byte(5, 0), mends: true }
  }
  return Object.entries(recipes).map(([kind, recipe]) => ({ kind, datagram: make(victim, good, recipe) }))
}

function make(victim: Victim, good: AdvertAuthentication, recipe: Recipe): Uint8Array {
  const { source = victim.trusted, ttl = 255 } = recipe
  const message = messageOf(victim, good, recipe)
  return Uint8Array.of(...headOf(victim, source, ttl, ipProtocol.vrrp, message.length), ...message)
}

function messageOf(victim: Victim, good: AdvertAuthentication, recipe: Recipe): Uint8Array {
  const { destination } = victim
  const source = recipe.source ?? victim.trusted
  const made = encodeAdvert(
    {
      version: recipe.version ?? victim.version,
      vrid: (recipe.vrid ?? victim.vrid) as Vrid,
      priority: (recipe.priority ?? 255) as Priority,
      interval: centiseconds(recipe.interval ?? victim.interval),
      addresses: recipe.addresses ?? victim.addresses,
      authentication: recipe.authentication ?? good,
    },
    { family: familyOf(destination), source, destination },
  )
  // Over IPv6 the kernel fills the checksum in for honest senders.
  if (isIpv6(destination)) mend(victim, made, source, destination)
  const message = recipe.spoil?.(made) ?? made
  if (recipe.mends) mend(victim, message, source, destination)
  return message
}

function headOf({ destination }: Victim, source: IpAddress, ttl: number, protocol: number, payloadLength: number): Uint8Array {
  if (isIpv6(destination)) {
    return encodeIpv6({ source: source as Ipv6, destination, hopLimit: ttl, trafficClass: 0, nextHeader: protocol, payloadLength })
  }
  return encodeIpv4({ source: source as Ipv4, destination: destination as Ipv4, ttl, protocol, id: 0, payloadLength })
}

/** Version 2 leaves its authentication data out of the checksum's way only by being zero there; it is summed with the rest. */
function mend(victim: Victim, message: Uint8Array, source: IpAddress, destination: IpAddress): void {
  message.fill(0, 6, 8)
  // The long form of IPv6 has nothing but zeros between.
  const pseudo = Uint8Array.of(...ipToBytes(source), ...ipToBytes(destination), 0, 112, message.length >> 8, message.length & 255)
  const sum = addWords(victim.version === 3 ? addWords(0, pseudo) : 0, message)
  const checksum = finishChecksum(sum)
  message[6] = checksum >> 8
  message[7] = checksum & 255
}

type Seal = {
  readonly key?: string
  readonly sequence?: number
  /** Changes the header after it was made. */
  readonly spoil?: (header: Uint8Array) => Uint8Array
  /** Changes the message after it was signed. */
  readonly tamper?: (message: Uint8Array) => Uint8Array
}

/** What somebody without the key can send to a router with authentication headers, and what he has recorded of who has it. */
function sealedPackets(victim: Victim, key: string): readonly HostilePacket[] {
  const byte = (at: number, value: number) => (bytes: Uint8Array) => {
    bytes[at] = value
    return bytes
  }
  const others: Seal = { key: 'stranger' }
  const recipes: Record<string, readonly [Recipe, Seal]> = {
    'another key': [{}, others],
    'another key, priority 0': [{ priority: 0 }, others],
    'another key, wrong checksum': [{ spoil: byte(7, 1) }, others],
    'another key, from a stranger': [{ source: victim.stranger }, others],
    'no digest': [{}, { spoil: (header) => header.fill(0, 12, 24) }],
    'digest of another sequence': [{}, { spoil: byte(11, 77) }],
    'digest of another source': [{}, { spoil: byte(7, 77) }],
    'changed after it was signed': [{ priority: 254 }, { tamper: byte(2, 255) }],
    'next header TCP': [{}, { ...others, spoil: byte(0, 6) }],
    'length 0': [{}, { ...others, spoil: byte(1, 0) }],
    'length 255': [{}, { ...others, spoil: byte(1, 255) }],
    'unknown VRID': [{ vrid: (victim.vrid % 255) + 1 }, others],
    'truncated header': [{}, { ...others, spoil: (header) => header.slice(0, 3) }],
    'TTL 1, another key': [{ ttl: 1 }, others],
    replayed: [{}, { key, sequence: 1 }],
    'replayed, priority 0': [{ priority: 0 }, { key, sequence: 1 }],
  }
  return Object.entries(recipes).map(([kind, [recipe, seal]]) => {
    const { source = victim.trusted, ttl = 255 } = recipe
    const message = messageOf(victim, { kind: 'none' }, recipe)
    const head = headOf(victim, source, ttl, ipProtocol.authenticationHeader, authenticationHeaderBytes + message.length)
    const facts = { source: source as Ipv4, sequence: seal.sequence ?? 0x7fff0000, isMulticast: victim.isMulticast }
    const header = encodeAuthenticationHeader(head, message, eightBytes(seal.key ?? key), facts)
    const spoiled = seal.spoil?.(header) ?? header
    // What is cut off of the header is cut off behind it, too: nothing is left that could be a message.
    const rest = spoiled.length < header.length ? new Uint8Array(0) : (seal.tamper?.(message) ?? message)
    const whole = headOf(victim, source, ttl, ipProtocol.authenticationHeader, spoiled.length + rest.length)
    return { kind, datagram: Uint8Array.of(...whole, ...spoiled, ...rest) }
  })
}
