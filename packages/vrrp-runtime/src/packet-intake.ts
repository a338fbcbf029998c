// What arrives for one router: judged, counted, told. Only what counts goes on to the engine.
import type { IpAddress } from '@havip/base'
import {
  type Event,
  type InstanceConfig,
  initialJudgeMemory,
  type JudgeMemory,
  judgeAdvert,
  type RejectedAdvert,
  type Remark,
  type State,
} from '@havip/vrrp'
import type { ChecksumForm } from '@havip/wire'
import type { Counters } from './counters.ts'
import type { ReceivedPacket } from './host.ts'
import { remarkLine } from './log-lines.ts'
import { counterOf, type OnceLog, rejectionLine } from './packet-judge.ts'
import type { Recorder } from './recorder.ts'
import type { HeardMaster } from './router-view.ts'

type Surroundings = {
  readonly name: () => string
  readonly counters: () => Counters
  readonly onceLog: OnceLog
  readonly recorder: Recorder
  readonly logsDetail: boolean
}

export class PacketIntake {
  readonly #of: Surroundings
  #memory: JudgeMemory
  #master: HeardMaster | undefined

  constructor(config: InstanceConfig, of: Surroundings) {
    this.#of = of
    this.#memory = initialJudgeMemory(config)
  }

  /** Whoever spoke last with a priority above 0. */
  get master(): HeardMaster | undefined {
    return this.#master
  }
  /** How the peer computes checksums, and hence we. */
  get checksum(): ChecksumForm {
    return this.#memory.checksum
  }

  reset(config: InstanceConfig): void {
    this.#memory = initialJudgeMemory(config)
  }

  /** The engine's event for it; undefined when it does not count. */
  take(config: InstanceConfig, state: State, packet: ReceivedPacket): Extract<Event, { kind: 'advert' }> | undefined {
    const { memory, verdict } = judgeAdvert(config, state, this.#memory, packet)
    this.#memory = memory
    if (verdict.kind === 'rejected') {
      this.#reject(verdict.fault, packet.source)
      return undefined
    }
    const { advert, envelope, remarks } = verdict
    const counters = this.#of.counters()
    counters.advert_rcvd++
    if (advert.priority === 0) counters.pri_zero_rcvd++
    if (this.#master?.address !== packet.source) this.#of.onceLog.forget()
    if (advert.priority !== 0) this.#master = { address: packet.source, priority: advert.priority, at: packet.at }
    for (const remark of remarks) this.#tell(remark)
    this.#of.recorder.record({ kind: 'advert-heard', from: packet.source, priority: advert.priority })
    return { kind: 'advert', advert, envelope }
  }

  #reject(fault: RejectedAdvert, from: IpAddress): void {
    this.#of.counters()[counterOf(fault)]++
    // A flood of bad packets must not push the recording out: one entry for each kind until something changes.
    if (!this.#of.onceLog.once(`rejected ${fault.kind}`, `(${this.#of.name()}) ${rejectionLine(fault, from)}`)) return
    this.#of.recorder.record({ kind: 'advert-refused', from, fault })
  }

  #tell(remark: Remark): void {
    if (remark.kind === 'address-list-differs') this.#of.counters().addr_list_err++
    const { text, detail } = remarkLine(this.#of.name(), remark)
    if (!detail || this.#of.logsDetail) this.#of.onceLog.once(`remark ${remark.kind}`, text)
  }
}
