// A vrrp_script: run every interval, never two at once, judged by rise and fall. The judging is a pure function of the
// results so far; the tracker around it only runs processes.
import { type Instant, later } from '@havip/base'
import type { ScriptConf } from '@havip/conf'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, Host, ProcessEnd, RunningProcess, UserIds } from './host.ts'
import type { Condition, TrackedBy, Tracker } from './tracking.ts'

/** What the results so far say. `streak` counts the results in a row that speak against the verdict. */
export type ScriptJudgement = { readonly verdict: 'none' | 'good' | 'bad'; readonly streak: number }

export type RiseAndFall = { readonly rise: number; readonly fall: number; readonly initFail: boolean }

/** Before the first run. `init_fail` starts as failed and needs `rise` successes like any recovery. */
export const firstJudgement = ({ initFail }: RiseAndFall): ScriptJudgement => ({ verdict: initFail ? 'bad' : 'none', streak: 0 })

/** keepalived: the first result decides alone, whatever rise and fall say; later it takes that many in a row. */
export function judge(before: ScriptJudgement, succeeded: boolean, { rise, fall }: RiseAndFall): ScriptJudgement {
  const verdict = succeeded ? 'good' : 'bad'
  if (before.verdict === 'none') return { verdict, streak: 0 }
  if (before.verdict === verdict) return { verdict, streak: 0 }
  const streak = before.streak + 1
  return streak >= (succeeded ? rise : fall) ? { verdict, streak: 0 } : { verdict: before.verdict, streak }
}

export type ScriptEvents = {
  /** The condition changed; everybody who tracks it has to look again. */
  changed(tracker: ScriptTracker): void
  log(level: number, line: string): void
  ended(tracker: ScriptTracker, end: ProcessEnd): void
}

const SIGTERM = 15

export class ScriptTracker implements Tracker {
  readonly kind = 'script'
  readonly #conf: ScriptConf
  readonly #host: Host
  readonly #clock: Clock
  readonly #agenda: Agenda
  readonly #events: ScriptEvents
  readonly #user: UserIds | undefined
  #judgement: ScriptJudgement
  /** Nothing has been found out yet, by us or by who was here before. */
  #isInitial: boolean
  #lastDetail = 'initially failed'
  /** As if it had returned 0 before: the first success is no change (keepalived). */
  #lastStatus = 0
  #runningSince: Instant | undefined
  #process: RunningProcess | undefined
  #appointment: Appointment | undefined
  #dueAt: Instant
  #stopped = false
  #runs = 0

  constructor(
    conf: ScriptConf,
    user: UserIds | undefined,
    world: { readonly host: Host; readonly clock: Clock; readonly agenda: Agenda },
    events: ScriptEvents,
    kept?: ScriptJudgement,
  ) {
    this.#conf = conf
    this.#user = user
    this.#host = world.host
    this.#clock = world.clock
    this.#agenda = world.agenda
    this.#events = events
    this.#judgement = kept ?? firstJudgement(conf)
    this.#isInitial = kept === undefined
    this.#dueAt = world.clock.now()
  }

  get name(): string {
    return this.#conf.name
  }
  get defaults(): TrackedBy {
    return this.#conf
  }
  get conf(): ScriptConf {
    return this.#conf
  }
  get judgement(): ScriptJudgement {
    return this.#judgement
  }
  get runs(): number {
    return this.#runs
  }
  get isRunning(): boolean {
    return this.#runningSince !== undefined
  }
  get lastDetail(): string | undefined {
    return this.#runs > 0 ? this.#lastDetail : undefined
  }

  get condition(): Condition {
    const { verdict } = this.#judgement
    if (verdict === 'none') return { kind: 'pending' }
    if (verdict === 'good') return { kind: 'good' }
    return { kind: 'bad', detail: this.#lastDetail, ...(this.#isInitial ? { isInitial: true } : {}) }
  }

  start(): void {
    this.#dueAt = this.#clock.now()
    this.#run()
  }

  /** Ends a running script and runs none any more. */
  stop(): void {
    this.#stopped = true
    this.#appointment?.cancel()
    this.#process?.kill(SIGTERM)
  }

  #run(): void {
    if (this.#stopped) return
    this.#next()
    if (this.#runningSince !== undefined) {
      this.#events.log(6, `Track script ${this.name} is already running, expect idle - skipping run`)
      return
    }
    this.#runningSince = this.#clock.now()
    this.#process = this.#host.startProcess({ argv: this.#conf.command.argv, user: this.#user, timeout: this.#conf.timeout }, (end) =>
      this.#ended(end),
    )
    if (this.#runningSince === undefined) this.#process = undefined
  }

  /** A fixed rhythm: the next run is an interval after this one was due, not after it was started. */
  #next(): void {
    const now = this.#clock.now()
    this.#dueAt = later(this.#dueAt, this.#conf.interval)
    if (this.#dueAt < now) this.#dueAt = later(now, this.#conf.interval)
    this.#appointment = this.#agenda.schedule(this.#dueAt, () => this.#run())
  }

  #ended(end: ProcessEnd): void {
    this.#process = undefined
    this.#runningSince = undefined
    if (this.#stopped) return
    this.#runs++
    this.#isInitial = false
    this.#events.ended(this, end)
    const succeeded = end.kind === 'exited' && end.status === 0
    this.#lastDetail = describeEnd(end)
    this.#logStatus(end)
    const before = this.#judgement
    this.#judgement = judge(before, succeeded, this.#conf)
    if (before.verdict === this.#judgement.verdict) return
    this.#events.log(6, `VRRP_Script(${this.name}) ${succeeded ? 'succeeded' : failureWords(end)}`)
    this.#events.changed(this)
  }

  /** keepalived says so on each change of the exit status. */
  #logStatus(end: ProcessEnd): void {
    if (end.kind === 'timed-out' && this.#lastStatus !== -1) {
      this.#lastStatus = -1
      this.#events.log(6, `Script \`${this.name}\` now timed out`)
      return
    }
    if (end.kind !== 'exited' || end.status === this.#lastStatus) return
    this.#lastStatus = end.status
    this.#events.log(6, `Script \`${this.name}\` now returning ${end.status}`)
  }
}

export function describeEnd(end: ProcessEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exited with status ${end.status}`
    case 'killed':
      return `due to signal ${end.signal}`
    case 'timed-out':
      return 'timed out'
    case 'not-started':
      return `could not be started: ${end.fault.detail}`
  }
}

function failureWords(end: ProcessEnd): string {
  if (end.kind === 'timed-out') return 'timed_out'
  return `failed (${describeEnd(end)})`
}

/** Runs that a changed script's first result may take over from its predecessor (reload): only the verdict counts. */
export const keptJudgement = (tracker: ScriptTracker): ScriptJudgement => ({ verdict: tracker.judgement.verdict, streak: 0 })
