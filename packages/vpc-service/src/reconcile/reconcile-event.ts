// What the reconciler has to tell an operator.

export type ReconcileEvent =
  /** The plane was not as left: somebody else changed it, or we were interrupted. */
  | { readonly kind: 'drift'; readonly changes: number; readonly resources: readonly string[] }
  | { readonly kind: 'trouble'; readonly resource: string; readonly error: unknown }
  /** The plane belongs to another installation (empty: to one that nobody knows); nothing is touched until it is adopted. */
  | { readonly kind: 'foreign-plane'; readonly master: string; readonly installation: string }
  /** A whole pass failed; it is tried again. */
  | { readonly kind: 'failed'; readonly error: unknown }
