// Remembers which nonces a key has used, so that a recorded request cannot be sent again.
import type { Crypto } from './http.ts'

export type NonceStore = {
  /**
   * Notes the nonce until its request would be too old anyway.
   * `used`: it was noted before; `full`: there is no room to note it, so it must not be accepted either.
   */
  remember(accessKeyId: string, nonce: string, nowMs: number, validUntilMs: number): Promise<'fresh' | 'used' | 'full'>
}

const bucketMs = 60_000

/**
 * In memory, a set for each minute in which nonces expire. Of each nonce 53 bits of a hash are kept: among a million of them a
 * new one is taken for used once in ten thousand million times, and then the client tries again.
 * @param entriesMax about 40 bytes each. The default holds 15 minutes at 4,000 calls a second.
 */
export function memoryNonceStore(crypto: Pick<Crypto, 'sha256'>, entriesMax = 3_600_000): NonceStore {
  const buckets = new Map<number, Set<number>>()
  let count = 0
  const encoder = new TextEncoder()

  const hashOf = (text: string): number => {
    const bytes = crypto.sha256(encoder.encode(text))
    let value = (bytes[0] as number) & 31
    for (let i = 1; i < 7; i++) value = value * 256 + (bytes[i] as number)
    return value
  }
  const forget = (nowMs: number): void => {
    for (const [minute, set] of buckets) {
      if ((minute + 1) * bucketMs > nowMs) continue
      count -= set.size
      buckets.delete(minute)
    }
  }

  return {
    remember: (accessKeyId, nonce, nowMs, validUntilMs) => {
      forget(nowMs)
      const hash = hashOf(`${accessKeyId}\n${nonce}`)
      for (const set of buckets.values()) if (set.has(hash)) return Promise.resolve('used')
      if (count >= entriesMax) return Promise.resolve('full')
      const minute = Math.floor(validUntilMs / bucketMs)
      const set = buckets.get(minute) ?? new Set()
      buckets.set(minute, set.add(hash))
      count++
      return Promise.resolve('fresh')
    },
  }
}
