// One transition, judged by what the network delivered and what the configuration says.
import { compareIp, type IpAddress } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { Action, PublicState, TransitionReason } from '@havip/vrrp'
import { attackerAddress } from '../attacker.ts'
import type { Fault } from '../fault.ts'
import type { NodeSpec, World } from '../world.ts'
import { skewOf } from './calm.ts'
import type { Hearing, Knowledge } from './knowledge.ts'
import { isMadeBeforeBroken } from './planned-moves.ts'

export type TransitionContext = {
  readonly world: World
  readonly node: NodeSpec
  readonly conf: InstanceConf
  readonly knowledge: Knowledge
  /** In a sync group its own reasons are not the only ones. */
  readonly isGrouped: boolean
  readonly now: number
}

type Transition = Extract<Action, { kind: 'transition' }>
type Broken = { readonly rule: string; readonly detail: string }

/** A tenth of a millisecond of rounding. */
const dust = 0.1

export function judgeTransition(context: TransitionContext, { from, to, reason }: Transition): Broken[] {
  const broken: Broken[] = []
  const demand = (holds: boolean, rule: string, detail: string): void => {
    if (!holds) broken.push({ rule, detail: `${from} → ${to}: ${detail}` })
  }
  judgeStranger(context, reason, demand)
  judgeWords(context, from, to, reason, demand)
  switch (reason.kind) {
    case 'startup':
      demand(from === 'init' && to === 'backup', 'reason', 'start leads from init to backup')
      // A startup delay holds an owner back, too.
      demand(
        context.conf.priority !== 255 || !context.conf.wantsMaster || context.isGrouped || hasStartupDelay(context.node),
        'owner-waits',
        'it owns the addresses and wants them, and waits',
      )
      break
    case 'master-silent':
      judgeSilence(context, reason, demand)
      break
    case 'master-resigned':
      judgeResignation(context, reason, demand)
      break
    case 'preempted-lower':
      demand(!context.knowledge.standsBack, 'stands-back', `it took the addresses from ${reason.master} although it had given them away`)
      demand(context.conf.preempt, 'nopreempt', `it took the addresses from ${reason.master} although it has nopreempt`)
      demand(reason.theirs < reason.ours, 'preempt', `it pushed ${reason.theirs} aside with ${reason.ours}`)
      judgePreemptDelay(context, demand)
      break
    case 'address-owner':
      demand(context.conf.priority === 255, 'reason', 'it claims to own the addresses and does not')
      break
    case 'higher-priority':
      demand(from === 'master', 'reason', `yields as ${from}`)
      demand(reason.theirs > reason.ours, 'yield', `it yielded to ${reason.theirs} with ${reason.ours}`)
      judgeHeard(context, reason.from, reason.theirs, demand)
      break
    case 'equal-priority-higher-address':
      judgeTie(context, reason, demand)
      break
    case 'fault':
      demand(to === 'fault' && reason.causes.length > 0, 'reason', 'a fault without cause')
      demand(
        hasFault(context, ['link', 'flap', 'script', 'power-loss', 'pause', 'write', 'process']) || isDoubtful(context.node),
        'reason',
        'nothing on this machine was at fault',
      )
      break
    case 'fault-cleared':
      demand(from === 'fault', 'reason', `a fault cleared as ${from}`)
      break
    case 'address-lost':
      demand(hasFault(context, ['address-removed']), 'reason', 'nobody removed an address')
      break
    case 'own-stall':
      demand(hasFault(context, ['freeze', 'pause']), 'reason', 'it was never frozen')
      break
    case 'switched-over':
      judgeSwitchedOver(context, reason, demand)
      break
    case 'taken-back':
      demand(context.knowledge.askedBackAt === context.now, 'reason', 'nobody asked it to take the addresses back')
      demand(from === 'backup' && reason.theirs <= reason.ours, 'take-back', `it took from ${reason.theirs} with ${reason.ours}`)
      break
    case 'sync-group':
      if (to === 'master') judgeTakenAlong(context, demand)
      break
    case 'shutdown':
      demand(to === 'stopped', 'reason', 'shutdown leads to stopped')
      break
  }
  return broken
}

type Demand = (holds: boolean, rule: string, detail: string) => void

const hasFault = ({ world, node, now }: TransitionContext, kinds: readonly Fault['kind'][]): boolean =>
  world.faults.some(
    ({ at, fault }) =>
      at <= now && kinds.includes(fault.kind) && (!('node' in fault) || fault.node === undefined || fault.node === node.name),
  )

/** What has to be said on the wire in the same instant: a claim, or a goodbye. */
function judgeWords(
  { world, conf, node, knowledge, now }: TransitionContext,
  from: PublicState,
  to: PublicState,
  reason: TransitionReason,
  demand: Demand,
): void {
  if (to === 'master' && !knowledge.takenBack) demand(knowledge.sentAt === now, 'silent-claim', 'it sent no advertisement')
  const saysGoodbye = to === 'stopped' || to === 'fault' || reason.kind === 'address-lost'
  if (from === 'master' && saysGoodbye) demand(knowledge.resignedAt === now, 'no-goodbye', 'it did not resign')
  const isYielding = reason.kind === 'higher-priority' || reason.kind === 'equal-priority-higher-address'
  if (isYielding) demand(knowledge.resignedAt !== now, 'needless-goodbye', 'it resigned although somebody better is master already')
  if (from !== 'init') return
  // A spare knows what its predecessor's checks said.
  const isHeir = node.spareAfter !== undefined && world.faults.some(({ fault }) => fault.kind === 'kill' && fault.node === node.name)
  const isAwaiting = !isDoubtful(node) && !isHeir && conf.trackScripts.some((entry) => entry.weight === 0)
  const since = now - knowledge.startedAt
  // FAULT for another reason is no part in anything.
  if (isAwaiting && to !== 'stopped' && to !== 'fault')
    demand(
      since >= shortestScript - dust,
      'unchecked',
      `it took part ${since.toFixed(2)} ms after its start, before its check had answered`,
    )
}

/** No program of these worlds ends sooner. */
const shortestScript = 2

/** A stranger's packet counts only if nothing in the protocol could tell it from a real one. */
function judgeStranger({ world, conf }: TransitionContext, reason: TransitionReason, demand: Demand): void {
  const named = 'from' in reason ? reason.from : 'master' in reason ? reason.master : 'to' in reason ? reason.to : undefined
  if (named !== attackerAddress[conf.family]) return
  const credible = world.faults.some(({ fault }) => fault.kind === 'hostile' && isCredible(fault.packet, conf))
  demand(credible && conf.peers.length === 0, 'stranger', `a packet from a stranger moved it (${reason.kind})`)
}

const hasStartupDelay = (node: NodeSpec): boolean => Object.values(node.files).some((text) => text.includes('vrrp_startup_delay'))

/** `init_fail`: its checks count as failed until they have answered. */
const isDoubtful = (node: NodeSpec): boolean => Object.values(node.files).some((text) => text.includes('init_fail'))

function isCredible(packet: (Fault & { kind: 'hostile' })['packet'], conf: InstanceConf): boolean {
  if (['lower-priority', 'higher-priority', 'resignation'].includes(packet)) return true
  // Version 3 has neither a password nor an interval that must agree.
  return conf.version === 3 && (packet === 'wrong-password' || packet === 'wrong-interval')
}

/** Took over for silence: not before the protocol's time, and not long after it. */
function judgeSilence(context: TransitionContext, reason: TransitionReason & { kind: 'master-silent' }, demand: Demand): void {
  const { conf, knowledge, now, node, isGrouped } = context
  const own = knowledge.priority ?? conf.priority
  const isStalled = knowledge.stalledAt !== undefined
  const heard = reason.master === undefined ? undefined : knowledge.heard.get(reason.master)
  const masterInterval = conf.version === 3 && heard !== undefined && heard.interval > 0 ? heard.interval : conf.advertInterval
  const missed = conf.downTimerAdverts * masterInterval
  judgeAfterFreeze(context, Math.min(masterInterval, conf.advertInterval), demand)
  // What a frozen process was handed late counts for it from then on.
  if (isStalled || hasFault(context, ['freeze', 'pause'])) return
  // A reload restarts timers, an address that was lost shortens them, hostile intervals are learned.
  if (hasFault(context, ['reload', 'address-removed', 'hostile'])) return
  if (reason.master !== undefined && heard === undefined)
    demand(false, 'silence', `it never heard ${reason.master}, whose silence it names`)
  const since = heard === undefined ? knowledge.startedAt : heard.at
  const waited = now - since
  const shortest = missed + slackOf(context, own, masterInterval, heard !== undefined)
  // A member waits for the others, and takes along those that are not yet due.
  demand(
    waited >= (isGrouped ? missed : shortest) - dust,
    'too-early',
    `it took over ${waited.toFixed(1)} ms after it last heard ${reason.master ?? 'anybody'}; the least is ${shortest.toFixed(1)} ms`,
  )
  demand(heard?.priority !== 0, 'resignation', `it waited ${waited.toFixed(1)} ms for ${reason.master}, which had resigned`)
  if (heard === undefined || heard.priority === 0 || isGrouped) return
  const longest = shortest + 2 * node.lag.max + dust
  const isFollowed = heard.priority >= own || !conf.preempt || knowledge.standsBack
  // Whoever came out of FAULT since then has listened anew.
  const isDisturbed = knowledge.listensSince > heard.at
  if (isFollowed && conf.preemptDelay === 0 && !isDisturbed) {
    demand(
      waited <= longest,
      'too-late',
      `it took over ${waited.toFixed(1)} ms after it last heard ${reason.master}; the most is ${longest.toFixed(1)} ms`,
    )
  }
}

/** Nobody claims for a group before every member has waited its time: whoever comes along had heard nothing that counts for so long. */
function judgeTakenAlong(context: TransitionContext, demand: Demand): void {
  const { conf, knowledge, now } = context
  if (hasFault(context, ['freeze', 'pause', 'reload', 'address-removed', 'hostile']) || knowledge.isHeir) return
  if (knowledge.askedBackAt === now) return
  const own = knowledge.priority ?? conf.priority
  // With several masters in the segment the last one heard is the one that is followed.
  const last = [...knowledge.spoke].reduce<[IpAddress, Hearing] | undefined>((a, b) => (a && a[1].at > b[1].at ? a : b), undefined)
  if (!last) return
  const [from, { at, priority, interval }] = last
  const hasResigned = [...knowledge.resigned.values()].some((resigned) => resigned >= at)
  if (hasResigned || at < knowledge.listensSince || (priority <= own && conf.preempt && !knowledge.standsBack)) return
  const missed = conf.downTimerAdverts * (conf.version === 3 && interval > 0 ? interval : conf.advertInterval)
  demand(
    now - at >= missed - dust,
    'too-early',
    `it came along ${(now - at).toFixed(1)} ms after it last heard ${from}; the least is ${missed} ms`,
  )
}

/** What is waited beyond the missed adverts: the skew, or with one peer, once that is master, a little against jitter. */
function slackOf({ conf }: TransitionContext, own: number, masterInterval: number, knowsMaster: boolean): number {
  const isSole = conf.solePeerTakeover && conf.peers.length === 1 && !conf.strict && knowsMaster
  return isSole ? Math.min(50, skewOf(conf, conf.priority, conf.advertInterval)) : skewOf(conf, own, masterInterval)
}

/** Timers that ran out while it was frozen are no evidence: it listens for an interval first. */
function judgeAfterFreeze({ world, node, now, knowledge }: TransitionContext, interval: number, demand: Demand): void {
  for (const { at, fault, lasts } of world.faults) {
    if ((fault.kind !== 'freeze' && fault.kind !== 'pause') || fault.node !== node.name || lasts === undefined) continue
    const since = now - (at + lasts)
    // A daemon that was not running yet was not frozen.
    if (knowledge.startedAt > at) continue
    const isLong = lasts > 2 * interval
    if (isLong && since >= 0)
      demand(since >= interval - dust, 'hasty-after-freeze', `it took over ${since.toFixed(1)} ms after a freeze of ${lasts} ms`)
  }
}

function judgeResignation(context: TransitionContext, reason: TransitionReason & { kind: 'master-resigned' }, demand: Demand): void {
  const { conf, knowledge, now, node, isGrouped } = context
  const at = knowledge.resigned.get(reason.master)
  demand(at !== undefined, 'resignation', `${reason.master} never resigned here`)
  if (at === undefined || hasFault(context, ['freeze', 'pause'])) return
  const own = knowledge.priority ?? conf.priority
  const waited = now - at
  const longest = skewOf(conf, Math.min(own, conf.priority), 4 * conf.advertInterval) + 2 * node.lag.max + dust
  if (knowledge.priorityChangedAt === undefined && !isGrouped) {
    demand(
      waited <= longest || conf.version === 3,
      'resignation',
      `it took ${waited.toFixed(1)} ms after the resignation; the most is ${longest.toFixed(1)} ms`,
    )
  }
  // A goodbye that is said again makes nobody wait again.
  const first = knowledge.leaving.get(reason.master) ?? at
  judgeHaste(context, reason.master, now - first, first, demand)
}

/** With more than one to claim, each waits its skew: who does not may not be the best. */
function judgeHaste(context: TransitionContext, master: IpAddress, waited: number, at: number, demand: Demand): void {
  const { conf, knowledge } = context
  const isSole = conf.solePeerTakeover && conf.peers.length === 1 && !conf.strict
  const own = knowledge.priority ?? conf.priority
  const spoken = knowledge.spoke.get(master)
  if (isSole || !spoken || hasFault(context, ['reload', 'address-removed', 'hostile'])) return
  const isFollowed = spoken.priority >= own || !conf.preempt || knowledge.standsBack
  const masterInterval = conf.version === 3 && spoken.interval > 0 ? spoken.interval : conf.advertInterval
  // Its own timer was far from its end: it had just heard that master, and nobody else has gone.
  const isFresh = at - spoken.at <= 1.2 * masterInterval && conf.downTimerAdverts >= 3
  const isOnly = [...knowledge.spoke.keys()].every((other) => other === master) && knowledge.startedAt < spoken.at
  if (!isFollowed || !isFresh || !isOnly || knowledge.priorityChangedAt !== undefined) return
  const shortest = Math.min(skewOf(conf, own, masterInterval), masterInterval)
  demand(
    waited >= shortest - dust,
    'resignation',
    `it took over ${waited.toFixed(1)} ms after the resignation; the least is ${shortest.toFixed(1)} ms`,
  )
}

/** It lets go when a successor has spoken and had its time to announce, or when somebody took an address away. */
function judgeSwitchedOver(context: TransitionContext, reason: TransitionReason & { kind: 'switched-over' }, demand: Demand): void {
  const { conf, knowledge, now } = context
  const { giving } = knowledge
  demand(giving !== undefined, 'reason', 'nobody asked it to make room')
  if (!giving) return
  const heard = knowledge.spoke.get(reason.to)
  demand(heard !== undefined && heard.at >= giving.since - dust, 'switchover', `${reason.to} has not spoken since it was asked`)
  const waited = now - (giving.successorAt ?? now)
  // What waited in the socket of a frozen process came before it was asked.
  const least = isMadeBeforeBroken(conf) && !hasFault(context, ['address-removed', 'freeze', 'pause']) ? 250 : 0
  demand(waited >= least - dust, 'switchover', `it let go ${waited.toFixed(1)} ms after it heard a successor; the least is ${least} ms`)
}

function judgePreemptDelay({ conf, knowledge, now }: TransitionContext, demand: Demand): void {
  if (conf.preemptDelay === 0) return
  const since = now - knowledge.startedAt
  demand(
    since >= conf.preemptDelay - dust,
    'preempt-delay',
    `it took over ${since.toFixed(1)} ms after its start; preempt_delay is ${conf.preemptDelay} ms`,
  )
}

/** What it yields to must have come over the wire in this very moment, or waited in the socket of a frozen process. */
function judgeHeard(context: TransitionContext, from: IpAddress, theirs: number, demand: Demand): void {
  const heard = context.knowledge.heard.get(from)
  demand(heard !== undefined, 'yield', `it yielded to ${from}, which it never heard`)
  if (!heard || hasFault(context, ['freeze', 'pause'])) return
  demand(
    heard.at === context.now && heard.priority === theirs,
    'yield',
    `it yielded to priority ${theirs} of ${from}; what came is ${heard.priority}`,
  )
}

function judgeTie(context: TransitionContext, reason: TransitionReason & { kind: 'equal-priority-higher-address' }, demand: Demand): void {
  const { conf, node } = context
  const own =
    conf.source ??
    node.interfaces[0]?.addresses.map((text) => text.split('/')[0]).find((text) => text?.includes(':') === (conf.family === 'ipv6'))
  demand(
    own === undefined || compareIp(reason.from, own as IpAddress) > 0,
    'tie',
    `it yielded to ${reason.from}, which is not above its own ${own}`,
  )
  judgeHeard(context, reason.from, reason.priority, demand)
}
