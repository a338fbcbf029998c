// ICMPv6 neighbour advertisement (RFC 4861 §4.4), and the unsolicited one that moves an address (§7.2.6).
import { fail, type Ipv6, type Mac, ok, type Result } from '@havip/base'
import { checksumOf, pseudoHeader } from './checksum.ts'
import { encodeEthernet, etherType } from './ethernet.ts'
import { concatBytes, header, type TooShort } from './header.ts'
import { encodeIpv6, ipProtocol } from './ip.ts'

const advertisement = header({
  type: { at: 0, bits: 8 },
  code: { at: 8, bits: 8 },
  checksum: { at: 16, bits: 16 },
  router: { at: 32, bits: 1 },
  solicited: { at: 33, bits: 1 },
  override: { at: 34, bits: 1 },
  reserved: { at: 35, bits: 29 },
  target: { at: 64, bits: 128, as: 'ipv6' },
})
/** Target link-layer address, the only option we send (RFC 4861 §4.6.1). Lengths count eight bytes. */
const linkLayerOption = header({ type: { at: 0, bits: 8 }, length: { at: 8, bits: 8 }, mac: { at: 16, bits: 48, as: 'mac' } })
const targetLinkLayerAddress = 2
const neighbourAdvertisement = 136

export const allNodes = 'ff02::1' as Ipv6
export const allNodesMac = '33:33:00:00:00:01' as Mac

export type NeighbourAdvertisement = {
  readonly target: Ipv6
  readonly mac: Mac | undefined
  readonly isRouter: boolean
  readonly isSolicited: boolean
  readonly overrides: boolean
}

export type NeighbourAdvertisementFault =
  | TooShort
  | { readonly kind: 'not-a-neighbour-advertisement'; readonly type: number; readonly code: number }
  | { readonly kind: 'bad-checksum'; readonly have: number; readonly expected: number }
  | { readonly kind: 'bad-option-length'; readonly type: number }
  | { readonly kind: 'bad-hop-limit'; readonly hopLimit: number }

type Ends = { readonly source: Ipv6; readonly destination: Ipv6 }

/** The ICMPv6 message with its checksum: 24 bytes, 32 with a MAC. */
export function encodeNeighbourAdvertisement(message: NeighbourAdvertisement, ends: Ends): Uint8Array {
  const fixed = advertisement.write({
    type: neighbourAdvertisement,
    code: 0,
    checksum: 0,
    router: message.isRouter ? 1 : 0,
    solicited: message.isSolicited ? 1 : 0,
    override: message.overrides ? 1 : 0,
    reserved: 0,
    target: message.target,
  })
  const option =
    message.mac === undefined ? new Uint8Array(0) : linkLayerOption.write({ type: targetLinkLayerAddress, length: 1, mac: message.mac })
  const bytes = concatBytes([fixed, option])
  const covered = pseudoHeader({ family: 'ipv6', ...ends }, ipProtocol.icmpv6, bytes.length)
  new DataView(bytes.buffer).setUint16(2, checksumOf([covered, bytes]))
  return bytes
}

/** Reads an ICMPv6 message; options other than the target's link-layer address are skipped, as §4.4 asks. */
export function decodeNeighbourAdvertisement(
  message: Uint8Array,
  ends: Ends & { readonly hopLimit: number },
): Result<NeighbourAdvertisement, NeighbourAdvertisementFault> {
  const read = advertisement.read(message)
  if (!read.ok) return read
  const { type, code, checksum, router, solicited, override, target } = read.value
  if (type !== neighbourAdvertisement || code !== 0) return fail({ kind: 'not-a-neighbour-advertisement', type, code })
  if (ends.hopLimit !== 255) return fail({ kind: 'bad-hop-limit', hopLimit: ends.hopLimit })
  const covered = pseudoHeader({ family: 'ipv6', source: ends.source, destination: ends.destination }, ipProtocol.icmpv6, message.length)
  const expected = checksumOf([covered, message.subarray(0, 2), new Uint8Array(2), message.subarray(4)])
  if (checksum !== expected) return fail({ kind: 'bad-checksum', have: checksum, expected })
  let mac: Mac | undefined
  let at = advertisement.bytes
  while (at < message.length) {
    const optionType = message[at] as number
    const length = 8 * (message[at + 1] ?? 0)
    if (length === 0 || at + length > message.length) return fail({ kind: 'bad-option-length', type: optionType })
    if (optionType === targetLinkLayerAddress) {
      const option = linkLayerOption.read(message, at)
      if (option.ok) mac = option.value.mac
    }
    at += length
  }
  return ok({ target, mac, isRouter: router === 1, isSolicited: solicited === 1, overrides: override === 1 })
}

/** The whole frame, 86 bytes, that tells a segment whose `address` is now; the source is the address itself. */
export function encodeUnsolicitedAdvertisement(mac: Mac, address: Ipv6, options: { readonly isRouter: boolean }): Uint8Array {
  const ends = { source: address, destination: allNodes }
  const message = encodeNeighbourAdvertisement(
    { target: address, mac, isRouter: options.isRouter, isSolicited: false, overrides: true },
    ends,
  )
  const head = encodeIpv6({ ...ends, hopLimit: 255, nextHeader: ipProtocol.icmpv6, payloadLength: message.length })
  return encodeEthernet({ destination: allNodesMac, source: mac, type: etherType.ipv6, payload: concatBytes([head, message]) })
}
