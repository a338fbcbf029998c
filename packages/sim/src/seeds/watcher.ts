// Watches a running world and judges it by rules of its own: what the network really delivered, what the kernels really
// have. It never asks the engine whether the engine is right.
import type { Family, IpAddress } from '@havip/base'
import type { Configuration, InstanceConf, ScriptConf } from '@havip/conf'
import type { Entry, Mail } from '@havip/vrrp-runtime'
import { attackerAddress } from '../attacker.ts'
import type { Machine } from '../machine.ts'
import { type NodePlan, planOf } from '../node-plan.ts'
import type { Life } from '../observer.ts'
import type { RunningWorld } from '../simulate.ts'
import type { NodeSpec, World } from '../world.ts'
import { disturbances, settlingTime } from './calm.ts'
import { GroupLedger } from './group-ledger.ts'
import { judgeCalm } from './judge-calm.ts'
import { judgeCounters } from './judge-counters.ts'
import { judgeHoldings } from './judge-holdings.ts'
import { judgePacket } from './judge-packet.ts'
import { judgePriorities } from './judge-priorities.ts'
import { judgeAnnouncements, judgeTold } from './judge-told.ts'
import { judgeTransition } from './judge-transition.ts'
import { type Hearing, hearingOf, type Knowledge, newKnowledge } from './knowledge.ts'
import { isMadeBeforeBroken, judgeTakenBack, longestGiving, overlapOfReturn } from './planned-moves.ts'
import { ScriptLedger, type ScriptVerdict } from './script-ledger.ts'
import type { Violation } from './violation.ts'

/** One mistake tends to come again and again: the first few of a world say it all. */
const violationsMax = 20
/** A change of the machine has got to everybody's priority by then. */
const noticedAfter = 20

export class Watcher {
  readonly violations: Violation[] = []
  readonly #world: World
  readonly #disturbances: readonly number[]
  readonly #settling: number
  readonly #knowledge = new Map<string, Knowledge>()
  readonly #plans: Map<string, NodePlan>
  /** Nodes that got another configuration than they began with. */
  readonly #reloaded = new Set<string>()
  /** By node and script, by node and group. */
  readonly #scripts = new Map<string, ScriptLedger>()
  readonly #groups = new Map<string, GroupLedger>()
  /** Nodes whose daemon was killed last: a spare goes on where it ended. */
  readonly #killed = new Set<string>()
  readonly #frozen: ReadonlySet<string>
  readonly #now: () => number
  #machines: ReadonlyMap<string, Machine> = new Map()

  constructor(world: World, plans: ReadonlyMap<string, NodePlan>, now: () => number) {
    this.#world = world
    this.#plans = new Map(plans)
    this.#now = now
    this.#disturbances = disturbances(world)
    this.#settling = settlingTime(world, plans)
    this.#frozen = new Set(world.faults.flatMap(({ fault }) => (fault.kind === 'freeze' || fault.kind === 'pause' ? [fault.node] : [])))
  }

  add(rule: string, detail: string, at = this.#now()): void {
    if (this.violations.length < violationsMax) this.violations.push({ rule, at, detail })
  }

  begin({ machines }: RunningWorld): void {
    this.#machines = new Map(machines.map((machine) => [machine.name, machine]))
  }

  configurationOf(node: string): Configuration | undefined {
    return this.#plans.get(node)?.configuration
  }

  knowledgeOf(node: string, instance: string): Knowledge {
    const key = `${node} ${instance}`
    let knowledge = this.#knowledge.get(key)
    if (!knowledge) {
      knowledge = newKnowledge(this.#now())
      this.#knowledge.set(key, knowledge)
    }
    return knowledge
  }

  #instances(node: string): readonly InstanceConf[] {
    return this.configurationOf(node)?.instances ?? []
  }

  #specOf(node: string): NodeSpec | undefined {
    return this.#world.nodes.find((one) => one.name === node)
  }

  /** The packet got to the socket; a frozen daemon sees it later. */
  heard(node: string, from: IpAddress, payload: Uint8Array, ttl: number): void {
    const conf = this.#instances(node).find(({ vrid }) => vrid === payload[1])
    if (!conf) return
    const knowledge = this.knowledgeOf(node, conf.name)
    const hearing = hearingOf(payload, this.#now())
    knowledge.heard.set(from, hearing)
    if (hearing.priority === 0) {
      knowledge.resigned.set(from, hearing.at)
      if (!knowledge.leaving.has(from)) knowledge.leaving.set(from, hearing.at)
    } else {
      knowledge.spoke.set(from, hearing)
      knowledge.leaving.delete(from)
    }
    knowledge.packets.all++
    if (ttl !== 255) knowledge.packets.farAway++
    if (hearing.priority === 0) knowledge.packets.goodbyes++
    else if (knowledge.giving) knowledge.giving.successorAt ??= hearing.at
    this.#notePossibleConflict(node, conf, from, hearing)
  }

  /** A lower router believes it is master: the one that hears it has to say otherwise, on the wire and to the neighbours. */
  #notePossibleConflict(node: string, conf: InstanceConf, from: IpAddress, { at, priority }: Hearing): void {
    const knowledge = this.knowledgeOf(node, conf.name)
    if (knowledge.state !== 'master' || this.#frozen.has(node)) return
    // Whoever makes room waits for just that, and whoever takes back has not told the other yet.
    if (knowledge.giving || (knowledge.takenBack && at <= knowledge.takenBack.wordAt + 2 * this.#lagOf(node))) return
    if (from === attackerAddress[conf.family] && !(priority === 0 && this.#believesGoodbyes(conf))) return
    const own = knowledge.priority ?? conf.priority
    // Who hears a goodbye as master says that it is there (RFC 9568 §6.4.3, (705)), and need announce nothing.
    knowledge.owesAnswer = priority === 0
    if (priority === 0) {
      knowledge.contradictedAt = at
      knowledge.hasAnswered = true
      return
    }
    if (priority >= own) return
    // The last word of who gave the addresses away asks for announcements alone.
    knowledge.owesAdvert = priority !== 1
    knowledge.contradictedAt = at
    // An answer to somebody's goodbye counts as the answer of that half interval too.
    knowledge.hasAnswered = [...knowledge.resigned.values()].some((resigned) => resigned >= at - conf.advertInterval / 2)
  }

  /** A stranger's goodbye is as good as any where nobody asks who speaks, unless it is one of many packets of noise. */
  #believesGoodbyes({ peers }: InstanceConf): boolean {
    const isNoise = this.#world.faults.some(({ fault }) => fault.kind === 'hostile' && fault.packet === 'random-bytes')
    return peers.length === 0 && !isNoise
  }

  /** Called once the instant of `contradictedAt` is over. */
  #judgeObjection(node: string, conf: InstanceConf): void {
    const knowledge = this.knowledgeOf(node, conf.name)
    const { contradictedAt: at, hasAnswered } = knowledge
    if (at === undefined || this.#now() <= at) return
    knowledge.contradictedAt = undefined
    if (knowledge.state !== 'master' || (knowledge.giving && knowledge.giving.since <= at)) return
    // Once in half an interval is enough.
    const since = at - conf.advertInterval / 2 - 0.1
    const who = `${node} ${conf.name} heard a ${knowledge.owesAnswer ? 'goodbye' : 'lower advertisement'} as master`
    if ((knowledge.owesAnswer || (knowledge.owesAdvert && !conf.lowerPrioNoAdvert)) && (knowledge.sentAt ?? 0) < since)
      this.add('no-objection', `${who} and sent none`, at)
    const isPaced = (this.configurationOf(node)?.global.garpInterval ?? 0) > 0
    if (!hasAnswered && !isPaced && conf.garp.lowerPrioRepeat > 0 && (knowledge.announcedAt ?? 0) < since) {
      this.add('no-objection', `${who} and announced nothing`, at)
    }
  }

  sent(node: string, family: Family, datagram: Uint8Array): void {
    const head = family === 'ipv4' ? 4 * ((datagram[0] ?? 0) & 15) : 0
    const conf = this.#instances(node).find(({ vrid }) => vrid === datagram[head + 1])
    if (!conf) return
    this.#judgeObjection(node, conf)
    const knowledge = this.knowledgeOf(node, conf.name)
    const priority = datagram[head + 2] ?? 0
    knowledge.sent.all++
    // A reload is known here a moment before the daemon has read it.
    if (!this.#reloaded.has(node)) {
      for (const { rule, detail } of judgePacket(conf, datagram.subarray(head))) this.add(rule, `${node} ${conf.name}: ${detail}`)
    }
    if (priority === 0) this.#saidGoodbye(node, conf, knowledge)
    else if (!this.#saysLastWord(node, conf, knowledge, priority)) this.#spoke(node, conf, knowledge, priority)
  }

  /** A switchover ends with one advert that is lower than any other, so that the successor announces again. */
  #saysLastWord(node: string, conf: InstanceConf, { giving }: Knowledge, priority: number): boolean {
    const kernel = this.#machines.get(node)?.kernel
    return giving !== undefined && priority === 1 && !conf.virtualAddresses.some(({ address }) => kernel?.has(address))
  }

  /** Whoever takes over at once must not find the addresses here. */
  #saidGoodbye(node: string, conf: InstanceConf, knowledge: Knowledge): void {
    knowledge.resignedAt = this.#now()
    knowledge.sent.goodbyes++
    const kernel = this.#machines.get(node)?.kernel
    const still = conf.virtualAddresses.find(({ address }) => kernel?.has(address))
    if (still && !knowledge.giving) this.add('goodbye-too-early', `${node} ${conf.name} says goodbye and still has ${still.address}`)
  }

  /** While it is master it speaks every interval, whatever anybody sends it, and says who it is. */
  #spoke(node: string, conf: InstanceConf, knowledge: Knowledge, priority: number): void {
    const now = this.#now()
    const spec = this.#specOf(node)
    const own = knowledge.priority ?? conf.priority
    if (priority !== own && !(conf.priority === 255 && priority >= 254)) {
      this.add('wrong-priority', `${node} ${conf.name} sends priority ${priority}; it is ${own}`)
    }
    this.#endGiving(node, conf, knowledge)
    const { takenBack } = knowledge
    if (takenBack && takenBack.spokeAt === undefined) this.#saysFirstWord(node, conf, knowledge, takenBack)
    const spokeAt = knowledge.masterSince === undefined ? knowledge.sentAt : Math.max(knowledge.masterSince, knowledge.sentAt ?? 0)
    const gap = spokeAt === undefined || knowledge.state !== 'master' ? 0 : now - spokeAt
    const longest = conf.advertInterval + 2 * (spec?.lag.max ?? 0) + 0.1
    if (gap > longest && !this.#frozen.has(node) && !this.#reloaded.has(node)) {
      this.add('rhythm', `${node} ${conf.name} was silent for ${gap.toFixed(1)} ms as master; the most is ${longest} ms`)
    }
    this.#judgeAfterFreeze(node, conf, knowledge)
    const { owesAdvertSince: owed } = knowledge
    knowledge.owesAdvertSince = undefined
    if (owed !== undefined && now - owed > noticedAfter) {
      this.add('unsaid', `${node} ${conf.name} says its new priority ${(now - owed).toFixed(1)} ms after the reload that brought it`)
    }
    knowledge.sentAt = now
  }

  /** Nobody has taken over: it speaks as before. */
  #endGiving(node: string, conf: InstanceConf, knowledge: Knowledge): void {
    const { giving } = knowledge
    if (!giving) return
    this.#judgeGiving(node, conf, giving.since)
    knowledge.giving = undefined
    knowledge.standsBack = false
    knowledge.gaveUpAt = this.#now()
    knowledge.sentAt = undefined
    // What it announces from now on is not in the rhythm of its beginning.
    knowledge.masterSince = undefined
  }

  #judgeGiving(node: string, conf: InstanceConf, since: number): void {
    const group = this.#groupOf(node, conf.name)?.members.map(({ name }) => name) ?? [conf.name]
    const longest = Math.max(...this.#instances(node).flatMap((one) => (group.includes(one.name) ? [longestGiving(one)] : [])))
    const lasted = this.#now() - since
    if (lasted <= longest + 2 * this.#lagOf(node) + 10 || this.#frozen.has(node) || this.#reloaded.has(node)) return
    this.add('endless-switchover', `${node} ${conf.name} makes room for ${lasted.toFixed(0)} ms; the most is ${longest} ms`)
  }

  #lagOf(node: string): number {
    return this.#specOf(node)?.lag.max ?? 0
  }

  /** Everybody who asked the old master has been told by then, and its group is here: its peer lets go of all members at one's word. */
  #saysFirstWord(node: string, conf: InstanceConf, knowledge: Knowledge, takenBack: NonNullable<Knowledge['takenBack']>): void {
    takenBack.spokeAt = this.#now()
    const { at, wordAt } = takenBack
    const now = this.#now()
    const isExcused =
      this.#frozen.has(node) ||
      conf.higherPrioSendAdvert ||
      this.#world.faults.some(({ fault }) => fault.kind === 'reload' && fault.node === node) ||
      [...knowledge.resigned.values()].some((resigned) => resigned >= at)
    if (isExcused) return
    const who = `${node} ${conf.name} takes the addresses back and says so ${(now - at).toFixed(1)} ms after`
    if (now < wordAt - 0.1) this.add('hasty-word', `${who}; the least is ${wordAt - at} ms`)
    if (now > wordAt + 2 * this.#lagOf(node) + 0.1) this.add('late-word', `${who}; the most is ${wordAt - at} ms`)
  }

  /** What is asked of an instance is asked of its whole group. */
  #asked(node: string, instance: string, kind: 'yield' | 'take-back'): void {
    const members = this.#groupOf(node, instance)?.members ?? [{ name: instance }]
    for (const { name } of members) {
      const knowledge = this.knowledgeOf(node, name)
      if (kind === 'take-back') knowledge.askedBackAt = this.#now()
      if (kind === 'take-back' || knowledge.state !== 'master' || knowledge.giving) continue
      knowledge.giving = { since: this.#now(), successorAt: undefined }
      knowledge.standsBack = true
      const conf = this.#instances(node).find((one) => one.name === name)
      // Its announcements are over, whether or not somebody takes over.
      if (conf) this.#reignEnds(node, conf, knowledge)
    }
  }

  /** A master that did not run for so long that others must have taken over says nothing before it has listened. */
  #judgeAfterFreeze(node: string, conf: InstanceConf, { masterSince }: Knowledge): void {
    const silence = Math.max(1000, conf.downTimerAdverts * conf.advertInterval) + 1.5 * conf.advertInterval + 20
    for (const { at, fault, lasts } of this.#world.faults) {
      if ((fault.kind !== 'freeze' && fault.kind !== 'pause') || fault.node !== node || lasts === undefined || lasts < silence) continue
      const since = this.#now() - (at + lasts)
      if (masterSince !== undefined && masterSince < at && since >= 0 && since < conf.advertInterval / 2) {
        this.add('hasty-after-freeze', `${node} ${conf.name} goes on as master after a freeze of ${lasts} ms`)
      }
    }
  }

  announced(node: string, address: IpAddress): void {
    if (this.#machines.get(node)?.kernel.has(address) === false)
      this.add('announced-not-owned', `${node} announces ${address} without having it`)
    const conf = this.#instances(node).find(({ virtualAddresses }) => virtualAddresses.some((entry) => entry.address === address))
    if (!conf) return
    this.#judgeObjection(node, conf)
    const knowledge = this.knowledgeOf(node, conf.name)
    // What is put back, or new in its file, is announced whenever it comes.
    const isNew = this.#world.faults.some(
      ({ fault }) => (fault.kind === 'address-removed' || fault.kind === 'reload') && fault.node === node,
    )
    if (knowledge.giving && !isNew) this.add('loud-giving', `${node} ${conf.name} makes room and announces ${address}`)
    knowledge.announcedAt = this.#now()
    knowledge.announcements.push({ at: this.#now(), address })
  }

  piped(node: string, text: string): void {
    const [, name, word] = /^INSTANCE "([^"]+)" (\S+)/.exec(text) ?? []
    if (name !== undefined && word !== undefined) this.knowledgeOf(node, name).piped.push(word)
  }

  mailed(node: string, mail: Mail): void {
    const subject = mail.headers.find(([name]) => name === 'Subject')?.[1] ?? ''
    const [, name, word] = /VRRP Instance (\S+) - Entering (\S+) state/.exec(subject) ?? []
    if (name !== undefined && word !== undefined) this.knowledgeOf(node, name).mailed.push(word)
  }

  /** The daemon starts another program. */
  ran(node: string, argv: readonly string[]): void {
    const machine = this.#machines.get(node)
    const line = argv.join(' ')
    const script = this.configurationOf(node)?.scripts.find(({ command }) => command.argv.join(' ') === line)
    if (machine && script) this.#ledgerOf(node, script).started(this.#now(), machine.behaviourOf(argv))
  }

  #ledgerOf(node: string, script: ScriptConf): ScriptLedger {
    const key = `${node} ${script.name}`
    let ledger = this.#scripts.get(key)
    if (!ledger) {
      ledger = new ScriptLedger(script, this.#killed.has(node))
      this.#scripts.set(key, ledger)
    }
    return ledger
  }

  #groupLedger(node: string, instance: string): GroupLedger | undefined {
    const group = this.#groupOf(node, instance)
    if (!group) return undefined
    const key = `${node} ${group.name}`
    let ledger = this.#groups.get(key)
    if (!ledger) {
      ledger = new GroupLedger(group)
      this.#groups.set(key, ledger)
    }
    return ledger
  }

  life(node: string, life: Life): void {
    if (life.kind === 'daemon-killed') this.#killed.add(node)
    if (life.kind === 'power-off' || life.kind === 'daemon-exited') this.#killed.delete(node)
    const machine = this.#machines.get(node)
    // What was put in the file's place while no daemon ran is read at the next start.
    if ((life.kind !== 'reloaded' && life.kind !== 'daemon-started') || !machine) return
    const { configFile } = machine.spec
    const before = this.#instances(node)
    this.#plans.set(node, planOf({ name: node, files: Object.fromEntries(machine.files), configFile }))
    if (life.kind === 'reloaded') this.#noteNewPriorities(node, before)
    if (this.#world.faults.some(({ fault }) => fault.kind === 'reload' && fault.node === node && fault.file !== undefined)) {
      this.#reloaded.add(node)
    }
  }

  /** A master says at once what its adverts say from now on. */
  #noteNewPriorities(node: string, before: readonly InstanceConf[]): void {
    if (this.#frozen.has(node)) return
    for (const { name, priority } of this.#instances(node)) {
      const knowledge = this.knowledgeOf(node, name)
      const was = before.find((conf) => conf.name === name)?.priority
      // At an end of the range trackers may hold it where it is.
      const own = knowledge.priority ?? was ?? priority
      const isHeld = own <= 1 || own >= 254
      if (knowledge.state === 'master' && was !== undefined && was !== priority && !isHeld) knowledge.owesAdvertSince = this.#now()
    }
  }

  entry(node: string, { what, instance }: Entry): void {
    const conf = this.#instances(node).find(({ name }) => name === instance)
    const knowledge = this.knowledgeOf(node, instance)
    if (what.kind === 'event' && what.event.kind === 'stalled') knowledge.stalledAt = this.#now()
    if (what.kind === 'event' && (what.event.kind === 'yield' || what.event.kind === 'take-back'))
      this.#asked(node, instance, what.event.kind)
    if (what.kind === 'resumed') {
      knowledge.state = what.legacy.kind
      knowledge.isHeir = true
      knowledge.standsBack = knowledge.stoodBack && what.legacy.kind === 'backup'
      this.#groupLedger(node, instance)?.moved(instance, what.legacy.kind, false)
    }
    if (what.kind === 'notified') {
      knowledge.notified.push(what.argv)
      if (what.argv[1] === 'group') this.#groupLedger(node, instance)?.told(what.argv[2] ?? '')
    }
    if (what.kind === 'event' && what.event.kind === 'address-lost' && knowledge.state === 'master' && what.event.what === undefined) {
      knowledge.lost = { address: what.event.address, at: this.#now() }
    }
    if (what.kind !== 'action') return
    const { action } = what
    if (action.kind === 'priority-changed') {
      knowledge.priority = action.to
      knowledge.priorityChangedAt = this.#now()
      if (conf) this.#judgeOwner(node, conf, action.to)
    }
    if (action.kind !== 'transition') return
    if (!conf) {
      this.add('unknown-instance', `${node} speaks of an instance ${instance} that its file does not have`)
      return
    }
    if (action.from !== knowledge.state) this.add('transition-chain', `${node}: leaves ${action.from}, but it was ${knowledge.state}`)
    if (knowledge.state === 'master' && !knowledge.giving) this.#reignEnds(node, conf, knowledge)
    knowledge.state = action.to
    knowledge.takenBack = undefined
    this.#groupLedger(node, instance)?.moved(instance, action.to, true)
    knowledge.masterSince = undefined
    knowledge.owesAdvertSince = undefined
    if (action.to === 'backup') knowledge.listensSince = this.#now()
    if (action.to === 'master') {
      const now = this.#now()
      knowledge.masterSince = now
      knowledge.announcements = knowledge.announcements.filter(({ at }) => at === now)
      if (knowledge.askedBackAt === now && isMadeBeforeBroken(conf)) {
        knowledge.takenBack = { at: now, wordAt: now + overlapOfReturn(conf), spokeAt: undefined }
      }
    }
    const spec = this.#specOf(node)
    if (!spec) return
    if (action.notify) knowledge.expected.push({ at: this.#now(), state: action.to })
    const isGrouped = this.#groupOf(node, instance) !== undefined
    const context = { world: this.#world, node: spec, conf, knowledge, now: this.#now(), isGrouped }
    for (const { rule, detail } of judgeTransition(context, action)) this.add(rule, `${node} ${instance}: ${detail}`)
    if (knowledge.giving) this.#judgeGiving(node, conf, knowledge.giving.since)
    knowledge.giving = undefined
    if (action.to === 'master') knowledge.standsBack = false
  }

  /** Nothing moves an owner of the addresses but another one, and then by one. */
  #judgeOwner(node: string, conf: InstanceConf, priority: number): void {
    if (conf.priority !== 255 || priority === 255) return
    const hasRival = [...this.#plans].some(
      ([other, { configuration }]) =>
        other !== node && configuration.instances.some(({ vrid, priority: theirs }) => vrid === conf.vrid && theirs === 255),
    )
    if (priority < 254 || !hasRival) this.add('priority', `${node} ${conf.name} owns the addresses, and its priority is ${priority}`)
  }

  #groupOf(node: string, instance: string) {
    return this.configurationOf(node)?.syncGroups.find(({ members }) => members.some(({ name }) => name === instance))
  }

  #reignEnds(node: string, conf: InstanceConf, { masterSince, announcements, takenBack }: Knowledge): void {
    const spec = this.#specOf(node)
    const global = this.configurationOf(node)?.global
    if (masterSince === undefined || !spec || !global || this.#frozen.has(node) || this.#reloaded.has(node)) return
    const reign = {
      from: masterSince,
      to: this.#now(),
      addresses: conf.virtualAddresses.map(({ address }) => address),
      announcements,
      lagMax: spec.lag.max,
    }
    for (const { rule, detail } of judgeAnnouncements(conf, global, reign)) this.add(rule, `${node} ${conf.name}: ${detail}`)
    if (!takenBack || global.garpInterval > 0) return
    for (const { rule, detail } of judgeTakenBack(conf, takenBack, { announcements }, reign.to, spec.lag.max)) {
      this.add(rule, `${node} ${conf.name}: ${detail}`)
    }
  }

  /** A new run of the daemon begins with nothing. */
  restarted(node: string): void {
    this.#judgeGroups(node)
    for (const key of [...this.#groups.keys()]) if (key.startsWith(`${node} `)) this.#groups.delete(key)
    for (const key of [...this.#scripts.keys()]) if (key.startsWith(`${node} `)) this.#scripts.delete(key)
    for (const conf of this.#instances(node)) {
      const before = this.knowledgeOf(node, conf.name)
      this.#judgeTold(node, conf, before, undefined)
      const knowledge = newKnowledge(this.#now(), before)
      // A spare knows what its predecessor knew; anybody else finds out.
      this.#knowledge.set(`${node} ${conf.name}`, knowledge)
    }
  }

  #judgeTold(node: string, conf: InstanceConf, knowledge: Knowledge, livesAt: number | undefined): void {
    const hasPipe = this.configurationOf(node)?.global.vrrpNotifyFifo !== undefined
    for (const { rule, detail } of judgeTold(`${node} ${conf.name}`, conf, knowledge, hasPipe, livesAt)) this.add(rule, detail)
  }

  #judgeGroups(node: string): void {
    for (const [key, ledger] of this.#groups) {
      const mistake = key.startsWith(`${node} `) ? ledger.mistake() : undefined
      if (mistake !== undefined) this.add('group-notify', `${key}: ${mistake}`)
    }
  }

  #sinceDisturbance(now: number): number {
    return now - (this.#disturbances.findLast((at) => at <= now) ?? 0)
  }

  isCalm(now: number): boolean {
    return this.#sinceDisturbance(now) >= this.#settling
  }

  /** Nothing has just happened on that machine: who has noticed everything, knows. */
  #judgeMachine(machine: Machine, now: number): void {
    const { name } = machine
    if (!machine.run?.daemon || machine.isStill || !machine.answers || this.#sinceDisturbance(now) < noticedAfter) return
    const scripts = this.configurationOf(name)?.scripts ?? []
    const verdicts = new Map<string, ScriptVerdict>()
    for (const script of scripts) {
      const { verdict, since } = this.#ledgerOf(name, script).at(now)
      if (now - since < noticedAfter) return
      verdicts.set(script.name, verdict)
    }
    for (const { rule, detail } of judgePriorities(machine, this, (script) => verdicts.get(script) ?? 'unknown')) this.add(rule, detail)
  }

  /** An address that was put back is announced: the neighbours may have learned another one meanwhile. */
  #judgeReturn(machine: Machine, conf: InstanceConf): void {
    const knowledge = this.knowledgeOf(machine.name, conf.name)
    const { lost, masterSince, state, announcements } = knowledge
    if (lost === undefined || this.#now() <= lost.at) return
    knowledge.lost = undefined
    const isPaced = (this.configurationOf(machine.name)?.global.garpInterval ?? 0) > 0
    const isBack = state === 'master' && masterSince !== undefined && masterSince <= lost.at && machine.kernel.has(lost.address)
    if (!isBack || isPaced || machine.isStill || announcements.some(({ at, address }) => address === lost.address && at >= lost.at)) return
    this.add('silent-return', `${machine.name} ${conf.name} put ${lost.address} back and announced nothing`, lost.at)
  }

  /** Somebody may have taken over for a moment: who goes on as master leads the neighbours back. */
  #judgeGivenUp(machine: Machine, conf: InstanceConf): void {
    const knowledge = this.knowledgeOf(machine.name, conf.name)
    const { gaveUpAt, state, announcements } = knowledge
    if (gaveUpAt === undefined || this.#now() <= gaveUpAt) return
    knowledge.gaveUpAt = undefined
    const isPaced = (this.configurationOf(machine.name)?.global.garpInterval ?? 0) > 0
    if (state !== 'master' || isPaced || machine.isStill || announcements.some(({ at }) => at >= gaveUpAt)) return
    this.add('silent-return', `${machine.name} ${conf.name} keeps the addresses after all and announced nothing`, gaveUpAt)
  }

  /** Between two events. */
  look(world: RunningWorld): void {
    for (const { rule, detail } of judgeHoldings(world, this)) this.add(rule, detail)
    for (const machine of world.machines) {
      this.#judgeMachine(machine, world.now)
      for (const conf of this.#instances(machine.name)) {
        this.#judgeReturn(machine, conf)
        this.#judgeGivenUp(machine, conf)
      }
    }
    // If nothing has happened for long enough, everybody who can talk must agree.
    if (!this.isCalm(world.now)) return
    for (const { rule, detail } of judgeCalm(world, this)) this.add(rule, detail)
  }

  finish(world: RunningWorld): void {
    for (const machine of world.machines) {
      this.#judgeGroups(machine.name)
      const isRunning = machine.run?.isAlive === true && !machine.isStill
      const status = isRunning ? machine.run?.daemon?.status() : undefined
      const isCalm = this.isCalm(world.now) && machine.kernel.links.every((link) => link.isUp || link.parent !== undefined)
      for (const conf of this.#instances(machine.name)) {
        const knowledge = this.knowledgeOf(machine.name, conf.name)
        this.#judgeTold(machine.name, conf, knowledge, status ? world.now : undefined)
        const instance = status?.instances.find(({ name }) => name === conf.name)
        if (!instance) continue
        const who = `${machine.name} ${conf.name}`
        if (isCalm && (instance.state === 'fault' || instance.state === 'init')) {
          const why = instance.faults.join(', ')
          this.add('stuck', `${who} is in ${instance.state.toUpperCase()} although nothing is wrong any more: ${why}`)
        }
        if (instance.stoppedBecause !== undefined) this.add('instance-broke', `${who}: ${instance.stoppedBecause}`)
        if (instance.state !== knowledge.state)
          this.add('status', `${who}: status says ${instance.state}, transitions say ${knowledge.state}`)
        const mayLose = this.#frozen.has(machine.name)
        for (const { rule, detail } of judgeCounters(conf, instance, knowledge, mayLose)) this.add(rule, `${who}: ${detail}`)
        if (instance.state === 'master' && !knowledge.giving) this.#reignEnds(machine.name, conf, knowledge)
        if (knowledge.giving) this.#judgeGiving(machine.name, conf, knowledge.giving.since)
      }
    }
  }
}
