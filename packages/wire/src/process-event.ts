// Process events of the kernel over netlink (linux/connector.h, linux/cn_proc.h).
import { fail, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'
import { encodeMessage, type NetlinkFault } from './netlink.ts'

/** NETLINK_CONNECTOR, and the group and address of process events in it. */
export const connectorProtocol = 11
export const processEventGroup = 1
const processAddress = { index: 1, value: 1 } as const
/** NLMSG_DONE: what the connector's messages are called. */
const connectorMessage = 3

/** `struct cn_msg`. */
const connectorHeader = header(
  {
    index: { at: 0, bits: 32 },
    value: { at: 32, bits: 32 },
    sequence: { at: 64, bits: 32 },
    acknowledged: { at: 96, bits: 32 },
    length: { at: 128, bits: 16 },
    flags: { at: 144, bits: 16 },
  },
  'little',
)
/** `struct proc_event` after the time stamp: what happened to whom. */
const at = { what: 0, first: 16, second: 20, third: 24, fourth: 28 } as const
const eventMin = 24
const what = { acknowledged: 0, fork: 1, exec: 2, comm: 0x200, exit: 0x80000000 } as const
const listen = 1

export type ProcessEvent =
  /** The answer to `encodeListen`: 0, or why not. */
  | { readonly kind: 'acknowledged'; readonly errno: number }
  /** A new process, a new program in one, or a new name of one. Threads are left out. */
  | { readonly kind: 'began' | 'changed'; readonly pid: number }
  | { readonly kind: 'ended'; readonly pid: number }
  | { readonly kind: 'other' }

/** Asks for the events from now on, until the socket is closed. */
export function encodeListen(sequence: number): Uint8Array {
  const order = Uint8Array.of(listen, 0, 0, 0)
  const head = connectorHeader.write({ ...processAddress, sequence, acknowledged: 0, length: order.length, flags: 0 })
  return encodeMessage({ type: connectorMessage, flags: 0, sequence }, concatBytes([head, order]))
}

/** Reads the payload of one message of the connector. */
export function decodeProcessEvent(payload: Uint8Array): Result<ProcessEvent, NetlinkFault> {
  const head = connectorHeader.read(payload)
  if (!head.ok) return head
  const event = payload.subarray(connectorHeader.bytes, connectorHeader.bytes + head.value.length)
  const isOurs = head.value.index === processAddress.index && head.value.value === processAddress.value
  if (!isOurs || event.length < eventMin) return fail({ kind: 'missing-attribute', attribute: 'process event' })
  const view = new DataView(event.buffer, event.byteOffset, event.length)
  const number = (offset: number): number => (offset + 4 <= event.length ? view.getUint32(offset, true) : 0)
  const process = (kind: 'began' | 'changed' | 'ended', pid: number, group: number): ProcessEvent =>
    pid === group ? { kind, pid } : { kind: 'other' }
  switch (number(at.what)) {
    case what.acknowledged:
      return ok({ kind: 'acknowledged', errno: number(at.first) })
    case what.fork:
      return ok(process('began', number(at.third), number(at.fourth)))
    case what.exec:
    case what.comm:
      return ok(process('changed', number(at.first), number(at.second)))
    case what.exit:
      return ok(process('ended', number(at.first), number(at.second)))
    default:
      return ok({ kind: 'other' })
  }
}
