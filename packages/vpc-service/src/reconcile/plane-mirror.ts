// What is known of the plane: read from it whole, then kept up by the changes that were applied. Any failure makes it unknown.
import {
  type Affected,
  desiredOf,
  desiredPlane,
  type PlaneChange,
  PlaneIndex,
  type PlaneState,
  planeDifference,
  type World,
} from '@havip/vpc'
import type { DataPlane } from '../ports.ts'
import { keyOf } from './intent.ts'

/** A primary port is its instance's; a further one is a resource of its own. */
const keyOfPort = ({ port, instance, device }: { readonly port: string; readonly instance: string; readonly device: number }): string =>
  device === 0 ? keyOf({ kind: 'instance', id: instance }) : keyOf({ kind: 'networkInterface', id: port })

export type Outcome = {
  /** Applied now. */
  readonly applied: number
  /** What is still to be done, by the key of the resource it is about. */
  readonly pending: ReadonlyMap<string, PlaneChange>
  /** What failed now, by key. */
  readonly failures: ReadonlyMap<string, unknown>
}

/** Failures in a row after which the plane as a whole is taken to be down. */
const failuresMax = 5

export class PlaneMirror {
  readonly #plane: DataPlane
  #index: PlaneIndex | undefined

  constructor(plane: DataPlane) {
    this.#plane = plane
  }

  get isKnown(): boolean {
    return this.#index !== undefined
  }

  get index(): PlaneIndex {
    return this.#index ?? new PlaneIndex()
  }

  forget(): void {
    this.#index = undefined
  }

  async inspect(): Promise<void> {
    this.#index = undefined
    this.#index = new PlaneIndex(await this.#plane.inspect())
  }

  /** Everything that differs. */
  wholeDifference(world: World): PlaneChange[] {
    return planeDifference(desiredPlane(world), this.index.state())
  }

  /** What differs among some resources; costs what they are, not what there is. */
  differenceOf(world: World, affected: readonly Affected[]): PlaneChange[] {
    return planeDifference(desiredOf(world, affected), this.#actualOf(world, affected))
  }

  #actualOf(world: World, affected: readonly Affected[]): PlaneState {
    const { index } = this
    const found = <T>(kind: Affected['kind'], get: (id: string) => T | undefined): T[] =>
      affected.flatMap((one) => {
        const item = one.kind === kind ? get(one.id) : undefined
        return item === undefined ? [] : [item]
      })
    return {
      networks: found('vpc', (id) => index.networks.get(id)),
      switches: found('vswitch', (id) => index.switches.get(id)),
      ports: [
        ...found('instance', (id) => index.ports.get(world.instances.get(id as never)?.networkInterface ?? '')),
        ...found('networkInterface', (id) => index.ports.get(id)),
      ],
      havips: found('havip', (id) => index.havips.get(id)),
      eips: found('eip', (id) => index.eips.get(id)),
    }
  }

  /** Of which resource a change is. */
  keyOfChange(change: PlaneChange): string {
    switch (change.kind) {
      case 'put-network':
        return keyOf({ kind: 'vpc', id: change.network.vpc })
      case 'remove-network':
        return keyOf({ kind: 'vpc', id: change.vpc })
      case 'put-switch':
        return keyOf({ kind: 'vswitch', id: change.switch.vswitch })
      case 'remove-switch':
        return keyOf({ kind: 'vswitch', id: change.vswitch })
      case 'put-port':
        return keyOfPort(change.port)
      case 'remove-port':
        return keyOfPort(this.index.ports.get(change.port) ?? { port: change.port, instance: change.port, device: 0 })
      case 'put-havip':
        return keyOf({ kind: 'havip', id: change.havip.havip })
      case 'remove-havip':
        return keyOf({ kind: 'havip', id: change.havip })
      case 'put-eip':
        return keyOf({ kind: 'eip', id: change.eip.eip })
      case 'remove-eip':
        return keyOf({ kind: 'eip', id: change.eip })
    }
  }

  /** All at once; when that fails, one by one, so that one bad resource holds up no other. */
  async apply(changes: readonly PlaneChange[], mustWait: (key: string) => boolean, again: () => PlaneChange[]): Promise<Outcome> {
    const ready = changes.filter((change) => !mustWait(this.keyOfChange(change)))
    const held = this.#byKey(changes.filter((change) => mustWait(this.keyOfChange(change))))
    if (ready.length === 0) return { applied: 0, pending: held, failures: new Map() }
    try {
      await this.#plane.apply(ready)
      for (const change of ready) this.index.apply(change)
      return { applied: ready.length, pending: held, failures: new Map() }
    } catch {
      // Those before the one that failed are done; only the plane knows which.
      await this.inspect()
      return this.#applyEach(again(), mustWait)
    }
  }

  #byKey(changes: readonly PlaneChange[]): Map<string, PlaneChange> {
    return new Map(changes.map((change) => [this.keyOfChange(change), change]))
  }

  async #applyEach(changes: readonly PlaneChange[], mustWait: (key: string) => boolean): Promise<Outcome> {
    const failures = new Map<string, unknown>()
    const pending = new Map<string, PlaneChange>()
    let applied = 0
    let inARow = 0
    for (const change of changes) {
      const key = this.keyOfChange(change)
      if (mustWait(key) || failures.has(key) || inARow >= failuresMax) {
        pending.set(key, change)
        continue
      }
      try {
        await this.#plane.apply([change])
        this.index.apply(change)
        applied++
        inARow = 0
      } catch (error) {
        failures.set(key, error)
        pending.set(key, change)
        inARow++
      }
    }
    return { applied, pending, failures }
  }
}
