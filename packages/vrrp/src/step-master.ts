// Master: advertise, keep the neighbours' tables right, and yield to whoever is better (RFC 9568 §6.4.3).
import { between, compareIp, type Instant, later, type Milliseconds, milliseconds, toMilliseconds } from '@havip/base'
import type { Action, Remark } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { type Heard, type Master, nextIn, ownPriority, type Step, stay } from './state.ts'
import { lastWordPriority } from './step-yielding.ts'
import { asPriority, ownerPriority, skewTime, takeoverSlack } from './timers.ts'
import { makeBeforeBreak, withdrawSilently, yieldTo } from './transition.ts'

type AdvertEvent = Extract<Event, { kind: 'advert' }>

export function masterTick(config: InstanceConfig, state: Master, now: Instant): Step {
  const { repeat, refresh, refreshRepeat, lowerPriorityRepeat } = config.announcing
  const actions: Action[] = []
  let next = state
  if (state.advertiseAt <= now) {
    actions.push({ kind: 'send-advert', priority: ownPriority(state.known) })
    next = { ...next, advertiseAt: nextIn(state.advertiseAt, config.interval, now), advertisedAt: now }
  }
  if (state.announceAgainAt !== undefined && state.announceAgainAt <= now) {
    actions.push({ kind: 'announce', rounds: repeat })
    next = { ...next, announceAgainAt: undefined }
  }
  if (state.announceOverLowerAt !== undefined && state.announceOverLowerAt <= now) {
    // With the first word after a take-back, and once more when the old master has certainly heard it.
    const isFirst = owesFirstWord(state)
    const rounds = isFirst ? repeat : lowerPriorityRepeat
    if (rounds > 0) actions.push({ kind: 'announce', rounds })
    next = { ...next, announceOverLowerAt: isFirst ? later(now, makeBeforeBreak(config)) : undefined }
  }
  if (state.refreshAt !== undefined && state.refreshAt <= now) {
    if (refresh > 0) actions.push({ kind: 'announce', rounds: refreshRepeat })
    next = { ...next, refreshAt: refresh > 0 ? nextIn(state.refreshAt, refresh, now) : undefined }
  }
  return { state: next, actions }
}

/** After a take-back: the old master has yet to be told, with announcements. */
const owesFirstWord = ({ advertiseAt, announceOverLowerAt, displaced }: Master): boolean =>
  announceOverLowerAt === advertiseAt && displaced?.toldAt === advertiseAt

export function masterAdvert(config: InstanceConfig, state: Master, event: AdvertEvent, now: Instant): Step {
  const heard: Heard = { source: event.envelope.source, priority: event.advert.priority, at: now }
  const own = ownPriority(state.known)
  if (heard.priority === 0) return answer(config, state, now, { kind: 'resignation-heard', from: heard.source }, [])
  if (heard.priority > own) return yieldBetter(config, state, event, heard)
  const { displaced } = state
  // It has not been told yet that we took the addresses back; two owners, too, dispute only after that.
  if (displaced?.source === heard.source && now < displaced.toldAt) return stay(state)
  if (heard.priority === lastWordPriority && heard.source === state.predecessor) return hearRelease(config, state, heard)
  if (heard.priority < own) return answerLower(config, state, heard, now)
  const order = state.known.source === undefined ? 1 : compareIp(heard.source, state.known.source)
  if (order === 0) return { state, actions: [remark({ kind: 'same-priority-same-address', from: heard.source })] }
  if (own === ownerPriority) return disputeOwner(config, state, event, heard, order > 0)
  return order > 0 ? yieldBetter(config, state, event, heard) : answerLower(config, state, heard, now)
}

const remark = (said: Remark): Action => ({ kind: 'remark', remark: said })

function yieldBetter(config: InstanceConfig, state: Master, event: AdvertEvent, heard: Heard): Step {
  const own = ownPriority(state.known)
  const interval = config.version === 3 ? toMilliseconds(event.advert.interval) : config.interval
  const step = yieldTo(config, state, {
    heard,
    interval,
    reason:
      heard.priority > own
        ? { kind: 'higher-priority', from: heard.source, theirs: heard.priority, ours: own }
        : { kind: 'equal-priority-higher-address', from: heard.source, priority: heard.priority },
  })
  if (config.higherPrioritySendAdvert) return { state: step.state, actions: [{ kind: 'send-advert', priority: own }, ...step.actions] }
  if (!config.tellsConflicts || !state.claimedInSilence || own === ownerPriority) return step
  const isTransition = (action: Action): boolean => action.kind === 'transition'
  const lastWord: Action = { kind: 'send-advert', priority: own }
  return {
    state: step.state,
    actions: [...step.actions.filter((action) => !isTransition(action)), lastWord, ...step.actions.filter(isTransition)],
  }
}

/**
 * Answers are limited to two an interval: a peer at our own pace gets one to each of its adverts whatever the jitter, and
 * a flood gets no more. (keepalived answers every packet.) The rhythm of our own adverts is never touched by others'.
 */
const answersPerInterval = 2

function answer(config: InstanceConfig, state: Master, now: Instant, said: Remark, announce: readonly Action[]): Step {
  // Each kind has its own budget: a stranger's flood of goodbyes must not keep us from correcting a lower master.
  const slot = said.kind === 'lower-priority-while-master' ? 'correctedAt' : 'answeredAt'
  const last = state[slot]
  if (last !== undefined && between(last, now) < config.interval / answersPerInterval) return stay(state)
  const isSilent = said.kind === 'lower-priority-while-master' && config.lowerPriorityNoAdvert
  const advert: readonly Action[] = isSilent ? [] : [{ kind: 'send-advert', priority: ownPriority(state.known) }]
  return {
    state: { ...state, [slot]: now, ...(isSilent ? {} : { advertisedAt: now }) },
    actions: [...advert, ...announce, remark(said)],
  }
}

/** Once, after its goodbye: whoever asked for the address while both had it may have heard that router last. */
const hearRelease = (config: InstanceConfig, state: Master, heard: Heard): Step => ({
  state: { ...state, predecessor: undefined },
  actions: [{ kind: 'announce', rounds: config.announcing.repeat }, remark({ kind: 'predecessor-released', from: heard.source })],
})

/** A lower router believes it is master: an advert corrects it, announcements correct those who believed it. */
function answerLower(config: InstanceConfig, state: Master, heard: Heard, now: Instant): Step {
  const { displaced } = state
  if (displaced?.source === heard.source && now < displaced.until) {
    const advert: Action = { kind: 'send-advert', priority: ownPriority(state.known) }
    const settled: Master = { ...state, displaced: undefined, advertisedAt: now }
    // It claimed in silence and has let go, or our claim and its advert have crossed: our announcements are on their way anyway.
    if (!owesFirstWord(state)) return { state: settled, actions: [advert] }
    // This answer is the first word, a moment before its own timer; what belongs to it comes with it.
    return {
      state: { ...settled, announceOverLowerAt: later(now, makeBeforeBreak(config)) },
      actions: [advert, { kind: 'announce', rounds: config.announcing.repeat }],
    }
  }
  const { lowerPriorityRepeat, lowerPriorityDelay } = config.announcing
  const announce: readonly Action[] = lowerPriorityRepeat > 0 ? [{ kind: 'announce', rounds: lowerPriorityRepeat }] : []
  const said: Remark = {
    kind: 'lower-priority-while-master',
    from: heard.source,
    theirs: heard.priority,
    ours: ownPriority(state.known),
  }
  const step = answer(config, state, now, said, announce)
  if (step.state.kind !== 'master' || announce.length === 0 || lowerPriorityDelay <= 0 || step.actions.length === 0) return step
  // A burst that is already due keeps its time: a stream of such adverts must not push it away for ever.
  const announceOverLowerAt = step.state.announceOverLowerAt ?? later(now, lowerPriorityDelay)
  return { state: { ...step.state, announceOverLowerAt }, actions: step.actions }
}

/**
 * Two routers are configured as owner. The one with the lower address yields at once. The other speaks up, and if it
 * is still contradicted after 1.2 intervals it lowers itself to 254, so that one of the two holds the addresses.
 */
function disputeOwner(config: InstanceConfig, state: Master, event: AdvertEvent, heard: Heard, isTheirsHigher: boolean): Step {
  const said = remark({ kind: 'two-owners', from: heard.source })
  if (isTheirsHigher) {
    const step = yieldBetter(config, state, event, heard)
    return { state: step.state, actions: [...step.actions, said] }
  }
  const { dispute } = state
  const gap = 1.2 * Math.max(config.interval, toMilliseconds(event.advert.interval))
  if (dispute?.with === heard.source && heard.at < dispute.until) return stay(state)
  if (dispute?.with === heard.source && heard.at < dispute.endsAt) {
    const known = { ...state.known, yieldsTo: heard.source }
    const step = yieldBetter(config, { ...state, known }, event, heard)
    const lowered: Action = {
      kind: 'priority-changed',
      from: asPriority(ownerPriority),
      to: ownPriority(known),
      because: `another owner at ${heard.source}`,
    }
    return { state: step.state, actions: [lowered, ...step.actions] }
  }
  const until = later(heard.at, milliseconds(gap))
  return {
    state: { ...state, advertisedAt: heard.at, dispute: { with: heard.source, until, endsAt: later(until, milliseconds(3 * gap)) } },
    actions: [{ kind: 'send-advert', priority: ownPriority(state.known) }, said],
  }
}

/** Below this a freeze is left to the election: one advert from either side settles it sooner than a change of state. */
const stallToYield = milliseconds(1000)

/** With `timer_expired_backup` keepalived's measure for it; it is stricter where intervals are short. */
function mayBeReplaced(config: InstanceConfig, frozenFor: Milliseconds, silentFor: Milliseconds): boolean {
  const { interval, downTimerAdverts, timerExpiredBackup } = config
  if (timerExpiredBackup !== undefined) {
    const skew = skewTime(config, timerExpiredBackup, interval)
    if (frozenFor >= 2 * interval + skew && silentFor > 3 * interval + skew) return true
  }
  return frozenFor >= stallToYield && silentFor >= downTimerAdverts * interval
}

/**
 * Too short a freeze to let go, but another may have taken over and announced the addresses. It yields to our advert, which
 * is due now, without a word, so nobody else would put the neighbours right. (A better one answers it with announcements.)
 */
function announceAfterSilence(config: InstanceConfig, state: Master, silentFor: Milliseconds, now: Instant): Step {
  const { delay, repeat } = config.announcing
  // A burst that is still to come puts things right as well, and is our limit where freezes are frequent.
  if (state.announceAgainAt !== undefined) return stay(state)
  return {
    state: { ...state, announceAgainAt: delay > 0 ? later(now, delay) : undefined },
    actions: [{ kind: 'announce', rounds: repeat }, remark({ kind: 'announced-after-silence', silentFor })],
  }
}

/**
 * We were frozen while master. If the others' timers must have run out by now, somebody else has the addresses: let go
 * at once, listen for an interval, and claim again only if nobody speaks (or only a lower one).
 */
export function masterStalled(config: InstanceConfig, state: Master, frozenFor: Milliseconds, now: Instant): Step {
  const silentFor = between(state.advertisedAt, now)
  if (!mayBeReplaced(config, frozenFor, silentFor)) {
    return silentFor < config.downTimerAdverts * config.interval ? stay(state) : announceAfterSilence(config, state, silentFor, now)
  }
  const wait = milliseconds(config.interval + takeoverSlack(config, ownPriority(state.known), config.interval, 'raced'))
  return withdrawSilently(config, state, { kind: 'own-stall', frozenFor }, wait, now)
}
