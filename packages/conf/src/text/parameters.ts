// `$NAME=value` definitions and their use, `${NAME}` and `$NAME`, with the built-in ones (reference 1.6).
import { type Random, seededRandom } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import type { Findings } from '../findings.ts'
import { Line } from './line.ts'

export type Definition = {
  readonly name: string
  /** Lines of the value; one, unless the definition went over several. */
  readonly lines: readonly string[]
  readonly at: Span
}

/** What the built-in parameters are taken from; nothing is read from the machine here. */
export type ParameterSources = {
  readonly configId: string
  readonly random: Random
  readonly env: Readonly<Record<string, string | undefined>>
}

/** keepalived's line buffer: a longer result is left as it was written. */
export const SUBSTITUTED_LENGTH_MAX = 1024
/** References followed for one line; definitions that name each other would go on for ever. */
const REFERENCES_MAX = 1000
const DEPTH_MAX = 20
const RANDOM_MAX = 32767

const BRACED = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?:[ \t]+[^}]*)?)\}/y
const BARE = /\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)/y

type Budget = { references: number; tooDeep: boolean; tooLong: boolean }
type Reference = {
  readonly name: string
  readonly argument: string
  readonly start: number
  readonly end: number
  readonly braced: boolean
}

export class Parameters {
  readonly #definitions = new Map<string, Definition>()
  readonly #sources: ParameterSources
  readonly #findings: Findings
  #random: Random

  constructor(sources: ParameterSources, findings: Findings) {
    this.#sources = sources
    this.#random = sources.random
    this.#findings = findings
  }

  /** `random_seed`: from here on `${_RANDOM}` repeats. */
  reseed(seed: number): void {
    this.#random = seededRandom(seed)
  }

  define(definition: Definition): void {
    this.#definitions.set(definition.name, definition)
  }

  /**
   * The line with its references replaced. Several lines when the last thing on it is a multi-line parameter.
   *
   * @param directory what `${_PWD}` stands for.
   */
  substitute(line: Line, directory: string): readonly Line[] {
    if (!line.text.includes('$')) return [line]
    const budget: Budget = { references: 0, tooDeep: false, tooLong: false }
    const parts: Line[] = []
    let tail: readonly string[] = []
    let tailAt: Span | undefined
    let done = 0
    let length = 0
    for (const reference of referencesIn(line.text)) {
      const at = line.spanOf(reference.start, reference.end)
      const value = this.#valueOf(reference, directory, budget, 0, at)
      if (value === undefined) {
        this.#reportUndefined(reference, line.text, at)
        continue
      }
      const isLast = line.text.slice(reference.end).trim() === ''
      if (value.length > 1 && !isLast) {
        const message = `\${${reference.name}} has several lines, so it can only stand at the end of a line; it is left as written`
        this.#findings.error('multi-line-parameter-inside-line', at, message)
        continue
      }
      parts.push(line.slice(done, reference.start))
      if (value[0] !== '') parts.push(Line.standingFor(value[0] as string, at))
      length += reference.start - done + (value[0] as string).length
      if (value.length > 1) {
        tail = value.slice(1)
        tailAt = at
      }
      done = reference.end
    }
    if (budget.tooDeep) {
      this.#findings.error('parameter-recursion', line.span, 'these definitions name each other without end; the line is left as written')
      return [line]
    }
    if (done === 0) return [line]
    length += line.text.length - done
    if (length > SUBSTITUTED_LENGTH_MAX || budget.tooLong) {
      // Definitions that multiply each other are not followed to their end.
      const size = budget.tooLong ? 'more characters' : `${length} characters, more`
      const message = `with its parameters replaced this line has ${size} than the ${SUBSTITUTED_LENGTH_MAX} allowed; it is left as written`
      this.#findings.note('substitution-too-long', line.span, message, [], 'error')
      return [line]
    }
    parts.push(line.slice(done))
    const first = Line.join(parts.filter((part, index) => part.text !== '' || index === 0))
    const place = tailAt
    return place === undefined ? [first] : [first, ...tail.map((text) => Line.standingFor(text, place))]
  }

  /** For text that is no line of its own, such as the arguments of `~SEQ`. */
  substituteText(text: string, directory: string, at: Span): string {
    const lines = this.substitute(Line.standingFor(text, at), directory)
    return lines[0]?.text ?? text
  }

  #valueOf(reference: Reference, directory: string, budget: Budget, depth: number, at: Span): string[] | undefined {
    budget.references++
    if (depth > DEPTH_MAX || budget.references > REFERENCES_MAX) {
      budget.tooDeep = true
      return ['']
    }
    const builtIn = this.#builtIn(reference, directory, depth, at)
    if (builtIn !== undefined) return [builtIn]
    const definition = this.#definitions.get(reference.name)
    if (!definition) return undefined
    // The lines of a multi-line value are replaced when they are read as lines of their own.
    if (definition.lines.length > 1) return [...definition.lines]
    return [this.#expand(definition.lines[0] ?? '', directory, budget, depth + 1, at)]
  }

  #expand(text: string, directory: string, budget: Budget, depth: number, at: Span): string {
    if (!text.includes('$')) return text
    let result = ''
    let done = 0
    for (const reference of referencesIn(text)) {
      if (result.length > SUBSTITUTED_LENGTH_MAX) budget.tooLong = true
      if (budget.tooDeep || budget.tooLong) break
      const value = this.#valueOf(reference, directory, budget, depth, at)
      if (value === undefined || value.length > 1) continue
      result += text.slice(done, reference.start) + value[0]
      done = reference.end
    }
    return result + text.slice(done)
  }

  #builtIn(reference: Reference, directory: string, depth: number, at: Span): string | undefined {
    switch (reference.name) {
      case '_PWD':
        return directory
      case '_INSTANCE':
        return this.#sources.configId
      case '_HASH':
        return '#'
      case '_BANG':
        return '!'
      case '_ENV':
        return Object.hasOwn(this.#sources.env, reference.argument) ? (this.#sources.env[reference.argument] ?? '') : ''
      case '_RANDOM':
        return this.#randomNumber(reference.argument, depth, at)
      default:
        return undefined
    }
  }

  #randomNumber(argument: string, depth: number, at: Span): string {
    const words = argument.split(/[ \t]+/).filter((word) => word !== '')
    const min = words[0] === undefined ? 0 : Number(words[0])
    const max = words[1] === undefined ? RANDOM_MAX : Number(words[1])
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) {
      if (depth === 0) this.#findings.error('random-bounds', at, 'the bounds of _RANDOM are whole numbers: _RANDOM MIN MAX')
      return '0'
    }
    if (min > max) {
      if (depth === 0) this.#findings.error('random-bounds', at, `the lower bound ${min} is above the upper bound ${max}; ${min} is used`)
      return String(min)
    }
    return String(this.#random.integer(min, max))
  }

  #reportUndefined(reference: Reference, text: string, at: Span): void {
    if (!reference.braced) return
    const quotesBefore = text.slice(0, reference.start).split('"').length - 1
    const message = `the parameter ${reference.name} is not defined; write \`$${reference.name}=value\` on a line before this one`
    if (quotesBefore % 2 === 1) this.#findings.note('undefined-parameter', at, message, [], 'warning')
    else this.#findings.error('undefined-parameter', at, message)
  }
}

function* referencesIn(text: string): Generator<Reference> {
  let from = text.indexOf('$')
  while (from >= 0) {
    BRACED.lastIndex = from
    const braced = BRACED.exec(text)
    BARE.lastIndex = from
    const match = braced ?? BARE.exec(text)
    if (match) {
      const end = from + match[0].length
      yield { name: match[1] as string, argument: (braced?.[2] ?? '').trim(), start: from, end, braced: braced !== null }
      from = text.indexOf('$', end)
    } else from = text.indexOf('$', from + 1)
  }
}
