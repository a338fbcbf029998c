// What the rows shall say once the plane has done its part: statuses move on, rows of what is gone go.
import { ok, type WallTime } from '@havip/base'
import {
  type Affected,
  type NetworkInterface,
  observedInstance,
  type PlaneChange,
  type Problem,
  settledEip,
  settledHavip,
  settledNetworkInterface,
  type Vpc,
  type Vswitch,
  type WorldRow,
} from '@havip/vpc'
import { eipScope, type Store, type WriteTransaction } from '../store.ts'
import { type Intent, keyOf } from './intent.ts'
import type { PlaneMirror } from './plane-mirror.ts'

/** A row as it shall be (undefined: gone), if it is still the one that was looked at. */
export type Settlement = {
  readonly affected: Affected
  readonly change: number
  readonly before: WorldRow
  readonly after: WorldRow | undefined
}

export type SettleInput = {
  readonly intent: Intent
  readonly mirror: PlaneMirror
  readonly pending: ReadonlyMap<string, PlaneChange>
  /** What failed for a resource last, by key. */
  readonly problems: ReadonlyMap<string, string>
  readonly now: WallTime
}

/** What is to be written about one resource; undefined: nothing. */
export function settlementOf(affected: Affected, input: SettleInput): Settlement | undefined {
  const before = input.intent.rowOf(affected)
  if (!before) return undefined
  const moved = movedOn(before, input)
  const after = moved && withProblem(moved, input.problems.get(keyOf(affected)), input.now)
  if (after && after.row === before.row) return undefined
  return { affected, change: input.intent.changeOf(affected), before, after }
}

function movedOn(before: WorldRow, input: SettleInput): WorldRow | undefined {
  const isPending = input.pending.has(keyOf({ kind: before.kind, id: before.row.id }))
  switch (before.kind) {
    case 'vpc':
    case 'vswitch': {
      if (isPending) return before
      const row = settledNetwork(before.row)
      return row && ({ kind: before.kind, row } as WorldRow)
    }
    case 'instance':
      return movedInstance(before, input, isPending)
    case 'networkInterface': {
      if (isPending || !isCarried(before.row, input)) return before
      const row = settledNetworkInterface(before.row)
      return row && rowOrSame(before, row)
    }
    case 'havip': {
      if (isPending || hasPendingPort(before.row, input)) return before
      const row = settledHavip(before.row)
      return row && rowOrSame(before, row)
    }
    case 'eip': {
      if (isPending) return before
      const row = settledEip(before.row)
      return row && rowOrSame(before, row)
    }
  }
}

/** One that is being attached waits for its port, and so for the instance's own; one that leaves, until the port is gone. */
function isCarried(row: NetworkInterface, { mirror }: SettleInput): boolean {
  const port = mirror.index.ports.get(row.id)
  return row.status === 'Attaching' ? port?.device === row.device : row.status === 'InUse' || port === undefined
}

const rowOrSame = (before: WorldRow, row: WorldRow['row']): WorldRow =>
  row === before.row ? before : ({ kind: before.kind, row } as WorldRow)

function settledNetwork<Row extends Vpc | Vswitch>(row: Row): Row | undefined {
  if (row.status === 'Deleting') return undefined
  return row.status === 'Available' ? row : { ...row, status: 'Available' }
}

function movedInstance(before: Extract<WorldRow, { kind: 'instance' }>, input: SettleInput, isPending: boolean): WorldRow | undefined {
  const { row } = before
  const fact = input.intent.world.machines.get(row.id)
  const hasPort = input.mirror.index.ports.has(row.networkInterface)
  if (row.wanted === 'deleted' && !fact && !hasPort && !isPending) return undefined
  return rowOrSame(before, observedInstance(row, fact, hasPort, input.now))
}

/** A port that has not yet been given the address, or not yet been relieved of it. */
function hasPendingPort(havip: Extract<WorldRow, { kind: 'havip' }>['row'], { pending, mirror }: SettleInput): boolean {
  for (const [key, change] of pending) {
    if (!key.startsWith('instance:') && !key.startsWith('networkInterface:')) continue
    const port = change.kind === 'put-port' ? change.port : undefined
    const actual = mirror.index.ports.get(port?.port ?? (change.kind === 'remove-port' ? change.port : ''))
    if ([port, actual].some((one) => one?.vswitch === havip.vswitch && one.havips.includes(havip.address))) return true
  }
  return false
}

function withProblem(state: WorldRow, text: string | undefined, now: WallTime): WorldRow {
  const old = state.row.problem
  if (old?.text === text) return state
  const problem: Problem | undefined = text === undefined ? undefined : { text, since: old?.since ?? now }
  return { kind: state.kind, row: { ...state.row, problem } } as WorldRow
}

/** Rows written in one transaction. */
const batch = 500

/** Writes settlements, but not over rows that were changed since. Returns those that were written. */
export async function writeSettlements(store: Store, settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
  const written: Settlement[] = []
  for (let start = 0; start < settlements.length; start += batch) {
    const part = settlements.slice(start, start + batch)
    const result = await store.write<Settlement[], never>(async (tx) => ok(await writeBatch(tx, part)))
    if (result.ok) written.push(...result.value)
  }
  return written
}

async function writeBatch(tx: WriteTransaction, part: readonly Settlement[]): Promise<Settlement[]> {
  const changes = new Map<string, number>()
  for (const [kind, group] of Map.groupBy(part, ({ affected }) => affected.kind)) {
    for (const { row, change } of await tx.entries(
      kind,
      group.map(({ affected }) => affected.id),
    ))
      changes.set(`${kind}:${row.id}`, change)
  }
  const current = part.filter(({ affected, change }) => changes.get(keyOf(affected)) === change)
  for (const { before, after } of current) {
    if (after) await tx.update<typeof after.kind>(after.kind, after.row)
    else await removeRow(tx, before)
  }
  return current
}

async function removeRow(tx: WriteTransaction, { kind, row }: WorldRow): Promise<void> {
  await tx.remove(kind, row.id)
  if (kind === 'havip' || kind === 'instance' || kind === 'networkInterface') await tx.releaseAddress(row.vswitch, row.address)
  if ((kind === 'instance' || kind === 'networkInterface') && row.address6) await tx.releaseAddress(row.vswitch, row.address6)
  if (kind === 'eip') await tx.releaseAddress(eipScope, row.address)
}
