// One logical line and the way back from each of its characters to the file, so that spans survive substitution.
import type { Span } from '../diagnostic.ts'

/** A run of a line's text. Literal: character n came from `start + n`. Otherwise all of it stands for `start` to `end`. */
type Segment = { readonly from: number; readonly start: number; readonly end: number; readonly literal: boolean }

export class Line {
  readonly text: string
  readonly file: string
  /** Where a literal line begins in its file; nearly all lines are, and files are long. */
  readonly #start: number
  readonly #mixed: readonly Segment[] | undefined

  private constructor(text: string, file: string, start: number, mixed: readonly Segment[] | undefined) {
    this.text = text
    this.file = file
    this.#start = start
    this.#mixed = mixed
  }

  get #segments(): readonly Segment[] {
    return this.#mixed ?? [{ from: 0, start: this.#start, end: this.#start + this.text.length, literal: true }]
  }

  /** A stretch of a file as it is. */
  static literal(text: string, file: string, start: number): Line {
    return new Line(text, file, start, undefined)
  }

  /** Text that is in no file at this place: all of it points to `at`. */
  static standingFor(text: string, at: Span): Line {
    return new Line(text, at.file, at.start, [{ from: 0, start: at.start, end: at.end, literal: false }])
  }

  static join(parts: readonly Line[]): Line {
    const first = parts[0]
    if (!first) throw new TypeError('a line has at least one part')
    if (parts.length === 1) return first
    const segments: Segment[] = []
    let text = ''
    for (const part of parts) {
      for (const segment of part.#segments) segments.push({ ...segment, from: segment.from + text.length })
      text += part.text
    }
    return new Line(text, first.file, 0, segments)
  }

  slice(from: number, to = this.text.length): Line {
    const text = this.text.slice(from, to)
    if (this.#mixed === undefined) return Line.literal(text, this.file, this.#start + from)
    const segments: Segment[] = []
    for (let i = 0; i < this.#segments.length; i++) {
      const segment = this.#segments[i] as Segment
      const segmentTo = this.#segments[i + 1]?.from ?? this.text.length
      if (segmentTo < from || segment.from > to) continue
      const skipped = Math.max(0, from - segment.from)
      const start = segment.literal ? segment.start + skipped : segment.start
      segments.push({ from: Math.max(0, segment.from - from), start, end: segment.end, literal: segment.literal })
    }
    return new Line(text, this.file, 0, segments)
  }

  /** Where the characters from `start` to `end` of this line's text are in the file. */
  spanOf(start: number, end: number): Span {
    if (this.#mixed === undefined) return { file: this.file, start: this.#start + start, end: this.#start + Math.max(start, end) }
    const first = this.#segmentAt(start)
    const from = first.literal ? first.start + (start - first.from) : first.start
    if (end <= start) return { file: this.file, start: from, end: from }
    const last = this.#segmentAt(end - 1)
    const to = last.literal ? last.start + (end - last.from) : last.end
    return { file: this.file, start: from, end: Math.max(from, to) }
  }

  get span(): Span {
    return this.spanOf(0, this.text.length)
  }

  #segmentAt(offset: number): Segment {
    const segments = this.#segments
    let found = segments[0] as Segment
    for (let i = 1; i < segments.length; i++) {
      const segment = segments[i] as Segment
      if (segment.from > offset) break
      found = segment
    }
    return found
  }
}
