// The vault: seals secrets with a key in a file for our user only, and hashes passwords, a few at a time.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { ScryptParameters, Vault } from '@havip/vpc-service'
import { makePrivateFile } from './private-file.ts'

/** Passwords hashed at the same time: each takes a core and 32 MB. */
const hashingMax = 2
/** Those that wait behind them; more are turned away. */
const waitingMax = 30

/** More people sign in than can be served; the next try may go better. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  readonly clientText = 'Too many sign-ins at once; try again.'
}

/**
 * @param path file of the sealing key: 32 bytes in Base64; made when it is not there. Controllers on one database share it.
 * @throws Error when it is damaged
 */
export function openVault(path: string): Vault {
  const key = readSealKey(path)
  const hash = limited(hashingMax, waitingMax)
  return {
    seal: (context, secret) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    unseal: (context, sealed) => {
      const bytes = Buffer.from(sealed, 'base64')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error(`the secret of ${context} cannot be opened: the store, or ${path}, belongs to another installation`, { cause })
      }
    },
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    hmacSha1: (hmacKey, data) => createHmac('sha1', hmacKey).update(data).digest(),
    scrypt: (password, salt, parameters) => hash(() => runScrypt(password, salt, parameters)),
    timingSafeEqual: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  }
}

function runScrypt(password: string, salt: Uint8Array, { cost, blockSize, parallelization }: ScryptParameters): Promise<Uint8Array> {
  // Its memory, and a little more: Node's own bound is lower than what the parameters need.
  const maxmem = 128 * cost * blockSize + 128 * blockSize * parallelization + 2 ** 20
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N: cost, r: blockSize, p: parallelization, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Runs at most so many at once; the others wait in a line of bounded length. */
function limited(runningMax: number, lineMax: number) {
  let running = 0
  const line: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= runningMax) {
      if (line.length >= lineMax) throw new BusyError('too many passwords are being hashed')
      await new Promise<void>((resolve) => line.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else running--
    }
  }
}

function readSealKey(path: string): Buffer {
  if (!existsSync(path)) makePrivateFile(path, `${randomBytes(32).toString('base64')}\n`)
  const key = Buffer.from(readFileSync(path, 'utf8'), 'base64')
  if (key.length !== 32) throw new Error(`${path} is damaged: it has to hold 32 bytes in Base64`)
  return key
}
