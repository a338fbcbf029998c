// Timer advice: what another advert interval would mean on this network and this machine, from what was measured. Pure.
import { milliseconds, priority } from '@havip/base'
import { skewTime } from '@havip/vrrp'
import type { Rhythm } from './advert-rhythm.ts'
import type { InstanceStatus } from './status.ts'
import { solePeerMarginMax } from './translate.ts'

export type AdviceSettings = {
  readonly version: 2 | 3
  readonly intervalMs: number
  /** Missed adverts that make a master dead; 3 by the RFC. */
  readonly downTimerAdverts: number
  /** What is waited beyond them at a given interval: the skew, or the margin of a sole peer. */
  slackMs(intervalMs: number): number
}

export type Candidate = {
  readonly intervalMs: number
  /** From the loss of power to the takeover: at best and at worst. */
  readonly outageMs: { readonly least: number; readonly most: number }
  /** Upper bound, at 95 %: takeovers a day although the master is alive. */
  readonly falseFailoversPerDay: number
  /** The longest gap that was seen would have been a false takeover. */
  readonly wouldHaveFailed: boolean
  readonly isCurrent: boolean
}

export type Advice = {
  /** Fewer gaps than `gapsWanted` bound the rare cases too loosely: no interval is recommended then. */
  readonly evidence: { readonly gaps: number; readonly gapsWanted: number; readonly lost: number; readonly isEnough: boolean }
  readonly candidates: readonly Candidate[]
  /** The shortest interval whose bound is at most one false takeover in `toleratedDays` days; undefined: none, or too little evidence. */
  readonly recommendedMs: number | undefined
}

/** Intervals that can be configured: whole seconds in version 2, centiseconds in version 3. */
const intervals: Readonly<Record<2 | 3, readonly number[]>> = {
  2: [1000, 2000, 3000, 5000],
  3: [10, 20, 50, 100, 200, 300, 500, 1000, 2000],
}
/** About 17 minutes at one advert a second; below it the bounds say little. */
export const gapsWanted = 1000
const toleratedDays = 365
const dayMs = 86_400_000

/** From what the running daemon says of an instance. */
export function adviceFor(instance: InstanceStatus): Advice {
  const { protocolVersion: version, advertIntervalMs, downTimerAdverts, takeover, rhythm } = instance
  const own = priority(instance.priority.effective)
  const slackMs = (intervalMs: number): number => {
    const skew = own.ok ? skewTime({ version }, own.value, milliseconds(intervalMs)) : intervalMs
    return takeover === 'sole-peer' ? Math.min(solePeerMarginMax, skew) : skew
  }
  return advise({ version, intervalMs: advertIntervalMs, downTimerAdverts, slackMs }, rhythm)
}

/** @param rhythm undefined when nothing was heard (this node is master, or alone) */
export function advise(settings: AdviceSettings, rhythm: Rhythm | undefined): Advice {
  const all = [...new Set([...intervals[settings.version], settings.intervalMs])].sort((a, b) => a - b)
  const candidates = all.map((intervalMs) => candidate(settings, rhythm, intervalMs))
  const gaps = rhythm?.gaps ?? 0
  const isEnough = gaps >= gapsWanted
  const good = candidates.find((one) => one.falseFailoversPerDay <= 1 / toleratedDays && !one.wouldHaveFailed)
  return {
    evidence: { gaps, gapsWanted, lost: rhythm?.lost ?? 0, isEnough },
    candidates,
    recommendedMs: isEnough ? good?.intervalMs : undefined,
  }
}

function candidate(settings: AdviceSettings, rhythm: Rhythm | undefined, intervalMs: number): Candidate {
  const { downTimerAdverts } = settings
  const slack = settings.slackMs(intervalMs)
  const most = downTimerAdverts * intervalMs + slack
  // Gaps that jitter alone made count as they are; those that loss made grow and shrink with the interval.
  const scaled = rhythm === undefined ? 0 : jitterOf(rhythm) + Math.max(0, Math.round(rhythm.longestGapMs / rhythm.intervalMs)) * intervalMs
  return {
    intervalMs,
    outageMs: { least: most - intervalMs, most },
    falseFailoversPerDay: (falseTakeover(rhythm, intervalMs, downTimerAdverts, slack) * dayMs) / intervalMs,
    wouldHaveFailed: scaled > most,
    isCurrent: intervalMs === settings.intervalMs,
  }
}

/** The upper end of the class of the least regular gap. */
const jitterOf = (rhythm: Rhythm): number => rhythm.lateness.at(-1)?.belowMs ?? 0

/**
 * After an advert, none of the next ones arrives before the timer runs out: each is lost, or late by more than is left for it.
 * Taken as independent; a network that loses in bursts is worse, which `wouldHaveFailed` shows if it was seen.
 */
function falseTakeover(rhythm: Rhythm | undefined, intervalMs: number, adverts: number, slack: number): number {
  const lossMax = upperShare(rhythm?.lost ?? 0, (rhythm?.gaps ?? 0) + (rhythm?.lost ?? 0))
  let all = 1
  for (let nth = 1; nth <= adverts; nth++) {
    const lateMax = shareLaterThan(rhythm, (adverts - nth) * intervalMs + slack)
    all *= Math.min(1, lossMax + (1 - lossMax) * lateMax)
  }
  return all
}

/** Of gaps that were late by more than `ms`, at most; where a class lies across it, all of it counts. */
function shareLaterThan(rhythm: Rhythm | undefined, ms: number): number {
  const later = (rhythm?.lateness ?? []).reduce((sum, { belowMs, count }) => sum + (belowMs > ms ? count : 0), 0)
  return upperShare(later, rhythm?.gaps ?? 0)
}

/**
 * The share that `seen` of `of` bounds from above at 95 %: 3 of n when none was seen, else Poisson's bound, well enough
 * approximated.
 */
const upperShare = (seen: number, of: number): number => (of === 0 ? 1 : Math.min(1, (seen + 3 + 1.645 * Math.sqrt(seen)) / of))
