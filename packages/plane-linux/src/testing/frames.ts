// Frames byte by byte, for what no honest stack would send. Bytes are plain numbers, so that they can be put together.
import assert from 'node:assert/strict'
import { type Ipv4, type Ipv6, ipToBytes, type Mac, macToBytes, parseIpv6 } from '@havip/base'
import { checksumOf, pseudoHeader } from '@havip/wire'

const bytes16 = (value: number): number[] => [value >> 8, value & 0xff]
const broadcast = 'ff:ff:ff:ff:ff:ff' as Mac

/** To everybody, unless told otherwise. */
export const ethernet = (ends: { readonly from: Mac; readonly to?: Mac }, type: number, payload: readonly number[]): number[] => [
  ...macToBytes(ends.to ?? broadcast),
  ...macToBytes(ends.from),
  ...bytes16(type),
  ...payload,
]
export const arp = (sender: Mac, address: string, words: { target?: string; operation?: number; hardware?: number } = {}): number[] => [
  ...[...bytes16(words.hardware ?? 1), 8, 0, 6, 4, 0, words.operation ?? 1],
  ...[...macToBytes(sender), ...ipToBytes(address as Ipv4), 0, 0, 0, 0, 0, 0, ...ipToBytes((words.target ?? address) as Ipv4)],
]
/** With options when `options` holds some, a multiple of four bytes. */
export const ipv4 = (from: string, to: string, protocol: number, payload: readonly number[], options: readonly number[] = []): number[] => {
  const length = 20 + options.length + payload.length
  const header = [0x40 + 5 + options.length / 4, 0, ...bytes16(length), 0, 0, 0, 0, 255, protocol, 0, 0]
  header.push(...ipToBytes(from as Ipv4), ...ipToBytes(to as Ipv4), ...options)
  const sum = checksumOf([Uint8Array.from(header)])
  header[10] = sum >> 8
  header[11] = sum & 0xff
  return [...header, ...payload]
}
export const udp = (from: number, to: number, payload: readonly number[]): number[] => [
  ...[...bytes16(from), ...bytes16(to), ...bytes16(8 + payload.length), 0, 0],
  ...payload,
]
export const ip6Bytes = (text: string): number[] => {
  const parsed = parseIpv6(text)
  assert.ok(parsed.ok)
  return [...ipToBytes(parsed.value)]
}
export const ipv6 = (from: string, to: string, next: number, payload: readonly number[]): number[] => [
  ...[0x60, 0, 0, 0, ...bytes16(payload.length), next, 255],
  ...[...ip6Bytes(from), ...ip6Bytes(to), ...payload],
]
export const tagged = (vlan: number, inner: number[], type = 0x8100): number[] => [
  ...inner.slice(0, 12),
  ...[...bytes16(type), ...bytes16(vlan)],
  ...inner.slice(12),
]
/** ICMPv6 with the checksum it needs. */
export const icmpv6 = (from: string, to: string, message: readonly number[]): number[] => {
  const bytes = Uint8Array.from(message)
  const covered = pseudoHeader({ family: 'ipv6', source: from as Ipv6, destination: to as Ipv6 }, 58, bytes.length)
  const sum = checksumOf([covered, bytes])
  return ipv6(from, to, 58, [...message.slice(0, 2), ...bytes16(sum), ...message.slice(4)])
}
/** Unsolicited and to replace what is known, unless told otherwise; without a MAC, no option. */
export const advertisement = (target: string, mac: Mac | undefined, flags = 0x20): number[] => [
  ...[136, 0, 0, 0, flags, 0, 0, 0, ...ip6Bytes(target)],
  ...(mac === undefined ? [] : [2, 1, ...macToBytes(mac)]),
]
export const solicitation = (target: string, mac: Mac | undefined): number[] => [
  ...[135, 0, 0, 0, 0, 0, 0, 0, ...ip6Bytes(target)],
  ...(mac === undefined ? [] : [1, 1, ...macToBytes(mac)]),
]
