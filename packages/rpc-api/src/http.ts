// A request and a response as values: whoever owns the socket makes the one and sends the other.

/** One HTTP request, complete. */
export type ApiRequest = {
  /** As received: `GET`, `POST`, … */
  readonly method: string
  /** The request target exactly as on the wire: `/?Action=DescribeVpcs&…`. */
  readonly target: string
  /** Names in lower case; several headers of one name joined by `, ` as HTTP allows. */
  readonly headers: ReadonlyMap<string, string>
  /** The body's bytes after de-chunking; empty when there is none. Read, never kept. */
  readonly body: Uint8Array
  /** Where the connection came from, for the audit log. */
  readonly remote: string
  /** Chosen by the path, `/api/vpc/DescribeVpcs`: parameters that name an action or a version then mean nothing. */
  readonly chosen?: { readonly action: string; readonly version: string }
}

export type ApiResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What this package needs from a cryptographic library. Every method is synchronous. */
export type Crypto = {
  hmacSha1(key: string, text: string): Uint8Array
  hmacSha256(key: string, text: string): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  /** Lower or upper case, 8-4-4-4-12. */
  randomUuid(): string
  /** Time depends on the lengths only; arrays of different length are unequal. */
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
}
