// Who may speak, with `auth_type AH`: the digest of the authentication header, and that no packet comes twice (RFC 2402).
import { fail, type IpAddress, ok, type Result } from '@havip/base'
import { type AuthenticationHeaderFault, authenticationDigest, decodeAuthenticationHeader, equalBytes } from '@havip/wire'

/** What is remembered of one source. */
type Remembered = { readonly source: IpAddress; readonly sequence: number }
export type AhMemory = {
  /** Most recently used first. */
  readonly accepted: readonly Remembered[]
  /** The highest number accepted from anybody: ours go on from there, as keepalived's do. */
  readonly highest: number
}
export const initialAhMemory: AhMemory = { accepted: [], highest: 0 }

export type AhFault =
  | AuthenticationHeaderFault
  | { readonly kind: 'wrong-digest' }
  | { readonly kind: 'digest-replay'; readonly last: number; readonly sequence: number }

export type AhPacket = {
  readonly source: IpAddress
  /** The IPv4 header as received. */
  readonly header: Uint8Array
  /** Authentication header and message. */
  readonly payload: Uint8Array
  readonly isMulticast: boolean
}

/** Sources beyond these are remembered in place of the least recently used. */
const slotsMin = 4

/**
 * @param slots how many sources are remembered at least.
 * @returns the message inside, and what to remember if the rest of it is right, too.
 */
export function judgeAuthenticationHeader(
  key: Uint8Array,
  memory: AhMemory,
  packet: AhPacket,
  slots: number = slotsMin,
): Result<{ readonly message: Uint8Array; readonly memory: AhMemory }, AhFault> {
  const read = decodeAuthenticationHeader(packet.payload)
  if (!read.ok) return read
  const { header, message } = read.value
  const expected = authenticationDigest(packet.header, packet.payload, message, key, packet.isMulticast)
  if (!equalBytes(expected, header.digest)) return fail({ kind: 'wrong-digest' })
  const { sequence } = header
  const last = memory.accepted.find((each) => each.source === packet.source)
  if (last && !isAfter(sequence, last.sequence)) return fail({ kind: 'digest-replay', last: last.sequence, sequence })
  const others = memory.accepted.filter((each) => each.source !== packet.source)
  const accepted = [{ source: packet.source, sequence }, ...others].slice(0, Math.max(slots, slotsMin))
  return ok({ message, memory: { accepted, highest: isAfter(sequence, memory.highest) ? sequence : memory.highest } })
}

/** Serial arithmetic on 32 bits: later, even over the wrap. */
const isAfter = (sequence: number, last: number): boolean => ((sequence - last) | 0) > 0

/** The number of the next advert: above our own last one and everything heard, so that no peer takes it for a replay. */
export function nextAhSequence(last: number, memory: AhMemory): number {
  const from = isAfter(memory.highest, last) ? memory.highest : last
  return (from + 1) >>> 0
}
