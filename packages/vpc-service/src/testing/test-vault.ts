// The Vault port for tests: real cryptography, but for scrypt, which is made cheap.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Vault } from '../identity/ports.ts'

export function testVault(): Vault & { readonly scrypts: number } {
  const key = randomBytes(32)
  let scrypts = 0
  return {
    get scrypts() {
      return scrypts
    },
    seal: (context, secret) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    unseal: (context, sealed) => {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    hmacSha1: (hmacKey, data) => createHmac('sha1', hmacKey).update(data).digest(),
    scrypt: (password, salt, { blockSize, parallelization }) => {
      scrypts++
      return new Promise((resolve, reject) => {
        scrypt(password, salt, 32, { N: 16, r: blockSize, p: parallelization }, (error, hash) => (error ? reject(error) : resolve(hash)))
      })
    },
    timingSafeEqual: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  }
}
