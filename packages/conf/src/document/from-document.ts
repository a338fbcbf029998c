// From a document to the text of a configuration. Faults are named by their path in the document.
import { fail, ok, type Result } from '@havip/base'
import type { Keyword } from '../keywords/keyword.ts'
import { findKeyword, keywordsOf, ROOT } from '../keywords/tables.ts'
import { suggestion } from '../suggestion.ts'
import { DOCUMENT_FORMAT, isObject, quotedWord } from './document.ts'

/** What is wrong, and where: `vrrp_instance.VI_1.priority`. */
export type DocumentFault = { readonly path: string; readonly message: string }

/** Trackers have to stand before who tracks them; the rest follows the order of the tables. */
const FIRST = ['vrrp_script', 'vrrp_track_process', 'track_file', 'vrrp_track_file', 'bfd_instance']
const LAST = ['vrrp_instance', 'vrrp_sync_group', 'virtual_server_group', 'virtual_server']

/** @param value what a YAML or JSON parser has made; every fault in it is reported, and no text then. */
export function fromDocument(value: unknown): Result<string, readonly DocumentFault[]> {
  const writer = new Writer()
  if (!isObject(value)) return fail([{ path: '', message: 'a configuration is an object: its keys are keywords and blocks' }])
  const { format, ...rest } = value
  if (format !== DOCUMENT_FORMAT) writer.fault('format', `this is not \`format: ${DOCUMENT_FORMAT}\``)
  const names = Object.keys(rest)
  const rank = (name: string): number => (FIRST.includes(name) ? 1 : LAST.includes(name) ? 2 : 0)
  const sorted = [...names].sort((a, b) => rank(a) - rank(b))
  for (const name of sorted) writer.member(ROOT, name, rest[name], name, 0)
  return writer.faults.length > 0 ? fail(writer.faults) : ok(writer.text)
}

class Writer {
  readonly faults: DocumentFault[] = []
  readonly #lines: string[] = []

  get text(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
  }

  fault(path: string, message: string): void {
    this.faults.push({ path, message })
  }

  member(table: string, name: string, value: unknown, path: string, depth: number): void {
    const keyword = findKeyword(table, name)
    if (!keyword) {
      const better = suggestion(
        name,
        keywordsOf(table).map((one) => one.name),
      )
      this.fault(path, `there is no keyword ${name} here${better === undefined ? '' : `; did you mean ${better}?`}`)
    } else if (keyword.form === 'value') this.#values(keyword, value, path, depth)
    else if (keyword.label || keyword.arguments.length === 0 || keyword.form !== 'block') this.#block(keyword, value, path, depth)
    else this.#named(keyword, value, path, depth)
  }

  /** NAME → content. */
  #named(keyword: Keyword, value: unknown, path: string, depth: number): void {
    if (!isObject(value)) {
      this.fault(path, `${keyword.name} is an object: its keys are names`)
      return
    }
    for (const [name, content] of Object.entries(value)) this.#braces(keyword, `${keyword.name} ${name}`, content, `${path}.${name}`, depth)
  }

  #block(keyword: Keyword, value: unknown, path: string, depth: number): void {
    if (keyword.label) this.#named(keyword, value, path, depth)
    else if (keyword.form === 'block' && Array.isArray(value)) {
      for (const [index, content] of value.entries()) this.#braces(keyword, keyword.name, content, `${path}.${index}`, depth)
    } else this.#braces(keyword, keyword.name, value, path, depth)
  }

  #braces(keyword: Keyword, head: string, content: unknown, path: string, depth: number): void {
    if (!isClean(head)) {
      this.fault(path, 'a name has no line end')
      return
    }
    this.#line(`${head} {`, depth)
    if (keyword.form !== 'block') this.#entries(content, path, depth + 1)
    else if (isObject(content)) {
      for (const [name, value] of Object.entries(content)) this.member(keyword.block ?? '', name, value, `${path}.${name}`, depth + 1)
    } else this.fault(path, 'this is a block: an object whose keys are keywords')
    this.#line('}', depth)
  }

  #entries(content: unknown, path: string, depth: number): void {
    if (!Array.isArray(content)) {
      this.fault(path, 'this is a list')
      return
    }
    for (const [index, entry] of content.entries()) {
      if ((typeof entry === 'string' || typeof entry === 'number') && isClean(String(entry))) this.#line(String(entry), depth)
      else this.fault(`${path}.${index}`, 'an entry is a text on one line')
    }
  }

  /** One statement, or one for each of a list of lists. */
  #values(keyword: Keyword, value: unknown, path: string, depth: number): void {
    if (Array.isArray(value) && value.some((each) => Array.isArray(each))) {
      for (const [index, each] of value.entries()) this.#value(keyword, each, `${path}.${index}`, depth)
    } else this.#value(keyword, value, path, depth)
  }

  #value(keyword: Keyword, value: unknown, path: string, depth: number): void {
    const { name } = keyword
    const [first] = keyword.arguments
    const isSwitch = !first || first.type === 'boolean'
    if (value === true && (!first || first.optional)) this.#line(name, depth)
    else if (value === false && isSwitch) {
      if (first) this.#line(`${name} off`, depth)
    } else if (first?.type === 'script' || first?.type === 'words') {
      if (typeof value === 'string' && isClean(value)) this.#line(`${name} ${value}`, depth)
      else this.fault(path, `${name} is a text on one line`)
    } else {
      const words = (Array.isArray(value) ? value : [value]) as readonly unknown[]
      if (first && words.length <= keyword.arguments.length && words.every(isWord))
        this.#line([name, ...words.map((word) => quotedWord(String(word)))].join(' '), depth)
      else this.fault(path, first ? `${name} takes ${keyword.arguments.map((one) => one.name).join(', ')}` : `${name} is true or false`)
    }
  }

  #line(text: string, depth: number): void {
    this.#lines.push('    '.repeat(depth) + text)
  }
}

const isClean = (text: string): boolean => !/[\n\r\0]/.test(text)
const isWord = (value: unknown): boolean =>
  (typeof value === 'string' && isClean(value) && !value.includes('"')) || typeof value === 'number'
