// Passwords: kept as scrypt hashes with their parameters, compared in constant time.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import type { Entropy } from '../clock.ts'
import type { PasswordHash } from './model.ts'
import type { ScryptParameters, Vault } from './ports.ts'

/** 32 MB and a few tenths of a second: one of the equivalent choices that OWASP's password storage list gives for scrypt. */
export const currentParameters: ScryptParameters = { cost: 2 ** 15, blockSize: 8, parallelization: 3 }

const lengthMin = 10
const lengthMax = 256

/** Length is what counts; a password may not hold the user's name. */
export function checkPassword(password: string, userName: string): Result<void, ApiFault> {
  const refuse = (reason: string) => fail(apiFault('InvalidParameter', { name: 'Password', reason }))
  const length = [...password].length
  if (length < lengthMin || length > lengthMax) return refuse(`it needs ${lengthMin} to ${lengthMax} characters`)
  if (!password.isWellFormed()) return refuse('it is not Unicode text')
  if (new Set(password).size < 5) return refuse('it needs 5 different characters')
  if (password.toLowerCase().includes(userName)) return refuse('it may not hold the user name')
  return ok(undefined)
}

/** The same text typed on another keyboard may be other code points (NFKC makes them equal). */
const normal = (password: string): string => password.normalize('NFKC')

export async function hashPassword(
  password: string,
  vault: Vault,
  entropy: Entropy,
  parameters = currentParameters,
): Promise<PasswordHash> {
  const salt = entropy(16)
  const hash = await vault.scrypt(normal(password), salt, parameters)
  return { scheme: 'scrypt', ...parameters, salt: toText(salt), hash: toText(hash) }
}

/** Without a hash it takes as long as with one, so that nobody learns which users there are. */
export async function isPassword(password: string, kept: PasswordHash | undefined, vault: Vault): Promise<boolean> {
  const { cost, blockSize, parallelization, salt, hash } = kept ?? nobody
  const candidate = await vault.scrypt(normal(password.slice(0, 4 * lengthMax)), fromText(salt), { cost, blockSize, parallelization })
  return vault.timingSafeEqual(candidate, fromText(hash)) && kept !== undefined
}

export const isOutdated = ({ cost, blockSize, parallelization }: PasswordHash): boolean =>
  cost !== currentParameters.cost || blockSize !== currentParameters.blockSize || parallelization !== currentParameters.parallelization

const toText = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
const fromText = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const nobody: PasswordHash = { scheme: 'scrypt', ...currentParameters, salt: toText(new Uint8Array(16)), hash: toText(new Uint8Array(32)) }
