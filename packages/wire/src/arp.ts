// ARP for IPv4 over Ethernet (RFC 826), and the gratuitous request that moves an address (RFC 5227 §3).
import { fail, type Ipv4, type Mac, ok, type Result } from '@havip/base'
import { broadcastMac, encodeEthernet, etherType } from './ethernet.ts'
import { header, type TooShort } from './header.ts'

const arp = header({
  hardware: { at: 0, bits: 16 },
  protocol: { at: 16, bits: 16 },
  hardwareLength: { at: 32, bits: 8 },
  protocolLength: { at: 40, bits: 8 },
  operation: { at: 48, bits: 16 },
  senderMac: { at: 64, bits: 48, as: 'mac' },
  sender: { at: 112, bits: 32, as: 'ipv4' },
  targetMac: { at: 144, bits: 48, as: 'mac' },
  target: { at: 192, bits: 32, as: 'ipv4' },
})

export const arpOperation = { request: 1, reply: 2 } as const

export type Arp = {
  readonly operation: number
  readonly senderMac: Mac
  readonly sender: Ipv4
  readonly targetMac: Mac
  readonly target: Ipv4
}

export type ArpFault = TooShort | { readonly kind: 'not-ethernet-ipv4'; readonly hardware: number; readonly protocol: number }

export const encodeArp = (packet: Arp): Uint8Array =>
  arp.write({ hardware: 1, protocol: etherType.ipv4, hardwareLength: 6, protocolLength: 4, ...packet })

/** Reads an Ethernet payload; what follows the packet is padding. */
export function decodeArp(payload: Uint8Array): Result<Arp, ArpFault> {
  const read = arp.read(payload)
  if (!read.ok) return read
  const { hardware, protocol, hardwareLength, protocolLength, ...packet } = read.value
  if (hardware !== 1 || protocol !== etherType.ipv4 || hardwareLength !== 6 || protocolLength !== 4) {
    return fail({ kind: 'not-ethernet-ipv4', hardware, protocol })
  }
  return ok(packet)
}

/**
 * The whole frame, 42 bytes, that tells a segment whose `address` is now.
 * As keepalived: a request whose target MAC is the broadcast one (RFC 5227 would have it zero; receivers ignore it).
 */
export const encodeGratuitousArp = (mac: Mac, address: Ipv4): Uint8Array =>
  encodeEthernet({
    destination: broadcastMac,
    source: mac,
    type: etherType.arp,
    payload: encodeArp({ operation: arpOperation.request, senderMac: mac, sender: address, targetMac: broadcastMac, target: address }),
  })
