// The daemon towards SNMP: a sub-agent of snmpd over AgentX, as keepalived is one. A process of its own: the master, or this, may
// hang or break without the daemon noticing.
import type { Inventory } from '@havip/vrrp-runtime'
import type { Oid, VarBind } from '@havip/wire'
import type { AgentLine } from '../agent-line.ts'
import { ask, EventReader } from '../daemon-line.ts'
import { Changes } from './changes.ts'
import { readEvent, type Told, toldOf } from './events.ts'
import type { Facts } from './facts.ts'
import { checkerGroup, checkerTables, globalGroup, globalTables, vrrpGroup, vrrpTables } from './keepalived-mib.ts'
import { readMasterPlace } from './master-place.ts'
import { Mib, type MibView } from './mib.ts'
import { rfc2787Tables, rfc6527Tables, vrrpMib, vrrpv3Mib } from './rfc-mibs.ts'
import { AgentxSession } from './session.ts'
import { groupTraps, refusalTraps, transitionTraps } from './traps.ts'

export type SnmpOptions = {
  readonly statusSocket: string
  /** `unix:PATH`, `tcp:HOST:PORT` or `udp:HOST:PORT`. */
  readonly master: string
  readonly serves: { readonly keepalived: boolean; readonly checker: boolean; readonly rfc2787: boolean; readonly rfc6527: boolean }
  readonly traps: boolean
}

/** What is shown may be this old: a walk asks thousands of questions. */
const freshForMs = 1000
/** A daemon younger than this has started us, and what it went through is news. */
const youngMs = 10_000
/** A sequence number that is never given out: only what happens from now on. */
const future = Number.MAX_SAFE_INTEGER
/** For what a daemon that is about to end has to say. */
const lastWordsWithinMs = 500

export function runSnmp(options: SnmpOptions, { say, onReload }: Pick<AgentLine, 'say' | 'onReload'>): (() => Promise<void>) | undefined {
  const place = readMasterPlace(options.master)
  if (!place.ok) {
    say(`SNMP: snmp_socket ${place.fault}`)
    return undefined
  }
  if (place.value.kind === 'udp')
    say(
      `SNMP: over UDP (${options.master}) snmpd of net-snmp 5.9 takes notifications and asks no questions; with unix:PATH or tcp:HOST:PORT it does`,
    )
  const source = new FactSource(options.statusSocket)
  const { tables, subtrees } = partsOf(options.serves)
  const mib = new Mib(tables)
  const changes = new Changes(
    () => source.facts(),
    async (instance, wish) => {
      await ask(options.statusSocket, { op: 'adjust', instance, ...wish })
      source.forget()
    },
  )
  let latest: { readonly facts: Facts; readonly view: MibView } | undefined
  const view = async (): Promise<MibView> => {
    const facts = await source.facts()
    if (latest?.facts !== facts) latest = { facts, view: mib.at(facts) }
    return latest.view
  }
  const session = new AgentxSession({ view, changes }, { place: place.value, placeText: options.master, subtrees, say })
  const traps = options.traps ? tellTraps(options, source, session, say) : undefined
  onReload(() => source.forget())
  return async () => {
    await traps?.stop()
    await session.close()
  }
}

function partsOf(serves: SnmpOptions['serves']): {
  readonly tables: ConstructorParameters<typeof Mib<Facts>>[0]
  readonly subtrees: readonly Oid[]
} {
  const parts = [
    ...(serves.keepalived || serves.checker ? [{ subtree: globalGroup, tables: globalTables }] : []),
    ...(serves.keepalived ? [{ subtree: vrrpGroup, tables: vrrpTables }] : []),
    ...(serves.checker ? [{ subtree: checkerGroup, tables: checkerTables }] : []),
    ...(serves.rfc2787 ? [{ subtree: vrrpMib, tables: rfc2787Tables }] : []),
    ...(serves.rfc6527 ? [{ subtree: vrrpv3Mib, tables: rfc6527Tables }] : []),
  ]
  return { tables: parts.flatMap(({ tables }) => tables), subtrees: parts.map(({ subtree }) => subtree) }
}

/** Asks the daemon at most once a second; the configured part comes only when it has changed. */
class FactSource {
  readonly #path: string
  #latest: { readonly facts: Facts; readonly revision: string; readonly at: number } | undefined
  #asking: Promise<Facts> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** @throws Error when the daemon does not answer */
  facts(): Promise<Facts> {
    const latest = this.#latest
    if (latest && performance.now() - latest.at < freshForMs) return Promise.resolve(latest.facts)
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Of the daemon, or what it said last when it is about to end. */
  async factsOrLast(): Promise<Facts | undefined> {
    try {
      return await this.facts()
    } catch {
      return this.#latest?.facts
    }
  }

  /** Something was changed: the next question goes to the daemon. */
  forget(): void {
    if (this.#latest) this.#latest = { ...this.#latest, at: Number.NEGATIVE_INFINITY }
  }

  async #ask(): Promise<Facts> {
    const known = this.#latest
    const { inventory } = await ask(this.#path, { op: 'inventory', ...(known ? { revision: known.revision } : {}) })
    const { revision, configured = known?.facts.configured, now } = inventory as Inventory
    if (!configured) throw new Error('the daemon did not say how it is configured')
    this.#latest = { facts: { configured, now }, revision, at: performance.now() }
    return this.#latest.facts
  }
}

/** In the order of the events, each with what is known when its turn comes. */
function tellTraps(
  { statusSocket }: SnmpOptions,
  source: FactSource,
  session: AgentxSession,
  say: (text: string) => void,
): { stop(): Promise<void> } {
  let working: Promise<void> = Promise.resolve()
  const tell = async (told: Told): Promise<void> => {
    if (told.kind === 'transition') source.forget()
    const facts = await source.factsOrLast()
    if (facts) for (const binds of trapsOf(facts, told)) session.notify(binds)
  }
  const reader = source.factsOrLast().then((first) => {
    const isYoung = first !== undefined && first.now.runningForMs < youngMs
    let position: { readonly since: number; readonly stream: string | undefined } = { since: isYoung ? 0 : future, stream: undefined }
    // What daemons before this one recorded is no news.
    let own = 0
    return new EventReader(statusSocket, {
      from: () => position,
      head: (head) => {
        own = head.own
        position = { ...position, stream: head.stream }
      },
      line: (text) => {
        const event = readEvent(text)
        if (!event) return true
        position = { ...position, since: event.sequence }
        const told = event.sequence < own ? undefined : toldOf(event)
        if (told) working = working.then(() => tell(told)).catch((error: Error) => say(`SNMP: ${error.message}`))
        return true
      },
    })
  })
  return {
    stop: async () => {
      await (await reader).stop(lastWordsWithinMs)
      await working
    },
  }
}

function trapsOf(facts: Facts, told: Told): readonly (readonly VarBind[])[] {
  switch (told.kind) {
    case 'transition':
      return transitionTraps(facts, told)
    case 'group-moved':
      return groupTraps(facts, told)
    case 'refused':
      return refusalTraps(facts, told)
  }
}
