// Judging what came over the wire: every value is looked at before it is used, and nothing that isn't asked for is passed on.

/** A request that is not as it should be; the text says where and what. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault'
}

/** Gives the value in its type, or throws a RequestFault that names the place. */
export type Check<T> = (value: unknown, at: string) => T

export function text<T extends string = string>(pattern: RegExp, what: string, lengthMax = 100): Check<T> {
  return (value, at) => {
    if (typeof value !== 'string' || value.length > lengthMax || !pattern.test(value)) throw new RequestFault(`${at} must be ${what}`)
    return value as T
  }
}

export const freeText =
  (bytesMax: number): Check<string> =>
  (value, at) => {
    if (typeof value !== 'string' || Buffer.byteLength(value) > bytesMax || value.includes('\0'))
      throw new RequestFault(`${at} must be text of at most ${bytesMax} bytes without NUL`)
    return value
  }

export const integer =
  (min: number, max: number): Check<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw new RequestFault(`${at} must be a whole number from ${min} to ${max}`)
    return value
  }

export const truth: Check<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new RequestFault(`${at} must be true or false`)
  return value
}

export const list =
  <T>(item: Check<T>, countMax: number): Check<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > countMax) throw new RequestFault(`${at} must be a list of at most ${countMax}`)
    return value.map((entry, index) => item(entry, `${at}[${index}]`))
  }

/** For a field that may be absent. */
export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : check(value, at)

/** Exactly these fields; others are dropped. What is absent and may be stays absent. */
export const shape =
  <T extends object>(fields: { readonly [Key in keyof T]-?: Check<T[Key]> }): Check<T> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestFault(`${at} must be an object`)
    const result: Partial<Record<keyof T, unknown>> = {}
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const read = fields[key](Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, `${at}.${key}`)
      if (read !== undefined) result[key] = read
    }
    return result as T
  }
