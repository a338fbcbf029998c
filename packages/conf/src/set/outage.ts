// How long clients would wait, by kind of fault: the engine's own arithmetic on the figures of the files.
import { type Milliseconds, milliseconds } from '@havip/base'
import { inSeconds } from './agreement.ts'
import type { Member, Report } from './member.ts'
import { byRank, healthyPriority, priorityWithout, weightsOf } from './weights.ts'

/** From the last advert of the best node on, and when that node is silent from some moment on. */
export type Takeover = {
  /** The engine's master-down interval on the node that takes over. */
  readonly masterDownInterval: Milliseconds
  /** What of it is not missed adverts: the skew, or the margin of a sole peer. */
  readonly slack: Milliseconds
  /** RFC 9568 §6.1, RFC 3768 §6.1: what keepalived waits in place of the margin. */
  readonly skew: Milliseconds
  readonly isSolePeer: boolean
}

/** A sole peer waits this much beyond the missed adverts, or the skew where that is less. */
const SOLE_PEER_MARGIN_MAX = 50

export function takeoverOf(best: Member, next: Member): Takeover {
  const { version, priority, advertInterval, downTimerAdverts, solePeerTakeover, strict, peers } = next.instance
  // Version 3 follows the interval that the master announces.
  const masterInterval = version === 3 ? best.instance.advertInterval : advertInterval
  const skewAt = (own: number, interval: number): number => ((256 - own) * (version === 2 ? 1000 : interval)) / 256
  const skew = skewAt(healthyPriority(next), masterInterval)
  const isSolePeer = solePeerTakeover && !strict && peers.length === 1
  const slack = isSolePeer ? Math.min(SOLE_PEER_MARGIN_MAX, skewAt(priority, advertInterval)) : skew
  return {
    masterDownInterval: milliseconds(downTimerAdverts * masterInterval + slack),
    slack: milliseconds(slack),
    skew: milliseconds(skew),
    isSolePeer,
  }
}

const CODE = 'set-predicted-outage'

/** One note per kind of fault, on the node that is master while all is well. */
export function predictOutages(members: readonly Member[], report: Report): void {
  const [best, next] = byRank(members) as [Member, Member]
  const takeover = takeoverOf(best, next)
  const say = (message: string, keywords: readonly string[]): void =>
    report({ code: CODE, severity: 'note', at: best, message, keywords, others: [next] })
  const { masterDownInterval: longest, skew, slack, isSolePeer } = takeover
  const shortest = longest - best.instance.advertInterval
  const keepalived = isSolePeer ? ` (keepalived: ${inSeconds(skew - slack)} more)` : ''
  say(
    `when this node loses power or its network, ${next.node.name} takes over ${inSeconds(shortest)} to ${inSeconds(longest)} later${keepalived}; only cut off from each other, both hold the addresses until the network is mended`,
    ['advert_int'],
  )
  const resigned = isSolePeer ? 'at once' : `${inSeconds(skew)} later`
  const stopped = isSolePeer ? ` (keepalived: ${inSeconds(skew)} later)` : ''
  say(`when the daemon of this node is stopped or dies, ${next.node.name} takes over ${resigned}${stopped}`, ['priority'])
  predictFailures(best, next, resigned, [shortest, longest], say)
}

function predictFailures(
  best: Member,
  next: Member,
  resigned: string,
  [shortest, longest]: readonly [number, number],
  say: (message: string, keywords: readonly string[]) => void,
): void {
  const { scripts } = best.node.configuration
  const weights = weightsOf(best)
  for (const entry of best.instance.trackScripts) {
    const script = scripts.find(({ name }) => name === entry.name)
    if (!script) continue
    const noticed = `noticed after ${script.fall === 1 ? 'up to' : `${inSeconds(script.interval * (script.fall - 1))} to`} ${inSeconds(script.interval * script.fall)}`
    const hangs = script.timeout > 0 ? ` (one that hangs: ${inSeconds(script.timeout)} more)` : ''
    const weighted = weights.find(({ kind, name }) => kind === 'script' && name === entry.name)
    if (!weighted) {
      say(`when script ${entry.name} fails, that is ${noticed}${hangs} and ${next.node.name} takes over ${resigned}`, ['track_script'])
    } else if (priorityWithout(best, [weighted]) < healthyPriority(next) && next.instance.preempt) {
      const delay = next.instance.preemptDelay
      const then = `${inSeconds(shortest + delay)} to ${inSeconds(longest + delay)} later, because a lower priority is pushed aside only when the timer ends (weight 0 would be ${resigned === 'at once' ? 'at once' : resigned})`
      say(`when script ${entry.name} fails, that is ${noticed}${hangs} and ${next.node.name} takes over ${then}`, ['track_script'])
    }
  }
  const watched = best.instance.trackInterfaces.filter(({ weight }) => (weight ?? 0) === 0)
  for (const entry of watched) say(`when interface ${entry.name} goes down, ${next.node.name} takes over ${resigned}`, ['track_interface'])
}
