// A planned switchover of one instance: the checks, the engine's event, and the report once the engine has said how it ended.
import { between, type Instant, later, milliseconds } from '@havip/base'
import { type Action, describeReason, describeSwitchoverFailure, type Event } from '@havip/vrrp'
import type { Agenda } from './agenda.ts'
import type { Clock } from './host.ts'
import { mayBeOnBoth, overlapOf, type SwitchoverFacts, switchoverChecks } from './switchover-checks.ts'
import type { SwitchoverCheck, SwitchoverReport, SwitchoverRequest } from './switchover-report.ts'

export type { SwitchoverFacts }

type Router = {
  facts(): SwitchoverFacts
  post(event: Event): void
}

type UnderWay = {
  readonly request: SwitchoverRequest
  readonly checks: readonly SwitchoverCheck[]
  readonly facts: SwitchoverFacts
  readonly startedAt: Instant
  readonly done: (report: SwitchoverReport) => void
}

/** Beyond an interval of the other's: so long a return is watched for contradiction. */
const contradictionMargin = 150

export class Switchover {
  readonly #world: { readonly clock: Clock; readonly agenda: Agenda }
  readonly #router: Router
  #current: UnderWay | undefined

  constructor(world: { readonly clock: Clock; readonly agenda: Agenda }, router: Router) {
    this.#world = world
    this.#router = router
  }

  get isUnderWay(): boolean {
    return this.#current !== undefined
  }

  /** `done` is called once: at once when a check fails. */
  start(request: SwitchoverRequest, done: (report: SwitchoverReport) => void): void {
    const facts = this.#router.facts()
    const now = this.#world.clock.now()
    const own = switchoverChecks(facts, request, now)
    const checks: readonly SwitchoverCheck[] = this.#current
      ? [{ name: 'one-at-a-time', verdict: 'failed', text: 'another switchover of this instance is under way' }, ...own]
      : own
    const attempt: UnderWay = { request, checks, facts, startedAt: now, done }
    const failure = checks.find(({ verdict }) => verdict === 'failed')
    if (failure || request.isRehearsal) {
      this.#report(attempt, failure ? { outcome: 'refused', reason: failure.text } : { outcome: 'ready' })
      return
    }
    this.#current = attempt
    this.#router.post(this.#event(request, facts))
  }

  #event({ isReturn }: SwitchoverRequest, { conf, garpGaps }: SwitchoverFacts): Event {
    if (isReturn) return { kind: 'take-back', order: mayBeOnBoth(conf) ? 'addresses-first' : 'advert-first' }
    // With a virtual MAC on both nodes, too: our replies have told the switches meanwhile that it is here; the answer to the last word
    // tells them the truth.
    return { kind: 'yield', overlap: overlapOf(conf, garpGaps), saysLastWord: true }
  }

  /** What the router does, each action as it is carried out. */
  see(action: Action): void {
    const current = this.#current
    if (!current) return
    if (action.kind === 'remark' && action.remark.kind === 'switchover-given-up') {
      this.#end(current, { outcome: 'stayed', reason: describeSwitchoverFailure(action.remark.because) })
    }
    if (action.kind === 'remark' && action.remark.kind === 'take-back-refused') {
      this.#end(current, { outcome: 'refused', reason: 'no lower master is heard any more' })
    }
    if (action.kind === 'transition') this.#transition(current, action)
  }

  /** The instance stops, or its process is replaced. */
  interrupt(reason: string): void {
    if (this.#current) this.#end(this.#current, { outcome: 'interrupted', reason })
  }

  #transition(current: UnderWay, { to: state, reason }: Extract<Action, { kind: 'transition' }>): void {
    const { request } = current
    if (reason.kind === 'switched-over') {
      const to = { address: reason.to, priority: reason.theirs }
      const measured = { tookOverAfterMs: reason.after, bothHeldForMs: reason.overlap }
      const isElsewhere = request.to !== undefined && request.to !== reason.to
      const rest = isElsewhere
        ? ({ outcome: 'moved-elsewhere', reason: `${reason.to} took over, not ${request.to}` } as const)
        : ({ outcome: 'moved' } as const)
      // The state is the router's a moment later, when it has carried out this very action.
      this.#end(current, { ...rest, to, measured, state, standsBack: true })
      return
    }
    if (reason.kind === 'taken-back') {
      this.#watch(current)
      return
    }
    this.#end(current, { outcome: 'interrupted', reason: describeReason(reason), state })
  }

  /** Whether the other has let go is not to be heard; that it still speaks would be. */
  #watch(current: UnderWay): void {
    const since = this.#world.clock.now()
    const { source, heard, config } = current.facts
    const to = source === undefined ? {} : { to: { address: source, priority: current.facts.effective } }
    this.#world.agenda.schedule(later(since, milliseconds(config.interval + contradictionMargin)), () => {
      if (this.#current !== current) return
      const now = this.#router.facts()
      // Its last advert may have crossed ours.
      const isContradicted =
        now.heard !== undefined && now.heard.at > later(since, milliseconds(contradictionMargin)) && now.heard.address === heard?.address
      if (isContradicted) {
        this.#end(current, { outcome: 'interrupted', reason: `${now.heard?.address} still speaks as master` })
        return
      }
      const uncontradictedForMs = between(since, this.#world.clock.now())
      const measured = { tookOverAfterMs: between(current.startedAt, since), bothHeldForMs: 0, uncontradictedForMs }
      this.#end(current, { outcome: 'moved', ...to, measured })
    })
  }

  #end(current: UnderWay, what: Ending): void {
    this.#current = undefined
    this.#report(current, what)
  }

  #report({ request, checks, facts, done }: UnderWay, what: Ending): void {
    const { state, standsBack, groupMembers } = this.#router.facts()
    const from = request.isReturn
      ? facts.heard && { address: facts.heard.address, priority: facts.heard.priority }
      : facts.source && { address: facts.source, priority: facts.effective }
    done({
      version: 1,
      instance: facts.conf.name,
      members: groupMembers.length > 0 ? groupMembers.map(({ name }) => name) : [facts.conf.name],
      direction: request.isReturn ? 'return' : 'give',
      ...(from ? { from } : {}),
      checks,
      state,
      standsBack,
      ...what,
    })
  }
}

type Ending = Pick<SwitchoverReport, 'outcome'> & Partial<Pick<SwitchoverReport, 'reason' | 'to' | 'measured' | 'state' | 'standsBack'>>
