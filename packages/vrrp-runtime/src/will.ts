// The daemon's last will: what a guard has to undo if this process dies now.
import type { IpAddress } from '@havip/base'
import type { Will } from './host.ts'
import type { VirtualRouter } from './router.ts'

/** Nothing to undo. */
export const emptyWill: Will = { removeAddresses: [], held: [], resignations: [] }

/**
 * Every address that may ever be ours is in it, owned or not: removing one that is not there harms nobody, so a death
 * between two steps leaves none behind. Only masters resign: a resignation from anyone else would start an election.
 */
export function lastWill(routers: Iterable<VirtualRouter>): Will {
  const removeAddresses: Will['removeAddresses'][number][] = []
  const held: IpAddress[] = []
  const resignations: Will['resignations'][number][] = []
  for (const router of routers) {
    removeAddresses.push(...router.ownAddresses())
    const resignation = router.resignation()
    if (!resignation) continue
    const { transport, outgoing } = resignation
    held.push(...router.ownAddresses().map((spec) => spec.address))
    for (const { datagram, destination, source, hopLimit } of outgoing)
      resignations.push({ transport, datagram, destination, source, hopLimit })
  }
  return { removeAddresses, held, resignations }
}

/** The will as one JSON line, for a pipe to another process. */
export const willToJson = (will: Will): string =>
  JSON.stringify(will, (_, value: unknown) => (value instanceof Uint8Array ? { hex: toHex(value) } : value))

/** Undoes `willToJson`. Throws on what is not a will: the writer is our own process. */
export const willFromJson = (line: string): Will =>
  JSON.parse(line, (_, value: unknown) => (isHex(value) ? fromHex(value.hex) : value)) as Will

const isHex = (value: unknown): value is { readonly hex: string } =>
  typeof value === 'object' && value !== null && 'hex' in value && typeof value.hex === 'string'
const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
