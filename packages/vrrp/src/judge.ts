// Which packets count: the checks on a received advertisement, in keepalived's order, so that the same one of several
// faults is reported and counted. A rejected packet never reaches the engine, hence never touches a timer.
import { type IpAddress, isMulticast, type Milliseconds, toMilliseconds, type WallTime } from '@havip/base'
import {
  type Advert,
  type AdvertFault,
  type AdvertParts,
  advertChecksum,
  advertOf,
  authenticationHeaderBytes,
  authenticationType,
  type ChecksumForm,
  checksummedBytes,
  type Envelope,
  ipProtocol,
  readAdvert,
  sameChecksum,
} from '@havip/wire'
import type { Remark } from './action.ts'
import { type AhFault, type AhMemory, initialAhMemory, judgeAuthenticationHeader } from './ah-judge.ts'
import type { InstanceConfig, Peer } from './config.ts'
import { type HmacFault, type HmacMemory, initialHmacMemory, judgeTrailer } from './hmac-judge.ts'
import type { State } from './state.ts'
import { ownerPriority } from './timers.ts'

/** A packet as the kernel delivered it. */
export type PacketFacts = Envelope & {
  /** 112, or 51 with an authentication header. */
  readonly protocol: number
  /** The IPv4 header as received; empty for IPv6. */
  readonly header: Uint8Array
  /** Cut to the IP total length. */
  readonly payload: Uint8Array
}

/** Why a packet does not count. */
export type RejectedAdvert =
  | AdvertFault
  | AhFault
  | HmacFault
  | { readonly kind: 'authentication-header'; readonly expected: boolean }
  | { readonly kind: 'bad-ttl'; readonly ttl: number; readonly min: number; readonly max: number }
  | { readonly kind: 'version-differs'; readonly theirs: number; readonly ours: number }
  | { readonly kind: 'vrid-differs'; readonly theirs: number; readonly ours: number }
  | { readonly kind: 'authentication-type-differs'; readonly theirs: number; readonly ours: number }
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'interval-differs'; readonly theirs: Milliseconds; readonly ours: Milliseconds }
  | { readonly kind: 'wrong-transport'; readonly destination: IpAddress }
  | { readonly kind: 'owner-ignores-adverts' }
  | { readonly kind: 'unknown-peer'; readonly source: IpAddress }

/** What the judge remembers from packet to packet; kept beside the state by whoever receives. */
export type JudgeMemory = {
  /** How the peer computes version 3 checksums: what we send goes by it too. */
  readonly checksum: ChecksumForm
  /** Whose signed packets were taken last: none counts twice. */
  readonly hmac: HmacMemory
  readonly ah: AhMemory
}

export type Judgement = {
  readonly memory: JudgeMemory
  readonly verdict:
    | { readonly kind: 'accepted'; readonly advert: Advert; readonly envelope: Envelope; readonly remarks: readonly Remark[] }
    | { readonly kind: 'rejected'; readonly fault: RejectedAdvert }
}

export const initialJudgeMemory = (config: InstanceConfig): JudgeMemory => ({
  checksum: config.checksum,
  hmac: initialHmacMemory,
  ah: initialAhMemory,
})

/** The VRID of a packet, to find the instance it is for; undefined when it is too short to have one. */
export const vridOf = (protocol: number, payload: Uint8Array): number | undefined =>
  payload[(protocol === ipProtocol.authenticationHeader ? authenticationHeaderBytes : 0) + 1]

/**
 * Judges one packet for one router. Never throws; keeps nothing of the packet. A packet that is rejected for any reason
 * leaves no trace in what is remembered: a damaged copy that comes first must not make the real one a replay.
 *
 * @param wall needed with `auth_hmac` only: its sequences are times.
 */
export function judgeAdvert(config: InstanceConfig, state: State, memory: JudgeMemory, received: PacketFacts, wall: WallTime): Judgement {
  const rejected = (fault: RejectedAdvert): Judgement => ({ memory, verdict: { kind: 'rejected', fault } })
  const opened = openHeader(config, memory, received)
  if (!opened.ok) return rejected(opened.fault)
  const { packet, ah } = opened
  const read = readAdvert(packet.payload, packet.family)
  if (!read.ok) return rejected(read.fault)
  const parts = read.value
  const early = lengthFault(config, parts) ?? ttlFault(config, packet) ?? versionFault(config, parts)
  if (early) return rejected(early)
  const signed = judgeSignature(config, memory, packet, parts, wall)
  if (!signed.ok) return rejected(signed.fault)
  const content = contentFault(config, parts)
  if (content) return rejected(content)
  const made = advertOf(parts)
  if (!made.ok) return rejected(made.fault)
  const checksum = judgeChecksum(config, memory, packet, parts)
  if (!checksum.ok) return rejected(checksum.fault)
  const late = transportFault(config, packet)
  if (late) return rejected(late)
  const { family, source, destination, ttl } = packet
  const remarks = [
    ...signed.remarks,
    ...checksum.remarks,
    ...intervalRemark(config, made.value, source),
    ...addressRemark(config, state, made.value, source),
  ]
  return {
    memory: { checksum: checksum.form, hmac: signed.memory, ah },
    verdict: { kind: 'accepted', advert: made.value, envelope: { family, source, destination, ttl }, remarks },
  }
}

type Opened =
  | { readonly ok: true; readonly packet: PacketFacts; readonly ah: AhMemory }
  | { readonly ok: false; readonly fault: RejectedAdvert }

/** Check 1, and the digest and sequence of check 6, which keepalived makes on the way: the message is behind the header. */
function openHeader(config: InstanceConfig, memory: JudgeMemory, packet: PacketFacts): Opened {
  const { authentication, transport } = config
  const isAh = packet.protocol === ipProtocol.authenticationHeader
  if (isAh !== (authentication.kind === 'ah')) return { ok: false, fault: { kind: 'authentication-header', expected: !isAh } }
  if (authentication.kind !== 'ah') return { ok: true, packet, ah: memory.ah }
  const facts = { ...packet, isMulticast: isMulticast(packet.destination) }
  const judged = judgeAuthenticationHeader(
    authentication.key,
    memory.ah,
    facts,
    transport.kind === 'unicast' ? transport.peers.length : undefined,
  )
  if (!judged.ok) return judged
  return { ok: true, packet: { ...packet, payload: judged.value.message }, ah: judged.value.memory }
}

type Signed =
  | { readonly ok: true; readonly memory: HmacMemory; readonly remarks: readonly Remark[] }
  | { readonly ok: false; readonly fault: RejectedAdvert }

/** Check 5. */
function judgeSignature(config: InstanceConfig, memory: JudgeMemory, packet: PacketFacts, parts: AdvertParts, wall: WallTime): Signed {
  const { hmac, transport } = config
  if (!hmac) return { ok: true, memory: memory.hmac, remarks: [] }
  const { message, trailing } = parts
  const slots = transport.kind === 'unicast' ? transport.peers.length : undefined
  const judged = judgeTrailer(hmac, memory.hmac, { source: packet.source, message, trailing }, wall, slots)
  if (judged.verdict.kind === 'rejected') return { ok: false, fault: judged.verdict.fault }
  const by = judged.verdict.clockDifference
  return { ok: true, memory: judged.memory, remarks: by === undefined ? [] : [{ kind: 'clock-differs', from: packet.source, by }] }
}

/** Check 2: exactly the message, no bytes behind it but a trailer where one may be. */
const lengthFault = (config: InstanceConfig, parts: AdvertParts): RejectedAdvert | undefined =>
  parts.trailing.length === 0 || config.hmac
    ? undefined
    : { kind: 'wrong-length', expected: parts.message.length, have: parts.message.length + parts.trailing.length }

/** Check 3: only packets from the same link have 255 left (RFC 9568 §7.1). Unicast peers have limits of their own, see below. */
const ttlFault = (config: InstanceConfig, packet: PacketFacts): RejectedAdvert | undefined =>
  config.transport.kind === 'multicast' && packet.ttl !== 255 ? { kind: 'bad-ttl', ttl: packet.ttl, min: 255, max: 255 } : undefined

const peerOf = (peers: readonly Peer[], address: IpAddress): Peer | undefined => peers.find((peer) => peer.address === address)

/** Check 4. */
function versionFault(config: InstanceConfig, parts: AdvertParts): RejectedAdvert | undefined {
  if (parts.version !== config.version) return { kind: 'version-differs', theirs: parts.version, ours: config.version }
  if (parts.vrid !== config.vrid) return { kind: 'vrid-differs', theirs: parts.vrid, ours: config.vrid }
  return undefined
}

/** Checks 6 to 8: authentication, interval of version 2. The type is judged by `advertOf`. */
function contentFault(config: InstanceConfig, parts: AdvertParts): RejectedAdvert | undefined {
  if (parts.version !== 2) return undefined
  const ours = authenticationType[config.authentication.kind]
  if (parts.authenticationType !== ours) return { kind: 'authentication-type-differs', theirs: parts.authenticationType, ours }
  // Over IPv6 version 2 carries no password that could be wrong.
  const { authentication } = config
  if (
    authentication.kind === 'pass' &&
    parts.authenticationData.length > 0 &&
    !sameBytes(parts.authenticationData, authentication.password)
  ) {
    return { kind: 'wrong-password' }
  }
  const theirs = toMilliseconds(parts.interval)
  return theirs === config.interval ? undefined : { kind: 'interval-differs', theirs, ours: config.interval }
}

/** Takes equally long wherever the difference is. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] ?? 0)
  return difference === 0
}

type ChecksumVerdict =
  | { readonly ok: true; readonly form: ChecksumForm; readonly remarks: readonly Remark[] }
  | { readonly ok: false; readonly fault: RejectedAdvert }

/**
 * Check 11. What we are configured for counts first. Then: a unicast IPv4 peer that computes over 224.0.0.18 (keepalived
 * up to 1.3.6) is followed, unless told never to. With `v3_checksum_as_v2` any of the three forms counts; keepalived
 * then ignores the checksum altogether, we still want it to be one of them.
 */
function judgeChecksum(config: InstanceConfig, memory: JudgeMemory, packet: PacketFacts, parts: AdvertParts): ChecksumVerdict {
  const covered = checksummedBytes(parts, packet.family, packet.payload)
  const holds = (form: ChecksumForm): boolean => sameChecksum(parts.checksum, advertChecksum(parts.version, covered, packet, form))
  if (holds(memory.checksum)) return { ok: true, form: memory.checksum, remarks: [] }
  const isLenient = config.checksum === 'message-only'
  if (memory.checksum !== 'pseudo-header' && holds('pseudo-header')) return { ok: true, form: memory.checksum, remarks: [] }
  const isUnicast = config.transport.kind === 'unicast' && packet.family === 'ipv4' && parts.version === 3
  if (isUnicast && (isLenient || config.neverSwitchesChecksum !== true) && holds('multicast-pseudo-header')) {
    if (isLenient) return { ok: true, form: memory.checksum, remarks: [] }
    const form: ChecksumForm = 'multicast-pseudo-header'
    return { ok: true, form, remarks: [{ kind: 'checksum-form-switched', from: packet.source, to: form }] }
  }
  const expected = advertChecksum(parts.version, covered, packet, memory.checksum)
  return { ok: false, fault: { kind: 'bad-checksum', have: parts.checksum, expected } }
}

/** Checks 12, 13 and 15. */
function transportFault(config: InstanceConfig, packet: PacketFacts): RejectedAdvert | undefined {
  const { transport } = config
  if (isMulticast(packet.destination) !== (transport.kind === 'multicast')) {
    return { kind: 'wrong-transport', destination: packet.destination }
  }
  if (config.ownerIgnoresAdverts && config.priority === ownerPriority) return { kind: 'owner-ignores-adverts' }
  if (transport.kind !== 'unicast') return undefined
  const peer = peerOf(transport.peers, packet.source)
  if (!peer) return transport.checksSource ? { kind: 'unknown-peer', source: packet.source } : undefined
  const min = peer.ttlMin ?? 0
  const max = peer.ttlMax ?? 255
  if (packet.ttl < min || packet.ttl > max) return { kind: 'bad-ttl', ttl: packet.ttl, min, max }
  return undefined
}

/** Check 10: version 3 routers may differ, each follows the master (RFC 9568 §5.2.7). */
function intervalRemark(config: InstanceConfig, advert: Advert, from: IpAddress): readonly Remark[] {
  const theirs = toMilliseconds(advert.interval)
  return theirs === config.interval ? [] : [{ kind: 'interval-differs', from, theirs, ours: config.interval }]
}

/** Check 14: a different list is told, and the advert counts all the same; discarding it would make two masters. */
function addressRemark(config: InstanceConfig, state: State, advert: Advert, from: IpAddress): readonly Remark[] {
  const followed = state.kind === 'backup' ? (state.master?.source ?? state.discarded?.source) : undefined
  if (config.skipsAddressCheck && followed === from) return []
  const ours = new Set(config.addresses)
  const isSame = advert.addresses.length === config.addresses.length && advert.addresses.every((address) => ours.has(address))
  return isSame ? [] : [{ kind: 'address-list-differs', from, theirs: advert.addresses }]
}
