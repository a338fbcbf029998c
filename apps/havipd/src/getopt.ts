// The command line as getopt_long(3) reads it: clusters of short options, attached optional arguments (`-t[FILE]`), long
// names with `=` and unambiguous abbreviations. `util.parseArgs` cannot do optional arguments.

export type OptionSpec = {
  readonly long: string
  readonly short?: string
  readonly argument: 'none' | 'required' | 'optional'
}

export type Given<Name extends string> = { readonly name: Name; readonly value: string | undefined }
export type CommandLine<Name extends string> = { readonly given: readonly Given<Name>[]; readonly rest: readonly string[] }

/** The options in the order given, or a sentence about the first that is wrong. */
export function getoptLong<Spec extends OptionSpec>(
  args: readonly string[],
  specs: readonly Spec[],
): CommandLine<Spec['long']> | { readonly mistake: string } {
  const given: Given<Spec['long']>[] = []
  const rest: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string
    if (word === '--') {
      rest.push(...args.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word)
      continue
    }
    const read = word.startsWith('--') ? readLong(word, args[at + 1], specs) : readCluster(word, args[at + 1], specs)
    if ('mistake' in read) return read
    given.push(...read.given)
    if (read.tookNext) at++
  }
  return { given, rest }
}

type Read<Name extends string> = { readonly given: readonly Given<Name>[]; readonly tookNext: boolean } | { readonly mistake: string }

function readLong<Spec extends OptionSpec>(word: string, next: string | undefined, specs: readonly Spec[]): Read<Spec['long']> {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const attached = equals < 0 ? undefined : word.slice(equals + 1)
  const exact = specs.find((spec) => spec.long === name)
  const candidates = exact ? [exact] : specs.filter((spec) => spec.long.startsWith(name))
  const spec = candidates[0]
  if (!spec || name === '') return { mistake: `Unknown option --${name}` }
  if (candidates.length > 1) {
    return { mistake: `option '--${name}' is ambiguous; possibilities: ${candidates.map((one) => `--${one.long}`).join(' ')}` }
  }
  const long: Spec['long'] = spec.long
  if (spec.argument === 'none') {
    return attached === undefined
      ? { given: [{ name: long, value: undefined }], tookNext: false }
      : { mistake: `option '--${spec.long}' doesn't allow an argument` }
  }
  if (attached === '') return { mistake: `Missing parameter for option --${spec.long}` }
  if (attached !== undefined || spec.argument === 'optional') return { given: [{ name: long, value: attached }], tookNext: false }
  if (next === undefined) return { mistake: `Missing parameter for option --${spec.long}` }
  return { given: [{ name: long, value: next }], tookNext: true }
}

function readCluster<Spec extends OptionSpec>(word: string, next: string | undefined, specs: readonly Spec[]): Read<Spec['long']> {
  const given: Given<Spec['long']>[] = []
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]
    const spec = specs.find((candidate) => candidate.short === letter)
    if (!spec) return { mistake: `Unknown option -${letter}` }
    const long: Spec['long'] = spec.long
    if (spec.argument === 'none') {
      given.push({ name: long, value: undefined })
      continue
    }
    const attached = word.slice(at + 1)
    if (attached !== '' || spec.argument === 'optional') {
      given.push({ name: long, value: attached === '' ? undefined : attached })
      return { given, tookNext: false }
    }
    if (next === undefined) return { mistake: `Missing parameter for option -${letter}` }
    given.push({ name: long, value: next })
    return { given, tookNext: true }
  }
  return { given, tookNext: false }
}
