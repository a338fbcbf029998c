// The Store on a database: writes one after the other, those that wait together in one commit; reads beside them.
import type { Result } from '@havip/base'
import { type ReadTransaction, type Store, StoreError, type WriteTransaction } from '@havip/vpc-service'
import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'
import { Counter, readTransaction, writeTransaction } from './transaction.ts'

export type Flavor = {
  /** How a transaction begins that writes: it holds off all other writers, of other controllers too, until it ends. */
  readonly beginWrite: readonly string[]
  /** How one begins that reads: it sees one state. */
  readonly beginRead: string
  /** Said in the transaction, last, when something was written: tells other controllers. */
  readonly announce: string | undefined
}

/** Writes that go into one commit, at most. */
const commitMax = 64

type Waiting = {
  readonly work: (tx: WriteTransaction) => Promise<Result<unknown, unknown>>
  readonly settle: (outcome: Outcome) => void
}
type Outcome = { readonly kind: 'done'; readonly result: Result<unknown, unknown> } | { readonly kind: 'threw'; readonly error: unknown }

export function sqlStore(writer: Kysely<Schema>, reader: Kysely<Schema>, flavor: Flavor, closeAll: () => Promise<void>): Store {
  const queue: Waiting[] = []
  let draining: Promise<void> | undefined
  let isClosed = false
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      // SQLite gives nobody else a turn, so whoever has asked already, and is not read yet, is let in first.
      await new Promise(setImmediate)
      await commitTogether(writer, flavor, queue.splice(0, commitMax))
    }
    draining = undefined
  }
  return {
    write: async (work) => {
      if (isClosed) throw new StoreError('the store is closed')
      const outcome = await new Promise<Outcome>((settle) => {
        queue.push({ work, settle })
        draining ??= drain()
      })
      if (outcome.kind === 'threw') throw outcome.error
      return outcome.result as Awaited<ReturnType<typeof work>>
    },
    read: (work) => {
      if (isClosed) return Promise.reject(new StoreError('the store is closed'))
      return readOnce(reader, flavor, work)
    },
    close: async () => {
      isClosed = true
      await draining
      await closeAll()
    },
  }
}

async function readOnce<T>(reader: Kysely<Schema>, flavor: Flavor, work: (tx: ReadTransaction) => Promise<T>): Promise<T> {
  // What `work` throws comes out as it is; only what the database says becomes a StoreError.
  const outcome = await reader
    .connection()
    .execute(async (db) => {
      await run(db, flavor.beginRead)
      const done = await work(guarded(readTransaction(db))).then(
        (value) => ({ kind: 'done', value }) as const,
        (error: unknown) => ({ kind: 'threw', error }) as const,
      )
      // Nothing was written, so there is nothing to lose.
      await run(db, 'rollback').catch(() => undefined)
      return done
    })
    .catch(asStoreError)
  if (outcome.kind === 'threw') throw outcome.error
  return outcome.value
}

/** Each work in a savepoint of its own, so that a refused one undoes nothing of the others. Acknowledged after the commit only. */
async function commitTogether(writer: Kysely<Schema>, flavor: Flavor, batch: readonly Waiting[]): Promise<void> {
  const outcomes: Outcome[] = []
  try {
    await writer.connection().execute(async (db) => {
      for (const statement of flavor.beginWrite) await run(db, statement)
      try {
        const counter = new Counter(db)
        for (const { work } of batch) outcomes.push(await inSavepoint(db, () => work(guarded(writeTransaction(db, counter)))))
        await counter.save()
        if (flavor.announce !== undefined && outcomes.some((one) => one.kind === 'done' && one.result.ok)) await run(db, flavor.announce)
        await run(db, 'commit')
      } catch (error) {
        await run(db, 'rollback').catch(() => undefined)
        throw error
      }
    })
  } catch (error) {
    const failure: Outcome = { kind: 'threw', error: storeErrorOf(error) }
    for (const { settle } of batch) settle(failure)
    return
  }
  for (const [index, { settle }] of batch.entries()) settle(outcomes[index] as Outcome)
}

async function inSavepoint(db: Kysely<Schema>, work: () => Promise<Result<unknown, unknown>>): Promise<Outcome> {
  await run(db, 'savepoint work')
  let outcome: Outcome
  try {
    outcome = { kind: 'done', result: await work() }
  } catch (error) {
    outcome = { kind: 'threw', error }
  }
  const isKept = outcome.kind === 'done' && outcome.result.ok
  if (!isKept) await run(db, 'rollback to savepoint work')
  await run(db, 'release savepoint work')
  return outcome
}

async function run(db: Kysely<Schema>, statement: string): Promise<void> {
  await sql.raw(statement).execute(db)
}

const storeErrorOf = (error: unknown): StoreError =>
  error instanceof StoreError ? error : new StoreError(error instanceof Error ? error.message : String(error), { cause: error })

function asStoreError(error: unknown): never {
  throw storeErrorOf(error)
}

/** A transaction whose queries fail with StoreErrors. A TypeError is a mistake of ours, and stays one. */
function guarded<Transaction extends ReadTransaction>(transaction: Transaction): Transaction {
  const methods = Object.entries(transaction).map(([name, method]: [string, (...parameters: never[]) => Promise<unknown>]) => {
    const guard = (...parameters: never[]): Promise<unknown> =>
      method(...parameters).catch((error: unknown) => {
        throw error instanceof TypeError ? error : storeErrorOf(error)
      })
    return [name, guard] as const
  })
  return Object.fromEntries(methods) as unknown as Transaction
}
