// Runs the commands that were written down: each on its instance, many at a time, once.
import { ok } from '@havip/base'
import type { InvocationResult } from '@havip/vpc'
import type { Clock } from './clock.ts'
import type { CommandResult, Compute } from './ports.ts'
import type { Store } from './store.ts'

/** Commands that run at the same time. */
const runningMax = 16
/** What is kept of an output, in bytes. */
const outputMax = 24 * 1024

export class CommandRunner {
  readonly #store: Store
  readonly #compute: Compute
  readonly #clock: Clock
  readonly #running = new Map<string, Promise<void>>()
  #looking: Promise<void> | undefined
  #isWoken = false
  #isRecovered = false
  #isStopped = false

  constructor(parts: { readonly store: Store; readonly compute: Compute; readonly clock: Clock }) {
    this.#store = parts.store
    this.#compute = parts.compute
    this.#clock = parts.clock
  }

  /** There may be new commands. Rejects when the store fails; the next call tries again. */
  wake(): Promise<void> {
    this.#isWoken = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Begins no more; resolves when those that run have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#looking
    await this.idle()
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
  }

  async #look(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      if (!this.#isRecovered) await this.#recover()
      const room = runningMax - this.#running.size
      if (room <= 0) return
      const found = await this.#store.read((tx) => tx.find('invocationResult', { is: { status: 'Pending' } }, { limit: runningMax }))
      for (const { row } of found.filter(({ row }) => !this.#running.has(row.id)).slice(0, room)) this.#begin(row)
    }
  }

  /** What ran when the controller died: nobody knows how it ended, and twice could do harm. */
  async #recover(): Promise<void> {
    await this.#store.write(async (tx) => {
      for (const { row } of await tx.find('invocationResult', { is: { status: 'Running' } })) {
        const errorInfo = 'The controller was restarted while the command ran.'
        const finishedAt = this.#clock.wallTime()
        await tx.update('invocationResult', { ...row, status: 'Error', errorCode: 'ExecutionInterrupted', errorInfo, finishedAt })
      }
      return ok(undefined)
    })
    this.#isRecovered = true
  }

  #begin(row: InvocationResult): void {
    const job = this.#run(row)
      // The store failed: the row stays as it is, and is looked at again after a restart.
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(row.id)
        this.wake().catch(() => undefined)
      })
    this.#running.set(row.id, job)
  }

  async #run(row: InvocationResult): Promise<void> {
    const begun: InvocationResult = { ...row, status: 'Running', startedAt: this.#clock.wallTime() }
    await this.#store.write(async (tx) => ok(await tx.update('invocationResult', begun)))
    const ended = { ...begun, ...(await this.#outcome(row)), finishedAt: this.#clock.wallTime() }
    await this.#store.write(async (tx) => ok(await tx.update('invocationResult', ended)))
  }

  async #outcome(row: InvocationResult): Promise<Partial<InvocationResult>> {
    const { script, user, directory } = row
    try {
      return outcomeOf(await this.#compute.run(row.instance, { script, user, directory, timeoutMs: row.timeoutSeconds * 1000, outputMax }))
    } catch {
      return { status: 'Error', errorCode: 'ExecutionException', errorInfo: 'The command could not be run.' }
    }
  }
}

function outcomeOf(result: CommandResult): Partial<InvocationResult> {
  switch (result.kind) {
    case 'exited': {
      const { status: exitCode, output } = result
      const dropped = result.truncated ? 1 : 0
      if (exitCode === 0) return { status: 'Success', exitCode, output, dropped }
      return { status: 'Failed', exitCode, output, dropped, errorCode: 'ExitCodeNonzero', errorInfo: `The exit status was ${exitCode}.` }
    }
    case 'timed-out': {
      const errorInfo = 'The command took longer than its time limit and was ended.'
      return { status: 'Timeout', output: result.output, dropped: result.truncated ? 1 : 0, errorCode: 'ExecutionTimeout', errorInfo }
    }
    case 'not-running':
      return { status: 'Error', errorCode: 'InstanceNotRunning', errorInfo: 'The instance is not running.' }
  }
}
