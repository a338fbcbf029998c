// Object identifiers: their order (RFC 3418 §2, RFC 2741 §2.1) and what begins with what.

/** Sub-identifiers, each 0 to 2^32 - 1, at most 128. */
export type Oid = readonly number[]

/** Negative: `a` comes first; a beginning comes before what it begins. */
export function compareOids(a: Oid, b: Oid): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function oidBeginsWith(oid: Oid, beginning: Oid): boolean {
  return oid.length >= beginning.length && beginning.every((part, i) => oid[i] === part)
}

/** `1.3.6.1`, for people. */
export const oidText = (oid: Oid): string => oid.join('.')
