// Seeded random numbers: the same seed draws the same world, on every machine.

export type Random = {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number, both bounds included. */
  integer(min: number, max: number): number
  /** True with probability p. */
  chance(p: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Mulberry32: 32 bits of state, more than enough to draw test worlds; not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    integer,
    chance: (p) => next() < p,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('pick from an empty list')
      return from[integer(0, from.length - 1)] as (typeof from)[number]
    },
  }
}
