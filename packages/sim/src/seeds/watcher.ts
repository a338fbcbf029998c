// Watches a running world and judges it by rules of its own: what the network really delivered, what the kernels really
// have. It never asks the engine whether the engine is right.
import type { Family, IpAddress } from '@havip/base'
import type { Entry } from '@havip/vrrp-runtime'
import { attackerAddress } from '../attacker.ts'
import type { NodePlan } from '../node-plan.ts'
import type { RunningWorld } from '../simulate.ts'
import type { World } from '../world.ts'
import { disturbances, settlingTime } from './calm.ts'
import { type Hearing, hearingOf, judgeTransition, type NodeKnowledge } from './judge-transition.ts'
import type { Violation } from './violation.ts'

/** One mistake tends to come again and again: the first few of a world say it all. */
const violationsMax = 20

export class Watcher {
  readonly violations: Violation[] = []
  readonly #world: World
  readonly #disturbances: readonly number[]
  readonly #settling: number
  readonly #knowledge = new Map<string, NodeKnowledge>()
  readonly plans: ReadonlyMap<string, NodePlan>
  readonly #now: () => number

  constructor(world: World, plans: ReadonlyMap<string, NodePlan>, now: () => number) {
    this.#world = world
    this.plans = plans
    this.#now = now
    this.#disturbances = disturbances(world)
    this.#settling = settlingTime(world, plans)
  }

  add(rule: string, detail: string, at = this.#now()): void {
    if (this.violations.length < violationsMax) this.violations.push({ rule, at, detail })
  }

  /** The packet got to the socket; a frozen daemon sees it later. */
  heard(node: string, from: IpAddress, payload: Uint8Array): void {
    const knowledge = this.#know(node)
    const hearing = hearingOf(payload, this.#now())
    knowledge.heard.set(from, hearing)
    if (hearing.priority === 0) knowledge.resigned.set(from, hearing.at)
    knowledge.packets++
    this.#notePossibleConflict(node, from, hearing)
  }

  /** A lower router believes it is master: the one that hears it has to say otherwise, on the wire and to the neighbours. */
  #notePossibleConflict(node: string, from: IpAddress, { at, priority }: Hearing): void {
    const knowledge = this.#know(node)
    const conf = this.plans.get(node)?.configuration.instances[0]
    if (!conf || knowledge.states.get(conf.name) !== 'master' || from === attackerAddress[conf.family]) return
    const own = knowledge.priorities.get(conf.name) ?? conf.priority
    const isFrozen = this.#world.faults.some(({ fault }) => (fault.kind === 'freeze' || fault.kind === 'pause') && fault.node === node)
    if (priority > 0 && priority < own && !isFrozen) {
      knowledge.contradictedAt = at
      // An answer to somebody's goodbye counts as the answer of that half interval too.
      knowledge.hasAnswered = [...knowledge.resigned.values()].some((resigned) => resigned >= at - conf.advertInterval / 2)
    }
  }

  /** Called once the instant of `contradictedAt` is over. */
  #judgeObjection(node: string): void {
    const knowledge = this.#know(node)
    const { contradictedAt: at, hasAnswered } = knowledge
    const conf = this.plans.get(node)?.configuration.instances[0]
    if (at === undefined || this.#now() <= at || !conf) return
    knowledge.contradictedAt = undefined
    if (knowledge.states.get(conf.name) !== 'master') return
    // Once in half an interval is enough.
    const since = at - conf.advertInterval / 2 - 0.1
    if ((knowledge.sentAt ?? 0) < since) this.add('no-objection', `${node} heard a lower advertisement as master and sent none`, at)
    if (!hasAnswered && conf.garp.lowerPrioRepeat > 0 && (knowledge.announcedAt ?? 0) < since) {
      this.add('no-objection', `${node} heard a lower advertisement as master and announced nothing`, at)
    }
  }

  /** While it is master it speaks every interval, whatever anybody sends it. */
  sent(node: string, family: Family, datagram: Uint8Array): void {
    this.#judgeObjection(node)
    const knowledge = this.#know(node)
    const now = this.#now()
    const conf = this.plans.get(node)?.configuration.instances[0]
    const spec = this.#world.nodes.find((one) => one.name === node)
    const priority = datagram[(family === 'ipv4' ? 4 * ((datagram[0] ?? 0) & 15) : 0) + 2]
    if (priority === 0) {
      knowledge.resignedAt = now
      return
    }
    const isFrozen = this.#world.faults.some(({ fault }) => (fault.kind === 'freeze' || fault.kind === 'pause') && fault.node === node)
    if (conf && spec && !isFrozen && knowledge.sentAt !== undefined && knowledge.states.get(conf.name) === 'master') {
      const gap = now - knowledge.sentAt
      const longest = conf.advertInterval + 2 * spec.lag.max + 0.1
      if (gap > longest) this.add('rhythm', `${node} was silent for ${gap.toFixed(1)} ms as master; the most is ${longest} ms`)
    }
    knowledge.sentAt = now
  }

  announced(node: string): void {
    this.#judgeObjection(node)
    this.#know(node).announcedAt = this.#now()
  }

  entry(node: string, entry: Entry): void {
    const { what, instance } = entry
    const knowledge = this.#know(node)
    if (what.kind === 'event' && what.event.kind === 'stalled') knowledge.stalledAt = this.#now()
    if (what.kind === 'notified') knowledge.notified.push(what.argv)
    if (what.kind !== 'action') return
    const { action } = what
    if (action.kind === 'priority-changed') {
      knowledge.priorities.set(instance, action.to)
      knowledge.priorityChangedAt = this.#now()
    }
    if (action.kind !== 'transition') return
    const conf = this.plans.get(node)?.configuration.instances.find((one) => one.name === instance)
    if (!conf) {
      this.add('unknown-instance', `${node} speaks of an instance ${instance} that its file does not have`)
      return
    }
    const known = knowledge.states.get(instance) ?? 'init'
    if (action.from !== known) this.add('transition-chain', `${node}: leaves ${action.from}, but it was ${known}`)
    knowledge.states.set(instance, action.to)
    if (action.notify) knowledge.expected.push(action.to)
    const spec = this.#world.nodes.find((one) => one.name === node)
    if (!spec) return
    const context = { world: this.#world, node: spec, conf, knowledge, now: this.#now() }
    for (const { rule, detail } of judgeTransition(context, action)) this.add(rule, `${node}: ${detail}`)
  }

  /** A new run of the daemon begins with nothing. */
  restarted(node: string): void {
    const before = this.#know(node)
    this.#judgeNotifications(node, before)
    this.#knowledge.set(node, newKnowledge(this.#now(), before.heard))
  }

  #know(node: string): NodeKnowledge {
    let knowledge = this.#knowledge.get(node)
    if (!knowledge) {
      knowledge = newKnowledge(this.#now(), new Map())
      this.#knowledge.set(node, knowledge)
    }
    return knowledge
  }

  isCalm(now: number): boolean {
    const last = this.#disturbances.findLast((at) => at <= now) ?? 0
    return now - last >= this.#settling
  }

  /** Between two events: if nothing has happened for long enough, everybody who can talk must agree. */
  look(world: RunningWorld): void {
    if (!this.isCalm(world.now)) return
    const { machines, network } = world
    if (machines.some((machine) => machine.isStill)) return
    const live = machines.filter((machine) => machine.answers && machine.run?.daemon && machine.kernel.links.every((link) => link.isUp))
    const pairs = live.flatMap((a, i) => live.slice(i + 1).map((b) => [a.name, b.name] as const))
    const talks = (a: string, b: string): boolean => network.hearEachOther(a, b)
    // One-way paths and chains of three have no answer that a rule could demand.
    if (pairs.some(([a, b]) => network.hears(a, b) !== network.hears(b, a))) return
    if (network.hasLoss()) return
    const seen = new Set<string>()
    for (const { name } of live) {
      if (seen.has(name)) continue
      const component = live.filter((other) => other.name === name || talks(name, other.name)).map((other) => other.name)
      for (const one of component) seen.add(one)
      if (component.some((a) => component.some((b) => a !== b && !talks(a, b)))) continue
      this.#judgeComponent(world, component)
    }
  }

  #judgeComponent(world: RunningWorld, component: readonly string[]): void {
    for (const { address } of world.addresses) {
      const owners = world.machines
        .filter((machine) => component.includes(machine.name) && machine.kernel.has(address))
        .map(({ name }) => name)
      const fit = component.filter((name) => ['backup', 'master'].includes(this.#know(name).states.get('VI_1') ?? 'init'))
      const where = `${component.join(', ')} hear each other`
      if (owners.length > 1) this.add('two-owners', `${where}, and ${owners.join(' and ')} have ${address}`)
      if (owners.length === 0 && fit.length > 0) this.add('no-owner', `${where}, ${fit.join(', ')} could, and nobody has ${address}`)
      const owner = owners[0]
      if (owner !== undefined && owners.length === 1) this.#judgePreempt(owner, fit)
    }
  }

  /** With everybody preempting the best one rules. */
  #judgePreempt(owner: string, fit: readonly string[]): void {
    const confOf = (name: string) => this.plans.get(name)?.configuration.instances[0]
    const priorityOf = (name: string): number => {
      const base = confOf(name)?.priority ?? 0
      // An owner that gave way to another owner for a while is an owner all the same.
      return base === 255 ? base : (this.#know(name).priorities.get('VI_1') ?? base)
    }
    if (fit.some((name) => confOf(name)?.preempt !== true)) return
    const best = Math.max(...fit.map(priorityOf))
    if (priorityOf(owner) < best) {
      this.add('preempt', `${owner} with priority ${priorityOf(owner)} keeps the addresses although ${best} is there and preempts`)
    }
  }

  finish(world: RunningWorld): void {
    for (const [node, knowledge] of this.#knowledge) this.#judgeNotifications(node, knowledge)
    for (const machine of world.machines) {
      const status = machine.run?.isAlive && !machine.isStill ? machine.run.daemon?.status() : undefined
      for (const instance of status?.instances ?? []) {
        const isCalm = this.isCalm(world.now) && machine.kernel.links.every((link) => link.isUp)
        if (isCalm && (instance.state === 'fault' || instance.state === 'init')) {
          this.add(
            'stuck',
            `${machine.name} is in ${instance.state.toUpperCase()} although nothing is wrong any more: ${instance.faults.join(', ')}`,
          )
        }
        if (instance.stoppedBecause !== undefined) this.add('instance-broke', `${machine.name}: ${instance.stoppedBecause}`)
        this.#judgeCounters(machine.name, instance)
        const state = this.#know(machine.name).states.get(instance.name) ?? 'init'
        if (instance.state !== state) this.add('status', `${machine.name}: status says ${instance.state}, transitions say ${state}`)
      }
    }
  }

  #judgeCounters(
    node: string,
    instance: { readonly name: string; readonly state: string; readonly counters: Readonly<Record<string, number>> },
  ): void {
    const count = instance.counters
    const held = (count.become_master ?? 0) - (count.release_master ?? 0)
    if (held !== (instance.state === 'master' ? 1 : 0)) {
      this.add(
        'counters',
        `${node}: became master ${count.become_master} times, released ${count.release_master} times, and is ${instance.state}`,
      )
    }
    const refused = [
      'packet_len_err',
      'version_err',
      'invalid_type_rcvd',
      'vrid_err',
      'advert_interval_err',
      'invalid_authtype',
      'authtype_mismatch',
    ]
      .concat(['auth_failure', 'checksum_err', 'ip_ttl_err', 'wrong_destination', 'ignored', 'unknown_source', 'malformed'])
      .reduce((sum, name) => sum + (count[name] ?? 0), 0)
    const judged = (count.advert_rcvd ?? 0) + refused
    const { packets } = this.#know(node)
    if (judged > packets) this.add('counters', `${node}: counts ${judged} packets, and only ${packets} came`)
    if (judged < packets && !this.#mayLose(node)) this.add('counters', `${node}: counts ${judged} packets of ${packets} that came`)
  }

  /** A frozen daemon's socket may overflow, and a daemon that starts has no ears yet. */
  #mayLose(node: string): boolean {
    return this.#world.faults.some(({ fault }) => (fault.kind === 'freeze' || fault.kind === 'pause') && fault.node === node)
  }

  /** Scripts hear of every transition, in order, each once: the state's own script, then the general one. */
  #judgeNotifications(node: string, { expected, notified }: NodeKnowledge): void {
    const words: Readonly<Record<string, string>> = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT', stopped: 'STOP' }
    const wanted = expected.flatMap((state) => {
      const word = words[state]
      return word ? [`own ${word}`, `any ${word}`] : []
    })
    const got = notified.flatMap((argv) => {
      if (argv[1] === 'own') return [`own ${argv[2]}`]
      return argv[1] === 'any' ? [`any ${argv[4]}`] : []
    })
    if (wanted.length === 0 || got.length === 0) return
    if (wanted.join() !== got.join())
      this.add('notify', `${node}: scripts heard ${got.join(', ')}; transitions were ${expected.join(', ')}`)
    const repeated = expected.find((state, i) => i > 0 && state === expected[i - 1])
    if (repeated) this.add('notify', `${node}: told twice in a row that it is ${repeated}`)
  }
}

const newKnowledge = (now: number, heard: ReadonlyMap<IpAddress, Hearing>): NodeKnowledge => ({
  startedAt: now,
  heard: new Map(heard),
  resigned: new Map(),
  states: new Map(),
  priorities: new Map(),
  priorityChangedAt: undefined,
  stalledAt: undefined,
  notified: [],
  expected: [],
  sentAt: undefined,
  resignedAt: undefined,
  announcedAt: undefined,
  contradictedAt: undefined,
  hasAnswered: false,
  packets: 0,
})
