// What SNMP may set: base priority and preemption of an instance (keepalived 2.2.7), in AgentX's steps of test, commit and undo.
import { agentxError, compareOids, type Oid, oidBeginsWith, type VarBind } from '@havip/wire'
import { type Facts, instancesOf } from './facts.ts'
import { instanceEntry, writable } from './keepalived-mib.ts'

export type Verdict = { readonly error: number; readonly index: number }
export type Wish = { readonly priority: number } | { readonly preempt: boolean }
type Change = { readonly instance: string; readonly wish: Wish; readonly before: Wish }

const fine: Verdict = { error: agentxError.none, index: 0 }
/** A master has one at a time. */
const transactionsMax = 16
/** TruthValue and what begins like it. */
const truths: Readonly<Record<number, boolean>> = { 1: true, 2: false }

export class Changes {
  readonly #facts: () => Promise<Facts>
  readonly #adjust: (instance: string, wish: Wish) => Promise<void>
  readonly #transactions = new Map<number, { readonly planned: readonly Change[]; done: Change[] }>()

  /** @param adjust rejects when the daemon refuses. */
  constructor(facts: () => Promise<Facts>, adjust: (instance: string, wish: Wish) => Promise<void>) {
    this.#facts = facts
    this.#adjust = adjust
  }

  async test(transaction: number, binds: readonly VarBind[]): Promise<Verdict> {
    const facts = await this.#facts()
    const planned: Change[] = []
    for (const [i, bind] of binds.entries()) {
      const change = changeOf(facts, bind)
      if (typeof change === 'number') return { error: change, index: i + 1 }
      planned.push(change)
    }
    if (this.#transactions.size >= transactionsMax) this.#transactions.clear()
    this.#transactions.set(transaction, { planned, done: [] })
    return fine
  }

  async commit(transaction: number): Promise<Verdict> {
    const known = this.#transactions.get(transaction)
    if (!known) return { error: agentxError.commitFailed, index: 1 }
    for (const [i, change] of known.planned.entries()) {
      try {
        await this.#adjust(change.instance, change.wish)
        known.done.push(change)
      } catch {
        return { error: agentxError.commitFailed, index: i + 1 }
      }
    }
    return fine
  }

  async undo(transaction: number): Promise<Verdict> {
    const done = this.#transactions.get(transaction)?.done ?? []
    this.#transactions.delete(transaction)
    try {
      for (const { instance, before } of done.reverse()) await this.#adjust(instance, before)
      return fine
    } catch {
      return { error: agentxError.undoFailed, index: 1 }
    }
  }

  forget(transaction: number): void {
    this.#transactions.delete(transaction)
  }

  /** The master that asked is gone. */
  forgetAll(): void {
    this.#transactions.clear()
  }
}

const columnOid = (column: number): Oid => [...instanceEntry, column]

/** Or why not. */
function changeOf(facts: Facts, { name, value }: VarBind): Change | number {
  const column = [writable.basePriority, writable.preempt].find((one) => oidBeginsWith(name, columnOid(one)))
  const instance = instancesOf(facts).find(({ number }) => column !== undefined && compareOids(name, [...columnOid(column), number]) === 0)
  if (!instance) return agentxError.notWritable
  if (value.kind !== 'integer') return agentxError.wrongType
  const { conf, now } = instance
  if (column === writable.basePriority) {
    if (value.value < 1 || value.value > 255) return agentxError.wrongValue
    return { instance: conf.name, wish: { priority: value.value }, before: { priority: now.basePriority } }
  }
  const preempt = truths[value.value]
  if (preempt === undefined) return agentxError.wrongValue
  return { instance: conf.name, wish: { preempt }, before: { preempt: now.preempt } }
}
