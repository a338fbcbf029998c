/** A rule that a simulated world broke. `rule` is stable, for counting; `detail` says what happened. */
export type Violation = { readonly rule: string; readonly at: number; readonly detail: string }
