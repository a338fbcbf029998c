// Whether the plane is ours to change. An empty database pointed at a host that is in use must not wipe it: a plane remembers the
// installation it obeys, and another one touches nothing until an operator says so.
import { ok } from '@havip/base'
import { type AccountId, installationKey, randomText } from '@havip/vpc'
import type { Clock, Entropy } from '../clock.ts'
import type { Claim, DataPlane } from '../ports.ts'
import type { Store } from '../store.ts'
import type { ReconcileEvent } from './reconcile-event.ts'

/** What a resource says that has to wait; the operator's two ways out. */
export const waysOut =
  'The data plane belongs to another installation: connect the controller to the right store, or adopt the plane (AdoptPlane).'

/** The installation's identity and the next term, written down before anything is done in its name. */
export async function beginTerm(store: Store, clock: Clock, entropy: Entropy): Promise<Claim> {
  const begun = await store.write<Claim, never>(async (tx) => {
    const old = await tx.get('installation', installationKey)
    const term = (old?.term ?? 0) + 1
    if (old) await tx.update('installation', { ...old, term })
    const identity = old?.identity ?? `inst-${randomText(20, entropy)}`
    const fresh = { id: installationKey, account: '' as AccountId, identity, term, adopts: undefined, createdAt: clock.wallTime() } as const
    if (!old) await tx.insert('installation', fresh)
    return ok({ installation: identity, term })
  })
  if (!begun.ok) throw new TypeError('a term is never refused')
  return begun.value
}

export class Mastery {
  readonly #store: Store
  readonly #plane: DataPlane
  readonly #claim: Claim
  readonly #clock: Clock
  readonly #report: ((event: ReconcileEvent) => void) | undefined
  /** Whose the plane is, when it isn't ours; empty: nobody knows. */
  #foreign: string | undefined

  constructor(parts: {
    readonly store: Store
    readonly plane: DataPlane
    readonly claim: Claim
    readonly clock: Clock
    readonly report?: (event: ReconcileEvent) => void
  }) {
    this.#store = parts.store
    this.#plane = parts.plane
    this.#claim = parts.claim
    this.#clock = parts.clock
    this.#report = parts.report
  }

  get isForeign(): boolean {
    return this.#foreign !== undefined
  }

  /**
   * Asks the plane, and takes it when it is ours, when nobody has it and nothing would be lost, or when an operator said so.
   *
   * @param removals what we would take away from it.
   * @returns whether it may be changed. Throws when it cannot be asked, or obeys a later term of ours.
   */
  async take(removals: number): Promise<boolean> {
    const master = await this.#plane.master()
    const isOurs = master?.installation === this.#claim.installation
    const isFree = master === undefined && removals === 0
    const other = master?.installation ?? ''
    if (!isOurs && !isFree && !(await this.#isAdopted(other))) {
      if (this.#foreign !== other) await this.#tell(other)
      this.#foreign = other
      return false
    }
    await this.#plane.claim(this.#claim, !isOurs)
    this.#foreign = undefined
    return true
  }

  async #tell(master: string): Promise<void> {
    const { installation } = this.#claim
    this.#report?.({ kind: 'foreign-plane', master, installation })
    const text = `The data plane belongs to ${master === '' ? 'an installation that nobody knows' : master}, not to ${installation}: nothing on it is touched until an operator adopts it.`
    const event = { at: this.#clock.wallTime(), account: '' as AccountId, kind: 'resource', resource: undefined, text } as const
    await this.#store.write(async (tx) => ok(await tx.appendEvent({ ...event, detail: { alarm: 'foreign-plane', master } })))
  }

  async #isAdopted(other: string): Promise<boolean> {
    const row = await this.#store.read((tx) => tx.get('installation', installationKey))
    return row?.adopts === other
  }
}
