// The port to the agreement among controllers on one store: each serves, one reconciles.

export type LeadershipEvent =
  /** From now on we are the one. */
  | 'gained'
  /** Or may not be any more: stop at once, another may have begun. */
  | 'lost'
  /** Another controller may have written something. */
  | 'written'

export type Leadership = {
  readonly isLeader: boolean
  /** Returns how to stop. */
  watch(listener: (event: LeadershipEvent) => void): () => void
  /** Gives the leadership back, so that another takes it at once. */
  close(): Promise<void>
}

/** The only controller there is: a store in a file has no others. */
export const soleLeader: Leadership = { isLeader: true, watch: () => () => undefined, close: async () => undefined }
