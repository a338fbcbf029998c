// A session with the SNMP master agent (RFC 2741 §7): registers our subtrees, answers its questions one after the other, tells it
// notifications, and begins anew whenever the master is gone.
import {
  type AgentxHead,
  type AgentxPdu,
  agentxCloseReason,
  agentxError,
  agentxLength,
  agentxText,
  decodeAgentx,
  encodeAgentx,
  type Oid,
  oidText,
  type VarBind,
} from '@havip/wire'
import type { Changes } from './changes.ts'
import { connectTo, type Link } from './link.ts'
import type { MasterPlace } from './master-place.ts'
import type { MibView } from './mib.ts'

export type Served = {
  /** Not older than a second. @throws Error when the daemon does not answer */
  view(): Promise<MibView>
  readonly changes: Changes
}

export type SessionOptions = {
  readonly place: MasterPlace
  /** As it was written. */
  readonly placeText: string
  readonly subtrees: readonly Oid[]
  readonly say: (text: string) => void
}

type Response = Extract<AgentxPdu, { kind: 'response' }>

/** Seconds that the master waits for an answer of ours. */
const answerWithin = 5
const priority = 127
const retryFirstMs = 1000
const retryMaxMs = 15_000
/** A master that is silent for this long is asked whether it is there. */
const quietMs = 15_000
const answerWithinMs = 10_000
/** Questions that wait for their turn; a master that asks more does not wait for answers. */
const questionsMax = 256
/** Notifications that wait for a master, and for how long they are news. */
const notificationsMax = 4096
const newsForMs = 60_000
/** Answers that the master has not read. */
const unreadBytesMax = 16 * 1024 * 1024
const repetitionsMax = 1000

export class AgentxSession {
  readonly #served: Served
  readonly #options: SessionOptions
  #link: Link | undefined
  #received: Uint8Array = new Uint8Array()
  #session = 0
  #packet = 0
  #isOpen = false
  #isClosed = false
  #retryMs = retryFirstMs
  #timer: NodeJS.Timeout | undefined
  #watcher: NodeJS.Timeout | undefined
  #heardAt = 0
  readonly #awaited = new Map<number, { readonly resolve: (answer: Response) => void; readonly timer: NodeJS.Timeout }>()
  #questions = 0
  #working: Promise<void> = Promise.resolve()
  #notifications: { readonly binds: readonly VarBind[]; readonly at: number }[] = []
  #dropped = 0
  /** Until all that were told are answered. */
  #notifying: Promise<void> = Promise.resolve()
  #saidMissing = false

  constructor(served: Served, options: SessionOptions) {
    this.#served = served
    this.#options = options
    this.#connect()
  }

  /** Sent at once, or as soon as there is a master within the next minute. */
  notify(binds: readonly VarBind[]): void {
    if (this.#notifications.length >= notificationsMax) this.#dropped++
    else this.#notifications.push({ binds, at: Date.now() })
    this.#tellNotifications()
  }

  /** Takes leave of the master, once it has taken what it was told. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#notifying
    clearTimeout(this.#timer)
    if (this.#isOpen) this.#send({ kind: 'close', reason: agentxCloseReason.shutdown })
    this.#link?.end()
  }

  // --- the connection --------------------------------------------------------------------------------------------

  #connect(): void {
    this.#received = new Uint8Array()
    this.#link = connectTo(this.#options.place, {
      connected: (link) => void this.#begin(link),
      heard: (link, bytes) => this.#hear(link, bytes),
      closed: (_, why) => this.#lost(why),
    })
  }

  #lost(why: string): void {
    const { say, placeText } = this.#options
    const wasOpen = this.#isOpen
    this.#isOpen = false
    clearInterval(this.#watcher)
    this.#served.changes.forgetAll()
    for (const { timer, resolve } of this.#awaited.values()) {
      clearTimeout(timer)
      resolve(failed)
    }
    this.#awaited.clear()
    if (this.#isClosed) return
    if (wasOpen) say(`SNMP: the master agent at ${placeText} is gone (${why}): waiting for it`)
    else if (!this.#saidMissing) {
      say(`SNMP: no master agent at ${placeText} (${why}): is snmpd running, with 'master agentx' and this agentXSocket? Waiting for it`)
    }
    this.#saidMissing = true
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, retryMaxMs)
  }

  async #begin(link: Link): Promise<void> {
    const { say, placeText, subtrees } = this.#options
    const opened = await this.#request({ kind: 'open', timeout: answerWithin, id: [], description: agentxText('havipd') })
    if (opened.error !== agentxError.none) {
      if (opened === failed) say(`SNMP: what is at ${placeText} does not answer`)
      else say(`SNMP: the master agent at ${placeText} refuses a session (error ${opened.error})`)
      link.destroy()
      return
    }
    const taken: Oid[] = []
    for (const subtree of subtrees) {
      const { error } = await this.#request({ kind: 'register', timeout: answerWithin, priority, subtree })
      if (error !== agentxError.none) taken.push(subtree)
    }
    if (link.isClosed || link !== this.#link) return
    this.#isOpen = true
    this.#saidMissing = false
    this.#retryMs = retryFirstMs
    say(`SNMP: connected to the master agent at ${placeText}`)
    if (taken.length > 0)
      say(`SNMP: the master agent did not give us ${taken.map(oidText).join(', ')}: does another sub-agent, perhaps keepalived, have it?`)
    this.#tellNotifications()
    this.#watch(link)
  }

  /** A master that vanished without a word. */
  #watch(link: Link): void {
    this.#watcher = setInterval(async () => {
      if (Date.now() - this.#heardAt < quietMs) return
      const { error } = await this.#request({ kind: 'ping' })
      if (error !== agentxError.none) link.destroy()
    }, quietMs)
  }

  #hear(link: Link, bytes: Uint8Array): void {
    this.#heardAt = Date.now()
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    for (;;) {
      const length = agentxLength(this.#received)
      if (!length.ok) {
        this.#options.say(`SNMP: what answers at ${this.#options.placeText} is no AgentX master (${length.fault.kind})`)
        link.destroy()
        return
      }
      if (length.value === undefined || this.#received.length < length.value) {
        // Half a message in a datagram stays one.
        if (!link.isStream) this.#received = new Uint8Array()
        return
      }
      const message = decodeAgentx(this.#received.subarray(0, length.value))
      this.#received = this.#received.subarray(length.value)
      if (!message.ok) {
        this.#options.say(`SNMP: a message that cannot be read from the master agent: ${JSON.stringify(message.fault)}`)
        link.destroy()
        return
      }
      this.#take(link, message.value.head, message.value.pdu)
    }
  }

  #send(pdu: AgentxPdu, head?: AgentxHead): void {
    const link = this.#link
    if (!link || link.isClosed) return
    link.write(encodeAgentx({ head: head ?? { session: this.#session, transaction: 0, packet: 0 }, pdu }))
    if (link.unread() > unreadBytesMax) link.destroy()
  }

  #request(pdu: AgentxPdu): Promise<Response> {
    const packet = ++this.#packet
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#awaited.delete(packet)
        resolve(failed)
      }, answerWithinMs)
      this.#awaited.set(packet, { resolve, timer })
      this.#send(pdu, { session: pdu.kind === 'open' ? 0 : this.#session, transaction: packet, packet })
    })
  }

  // --- what the master says --------------------------------------------------------------------------------------

  #take(link: Link, head: AgentxHead, pdu: AgentxPdu): void {
    if (pdu.kind === 'response') {
      const awaited = this.#awaited.get(head.packet)
      if (!awaited) return
      this.#awaited.delete(head.packet)
      clearTimeout(awaited.timer)
      if (!this.#isOpen && pdu.error === agentxError.none) this.#session = head.session
      awaited.resolve(pdu)
      return
    }
    if (pdu.kind === 'close' || this.#questions >= questionsMax) {
      link.destroy()
      return
    }
    this.#questions++
    this.#working = this.#working
      .then(() => this.#answer(head, pdu))
      .then((answer) => {
        if (answer && link === this.#link) this.#send(answer, head)
      })
      .finally(() => this.#questions--)
  }

  /** Undefined: nothing is said to it. Never rejects. */
  async #answer(head: AgentxHead, pdu: Exclude<AgentxPdu, Response>): Promise<Response | undefined> {
    if (pdu.context !== undefined) return response(agentxError.unsupportedContext)
    const { changes } = this.#served
    try {
      switch (pdu.kind) {
        case 'get': {
          const view = await this.#served.view()
          return answered(pdu.ranges.map(({ start }) => ({ name: start, value: view.get(start) })))
        }
        case 'get-next': {
          const view = await this.#served.view()
          return answered(pdu.ranges.map((range) => view.next(range)))
        }
        case 'get-bulk':
          return bulkWithin(this.#link?.messageMax ?? 0, head, await this.#served.view(), pdu)
        case 'test-set':
          return indexed(await changes.test(head.transaction, pdu.binds))
        case 'commit-set':
          return indexed(await changes.commit(head.transaction))
        case 'undo-set':
          return indexed(await changes.undo(head.transaction))
        case 'cleanup-set':
          changes.forget(head.transaction)
          return undefined
        case 'ping':
          return response(agentxError.none)
        case 'open':
        case 'close':
        case 'register':
        case 'unregister':
        case 'notify':
          return response(agentxError.requestDenied)
      }
    } catch (error) {
      this.#options.say(`SNMP: ${error instanceof Error ? error.message : String(error)}`)
      return response(agentxError.general, 1)
    }
  }

  #tellNotifications(): void {
    if (!this.#isOpen) return
    const waiting = this.#notifications
    this.#notifications = []
    const oldest = Date.now() - newsForMs
    const fresh = waiting.filter(({ at }) => at >= oldest)
    const lost = waiting.length - fresh.length + this.#dropped
    this.#dropped = 0
    if (lost > 0) this.#options.say(`SNMP: ${lost} notifications found no master agent and are lost`)
    const answers = fresh.map(async ({ binds }) => {
      const { error } = await this.#request({ kind: 'notify', binds })
      if (error !== agentxError.none && this.#isOpen) {
        this.#options.say(`SNMP: the master agent did not take a notification (error ${error})`)
      }
    })
    this.#notifying = Promise.all([this.#notifying, ...answers]).then(() => {})
  }
}

const response = (error: number, index = 0): Response => ({ kind: 'response', upTime: 0, error, index, binds: [] })
const failed = response(agentxError.processingError)
const answered = (binds: readonly VarBind[]): Response => ({ ...response(agentxError.none), binds })
const indexed = ({ error, index }: { readonly error: number; readonly index: number }): Response => response(error, index)

type Bulk = Extract<AgentxPdu, { kind: 'get-bulk' }>

/** With fewer repetitions where the answer would not go into one message; the master asks for the rest. */
function bulkWithin(bytesMax: number, head: AgentxHead, view: MibView, pdu: Bulk): Response {
  for (let { maxRepetitions } = pdu; ; maxRepetitions = Math.ceil(maxRepetitions / 2)) {
    const answer = answered(bulk(view, { ...pdu, maxRepetitions }))
    if (bytesMax === Number.POSITIVE_INFINITY || encodeAgentx({ head, pdu: answer }).length <= bytesMax) return answer
    if (maxRepetitions <= 1) return response(agentxError.general, 1)
  }
}

/** RFC 2741 §7.2.3.3: the first ranges once, the others again and again, each from where it came to. */
function bulk(view: MibView, { nonRepeaters, maxRepetitions, ranges }: Bulk): readonly VarBind[] {
  const once = ranges.slice(0, nonRepeaters).map((range) => view.next(range))
  const repeated: VarBind[] = []
  let rest = ranges.slice(nonRepeaters)
  for (let i = 0; i < Math.min(maxRepetitions, repetitionsMax) && rest.length > 0; i++) {
    const found = rest.map((range) => view.next(range))
    repeated.push(...found)
    if (found.every(({ value }) => value.kind === 'end-of-view')) break
    rest = rest.map(({ end }, at) => ({ start: found[at]?.name ?? [], isIncluded: false, end }))
  }
  return [...once, ...repeated]
}
