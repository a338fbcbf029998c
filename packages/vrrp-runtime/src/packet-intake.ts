// What arrives for one router: judged, counted, told. Only what counts goes on to the engine.

import { type IpAddress, toMilliseconds, type WallTime } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import {
  type AhMemory,
  type Event,
  type InstanceConfig,
  initialJudgeMemory,
  type JudgeMemory,
  judgeAdvert,
  type RejectedAdvert,
  type Remark,
  type State,
} from '@havip/vrrp'
import { type ChecksumForm, ipProtocol } from '@havip/wire'
import { AdvertRhythm } from './advert-rhythm.ts'
import type { Counters } from './counters.ts'
import type { ReceivedPacket } from './host.ts'
import { remarkLine } from './log-lines.ts'
import { counterOf, type OnceLog, type ProtocolError, protocolErrorOf, rejectionLine } from './packet-judge.ts'
import type { Recorder } from './recorder.ts'
import type { RepeatNotes } from './repeat-notes.ts'
import type { HeardMaster } from './router-view.ts'

type Surroundings = {
  readonly conf: () => InstanceConf
  readonly counters: () => Counters
  readonly onceLog: OnceLog
  readonly recorder: Recorder
  readonly logsDetail: boolean
}

type AdvertEvent = Extract<Event, { kind: 'advert' }>

/** Some checks are made only of a master that is not followed yet. */
const followedIn = (state: State): IpAddress | undefined =>
  state.kind === 'backup' ? (state.master?.source ?? state.discarded?.source) : undefined

export class PacketIntake {
  readonly #of: Surroundings
  /** Of whoever speaks as master. */
  readonly rhythm = new AdvertRhythm()
  #memory: JudgeMemory
  #lastError: ProtocolError | undefined
  #master: { -readonly [Key in keyof HeardMaster]: HeardMaster[Key] } | undefined
  /** The last accepted one. */
  #last:
    | {
        readonly packet: ReceivedPacket
        readonly payload: Uint8Array
        readonly followed: IpAddress | undefined
        readonly event: AdvertEvent
      }
    | undefined

  constructor(config: InstanceConfig, of: Surroundings) {
    this.#of = of
    this.#memory = initialJudgeMemory(config)
  }

  /** Whoever spoke last with a priority above 0. */
  get master(): HeardMaster | undefined {
    return this.#master
  }
  get lastProtocolError(): ProtocolError | undefined {
    return this.#lastError
  }
  /** Whom the process before this one heard. */
  inherit(master: HeardMaster): void {
    this.#master = { ...master }
  }
  /** How the peer computes checksums, and hence we. */
  get checksum(): ChecksumForm {
    return this.#memory.checksum
  }

  /** What was heard under authentication headers. */
  get ah(): AhMemory {
    return this.#memory.ah
  }

  /** New settings; which signed packets have been seen stays known. */
  reset(config: InstanceConfig): void {
    const { hmac, ah } = this.#memory
    this.#last = undefined
    this.#memory = { ...initialJudgeMemory(config), hmac, ah }
  }

  /** The engine's event for it; undefined when it does not count. */
  take(config: InstanceConfig, state: State, packet: ReceivedPacket, wall: WallTime): AdvertEvent | undefined {
    const repeated = this.#repeated(state, packet)
    if (repeated) return this.#accept(repeated, packet)
    const { memory, verdict } = judgeAdvert(config, state, this.#memory, packet, wall)
    this.#memory = memory
    if (verdict.kind === 'rejected') {
      this.#reject(verdict.fault, packet.source)
      return undefined
    }
    const { advert, envelope, remarks } = verdict
    const event: AdvertEvent = { kind: 'advert', advert, envelope }
    // What is signed never comes twice, and what we remark upon is looked at each time.
    const mayRepeat = config.hmac === undefined && config.authentication.kind !== 'ah' && remarks.length === 0
    this.#last = mayRepeat ? { packet, payload: packet.payload.slice(), followed: followedIn(state), event } : undefined
    for (const remark of remarks) this.#tell(remark)
    return this.#accept(event, packet)
  }

  /** Whether an advert that says the same as this one need not be judged again. */
  isRepeatable(event: AdvertEvent): boolean {
    return this.#last?.event === event
  }

  /** The last accepted one came again, and the host has taken note of it. */
  noted(notes: RepeatNotes): void {
    const last = this.#last
    if (last === undefined) return
    const { advert, envelope } = last.event
    const heard = {
      kind: 'advert-heard',
      from: envelope.source,
      priority: advert.priority,
      interval: toMilliseconds(advert.interval),
    } as const
    this.#of.counters().advert_rcvd += notes.count
    if (this.#master?.address === envelope.source) this.#master.at = notes.at
    this.rhythm.noted(notes)
    this.#of.recorder.recordRepeats(heard, notes.count, notes.at)
  }

  /** A master says the same again and again: what was judged once, byte for byte, is not judged again. */
  #repeated(state: State, packet: ReceivedPacket): AdvertEvent | undefined {
    const last = this.#last
    if (last !== undefined && packet === last.packet) return followedIn(state) === last.followed ? last.event : undefined
    if (last === undefined || packet.payload.length !== last.payload.length || packet.protocol !== ipProtocol.vrrp) return undefined
    const { envelope } = last.event
    if (packet.source !== envelope.source || packet.ttl !== envelope.ttl || packet.destination !== envelope.destination) return undefined
    if (followedIn(state) !== last.followed) return undefined
    for (let i = 0; i < last.payload.length; i++) if (last.payload[i] !== packet.payload[i]) return undefined
    return last.event
  }

  #accept(event: AdvertEvent, packet: ReceivedPacket): AdvertEvent {
    const { advert } = event
    const counters = this.#of.counters()
    counters.advert_rcvd++
    if (advert.priority === 0) counters.pri_zero_rcvd++
    const known = this.#master
    if (known?.address !== packet.source) this.#of.onceLog.forget()
    if (known?.address === packet.source && known.priority === advert.priority) known.at = packet.at
    else if (advert.priority !== 0) this.#master = { address: packet.source, priority: advert.priority, at: packet.at }
    if (advert.priority !== 0) this.rhythm.heard(packet.source, toMilliseconds(advert.interval), packet.at)
    this.#of.recorder.record({
      kind: 'advert-heard',
      from: packet.source,
      priority: advert.priority,
      interval: toMilliseconds(advert.interval),
    })
    return event
  }

  #reject(fault: RejectedAdvert, from: IpAddress): void {
    this.#of.counters()[counterOf(fault)]++
    this.#lastError = protocolErrorOf(fault) ?? this.#lastError
    // A flood of bad packets must not push the recording out: one entry for each kind until something changes.
    if (!this.#of.onceLog.once(`rejected ${fault.kind}`, () => `(${this.#of.conf().name}) ${rejectionLine(fault, from)}`)) return
    this.#of.recorder.record({ kind: 'advert-refused', from, fault })
  }

  #tell(remark: Remark): void {
    if (remark.kind === 'address-list-differs') this.#of.counters().addr_list_err++
    const { text, detail } = remarkLine(this.#of.conf(), remark)
    if (!detail || this.#of.logsDetail) this.#of.onceLog.once(`remark ${remark.kind}`, text)
  }
}
