// A clock that stands still, a plane and machines in memory that can be told to fail: for tests, and for a rehearsal without root.
import { type Instant, instant, type WallTime, wallTime } from '@havip/base'
import {
  type HavipId,
  type InstanceId,
  type NetworkInterfaceId,
  type OwnerFact,
  type PlaneChange,
  PlaneIndex,
  type ProbeSample,
  type VpcId,
} from '@havip/vpc'
import type { Clock, Entropy, Timer } from '../clock.ts'
import {
  type Claim,
  type CommandResult,
  type Compute,
  type DataPlane,
  type InstanceSpec,
  PlaneError,
  type Probe,
  type ProbeRequest,
} from '../ports.ts'

/** Time passes only by `advance`, which runs the timers that come due. */
export class FakeClock implements Clock {
  #now = 1_000
  readonly #timers = new Set<{ readonly at: Instant; readonly fn: () => void }>()

  now(): Instant {
    return instant(this.#now)
  }
  wallTime(): WallTime {
    return wallTime(1_768_465_800_000 + this.#now)
  }
  setTimer(at: Instant, fn: () => void): Timer {
    const timer = { at, fn }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }
  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.fn()
    }
  }
}

/** The same bytes in every run. */
export function countingEntropy(): Entropy {
  let count = 0
  return (length) => {
    count++
    return Uint8Array.from({ length }, (_, i) => (Math.floor(count / 36 ** (length - 1 - i)) % 36) + 36)
  }
}

export class FakePlane implements DataPlane {
  readonly index = new PlaneIndex()
  /** Every change that was applied, in order. */
  readonly applied: PlaneChange[] = []
  inspections = 0
  /** Asked before each change; true: it fails. */
  fails: (change: PlaneChange) => boolean = () => false
  isDown = false
  readonly announced = new Map<HavipId, NetworkInterfaceId>()
  readonly #listeners = new Set<() => void>()

  async inspect() {
    this.#check()
    this.inspections++
    return this.index.state()
  }
  async apply(changes: readonly PlaneChange[]) {
    for (const change of changes) {
      this.#check()
      if (this.fails(change)) throw new PlaneError('The network could not be changed.', `${change.kind} failed as told`)
      this.#checkOrder(change)
      this.index.apply(change)
      this.applied.push(change)
    }
  }
  async owners(): Promise<readonly OwnerFact[]> {
    this.#check()
    return [...this.announced].map(([havip, port]) => ({ havip, port, sinceMs: 10, lastSeenMs: 5 }))
  }
  async drops() {
    return []
  }
  async eipCounters() {
    return []
  }
  readonly cut = new Set<NetworkInterfaceId>()
  async setCable(_: VpcId, port: NetworkInterfaceId, isOn: boolean) {
    this.#check()
    if (isOn) this.cut.delete(port)
    else this.cut.add(port)
  }
  /** What the next probes hear, one list for each reading; the last one again and again. */
  hears: () => readonly ProbeSample[] = () => []
  readonly probes: ProbeRequest[] = []
  openProbes = 0
  async probe(request: ProbeRequest): Promise<Probe> {
    this.#check()
    this.probes.push(request)
    this.openProbes++
    return {
      read: async () => ({ samples: this.hears(), isOver: false }),
      close: async () => void this.openProbes--,
    }
  }
  obeys: Claim | undefined
  async master() {
    this.#check()
    return this.obeys
  }
  async claim(claim: Claim, adopt: boolean) {
    this.#check()
    const { obeys } = this
    if (obeys && obeys.installation !== claim.installation && !adopt) throw new PlaneError('The host belongs to another.', 'claimed')
    if (obeys?.installation === claim.installation && obeys.term > claim.term) throw new PlaneError('Replaced.', 'older term')
    this.obeys = claim
  }
  watchOwners(listener: () => void) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  announce(havip: HavipId, port: NetworkInterfaceId): void {
    this.announced.set(havip, port)
    for (const listener of this.#listeners) listener()
  }

  #check(): void {
    if (this.isDown) throw new PlaneError('The data plane does not answer.', 'down as told')
  }

  /** What a real plane needs to be there already. */
  #checkOrder(change: PlaneChange): void {
    const { networks, switches } = this.index
    const needs =
      change.kind === 'put-switch'
        ? networks.has(change.switch.vpc)
        : change.kind === 'put-port'
          ? switches.has(change.port.vswitch)
          : change.kind === 'put-havip'
            ? switches.has(change.havip.vswitch)
            : change.kind === 'put-eip'
              ? networks.has(change.eip.vpc)
              : true
    if (!needs) throw new PlaneError('The network could not be changed.', `${change.kind} came too early`)
  }
}

export class FakeCompute implements Compute {
  readonly machines = new Map<InstanceId, { power: 'running' | 'stopped'; boot: number; spec: InstanceSpec }>()
  readonly calls: string[] = []
  fails: (call: string) => boolean = () => false
  answer: CommandResult = { kind: 'exited', status: 0, output: 'done\n', truncated: false }

  async list() {
    return [...this.machines].map(([instance, { power, boot }]) => ({ instance, power, boot }))
  }
  async start(spec: InstanceSpec, boot: number) {
    this.#call(`start ${spec.instance} ${boot}`)
    this.machines.set(spec.instance, { power: 'running', boot, spec })
  }
  async stop(instance: InstanceId, force: boolean) {
    this.#call(`stop ${instance}${force ? ' force' : ''}`)
    const machine = this.machines.get(instance)
    if (machine) machine.power = 'stopped'
  }
  async remove(instance: InstanceId) {
    this.#call(`remove ${instance}`)
    this.machines.delete(instance)
  }
  /** Asked first; undefined: `answer`. */
  answers: (instance: InstanceId, script: string) => CommandResult | undefined = () => undefined
  async run(instance: InstanceId, command: { readonly script: string }): Promise<CommandResult> {
    this.#call(`run ${instance} ${command.script}`)
    const own = this.answers(instance, command.script)
    if (own && this.machines.get(instance)?.power === 'running') return own
    return this.machines.get(instance)?.power === 'running' ? this.answer : { kind: 'not-running' }
  }
  async openShell(): Promise<never> {
    throw new PlaneError('There is no shell.', 'a fake machine has none')
  }
  #call(call: string): void {
    if (this.fails(call)) throw new PlaneError('The machine could not be changed.', `${call} failed as told`)
    this.calls.push(call)
  }
}
