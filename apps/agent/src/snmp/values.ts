// Values of cells, in the forms of SMIv2 (RFC 2578) and of the address conventions (RFC 4001).
import { type IpAddress, ipToBytes } from '@havip/base'
import { type AgentxValue, agentxText } from '@havip/wire'

const word = 2 ** 32

export const integer = (value: number): AgentxValue => ({ kind: 'integer', value: Math.trunc(value) })
/** Stays at its highest (RFC 2578 §7.1.7). */
export const gauge = (value: number): AgentxValue => ({ kind: 'gauge32', value: Math.max(0, Math.min(word - 1, Math.trunc(value))) })
/** Wraps (RFC 2578 §7.1.6). */
export const counter = (value: number): AgentxValue => ({ kind: 'counter32', value: value % word })
export const counter64 = (value: number | bigint): AgentxValue => ({ kind: 'counter64', value: BigInt(value) })
export const text = (value: string): AgentxValue => ({ kind: 'octets', bytes: agentxText(value) })
/** Hundredths of a second, wrapping. */
export const ticks = (ms: number): AgentxValue => ({ kind: 'ticks', value: Math.floor(Math.max(0, ms) / 10) % word })
/** TruthValue, and the many enumerations of two that begin with the claim. */
export const truth = (value: boolean): AgentxValue => integer(value ? 1 : 2)
export const bytes = (value: Uint8Array): AgentxValue => ({ kind: 'octets', bytes: value })

/** InetAddressType: ipv4(1), ipv6(2). */
export const addressTypeNumber = (address: IpAddress): 1 | 2 => (address.includes(':') ? 2 : 1)
export const addressType = (address: IpAddress): AgentxValue => integer(addressTypeNumber(address))
/** InetAddress. */
export const address = (value: IpAddress): AgentxValue => bytes(ipToBytes(value))
/** IpAddress, which is of IPv4 only. */
export const ipv4 = (value: IpAddress): AgentxValue => ({ kind: 'ip-address', bytes: ipToBytes(value) })

/** Nothing of nothing. */
export const maybe = <Of>(value: Of | undefined, make: (value: Of) => AgentxValue): AgentxValue | undefined =>
  value === undefined ? undefined : make(value)

const scopes: Readonly<Record<number, number>> = { 0: 14, 200: 5, 253: 2, 254: 1, 255: 0 }
/** InetScopeType of a scope of the kernel's; one of the administrator's own counts as global. */
export const scopeNumber = (kernel: number): number => scopes[kernel] ?? 14
