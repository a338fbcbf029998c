// A problem of a configuration, with its place. The parser returns a value and the whole list, so one run shows all.

/** A stretch of one file, in UTF-16 offsets. */
export type Span = { readonly file: string; readonly start: number; readonly end: number }

/** What keepalived makes of it; the exit status of `-t` and whether the daemon may start follow from these. */
export type Consequence =
  /** Logged; nothing counts as a configuration problem. */
  | 'note'
  /** Recorded; the item is ignored or corrected (keepalived's E, `-t` exits 5). */
  | 'corrected'
  /** Script security (keepalived's S, `-t` exits 6). */
  | 'security'
  /** The daemon refuses to start (keepalived's F). */
  | 'refused'
  /** Reading stops here (keepalived's X, exit 2). */
  | 'aborted'

export type Diagnostic = {
  /** Stable, in kebab-case; each has a paragraph in docs/reference. */
  readonly code: string
  readonly severity: 'error' | 'warning' | 'note'
  readonly consequence: Consequence
  /** What is wrong, and what would be right. */
  readonly message: string
  readonly at: Span
  readonly related: readonly { readonly at: Span; readonly note: string }[]
}
