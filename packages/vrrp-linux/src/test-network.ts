// For tests: two network namespaces joined by a veth pair, inside the test's own process. The namespaces have no name and
// vanish with the process, however it ends; nothing on the machine is touched.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type IfIndex, type IpAddress, type Ipv4, type Ipv6, ipToBytes } from '@havip/base'
import { CLONE, enterNamespace, interfaceIndex, SyscallError, unshareNamespaces } from '@havip/linux'
import type { AddressSpec } from './port.ts'

export type TestNamespace = {
  /** Runs `fn` with the thread inside; what it opens stays inside. Not for functions that wait. */
  within<T>(fn: () => T): T
  /** Runs `ip` with these words. */
  ip(words: string): string
  indexOf(name: string): IfIndex
}

const ownNamespace = '/proc/thread-self/ns/net'

/** Why these tests can't run here; false when they can. To be given to `skip`. */
export const skipWithoutNamespaces: string | false = whyNot()

function whyNot(): string | false {
  const fd = openSync(ownNamespace, 'r')
  try {
    unshareNamespaces(CLONE.NEWNET)
    enterNamespace(`/proc/self/fd/${fd}`)
    return false
  } catch (error) {
    if (error instanceof SyscallError) return `needs the right to make network namespaces: ${error.message}`
    throw error
  } finally {
    closeSync(fd)
  }
}

/** The namespace that the thread is in; `within` may be nested. */
let current: string | undefined

function createNamespace(): TestNamespace & { readonly path: string; close(): void } {
  const home = openSync(ownNamespace, 'r')
  unshareNamespaces(CLONE.NEWNET)
  const fd = openSync(ownNamespace, 'r')
  const path = `/proc/self/fd/${fd}`
  enterNamespace(`/proc/self/fd/${home}`)
  const within = <T>(fn: () => T): T => {
    const outer = current
    enterNamespace(path)
    current = path
    try {
      return fn()
    } finally {
      enterNamespace(outer ?? `/proc/self/fd/${home}`)
      current = outer
    }
  }
  return {
    path: `/proc/${process.pid}/fd/${fd}`,
    within,
    ip: (words) => within(() => execFileSync('ip', words.split(' '), { encoding: 'utf8' })),
    indexOf: (name) => within(() => interfaceIndex(name) as IfIndex),
    close() {
      closeSync(fd)
      closeSync(home)
    },
  }
}

export type TestNetwork = { readonly left: TestNamespace; readonly right: TestNamespace; close(): void }

/** `eth0` on both sides: 10.9.0.1/24 and fe80::1 left, 10.9.0.2/24 and fe80::2 right. */
export function createTestNetwork(): TestNetwork {
  const left = createNamespace()
  const right = createNamespace()
  left.ip(`link add eth0 type veth peer name eth0 netns ${right.path}`)
  for (const [side, number] of [[left, 1] as const, [right, 2] as const]) {
    side.ip('link set lo up')
    side.ip('link set eth0 addrgenmode none')
    side.ip(`addr add 10.9.0.${number}/24 dev eth0`)
    side.ip('link set eth0 up')
    side.ip(`addr add fe80::${number}/64 dev eth0 nodad`)
  }
  return {
    left,
    right,
    close() {
      left.close()
      right.close()
    },
  }
}

/** Waits until `holds` is true, looking every few milliseconds; fails after `limit` ms, saying what was awaited. */
export async function eventually(what: string, holds: () => boolean, limit = 20_000): Promise<void> {
  const end = performance.now() + limit
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not happen within ${limit} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A virtual address as keepalived makes it from a bare entry. */
export function addressSpec(index: IfIndex, address: string, more: Partial<AddressSpec> = {}): AddressSpec {
  const isIpv6 = address.includes(':')
  return {
    interface: index,
    address: address as IpAddress,
    prefix: isIpv6 ? 128 : 32,
    scope: 0,
    noDad: true,
    flags: [],
    ...(isIpv6 ? { preferredLifetime: 0 } : {}),
    ...more,
  }
}

/** The datagram of one advertisement as the runtime hands it over: an IPv4 header built by us, then `payload`. */
export function ipv4Datagram(source: string, destination: string, payload: Uint8Array, ttl = 255): Uint8Array {
  const datagram = new Uint8Array(20 + payload.length)
  datagram.set([0x45, 0xc0, 0, 0, 0, 1, 0, 0, ttl, 112])
  datagram.set(ipToBytes(source as Ipv4), 12)
  datagram.set(ipToBytes(destination as Ipv4), 16)
  datagram.set(payload, 20)
  return datagram
}

/** VRRPv2, one address, no authentication, checksum not set. */
export const advertPayload = (vrid: number): Uint8Array =>
  Uint8Array.of(0x21, vrid, 100, 1, 0, 1, 0, 0, 10, 9, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0)

export const ipv4 = (text: string): Ipv4 => text as Ipv4
export const ipv6 = (text: string): Ipv6 => text as Ipv6
