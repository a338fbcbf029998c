// Ethernet II frames, without VLAN tags: the kernel takes those off before we see a frame.
import { type Mac, ok, type Result } from '@havip/base'
import { concatBytes, header, type TooShort } from './header.ts'

const ethernet = header({
  destination: { at: 0, bits: 48, as: 'mac' },
  source: { at: 48, bits: 48, as: 'mac' },
  type: { at: 96, bits: 16 },
})
export const ethernetHeaderBytes = ethernet.bytes

export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const
export const broadcastMac = 'ff:ff:ff:ff:ff:ff' as Mac

/** `payload` of a decoded frame is a view, padding of short frames included. */
export type EthernetFrame = { readonly destination: Mac; readonly source: Mac; readonly type: number; readonly payload: Uint8Array }

/** No padding: the driver adds what the medium needs. */
export const encodeEthernet = ({ payload, ...head }: EthernetFrame): Uint8Array => concatBytes([ethernet.write(head), payload])

export function decodeEthernet(frame: Uint8Array): Result<EthernetFrame, TooShort> {
  const head = ethernet.read(frame)
  return head.ok ? ok({ ...head.value, payload: frame.subarray(ethernet.bytes) }) : head
}
