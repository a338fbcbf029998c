// rtnetlink: links, addresses, routes, rules, neighbours. This file names the message types and reads any message;
// the parts live in rtnetlink-*.ts.
import type { Family } from '@havip/base'
import { ok, type Result } from '@havip/base'
import {
  type Acknowledgement,
  controlType,
  decodeAcknowledgement,
  encodeMessage,
  type NetlinkFault,
  type NetlinkMessage,
  netlinkFlag,
  positiveErrno,
  u32Of,
} from './netlink.ts'
import { type AddressEntry, decodeAddress } from './rtnetlink-address.ts'
import { decodeLink, type LinkEntry } from './rtnetlink-link.ts'
import { decodeNeighbour, type NeighbourEntry } from './rtnetlink-neighbour.ts'
import { decodeRoute, type RouteEntry } from './rtnetlink-route.ts'
import { decodeRule, type RuleEntry } from './rtnetlink-rule.ts'
import { addressFamily, rtnetlinkType } from './rtnetlink-type.ts'

export { addressFamily, rtnetlinkGroup, rtnetlinkType } from './rtnetlink-type.ts'

export type RtnetlinkMessage =
  /** The answer to one request; `errno` 0 means done. */
  | { readonly kind: 'acknowledgement'; readonly acknowledgement: Acknowledgement }
  /** End of a dump; a positive errno tells that it is not whole. */
  | { readonly kind: 'done'; readonly sequence: number; readonly errno: number }
  /** The kernel dropped messages: what we know may be out of date. */
  | { readonly kind: 'overrun' }
  | { readonly kind: 'link'; readonly change: Change; readonly link: LinkEntry }
  | { readonly kind: 'address'; readonly change: Change; readonly address: AddressEntry }
  | { readonly kind: 'route'; readonly change: Change; readonly route: RouteEntry }
  | { readonly kind: 'rule'; readonly change: Change; readonly rule: RuleEntry }
  | { readonly kind: 'neighbour'; readonly change: Change; readonly neighbour: NeighbourEntry }
  /** Something we have no use for. */
  | { readonly kind: 'other'; readonly type: number }

/** `new` is also what a dump says of everything that exists, and a changed thing. */
export type Change = 'new' | 'deleted'

/** Reads one message of a datagram that `decodeMessages` has cut up. */
export function decodeRtnetlink(message: NetlinkMessage): Result<RtnetlinkMessage, NetlinkFault> {
  const type = rtnetlinkType
  switch (message.type) {
    case controlType.error: {
      const read = decodeAcknowledgement(message)
      return read.ok ? ok({ kind: 'acknowledgement', acknowledgement: read.value }) : read
    }
    case controlType.done:
      return ok({ kind: 'done', sequence: message.sequence, errno: doneErrno(message.payload) })
    case controlType.overrun:
      return ok({ kind: 'overrun' })
    case type.newLink:
    case type.deleteLink: {
      const read = decodeLink(message.payload)
      return read.ok ? ok({ kind: 'link', change: message.type === type.newLink ? 'new' : 'deleted', link: read.value }) : read
    }
    case type.newAddress:
    case type.deleteAddress: {
      const read = decodeAddress(message.payload)
      return read.ok ? ok({ kind: 'address', change: message.type === type.newAddress ? 'new' : 'deleted', address: read.value }) : read
    }
    case type.newRoute:
    case type.deleteRoute: {
      const read = decodeRoute(message.payload)
      return read.ok ? ok({ kind: 'route', change: message.type === type.newRoute ? 'new' : 'deleted', route: read.value }) : read
    }
    case type.newRule:
    case type.deleteRule: {
      const read = decodeRule(message.payload)
      return read.ok ? ok({ kind: 'rule', change: message.type === type.newRule ? 'new' : 'deleted', rule: read.value }) : read
    }
    case type.newNeighbour:
    case type.deleteNeighbour: {
      const read = decodeNeighbour(message.payload)
      return read.ok
        ? ok({ kind: 'neighbour', change: message.type === type.newNeighbour ? 'new' : 'deleted', neighbour: read.value })
        : read
    }
    default: // a number of the kernel's, not a union of ours
      return ok({ kind: 'other', type: message.type })
  }
}

function doneErrno(payload: Uint8Array): number {
  return positiveErrno(u32Of(payload.subarray(0, 4)) ?? 0)
}

/** What can be asked for as a whole. */
export type DumpKind = 'links' | 'addresses' | 'routes' | 'rules' | 'neighbours'

const dumpRequest = {
  links: { type: rtnetlinkType.getLink, bytes: 16 },
  addresses: { type: rtnetlinkType.getAddress, bytes: 8 },
  routes: { type: rtnetlinkType.getRoute, bytes: 12 },
  rules: { type: rtnetlinkType.getRule, bytes: 12 },
  neighbours: { type: rtnetlinkType.getNeighbour, bytes: 12 },
} as const

/** Asks for everything of one kind, of one family if given; the answer is a multipart message closed by `done`. */
export function encodeDump(sequence: number, kind: DumpKind, family?: Family): Uint8Array {
  const { type, bytes } = dumpRequest[kind]
  const payload = new Uint8Array(bytes)
  payload[0] = family ? addressFamily[family] : 0
  return encodeMessage({ type, flags: netlinkFlag.request | netlinkFlag.dump, sequence }, payload)
}
