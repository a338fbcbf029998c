// One BFD session at run time: the engine's step, its actions carried out, and what those who track it see.

import { familyOf, type Instant, type IpAddress, type Milliseconds, type Random, type WallTime } from '@havip/base'
import {
  type Action,
  type DeliveryFault,
  describeReason,
  type Endpoint,
  type Event,
  initialState,
  type Legacy,
  legacyOf,
  resume,
  type SessionConfig,
  type State,
  step,
  type TransitionReason,
  wakeAt,
} from '@havip/bfd'
import type { BfdConf } from '@havip/conf'
import { type BfdControl, type BfdFault, type BfdState, bfdSourcePorts, encodeBfd } from '@havip/wire'
import type { Agenda, Appointment } from '../agenda.ts'
import type { Clock, Host, HostFault, UdpSocket } from '../host.ts'
import { describeHostFault } from '../host-words.ts'
import { type Recorder, Ring } from '../recorder.ts'
import type { Condition, TrackedBy, Tracker } from '../tracking.ts'
import { expiryText, transitionText } from './log-lines.ts'
import { destinationPort, sessionConfig, ttlMin } from './translate.ts'

export type SessionWorld = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  readonly random: Random
  readonly logsDetail: boolean
  /** -B: no session speaks. */
  readonly isOff: boolean
  /** The session came up or went down: everybody who tracks it has to look again. */
  changed(session: BfdSession): void
}

export type SessionCounters = { sent: number; received: number; sendFailures: number; ups: number; downs: number; refused: number }
export type PastSessionTransition = {
  readonly from: BfdState
  readonly to: BfdState
  readonly reason: TransitionReason
  readonly at: Instant
  readonly wall: WallTime
}

const transitionsMax = 32

export class BfdSession implements Tracker, Endpoint {
  readonly kind = 'bfd'
  readonly discriminator: number
  readonly recorder: Recorder
  readonly counters: SessionCounters = { sent: 0, received: 0, sendFailures: 0, ups: 0, downs: 0, refused: 0 }
  readonly #world: SessionWorld
  readonly #transitions = new Ring<PastSessionTransition>(transitionsMax)
  #conf: BfdConf
  #config: SessionConfig
  #state: State
  #since: { readonly at: Instant; readonly wall: WallTime }
  #downBecause: string
  #socket: UdpSocket | undefined
  /** What the last attempt to send met; said once for each kind. */
  #sendFault: HostFault | undefined
  #appointment: { readonly at: Instant; readonly appointment: Appointment } | undefined
  #brokenBecause: string | undefined

  constructor(conf: BfdConf, discriminator: number, world: SessionWorld, recorderFor: (name: () => string) => Recorder) {
    this.#world = world
    this.#conf = conf
    this.#config = sessionConfig(conf)
    this.discriminator = discriminator
    this.#downBecause = world.isOff ? 'BFD is switched off by -B' : 'not up since the start'
    this.#state = initialState(discriminator)
    this.#since = { at: world.clock.now(), wall: world.clock.wallTime() }
    this.recorder = recorderFor(() => recordedName(this.name))
  }

  get name(): string {
    return this.#conf.name
  }
  get conf(): BfdConf {
    return this.#conf
  }
  get config(): SessionConfig {
    return this.#config
  }
  get neighbor(): IpAddress {
    return this.#conf.neighbor
  }
  get source(): IpAddress | undefined {
    return this.#conf.source
  }
  get isMultihop(): boolean {
    return this.#conf.multihop
  }
  get ttlMin(): number {
    return ttlMin(this.#conf)
  }
  get defaults(): TrackedBy {
    return this.#conf
  }
  /** keepalived: a session is down until it is up, from the very start. */
  get condition(): Condition {
    return this.#state.kind === 'up' ? { kind: 'good' } : { kind: 'bad', detail: this.#downBecause }
  }
  get state(): State {
    return this.#state
  }
  /** For status only. */
  get view(): {
    readonly since: { readonly at: Instant; readonly wall: WallTime }
    readonly transitions: readonly PastSessionTransition[]
    readonly nextDeadline: Instant | undefined
    readonly sendFault: HostFault | undefined
    readonly brokenBecause: string | undefined
  } {
    return {
      since: this.#since,
      transitions: this.#transitions.values(),
      nextDeadline: this.#appointment?.at,
      sendFault: this.#sendFault,
      brokenBecause: this.#brokenBecause,
    }
  }

  start(): void {
    if (!this.#world.isOff) this.#post({ kind: 'startup' })
  }

  /** What the next process needs to go on for us. */
  heritage(): Legacy | undefined {
    return legacyOf(this.#state)
  }

  /** Goes on where the process before this one stopped, instead of `start`. The neighbor does not notice. */
  inherit(legacy: Legacy): void {
    this.#state = resume(this.#config, legacy, this.#world.clock.now())
    this.#world.host.log(5, `(${this.name}) Going on in Up state with discriminator ${this.discriminator}`)
    this.#post({ kind: 'tick' })
  }

  /** Tells the neighbor AdminDown, unless nothing shall be said. */
  stop(isSilent: boolean): void {
    if (!isSilent) this.#post({ kind: 'shutdown' })
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    this.#socket?.close()
    this.#socket = undefined
  }

  /** Reload: same addresses, new settings. The session goes on. */
  reconfigure(conf: BfdConf): void {
    const needsSocket = conf.ttl !== this.#conf.ttl
    this.#conf = conf
    if (needsSocket) {
      this.#socket?.close()
      this.#socket = undefined
    }
    this.#post({ kind: 'reconfigured', config: sessionConfig(conf) })
  }

  /** A packet from our neighbor that was not believed. */
  refuse(fault: BfdFault | DeliveryFault, isNews: boolean): void {
    this.counters.refused++
    if (isNews) this.recorder.record({ kind: 'bfd-refused', from: this.neighbor, fault })
  }

  receive(packet: BfdControl): void {
    this.counters.received++
    this.#post({ kind: 'packet', packet })
  }

  /** The neighbor's rhythm: a freeze as long as that makes our silence timer worthless as evidence. Undefined unless up. */
  get rhythm(): number | undefined {
    return this.#state.kind === 'up' ? Math.max(this.#config.minRx, this.#state.neighbor.desiredMinTx) : undefined
  }

  stalled(frozenFor: Milliseconds, since: Instant): void {
    this.#post({ kind: 'stalled', frozenFor, since })
  }

  #post(event: Event): void {
    if (this.#brokenBecause !== undefined) return
    try {
      const { state, actions } = step(this.#config, this.#state, event, this.#world.clock.now(), this.#world.random)
      this.#state = state
      if (event.kind === 'reconfigured') this.#config = event.config
      for (const action of actions) this.#perform(action)
      this.#wake()
    } catch (mistake) {
      this.#break(mistake)
    }
  }

  /** One timer, for the session's nearest deadline. */
  #wake(): void {
    const at = wakeAt(this.#state)
    if (at === this.#appointment?.at) return
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    if (at === undefined) return
    const appointment = this.#world.agenda.schedule(at, () => {
      this.#appointment = undefined
      this.#post({ kind: 'tick' })
    })
    this.#appointment = { at, appointment }
  }

  #perform(action: Action): void {
    switch (action.kind) {
      case 'send':
        this.#send(action.packet)
        break
      case 'transition':
        this.#transition(action)
        break
      case 'remark':
        this.recorder.record({ kind: 'bfd-remark', remark: action.remark })
        break
    }
  }

  /** A socket that cannot be opened now (its source address is not there yet) is tried again with each packet. */
  #send(packet: BfdControl): void {
    const opened = this.#socket === undefined ? this.#open() : { ok: true as const, value: this.#socket }
    const result = opened.ok ? opened.value.send(encodeBfd(packet), { address: this.neighbor, port: destinationPort(this.#conf) }) : opened
    if (result.ok) {
      this.counters.sent++
      this.#sendFault = undefined
      return
    }
    this.counters.sendFailures++
    if (result.fault.errno !== this.#sendFault?.errno) {
      this.recorder.record({ kind: 'system-fault', fault: result.fault })
      this.#world.host.log(4, `BFD_Instance(${this.name}) cannot send: ${describeHostFault(result.fault)}`)
    }
    this.#sendFault = result.fault
  }

  #open(): ReturnType<Host['openUdp']> {
    const { source, ttl } = this.#conf
    const spec = { family: familyOf(this.neighbor), address: source, port: bfdSourcePorts, ttl }
    // The neighbor speaks to the well-known port, never to this one.
    const opened = this.#world.host.openUdp(spec, undefined)
    if (opened.ok) this.#socket = opened.value
    return opened
  }

  #transition({ from, to, reason }: Extract<Action, { kind: 'transition' }>): void {
    const { clock, host, logsDetail } = this.#world
    this.#since = { at: clock.now(), wall: clock.wallTime() }
    this.#transitions.push({ from, to, reason, ...this.#since })
    this.recorder.record({ kind: 'bfd-transition', from, to, reason })
    if (to === 'up') this.counters.ups++
    if (from === 'up') {
      this.counters.downs++
      this.#downBecause = describeReason(reason)
    }
    const matters = to === 'up' || from === 'up'
    const expiry = expiryText(this.name, reason)
    if (expiry !== undefined) host.log(6, expiry)
    if (matters || logsDetail) host.log(from === 'up' ? 4 : 6, transitionText(this.name, this.#state, { from, to, reason }))
    if (matters) this.#world.changed(this)
  }

  /** A mistake of ours: this session is down from now on, the others go on. */
  #break(mistake: unknown): void {
    this.#brokenBecause = mistake instanceof Error ? mistake.message : String(mistake)
    this.#downBecause = `internal mistake: ${this.#brokenBecause}`
    this.#appointment?.appointment.cancel()
    this.#appointment = undefined
    this.#world.host.log(2, `BFD_Instance(${this.name}) stopped because of an internal mistake: ${this.#brokenBecause}; the others go on`)
    this.#state = initialState(this.discriminator)
    this.#world.changed(this)
  }
}

/** The recorder's name of a session: an instance may have the same name. */
export const recordedName = (session: string): string => `bfd_instance ${session}`
