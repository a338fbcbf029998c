// The reconciler's copy of the rows, kept up by reading what was written since; and the set of rows to look at again.
import { type Affected, World, type WorldKind, type WorldRow } from '@havip/vpc'
import type { Store } from '../store.ts'

export const worldKinds: readonly WorldKind[] = ['vpc', 'vswitch', 'instance', 'networkInterface', 'havip', 'eip']

/** Rows read at once. */
const batch = 2_000

export const keyOf = ({ kind, id }: Affected): string => `${kind}:${id}`
export function affectedOf(key: string): Affected {
  const colon = key.indexOf(':')
  return { kind: key.slice(0, colon) as WorldKind, id: key.slice(colon + 1) }
}

export class Intent {
  readonly world = new World()
  readonly #store: Store
  readonly #changes = new Map<string, number>()
  readonly #seen = new Map<WorldKind, number>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads what is new. Returns what has to be looked at again, by key. */
  async refresh(): Promise<Map<string, Affected>> {
    const dirty = new Map<string, Affected>()
    for (const kind of worldKinds) {
      for (;;) {
        const entries = await this.#store.read((tx) => tx.changedSince(kind, this.#seen.get(kind) ?? 0, batch))
        for (const { row, change } of entries) {
          this.#seen.set(kind, change)
          this.#changes.set(`${kind}:${row.id}`, change)
          for (const affected of this.world.put({ kind, row } as WorldRow)) dirty.set(keyOf(affected), affected)
        }
        if (entries.length < batch) break
      }
    }
    return dirty
  }

  /** The change a row was read at: a row that was written since has another. */
  changeOf(affected: Affected): number {
    return this.#changes.get(keyOf(affected)) ?? -1
  }

  rowOf({ kind, id }: Affected): WorldRow | undefined {
    const { world } = this
    const maps: Readonly<Record<WorldKind, ReadonlyMap<string, unknown>>> = {
      vpc: world.vpcs,
      vswitch: world.vswitches,
      instance: world.instances,
      networkInterface: world.interfaces,
      havip: world.havips,
      eip: world.eips,
    }
    const row = maps[kind].get(id)
    return row === undefined ? undefined : ({ kind, row } as WorldRow)
  }

  forget(affected: Affected): void {
    this.world.remove(affected.kind, affected.id)
    this.#changes.delete(keyOf(affected))
  }
}
