// AgentX (RFC 2741): what a sub-agent and the SNMP master agent say to each other over a stream, version 1.
import { fail, ok, type Result } from '@havip/base'
import { type AgentxPdu, agentxNumber, agentxPduName, type SearchRange, type VarBind } from './agentx-pdu.ts'
import { AgentxReader, AgentxShort, AgentxWriter } from './agentx-values.ts'

/** Bytes. */
export const agentxHeadBytes = 20
/** Nobody asks or answers more at once; a stream that claims more is none of AgentX. */
export const agentxPayloadMax = 1024 * 1024
const version = 1
const flag = { nonDefaultContext: 0x08, networkByteOrder: 0x10 } as const
/** A subtree beginning with 1.3.6.1 may be told by its next number alone (§5.1); we write it in full. */
const nothing = new Uint8Array()

export type AgentxHead = { readonly session: number; readonly transaction: number; readonly packet: number }
export type AgentxMessage = { readonly head: AgentxHead; readonly pdu: AgentxPdu }
export type AgentxFault =
  | { readonly kind: 'wrong-version'; readonly version: number }
  | { readonly kind: 'wrong-type'; readonly type: number }
  | { readonly kind: 'too-long'; readonly claimed: number }
  | { readonly kind: 'malformed'; readonly detail: string }

/** How long the message is that begins here; undefined until its head is there. */
export function agentxLength(bytes: Uint8Array): Result<number | undefined, AgentxFault> {
  if (bytes.length < agentxHeadBytes) return ok(undefined)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (bytes[0] !== version) return fail({ kind: 'wrong-version', version: bytes[0] as number })
  const length = view.getUint32(16, !isNetworkOrder(bytes))
  return length > agentxPayloadMax ? fail({ kind: 'too-long', claimed: length }) : ok(agentxHeadBytes + length)
}

const isNetworkOrder = (bytes: Uint8Array): boolean => ((bytes[2] as number) & flag.networkByteOrder) !== 0

/** In network byte order, in the default context. */
export function encodeAgentx({ head, pdu }: AgentxMessage): Uint8Array {
  const payload = new AgentxWriter()
  writePdu(pdu, payload)
  const body = payload.bytes()
  const bytes = new Uint8Array(agentxHeadBytes + body.length)
  const view = new DataView(bytes.buffer)
  bytes.set([version, agentxNumber[pdu.kind], flag.networkByteOrder, 0])
  view.setUint32(4, head.session)
  view.setUint32(8, head.transaction)
  view.setUint32(12, head.packet)
  view.setUint32(16, body.length)
  bytes.set(body, agentxHeadBytes)
  return bytes
}

/** @param bytes one message, as long as `agentxLength` says; what it carries is copied. Never throws. */
export function decodeAgentx(bytes: Uint8Array): Result<AgentxMessage, AgentxFault> {
  const length = agentxLength(bytes)
  if (!length.ok) return length
  if (length.value !== bytes.length)
    return fail({ kind: 'malformed', detail: `${bytes.length} bytes of ${length.value ?? agentxHeadBytes}` })
  const kind = agentxPduName(bytes[1] as number)
  if (kind === undefined) return fail({ kind: 'wrong-type', type: bytes[1] as number })
  const isLittle = !isNetworkOrder(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const head = { session: view.getUint32(4, isLittle), transaction: view.getUint32(8, isLittle), packet: view.getUint32(12, isLittle) }
  const reader = new AgentxReader(bytes.subarray(agentxHeadBytes), isLittle)
  try {
    const isOther = ((bytes[2] as number) & flag.nonDefaultContext) !== 0
    const context = isOther ? { context: reader.octets() } : {}
    return ok({ head, pdu: { ...readPdu(kind, reader), ...context } as AgentxPdu })
  } catch (error) {
    if (error instanceof AgentxShort) return fail({ kind: 'malformed', detail: error.message })
    throw error
  }
}

function writePdu(pdu: AgentxPdu, to: AgentxWriter): void {
  switch (pdu.kind) {
    case 'open':
      to.word8(pdu.timeout, 0, 0, 0)
      to.oid(pdu.id)
      to.octets(pdu.description)
      break
    case 'close':
      to.word8(pdu.reason, 0, 0, 0)
      break
    case 'register':
    case 'unregister':
      to.word8(pdu.kind === 'register' ? pdu.timeout : 0, pdu.priority, 0, 0)
      to.oid(pdu.subtree)
      break
    case 'get':
    case 'get-next':
      writeRanges(pdu.ranges, to)
      break
    case 'get-bulk':
      to.word16(pdu.nonRepeaters, pdu.maxRepetitions)
      writeRanges(pdu.ranges, to)
      break
    case 'test-set':
    case 'notify':
      writeBinds(pdu.binds, to)
      break
    case 'commit-set':
    case 'undo-set':
    case 'cleanup-set':
    case 'ping':
      break
    case 'response':
      to.word32(pdu.upTime)
      to.word16(pdu.error, pdu.index)
      writeBinds(pdu.binds, to)
      break
  }
}

const writeRanges = (ranges: readonly SearchRange[], to: AgentxWriter): void => {
  for (const { start, isIncluded, end } of ranges) {
    to.oid(start, isIncluded)
    to.oid(end)
  }
}
const writeBinds = (binds: readonly VarBind[], to: AgentxWriter): void => {
  for (const { name, value } of binds) to.bind(name, value)
}

function readPdu(kind: AgentxPdu['kind'], from: AgentxReader): AgentxPdu {
  switch (kind) {
    case 'open': {
      const [timeout] = from.word8()
      return { kind, timeout, id: from.oid().oid, description: from.octets() }
    }
    case 'close': {
      const [reason] = from.word8()
      return { kind, reason }
    }
    case 'register': {
      const [timeout, priority, rangeAt] = from.word8()
      if (rangeAt !== 0) throw new AgentxShort('a range of subtrees')
      return { kind, timeout, priority, subtree: from.oid().oid }
    }
    case 'unregister': {
      const [, priority, rangeAt] = from.word8()
      if (rangeAt !== 0) throw new AgentxShort('a range of subtrees')
      return { kind, priority, subtree: from.oid().oid }
    }
    case 'get':
    case 'get-next':
      return { kind, ranges: readRanges(from) }
    case 'get-bulk': {
      const [nonRepeaters, maxRepetitions] = from.word16()
      return { kind, nonRepeaters, maxRepetitions, ranges: readRanges(from) }
    }
    case 'test-set':
    case 'notify':
      return { kind, binds: readBinds(from) }
    case 'commit-set':
    case 'undo-set':
    case 'cleanup-set':
    case 'ping':
      return { kind }
    case 'response': {
      const upTime = from.word32()
      const [error, index] = from.word16()
      return { kind, upTime, error, index, binds: readBinds(from) }
    }
  }
}

function readRanges(from: AgentxReader): readonly SearchRange[] {
  const ranges: SearchRange[] = []
  while (from.left > 0) {
    const { oid: start, isIncluded } = from.oid()
    ranges.push({ start, isIncluded, end: from.oid().oid })
  }
  return ranges
}

function readBinds(from: AgentxReader): readonly VarBind[] {
  const binds: VarBind[] = []
  while (from.left > 0) binds.push(from.bind())
  return binds
}

/** Text as AgentX carries it. */
export const agentxText = (text: string): Uint8Array => (text === '' ? nothing : new TextEncoder().encode(text))
