// What the scripts of a sync group must have heard: each state of the group as a whole, once, made of the members' transitions.
import type { SyncGroupConf } from '@havip/conf'
import type { PublicState } from '@havip/vrrp'

const words: Readonly<Record<string, string>> = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT' }

export class GroupLedger {
  readonly #members: Map<string, PublicState>
  #state = 'init'
  readonly #expected: string[] = []
  readonly #told: string[] = []

  constructor({ members }: SyncGroupConf) {
    this.#members = new Map(members.map(({ name }) => [name, 'init']))
  }

  /** @param isToldOf false: another process said so, or nobody had to */
  moved(member: string, to: PublicState, isToldOf: boolean): void {
    if (!this.#members.has(member)) return
    this.#members.set(member, to)
    const state = this.#now()
    if (state === this.#state) return
    this.#state = state
    const word = words[state]
    if (isToldOf && word !== undefined) this.#expected.push(word)
  }

  told(word: string): void {
    this.#told.push(word)
  }

  /** Undefined: they heard what they had to. */
  mistake(): string | undefined {
    if (this.#told.join() === this.#expected.join()) return undefined
    return `scripts heard ${this.#told.join(', ') || 'nothing'}; the group was ${this.#expected.join(', ') || 'nothing to tell of'}`
  }

  /** keepalived: MASTER when all are, FAULT when any is; members that have stopped count no more. */
  #now(): string {
    const states = [...this.#members.values()].filter((state) => state !== 'stopped')
    if (states.length === 0 || states.includes('init')) return 'init'
    if (states.includes('fault')) return 'fault'
    return states.every((state) => state === 'master') ? 'master' : 'backup'
  }
}
