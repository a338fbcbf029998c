// Sends events to webhooks: in order, at least once, a few tries with growing pauses, then on with the next.
import { type HmacSha256, type Instant, later, milliseconds, ok, webhookPauseAfter, webhookSignature } from '@havip/base'
import type { Clock, Timer } from '../clock.ts'
import type { EventRecord } from '../events/event.ts'
import type { Vault } from '../identity/ports.ts'
import type { Store } from '../store.ts'
import type { Webhook } from './model.ts'

/** Sends one delivery. Resolves with the HTTP status; rejects when no answer came. Follows no redirect, waits 10 s at most. */
export type Deliver = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<number>

export type DispatcherParts = {
  readonly store: Store
  readonly clock: Clock
  readonly vault: Vault
  readonly deliver: Deliver
  readonly hmacSha256: HmacSha256
  /** Only one of several controllers sends. */
  readonly isLeader: () => boolean
  readonly report?: (event: { readonly webhook: string; readonly error: unknown }) => void
}

const batchMax = 100
const triesMax = 8
/** With several controllers, events of others are looked for so often. */
const lookEveryMs = 1_000

export const eventJson = (event: EventRecord) => ({
  id: event.sequence,
  at: new Date(event.at).toISOString(),
  kind: event.kind,
  ...(event.resource && { resource: event.resource }),
  text: event.text,
  detail: event.detail,
})

export class WebhookDispatcher {
  readonly #parts: DispatcherParts
  readonly #busy = new Map<string, Promise<void>>()
  readonly #notBefore = new Map<string, Instant>()
  #looking: Promise<void> | undefined
  #timer: Timer | undefined
  #isWoken = false
  #isStopped = false

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  start(): void {
    this.wake()
    this.#timer = this.#parts.clock.setTimer(
      later(this.#parts.clock.now(), milliseconds(lookEveryMs)),
      () => this.#isStopped || this.start(),
    )
  }

  /** There may be events, or webhooks. */
  wake(): void {
    this.#isWoken = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#looking
    await Promise.all(this.#busy.values())
  }

  /** For tests: until there is nothing to do now. */
  async idle(): Promise<void> {
    while (this.#looking || this.#busy.size > 0) await Promise.all([this.#looking, ...this.#busy.values()])
  }

  async #look(): Promise<void> {
    const { store, clock, isLeader } = this.#parts
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      if (!isLeader()) return
      const webhooks = await store.read((tx) => tx.find('webhook', {})).catch(() => [])
      const now = clock.now()
      for (const { row } of webhooks) {
        if (this.#busy.has(row.id) || (this.#notBefore.get(row.id) ?? now) > now) continue
        this.#busy.set(
          row.id,
          this.#send(row.id)
            .catch((error: unknown) => this.#parts.report?.({ webhook: row.id, error }))
            .finally(() => this.#busy.delete(row.id)),
        )
      }
    }
  }

  /** Until there is nothing new, or a try failed. */
  async #send(id: string): Promise<void> {
    const { store, clock, vault, deliver, hmacSha256 } = this.#parts
    while (!this.#isStopped) {
      const found = await store.read(async (tx) => {
        const webhook = await tx.get('webhook', id)
        if (!webhook) return undefined
        const { account, kinds, position } = webhook
        return { webhook, events: await tx.events({ account, kinds, range: { after: position }, limit: batchMax }) }
      })
      const last = found?.events.at(-1)
      if (!found || !last) return
      const { webhook, events } = found
      const body = JSON.stringify({ webhook: id, events: events.map(eventJson) })
      const seconds = Math.floor(clock.wallTime() / 1000)
      const headers = {
        'content-type': 'application/json',
        'x-havip-webhook': id,
        'x-havip-signature': webhookSignature(vault.unseal(id, webhook.sealedSecret), seconds, body, hmacSha256),
      }
      const error = await deliver(webhook.url, headers, body).then(
        (status) => (status >= 200 && status < 300 ? undefined : `the answer was ${status}`),
        (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
      )
      if (!(await this.#note(webhook, events.length, last.sequence, error))) return
    }
  }

  /** Writes how it went. True: go on with what comes next. */
  async #note(webhook: Webhook, count: number, position: number, error: string | undefined): Promise<boolean> {
    const { store, clock } = this.#parts
    const failures = webhook.failures + 1
    const isGivenUp = error !== undefined && failures >= triesMax
    const change: Partial<Webhook> =
      error === undefined
        ? { position, failures: 0, lastError: '', deliveredAt: clock.wallTime() }
        : {
            failures: isGivenUp ? 0 : failures,
            lastError: error.slice(0, 256),
            ...(isGivenUp && { position, dropped: webhook.dropped + count }),
          }
    await store.write(async (tx) => {
      const current = await tx.get('webhook', webhook.id)
      return ok(current && (await tx.update('webhook', { ...current, ...change })))
    })
    if (error === undefined || isGivenUp) return true
    this.#notBefore.set(webhook.id, later(clock.now(), milliseconds(webhookPauseAfter(failures))))
    this.#parts.report?.({ webhook: webhook.id, error })
    return false
  }
}
