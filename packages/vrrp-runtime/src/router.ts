// One virtual router at run time: an inbox of events, the engine's step, and its actions carried out in order. The only
// place where the pure and the real meet.
import {
  AssertionError,
  type IfIndex,
  type Instant,
  type IpAddress,
  milliseconds,
  type Priority,
  priority,
  type WallTime,
} from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import {
  type Action,
  type Event,
  type InstanceConfig,
  initialState,
  type PublicState,
  type Remark,
  type State,
  step,
  wakeAt,
} from '@havip/vrrp'
import { AddressSet } from './address-set.ts'
import { AdvertSender, type Outgoing } from './advert-sender.ts'
import type { Appointment } from './agenda.ts'
import { type Assessment, assess, type Tracked, trackEntries, trackedBy, usesInterface } from './assessment.ts'
import { type Counters, newCounters } from './counters.ts'
import type { AddressSpec, HostFault, Link, ReceivedPacket, TransportSpec } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { type LogLine, remarkLine, type Transition, transitionLine } from './log-lines.ts'
import { type NotifiedState, notifiedState } from './notify.ts'
import { PacketIntake } from './packet-intake.ts'
import { OnceLog } from './packet-judge.ts'
import { type Recorder, Ring } from './recorder.ts'
import { Refusals } from './refusals.ts'
import type { PastTransition, RouterView } from './router-view.ts'
import type { TrackerKind } from './tracking.ts'
import { type Placement, translateInstance, transportSpec } from './translate.ts'
import type { Membership } from './transports.ts'
import type { World } from './world.ts'

/** Events that one step may cause in a row; more would be a mistake of ours. */
const inboxMax = 1000

export class VirtualRouter {
  readonly #world: World
  readonly #recorder: Recorder
  readonly #sender: AdvertSender
  readonly #onceLog: OnceLog
  #conf: InstanceConf
  #config: InstanceConfig
  #state: State
  #counters: Counters = newCounters()
  #public: PublicState = 'init'
  readonly #transitions = new Ring<PastTransition>(32)
  #since: { readonly at: Instant; readonly wall: WallTime }
  readonly #addresses: AddressSet
  #membership: Membership | undefined
  #source: IpAddress | undefined
  #effective: Priority
  #assessment: Assessment | undefined
  #healthKey = ''
  readonly #refusals: Refusals
  readonly #intake: PacketIntake
  #inbox: Event[] = []
  #isWorking = false
  #started = false
  #brokenBecause: string | undefined
  #appointment: { readonly at: Instant; readonly appointment: Appointment } | undefined
  readonly #mailed: { last: NotifiedState | undefined } = { last: undefined }
  /** What scripts hear instead of STOP when the instance leaves by a reload. */
  #leavingAs: NotifiedState = 'STOP'

  constructor(conf: InstanceConf, world: World) {
    this.#world = world
    this.#conf = conf
    this.#config = translateInstance(conf, world.global())
    this.#effective = conf.priority
    this.#state = initialState(this.#config)
    this.#recorder = world.recording.recorderFor(() => this.#conf.name)
    this.#sender = new AdvertSender(this.#config)
    this.#addresses = new AddressSet(world)
    this.#onceLog = new OnceLog((text) => world.host.log(6, text))
    this.#refusals = new Refusals(world.clock, world.agenda, () => this.look())
    this.#intake = new PacketIntake(this.#config, {
      name: () => this.#conf.name,
      counters: () => this.#counters,
      onceLog: this.#onceLog,
      recorder: this.#recorder,
      logsDetail: world.logsDetail,
    })
    this.#since = { at: world.clock.now(), wall: world.clock.wallTime() }
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
  get publicState(): PublicState {
    return this.#public
  }
  get recorder(): Recorder {
    return this.#recorder
  }
  get placements(): readonly Placement[] {
    return this.#addresses.placements
  }
  /** For status only. */
  get view(): RouterView {
    return {
      since: this.#since,
      counters: this.#counters,
      transitions: this.#transitions.values(),
      source: this.#source,
      effective: this.#effective,
      faults: this.#assessment?.faults ?? [],
      waitingFor: this.#assessment?.waitingFor ?? [],
      master: this.#intake.master,
      nextDeadline: this.#appointment?.at,
      brokenBecause: this.#brokenBecause,
      tracked: this.#tracked(),
    }
  }

  /** Does a change of this interface concern us? */
  uses(name: string): boolean {
    return usesInterface(this.#conf, name)
  }

  tracks(kind: TrackerKind, name: string): boolean {
    return trackEntries(this.#conf, kind).some((entry) => entry.name === name)
  }

  clearCounters(): void {
    this.#counters = newCounters()
  }

  /** Takes away what a predecessor may have left behind: nobody here owns the addresses yet. */
  removeLeftovers(): void {
    this.#addresses.place(this.#conf)
    this.#detail('removing VIPs.')
    this.#addresses.removeAll()
  }

  start(): void {
    if (this.#started || this.#brokenBecause) return
    this.#started = true
    this.look()
    this.post({ kind: 'startup' })
  }

  /** Resigns and stops. `leavingAs` is what scripts are told. */
  stop(keepAddresses: boolean, leavingAs: NotifiedState = 'STOP'): void {
    this.#leavingAs = leavingAs
    this.post({ kind: 'shutdown', keepAddresses })
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    this.#started = false
    this.#world.announcer.cancel(this)
    this.#membership?.leave()
    this.#membership = undefined
  }

  /** Reload: same router, new settings. State, timers and the socket stay as far as they can. */
  reconfigure(conf: InstanceConf): void {
    this.#conf = conf
    this.post({ kind: 'reconfigured', config: translateInstance(conf, this.#world.global()) })
    const { added, fault } = this.#addresses.moveTo(conf)
    if (added.length > 0) this.#world.announcer.announce(this, added, this.#config.announcing.repeat)
    if (fault) this.#refused('address', fault)
    this.look()
    this.#world.ownershipChanged()
  }

  /** The process did not run for a while: timers that ran out meanwhile say nothing about the peer. */
  stalled(frozenFor: number, since: Instant): void {
    if (!this.#started) return
    this.#counters.stalls++
    this.post({ kind: 'stalled', frozenFor: milliseconds(frozenFor), since })
  }

  /** A virtual address vanished although we did not remove it. */
  addressLost(index: IfIndex, address: IpAddress): void {
    if (this.#addresses.areHeld && this.#addresses.isTracked(index, address)) this.post({ kind: 'address-lost', address })
  }

  // --- what the machine looks like -------------------------------------------------------------------------------

  /** Compares interface, source address and trackers with what the engine was told last, and tells it what changed. */
  look(): void {
    if (this.#brokenBecause) return
    const link = this.#conf.interface === undefined ? undefined : this.#world.findLink(this.#conf.interface)
    this.#addresses.place(this.#conf)
    this.#join(link)
    const seen = assess(this.#conf, link, this.#tracked(), this.#refusals.causes)
    // Without a source address the reason why there is none comes first, so that it is the one that is told.
    if (seen.source === undefined) this.#tellHealth(seen)
    if (seen.source !== this.#source) {
      this.#source = seen.source
      this.#sender.configure(this.#config, seen.source, this.#intake.checksum)
      this.post({ kind: 'source-changed', source: seen.source })
    }
    if (seen.effective !== this.#effective) this.post({ kind: 'priority-changed', priority: seen.effective, because: seen.because })
    this.#tellHealth(seen)
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
    if (this.#conf.interface !== undefined && !link) {
      this.#membership?.leave()
      this.#membership = undefined
      return
    }
    const spec = transportSpec(this.#conf, this.#world.global(), link)
    if (this.#membership && sameTransport(this.#membership.spec, spec)) return
    this.#membership?.leave()
    this.#membership = undefined
    if (this.#refusals.has('socket')) return
    const joined = this.#world.transports.join(spec, {
      vrid: this.#conf.vrid,
      sources: this.#conf.peers.length > 0 ? this.#conf.peers.map((peer) => peer.address) : undefined,
      receive: (packet) => this.#receive(packet),
    })
    if (joined.ok) this.#membership = joined.value
    else this.#refused('socket', joined.fault)
  }

  /** A system call was refused: FAULT for this instance alone, and another try later. */
  #refused(what: 'socket' | 'address', fault: HostFault): void {
    this.#recorder.record({ kind: 'system-fault', fault })
    this.#world.host.log(3, `(${this.name}) ${describeHostFault(fault)}`)
    this.#refusals.add(what, fault)
  }

  // --- packets ---------------------------------------------------------------------------------------------------

  #receive(packet: ReceivedPacket): void {
    if (!this.#started) {
      this.#counters.ignored++
      return
    }
    this.#world.agenda.notice()
    const before = this.#intake.checksum
    const event = this.#intake.take(this.#config, this.#state, packet)
    if (this.#intake.checksum !== before) this.#sender.configure(this.#config, this.#source, this.#intake.checksum)
    if (event) this.post(event)
  }

  // --- the loop --------------------------------------------------------------------------------------------------

  post(event: Event): void {
    if (this.#brokenBecause) return
    this.#inbox.push(event)
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      for (let handled = 0; this.#inbox.length > 0; handled++) {
        if (handled > inboxMax) throw new AssertionError('events cause events without end')
        this.#handle(this.#inbox.shift() as Event)
      }
      this.#wake()
    } catch (mistake) {
      this.#break(mistake)
    } finally {
      this.#isWorking = false
    }
  }

  #handle(event: Event): void {
    const { state, actions } = step(this.#config, this.#state, event, this.#world.clock.now())
    this.#state = state
    this.#effective = state.known.priority
    if (event.kind === 'reconfigured') {
      this.#config = event.config
      this.#intake.reset(event.config)
      this.#sender.configure(event.config, this.#source, this.#intake.checksum)
    }
    const isQuiet = event.kind === 'advert' || event.kind === 'tick'
    if (!isQuiet) this.#recorder.record({ kind: 'event', event })
    for (const action of actions) {
      if (action.kind !== 'send-advert' && action.kind !== 'announce') this.#recorder.record({ kind: 'action', action })
      this.#perform(action)
    }
  }

  /** One timer, for the engine's nearest deadline. */
  #wake(): void {
    const at = wakeAt(this.#state)
    if (at === this.#appointment?.at) return
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    if (at === undefined) return
    const appointment = this.#world.agenda.schedule(at, () => {
      this.#appointment = undefined
      this.post({ kind: 'tick' })
    })
    this.#appointment = { at, appointment }
  }

  #perform(action: Action): void {
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
        this.#world.announcer.announce(this, this.#addresses.announceable(), action.rounds)
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
        this.#world.host.log(6, `(${this.name}) Changing effective priority from ${action.from} to ${action.to}: ${action.because}`)
        break
      case 'remark':
        this.#remark(action.remark)
        break
    }
  }

  #send(value: Priority): void {
    const membership = this.#membership
    if (!membership) return
    const faults = this.#sender.send(value, membership)
    for (const fault of faults) {
      this.#counters.send_err++
      this.#onceLog.once(`send ${fault.errno}`, `(${this.name}) ${describeHostFault(fault)}`)
    }
    this.#counters.advert_sent++
    if (value === 0) {
      this.#counters.pri_zero_sent++
      this.#detail('sent 0 priority')
    }
    this.#recorder.record({ kind: 'advert-sent', priority: value })
  }

  #addAddresses(): void {
    this.#detail('setting VIPs.')
    const fault = this.#addresses.addAll()
    this.#world.ownershipChanged()
    if (!fault) {
      this.#refusals.relax()
      return
    }
    this.#refused('address', fault)
    this.look()
  }

  #removeAddresses(): void {
    this.#detail('removing VIPs.')
    for (const fault of this.#addresses.removeAll()) {
      this.#recorder.record({ kind: 'system-fault', fault })
      this.#world.host.log(3, `(${this.name}) cannot remove an address: ${describeHostFault(fault)}`)
    }
    this.#world.ownershipChanged()
  }

  #announceSource(): void {
    const link = this.#conf.interface === undefined ? undefined : this.#world.findLink(this.#conf.interface)
    if (link && this.#source) this.#world.announcer.announce(this, [{ interface: link.index, address: this.#source }], 1)
  }

  announced(): void {
    this.#counters.announcements_sent++
  }

  announcementFailed(address: IpAddress, fault: HostFault): void {
    this.#onceLog.once(`announce ${fault.errno}`, `(${this.name}) cannot announce ${address}: ${describeHostFault(fault)}`)
  }

  #transition(transition: Transition): void {
    const now = this.#world.clock.now()
    const wall = this.#world.clock.wallTime()
    if (transition.to === 'master') this.#counters.become_master++
    if (transition.from === 'master') this.#counters.release_master++
    this.#public = transition.to
    this.#since = { at: now, wall }
    this.#onceLog.forget()
    this.#transitions.push({ transition, at: now, wall })
    this.#log(transitionLine(this.name, transition))
    this.#world.ownershipChanged()
    const told = transition.to === 'stopped' ? this.#leavingAs : notifiedState(transition.to)
    if (transition.notify && told) this.#world.notifier.tell(this.#conf, told, this.#effective, this.#recorder, this.#mailed)
  }

  #remark(remark: Remark): void {
    this.#log(remarkLine(this.name, remark))
    if (remark.kind !== 'lower-priority-while-master') return
    const script = this.#conf.notify.masterRxLowerPri
    if (script) this.#world.notifier.run(script, this.#recorder)
  }

  #log({ level, detail, text }: LogLine): void {
    if (!detail || this.#world.logsDetail) this.#world.host.log(level, text)
  }

  #detail(text: string): void {
    if (this.#world.logsDetail) this.#world.host.log(6, `(${this.name}) ${text}`)
  }

  /** For the guard: what says goodbye for us. Undefined unless we hold the addresses. */
  resignation(): { readonly transport: TransportSpec; readonly outgoing: readonly Outgoing[] } | undefined {
    const zero = priority(0)
    if (!this.#addresses.areHeld || !this.#membership || !zero.ok) return undefined
    return { transport: this.#membership.spec, outgoing: this.#sender.outgoing(zero.value) }
  }

  /** Every address that may be ours at some time, for the guard: removing one that is not there harms nobody. */
  ownAddresses(): readonly AddressSpec[] {
    return this.#addresses.specs
  }

  /** A mistake of ours: this instance resigns and stops, its recording stays, the others go on. */
  #break(mistake: unknown): void {
    const text = mistake instanceof Error ? `${mistake.message}` : String(mistake)
    this.#brokenBecause = text
    this.#inbox = []
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    this.#world.host.log(2, `(${this.name}) stopped because of an internal mistake: ${text}; the other instances go on`)
    this.#world.announcer.cancel(this)
    const zero = priority(0)
    if (this.#addresses.areHeld && zero.ok) {
      this.#removeAddresses()
      this.#send(zero.value)
    }
    this.#public = 'stopped'
    this.#since = { at: this.#world.clock.now(), wall: this.#world.clock.wallTime() }
    this.#membership?.leave()
    this.#membership = undefined
    this.#world.ownershipChanged()
  }
}

const sameTransport = (a: TransportSpec, b: TransportSpec): boolean =>
  a.family === b.family && a.protocol === b.protocol && a.interface === b.interface && a.groups.join() === b.groups.join()
