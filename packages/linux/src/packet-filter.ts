// Classic BPF: a tiny assembler, and the filter that drops what can't be an advertisement for us before it wakes us.
// Sockets run it in the kernel on each packet, so a flood of foreign packets costs no wake-up.
import { assert, type Family, type IpAddress, ipToBytes, type Mac, macToBytes } from '@havip/base'
import { layout, viewOf } from './layout.ts'
import { addressOf, bytes } from './library.ts'
import { setOption } from './sockets.ts'

/** One instruction: the operation and its operand; jumps name labels. */
export type Instruction =
  | { readonly op: 'load-byte' | 'load-half' | 'load-word'; readonly at: number }
  /** Relative to the index register. */
  | { readonly op: 'load-byte-indexed' | 'load-half-indexed' | 'load-word-indexed'; readonly at: number }
  | { readonly op: 'load-length' }
  /** Index register = 4 × the low four bits of the byte: the length of an IPv4 header. */
  | { readonly op: 'index-from-ipv4-length'; readonly at: number }
  | { readonly op: 'index-from-constant'; readonly value: number }
  | { readonly op: 'subtract-index' }
  | { readonly op: 'and'; readonly value: number }
  /** Go on with the next instruction when it holds, else go to the label. */
  | { readonly op: 'unless-equal' | 'unless-at-least' | 'unless-bits'; readonly value: number; readonly goto: string }
  | { readonly op: 'goto'; readonly label: string }
  | { readonly op: 'label'; readonly name: string }
  | { readonly op: 'accept' | 'drop' }

/** Opcodes of linux/bpf_common.h. */
const code: Readonly<Record<Exclude<Instruction['op'], 'label'>, number>> = {
  'load-byte': 0x30,
  'load-half': 0x28,
  'load-word': 0x20,
  'load-byte-indexed': 0x50,
  'load-half-indexed': 0x48,
  'load-word-indexed': 0x40,
  'load-length': 0x80,
  'index-from-ipv4-length': 0xb1,
  'index-from-constant': 0x01,
  'subtract-index': 0x1c,
  and: 0x54,
  'unless-equal': 0x15,
  'unless-at-least': 0x35,
  'unless-bits': 0x45,
  goto: 0x05,
  accept: 0x06,
  drop: 0x06,
}

const sockFilter = layout('sock_filter', { code: 'uint16_t', jumpTrue: 'uint8_t', jumpFalse: 'uint8_t', operand: 'uint32_t' }, 8)
const sockFprog = layout('sock_fprog', { length: 'uint16_t', filter: 'void *' }, 16)
/** BPF_MAXINSNS. */
const instructionsMax = 4096
/** SKF_NET_OFF: offsets from the network header wherever the packet's data begins. */
const fromNetworkHeader = 0xfff00000
/** SKF_LL_OFF: the same from the link-layer header, and where Ethernet has the sender in it. */
const fromLinkHeader = 0xffe00000
const ethernetSourceAt = 6
/** SKF_AD_OFF + SKF_AD_PKTTYPE; 5 is PACKET_LOOPBACK: our own multicast, handed back. */
const packetType = 0xfffff004
const packetLoopback = 5

/** Length in instructions: a conditional jump to a far label is written as a short hop over a long jump. */
const widthOf = (instruction: Instruction): number => (instruction.op === 'label' ? 0 : instruction.op.startsWith('unless') ? 2 : 1)

/** Turns instructions into the kernel's form. Labels may only be jumped to from before, as the kernel demands. */
export function assembleFilter(program: readonly Instruction[]): Uint8Array {
  const labels = new Map<string, number>()
  let length = 0
  for (const instruction of program) {
    if (instruction.op === 'label') labels.set(instruction.name, length)
    length += widthOf(instruction)
  }
  assert(length > 0 && length <= instructionsMax, `a packet filter of ${length} instructions`)
  const code_ = bytes(length * sockFilter.size)
  const view = viewOf(code_)
  let position = 0
  const emit = (operation: number, operand: number, jumpTrue = 0, jumpFalse = 0): void => {
    const at = position * sockFilter.size
    view.setUint16(at + sockFilter.at.code, operation, true)
    view.setUint8(at + sockFilter.at.jumpTrue, jumpTrue)
    view.setUint8(at + sockFilter.at.jumpFalse, jumpFalse)
    view.setUint32(at + sockFilter.at.operand, operand >>> 0, true)
    position++
  }
  const jumpTo = (label: string): void => {
    const target = labels.get(label)
    assert(target !== undefined && target > position, `packet filter jumps back or nowhere: ${label}`)
    emit(code.goto, target - position - 1)
  }
  for (const instruction of program) {
    switch (instruction.op) {
      case 'label':
        break
      case 'unless-equal':
      case 'unless-at-least':
      case 'unless-bits':
        emit(code[instruction.op], instruction.value, 1, 0)
        jumpTo(instruction.goto)
        break
      case 'goto':
        jumpTo(instruction.label)
        break
      case 'accept':
        emit(code.accept, 0xffffffff)
        break
      case 'drop':
        emit(code.drop, 0)
        break
      case 'load-length':
      case 'subtract-index':
        emit(code[instruction.op], 0)
        break
      case 'index-from-constant':
      case 'and':
        emit(code[instruction.op], instruction.value)
        break
      default:
        emit(code[instruction.op], instruction.at)
    }
  }
  return code_
}

export type PayloadFilter = {
  readonly family: Family
  /** Bytes of payload that an honest packet has at least. */
  readonly lengthMin: number
  /** One byte of the payload must be one of these; undefined: any. */
  readonly byte?: { readonly at: number; readonly values: readonly number[] }
  /** The sender must be one of these; undefined: any. */
  readonly sources?: readonly IpAddress[]
  /** The frame was sent with this MAC; undefined: any. */
  readonly ethernetSource?: Mac
}

/**
 * The filter for a raw IP socket. The kernel shows it IPv4 packets from the IP header on and IPv6 packets from the
 * payload on; addresses are found from the network header in both cases.
 */
export function payloadFilter(want: PayloadFilter): readonly Instruction[] {
  const isIpv4 = want.family === 'ipv4'
  const program: Instruction[] = [
    // Our own multicast that comes back to us is not news.
    { op: 'load-word', at: packetType },
    { op: 'unless-equal', value: packetLoopback, goto: 'not-own' },
    { op: 'drop' },
    { op: 'label', name: 'not-own' },
    isIpv4 ? { op: 'index-from-ipv4-length', at: 0 } : { op: 'index-from-constant', value: 0 },
    { op: 'load-length' },
    { op: 'subtract-index' },
    { op: 'unless-at-least', value: want.lengthMin, goto: 'drop' },
  ]
  if (want.ethernetSource !== undefined) program.push(...ethernetSourceCheck(want.ethernetSource))
  if (want.sources !== undefined) program.push(...sourceChecks(want.sources))
  if (want.byte !== undefined) {
    program.push({ op: 'load-byte-indexed', at: want.byte.at })
    for (const value of want.byte.values) {
      const next = `not ${value}`
      program.push({ op: 'unless-equal', value, goto: next }, { op: 'accept' }, { op: 'label', name: next })
    }
  } else {
    program.push({ op: 'accept' })
  }
  program.push({ op: 'label', name: 'drop' }, { op: 'drop' })
  return program
}

function ethernetSourceCheck(mac: Mac): readonly Instruction[] {
  const view = viewOf(macToBytes(mac))
  const at = fromLinkHeader + ethernetSourceAt
  return [
    { op: 'load-word', at },
    { op: 'unless-equal', value: view.getUint32(0, false), goto: 'drop' },
    { op: 'load-half', at: at + 4 },
    { op: 'unless-equal', value: view.getUint16(4, false), goto: 'drop' },
  ]
}

function sourceChecks(sources: readonly IpAddress[]): Instruction[] {
  const program: Instruction[] = []
  for (const source of sources) {
    const address = ipToBytes(source)
    const view = viewOf(address)
    const sourceAt = address.length === 4 ? 12 : 8
    const next = `not from ${source}`
    for (let i = 0; i < address.length; i += 4) {
      program.push({ op: 'load-word', at: fromNetworkHeader + sourceAt + i })
      program.push({ op: 'unless-equal', value: view.getUint32(i, false), goto: next })
    }
    program.push({ op: 'goto', label: 'source is known' }, { op: 'label', name: next })
  }
  program.push({ op: 'drop' }, { op: 'label', name: 'source is known' })
  return program
}

/** Replaces the socket's filter in one step. Throws SyscallError. */
export function attachFilter(fd: number, program: readonly Instruction[]): void {
  const filter = assembleFilter(program)
  const head = bytes(sockFprog.size)
  const view = viewOf(head)
  view.setUint16(sockFprog.at.length, filter.length / sockFilter.size, true)
  view.setBigUint64(sockFprog.at.filter, addressOf(filter), true)
  setOption(fd, 'SO_ATTACH_FILTER', head)
}
