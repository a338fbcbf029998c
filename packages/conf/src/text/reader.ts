// From files to logical lines: comments, conditions, definitions, sequences and includes are gone afterwards (reference 1).
import type { Span } from '../diagnostic.ts'
import type { Findings } from '../findings.ts'
import type { SourceFault, SourceReader } from '../source.ts'
import { checkCharacters } from './characters.ts'
import { FULL_CHECK, type IncludeCheck, includeCheckOf, isInclude, NO_CHECK, patternsOf } from './include.ts'
import { Line } from './line.ts'
import { type ParameterSources, Parameters } from './parameters.ts'
import { isSequence, readSequence } from './sequence.ts'
import { withoutComment } from './words.ts'

/** keepalived's line buffer without the newline, in bytes. */
export const LINE_BYTES_MAX = 1022
/** A line this long is no configuration, and is dropped: every step on a line may then look at it more than once. */
const LINE_LENGTH_MAX = 16_384
/** Files within files; a file that includes itself is refused before. */
export const INCLUDE_DEPTH_MAX = 32
export const FILES_MAX = 4096
/** Lines that expansion may add: sequences of sequences grow fast. */
export const EXPANDED_LINES_MAX = 200_000

export type ReaderOptions = ParameterSources & { readonly checksAllIncludes: boolean }

type File = { readonly path: string; readonly directory: string }
type OpenDefinition = { readonly name: string; readonly lines: string[]; readonly at: Span; readonly includes: Line[] }

const DEFINITION = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/

export class LineReader {
  /** Texts of all files read, for showing a problem with its line. */
  readonly texts = new Map<string, string>()
  readonly #reader: SourceReader
  readonly #findings: Findings
  readonly #emit: (line: Line) => void
  readonly #parameters: Parameters
  readonly #configId: string
  readonly #stack: string[] = []
  #check: IncludeCheck
  #filesRead = 0
  #expandedLines = 0
  #definition: OpenDefinition | undefined

  constructor(reader: SourceReader, options: ReaderOptions, findings: Findings, emit: (line: Line) => void) {
    this.#reader = reader
    this.#findings = findings
    this.#emit = emit
    this.#parameters = new Parameters(options, findings)
    this.#configId = options.configId
    this.#check = options.checksAllIncludes ? FULL_CHECK : NO_CHECK
  }

  /** Reads the main file; its absence is an error whatever keepalived's `-t` says of it. */
  readMain(path: string): void {
    const start = { file: path, start: 0, end: 0 }
    const text = this.#reader.read(path)
    if (text.ok) this.#readText({ path, directory: directoryOf(path) }, text.value)
    else this.#findings.refused(`file-${text.fault.kind}`, start, `cannot read ${path}: ${describe(text.fault)}`)
  }

  #readText(file: File, text: string): void {
    this.texts.set(file.path, text)
    this.#stack.push(file.path)
    this.#filesRead++
    const check = this.#check
    let start = 0
    let nulLines = 0
    if (text.charCodeAt(0) === 0xfeff) {
      const at = { file: file.path, start: 0, end: 1 }
      this.#findings.error(
        'byte-order-mark',
        at,
        'the file begins with a byte order mark, which keepalived takes as part of the first keyword; save it without',
      )
      start = 1
    }
    while (start < text.length) {
      let end = text.indexOf('\n', start)
      if (end < 0) end = text.length
      const raw = text.slice(start, end)
      if (raw.includes('\0')) {
        nulLines++
        if (nulLines === 1) {
          const at = { file: file.path, start, end }
          this.#findings.error('nul-byte', at, 'there is a NUL byte in this line, so the whole line is ignored; is this a text file?')
        }
      } else this.#physicalLine(Line.literal(raw, file.path, start), file)
      start = end + 1
    }
    this.#finishDefinition(file)
    this.#check = check
    this.#stack.pop()
  }

  #physicalLine(raw: Line, file: File): void {
    if (raw.text.length > LINE_LENGTH_MAX) {
      const message = `this line has ${raw.text.length} characters; keepalived reads ${LINE_BYTES_MAX} bytes at most. It is ignored`
      this.#findings.error('line-too-long', raw.spanOf(0, LINE_BYTES_MAX), message)
      return
    }
    if (raw.text.length > LINE_BYTES_MAX / 3 && byteLength(raw.text) > LINE_BYTES_MAX) {
      const message = `this line has ${byteLength(raw.text)} bytes; keepalived reads ${LINE_BYTES_MAX} at most and would take the rest for a new line. It is read whole here`
      this.#findings.error('line-too-long', raw.span, message)
    }
    const line = withoutComment(raw)
    if (this.#definition) this.#continueDefinition(this.#definition, line, file)
    else if (line.text !== '') this.#logicalLine(checkCharacters(line, this.#findings), file)
  }

  #logicalLine(line: Line, file: File): void {
    const { text } = line
    const definition = text[0] === '$' ? DEFINITION.exec(text) : null
    if (definition) this.#beginDefinition(line, definition[1] as string, definition[0].length, file)
    else if (text[0] === '@') this.#conditionalLine(line, file)
    else if (text[0] === '~' && isSequence(text)) this.#sequenceLine(line, file)
    else if (text[0] === 'i' && isInclude(text)) this.#includeLine(line, file)
    else if (text.includes('$')) this.#lineWithParameters(line, file)
    else {
      this.#settingOfReader(text)
      this.#emit(line)
    }
  }

  /** Two keywords of `global_defs` change how the rest is read. */
  #settingOfReader(text: string): void {
    if (text[0] !== 'i' && text[0] !== 'r') return
    if (/^include_check\b/.test(text)) this.#check = includeCheckOf(text.slice(13).trim())
    const seed = /^random_seed[ \t]+([0-9]{1,10})$/.exec(text)
    if (seed) this.#parameters.reseed(Number(seed[1]))
  }

  #lineWithParameters(line: Line, file: File): void {
    const [first, ...others] = this.#parameters.substitute(line, file.directory)
    if (first) this.#substitutedLine(first, line, file)
    for (const other of others) if (this.#mayExpand(line.span)) this.#expandedLine(other, file)
  }

  /** What a parameter stands for may hold a comment, or be the keyword itself. */
  #substitutedLine(line: Line, original: Line, file: File): void {
    const bare = withoutComment(line)
    if (bare.text === '') return
    // `$X${i}=…` is a definition only now.
    const definition = bare.text[0] === '$' && bare.text !== original.text ? DEFINITION.exec(bare.text) : null
    if (definition) this.#beginDefinition(bare, definition[1] as string, definition[0].length, file)
    else if (bare.text !== original.text && isInclude(bare.text)) this.#includeLine(bare, file)
    else this.#emit(bare)
  }

  /** A further line of a multi-line parameter: a line like any other, except that it may not come back to itself for ever. */
  #expandedLine(line: Line, file: File): void {
    const bare = withoutComment(line)
    if (bare.text === '' || this.#expansionDepth > 50) return
    this.#expansionDepth++
    this.#logicalLine(bare, file)
    this.#expansionDepth--
  }
  #expansionDepth = 0

  #mayExpand(at: Span): boolean {
    this.#expandedLines++
    if (this.#expandedLines === EXPANDED_LINES_MAX + 1) {
      const message = `sequences and parameters have made ${EXPANDED_LINES_MAX} lines so far; no more are read`
      this.#findings.error('expansion-too-large', at, message)
    }
    return this.#expandedLines <= EXPANDED_LINES_MAX
  }

  #conditionalLine(line: Line, file: File): void {
    const match = /^@(\^?)([^ \t]*)[ \t]*/.exec(line.text)
    if (!match || match[2] === '') {
      this.#findings.note(
        'condition-without-id',
        line.span,
        'there is no configuration id after `@`, so the line is dropped; write @ID or @^ID without a blank',
        [],
        'warning',
      )
      return
    }
    const isMatch = match[2] === this.#configId
    if (isMatch === (match[1] === '^')) return
    const rest = line.slice(match[0].length)
    if (rest.text !== '') this.#logicalLine(rest, file)
  }

  #sequenceLine(line: Line, file: File): void {
    const sequence = readSequence(line.text, (inner) => this.#parameters.substituteText(inner, file.directory, line.span))
    if (!sequence.ok) {
      this.#findings.error('bad-sequence', line.span, `this sequence cannot be read: ${sequence.fault}`)
      return
    }
    const rest = line.slice(sequence.value.restAt)
    const bare = rest.slice(rest.text.length - rest.text.trimStart().length)
    for (const step of sequence.value.steps) {
      if (!this.#mayExpand(line.span)) return
      for (const { name, value } of step) this.#parameters.define({ name, lines: [value], at: line.span })
      if (bare.text !== '') this.#logicalLine(bare, file)
    }
  }

  #beginDefinition(line: Line, name: string, valueAt: number, file: File): void {
    const value = line.text.slice(valueAt)
    const at = line.spanOf(0, name.length + 1)
    if (!value.endsWith('\\')) this.#parameters.define({ name, lines: [value], at })
    else if (this.#expansionDepth > 0)
      this.#findings.error('definition-inside-expansion', at, 'a multi-line definition cannot begin inside another one')
    else {
      this.#definition = { name, lines: [], at, includes: [] }
      this.#continueDefinition(this.#definition, line.slice(valueAt), file)
    }
  }

  #continueDefinition(definition: OpenDefinition, line: Line, file: File): void {
    const goesOn = line.text.endsWith('\\')
    const text = goesOn ? line.text.slice(0, -1).trimEnd() : line.text
    if (isInclude(text)) definition.includes.push(line.slice(0, text.length))
    else if (text !== '' || goesOn) definition.lines.push(text)
    if (!goesOn) this.#finishDefinition(file)
  }

  #finishDefinition(file: File): void {
    const definition = this.#definition
    if (!definition) return
    this.#definition = undefined
    const { name, at } = definition
    // `$X=\` begins with an empty line that is only there to be continued.
    const lines = definition.lines[0] === '' && definition.lines.length > 1 ? definition.lines.slice(1) : definition.lines
    this.#parameters.define({ name, lines: lines.length === 0 ? [''] : lines, at })
    for (const include of definition.includes) this.#includeLine(include, file)
  }

  #includeLine(line: Line, file: File): void {
    const match = /^include([rmwba]?)(?:[ \t]+|$)(.*)$/.exec(line.text)
    const pattern = (match?.[2] ?? '').trim()
    const at = line.span
    if (!match || pattern === '') {
      this.#findings.error('include-without-pattern', at, 'include needs a path or a pattern: `include /etc/keepalived/conf.d/*.conf`')
      return
    }
    const check = includeCheckFor(match[1] as string, this.#check)
    const alternatives = patternsOf(pattern)
    let found = 0
    for (const alternative of alternatives) {
      const matches = this.#matchesOf(absolutePath(alternative, file.directory))
      found += matches.length
      if (matches.length === 0 && alternatives.length > 1 && check.braceMatch)
        this.#includeFault(true, 'include-no-match', at, `no file matches ${alternative}`)
      for (const path of matches) this.#includeFile(path, at, check)
    }
    if (found > 0) return
    const hasWildcard = /[*?[]/.test(pattern)
    const isEnforced = hasWildcard ? check.wildcardMatch : check.match
    const message = hasWildcard ? `no file matches ${pattern}` : `${absolutePath(pattern, file.directory)} does not exist`
    this.#includeFault(isEnforced, hasWildcard ? 'include-no-match' : 'include-not-found', at, message)
  }

  #matchesOf(pattern: string): readonly string[] {
    if (/[*?[]/.test(pattern)) return this.#reader.glob(pattern)
    const text = this.#reader.read(pattern)
    return text.ok || text.fault.kind !== 'not-found' ? [pattern] : []
  }

  #includeFile(path: string, at: Span, check: IncludeCheck): void {
    if (this.#stack.includes(path)) {
      this.#findings.error(
        'include-cycle',
        at,
        `${path} is being read already: a file that includes itself never ends; this include is ignored`,
      )
      return
    }
    if (this.#stack.length >= INCLUDE_DEPTH_MAX || this.#filesRead >= FILES_MAX) {
      this.#findings.error(
        'include-too-deep',
        at,
        `more than ${INCLUDE_DEPTH_MAX} files within each other, or ${FILES_MAX} in all; ${path} is not read`,
      )
      return
    }
    const text = this.#reader.read(path)
    if (text.ok) this.#readText({ path, directory: directoryOf(path) }, text.value)
    else if (text.fault.kind === 'not-a-file') this.#findings.note('include-not-a-file', at, `${path} is not a regular file; it is skipped`)
    else if (text.fault.kind === 'executable') {
      const message = `${path} has an execute bit set, and included files must not; it is skipped (chmod a-x ${path})`
      this.#findings.note('include-executable', at, message, [], 'warning')
    } else this.#includeFault(check.read, 'include-not-readable', at, `cannot read ${path}: ${describe(text.fault)}`)
  }

  #includeFault(isEnforced: boolean, code: string, at: Span, message: string): void {
    if (isEnforced) this.#findings.refused(`${code}-enforced`, at, `${message}, and this include must succeed`)
    else this.#findings.note(code, at, `${message}; the include has no effect`, [], 'warning')
  }
}

function includeCheckFor(variant: string, current: IncludeCheck): IncludeCheck {
  switch (variant) {
    case 'r':
      return { ...current, read: true }
    case 'm':
      return { ...current, read: true, match: true }
    case 'w':
      return { ...current, read: true, match: true, wildcardMatch: true }
    case 'b':
      return { ...current, read: true, braceMatch: true }
    case 'a':
      return FULL_CHECK
    default:
      return current
  }
}

function describe(fault: SourceFault): string {
  switch (fault.kind) {
    case 'not-found':
      return 'there is no such file'
    case 'not-readable':
      return fault.detail
    case 'not-a-file':
      return 'it is not a regular file'
    case 'executable':
      return 'it has an execute bit set, which a configuration file must not have'
    case 'too-large':
      return `it is too large (${fault.bytes} bytes)`
  }
}

const directoryOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))
const absolutePath = (path: string, directory: string): string =>
  normalised(path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`)

/** `a/./b/../c` is `a/c`: only so does a file that includes itself by another spelling get noticed. */
function normalised(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

function byteLength(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7ff && (code < 0xd800 || code > 0xdfff)) bytes += 2
    else if (code > 0x7f) bytes++
  }
  return bytes
}
