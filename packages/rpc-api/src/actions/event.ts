// What happened: events of resources, the audit, and webhooks that are told of them.
import { fail, ok, type Result, type WallTime, wallTime } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import {
  type AuditQuery,
  type AuditRecord,
  type EventKind,
  type EventQuery,
  type EventRecord,
  eventKinds,
  type Webhook,
} from '@havip/vpc-service'
import { type Action, type ActionContext, action, type Body } from '../action.ts'
import { answer, done, formatOptionalTime, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { clamped, integer, required, text, texts } from '../parameter.ts'
import { checkPermission, checkResources, factsOf } from '../policy.ts'
import { parseTimestamp } from '../signature.ts'

const sequence = (doc: string) => integer(doc, 0, Number.MAX_SAFE_INTEGER)
const rangeParameters = {
  After: sequence('Only later ones, oldest first.'),
  Before: sequence('Only earlier ones, newest first. Without After and Before: the newest first.'),
  MaxResults: clamped('At most this many, 1 to 1000, 100 when left out.', 1, 1000),
}
const rangeOf = (input: { readonly After?: number | undefined; readonly Before?: number | undefined }): EventQuery['range'] =>
  input.After === undefined ? { before: input.Before ?? Number.MAX_SAFE_INTEGER } : { after: input.After }

export const eventOf = (event: EventRecord): Body => ({
  Id: event.sequence,
  Time: new Date(event.at).toISOString(),
  Kind: event.kind,
  ResourceType: event.resource?.type ?? '',
  ResourceId: event.resource?.id ?? '',
  Text: event.text,
  Detail: event.detail,
})

export const auditOf = (record: AuditRecord): Body => ({
  Sequence: record.sequence,
  Time: formatTime(record.at),
  AccountId: record.account,
  Principal: record.who,
  SourceAddress: record.from,
  RequestId: record.requestId,
  Action: record.action,
  Resources: record.resources,
  Outcome: record.outcome,
  Message: record.message,
  Input: record.input,
})

const webhookOf = (webhook: Webhook): Body => ({
  WebhookId: webhook.id,
  Url: webhook.url,
  Kinds: webhook.kinds,
  CreateTime: formatTime(webhook.createdAt),
  DeliverTime: formatOptionalTime(webhook.deliveredAt),
  Position: webhook.position,
  Failures: webhook.failures,
  LastError: webhook.lastError,
  Dropped: webhook.dropped,
})

/** The right to the audit is another one than to events. */
export const auditAction = { product: 'havip', name: 'DescribeAuditEvents', level: 'administer' } as const
export const eventAction = { product: 'havip', name: 'DescribeEvents', level: 'read' } as const

/** The kinds the caller may see. */
export function visibleKinds({ identity, nowMs }: Pick<ActionContext, 'identity' | 'nowMs'>, from: string): readonly EventKind[] {
  const mayAudit =
    checkPermission(identity, auditAction) === undefined &&
    checkResources(identity, auditAction, [`acs:havip::${identity.account}:*`], factsOf(identity, from, nowMs)) === undefined
  return mayAudit ? eventKinds : eventKinds.filter((kind) => kind !== 'audit')
}

const auditParameters = {
  ...rangeParameters,
  // `Action` chooses what is called.
  ActionName: text('Only this action.', 128),
  Principal: text('Only those whose key or user name holds this.', 128),
  ResourceId: text('Only those about this resource.', 64),
  Outcome: text('OK, a code, or refused for every refusal.', 128),
  StartTime: text('Not before: 2026-01-15T08:30:00Z.', 64),
  EndTime: text('Only before: 2026-01-15T08:30:00Z.', 64),
}

type AuditInput = {
  readonly After?: number | undefined
  readonly Before?: number | undefined
  readonly MaxResults?: number | undefined
} & { readonly [K in 'ActionName' | 'Principal' | 'ResourceId' | 'Outcome' | 'StartTime' | 'EndTime']?: string | undefined }

export function auditQueryOf(input: AuditInput, limit: number): Result<AuditQuery, ApiFault> {
  const from = readTime('StartTime', input.StartTime)
  if (!from.ok) return from
  const to = readTime('EndTime', input.EndTime)
  if (!to.ok) return to
  return ok({
    who: input.Principal,
    action: input.ActionName,
    resource: input.ResourceId,
    outcome: input.Outcome,
    from: from.value,
    to: to.value,
    range: rangeOf(input),
    limit,
  })
}

function readTime(name: string, given: string | undefined): Result<WallTime | undefined, ApiFault> {
  if (given === undefined) return ok(undefined)
  const at = parseTimestamp(given)
  return at === undefined ? fail(apiFault('InvalidParameter', { name, reason: 'it has the form 2026-01-15T08:30:00Z' })) : ok(wallTime(at))
}

export const eventActions: readonly Action[] = [
  action({
    ...eventAction,
    doc: 'Lists what happened: changes of resources, of owners, dropped frames, tests; for those who may, the audit among it.',
    parameters: {
      ...rangeParameters,
      ResourceId: text('Only those about this resource.', 64),
      Kind: texts('Only these kinds: resource, owner, drop, test, audit.', 5),
    },
    errors: ['InvalidParameter'],
    run: async (input, context) => {
      const unknown = input.Kind?.find((kind) => !(eventKinds as readonly string[]).includes(kind))
      if (unknown !== undefined) {
        return fail(apiFault('InvalidParameter', { name: 'Kind', reason: `each is one of ${eventKinds.join(', ')}` }))
      }
      const kinds = visibleKinds(context, context.caller.from).filter((kind) => input.Kind === undefined || input.Kind.includes(kind))
      const { account } = context.caller
      const query: EventQuery = { account, kinds, resource: input.ResourceId, range: rangeOf(input), limit: input.MaxResults ?? 100 }
      const events = await context.ports.history.events(query)
      return ok({ Events: events.map(eventOf), LastId: events.at(-1)?.sequence ?? input.After ?? input.Before ?? 0 })
    },
  }),
  action({
    ...auditAction,
    doc: 'Lists every write and every refusal, oldest first; with Before, newest first.',
    parameters: auditParameters,
    errors: ['InvalidParameter'],
    run: async (input, { ports }) => {
      const query = auditQueryOf(input.Before === undefined ? { ...input, After: input.After ?? 0 } : input, input.MaxResults ?? 100)
      if (!query.ok) return query
      const records = await ports.history.searchAudit(query.value)
      return ok({ AuditEvents: records.map(auditOf), LastSequence: records.at(-1)?.sequence ?? input.After ?? 0 })
    },
  }),
  action({
    product: 'havip',
    name: 'CreateWebhook',
    level: 'administer',
    doc: 'Has events sent to a URL, signed with a secret that is told here and never again.',
    parameters: {
      Url: required(text('http:// or https://.', 1024)),
      Kind: texts('Kinds of events; all but the audit’s when left out.', 5),
    },
    errors: ['LimitExceeded.Webhook', 'InvalidParameter'],
    run: (input, { ports, caller }) =>
      answer(ports.webhooks.createWebhook(caller, { url: input.Url, kinds: input.Kind }), ({ webhook, secret }) => ({
        Webhook: webhookOf(webhook),
        Secret: secret,
      })),
  }),
  action({
    product: 'havip',
    name: 'DeleteWebhook',
    level: 'administer',
    doc: 'Has events sent there no longer.',
    parameters: { WebhookId: required(text('The webhook.', 64)) },
    errors: ['EntityNotExist.Webhook'],
    run: (input, { ports, caller }) => done(ports.webhooks.deleteWebhook(caller, { webhook: input.WebhookId })),
  }),
  action({
    product: 'havip',
    name: 'DescribeWebhooks',
    level: 'administer',
    doc: 'Lists webhooks with how deliveries went.',
    parameters: pageParameters(100),
    errors: [],
    run: (input, { ports, caller }) => {
      const paging = pageOf(input)
      return answer(ports.webhooks.listWebhooks(caller, { paging }), (page) => ({
        ...pageNumbers(page, paging),
        Webhooks: page.items.map(webhookOf),
      }))
    },
  }),
]
