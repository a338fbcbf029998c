// The ports of identity to cryptography.

/** Parameters of scrypt (RFC 7914). */
export type ScryptParameters = { readonly cost: number; readonly blockSize: number; readonly parallelization: number }

export type Vault = {
  /** Encrypts a secret for the store. `context` (what it belongs to) has to be the same when it is opened. */
  seal(context: string, secret: string): string
  /** @throws Error when it was sealed with another key or context, or was changed */
  unseal(context: string, sealed: string): string
  /** Lower-case hex. */
  sha256(text: string): string
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
  /** 32 bytes; takes tens of milliseconds on purpose, elsewhere than on the event loop. */
  scrypt(password: string, salt: Uint8Array, parameters: ScryptParameters): Promise<Uint8Array>
  /** Time depends on the lengths only; arrays of different length are unequal. */
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
}
