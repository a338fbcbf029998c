// Carries out high-availability set-ups: step by step, or back to where it began. How far it came is written down before each
// step, so that whoever leads next goes on from there.
import { type Instant, later, milliseconds, ok } from '@havip/base'
import type { HavipCluster } from '@havip/vpc'
import type { Duty, DutyParts } from '../duties.ts'
import type { Caller, VpcService } from '../service.ts'
import { type ClusterContext, ClusterFault, type ClusterStep, clusterSteps } from './cluster-steps.ts'
import { DaemonStatuses } from './daemon-statuses.ts'
import { Jobs } from './jobs.ts'

const askEveryMs = 200
const stepMaxMs = 30_000
/** Undoing that failed is tried again after so long, until it is done. */
const againMs = 5_000

/** We do not lead any more. */
class Replaced extends Error {}

type RunnerParts = DutyParts & { readonly service: VpcService; readonly steps?: readonly ClusterStep[] }

export class HavipClusterRunner implements Duty {
  readonly #parts: RunnerParts
  readonly #steps: readonly ClusterStep[]
  readonly #daemons: DaemonStatuses
  readonly #jobs: Jobs<HavipCluster>

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#steps = parts.steps ?? clusterSteps
    this.#daemons = new DaemonStatuses(parts)
    const status = ['Creating', 'Undoing', 'Deleting']
    this.#jobs = new Jobs({
      find: async () => (await parts.store.read((tx) => tx.find('havipCluster', { is: { status } }))).map(({ row }) => row),
      idOf: ({ id }) => id,
      run: (row) => this.#run(row),
    })
  }

  wake(): void {
    this.#jobs.wake()
  }

  stop(): Promise<void> {
    return this.#jobs.stop()
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#jobs.idle()
  }

  async #run(first: HavipCluster): Promise<void> {
    let row = first
    const save = async (change: Partial<HavipCluster>): Promise<void> => {
      if (this.#jobs.isStopped) throw new Replaced()
      row = { ...row, ...change }
      await this.#parts.store.write(async (tx) => ok(await tx.update('havipCluster', row)))
    }
    const context = this.#context(() => row, save)
    if (row.status === 'Creating') {
      const problem = await this.#forward(context)
      if (problem === undefined) return this.#finish(row, save, { status: 'Active', problem: '' })
      await save({ status: 'Undoing', problem })
    }
    await this.#back(context)
    if (row.status === 'Deleting') {
      await this.#parts.store.write(async (tx) => ok(await tx.remove('havipCluster', row.id)))
      return
    }
    const gone = { havip: undefined, address: undefined, eip: undefined, eipAddress: undefined }
    await this.#finish(row, save, { status: 'Failed', ...gone })
  }

  /** Undefined: all is done; else what went wrong. */
  async #forward(context: ClusterContext): Promise<string | undefined> {
    const start = Math.max(0, context.cluster().step - 1)
    for (const [index, step] of this.#steps.entries()) {
      if (index < start) continue
      await context.save({ step: index + 1, problem: '' })
      try {
        await step.perform(context)
      } catch (error) {
        if (error instanceof Replaced) throw error
        const why = error instanceof ClusterFault ? error.message : 'the host does not answer'
        return `Could not ${step.name}: ${why.replace(/\.$/, '')}.`
      }
    }
    return undefined
  }

  /** Undoes from the last step that may have been done; what cannot be undone now is tried until it can. */
  async #back(context: ClusterContext): Promise<void> {
    for (let done = context.cluster().step; done > 0; ) {
      try {
        await this.#steps[done - 1]?.undo(context)
        done--
        await context.save({ step: done })
      } catch (error) {
        if (error instanceof Replaced || !(error instanceof Error)) throw error
        const { problem } = context.cluster()
        const why = error instanceof ClusterFault ? error.message : 'the host does not answer'
        const waiting = ` Still to be undone: ${why.replace(/\.$/, '')}.`
        if (!problem.endsWith(waiting)) await context.save({ problem: problem.replace(/ Still to be undone: .*$/, '') + waiting })
        await this.#pause(againMs)
      }
    }
    await context.save({ problem: context.cluster().problem.replace(/ Still to be undone: .*$/, '') })
  }

  async #finish(row: HavipCluster, save: ClusterContext['save'], change: Partial<HavipCluster>): Promise<void> {
    await save(change)
    const status = change.status ?? row.status
    const name = row.name === '' ? row.id : row.name
    const text =
      status === 'Active'
        ? `High-availability set-up ${name} works.`
        : `High-availability set-up ${name} failed and was undone: ${row.problem}`
    const resource = { type: 'havip', id: row.havip ?? row.id }
    const event = { at: this.#parts.clock.wallTime(), account: row.account, kind: 'resource', resource, text } as const
    await this.#parts.store.write(async (tx) => ok(await tx.appendEvent({ ...event, detail: { cluster: row.id, status } })))
  }

  #context(cluster: () => HavipCluster, save: ClusterContext['save']): ClusterContext {
    const { service, store, compute } = this.#parts
    const { account, region, id } = cluster()
    const caller: Caller = { account, region, kind: 'operator', name: 'high-availability set-up', from: '', requestId: id }
    const until: ClusterContext['until'] = async (what, isSo) => {
      const end = this.#in(stepMaxMs)
      while (!(await isSo())) {
        if (this.#parts.clock.now() >= end) throw new ClusterFault(`${what} within ${stepMaxMs / 1000} s`)
        await this.#pause(askEveryMs)
      }
    }
    return { service, store, compute, daemons: this.#daemons, caller, cluster, save, until }
  }

  #in(ms: number): Instant {
    return later(this.#parts.clock.now(), milliseconds(ms))
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => void this.#parts.clock.setTimer(this.#in(ms), resolve))
    if (this.#jobs.isStopped) throw new Replaced()
  }
}
