// The access keys, in a file of the data directory: secrets are sealed with a key in a file of its own, both for our user only.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessKey, AccessKeys, Role } from '@havip/rpc-api'
import type { AccountId } from '@havip/vpc'
import { writePrivateFile } from './private-file.ts'

/** The account of this installation. */
export const rootAccount = '1000000000000001' as AccountId

export type Keyring = AccessKeys & {
  /** Where the first key was written to, when this start made it. */
  readonly newCredentials: string | undefined
}

type StoredKey = {
  readonly id: string
  readonly account: string
  readonly role: Role
  readonly active: boolean
  /** AES-256-GCM: nonce, tag, text; Base64. The id is authenticated with it. */
  readonly sealed: string
}

/** @throws Error when a file cannot be read, or does not belong to the other */
export function openKeyring(data: string): Keyring {
  const sealKey = readSealKey(join(data, 'seal.key'))
  const path = join(data, 'access-keys.json')
  let newCredentials: string | undefined
  if (!existsSync(path)) {
    const made = makeKey()
    newCredentials = join(data, 'credentials.json')
    const stored: StoredKey = {
      id: made.id,
      account: rootAccount,
      role: 'administrator',
      active: true,
      sealed: seal(sealKey, made.id, made.secret),
    }
    // For the person first: were we stopped between the two, the next start would make another pair.
    writePrivateFile(newCredentials, `${JSON.stringify({ accessKeyId: made.id, accessKeySecret: made.secret }, undefined, 2)}\n`)
    writePrivateFile(path, `${JSON.stringify([stored], undefined, 2)}\n`)
  }
  const keys = new Map(readKeys(path, sealKey).map((key) => [key.id, key]))
  return { newCredentials, find: (id) => Promise.resolve(keys.get(id)) }
}

function readKeys(path: string, sealKey: Buffer): readonly AccessKey[] {
  const stored = JSON.parse(readFileSync(path, 'utf8')) as readonly StoredKey[]
  return stored.map(({ id, account, role, active, sealed }) => ({
    id,
    account: account as AccountId,
    role,
    active,
    secret: unseal(sealKey, id, sealed, path),
  }))
}

/** In the shape of the cloud's own: `LTAI` and 20 letters and digits; 30 for the secret. */
const makeKey = (): { readonly id: string; readonly secret: string } => ({ id: `LTAI${letters(20)}`, secret: letters(30) })

function letters(count: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  let text = ''
  while (text.length < count) {
    // Bytes past the last whole multiple would favour the first letters.
    for (const byte of randomBytes(64)) if (byte < 248 && text.length < count) text += alphabet[byte % 62]
  }
  return text
}

function readSealKey(path: string): Buffer {
  if (!existsSync(path)) writePrivateFile(path, `${randomBytes(32).toString('base64')}\n`)
  const key = Buffer.from(readFileSync(path, 'utf8'), 'base64')
  if (key.length !== 32) throw new Error(`${path} is damaged: it has to hold 32 bytes in Base64`)
  return key
}

function seal(key: Buffer, id: string, secret: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
}

function unseal(key: Buffer, id: string, sealed: string, path: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new Error(`the secret of ${id} in ${path} cannot be opened: the file, or seal.key beside it, belongs to another installation`, {
      cause,
    })
  }
}
