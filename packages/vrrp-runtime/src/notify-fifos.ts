// notify_fifo and vrrp_notify_fifo: one line for each event, in keepalived's form, and the scripts that read them.
import type { CommandConf, FifoConf, GlobalDefs } from '@havip/conf'
import type { Host, RunningProcess, UserIds } from './host.ts'
import type { Fifo } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import { describeEnd } from './script-tracker.ts'

type Open = { readonly conf: FifoConf; readonly removes: boolean; readonly fifo: Fifo | undefined; script: RunningProcess | undefined }
type Allowed = { readonly user: UserIds | undefined } | { readonly refused: string }

export type FifoSubject = { readonly kind: 'INSTANCE' | 'GROUP'; readonly name: string; readonly priority: number }

/** The name stands between double quotes, whatever is in it (keepalived). */
export const fifoLine = ({ kind, name, priority }: FifoSubject, word: string): string => `${kind} "${name}" ${word} ${priority}\n`

export class NotifyFifos {
  readonly #host: Host
  readonly #allows: (script: CommandConf) => Allowed
  #open: Open[] = []

  /** @param allows which user a script runs as, or why it does not run. */
  constructor(host: Host, allows: (script: CommandConf) => Allowed) {
    this.#host = host
    this.#allows = allows
  }

  /** At start and at each reload. A FIFO that stays as it is keeps its readers and its script. */
  configure(global: GlobalDefs): void {
    const wanted: { readonly conf: FifoConf; readonly removes: boolean }[] = []
    // keepalived leaves notify_fifo behind: other daemons may write to it, too.
    if (global.notifyFifo) wanted.push({ conf: global.notifyFifo, removes: false })
    if (global.vrrpNotifyFifo) wanted.push({ conf: global.vrrpNotifyFifo, removes: true })
    const before = this.#open
    const kept = wanted.map(({ conf, removes }) =>
      before.find((one) => one.fifo && one.removes === removes && meaningOf(one.conf) === meaningOf(conf)),
    )
    for (const one of before) if (!kept.includes(one)) close(one)
    this.#open = wanted.map(({ conf, removes }, i) => kept[i] ?? this.#begin(conf, removes))
  }

  write(subject: FifoSubject, word: string): void {
    for (const { fifo } of this.#open) fifo?.write(fifoLine(subject, word))
  }

  /** Before the last lines are written: a script that wants to read them must ignore SIGTERM (keepalived). */
  endScripts(): void {
    for (const one of this.#open) one.script?.kill(15)
  }

  close(): void {
    for (const { fifo, removes } of this.#open) fifo?.close(removes)
    this.#open = []
  }

  #begin(conf: FifoConf, removes: boolean): Open {
    const one: Open = { conf, removes, fifo: this.#make(conf), script: undefined }
    if (one.fifo && conf.script) one.script = this.#start(conf.script, conf.path, one)
    return one
  }

  #make(conf: FifoConf): Fifo | undefined {
    const { owner, path } = conf
    const user = owner && this.#host.lookUpUser(owner.user, owner.group)
    if (user && !user.ok) {
      this.#host.log(3, `FIFO ${path}: ${user.fault.detail}; nothing is written to it`)
      return undefined
    }
    const opened = this.#host.openFifo?.({ path, owner: user?.value })
    if (!opened) return undefined
    if (opened.ok) return opened.value
    this.#host.log(3, `Unable to open FIFO ${path}: ${describeHostFault(opened.fault)}; nothing is written to it`)
    return undefined
  }

  #start(script: CommandConf, path: string, one: Open): RunningProcess | undefined {
    const allowed = this.#allows(script)
    if ('refused' in allowed) {
      this.#host.log(4, `${allowed.refused} - not running ${script.argv[0]}`)
      return undefined
    }
    return this.#host.startProcess({ argv: [...script.argv, path], user: allowed.user, timeout: undefined }, (end) => {
      one.script = undefined
      this.#host.log(4, `vrrp notify fifo script ${script.argv[0]} terminated: ${describeEnd(end)}`)
    })
  }
}

function close(one: Open): void {
  one.script?.kill(15)
  one.fifo?.close(one.removes)
}

const meaningOf = (conf: FifoConf): string => JSON.stringify(conf, (key, value: unknown) => (key === 'at' ? undefined : value))
