// One row of the action table: everything that callers, the reference page and the policy need to know of an action.
import type { Result, WallTime } from '@havip/base'
import type { AccountId, ApiFault, DropFact, EipFact, FaultCode, InstanceId } from '@havip/vpc'
import type {
  AuditQuery,
  AuditRecord,
  Caller,
  EventQuery,
  EventRecord,
  IdentityService,
  VpcService,
  WebhookService,
} from '@havip/vpc-service'
import type { Identity } from './authenticate.ts'
import type { Input, Shape } from './parameter.ts'

/** The products whose actions are served, by the version that chooses each. */
export const versions = {
  vpc: '2016-04-28',
  ecs: '2014-05-26',
  quotas: '2020-05-10',
  location: '2015-06-12',
  sts: '2015-04-01',
  havip: '2026-11-22',
} as const
export type Product = keyof typeof versions

/**
 * What a caller must be allowed to: look, change resources, or decide over the whole installation. `self`: what everybody may do
 * about oneself, but for temporary credentials.
 */
export type Level = 'read' | 'write' | 'administer' | 'self'

/** A JSON object: what an action answers besides RequestId. */
export type Body = Readonly<Record<string, unknown>>

/** What actions need besides the service: facts of the plane, and a way into an instance. */
export type ActionPorts = {
  readonly drops: () => Promise<readonly DropFact[]>
  readonly eipCounters: () => Promise<readonly EipFact[]>
  /** Makes a token that opens one terminal in this instance, once, within a minute. */
  readonly offerShell: (offer: { readonly instance: InstanceId; readonly account: AccountId; readonly who: string }) => {
    readonly token: string
    readonly expiresAt: WallTime
  }
  readonly access: IdentityService
  readonly webhooks: WebhookService
  readonly history: History
}

/** What happened, read from the store. */
export type History = {
  events(query: EventQuery): Promise<readonly EventRecord[]>
  searchAudit(query: AuditQuery): Promise<readonly AuditRecord[]>
}

export type ActionContext = {
  readonly service: VpcService
  readonly caller: Caller
  readonly identity: Identity
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly ports: ActionPorts
  /** Host and port as the caller addressed them. */
  readonly endpoint: string
}

type Run<S extends Shape> = (input: Input<S>, context: ActionContext) => Promise<Result<Body, ApiFault>>

export type Definition<S extends Shape> = {
  readonly product: Product
  /** Other spellings of other products are rows of their own. */
  readonly name: string
  readonly level: Level
  /** One sentence. */
  readonly doc: string
  readonly parameters: S
  /** Its own faults; those that every action can answer with are not repeated. */
  readonly errors: readonly FaultCode[]
  readonly run: Run<S>
}

export type Action = Omit<Definition<Shape>, 'run'> & {
  readonly run: (input: never, context: ActionContext) => Promise<Result<Body, ApiFault>>
}

/** Ties the handler's input to the parameters' types. */
export const action = <const S extends Shape>(definition: Definition<S>): Action => definition as unknown as Action

/** The right a policy names: `vpc:CreateHaVip`. */
export const permissionOf = (one: Pick<Action, 'product' | 'name'>): string => `${one.product}:${one.name}`
