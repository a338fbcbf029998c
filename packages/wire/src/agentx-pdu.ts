// The messages of AgentX (RFC 2741 §6.2) and the values that they carry (§5.4).
import type { Oid } from './oid.ts'

export type AgentxValue =
  /** -2^31 to 2^31 - 1. */
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'octets' | 'opaque'; readonly bytes: Uint8Array }
  | { readonly kind: 'null' }
  | { readonly kind: 'oid'; readonly oid: Oid }
  /** Four bytes. */
  | { readonly kind: 'ip-address'; readonly bytes: Uint8Array }
  /** 0 to 2^32 - 1; ticks are hundredths of a second. */
  | { readonly kind: 'counter32' | 'gauge32' | 'ticks'; readonly value: number }
  | { readonly kind: 'counter64'; readonly value: bigint }
  | { readonly kind: 'no-such-object' | 'no-such-instance' | 'end-of-view' }

export const agentxValueType = {
  integer: 2,
  octets: 4,
  null: 5,
  oid: 6,
  'ip-address': 64,
  counter32: 65,
  gauge32: 66,
  ticks: 67,
  opaque: 68,
  counter64: 70,
  'no-such-object': 128,
  'no-such-instance': 129,
  'end-of-view': 130,
} as const satisfies Readonly<Record<AgentxValue['kind'], number>>

export type VarBind = { readonly name: Oid; readonly value: AgentxValue }
/** `end` is not in it; an empty one is no bound. */
export type SearchRange = { readonly start: Oid; readonly isIncluded: boolean; readonly end: Oid }

/** `context` is there when it is not the default one (§6.1.1). */
type InContext = { readonly context?: Uint8Array }

export type AgentxPdu = InContext &
  (
    | {
        readonly kind: 'open'
        /** Seconds the master waits for us; 0 leaves that to it. */
        readonly timeout: number
        readonly id: Oid
        readonly description: Uint8Array
      }
    | { readonly kind: 'close'; readonly reason: number }
    | { readonly kind: 'register'; readonly timeout: number; readonly priority: number; readonly subtree: Oid }
    | { readonly kind: 'unregister'; readonly priority: number; readonly subtree: Oid }
    | { readonly kind: 'get' | 'get-next'; readonly ranges: readonly SearchRange[] }
    | {
        readonly kind: 'get-bulk'
        readonly nonRepeaters: number
        readonly maxRepetitions: number
        readonly ranges: readonly SearchRange[]
      }
    | { readonly kind: 'test-set' | 'notify'; readonly binds: readonly VarBind[] }
    | { readonly kind: 'commit-set' | 'undo-set' | 'cleanup-set' | 'ping' }
    | {
        readonly kind: 'response'
        /** Of the master, in hundredths of a second; a sub-agent says 0. */
        readonly upTime: number
        /** 0, or one of `agentxError`. */
        readonly error: number
        /** Which of the variables it is about, counted from 1. */
        readonly index: number
        readonly binds: readonly VarBind[]
      }
  )

/** h.type */
export const agentxNumber = {
  open: 1,
  close: 2,
  register: 3,
  unregister: 4,
  get: 5,
  'get-next': 6,
  'get-bulk': 7,
  'test-set': 8,
  'commit-set': 9,
  'undo-set': 10,
  'cleanup-set': 11,
  notify: 12,
  ping: 13,
  response: 18,
} as const satisfies Readonly<Record<AgentxPdu['kind'], number>>

const names = new Map(Object.entries(agentxNumber).map(([name, number]) => [number as number, name as AgentxPdu['kind']]))
export const agentxPduName = (type: number): AgentxPdu['kind'] | undefined => names.get(type)

/** res.error: those of SNMPv2 (RFC 3416 §3), and of AgentX from 256 on. */
export const agentxError = {
  none: 0,
  general: 5,
  noAccess: 6,
  wrongType: 7,
  wrongValue: 10,
  commitFailed: 14,
  undoFailed: 15,
  notWritable: 17,
  openFailed: 256,
  unsupportedContext: 262,
  duplicateRegistration: 263,
  parseError: 266,
  requestDenied: 267,
  processingError: 268,
} as const

/** c.reason */
export const agentxCloseReason = { other: 1, parseError: 2, protocolError: 3, timeouts: 4, shutdown: 5, byManager: 6 } as const
