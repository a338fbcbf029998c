// The words of `include` and of `include_check`: which failures count (reference 1.4).

export type IncludeCheck = {
  readonly read: boolean
  readonly match: boolean
  readonly wildcardMatch: boolean
  readonly braceMatch: boolean
}

export const NO_CHECK: IncludeCheck = { read: false, match: false, wildcardMatch: false, braceMatch: false }
export const FULL_CHECK: IncludeCheck = { read: true, match: true, wildcardMatch: true, braceMatch: true }
/** Alternatives of one pattern that are looked at. */
const ALTERNATIVES_MAX = 256

export const isInclude = (text: string): boolean => /^include[rmwba]?(?:[ \t]|$)/.test(text)

const WORDS: Readonly<Record<string, Partial<IncludeCheck>>> = {
  read: { read: true },
  readable: { read: true },
  match: { match: true },
  wildcard_match: { wildcardMatch: true },
  brace_match: { braceMatch: true },
}

/** What `include_check` knows. */
export const INCLUDE_CHECKS: readonly string[] = ['none', ...Object.keys(WORDS)]

/** The first word without `+` or `-` resets the set to itself and `read`. */
export function includeCheckOf(list: string): IncludeCheck {
  if (list === '') return FULL_CHECK
  let check = NO_CHECK
  let isFirst = true
  for (const word of list.split(/[ \t]+/)) {
    if (word === 'none') return NO_CHECK
    const sign = word[0] === '+' || word[0] === '-' ? word[0] : undefined
    const change = WORDS[sign === undefined ? word : word.slice(1)]
    if (!change) continue
    if (sign === undefined && isFirst) {
      check = { ...NO_CHECK, read: true }
      isFirst = false
    }
    check = { ...check, ...(sign === '-' ? negated(change) : change) }
  }
  return check
}

const negated = (change: Partial<IncludeCheck>): Partial<IncludeCheck> =>
  Object.fromEntries(Object.keys(change).map((key) => [key, false])) as Partial<IncludeCheck>

/** `a{b,c}d` is `abd` and `acd`; braces may nest. */
export function patternsOf(pattern: string): readonly string[] {
  const finished: string[] = []
  const open = [pattern]
  for (let i = 0; i < open.length && finished.length + open.length - i <= ALTERNATIVES_MAX; i++) {
    const text = open[i] as string
    const group = /\{([^{}]*,[^{}]*)\}/.exec(text)
    if (!group) finished.push(text)
    else
      for (const choice of (group[1] as string).split(','))
        open.push(text.slice(0, group.index) + choice + text.slice(group.index + group[0].length))
  }
  return finished
}
