// Webhooks: made and removed by an administrator. The secret that signs deliveries is told once.
import { fail, ok, type Result, webhookUrl } from '@havip/base'
import { type ApiFault, apiFault, randomText } from '@havip/vpc'
import type { Clock, Entropy } from '../clock.ts'
import { type EventKind, eventKinds } from '../events/event.ts'
import { secretText } from '../identity/parts.ts'
import type { Vault } from '../identity/ports.ts'
import type { Answer, Caller, Page, Paging } from '../service.ts'
import type { Store } from '../store.ts'
import { mutate, page } from '../use-cases/parts.ts'
import type { Webhook } from './model.ts'

const webhooksMax = 20

export type WebhookService = {
  createWebhook(caller: Caller, input: { url: string; kinds?: readonly string[] | undefined }): Answer<{ webhook: Webhook; secret: string }>
  deleteWebhook(caller: Caller, input: { webhook: string }): Answer<void>
  listWebhooks(caller: Caller, input: { paging: Paging }): Answer<Page<Webhook>>
}
export type WebhookParts = {
  readonly store: Store
  readonly clock: Clock
  readonly entropy: Entropy
  readonly vault: Vault
  /** Told after each write. */
  readonly changed: () => void
}

export function createWebhookService(parts: WebhookParts): WebhookService {
  return {
    createWebhook: (caller, input) => createWebhook(parts, caller, input),
    deleteWebhook: (caller, input) =>
      mutate(parts, caller, 'DeleteWebhook', input, async ({ tx, note }) => {
        note(input.webhook)
        const row = await tx.get('webhook', input.webhook)
        if (!row || row.account !== caller.account) return fail(apiFault('EntityNotExist.Webhook', { id: input.webhook.slice(0, 64) }))
        return ok(await tx.remove('webhook', row.id))
      }),
    listWebhooks: (caller, { paging }) => parts.store.read((tx) => page(tx, 'webhook', { is: { account: caller.account } }, paging)),
  }
}

async function createWebhook(
  parts: WebhookParts,
  caller: Caller,
  input: { url: string; kinds?: readonly string[] | undefined },
): Answer<{ webhook: Webhook; secret: string }> {
  const url = readUrl(input.url)
  if (!url.ok) return url
  const kinds = readKinds(input.kinds)
  if (!kinds.ok) return kinds
  const secret = secretText(parts.entropy)
  // No ClientToken: the answer kept with it would hold the secret.
  return mutate(
    parts,
    { ...caller, clientToken: undefined },
    'CreateWebhook',
    { url: url.value, kinds: kinds.value },
    async ({ tx, note }) => {
      if ((await tx.count('webhook', { is: { account: caller.account } })) >= webhooksMax)
        return fail(apiFault('LimitExceeded.Webhook', { max: webhooksMax }))
      const id = `wh-${randomText(20, parts.entropy)}`
      note(id)
      const [last] = await tx.events({ range: { before: Number.MAX_SAFE_INTEGER }, limit: 1 })
      const webhook: Webhook = {
        id,
        account: caller.account,
        createdAt: parts.clock.wallTime(),
        url: url.value,
        sealedSecret: parts.vault.seal(id, secret),
        kinds: kinds.value,
        position: last?.sequence ?? 0,
        failures: 0,
        lastError: '',
        deliveredAt: undefined,
        dropped: 0,
      }
      await tx.insert('webhook', webhook)
      return ok({ webhook, secret })
    },
  )
}

function readUrl(text: string): Result<string, ApiFault> {
  const url = webhookUrl(text)
  return url.ok ? url : fail(apiFault('InvalidParameter', { name: 'Url', reason: url.fault }))
}

function readKinds(given: readonly string[] | undefined): Result<readonly EventKind[], ApiFault> {
  if (given === undefined || given.length === 0) return ok(eventKinds.filter((kind) => kind !== 'audit'))
  const unknown = given.find((kind) => !(eventKinds as readonly string[]).includes(kind))
  return unknown === undefined
    ? ok(eventKinds.filter((kind) => given.includes(kind)))
    : fail(apiFault('InvalidParameter', { name: 'Kind', reason: `each is one of ${eventKinds.join(', ')}` }))
}
