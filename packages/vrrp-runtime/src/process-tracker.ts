// vrrp_track_process: enough processes of a kind run, and not too many. A change counts only after its delay.
import { later, type Milliseconds } from '@havip/base'
import type { Configuration, TrackProcessConf } from '@havip/conf'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, Host } from './host.ts'
import type { BufferSize, ProcessEntry, Processes } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import { sameTracker, usedBy } from './tracker-use.ts'
import type { Condition, Tracker } from './tracking.ts'

/** The kernel keeps so many bytes of a process's name. */
const kernelNameMax = 15

export function matchesProcess(conf: TrackProcessConf, { name, argv }: ProcessEntry): boolean {
  const [program = '', ...parameters] = conf.argv
  if (!conf.fullCommand) return name === basename(program).slice(0, kernelNameMax)
  const [theirs, ...theirParameters] = argv
  return theirs === program && matchesParameters(conf.paramMatch, parameters, theirParameters)
}

const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function matchesParameters(how: TrackProcessConf['paramMatch'], wanted: readonly string[], theirs: readonly string[]): boolean {
  switch (how) {
    case 'none':
      return wanted.length === 0 || sameWords(wanted, theirs)
    case 'exact':
      return sameWords(wanted, theirs)
    case 'partial':
      return wanted.every((word, i) => theirs[i] === word)
    case 'initial':
      return wanted.every((word, i) => (i === wanted.length - 1 ? theirs[i]?.startsWith(word) : theirs[i] === word))
  }
}

const sameWords = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((word, i) => word === b[i])

type Running = {
  readonly conf: TrackProcessConf
  readonly tracker: Tracker & { condition: Condition }
  /** A change that waits for its delay. */
  pending: { readonly isGood: boolean; readonly appointment: Appointment } | undefined
}
type Surroundings = { readonly host: Host; readonly clock: Clock; readonly agenda: Agenda }

export class ProcessSet {
  readonly #world: Surroundings
  readonly #changed: (name: string) => void
  #running = new Map<string, Running>()
  #watch: ReturnType<Processes['watch']> | undefined

  constructor(world: Surroundings, changed: (name: string) => void) {
    this.#world = world
    this.#changed = changed
  }

  find(name: string): Tracker | undefined {
    return this.#running.get(name)?.tracker
  }

  /** At start and at each reload: what is true now counts without delay for whatever is new. */
  configure(configuration: Configuration): void {
    const { processes } = this.#world.host
    const before = this.#running
    this.#running = new Map()
    const wanted = processes ? configuration.processes.filter(({ name }) => usedBy(configuration, 'trackProcesses', name)) : []
    // Before they are listed: what happens in between is told.
    if (wanted.length > 0 && processes) this.#listen(processes, configuration.global.process.processEventBuffer)
    const present = wanted.length > 0 ? (processes?.list() ?? []) : []
    for (const conf of wanted) {
      if (this.#running.has(conf.name)) continue
      const old = before.get(conf.name)
      this.#running.set(conf.name, old && sameTracker(old.conf, conf) ? old : begin(conf, present))
    }
    for (const [name, old] of before) if (this.#running.get(name) !== old) old.pending?.appointment.cancel()
    if (this.#running.size === 0) this.#unwatch()
  }

  stop(): void {
    for (const { pending } of this.#running.values()) pending?.appointment.cancel()
    this.#running.clear()
    this.#unwatch()
  }

  #listen(processes: Processes, buffer: BufferSize | undefined): void {
    if (this.#watch) return
    this.#watch = processes.watch(() => this.#look(), buffer)
    const { fault } = this.#watch
    if (!fault) return
    this.#world.host.log(5, `The kernel tells no process events here (${describeHostFault(fault)}): processes are looked at once a second`)
  }

  #unwatch(): void {
    this.#watch?.close()
    this.#watch = undefined
  }

  #look(): void {
    const present = this.#world.host.processes?.list() ?? []
    for (const running of this.#running.values()) this.#judge(running, conditionOf(running.conf, present))
  }

  #judge(running: Running, now: Condition): void {
    const isGood = now.kind === 'good'
    if (running.pending && running.pending.isGood !== isGood) {
      running.pending.appointment.cancel()
      running.pending = undefined
    }
    if (running.pending || (running.tracker.condition.kind === 'good') === isGood) return
    const delay = delayOf(running.conf, isGood)
    if (delay <= 0) {
      this.#settle(running, now)
      return
    }
    const { agenda, clock } = this.#world
    const appointment = agenda.schedule(later(clock.now(), delay), () => {
      running.pending = undefined
      this.#settle(running, now)
    })
    running.pending = { isGood, appointment }
  }

  #settle(running: Running, now: Condition): void {
    running.tracker.condition = now
    const { name } = running.conf
    this.#world.host.log(
      6,
      `Process ${name} ${now.kind === 'good' ? 'is running' : `is not as it must be: ${now.kind === 'bad' ? now.detail : ''}`}`,
    )
    this.#changed(name)
  }
}

const begin = (conf: TrackProcessConf, present: readonly ProcessEntry[]): Running => ({
  conf,
  tracker: { kind: 'process', name: conf.name, condition: conditionOf(conf, present), defaults: conf },
  pending: undefined,
})

const delayOf = (conf: TrackProcessConf, isGood: boolean): Milliseconds => (isGood ? conf.forkDelay : conf.terminateDelay)

function conditionOf(conf: TrackProcessConf, present: readonly ProcessEntry[]): Condition {
  const count = present.filter((process) => matchesProcess(conf, process)).length
  const { quorum, quorumMax } = conf
  if (quorumMax !== undefined && count > quorumMax) return { kind: 'bad', detail: `${count} run, at most ${quorumMax} may` }
  // With `quorum_max 0` it must not run at all.
  if (quorumMax !== 0 && count < quorum) return { kind: 'bad', detail: `${count} run, ${quorum} must` }
  return { kind: 'good' }
}
