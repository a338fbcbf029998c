// Makes the world as the rows say: compares what is meant with what is there, applies the difference, moves the statuses on.
// It may run twice, be killed at any point and run again. A change wakes it; so does a timer.
import { between, type Instant, later, milliseconds } from '@havip/base'
import { type Affected, type InstanceId, machineStep, type PlaneChange } from '@havip/vpc'
import type { Clock, Timer } from '../clock.ts'
import { type Claim, type Compute, type DataPlane, PlaneError } from '../ports.ts'
import type { Store } from '../store.ts'
import { BackOff } from './back-off.ts'
import { affectedOf, Intent, keyOf } from './intent.ts'
import { Machines } from './machines.ts'
import { Mastery, waysOut } from './mastery.ts'
import { type Outcome, PlaneMirror } from './plane-mirror.ts'
import type { ReconcileEvent } from './reconcile-event.ts'
import { settlementOf, writeSettlements } from './settle.ts'

export type ReconcilerParts = {
  readonly store: Store
  readonly plane: DataPlane
  readonly compute: Compute
  readonly clock: Clock
  /** In whose name: see `beginTerm`. */
  readonly claim: Claim
  readonly report?: (event: ReconcileEvent) => void
  /** Told after each pass that did not fail, for measurements. */
  readonly passed?: (durationMs: number, rowsWritten: number) => void
  /** How often to look at everything, though nothing was heard. Default 30 s. */
  readonly fullEveryMs?: number
}

/** Between two passes, so that a burst of changes is taken together. */
const gapMs = 5

export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #intent: Intent
  readonly #mirror: PlaneMirror
  readonly #machines: Machines
  readonly #mastery: Mastery
  readonly #backOff = new BackOff()
  readonly #problems = new Map<string, string>()
  readonly #passBackOff = new BackOff()
  /** What the next pass has to look at. */
  #dirty = new Map<string, Affected>()
  #fullAt: Instant
  #passing: Promise<void> | undefined
  #isWoken = false
  #isRunning = false
  #timer: Timer | undefined

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    this.#intent = new Intent(parts.store)
    this.#mirror = new PlaneMirror(parts.plane)
    this.#mastery = new Mastery(parts)
    this.#machines = new Machines(parts.compute, (instance, error) => this.#machineDone(instance, error))
    this.#fullAt = parts.clock.now()
  }

  /** Begins to work by itself. */
  start(): void {
    this.#isRunning = true
    this.wake()
  }

  /** Ends after what was begun. */
  async stop(): Promise<void> {
    this.#isRunning = false
    this.#timer?.cancel()
    await this.#passing
    await this.#machines.idle()
  }

  /** Something changed: rows, a machine, or the plane itself. */
  wake(): void {
    this.#isWoken = true
    if (this.#isRunning && !this.#passing) this.#schedule(gapMs)
  }

  /** The plane may have changed under us: the next pass looks at all of it. */
  distrust(): void {
    this.#mirror.forget()
    this.wake()
  }

  /** One look and what follows from it, until nothing more can be done at once. Failures are reported, never thrown. */
  reconcile(): Promise<void> {
    this.#passing ??= this.#passes().finally(() => {
      this.#passing = undefined
      this.#schedule(undefined)
    })
    return this.#passing
  }

  /** For tests and for an orderly end: until machines have done what they were told, too. */
  async settle(): Promise<void> {
    do {
      this.#isWoken = false
      await this.reconcile()
      await this.#machines.idle()
    } while (this.#isWoken)
  }

  /** True: the plane is another installation's, and is left alone. */
  get standsBack(): boolean {
    return this.#mastery.isForeign
  }

  /** True: what is there is what is meant, as far as is known. */
  get isQuiet(): boolean {
    return this.#dirty.size === 0 && this.#problems.size === 0
  }

  async #passes(): Promise<void> {
    try {
      do {
        this.#isWoken = false
        while (await this.#pass()) this.#isWoken = false
      } while (this.#isWoken)
    } catch (error) {
      this.#mirror.forget()
      this.#passBackOff.failed('pass', this.#parts.clock.now())
      this.#parts.report?.({ kind: 'failed', error })
    }
  }

  #schedule(afterMs: number | undefined): void {
    if (!this.#isRunning) return
    const { clock } = this.#parts
    const now = clock.now()
    this.#timer?.cancel()
    this.#timer = clock.setTimer(this.#nextAt(now, afterMs), () => {
      void this.reconcile()
    })
  }

  #nextAt(now: Instant, afterMs: number | undefined): Instant {
    const heldUntil = this.#passBackOff.nextAt(now)
    if (heldUntil !== undefined) return heldUntil
    const waits = [this.#fullAt]
    const trouble = this.#backOff.nextAt(now)
    if (trouble !== undefined) waits.push(trouble)
    if (afterMs !== undefined || this.#isWoken) waits.push(later(now, milliseconds(afterMs ?? gapMs)))
    return waits.reduce((a, b) => (a < b ? a : b))
  }

  /** True: rows were written, so there may be more to do. What comes in meanwhile is for the next pass. */
  async #pass(): Promise<boolean> {
    const { clock, store } = this.#parts
    const now = clock.now()
    const dirty = this.#dirty
    this.#dirty = new Map()
    for (const [key, affected] of await this.#intent.refresh()) dirty.set(key, affected)
    for (const key of this.#backOff.due(now)) dirty.set(key, affectedOf(key))
    const isWhole = !this.#mirror.isKnown || this.#mastery.isForeign || now >= this.#fullAt
    const outcome = isWhole ? await this.#wholePlane(now, dirty) : await this.#dirtyPlane(dirty)
    this.#note(outcome, dirty)
    if (!this.#mastery.isForeign) this.#stepMachines(outcome, dirty)
    const { pending } = outcome
    const input = { intent: this.#intent, mirror: this.#mirror, pending, problems: this.#problems, now: clock.wallTime() }
    const settlements = [...dirty.values()].flatMap((affected) => settlementOf(affected, input) ?? [])
    const written = await writeSettlements(store, settlements)
    for (const { affected, after } of written) if (!after) this.#removed(affected)
    this.#passBackOff.succeeded('pass')
    this.#parts.passed?.(between(now, clock.now()), written.length)
    return written.length > 0
  }

  #removed(affected: Affected): void {
    this.#intent.forget(affected)
    this.#problems.delete(keyOf(affected))
    this.#backOff.succeeded(keyOf(affected))
  }

  async #wholePlane(now: Instant, dirty: Map<string, Affected>): Promise<Outcome> {
    const { world } = this.#intent
    const wasKnown = this.#mirror.isKnown
    const expected = dirty.size
    await this.#mirror.inspect()
    await this.#machines.inspect(world)
    this.#fullAt = later(now, milliseconds(this.#parts.fullEveryMs ?? 30_000))
    for (const affected of world.everything()) dirty.set(keyOf(affected), affected)
    const changes = this.#mirror.wholeDifference(world)
    const removals = changes.filter(({ kind }) => kind.startsWith('remove-')).length + this.#orphans().length
    if (!(await this.#mastery.take(removals))) return this.#standBack(changes)
    if (wasKnown && expected === 0 && changes.length > 0)
      this.#parts.report?.({ kind: 'drift', changes: changes.length, resources: this.#resourcesOf(changes) })
    this.#removeOrphans()
    return this.#mirror.apply(changes, this.#mustWait, () => this.#mirror.wholeDifference(world))
  }

  #resourcesOf(changes: readonly PlaneChange[]): readonly string[] {
    return [...new Set(changes.map((change) => affectedOf(this.#mirror.keyOfChange(change)).id))].sort()
  }

  /** Another's plane: nothing is done, and every resource that would need something says why. */
  #standBack(changes: readonly PlaneChange[]): Outcome {
    const { world } = this.#intent
    const pending = new Map(changes.map((change) => [this.#mirror.keyOfChange(change), change]))
    const waiting = [...world.instances.values()].filter((row) => machineStep(row, world.machines.get(row.id)) !== undefined)
    for (const key of [...pending.keys(), ...waiting.map(({ id }) => keyOf({ kind: 'instance', id }))]) this.#problems.set(key, waysOut)
    return { applied: 0, pending, failures: new Map() }
  }

  async #dirtyPlane(dirty: ReadonlyMap<string, Affected>): Promise<Outcome> {
    const { world } = this.#intent
    const affected = [...dirty.values()]
    const changes = this.#mirror.differenceOf(world, affected)
    return this.#mirror.apply(changes, this.#mustWait, () => this.#mirror.wholeDifference(world))
  }

  readonly #mustWait = (key: string): boolean => this.#backOff.mustWait(key, this.#parts.clock.now())

  /** Keeps book of failures: a resource is in trouble until its change is applied. */
  #note(outcome: Outcome, dirty: Map<string, Affected>): void {
    const now = this.#parts.clock.now()
    for (const [key, error] of outcome.failures) {
      this.#backOff.failed(key, now)
      this.#problems.set(key, textOf(error))
      dirty.set(key, affectedOf(key))
      this.#parts.report?.({ kind: 'trouble', resource: affectedOf(key).id, error })
    }
    for (const key of dirty.keys()) {
      if (!outcome.pending.has(key) && !this.#hasMachineTrouble(key)) {
        this.#problems.delete(key)
        this.#backOff.succeeded(key)
      }
    }
    // What was left undone because everything failed is looked at again with the first that may be tried.
    if (!this.#mastery.isForeign && outcome.pending.size > outcome.failures.size) {
      for (const key of outcome.pending.keys()) if (!this.#backOff.has(key)) this.#backOff.failed(key, now)
    }
  }

  #hasMachineTrouble(key: string): boolean {
    const affected = affectedOf(key)
    if (affected.kind !== 'instance' || !(this.#backOff.has(key) || this.#mastery.isForeign)) return false
    const row = this.#intent.world.instances.get(affected.id as InstanceId)
    return row !== undefined && machineStep(row, this.#intent.world.machines.get(row.id)) !== undefined
  }

  #stepMachines(outcome: Outcome, dirty: ReadonlyMap<string, Affected>): void {
    const { world } = this.#intent
    for (const { kind, id } of dirty.values()) {
      const instance = kind === 'instance' ? world.instances.get(id as InstanceId) : undefined
      if (!instance || this.#machines.isBusy(instance.id) || this.#mustWait(keyOf({ kind, id }))) continue
      const step = machineStep(instance, world.machines.get(instance.id))
      if (!step) continue
      const hasPort = this.#mirror.index.ports.has(instance.networkInterface) && !outcome.pending.has(keyOf({ kind, id }))
      if (step.kind === 'start' && !hasPort) continue
      if (this.#machines.isFull) {
        this.#waiting.set(keyOf({ kind, id }), { kind, id })
        continue
      }
      this.#machines.begin(world, instance, step, world.vswitches.get(instance.vswitch))
    }
  }

  /** Machines that wait for others to be done with. */
  readonly #waiting = new Map<string, Affected>()

  /** Machines that no row speaks of. */
  #orphans(): readonly InstanceId[] {
    const { world } = this.#intent
    return [...world.machines.keys()].filter((id) => !world.instances.has(id) && !this.#machines.isBusy(id))
  }

  #removeOrphans(): void {
    for (const id of this.#orphans()) if (!this.#mustWait(`instance:${id}`)) this.#machines.beginRemoval(this.#intent.world, id)
  }

  #machineDone(instance: InstanceId, error: unknown): void {
    const key = keyOf({ kind: 'instance', id: instance })
    if (error === undefined) {
      this.#problems.delete(key)
      this.#backOff.succeeded(key)
    } else {
      this.#problems.set(key, textOf(error))
      this.#backOff.failed(key, this.#parts.clock.now())
      this.#parts.report?.({ kind: 'trouble', resource: instance, error })
    }
    for (const affected of this.#intent.world.affectedByInstance(instance)) this.#dirty.set(keyOf(affected), affected)
    for (const [waitingKey, affected] of this.#waiting) this.#dirty.set(waitingKey, affected)
    this.#waiting.clear()
    this.wake()
  }
}

const textOf = (error: unknown): string => (error instanceof PlaneError ? error.clientText : 'The data plane failed.')
