// One webhook: hears the daemon, keeps what it hears, and brings it to the receiver, batch after batch, in order. A batch is tried until
// it is taken or refused; what comes meanwhile waits here, and when that is full, in the daemon, which waits for nobody.
import { createHmac } from 'node:crypto'
import { webhookPauseAfter, webhookSignature } from '@havip/base'
import type { WebhookEventKind } from '@havip/conf'
import type { WebhookStatus } from '@havip/vrrp-runtime'
import { EventReader } from '../daemon-line.ts'
import { deliver, type Outcome } from './delivery.ts'
import { type Batch, Inbox } from './inbox.ts'
import { emptyMemory, Journal, type Memory } from './journal.ts'
import { readCertificates, readSecret } from './private-text.ts'

export type WebhookOptions = {
  readonly name: string
  readonly url: string
  readonly secretFile?: string
  readonly caFile?: string
  readonly stateFile: string
  readonly events: readonly WebhookEventKind[]
}

export type CourierParts = {
  readonly statusSocket: string
  /** Who sends, for the receiver. */
  readonly node: string
  readonly say: (text: string) => void
  /** Its status may be another. */
  readonly changed: () => void
}

/** With pauses of five minutes that is more than a day. */
const triesMax = 300
/** Another process that has our file is one that ends: an agent before this one. */
const lockedRetryMs = 100
const lockedSayAfter = 50
/** At the end: for what the daemon has told already, and for what can be delivered still. */
const lastWordsMs = 500
const lastDeliveriesMs = 3000

export class Courier {
  readonly #options: WebhookOptions
  readonly #parts: CourierParts
  #journal: Journal | undefined
  #inbox: Inbox | undefined
  #reader: EventReader | undefined
  #state: WebhookStatus['state'] = 'stopped'
  #failures = 0
  #lastError: string | undefined
  #journalFault: string | undefined
  #running: Promise<void> = Promise.resolve()
  #wake: () => void = () => {}
  #isStopping = false

  constructor(options: WebhookOptions, parts: CourierParts) {
    this.#options = options
    this.#parts = parts
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Delivers what is left, if the receiver takes it at once, and keeps the rest. */
  async stop(): Promise<void> {
    await this.#reader?.stop(lastWordsMs)
    this.#isStopping = true
    this.#wake()
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, lastDeliveriesMs)
    await Promise.race([this.#running, late])
    clearTimeout(timer)
    if (this.#inbox) await this.#keep(this.#inbox)
    await this.#journal?.close()
  }

  status(): WebhookStatus {
    const { last, waiting, delivered, refused, dropped } = this.#inbox?.memory ?? emptyMemory
    const error = this.#lastError ?? this.#journalFault
    return {
      name: this.#options.name,
      to: new URL(this.#options.url).origin,
      state: this.#state,
      ...(last && { last }),
      pending: waiting.length,
      delivered,
      refused,
      dropped,
      failures: this.#failures,
      ...(error !== undefined && { lastError: error }),
    }
  }

  async #run(): Promise<void> {
    this.#journal = await this.#openJournal()
    if (!this.#journal || this.#isStopping) return
    const inbox = new Inbox(await this.#remember(this.#journal), this.#options.events)
    this.#inbox = inbox
    const reader = new EventReader(this.#parts.statusSocket, {
      from: () => inbox.position,
      head: (head) => {
        inbox.connected(head, new Date())
        this.#arrived(inbox)
      },
      line: (line) => {
        if (inbox.hear(line, new Date())) this.#arrived(inbox)
        return inbox.hasRoom
      },
    })
    this.#reader = reader
    this.#parts.changed()
    for (;;) {
      const batch = inbox.batch()
      if (batch) await this.#bring(batch, inbox, reader)
      else if (this.#isStopping) return
      else await this.#pause('idle')
      // What did not go at the first try waits for the next process.
      if (this.#isStopping && this.#failures > 0) return
    }
  }

  async #bring(batch: Batch, inbox: Inbox, reader: EventReader): Promise<void> {
    this.#enter('sending')
    const outcome = await this.#try(batch)
    const isGivenUp = outcome.kind === 'failed' && this.#failures + 1 >= triesMax
    if (outcome.kind === 'failed' && !isGivenUp) {
      this.#failed(outcome.why)
      if (!this.#isStopping) await this.#pause('pausing', Math.max(outcome.afterMs ?? 0, jittered(webhookPauseAfter(this.#failures))))
      return
    }
    if (outcome.kind !== 'taken')
      this.#say(`${outcome.why}: ${eventsText(batch)} ${isGivenUp ? 'given up' : 'refused, going on with the next'}`)
    else if (this.#failures > 0) this.#say(`delivers again after ${this.#failures} failures`)
    this.#failures = 0
    this.#lastError = outcome.kind === 'taken' ? undefined : outcome.why
    inbox.settle(batch, outcome.kind === 'taken', new Date())
    // Before the next: whoever is killed now repeats one batch and no more.
    await this.#keep(inbox)
    if (inbox.hasRoom) reader.resume()
    this.#enter('idle')
  }

  async #try({ stream, items }: Batch): Promise<Outcome> {
    const { name, url, secretFile, caFile } = this.#options
    try {
      const secret = secretFile === undefined ? undefined : await readSecret(secretFile).catch(inFile('secret_file'))
      const ca = caFile === undefined ? undefined : await readCertificates(caFile).catch(inFile('ca_file'))
      const body = JSON.stringify({ webhook: name, node: this.#parts.node, stream, events: items })
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'havip',
        'x-havip-webhook': name,
        'x-havip-delivery': `${stream}.${items[0]?.id}-${items.at(-1)?.id}`,
        ...(secret !== undefined && {
          'x-havip-signature': webhookSignature(secret, Math.floor(Date.now() / 1000), body, hmacSha256),
        }),
      }
      return await deliver({ url, headers, body, ca })
    } catch (error) {
      return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Said once for each kind of failure in a row. */
  #failed(why: string): void {
    if (this.#lastError !== why || this.#failures === 0) this.#say(`${why}; trying again, with growing pauses`)
    this.#failures++
    this.#lastError = why
  }

  #arrived(inbox: Inbox): void {
    void this.#keep(inbox)
    if (this.#state === 'idle') this.#wake()
    this.#parts.changed()
  }

  async #keep(inbox: Inbox): Promise<void> {
    try {
      await this.#journal?.write(inbox.memory)
      this.#journalFault = undefined
    } catch (error) {
      const fault = `${this.#options.stateFile}: ${(error as Error).message}`
      if (this.#journalFault === undefined) this.#say(`${fault}: after a restart events may come twice`)
      this.#journalFault = fault
    }
  }

  async #openJournal(): Promise<Journal | undefined> {
    const { stateFile } = this.#options
    for (let tries = 1; !this.#isStopping; tries++) {
      try {
        const journal = await Journal.open(stateFile)
        if (journal) {
          this.#lastError = undefined
          return journal
        }
        this.#lastError = `another process uses ${stateFile}`
        if (tries === lockedSayAfter) this.#say(`${this.#lastError}: give each daemon a state_file of its own; waiting for it`)
        await this.#pause('pausing', lockedRetryMs * Math.ceil(tries / lockedSayAfter))
      } catch (error) {
        this.#failed(`cannot open ${stateFile}: ${(error as Error).message}`)
        await this.#pause('pausing', jittered(webhookPauseAfter(this.#failures)))
      }
    }
    return undefined
  }

  async #remember(journal: Journal): Promise<Memory> {
    this.#failures = 0
    try {
      return await journal.read()
    } catch (error) {
      this.#say(`${this.#options.stateFile} cannot be read (${(error as Error).message}): beginning anew with what the daemon has kept`)
      return emptyMemory
    }
  }

  /** Until something wakes us, at most so long. */
  #pause(state: WebhookStatus['state'], forMs?: number): Promise<void> {
    this.#enter(state)
    return new Promise((resolve) => {
      const timer = forMs === undefined ? undefined : setTimeout(resolve, forMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#isStopping) this.#wake()
    })
  }

  #enter(state: WebhookStatus['state']): void {
    this.#state = state
    this.#parts.changed()
  }

  #say(text: string): void {
    this.#parts.say(`webhook ${this.#options.name}: ${text}`)
  }
}

const inFile =
  (keyword: string) =>
  (error: Error): never => {
    throw new Error(`${keyword}: ${error.message}`)
  }

const hmacSha256 = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')

/** Between half of it and all of it, so that many nodes that lost the same receiver do not come back at once. */
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2)

const eventsText = ({ items }: Batch): string =>
  items.length === 1 ? `event ${items[0]?.id} is` : `events ${items[0]?.id} to ${items.at(-1)?.id} are`
