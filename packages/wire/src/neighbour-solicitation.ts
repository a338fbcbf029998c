// ICMPv6 neighbour solicitation (RFC 4861 §4.3): who has this address?
import { type Ipv6, type Mac, solicitedNodeGroup } from '@havip/base'
import { checksumOf, pseudoHeader } from './checksum.ts'
import { encodeEthernet, etherType } from './ethernet.ts'
import { concatBytes, header } from './header.ts'
import { encodeIpv6, ipProtocol } from './ip.ts'

const solicitation = header({
  type: { at: 0, bits: 8 },
  code: { at: 8, bits: 8 },
  checksum: { at: 16, bits: 16 },
  reserved: { at: 32, bits: 32 },
  target: { at: 64, bits: 128, as: 'ipv6' },
  optionType: { at: 192, bits: 8 },
  optionLength: { at: 200, bits: 8 },
  mac: { at: 208, bits: 48, as: 'mac' },
})
const neighbourSolicitation = 135
const sourceLinkLayerAddress = 1

export type NeighbourQuestion = {
  readonly source: Ipv6
  readonly sourceMac: Mac
  readonly target: Ipv6
  /** Whom to ask: one neighbour, or the group's own MAC. */
  readonly destinationMac: Mac
}

/** The whole frame, 86 bytes, to the target's solicited-node group. */
export function encodeNeighbourSolicitation({ source, sourceMac, target, destinationMac }: NeighbourQuestion): Uint8Array {
  const ends = { source, destination: solicitedNodeGroup(target) }
  const message = solicitation.write({
    ...{ type: neighbourSolicitation, code: 0, checksum: 0, reserved: 0, target },
    ...{ optionType: sourceLinkLayerAddress, optionLength: 1, mac: sourceMac },
  })
  const covered = pseudoHeader({ family: 'ipv6', ...ends }, ipProtocol.icmpv6, message.length)
  new DataView(message.buffer).setUint16(2, checksumOf([covered, message]))
  const head = encodeIpv6({ ...ends, hopLimit: 255, nextHeader: ipProtocol.icmpv6, payloadLength: message.length })
  return encodeEthernet({ destination: destinationMac, source: sourceMac, type: etherType.ipv6, payload: concatBytes([head, message]) })
}
