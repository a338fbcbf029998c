// Collects the problems of one reading, in order, with a bound: a binary file must not become a million messages.
import type { Consequence, Diagnostic, Span } from './diagnostic.ts'

export type Related = Diagnostic['related']

/** More than this and the list ends with `too-many-problems`. */
export const DIAGNOSTICS_MAX = 1000

export class Findings {
  readonly #list: Diagnostic[] = []
  /** A parameter of several lines is read again at each use: the same problem at the same place is told once. */
  readonly #told = new Set<string>()
  #suppressed = 0

  /** E of keepalived: what is written does not count. */
  error(code: string, at: Span, message: string, related: Related = []): void {
    this.#add({ code, severity: 'error', consequence: 'corrected', message, at, related })
  }

  /** E of keepalived, too; what is written counts in a changed form, or is out of date. */
  warning(code: string, at: Span, message: string, related: Related = []): void {
    this.#add({ code, severity: 'warning', consequence: 'corrected', message, at, related })
  }

  /** Said, but no configuration problem: the exit status of `-t` stays as it is. */
  note(code: string, at: Span, message: string, related: Related = [], severity: Diagnostic['severity'] = 'note'): void {
    this.#add({ code, severity, consequence: 'note', message, at, related })
  }

  security(code: string, at: Span, message: string, related: Related = []): void {
    this.#add({ code, severity: 'warning', consequence: 'security', message, at, related })
  }

  /** The daemon does not start with this. */
  refused(code: string, at: Span, message: string, related: Related = []): void {
    this.#add({ code, severity: 'error', consequence: 'refused', message, at, related })
  }

  /** keepalived ends here, in the middle of the file; we go on reading, to find everything in one run. */
  aborted(code: string, at: Span, message: string, related: Related = []): void {
    this.#add({ code, severity: 'error', consequence: 'aborted', message, at, related })
  }

  get isFull(): boolean {
    return this.#list.length >= DIAGNOSTICS_MAX
  }

  list(): readonly Diagnostic[] {
    const last = this.#list.at(-1)
    if (this.#suppressed === 0 || !last) return this.#list
    const message = `${this.#suppressed} further problems are not shown; mend the first ones and check again`
    return [...this.#list, { ...last, code: 'too-many-problems', consequence: this.#worst, message, related: [] }]
  }

  #worst: Consequence = 'note'

  #add(diagnostic: Diagnostic): void {
    const { code, at, message } = diagnostic
    const key = `${code} ${at.file} ${at.start} ${at.end} ${message}`
    if (this.#told.has(key)) return
    if (!this.isFull) {
      this.#told.add(key)
      this.#list.push(diagnostic)
    } else {
      this.#suppressed++
      if (RANK[diagnostic.consequence] > RANK[this.#worst]) this.#worst = diagnostic.consequence
    }
  }
}

const RANK: Readonly<Record<Consequence, number>> = { note: 0, refused: 1, corrected: 2, security: 3, aborted: 4 }
