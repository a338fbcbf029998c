// The Crypto port over node:crypto, for tests.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Crypto } from '../src/http.ts'

export const nodeCrypto: Crypto = {
  hmacSha1: (key, text) => createHmac('sha1', key).update(text).digest(),
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  randomUuid: () => randomUUID(),
  timingSafeEqual: (a, b) => a.length === b.length && timingSafeEqual(a, b),
}
