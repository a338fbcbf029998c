// One virtual router at run time: an inbox of events, the engine's step, and its actions carried out in order. The only
// place where the pure and the real meet.
import {
  type IfIndex,
  type Instant,
  type IpAddress,
  instant,
  milliseconds,
  type Priority,
  priority,
  toMilliseconds,
  type WallTime,
  wallTime,
} from '@havip/base'
import type { InstanceConf, RouteConf, RuleConf } from '@havip/conf'
import {
  type Action,
  type Event,
  type FaultCause,
  type InstanceConfig,
  initialState,
  legacyOf,
  type Master,
  nearestOf,
  ownPriority,
  type PublicState,
  resume,
  type State,
  step,
  wakeAt,
} from '@havip/vrrp'
import { AddressSet } from './address-set.ts'
import { AdvertSender } from './advert-sender.ts'
import type { Appointment } from './agenda.ts'
import type { Place } from './announcer.ts'
import { type Assessment, assess, itemInterfaces, type Tracked, trackEntries, trackedBy, usesInterface } from './assessment.ts'
import type { Seat } from './chorus.ts'
import { type Counters, newCounters } from './counters.ts'
import { ExtraAnnouncements } from './extra-announcements.ts'
import type { RouterHeritage } from './heritage.ts'
import type { AddressSpec, HostFault, Link, ReceivedPacket, TransportSpec } from './host.ts'
import type { GoneRoute } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import { Inbox } from './inbox.ts'
import type { Transition } from './log-lines.ts'
import type { NotifiedState } from './notify.ts'
import { PacketIntake } from './packet-intake.ts'
import { OnceLog } from './packet-judge.ts'
import { type Recorder, Ring, recordedConfig, recordedEvent } from './recorder.ts'
import { Refusals } from './refusals.ts'
import type { RepeatNotes } from './repeat-notes.ts'
import { RouteSet } from './route-set.ts'
import type { PastTransition, RouterView } from './router-view.ts'
import { moveAhead, RouterVoice } from './router-voice.ts'
import { Steady } from './steady.ts'
import { Switchover, type SwitchoverFacts } from './switchover.ts'
import type { SwitchoverReport, SwitchoverRequest } from './switchover-report.ts'
import type { GroupMember, SyncGroup } from './sync-group.ts'
import type { TrackerKind } from './tracking.ts'
import { type Placement, receiveBufferOf, sourceOf, translateInstance, transportSpec } from './translate.ts'
import type { Membership } from './transports.ts'
import { VirtualMacs } from './virtual-macs.ts'
import type { World } from './world.ts'

export class VirtualRouter implements GroupMember {
  readonly #world: World
  readonly #recorder: Recorder
  readonly #sender: AdvertSender
  readonly #onceLog: OnceLog
  #conf: InstanceConf
  #config: InstanceConfig
  #state: State
  #counters: Counters = newCounters()
  #public: PublicState = 'init'
  readonly #steady = new Steady()
  readonly #transitions = new Ring<PastTransition>(32)
  #since: { readonly at: Instant; readonly wall: WallTime }
  readonly #addresses: AddressSet
  readonly #vmacs: VirtualMacs
  readonly #routes: RouteSet
  #membership: Membership | undefined
  /** While the followed master repeats itself. They end before anything else happens. */
  #notes: RepeatNotes | undefined
  /** While somebody sends our adverts together with others'. We leave it before anything else happens. */
  #seat: Seat | undefined
  #source: IpAddress | undefined
  #effective: Priority
  #assessment: Assessment | undefined
  #healthKey = ''
  #holdsPriority = false
  /** A priority of which nobody is told: it comes with the end of a FAULT, which tells it. */
  #untold: Priority | undefined
  readonly #refusals: Refusals
  readonly #intake: PacketIntake
  readonly #switchover: Switchover
  readonly #inbox = new Inbox<Event>({
    handle: (event) => this.#handle(event),
    settle: () => this.wake(),
    broke: (mistake) => this.break(mistake),
  })
  #group: SyncGroup | undefined
  readonly #extra: ExtraAnnouncements
  #started = false
  #deafUntil: Instant | undefined
  #brokenBecause: string | undefined
  #appointment: { at: Instant; alarm: Instant; readonly appointment: Appointment } | undefined
  readonly #voice: RouterVoice

  constructor(conf: InstanceConf, world: World) {
    this.#world = world
    this.#conf = conf
    this.#config = translateInstance(conf, world.global())
    this.#effective = conf.priority
    this.#state = initialState(this.#config)
    this.#recorder = world.recording.recorderFor(
      () => this.#conf.name,
      () => this.#collect(),
    )
    this.#voice = new RouterVoice(world, this)
    this.#recorder.record({ kind: 'configured', config: recordedConfig(this.#config) })
    this.#sender = new AdvertSender(this.#config)
    this.#vmacs = new VirtualMacs(world, () => `(${this.name})`)
    this.#addresses = new AddressSet(world, this.#vmacs)
    this.#routes = new RouteSet(world, () => `(${this.name})`)
    this.#extra = new ExtraAnnouncements({
      clock: world.clock,
      agenda: world.agenda,
      announce: (places) => world.announcer.announce(this, places, 1),
    })
    this.#onceLog = new OnceLog((text) => world.host.log(6, text))
    this.#refusals = new Refusals(world.clock, world.agenda, () => this.look())
    this.#intake = new PacketIntake(this.#config, {
      conf: () => this.#conf,
      counters: () => this.#counters,
      onceLog: this.#onceLog,
      recorder: this.#recorder,
      logsDetail: world.logsDetail,
    })
    this.#since = { at: world.clock.now(), wall: world.clock.wallTime() }
    this.#switchover = new Switchover(world, {
      facts: () => this.#switchoverFacts(),
      post: (event) => this.post(event),
    })
  }

  get name(): string {
    return this.#conf.name
  }
  get conf(): InstanceConf {
    return this.#conf
  }
  get config(): InstanceConfig {
    return this.#config
  }
  /** For whoever may change the state. */
  get engine(): { readonly config: InstanceConfig; readonly state: State } {
    this.#takeOver()
    return { config: this.#config, state: this.#state }
  }
  get isBroken(): boolean {
    return this.#brokenBecause !== undefined
  }
  /** Whoever is in a group does nothing on its own. */
  set group(group: SyncGroup | undefined) {
    // A FAULT that was only the group's is looked at anew.
    if ((group === undefined) !== (this.#group === undefined)) this.#healthKey = ''
    this.#group = group
  }
  /** As it was looked at last. */
  get faults(): readonly FaultCause[] {
    return this.#assessment?.faults ?? []
  }
  get publicState(): PublicState {
    return this.#public
  }
  get recorder(): Recorder {
    return this.#recorder
  }
  get effective(): Priority {
    return this.#effective
  }
  get groupTellsPriority(): boolean {
    return this.#group?.conf.notifyPriorityChanges ?? false
  }
  get placements(): readonly Placement[] {
    return this.#addresses.placements
  }
  /** For status only. */
  get view(): RouterView {
    this.#catchUp()
    return {
      since: this.#since,
      counters: this.#counters,
      transitions: this.#transitions.values(),
      source: this.#source,
      effective: this.#effective,
      faults: this.faults,
      waitingFor: this.#assessment?.waitingFor ?? [],
      master: this.#intake.master,
      lastProtocolError: this.#intake.lastProtocolError,
      nextDeadline: this.#appointment && wakeAt(this.#state),
      brokenBecause: this.#brokenBecause,
      tracked: this.#tracked(),
      standsBackSince: this.#state.known.standsBackSince,
      isSwitchingOver: this.#switchover.isUnderWay,
      rhythm: this.#intake.rhythm.view,
    }
  }

  /** A planned switchover, see `Switchover`; `done` is called once. */
  switchOver(request: SwitchoverRequest, done: (report: SwitchoverReport) => void): void {
    this.#switchover.start(request, done)
  }

  #switchoverFacts(): SwitchoverFacts {
    this.#collectNotes()
    return {
      conf: this.#conf,
      config: this.#config,
      state: this.#public,
      source: this.#source,
      effective: this.#effective,
      heard: this.#intake.master,
      standsBack: this.#state.known.standsBackSince !== undefined,
      groupMembers: this.#group?.members ?? [],
      garpGaps: this.#world.global(),
    }
  }

  /** Does a change of this interface concern us? */
  uses(name: string): boolean {
    return usesInterface(this.#conf, name) || this.#vmacs.has(name)
  }

  tracks(kind: TrackerKind, name: string): boolean {
    return trackEntries(this.#conf, kind).some((entry) => entry.name === name)
  }

  /** On demand, once. False: it holds no address that could be announced. */
  announceNow(): boolean {
    if (this.#public !== 'master' || !this.#addresses.areHeld) return false
    this.#announce(this.#addresses.announceable(), 1)
    return true
  }

  clearCounters(): void {
    this.#collect()
    this.#counters = newCounters()
  }

  /** Takes away what a predecessor may have left behind: nobody here owns the addresses yet. */
  removeLeftovers(): void {
    this.#placeVmacs()
    this.#vmacs.setUp(false, undefined)
    this.#addresses.place(this.#conf)
    this.#routes.place(this.#conf.virtualRoutes, this.#conf.virtualRules)
    this.#voice.removingAddresses()
    this.#routes.removeAll()
    this.#addresses.removeAll()
  }

  /** @param passiveUntil a startup delay: until then nothing is heard and nothing claimed. */
  start(passiveUntil?: Instant): void {
    if (this.#started || this.#brokenBecause) return
    this.#started = true
    this.#deafUntil = passiveUntil
    this.look()
    this.post({ kind: 'startup', ...(passiveUntil === undefined ? {} : { passiveUntil }) })
  }

  /** What the next process needs to go on for us. */
  heritage(withTimers: boolean): RouterHeritage | undefined {
    this.#catchUp()
    const legacy = this.#brokenBecause ? undefined : legacyOf(this.#state, withTimers)
    if (!legacy) return undefined
    const master = this.#intake.master
    return {
      name: this.name,
      identity: identityOf(this.#conf),
      legacy,
      priority: this.#effective,
      since: this.#since,
      ...(master ? { heard: { address: master.address, priority: master.priority } } : {}),
      ahSequence: this.#sender.ahSequence,
      becameMaster: this.#counters.become_master,
    }
  }

  /**
   * Goes on where the process before this one stopped, instead of `removeLeftovers` and `start`; after `look`. Nobody is
   * told: nothing has happened. False when that was another router; then it has to begin as any other.
   */
  inherit(left: RouterHeritage, how: string): boolean {
    if (this.#started || this.#brokenBecause || left.identity !== identityOf(this.#conf) || this.#source === undefined) return false
    const { faults } = this
    if (faults.length > 0) return false
    this.#started = true
    this.#sender.continueFrom(left.ahSequence)
    const { waitingFor } = this.#assessment ?? { waitingFor: [] }
    const now = this.#world.clock.now()
    this.#recorder.record({ kind: 'resumed', legacy: left.legacy })
    this.take(resume(this.#config, this.#state, left.legacy, now), undefined)
    this.#public = left.legacy.kind
    this.#since = { at: instant(left.since.at), wall: wallTime(left.since.wall) }
    this.#counters.become_master = left.becameMaster
    if (left.heard) this.#intake.inherit({ ...left.heard, at: now })
    this.#world.host.log(5, `(${this.name}) Going on in ${this.#public.toUpperCase()} STATE; the process before this one ended: ${how}`)
    // Those that are there stay as they are.
    if (this.#public === 'master') this.#addAddresses()
    else {
      this.#vmacs.setUp(false, undefined)
      this.#addresses.removeAll()
    }
    if (waitingFor.length > 0) this.post({ kind: 'health-changed', faults, waitingFor })
    this.wake()
    return true
  }

  /** Another process goes on for us: nothing is sent, heard or undone here any more. */
  fallSilent(): void {
    this.#switchover.interrupt('another process took over from this one')
    this.#started = false
    this.#cancelAppointment()
    this.#world.announcer.cancel(this)
    this.#leave()
  }

  /** Resigns and stops. `leavingAs` is what scripts are told. */
  stop(keepAddresses: boolean, leavingAs: NotifiedState = 'STOP'): void {
    this.#voice.leavingAs = leavingAs
    this.post({ kind: 'shutdown', keepAddresses })
    this.#cancelAppointment()
    this.#started = false
    this.#world.announcer.cancel(this)
    this.#leave()
    if (!keepAddresses) this.#vmacs.removeAll()
  }

  /** Reload: same router, new settings. State, timers and the socket stay as far as they can. */
  reconfigure(conf: InstanceConf): void {
    this.#conf = conf
    this.post({ kind: 'reconfigured', config: translateInstance(conf, this.#world.global()) })
    this.#placeVmacs()
    const { added, fault } = this.#addresses.moveTo(conf)
    this.#routes.moveTo(conf.virtualRoutes, conf.virtualRules)
    this.#world.announcer.keepOnly(this, this.#addresses.announceable())
    if (added.length > 0) this.#announce(added, this.#config.announcing.repeat)
    if (fault) this.#refused('address', fault)
    this.#announceExtra()
    this.look()
    this.#world.ownershipChanged()
  }

  /** The process did not run for a while: timers that ran out meanwhile say nothing about the peer. */
  stalled(frozenFor: number, since: Instant): void {
    if (!this.#started) return
    this.#counters.stalls++
    this.post({ kind: 'stalled', frozenFor: milliseconds(frozenFor), since })
  }

  /** Is it there because of us, or was until an instant ago? */
  hasPut(address: IpAddress): boolean {
    return this.#addresses.haveBeenHeld && this.#addresses.specs.some((spec) => spec.address === address)
  }

  /** A virtual address vanished although we did not remove it. */
  addressLost(index: IfIndex, address: IpAddress): void {
    if (this.#addresses.areHeld && this.#addresses.isTracked(index, address)) this.post({ kind: 'address-lost', address })
  }

  /** A route or a rule vanished. */
  routeGone(gone: GoneRoute): void {
    const lost = this.#routes.gone(gone)
    const [first] = this.#conf.virtualAddresses
    if (lost?.isTracked && first) this.post({ kind: 'address-lost', address: first.address, what: lost.what })
  }

  /** Up again, or new. */
  linkCame(name: string): void {
    this.#routes.addAgain(name)
  }

  /** Of its routes and rules: those that should be in the kernel and are not. */
  get missingRoutes(): ReadonlySet<RouteConf | RuleConf> {
    return new Set(this.#routes.missing.map(({ conf }) => conf))
  }

  /** For the guard. */
  ownRoutes(): RouteSet['requests'] {
    return this.#routes.requests
  }

  // --- what the machine looks like -------------------------------------------------------------------------------

  /** Compares interface, source address and trackers with what the engine was told last, and tells it what changed. */
  look(): void {
    if (this.#brokenBecause) return
    const link = this.#conf.interface === undefined ? undefined : this.#world.findLink(this.#conf.interface)
    this.#placeVmacs()
    this.#addresses.place(this.#conf)
    this.#join(link)
    const source = sourceOf(this.#conf, link, this.#source, (address) => this.#world.isVirtual(address))
    const seen = assess(this.#conf, link, source, this.#tracked(), [...this.#refusals.causes, ...this.#surroundingFaults()])
    // Without a source address the reason why there is none comes first, so that it is the one that is told.
    if (seen.source === undefined) this.#tellHealth(seen)
    if (seen.source !== this.#source) {
      this.#source = seen.source
      this.#sender.configure(this.#config, seen.source, this.#intake.checksum)
      this.post({ kind: 'source-changed', source: seen.source })
    }
    if (seen.effective !== this.#effective && !seen.holdsPriority) {
      if (this.#holdsPriority) this.#untold = seen.effective
      this.post({ kind: 'priority-changed', priority: seen.effective, because: seen.because })
    }
    this.#holdsPriority = seen.holdsPriority
    this.#tellHealth(seen)
  }

  /** Faults of what is neither interface nor tracker. */
  #surroundingFaults(): readonly FaultCause[] {
    const { vrf } = this.#conf
    const missing: readonly FaultCause[] =
      vrf === undefined || this.#world.findLink(vrf) ? [] : [{ kind: 'interface-missing', interface: vrf }]
    const down = itemInterfaces(this.#conf).filter((name) => !this.#vmacs.has(name) && !this.#world.findLink(name)?.isUp)
    const away = down.map((name): FaultCause => ({ kind: 'tracked-interface-down', interface: name }))
    return [...missing, ...away, ...this.#world.staticFaults(this.name)]
  }

  #placeVmacs(): void {
    if (this.#refusals.has('vmac')) return
    const fault = this.#vmacs.place(this.#conf)
    if (fault) this.#refused('vmac', fault)
  }

  #tellHealth(seen: Assessment): void {
    const key = JSON.stringify([seen.faults, seen.waitingFor])
    if (key === this.#healthKey) return
    this.#healthKey = key
    this.#assessment = seen
    this.post({ kind: 'health-changed', faults: seen.faults, waitingFor: seen.waitingFor })
  }

  #tracked(): readonly Tracked[] {
    return trackedBy(this.#conf, (kind, name) => this.#world.findTracker(kind, name))
  }

  #join(link: Link | undefined): void {
    const needed = this.#conf.interface ?? this.#conf.vrf
    const bound = link ?? (needed === undefined ? undefined : this.#world.findLink(needed))
    if (needed !== undefined && !bound) {
      this.#leave()
      return
    }
    const { sendsOn } = this.#vmacs
    const spec = { ...transportSpec(this.#conf, this.#world.global(), bound), ...(sendsOn === undefined ? {} : { sendInterface: sendsOn }) }
    if (this.#membership && sameTransport(this.#membership.spec, spec)) return
    this.#leave()
    if (this.#refusals.has('socket')) return
    const joined = this.#world.transports.join(spec, {
      vrid: this.#conf.vrid,
      sources: this.#conf.peers.length > 0 ? this.#conf.peers.map((peer) => peer.address) : undefined,
      bufferBytes: receiveBufferOf(this.#conf, this.#world.global(), bound),
      receive: (packet) => this.#receive(packet),
    })
    if (joined.ok) this.#membership = joined.value
    else this.#refused('socket', joined.fault)
  }

  #leave(): void {
    this.#endNotes()
    this.#standAlone()
    this.#membership?.leave()
    this.#membership = undefined
  }

  /** A system call was refused: FAULT for this instance alone, and another try later. */
  #refused(what: 'socket' | 'address' | 'vmac', fault: HostFault): void {
    this.#recorder.record({ kind: 'system-fault', fault })
    this.#voice.fault(fault)
    this.#refusals.add(what, fault)
  }

  // --- packets ---------------------------------------------------------------------------------------------------

  #receive(packet: ReceivedPacket): void {
    const { kind } = this.#state
    // Without a part in the election there is nothing to hear, and nothing to count as received (keepalived).
    const isOutside = kind === 'init' || kind === 'fault' || kind === 'stopped'
    if (!this.#started || isOutside || (this.#deafUntil !== undefined && packet.at < this.#deafUntil)) {
      this.#counters.ignored++
      return
    }
    this.#endNotes()
    this.#world.agenda.notice(packet.at)
    const before = this.#intake.checksum
    const event = this.#intake.take(this.#config, this.#state, packet, this.#world.clock.wallTime())
    if (this.#config.authentication.kind === 'ah') this.#sender.heard(this.#intake.ah)
    if (this.#intake.checksum !== before) {
      this.#standAlone()
      this.#sender.configure(this.#config, this.#source, this.#intake.checksum)
    }
    if (!event) return
    // A member that waits for its group to claim has to tell it that the master speaks after all.
    const isWaiting = this.#group?.isReady(this) === true
    if (isWaiting || !this.#steady.hear(this.#config, this.#state, event, packet.at)) this.post(event)
    else if (this.#intake.isRepeatable(event)) this.#notes = this.#membership?.noteRepeats(packet, toMilliseconds(event.advert.interval))
  }

  // --- what the host has noted -----------------------------------------------------------------------------------

  #collectNotes(): void {
    const notes = this.#notes
    if (notes?.update()) this.#noted(notes)
  }

  /** Whatever comes from now on is handed over: the state is about to change, or may be. */
  #endNotes(): void {
    const notes = this.#notes
    if (!notes) return
    this.#notes = undefined
    notes.end()
    if (notes.update()) this.#noted(notes)
  }

  #noted(notes: RepeatNotes): void {
    try {
      this.#intake.noted(notes)
      this.#steady.repeated(this.#state, notes.at)
    } catch (mistake) {
      this.break(mistake)
    }
  }

  /** The silence is put off by what the host has noted, if it has. */
  askForNotes(): void {
    const notes = this.#notes
    if (!notes?.update()) return
    this.#noted(notes)
    const silenceEnds = this.#steady.silenceEnds(this.#state)
    if (silenceEnds !== undefined) this.#appoint(silenceEnds)
  }

  /** What was heard, or sent, without us. */
  #collect(): void {
    this.#collectNotes()
    const sung = this.#seat?.take()
    if (!sung) return
    this.#counters.advert_sent += sung.count
    this.#recorder.recordSung(ownPriority(this.#state.known), sung.lastAt)
    this.#steady.advertised(this.#state, sung.lastAt, sung.nextAt)
  }

  #catchUp(): void {
    this.#collect()
    this.#state = this.#steady.caughtUp(this.#state)
  }

  /** Something is about to change, or may be: from now on we hear and send ourselves. */
  #takeOver(): void {
    this.#endNotes()
    this.#standAlone()
    this.#catchUp()
  }

  // --- adverts that are sent together with others' -----------------------------------------------------------------

  #takeSeat(due: Instant): Seat | undefined {
    const { chorus } = this.#world
    const through = this.#membership
    if (!through || !chorus.isOpen) return undefined
    const outgoing = this.#sender.constant(ownPriority(this.#state.known))
    if (!outgoing) return undefined
    return chorus.join({
      through,
      outgoing,
      interval: this.#config.interval,
      due,
      alarm: this.#alarm(due),
      refused: this.#sendRefused,
      standAlone: () => this.#standAlone(),
    })
  }

  #leaveSeat(): void {
    this.#seat?.leave()
    this.#collect()
    this.#seat = undefined
  }

  #standAlone(): void {
    if (!this.#seat) return
    this.#leaveSeat()
    this.wake()
  }

  // --- the loop --------------------------------------------------------------------------------------------------

  post(event: Event): void {
    if (this.#brokenBecause) return
    this.#takeOver()
    if (this.#group) this.#group.post(this, event)
    else this.#inbox.post(event)
  }

  #handle(event: Event): void {
    if (this.#brokenBecause) return
    this.#takeOver()
    const { state, actions } = step(this.#config, this.#state, event, this.#world.clock.now())
    this.take(state, event)
    for (const [i, action] of actions.entries()) {
      const move = moveAhead(actions.slice(i))
      if (move) this.foretell(move)
      this.perform(action)
    }
  }

  /** What the engine made of an event, ours or (undefined) another group member's; the actions come one by one. */
  take(state: State, event: Event | undefined): void {
    this.#state = state
    this.#effective = state.known.priority
    if (event === undefined) return
    if (event.kind === 'reconfigured') {
      this.#config = event.config
      this.#intake.reset(event.config)
      this.#sender.configure(event.config, this.#source, this.#intake.checksum)
    }
    const isQuiet = event.kind === 'advert' || event.kind === 'tick'
    if (!isQuiet) this.#recorder.record({ kind: 'event', event: recordedEvent(event) })
  }

  /** An advert may be a little late together with others; a silence is never believed early or late. */
  #alarm(due: Instant): Instant {
    return this.#state.kind === 'master' ? this.#world.wakeOfMaster(due, this.#config.interval) : due
  }

  readonly #tick = (): void => {
    if (this.#brokenBecause) return
    if (this.#appointment) this.#appointment.at = passed
    // An advert that has arrived is no silence, even if the timer was looked at first.
    if (this.#state.kind === 'backup') this.#world.batch.readPending()
    this.#collectNotes()
    const silenceEnds = this.#state.kind === 'backup' ? (this.#steady.silenceEnds(this.#state) ?? wakeAt(this.#state)) : undefined
    const now = this.#world.clock.now()
    if (silenceEnds !== undefined && silenceEnds > now) {
      this.#appoint(silenceEnds)
      if (this.#notes) this.#world.askForNotes(this.#config.interval)
    } else if (this.#seat || !this.#advertiseOnly(now)) this.post({ kind: 'tick' })
  }

  /** Nearly every tick of a master, and none of the engine's business. */
  #advertiseOnly(now: Instant): boolean {
    try {
      const next = this.#steady.advertise(this.#config, this.#state, now)
      if (next === undefined || this.#state.kind !== 'master') return false
      this.#send(ownPriority(this.#state.known))
      this.#awaitNext(this.#state, next)
    } catch (mistake) {
      this.break(mistake)
    }
    return true
  }

  #awaitNext(state: Master, advertiseAt: Instant): void {
    this.#seat = this.#takeSeat(advertiseAt)
    const at = nearestOf(state, this.#seat ? never : advertiseAt)
    if (at !== never) this.#appoint(at)
  }

  /** One timer, for the engine's nearest deadline. */
  wake(): void {
    if (this.#seat) return
    this.#catchUp()
    const at = wakeAt(this.#state)
    if (at === undefined) this.#cancelAppointment()
    else if (at !== this.#appointment?.at) this.#appoint(at)
  }

  #appoint(at: Instant): void {
    const before = this.#appointment
    const alarm = this.#alarm(at)
    if (before && ((alarm >= before.alarm && before.appointment.moveLater(alarm)) || before.appointment.again(alarm))) {
      before.at = at
      before.alarm = alarm
      return
    }
    before?.appointment.cancel()
    this.#appointment = { at, alarm, appointment: this.#world.agenda.schedule(alarm, this.#tick) }
  }

  #cancelAppointment(): void {
    this.#leaveSeat()
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
  }

  /** A transition that the next actions lead to. */
  foretell(transition: Transition): void {
    this.#voice.foretell(transition)
  }

  perform(action: Action): void {
    this.#switchover.see(action)
    if (action.kind !== 'send-advert' && action.kind !== 'announce') this.#recorder.record({ kind: 'action', action })
    switch (action.kind) {
      case 'send-advert':
        this.#send(action.priority)
        break
      case 'add-addresses':
        this.#addAddresses()
        break
      case 'remove-addresses':
        this.#removeAddresses()
        break
      case 'announce':
        this.#world.batch.afterAddresses(() => {
          if (this.#addresses.areHeld) this.#announce(this.#addresses.announceable(), action.rounds)
        })
        break
      case 'cancel-announcements':
        this.#world.announcer.cancel(this)
        break
      case 'announce-source':
        this.#announceSource()
        break
      case 'transition':
        this.#transition(action)
        break
      case 'priority-changed':
        if (this.#untold !== action.to) this.#voice.priorityChanged(action.from, action.to, action.because)
        this.#untold = undefined
        break
      case 'remark':
        this.#voice.remark(action.remark)
        break
    }
  }

  #send(value: Priority): void {
    const membership = this.#membership
    if (!membership) return
    if (this.#state.kind === 'master') this.#vmacs.setUp(true, this.#source)
    this.#sender.send(value, membership, this.#world.clock.wallTime(), this.#sendRefused)
    if (this.#sender.wantsNewWill) this.#world.ownershipChanged()
    this.#counters.advert_sent++
    if (value === 0) {
      this.#counters.pri_zero_sent++
      this.#voice.detail('sent 0 priority')
    }
    this.#recorder.record({ kind: 'advert-sent', priority: value })
  }

  readonly #sendRefused = (fault: HostFault): void => {
    this.#counters.send_err++
    this.#onceLog.once(`send ${fault.errno}`, `(${this.name}) ${describeHostFault(fault)}`)
  }

  #addAddresses(): void {
    this.#voice.settingAddresses()
    this.#vmacs.setUp(true, this.#source)
    this.#addresses.addAll((fault) => {
      if (!fault) {
        this.#refusals.relax()
        if (this.#addresses.areHeld) this.#routes.addAll()
        return
      }
      this.#refused('address', fault)
      this.look()
    })
    this.#world.ownershipChanged()
  }

  #removeAddresses(): void {
    this.#voice.removingAddresses()
    this.#world.batch.settle()
    this.#routes.removeAll()
    for (const fault of this.#addresses.removeAll()) {
      this.#recorder.record({ kind: 'system-fault', fault })
      this.#voice.fault(fault, 'cannot remove an address: ')
    }
    this.#world.ownershipChanged()
  }

  #announceExtra(): void {
    if (this.#public !== 'master') {
      this.#extra.stop()
      return
    }
    this.#extra.start(() => ({
      conf: this.#conf,
      placements: this.placements,
      own: this.#conf.interface === undefined ? undefined : this.#world.findLink(this.#conf.interface)?.index,
    }))
  }

  #announceSource(): void {
    const link = this.#conf.interface === undefined ? undefined : this.#world.findLink(this.#conf.interface)
    if (link && this.#source) this.#world.announcer.announce(this, [{ interface: link.index, address: this.#source }], 1)
  }

  #announce(places: readonly Place[], rounds: number): void {
    this.#voice.announcing(places)
    this.#world.announcer.announce(this, places, rounds)
  }

  announced(interfaceIndex: IfIndex, address: IpAddress): void {
    this.#counters.announcements_sent++
    this.#voice.announced({ interface: interfaceIndex, address })
  }

  announcementFailed(address: IpAddress, fault: HostFault): void {
    this.#onceLog.once(`announce ${fault.errno}`, `(${this.name}) cannot announce ${address}: ${describeHostFault(fault)}`)
  }

  #transition(transition: Transition): void {
    const now = this.#world.clock.now()
    const wall = this.#world.clock.wallTime()
    if (transition.to === 'master') this.#counters.become_master++
    if (transition.from === 'master') this.#counters.release_master++
    if (transition.from === 'master') {
      if (this.#vmacs.sendsOn !== undefined) this.#world.batch.sendNow()
      this.#vmacs.setUp(false, undefined)
    }
    this.#public = transition.to
    this.#since = { at: now, wall }
    this.#onceLog.forget()
    this.#announceExtra()
    this.#transitions.push({ transition, at: now, wall })
    this.#world.ownershipChanged()
    this.#voice.transition(transition)
  }

  /** `fifo_write_vrrp_states_on_reload`. */
  tellStateAgain(): void {
    this.#voice.stateAgain()
  }

  /** Another VRID, interface or family under the same name is another router. */
  get key(): string {
    return `${this.name} ${identityOf(this.#conf)}`
  }

  /** For the guard: what says goodbye for us. Undefined unless we hold the addresses. */
  resignation(): { readonly transport: TransportSpec; readonly outgoing: ReturnType<AdvertSender['will']> } | undefined {
    const zero = priority(0)
    if (!this.#addresses.areHeld || !this.#membership || !zero.ok) return undefined
    return { transport: this.#membership.spec, outgoing: this.#sender.will(zero.value) }
  }

  /** Every address that may be ours at some time, for the guard: removing one that is not there harms nobody. */
  ownAddresses(): readonly AddressSpec[] {
    return this.#addresses.specs
  }

  /** For the guard: what we made for ourselves. */
  ownLinks(): VirtualMacs['spots'] {
    return this.#vmacs.spots
  }

  /** A mistake of ours: this instance resigns and stops, its recording stays, the others go on. */
  break(mistake: unknown): void {
    const text = mistake instanceof Error ? `${mistake.message}` : String(mistake)
    this.#takeOver()
    this.#brokenBecause = text
    this.#switchover.interrupt(`internal mistake: ${text}`)
    this.#state = { kind: 'stopped', known: this.#state.known }
    this.#cancelAppointment()
    this.#world.host.log(2, `(${this.name}) stopped because of an internal mistake: ${text}; the other instances go on`)
    this.#extra.stop()
    this.#world.announcer.cancel(this)
    const zero = priority(0)
    if (this.#addresses.areHeld && zero.ok) {
      this.#removeAddresses()
      this.#send(zero.value)
    }
    this.#public = 'stopped'
    this.#since = { at: this.#world.clock.now(), wall: this.#world.clock.wallTime() }
    this.#leave()
    this.#world.ownershipChanged()
  }
}

/** What an appointment that has run stands for. */
const passed = instant(Number.NEGATIVE_INFINITY)
const never = instant(Number.POSITIVE_INFINITY)

const identityOf = (conf: InstanceConf): string => `${conf.family} ${conf.interface ?? ''} ${conf.vrid} ${conf.version}`

const sameTransport = (a: TransportSpec, b: TransportSpec): boolean =>
  a.family === b.family &&
  a.protocol === b.protocol &&
  a.interface === b.interface &&
  a.sendInterface === b.sendInterface &&
  a.groups.join() === b.groups.join()
