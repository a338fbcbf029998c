// When strangers' packets become too many to be looked at one by one.
import { between, type Instant, milliseconds } from '@havip/base'

/** Packets of strangers in a second that are counted and told; with more than this the kernel shall drop them. */
export const strangersMax = 200
const windowMs = 1000
/** How long the kernel drops them before they are looked at again. */
export const shutFor = milliseconds(10_000)

export class Noise {
  #since: Instant | undefined
  #count = 0

  /** One more packet that is for nobody here. True when they are too many. */
  isTooMuch(at: Instant): boolean {
    if (this.#since === undefined || between(this.#since, at) >= windowMs) {
      this.#since = at
      this.#count = 0
    }
    this.#count++
    if (this.#count <= strangersMax) return false
    this.#since = undefined
    return true
  }
}
