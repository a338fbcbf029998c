// The daemon's last will: what a guard has to undo if this process dies now.
import { type IpAddress, isIpv6, type WallTime } from '@havip/base'
import { clockSequence } from '@havip/vrrp'
import { concatBytes, encodeTrailer, ipv4HeaderBytes } from '@havip/wire'
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
    for (const one of outgoing) resignations.push({ router: router.key, transport, ...one })
  }
  const owned = [...routers].map((router) => router.ownRoutes())
  const removeRules = owned.flatMap(({ rules }) => rules)
  const removeRoutes = owned.flatMap(({ routes }) => routes)
  const removeLinks = [...routers].flatMap((router) => router.ownLinks())
  return {
    removeAddresses,
    held,
    resignations,
    ...(removeRules.length === 0 ? {} : { removeRules }),
    ...(removeRoutes.length === 0 ? {} : { removeRoutes }),
    ...(removeLinks.length === 0 ? {} : { removeLinks }),
  }
}

/** A signed goodbye as it has to be sent: the trailer behind the message, and the IPv4 header's length with it. */
export function sealResignation(
  { datagram, source, seal }: Pick<Will['resignations'][number], 'datagram' | 'source' | 'seal'>,
  now: WallTime,
): Uint8Array {
  if (!seal) return datagram
  const headBytes = isIpv6(source) ? 0 : ipv4HeaderBytes
  const key = { id: seal.keyId, secret: seal.secret }
  const sealed = concatBytes([datagram, encodeTrailer(datagram.subarray(headBytes), source, key, clockSequence(now))])
  if (headBytes > 0) new DataView(sealed.buffer).setUint16(2, sealed.length)
  return sealed
}

/** The will as one JSON line, for a pipe to another process. Made once, however often it is told. */
export function willToJson(will: Will): string {
  let text = written.get(will)
  if (text === undefined) {
    text = JSON.stringify({ ...will, resignations: will.resignations.map(plain) })
    written.set(will, text)
  }
  return text
}
const written = new WeakMap<Will, string>()

/** Its bytes as `bytesToJson` has them: asking for each value of a thousand routers whether it is bytes would take half of the time. */
const plain = ({ datagram, seal, ...rest }: Will['resignations'][number]): object => ({
  ...rest,
  datagram: { hex: toHex(datagram) },
  ...(seal ? { seal: { ...seal, secret: { hex: toHex(seal.secret) } } } : {}),
})

export const bytesToJson = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? { hex: toHex(value) } : value)

/** What stands for bytes in `willToJson`, undone. */
export const bytesFromJson = (_: string, value: unknown): unknown => (isHex(value) ? fromHex(value.hex) : value)

/** Undoes `willToJson`. Throws on what is not a will: the writer is our own process. */
export const willFromJson = (line: string): Will => JSON.parse(line, bytesFromJson) as Will

const isHex = (value: unknown): value is { readonly hex: string } =>
  typeof value === 'object' && value !== null && 'hex' in value && typeof value.hex === 'string'
const toHex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += hexPairs[byte]
  return text
}
const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
