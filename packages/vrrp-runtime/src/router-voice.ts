// What one virtual router says to people and scripts: lines in the log, notify scripts, FIFOs, mail.
import type { Priority } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { PublicState, Remark } from '@havip/vrrp'
import type { HostFault } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { type LogLine, remarkLine, type Transition, transitionLine } from './log-lines.ts'
import { type NotifiedState, notifiedState } from './notify.ts'
import type { Recorder } from './recorder.ts'
import type { World } from './world.ts'

export type Speaker = {
  readonly conf: InstanceConf
  readonly publicState: PublicState
  readonly effective: Priority
  readonly recorder: Recorder
  /** The sync group wants notify_priority_changes for all of its members. */
  readonly groupTellsPriority: boolean
}

export class RouterVoice {
  readonly #world: World
  readonly #speaker: Speaker
  readonly #mailed: { last: NotifiedState | undefined } = { last: undefined }
  /** What scripts hear instead of STOP when the instance leaves by a reload. */
  leavingAs: NotifiedState = 'STOP'

  constructor(world: World, speaker: Speaker) {
    this.#world = world
    this.#speaker = speaker
  }

  transition(transition: Transition): void {
    const { conf, effective, recorder } = this.#speaker
    this.#log(transitionLine(conf.name, transition))
    const told = transition.to === 'stopped' ? this.leavingAs : notifiedState(transition.to)
    if (transition.notify && told) this.#world.notifier.tell(conf, told, effective, recorder, this.#mailed)
  }

  remark(remark: Remark): void {
    const { conf, recorder } = this.#speaker
    this.#log(remarkLine(conf.name, remark))
    if (remark.kind !== 'lower-priority-while-master') return
    const script = conf.notify.masterRxLowerPri
    if (script) this.#world.notifier.run(script, recorder)
    this.#write('MASTER_RX_LOWER_PRI')
  }

  priorityChanged(from: Priority, to: Priority, because: string): void {
    const { conf, publicState, groupTellsPriority } = this.#speaker
    this.#world.host.log(6, `(${conf.name}) Changing effective priority from ${from} to ${to}: ${because}`)
    // For FIFOs only; any state but MASTER counts as BACKUP (keepalived).
    if (!conf.notifyPriorityChanges && !groupTellsPriority) return
    this.#write(publicState === 'master' ? 'MASTER_PRIORITY' : 'BACKUP_PRIORITY', to)
  }

  /** `fifo_write_vrrp_states_on_reload`. */
  stateAgain(): void {
    const told = notifiedState(this.#speaker.publicState)
    if (told) this.#write(told)
  }

  fault(fault: HostFault, prefix = ''): void {
    this.#world.host.log(3, `(${this.#speaker.conf.name}) ${prefix}${describeHostFault(fault)}`)
  }

  /** Only with -D. */
  detail(text: string): void {
    if (this.#world.logsDetail) this.#world.host.log(6, `(${this.#speaker.conf.name}) ${text}`)
  }

  #write(word: string, priority = this.#speaker.effective): void {
    this.#world.notifier.fifos.write({ kind: 'INSTANCE', name: this.#speaker.conf.name, priority }, word)
  }

  #log({ level, detail, text }: LogLine): void {
    if (!detail || this.#world.logsDetail) this.#world.host.log(level, text)
  }
}
