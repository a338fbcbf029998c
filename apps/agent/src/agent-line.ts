// Between an agent and the process that it is: what each kind gets, and what it gives.

/** What an agent may tell its daemon. */
export type AgentLine = {
  /** Reaches the daemon's log. */
  say(text: string): void
  /** For the daemon's status; the latest counts. */
  report(value: unknown): void
  /** The configuration was read anew, and asks the same of this process. */
  onReload(listener: () => void): void
  /** For what cannot be mended here: the daemon starts another. */
  end(status: number): void
}

/** The result, if any, puts things in order once the daemon has ended; it has a few seconds. */
export type AgentRun<Options> = (options: Options, line: AgentLine) => (() => Promise<void>) | void
