// Limits how often one caller may call: a bucket of tokens each, refilled at a steady rate.

export type Throttle = {
  /** Undefined: go on. Otherwise how long to wait until the next call is let through, in milliseconds. */
  take(caller: string, nowMs: number): number | undefined
}

export type Rate = {
  /** Calls a second in the long run. */
  readonly perSecond: number
  /** Calls at once after a pause. */
  readonly burst: number
}

/** @param callersMax buckets kept; the one unused for longest goes first, which only ever favours its owner. */
export function tokenBuckets(rate: Rate, callersMax = 10_000): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take: (caller, nowMs) => {
      const before = buckets.get(caller) ?? { tokens: rate.burst, at: nowMs }
      const elapsedMs = Math.max(0, nowMs - before.at)
      const tokens = Math.min(rate.burst, before.tokens + (elapsedMs / 1000) * rate.perSecond)
      buckets.delete(caller)
      if (buckets.size >= callersMax) buckets.delete(buckets.keys().next().value ?? '')
      buckets.set(caller, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: nowMs })
      return tokens >= 1 ? undefined : ((1 - tokens) / rate.perSecond) * 1000
    },
  }
}
