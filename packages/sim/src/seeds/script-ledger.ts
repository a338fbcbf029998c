// What a tracked script's runs say, reckoned from how the simulated program behaves and not from what the daemon makes of it.
// keepalived's rule: the first result decides alone, later it takes `rise` or `fall` in a row.
import type { ScriptConf } from '@havip/conf'
import type { Behaviour } from '../world.ts'

/** `unknown`: another process knew, and what is left of that is not to be seen from here. */
export type ScriptVerdict = 'none' | 'good' | 'bad' | 'unknown'

type Run = { readonly endsAt: number; readonly isGood: boolean }

export class ScriptLedger {
  readonly #conf: Pick<ScriptConf, 'rise' | 'fall' | 'timeout'>
  #verdict: ScriptVerdict
  /** Results in a row that speak against the verdict; of an unknown one, equal results in a row. */
  #streak = 0
  #last: boolean | undefined
  #running: Run | undefined
  #endedAt = Number.NEGATIVE_INFINITY

  constructor(conf: ScriptConf, isInherited: boolean) {
    this.#conf = conf
    this.#verdict = isInherited ? 'unknown' : conf.initFail ? 'bad' : 'none'
  }

  started(at: number, behaviour: Behaviour): void {
    this.#settle(at)
    const { timeout } = this.#conf
    const isEnding = behaviour.kind === 'exits' && behaviour.after < timeout
    this.#running = isEnding ? { endsAt: at + behaviour.after, isGood: behaviour.status === 0 } : { endsAt: at + timeout, isGood: false }
  }

  /** What the runs say that were over at `at`; `since`: when the last one ended. */
  at(at: number): { readonly verdict: ScriptVerdict; readonly since: number } {
    this.#settle(at)
    return { verdict: this.#verdict, since: this.#endedAt }
  }

  #settle(at: number): void {
    const run = this.#running
    if (!run || run.endsAt > at) return
    this.#running = undefined
    this.#endedAt = run.endsAt
    const told = run.isGood ? 'good' : 'bad'
    const { rise, fall } = this.#conf
    if (this.#verdict === 'none') this.#verdict = told
    else if (this.#verdict === 'unknown') {
      this.#streak = this.#last === run.isGood ? this.#streak + 1 : 1
      if (this.#streak >= Math.max(rise, fall)) {
        this.#verdict = told
        this.#streak = 0
      }
    } else if (this.#verdict === told) this.#streak = 0
    else if (++this.#streak >= (run.isGood ? rise : fall)) {
      this.#verdict = told
      this.#streak = 0
    }
    this.#last = run.isGood
  }
}
