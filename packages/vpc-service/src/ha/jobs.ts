// One job for each row that asks for one. A job that ended is not begun again before the row asks anew.

type JobsParts<Row> = {
  /** Rows that want a job now. */
  readonly find: () => Promise<readonly Row[]>
  readonly idOf: (row: Row) => string
  /** The job. What it throws is nobody's: the row says how far it came. */
  readonly run: (row: Row) => Promise<void>
}

export class Jobs<Row> {
  readonly #parts: JobsParts<Row>
  readonly #running = new Map<string, Promise<void>>()
  #looking: Promise<void> | undefined
  #isWoken = false
  #isStopped = false

  constructor(parts: JobsParts<Row>) {
    this.#parts = parts
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  wake(): void {
    this.#isWoken = true
    this.#looking ??= this.#look()
      // The store failed; the next change looks again.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined
      })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.idle()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#looking
    await Promise.all(this.#running.values())
  }

  async #look(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      for (const row of await this.#parts.find()) {
        const id = this.#parts.idOf(row)
        if (this.#running.has(id)) continue
        const job = this.#parts
          .run(row)
          .catch(() => undefined)
          .finally(() => this.#running.delete(id))
        this.#running.set(id, job)
      }
    }
  }
}
