// The shape of a keyword table. Parser, linter, reference pages and editor support are all made from these tables.

/** What one argument may be. Bounds are included; times are in seconds as written, unless `unit` says otherwise. */
export type ArgumentType =
  | {
      readonly type: 'integer'
      readonly min: number
      readonly max: number
      readonly unit?: string
      readonly outside?: 'ignored' | 'clamped'
    }
  /** A decimal number of `unit`; `min` and `max` in that unit. */
  | { readonly type: 'decimal'; readonly min: number; readonly max: number; readonly unit: 's' | 'ms' }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly ignoresCase?: boolean }
  | { readonly type: 'address'; readonly family?: 'ipv4' | 'ipv6' }
  | { readonly type: 'interface' }
  /** Any word: a name, a path, a text. */
  | { readonly type: 'word'; readonly what: string; readonly lengthMax?: number }
  /** Words with a syntax of their own; the block's code reads them. */
  | { readonly type: 'words'; readonly what: string }
  | { readonly type: 'script' }

export type Argument = ArgumentType & { readonly name: string; readonly optional?: true }

export type Form =
  /** Arguments on its line. */
  | 'value'
  /** Statements between braces, looked up in the table named by `block`. */
  | 'block'
  /** One entry per line between braces. */
  | 'entries'
  /** Every word between braces is an entry. */
  | 'words'

export type Keyword = {
  readonly name: string
  readonly form: Form
  readonly arguments: readonly Argument[]
  /** A name between the keyword and the `{` of a value block, whose `arguments` describe an entry. */
  readonly label?: Argument
  /** Name of the table for `form: 'block'`. */
  readonly block?: string
  /** What counts without it, as one would write it. */
  readonly default?: string
  /** First release of keepalived that knows it; `0.5` is 0.5.3 or older, `havip` is ours. */
  readonly since: string
  /** One sentence. */
  readonly meaning: string
  /** What havip does differently, if anything. */
  readonly havip?: string
  /** Out of date; what to write instead. */
  readonly deprecated?: string
  /** Though out of date, it is no problem to keepalived. */
  readonly tolerated?: true
  /** 0 is out of range, yet often written: what to say instead of the range. */
  readonly zeroHint?: string
  /** A second one is ignored with an error, instead of replacing the first. */
  readonly once?: true
  /** Without its argument it is reported and ignored; of all others the lack of one ends keepalived's reading. */
  readonly lenient?: true
  /** A word too many is an error and the statement is ignored; nearly all others never look at it. */
  readonly exact?: true
}

export type BlockTable = {
  readonly name: string
  readonly title: string
  readonly keywords: readonly Keyword[]
}

type Extra = Partial<Pick<Keyword, 'default' | 'havip' | 'deprecated' | 'tolerated' | 'once' | 'label' | 'zeroHint' | 'lenient' | 'exact'>>

export const flag = (name: string, since: string, meaning: string, extra: Extra = {}): Keyword => ({
  name,
  form: 'value',
  arguments: [],
  since,
  meaning,
  ...extra,
})
export const value = (name: string, args: Argument | readonly Argument[], since: string, meaning: string, extra: Extra = {}): Keyword => ({
  name,
  form: 'value',
  arguments: Array.isArray(args) ? args : [args as Argument],
  since,
  meaning,
  ...extra,
})
export const bool = (name: string, since: string, meaning: string, extra: Extra = {}): Keyword =>
  value(name, { name: 'BOOL', type: 'boolean', optional: true }, since, meaning, { default: 'off', ...extra })
export const script = (name: string, since: string, meaning: string, extra: Extra = {}): Keyword =>
  value(name, { name: 'SCRIPT [USER [GROUP]]', type: 'script' }, since, meaning, { once: true, ...extra })
export const entries = (name: string, entry: string, since: string, meaning: string, extra: Extra = {}): Keyword => ({
  name,
  form: 'entries',
  arguments: [{ name: entry, type: 'words', what: entry }],
  since,
  meaning,
  ...extra,
})
export const wordList = (name: string, entry: string, since: string, meaning: string, extra: Extra = {}): Keyword => ({
  name,
  form: 'words',
  arguments: [{ name: entry, type: 'words', what: entry }],
  since,
  meaning,
  ...extra,
})
export const block = (
  name: string,
  table: string,
  args: readonly Argument[],
  since: string,
  meaning: string,
  extra: Extra = {},
): Keyword => ({ name, form: 'block', block: table, arguments: args, since, meaning, ...extra })

export const integer = (name: string, min: number, max: number, unit?: string): Argument => ({
  name,
  type: 'integer',
  min,
  max,
  ...(unit === undefined ? {} : { unit }),
})
export const decimal = (name: string, min: number, max: number, unit: 's' | 'ms' = 's'): Argument => ({
  name,
  type: 'decimal',
  min,
  max,
  unit,
})
export const word = (name: string, what: string, lengthMax?: number): Argument => ({
  name,
  type: 'word',
  what,
  ...(lengthMax === undefined ? {} : { lengthMax }),
})
export const choice = (name: string, choices: readonly string[], ignoresCase = false): Argument => ({
  name,
  type: 'choice',
  choices,
  ...(ignoresCase ? { ignoresCase } : {}),
})
export const address = (name: string, family?: 'ipv4' | 'ipv6'): Argument => ({ name, type: 'address', ...(family ? { family } : {}) })
export const networkInterface = (name = 'INTERFACE'): Argument => ({ name, type: 'interface' })
export const words = (name: string, what: string): Argument => ({ name, type: 'words', what })
export const optional = (argument: Argument): Argument => ({ ...argument, optional: true })

/** Those of these names as lenient ones; every name has to be there. */
export function lenient(keywords: readonly Keyword[], names: readonly string[]): readonly Keyword[] {
  const unknown = names.find((name) => !keywords.some((keyword) => keyword.name === name))
  if (unknown !== undefined) throw new TypeError(`no keyword ${unknown}`)
  return keywords.map((keyword) => (names.includes(keyword.name) ? { ...keyword, lenient: true } : keyword))
}

export const UINT32_MAX = 4_294_967_295
/** Seconds that fit into 32 bits of microseconds: the longest of most times. */
export const TIMER_MAX = UINT32_MAX / 1_000_000
/** The same in whole seconds. */
export const TIMER_SECONDS_MAX = Math.floor(TIMER_MAX)
export const INT32_MAX = 2_147_483_647
