// The ordered record of what happened: each resource's history, owners, dropped frames, tests, and the audit's lines among them.
import type { WallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'

export const eventKinds = ['resource', 'owner', 'drop', 'test', 'audit'] as const
export type EventKind = (typeof eventKinds)[number]

export type EventRecord = {
  /** Counts up over the whole store, in the order of commits; the same numbers as the audit's. */
  readonly sequence: number
  readonly at: WallTime
  readonly account: AccountId
  readonly kind: EventKind
  /** What it is about; undefined: nothing in particular. `type` as in the API's paths: `havip`, `instance`, `vpc`, … */
  readonly resource: { readonly type: string; readonly id: string } | undefined
  /** One sentence for people. */
  readonly text: string
  /** The same as facts, by name. */
  readonly detail: Readonly<Record<string, string>>
}
export type NewEvent = Omit<EventRecord, 'sequence' | 'kind'> & { readonly kind: Exclude<EventKind, 'audit'> }

export type EventQuery = {
  readonly account?: AccountId | undefined
  /** Undefined: all of them. Lines of the audit are events of kind `audit`. */
  readonly kinds?: readonly EventKind[] | undefined
  /** Id of a resource. */
  readonly resource?: string | undefined
  /** Only later ones, oldest first; or only earlier ones, newest first. */
  readonly range: { readonly after: number } | { readonly before: number }
  readonly limit: number
}

export type AuditQuery = {
  readonly account?: AccountId | undefined
  /** Part of the principal's name. */
  readonly who?: string | undefined
  readonly action?: string | undefined
  /** Id of a resource among those of the line. */
  readonly resource?: string | undefined
  /** `OK`, a code, or `refused` for every code. */
  readonly outcome?: string | undefined
  readonly from?: WallTime | undefined
  readonly to?: WallTime | undefined
  readonly range: { readonly after: number } | { readonly before: number }
  readonly limit: number
}

/** Both styles of range as bounds that are not included. */
export function boundsOf(range: EventQuery['range']): { readonly above: number; readonly below: number; readonly newestFirst: boolean } {
  return 'after' in range
    ? { above: range.after, below: Number.MAX_SAFE_INTEGER, newestFirst: false }
    : { above: -1, below: range.before, newestFirst: true }
}

type AuditLine = {
  readonly sequence: number
  readonly at: WallTime
  readonly account: AccountId
  readonly who: string
  readonly action: string
  readonly resources: string
  readonly outcome: string
  readonly message: string
}

/** A line of the audit as an event. */
export function auditEvent({ sequence, at, account, who, action, resources, outcome, message }: AuditLine): EventRecord {
  const [first] = resources.split(' ')
  const name = who.slice(who.indexOf(':') + 1)
  return {
    sequence,
    at,
    account,
    kind: 'audit',
    resource: first ? { type: typeOfId(first), id: first } : undefined,
    text: outcome === 'OK' ? `${name}: ${action}` : `${name}: ${action} was refused (${outcome}${message === '' ? '' : `: ${message}`})`,
    detail: { principal: who, action, outcome },
  }
}

const typesByPrefix: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  vsw: 'vswitch',
  vtb: 'routetable',
  vrt: 'vrouter',
  i: 'instance',
  eni: 'networkinterface',
  sg: 'securitygroup',
  havip: 'havip',
  eip: 'eip',
  c: 'command',
  t: 'invocation',
  LTAI: 'accesskey',
}

/** The type in an id's prefix; `other` when it has none that is known. */
export function typeOfId(id: string): string {
  const prefix = id.startsWith('LTAI') ? 'LTAI' : id.slice(0, Math.max(0, id.indexOf('-')))
  return Object.hasOwn(typesByPrefix, prefix) ? (typesByPrefix[prefix] as string) : 'other'
}

/** Both in the order asked for, as one list. */
export function mergeEvents(a: readonly EventRecord[], b: readonly EventRecord[], query: EventQuery): readonly EventRecord[] {
  const sign = boundsOf(query.range).newestFirst ? -1 : 1
  return [...a, ...b].sort((x, y) => sign * (x.sequence - y.sequence)).slice(0, query.limit)
}
