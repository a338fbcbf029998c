// The texts that signatures cover. A client and this server have to build them to the byte alike.

/** Names and values, decoded; a map of them too. */
export type Pairs = Iterable<readonly [string, string]>

/** Everything but `A–Z a–z 0–9 - _ . ~` as UTF-8 percent escapes with capital digits. */
export function encodeStrictly(text: string): string {
  // A lone surrogate has no UTF-8 form; decoded input never holds one, so the replacement is for our own callers.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Byte order of the UTF-8 texts, which is the order of the code points and not of UTF-16 units. */
export function compareBytes(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = ((left[i] as string).codePointAt(0) as number) - ((right[i] as string).codePointAt(0) as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/**
 * `name=value` sorted by name. Names are escaped too: it changes nothing for those in use, and a name that holds `&` or `=`
 * cannot pass for two parameters.
 */
export function canonicalQuery(fields: Pairs, except?: string): string {
  return [...fields]
    .filter(([name]) => name !== except)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .join('&')
}

/** Signature version 1.0: query and form together, without the signature itself. */
export function stringToSignV1(method: string, parameters: Pairs): string {
  return `${method.toUpperCase()}&%2F&${encodeStrictly(canonicalQuery(parameters, 'Signature'))}`
}

export type CanonicalV3 = {
  readonly method: string
  readonly query: Pairs
  readonly headers: ReadonlyMap<string, string>
  /** In the order of the request. */
  readonly signedHeaders: readonly string[]
  /** Lower-case hex of the body's SHA-256. */
  readonly payloadHash: string
}

/** ACS3. A header that is named and absent counts as empty. */
export function canonicalRequestV3(parts: CanonicalV3): string {
  const headers = parts.signedHeaders.map((name) => `${name}:${canonicalHeaderValue(parts.headers.get(name) ?? '')}\n`).join('')
  return [parts.method.toUpperCase(), '/', canonicalQuery(parts.query), headers, parts.signedHeaders.join(';'), parts.payloadHash].join(
    '\n',
  )
}

const canonicalHeaderValue = (value: string): string => value.trim()

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
