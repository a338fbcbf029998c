// The part of a router's state that changes a thousand times while nothing happens: when the master was last heard, or when the
// last advert left. Kept as numbers beside the engine's state, so that steady traffic makes no object that the collector has to
// carry; the state catches up before anything else happens to it or anybody looks.
import { assert, type Instant, later, type Milliseconds } from '@havip/base'
import { advertisedAgain, type Event, heardAgain, type InstanceConfig, nextAdvertOnly, type State, silenceAfterRepeat } from '@havip/vrrp'

type AdvertEvent = Extract<Event, { kind: 'advert' }>

export class Steady {
  /** The state that all of this is ahead of; with another one it means nothing. */
  #base: State | undefined
  /** The advert that is repeated, compared by identity. */
  #event: AdvertEvent | undefined
  #silence = 0 as Milliseconds
  #isAhead = false
  /** Of the latest advert, heard or sent. */
  #at = 0 as Instant
  /** When the next one is due. */
  #nextAt = 0 as Instant

  /** True when the advert repeats what is known and moves the deadline only; that is done then. */
  hear(config: InstanceConfig, state: State, event: AdvertEvent, at: Instant): boolean {
    if (event !== this.#event || state !== this.#base) {
      const silence = silenceAfterRepeat(config, state, event, at)
      if (silence === undefined) return false
      this.#base = state
      this.#event = event
      this.#silence = silence
    }
    this.#at = at
    this.#isAhead = true
    return true
  }

  /** The advert that `hear` knows was repeated, the last time at `at`. */
  repeated(state: State, at: Instant): void {
    assert(this.#event !== undefined && state === this.#base, 'repeats of an advert that is not followed')
    this.#at = at
    this.#isAhead = true
  }

  /** The deadline of a backup whose master has spoken since; undefined when the state itself knows it, or is no backup. */
  silenceEnds(state: State): Instant | undefined {
    return state.kind === 'backup' && this.#isAhead && state === this.#base ? later(this.#at, this.#silence) : undefined
  }

  /** When the next advert is due, if all that is due now is an advert: then it is to be sent. Else undefined. */
  advertise(config: InstanceConfig, state: State, now: Instant): Instant | undefined {
    if (state.kind !== 'master') return undefined
    const isAhead = this.#isAhead && state === this.#base
    const next = nextAdvertOnly(config, state, isAhead ? this.#nextAt : state.advertiseAt, now)
    if (next !== undefined) this.advertised(state, now, next)
    return next
  }

  /** Such adverts were sent, the last at `at`. */
  advertised(state: State, at: Instant, next: Instant): void {
    this.#base = state
    this.#event = undefined
    this.#at = at
    this.#nextAt = next
    this.#isAhead = true
  }

  /** The state as the engine would have it by now. */
  caughtUp(state: State): State {
    if (!this.#isAhead) return state
    this.#isAhead = false
    if (state !== this.#base) return state
    if (state.kind === 'backup') {
      // Only its times differ: what repeats the old one repeats this one.
      this.#base = heardAgain(state, this.#at, this.#silence)
      return this.#base
    }
    return state.kind === 'master' ? advertisedAgain(state, this.#at, this.#nextAt) : state
  }
}
