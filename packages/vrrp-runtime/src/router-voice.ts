// What one virtual router says to people and scripts: lines in the log, notify scripts, FIFOs, mail.
import { familyOf, type Priority } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { Action, PublicState, Remark } from '@havip/vrrp'
import type { Place } from './announcer.ts'
import type { HostFault } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { type LogLine, leadingLine, remarkLine, type Transition, transitionLine } from './log-lines.ts'
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
  #foretold: Transition | undefined

  constructor(world: World, speaker: Speaker) {
    this.#world = world
    this.#speaker = speaker
  }

  /** The lines come before the addresses move (keepalived); scripts and FIFOs hear of it with `transition`, when they have moved. */
  foretell(transition: Transition): void {
    if (this.#foretold === transition) return
    this.#foretold = transition
    const { name } = this.#speaker.conf
    const leading = leadingLine(name, transition)
    if (leading) this.#log(leading)
    this.#log(transitionLine(name, transition))
  }

  transition(transition: Transition): void {
    this.foretell(transition)
    this.#foretold = undefined
    const { conf, effective, recorder } = this.#speaker
    const told = transition.to === 'stopped' ? this.leavingAs : notifiedState(transition.to)
    // Its word is FAULT, which is known already (keepalived).
    if (told === 'REMOVED' && transition.from === 'fault') return
    if (transition.notify && told) this.#world.notifier.tell(conf, told, effective, recorder, this.#mailed)
  }

  remark(remark: Remark): void {
    const { conf, recorder } = this.#speaker
    this.#log(remarkLine(conf, remark))
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

  settingAddresses(): void {
    const { virtualAddresses, excludedAddresses, virtualRoutes, virtualRules } = this.#speaker.conf
    if (virtualAddresses.length > 0) this.detail('setting VIPs.')
    if (excludedAddresses.length > 0) this.detail('setting E-VIPs.')
    if (virtualRoutes.length > 0) this.detail('setting Virtual Routes')
    if (virtualRules.length > 0) this.detail('setting Virtual Rules')
  }

  removingAddresses(): void {
    const { virtualAddresses, excludedAddresses, virtualRoutes, virtualRules } = this.#speaker.conf
    if (virtualRules.length > 0) this.detail('removing Virtual Rules')
    if (virtualRoutes.length > 0) this.detail('removing Virtual Routes')
    if (virtualAddresses.length > 0) this.detail('removing VIPs.')
    if (excludedAddresses.length > 0) this.detail('removing E-VIPs.')
  }

  /** A burst begins: some of it may have to wait for its turn. */
  announcing(places: readonly Place[]): void {
    if (!this.#world.logsDetail) return
    for (const place of places)
      this.detail(`Sending/queueing ${place4or6(place, 'gratuitous ARPs', 'Unsolicited Neighbour Adverts')}${this.#where(place)}`)
  }

  announced(place: Place): void {
    if (!this.#world.logsDetail) return
    this.#world.host.log(6, `Sending ${place4or6(place, 'gratuitous ARP', 'unsolicited Neighbour Advert')}${this.#where(place)}`)
  }

  #where({ interface: index, address }: Place): string {
    const name = this.#world.host.links().find((link) => link.index === index)?.name ?? index
    return ` on ${name} for ${address}`
  }

  #write(word: string, priority = this.#speaker.effective): void {
    this.#world.notifier.fifos.write({ kind: 'INSTANCE', name: this.#speaker.conf.name, priority }, word)
  }

  #log({ level, detail, text }: LogLine): void {
    if (!detail || this.#world.logsDetail) this.#world.host.log(level, text)
  }
}

const place4or6 = ({ address }: Place, ipv4: string, ipv6: string): string => (familyOf(address) === 'ipv4' ? ipv4 : ipv6)

/** Which transition the first of these actions is the first step to. */
export const moveAhead = ([first, ...rest]: readonly Action[]): Transition | undefined =>
  beginsMove(first) ? rest.find((action) => action.kind === 'transition') : undefined

const beginsMove = (action: Action | undefined): boolean =>
  action?.kind === 'add-addresses' || action?.kind === 'cancel-announcements' || action?.kind === 'remove-addresses'
