// Who may speak, with keepalived 2.4's `auth_hmac`: the trailer's keys, its age, and that none comes twice.
import { type IpAddress, type Milliseconds, milliseconds, type Result, type WallTime } from '@havip/base'
import { decodeTrailer, equalBytes, type HmacKey, secondsOf, trailerBytes, trailerMac } from '@havip/wire'

export type HmacConfig = {
  readonly keys: readonly HmacKey[]
  /** The one we sign with; its key is among `keys`. */
  readonly activeKeyId: number
  /** `receive-only` and `permissive` take packets without trailer; `receive-only` sends none. */
  readonly mode: 'enforce' | 'permissive' | 'receive-only'
  /** How far a sender's clock may be from ours; undefined (`monotonic`): clocks are not compared. */
  readonly window: Milliseconds | undefined
}

/** What is remembered of one source. */
type Remembered = { readonly source: IpAddress; readonly sequence: bigint }
export type HmacMemory = {
  /** Most recently used first. */
  readonly accepted: readonly Remembered[]
}
export const initialHmacMemory: HmacMemory = { accepted: [] }

export type HmacFault =
  | { readonly kind: 'hmac-missing' }
  | { readonly kind: 'hmac-malformed'; readonly bytes: number }
  | { readonly kind: 'hmac-stale'; readonly differenceSeconds: number; readonly window: Milliseconds }
  | { readonly kind: 'hmac-unknown-key'; readonly keyId: number }
  | { readonly kind: 'hmac-wrong' }
  | { readonly kind: 'hmac-replay'; readonly last: bigint; readonly sequence: bigint }

export type TrailerJudgement = {
  readonly memory: HmacMemory
  readonly verdict: /** `clockDifference` is given when it is above half the window: worth a warning. */
    | { readonly kind: 'accepted'; readonly clockDifference: Milliseconds | undefined }
    | { readonly kind: 'rejected'; readonly fault: HmacFault }
}

export type SignedPacket = {
  readonly source: IpAddress
  /** The VRRP message without the trailer. */
  readonly message: Uint8Array
  /** What follows it. */
  readonly trailing: Uint8Array
}

/** Sources beyond these four are remembered in place of the least recently used; with unicast each peer has its own place. */
const multicastSlots = 4

/**
 * The checks in keepalived's order. What is rejected is not remembered.
 *
 * @param slots how many sources are remembered: the number of unicast peers, or undefined for multicast.
 */
export function judgeTrailer(
  config: HmacConfig,
  memory: HmacMemory,
  packet: SignedPacket,
  now: WallTime,
  slots: number = multicastSlots,
): TrailerJudgement {
  const rejected = (fault: HmacFault): TrailerJudgement => ({ memory, verdict: { kind: 'rejected', fault } })
  if (packet.trailing.length === 0) {
    return config.mode === 'enforce'
      ? rejected({ kind: 'hmac-missing' })
      : { memory, verdict: { kind: 'accepted', clockDifference: undefined } }
  }
  const read = decodeTrailer(packet.trailing)
  if (!read.ok || packet.trailing.length !== trailerBytes) return rejected({ kind: 'hmac-malformed', bytes: packet.trailing.length })
  const { keyId, sequence, mac } = read.value
  const differenceSeconds = Math.abs(Math.floor(now / 1000) - secondsOf(sequence))
  const { window } = config
  if (window !== undefined && 1000 * differenceSeconds > window) return rejected({ kind: 'hmac-stale', differenceSeconds, window })
  const key = config.keys.find((each) => each.id === keyId)
  if (!key) return rejected({ kind: 'hmac-unknown-key', keyId })
  const expected = trailerMac(packet.message, packet.source, key.secret, packet.trailing)
  if (!equalBytes(expected, mac)) return rejected({ kind: 'hmac-wrong' })
  const current = memory.accepted.filter((each) => isWithin(window, each.sequence, now))
  const last = current.find((each) => each.source === packet.source)
  if (last && !isAfter(sequence, last.sequence)) return rejected({ kind: 'hmac-replay', last: last.sequence, sequence })
  const others = current.filter((each) => each.source !== packet.source)
  const accepted = [{ source: packet.source, sequence }, ...others].slice(0, slots)
  const isFar = window !== undefined && 2000 * differenceSeconds > window
  return {
    memory: { accepted },
    verdict: { kind: 'accepted', clockDifference: isFar ? milliseconds(1000 * differenceSeconds) : undefined },
  }
}

/** A sequence that the window forbids by now would lock out a sender whose clock was set back: it is forgotten. */
const isWithin = (window: Milliseconds | undefined, sequence: bigint, now: WallTime): boolean =>
  window === undefined || 1000 * Math.abs(Math.floor(now / 1000) - secondsOf(sequence)) <= window

/** Serial arithmetic on 64 bits: later, even over the wrap. */
const isAfter = (sequence: bigint, last: bigint): boolean => BigInt.asIntN(64, sequence - last) > 0n

/** 64 bits of the clock, the counter zero. */
export const clockSequence = (now: WallTime): bigint =>
  (BigInt(Math.floor(now / 1000)) << 32n) | (BigInt(Math.floor(((now % 1000) * 65536) / 1000)) << 16n)

/**
 * The number of the next advert: the clock, or one more than the last when the clock has not moved on. One that has run
 * ahead of the clock by more than the window goes back to it: receivers would call it stale.
 */
export function nextSequence(config: HmacConfig, last: bigint | undefined, now: WallTime): bigint {
  const clock = clockSequence(now)
  if (last === undefined || last < clock) return clock
  const aheadMs = 1000 * (secondsOf(last) - secondsOf(clock))
  return config.window !== undefined && aheadMs > config.window ? clock : BigInt.asUintN(64, last + 1n)
}

/** The key that signs; the configuration's check has seen that it is there. */
export function signingKey(config: HmacConfig): Result<HmacKey, 'receive-only' | 'no-active-key'> {
  if (config.mode === 'receive-only') return { ok: false, fault: 'receive-only' }
  const key = config.keys.find((each) => each.id === config.activeKeyId)
  return key ? { ok: true, value: key } : { ok: false, fault: 'no-active-key' }
}
