// Telling the world about a transition, in keepalived's order: the state's own script, the generic script, then mail.
// Scripts are started and not waited for.
import type { Priority } from '@havip/base'
import {
  type CommandConf,
  type GlobalDefs,
  type InstanceConf,
  type NotifyConf,
  type ScriptUser,
  type SyncGroupConf,
  scriptAccount,
} from '@havip/conf'
import type { PublicState } from '@havip/vrrp'
import type { DisabledScripts } from './diagnostics.ts'
import type { Clock, Host, ProcessEnd, RunningProcess, UserIds } from './host.ts'
import { transitionMail } from './mail.ts'
import { NotifyFifos } from './notify-fifos.ts'
import type { Recorder } from './recorder.ts'
import { describeEnd } from './script-tracker.ts'

/**
 * What scripts and mails are told. REMOVED: by a reload, without `notify_deleted`; it is called FAULT, but the script of
 * `notify_fault` does not run for it (keepalived).
 */
export type NotifiedState = StateWord | 'REMOVED'
export type StateWord = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'DELETED'
const wordOf = (state: NotifiedState): StateWord => (state === 'REMOVED' ? 'FAULT' : state)

/** INIT is told to nobody. */
export function notifiedState(state: PublicState): NotifiedState | undefined {
  switch (state) {
    case 'master':
      return 'MASTER'
    case 'backup':
      return 'BACKUP'
    case 'fault':
      return 'FAULT'
    case 'stopped':
      return 'STOP'
    case 'init':
      return undefined
  }
}

function ownScript(notify: NotifyConf, state: NotifiedState): CommandConf | undefined {
  switch (state) {
    case 'MASTER':
      return notify.master
    case 'BACKUP':
      return notify.backup
    case 'FAULT':
      return notify.fault
    case 'STOP':
      return notify.stop
    case 'DELETED':
      return notify.deleted
    case 'REMOVED':
      return undefined
  }
}

/** The command lines to start for a transition, in order. The generic script gets four more arguments. */
export function notifyCommands(
  notify: NotifyConf,
  subject: { readonly kind: 'INSTANCE' | 'GROUP'; readonly name: string; readonly priority: number },
  state: NotifiedState,
): readonly CommandConf[] {
  const commands: CommandConf[] = []
  const own = ownScript(notify, state)
  if (own) commands.push(own)
  if (notify.any) {
    const more = [subject.kind, subject.name, wordOf(state), String(subject.priority)]
    commands.push({ ...notify.any, argv: [...notify.any.argv, ...more] })
  }
  return commands
}

/** Which user a script runs as; undefined is the daemon's. */
export function scriptUser(
  host: Pick<Host, 'lookUpUser'>,
  global: GlobalDefs,
  command: CommandConf,
): { readonly user: UserIds | undefined } | { readonly refused: string } {
  const account = scriptAccount(command, global, (user) => host.lookUpUser(user.user, groupOf(user, global)))
  if (account.ok) return { user: account.value }
  const { named, user, fault } = account.fault
  if (named === 'standard') return { refused: `Script user '${user.user}' does not exist` }
  return { refused: `${named === 'own' ? 'user' : 'script_user'} ${user.user} of script ${command.argv[0]}: ${fault.detail}` }
}

/** A colon asks for the supplementary groups as well. */
const groupOf = ({ group, supplementaryGroups }: ScriptUser, { setSupplementaryGroups }: GlobalDefs): string | undefined =>
  supplementaryGroups || setSupplementaryGroups ? `:${group ?? ''}` : group

export class Notifier {
  readonly #host: Host
  readonly #clock: Clock
  #global: GlobalDefs
  readonly #isDisabled: DisabledScripts
  readonly #running = new Set<RunningProcess>()
  readonly fifos: NotifyFifos
  #whenIdle: (() => void) | undefined

  constructor(host: Host, clock: Clock, global: GlobalDefs, isDisabled: DisabledScripts) {
    this.#isDisabled = isDisabled
    this.#host = host
    this.#clock = clock
    this.#global = global
    this.fifos = new NotifyFifos(host, (script) =>
      isDisabled(script) ? { refused: 'it cannot be run' } : scriptUser(host, this.#global, script),
    )
  }

  set global(global: GlobalDefs) {
    this.#global = global
  }

  get routerId(): string {
    return this.#global.routerId ?? this.#host.hostName
  }

  tell(
    instance: InstanceConf,
    state: NotifiedState,
    effective: Priority,
    recorder: Recorder,
    mailed: { last: NotifiedState | undefined },
  ): void {
    const subject = { kind: 'INSTANCE', name: instance.name, priority: effective } as const
    for (const command of notifyCommands(instance.notify, subject, state)) this.run(command, recorder)
    this.fifos.write(subject, wordOf(state))
    if (instance.smtpAlert && mailed.last !== state) {
      mailed.last = state
      this.#mail(instance.name, state, recorder)
    }
  }

  /** A sync group as a whole; its priority is always told as 0. */
  tellGroup(group: SyncGroupConf, state: NotifiedState, recorder: Recorder, mailed: { last: NotifiedState | undefined }): void {
    const subject = { kind: 'GROUP', name: group.name, priority: 0 } as const
    for (const command of notifyCommands(group.notify, subject, state)) this.run(command, recorder)
    this.fifos.write(subject, wordOf(state))
    if (group.smtpAlert && mailed.last !== state) {
      mailed.last = state
      this.#mail(group.name, state, recorder, 'Group')
    }
  }

  /** Starts one script; it is never waited for. */
  run(command: CommandConf, recorder: Recorder): void {
    if (this.#isDisabled(command)) return
    const allowed = scriptUser(this.#host, this.#global, command)
    if ('refused' in allowed) {
      this.#host.log(4, `${allowed.refused} - not running ${command.argv[0]}`)
      return
    }
    recorder.record({ kind: 'notified', argv: command.argv })
    let ended = false
    const started: { process?: RunningProcess } = {}
    const done = (end: ProcessEnd): void => {
      ended = true
      if (started.process) this.#running.delete(started.process)
      if (end.kind === 'not-started') this.#host.log(4, `Notify script ${command.argv[0]} ${describeEnd(end)}`)
      if (this.#running.size === 0) this.#whenIdle?.()
    }
    const running = this.#host.startProcess({ argv: command.argv, user: allowed.user, timeout: undefined }, done)
    if (!running || ended) return
    started.process = running
    this.#running.add(running)
  }

  /** Calls `fn` when no script runs any more, at once if none does. */
  whenIdle(fn: () => void): void {
    this.#whenIdle = fn
    if (this.#running.size === 0) fn()
  }

  killAll(signal: number): void {
    for (const running of this.#running) running.kill(signal)
  }

  #mail(name: string, state: NotifiedState, recorder: Recorder, kind: 'Instance' | 'Group' = 'Instance'): void {
    const settings = { mail: this.#global.mail, routerId: this.routerId, hostName: this.#host.hostName }
    const mail = transitionMail(name, wordOf(state), settings, this.#clock.wallTime(), kind)
    if (!mail) return
    const subject = mail.headers.find(([header]) => header === 'Subject')?.[1] ?? ''
    this.#host.sendMail(mail, (result) => {
      recorder.record({ kind: 'mailed', subject, fault: result.ok ? undefined : result.fault })
      if (!result.ok) this.#host.log(4, `Mail "${subject}" to ${mail.server.host}:${mail.server.port} was not sent: ${result.fault.detail}`)
    })
  }
}
