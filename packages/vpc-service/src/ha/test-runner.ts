// Carries out tests of high availability: asks the address without pause, breaks something on purpose, measures, and puts right
// whatever was broken, also when a controller died in between.
import { between, type Instant, isIpv6 } from '@havip/base'
import { type HavipTest, type InstanceId, isSteady, measureTest } from '@havip/vpc'
import type { Duty, DutyParts } from '../duties.ts'
import { instancesOf } from '../port-holders.ts'
import type { VpcService } from '../service.ts'
import { DaemonStatuses, routerOf } from './daemon-statuses.ts'
import { Jobs } from './jobs.ts'
import { type FaultContext, type FaultKind, faultKinds } from './test-faults.ts'
import { Replaced, TestFault, TestRun } from './test-run.ts'

const everyMs = 10
const timeoutMs = 250
/** A probe ends by itself after so long, whatever becomes of us; no test may take longer. */
const durationMs = 240_000
/** How long somebody may take to answer before the fault, and after it. */
const beforeMaxMs = 8_000
const afterMaxMs = 60_000
/** Without anything more known, a backup may still be waiting for so long. */
const settleMinMs = 2_500
/** How long the daemons may take to come to rest afterwards. */
const restMaxMs = 20_000

export class HavipTestRunner implements Duty {
  readonly #parts: DutyParts & { readonly service: VpcService }
  readonly #daemons: DaemonStatuses
  readonly #jobs: Jobs<HavipTest>

  constructor(parts: DutyParts & { readonly service: VpcService }) {
    this.#parts = parts
    this.#daemons = new DaemonStatuses(parts)
    this.#jobs = new Jobs({
      find: async () => (await parts.store.read((tx) => tx.find('havipTest', { is: { status: 'Running' } }))).map(({ row }) => row),
      idOf: ({ id }) => id,
      // What has begun and is not under way here was interrupted.
      run: (row) => this.#end(new TestRun(parts, row, () => this.#jobs.isStopped), row.phase !== 'Waiting'),
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

  async #end(run: TestRun, isInterrupted: boolean): Promise<void> {
    const context = { ...this.#parts, run, daemons: this.#daemons }
    const kind = faultKinds[run.row.fault]
    let error = isInterrupted ? 'The controller was restarted during the test.' : ''
    try {
      if (!isInterrupted) error = await this.#perform(context, kind)
    } catch (thrown) {
      if (thrown instanceof Replaced) return
      error = thrown instanceof TestFault ? thrown.message : 'The host does not answer.'
    }
    try {
      await this.#putRight(context, kind)
      const isDone = error === '' || run.row.outageMs !== undefined
      await run.save({ status: isDone ? 'Finished' : 'Failed', phase: 'Done', error, finishedAt: this.#parts.clock.wallTime() }, true)
    } catch {
      // Replaced, or the store or the host is gone: the row stays as it is, and another term puts things right.
    } finally {
      await run.probe?.close().catch(() => undefined)
    }
  }

  /** Returns what went wrong though the test was done; empty: nothing. */
  async #perform(context: FaultContext, kind: FaultKind): Promise<string> {
    const { plane, clock, run } = context
    const target = await this.#targetOf(run)
    run.probe = await plane.probe({ ...target, port: 80, everyMs, timeoutMs, durationMs })
    await run.save({ phase: 'Listening before the fault' })
    if (!(await run.listen(() => isSteady(run.samples, 20, 300), beforeMaxMs)))
      throw new TestFault(
        `Nobody answers steadily at http://${isIpv6(target.address) ? `[${target.address}]` : target.address}/ before the fault: a web server has to run on the instances.`,
      )
    const settleMs = await this.#settleMsOf(run.row)
    for (const { instance, sinceMs } of await this.#statesOf(run)) if (sinceMs !== undefined) run.heardBefore.add(instance)
    const ready = await kind.prepare(context)
    await run.listen(() => true, 0)
    const struckAtMs = Math.max(...run.samples.map(({ atMs }) => atMs))
    const struckAt = clock.now()
    await run.save({ phase: 'Broken', isBroken: true })
    const words = await ready.strike()
    const isEffective = await run.listen(ready.isEffective ?? (() => true), ready.effectiveWithinMs ?? 0)
    const effectiveAt = clock.now()
    const isSettled = (): boolean =>
      between(effectiveAt, clock.now()) >= settleMs &&
      isSteady(
        run.samples.filter(({ atMs }) => atMs >= struckAtMs),
        50,
        1_000,
      )
    const isBack = isEffective && (await run.listen(isSettled, afterMaxMs))
    const { outageMs, lost, before, after } = measureTest(run.samples, struckAtMs)
    const moved = await this.#reasonOf(run, struckAt)
    const reason = words === undefined ? moved : [words, moved].filter((one) => one !== '').join(': ')
    await run.save(
      { phase: 'Putting right', outageMs: isBack ? outageMs : undefined, lost, before, after: isBack ? after : '', reason },
      true,
    )
    if (!isEffective) return `The fault could not be done to ${run.row.instance}.`
    return isBack ? '' : `Nobody answered steadily within ${afterMaxMs / 1000} s of the fault.`
  }

  /** Through the public address where there is one: what a client would see. */
  async #targetOf({ row }: TestRun) {
    const [eip] = await this.#parts.store.read((tx) => tx.find('eip', { is: { target: row.havip, status: 'InUse' } }, { limit: 1 }))
    return eip ? ({ from: 'internet', address: eip.row.address } as const) : ({ from: row.vpc, address: row.address } as const)
  }

  /** How long the others may take to be sure that the owner is gone. */
  async #settleMsOf(row: HavipTest): Promise<number> {
    const answer = await this.#daemons.of(row.instance, 0)
    const interval = answer.kind === 'heard' ? routerOf(answer.document, row.address)?.advertIntervalMs : undefined
    return Math.max(settleMinMs, 4 * (interval ?? 1_000) + 500)
  }

  /** In the words of the daemon that has the address now. */
  async #reasonOf({ row }: TestRun, struckAt: Instant): Promise<string> {
    for (const instance of await this.#instancesOf(row)) {
      const answer = await this.#daemons.of(instance, 0)
      const router = answer.kind === 'heard' ? routerOf(answer.document, row.address) : undefined
      if (router?.state !== 'master') continue
      const moved = router.transitions?.find(({ to }) => to === 'master')
      // Its age is of the moment of asking, which is before now.
      const isSince = (moved?.agoMs ?? Number.POSITIVE_INFINITY) <= between(struckAt, this.#parts.clock.now())
      return moved?.sentence !== undefined && isSince ? moved.sentence : 'The address did not move.'
    }
    return ''
  }

  /** Those bound to the HaVip, or whose interfaces are. */
  #instancesOf(row: HavipTest): Promise<readonly InstanceId[]> {
    return this.#parts.store.read(async (tx) => {
      const havip = await tx.get('havip', row.havip)
      return havip ? instancesOf(tx, havip) : []
    })
  }

  /** Each bound instance, and for how long its daemon has been in its state; undefined: it can't be asked. */
  async #statesOf({ row }: TestRun): Promise<readonly { readonly instance: string; readonly sinceMs: number | undefined }[]> {
    return Promise.all(
      (await this.#instancesOf(row)).map(async (instance) => {
        const answer = await this.#daemons.of(instance, 0)
        return { instance, sinceMs: answer.kind === 'heard' ? routerOf(answer.document, row.address)?.sinceMs : undefined }
      }),
    )
  }

  /** No daemon has changed its state for so long, and whoever was heard before the fault is heard again. */
  async #isAtRest(run: TestRun, restMs: number): Promise<boolean> {
    const states = await this.#statesOf(run)
    return states.every(({ instance, sinceMs }) => (sinceMs === undefined ? !run.heardBefore.has(instance) : sinceMs >= restMs))
  }

  /** May be called at any point, and again. Throws when it cannot be done now. */
  async #putRight(context: FaultContext, kind: FaultKind): Promise<void> {
    const { run, store } = context
    if (!run.row.isBroken) return
    const instance = await store.read((tx) => tx.get('instance', run.row.instance))
    // An instance that was deleted meanwhile has nothing to be put right.
    if (instance && instance.wanted !== 'deleted') {
      await kind.putRight(context, instance)
      // Who preempts takes the address back a moment later; that still belongs to this test, not to the next.
      const restMs = await this.#settleMsOf(run.row)
      await run.listen(() => this.#isAtRest(run, restMs), restMaxMs)
      await run.listen(() => isSteady(run.samples, 50, 500), 5_000)
    }
    await run.save({ isBroken: false })
  }
}
