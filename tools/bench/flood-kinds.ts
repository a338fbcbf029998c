// Hostile advertisements: everything that a router must throw away, each kind made from a good packet by one mistake.
import { centiseconds, type IpAddress, type Ipv4, ipToBytes, type Priority, type Vrid } from '@havip/base'
import { type AdvertAuthentication, addWords, encodeAdvert, encodeIpv4, finishChecksum, type VrrpVersion } from '@havip/wire'

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

const passwordOf = (text: string): AdvertAuthentication => {
  const password = new Uint8Array(8)
  password.set(new TextEncoder().encode(text).subarray(0, 8))
  return { kind: 'pass', password }
}

/** All kinds against one router: none of them may count, whatever priority it carries. */
export function hostilePackets(victim: Victim): readonly HostilePacket[] {
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
    'the other version': { version: victim.version === 2 ? 3 : 2, interval: 100, authentication: { kind: 'none' } },
    'version 1': { spoil: byte(0, 0x11), mends: true },
    'version 15': { spoil: byte(0, 0xf1), mends: true },
    'packet type 2': { spoil: byte(0, (victim.version << 4) | 2), mends: true },
    'packet type 0': { spoil: byte(0, victim.version << 4), mends: true },
    'truncated header': { spoil: (message) => message.slice(0, 6) },
    'one byte': { spoil: (message) => message.slice(0, 1) },
    'truncated address list': { spoil: (message) => message.slice(0, message.length - 3) },
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
    { family: 'ipv4', source, destination },
  )
  const message = recipe.spoil?.(made) ?? made
  if (recipe.mends) mend(victim, message, source, destination)
  const ttl = recipe.ttl ?? 255
  const head = encodeIpv4({
    source: source as Ipv4,
    destination: destination as Ipv4,
    ttl,
    protocol: 112,
    id: 0,
    payloadLength: message.length,
  })
  return Uint8Array.of(...head, ...message)
}

/** Version 2 leaves its authentication data out of the checksum's way only by being zero there; it is summed with the rest. */
function mend(victim: Victim, message: Uint8Array, source: IpAddress, destination: IpAddress): void {
  message.fill(0, 6, 8)
  const pseudo = Uint8Array.of(...ipToBytes(source), ...ipToBytes(destination), 0, 112, message.length >> 8, message.length & 255)
  const sum = addWords(victim.version === 3 ? addWords(0, pseudo) : 0, message)
  const checksum = finishChecksum(sum)
  message[6] = checksum >> 8
  message[7] = checksum & 255
}
