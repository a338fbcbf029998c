// Who announces which HAVIP, as the data plane last said; each fact with its age, so that an old one cannot look fresh.
import { between, type Instant } from '@havip/base'
import type { HavipId, NetworkInterfaceId, OwnerFact } from '@havip/vpc'
import type { Clock } from './clock.ts'
import type { DataPlane } from './ports.ts'

export type KnownOwner = { readonly port: NetworkInterfaceId; readonly sinceMs: number; readonly lastSeenMs: number }

export class OwnerBoard {
  readonly #plane: Pick<DataPlane, 'owners'>
  readonly #clock: Clock
  #facts = new Map<HavipId, OwnerFact>()
  #at: Instant
  #refreshing: Promise<void> | undefined
  #again = false
  #hasAnswered = false

  constructor(plane: Pick<DataPlane, 'owners'>, clock: Clock) {
    this.#plane = plane
    this.#clock = clock
    this.#at = clock.now()
  }

  /** Asks the plane. Calls while it is asked are answered by one more question. Throws what the plane throws. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true
      return this.#refreshing
    }
    this.#refreshing = this.#ask().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #ask(): Promise<void> {
    do {
      this.#again = false
      const facts = await this.#plane.owners()
      this.#facts = new Map(facts.map((fact) => [fact.havip, fact]))
      this.#at = this.#clock.now()
      this.#hasAnswered = true
    } while (this.#again)
  }

  /** Times that two ports announced the address at once, as the plane counted. */
  conflictsOf(havip: HavipId): number {
    return this.#facts.get(havip)?.conflicts ?? 0
  }

  /** Who else claims the address, and who is held off it. Ages are up to now. */
  rivalsOf(havip: HavipId): Pick<OwnerFact, 'conflict' | 'claimants'> {
    const { conflict, claimants } = this.#facts.get(havip) ?? {}
    const age = between(this.#at, this.#clock.now())
    return {
      ...(conflict && { conflict: { ...conflict, sinceMs: conflict.sinceMs + age } }),
      ...(claimants && { claimants: claimants.map((one) => ({ ...one, lastSeenMs: one.lastSeenMs + age })) }),
    }
  }

  /** How old what the plane said is; undefined: it has not said anything yet. */
  get ageMs(): number | undefined {
    return this.#hasAnswered ? between(this.#at, this.#clock.now()) : undefined
  }

  /** Ages are up to now: a plane that no longer answers shows as owners not seen for long. */
  of(havip: HavipId): KnownOwner | undefined {
    const fact = this.#facts.get(havip)
    if (!fact?.port) return undefined
    const age = between(this.#at, this.#clock.now())
    return { port: fact.port, sinceMs: fact.sinceMs + age, lastSeenMs: fact.lastSeenMs + age }
  }
}
