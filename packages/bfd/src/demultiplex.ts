// Whose packet is it: by the discriminator that we gave out, or, before the neighbor knows it, by the addresses
// (RFC 5880 §6.8.6, RFC 5881 §3); and did it come from near enough (RFC 5881 §5).
import { fail, type IpAddress, ok, type Result } from '@havip/base'
import type { BfdControl, Envelope } from '@havip/wire'

/** Where a session's packets come from. */
export type Endpoint = {
  /** Ours. */
  readonly discriminator: number
  readonly neighbor: IpAddress
  /** Our own address; undefined: any of this machine. */
  readonly source: IpAddress | undefined
  /** What a packet's TTL or hop limit has to be at least; 0: whatever it likes. */
  readonly ttlMin: number
  /** Multihop has a port of its own (RFC 5883 §5). */
  readonly isMultihop: boolean
}

/** Why a valid packet is nobody's. */
export type DeliveryFault =
  | { readonly kind: 'no-session'; readonly yourDiscriminator: number }
  /** It names a session of ours, and comes from somebody else. */
  | { readonly kind: 'wrong-addresses' }
  | { readonly kind: 'ttl-too-low'; readonly ttl: number; readonly ttlMin: number }

export type Demultiplexer<Of extends Endpoint> = {
  find(packet: BfdControl, from: Envelope & { readonly isMultihop: boolean }): Result<Of, DeliveryFault>
}

export function createDemultiplexer<Of extends Endpoint>(endpoints: readonly Of[]): Demultiplexer<Of> {
  const byDiscriminator = new Map(endpoints.map((endpoint) => [endpoint.discriminator, endpoint]))
  const byNeighbor = new Map<IpAddress, Of[]>()
  for (const endpoint of endpoints) byNeighbor.set(endpoint.neighbor, [...(byNeighbor.get(endpoint.neighbor) ?? []), endpoint])
  return {
    find(packet, from) {
      const { yourDiscriminator } = packet
      const isFor = (endpoint: Of): boolean =>
        endpoint.neighbor === from.source &&
        endpoint.isMultihop === from.isMultihop &&
        (endpoint.source === undefined || endpoint.source === from.destination)
      // A session with a source address of its own is the better match than one that takes any.
      const byAddress = (candidates: readonly Of[]): Of | undefined =>
        candidates.find((one) => one.source !== undefined && isFor(one)) ?? candidates.find(isFor)
      const found = yourDiscriminator === 0 ? byAddress(byNeighbor.get(from.source) ?? []) : byDiscriminator.get(yourDiscriminator)
      if (!found) return fail({ kind: 'no-session', yourDiscriminator })
      if (!isFor(found)) return fail({ kind: 'wrong-addresses' })
      if (from.ttl < found.ttlMin) return fail({ kind: 'ttl-too-low', ttl: from.ttl, ttlMin: found.ttlMin })
      return ok(found)
    },
  }
}

/**
 * The least TTL that is taken: what the neighbor is expected to send with, less the hops that lie between; 255 and none,
 * as RFC 5881 §5 asks for, unless configured otherwise.
 *
 * @param maxHops -1: any number.
 */
export const ttlMinOf = (ttl: number, maxHops: number): number => (maxHops < 0 ? 0 : Math.max(0, ttl - maxHops))
