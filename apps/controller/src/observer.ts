// What the leading controller writes into history by itself: owners that change, dropped frames, a plane that was mended.
import { later, milliseconds, ok } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import { type Clock, type DataPlane, type Duty, Observations, type ReconcileEvent, type Store } from '@havip/vpc-service'

const dropsEveryMs = 5_000
/** Resources that one event names. */
const namedMax = 10

export type ObserverParts = {
  readonly store: Store
  readonly clock: Clock
  readonly account: AccountId
  readonly dataPlane: DataPlane
  readonly troubled: (error: unknown) => void
}
export type Observer = {
  /** The plane as the others see it; what it says of owners is noted on the way. */
  readonly owners: DataPlane['owners']
  /** One for each term of leadership: what another leader wrote meanwhile is looked up again. */
  duty(): Duty
  reconcileEvent(event: ReconcileEvent): void
}

export function openObserver(parts: ObserverParts): Observer {
  const { store, clock, dataPlane, account, troubled } = parts
  const now = () => clock.wallTime()
  let observations: Observations | undefined
  let writing: Promise<unknown> = Promise.resolve()
  /** One after the other, so that two looks never compare with the same past. */
  const inTurn = (work: () => Promise<unknown>): void => {
    writing = writing.then(work).catch(troubled)
  }
  return {
    owners: async () => {
      const facts = await dataPlane.owners()
      const current = observations
      if (current) inTurn(() => current.owners(facts))
      return facts
    },
    duty: () => {
      const mine = new Observations({ store, now })
      observations = mine
      let timer = clock.setTimer(later(clock.now(), milliseconds(dropsEveryMs)), look)
      let isStopped = false
      function look(): void {
        // A plane that does not answer is told of elsewhere.
        const drops = dataPlane.drops().catch(() => [])
        inTurn(async () => mine.drops(await drops))
        void writing.then(() => {
          if (!isStopped) timer = clock.setTimer(later(clock.now(), milliseconds(dropsEveryMs)), look)
        })
      }
      return {
        wake: () => undefined,
        stop: async () => {
          isStopped = true
          timer.cancel()
          if (observations === mine) observations = undefined
          await writing
        },
      }
    },
    reconcileEvent: (event) => {
      if (event.kind !== 'drift') return
      const named = event.resources.slice(0, namedMax).join(', ')
      const more = event.resources.length > namedMax ? ` and ${event.resources.length - namedMax} more` : ''
      const what = event.changes === 1 ? '1 change was' : `${event.changes} changes were`
      const text = `The plane was not as left: ${what} needed and made, for ${named}${more}.`
      const detail = { change: 'drift', changes: String(event.changes), resources: named }
      inTurn(() =>
        store.write(async (tx) => ok(await tx.appendEvent({ at: now(), account, kind: 'resource', resource: undefined, text, detail }))),
      )
    },
  }
}
