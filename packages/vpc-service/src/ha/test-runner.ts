// Carries out tests of high availability: asks the address without pause, breaks something on purpose, measures, and puts right
// whatever was broken, also when a controller died in between.
import { between, type Instant, later, milliseconds, ok } from '@havip/base'
import { type HavipTest, type HavipTestId, isSteady, measureTest, type NetworkInterfaceId, type ProbeSample } from '@havip/vpc'
import type { Clock } from '../clock.ts'
import type { Duty, DutyParts } from '../duties.ts'
import type { Probe } from '../ports.ts'
import type { Caller, VpcService } from '../service.ts'
import { DaemonStatuses, routerOf } from './daemon-statuses.ts'
import { daemonCommand, signalDaemon, startDaemon } from './instance-scripts.ts'

const everyMs = 10
const timeoutMs = 250
/** A probe ends by itself after so long, whatever becomes of us; no test may take longer. */
const durationMs = 240_000
const readEveryMs = 100
const saveEveryMs = 1_000
/** How long somebody may take to answer before the fault, and after it. */
const beforeMaxMs = 8_000
const afterMaxMs = 60_000
/** Without anything more known, a backup may still be waiting for so long. */
const settleMinMs = 2_500
const putRightMaxMs = 60_000
/** A guard may start the daemon by itself; only then we do. */
const guardMs = 3_000

/** We do not lead any more: whoever does goes on from what is written down. */
class Replaced extends Error {}
/** Words for whoever asked for the test. */
class TestFault extends Error {}

export class HavipTestRunner implements Duty {
  readonly #parts: DutyParts & { readonly service: VpcService }
  readonly #daemons: DaemonStatuses
  readonly #jobs = new Map<HavipTestId, Promise<void>>()
  #looking: Promise<void> | undefined
  #isWoken = false
  #isFirst = true
  #isStopped = false

  constructor(parts: DutyParts & { readonly service: VpcService }) {
    this.#parts = parts
    this.#daemons = new DaemonStatuses(parts)
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
    await Promise.all(this.#jobs.values())
  }

  async #look(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      const found = await this.#parts.store.read((tx) => tx.find('havipTest', { is: { status: 'Running' } }))
      for (const { row } of found) {
        if (this.#jobs.has(row.id)) continue
        // What had begun in an earlier term was interrupted.
        const begun = row.phase !== 'Waiting' && this.#isFirst
        this.#jobs.set(
          row.id,
          this.#end(new Run(this.#parts, row, () => this.#isStopped), begun).finally(() => this.#jobs.delete(row.id)),
        )
      }
      this.#isFirst = false
    }
  }

  async #end(run: Run, isInterrupted: boolean): Promise<void> {
    let error = isInterrupted ? 'The controller was restarted during the test.' : ''
    try {
      if (!isInterrupted) error = await this.#perform(run)
    } catch (thrown) {
      if (thrown instanceof Replaced) return
      error = thrown instanceof TestFault ? thrown.message : 'The host does not answer.'
    }
    try {
      await this.#putRight(run)
      const isDone = error === '' || run.row.outageMs !== undefined
      await run.save({ status: isDone ? 'Finished' : 'Failed', phase: 'Done', error, finishedAt: this.#parts.clock.wallTime() }, true)
    } catch {
      // Replaced, or the store or the host is gone: the row stays as it is, and another term puts things right.
    } finally {
      await run.probe?.close().catch(() => undefined)
    }
  }

  /** Returns what went wrong though the test was done; empty: nothing. */
  async #perform(run: Run): Promise<string> {
    const { plane, clock } = this.#parts
    const { row } = run
    const target = await this.#targetOf(run)
    run.probe = await plane.probe({ ...target, port: 80, everyMs, timeoutMs, durationMs })
    await run.save({ phase: 'Listening before the fault' })
    if (!(await run.listen(() => isSteady(run.samples, 20, 300), beforeMaxMs)))
      throw new TestFault(
        `Nobody answers steadily at http://${target.address}/ before the fault: a web server has to run on the instances.`,
      )
    const settleMs = await this.#prepare(run)
    await run.listen(() => true, 0)
    const struckAtMs = Math.max(...run.samples.map(({ atMs }) => atMs))
    const struckAt = clock.now()
    await run.save({ phase: 'Broken', isBroken: true })
    await this.#strike(run)
    const isEffective = await this.#whenEffective(run)
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
    const reason = await this.#reasonOf(run, struckAt)
    await run.save(
      { phase: 'Putting right', outageMs: isBack ? outageMs : undefined, lost, before, after: isBack ? after : '', reason },
      true,
    )
    if (!isEffective) return `The fault could not be done to ${row.instance}.`
    return isBack ? '' : `Nobody answered steadily within ${afterMaxMs / 1000} s of the fault.`
  }

  /** Through the public address where there is one: what a client would see. */
  async #targetOf({ row }: Run) {
    const [eip] = await this.#parts.store.read((tx) => tx.find('eip', { is: { target: row.havip, status: 'InUse' } }, { limit: 1 }))
    return eip ? ({ from: 'internet', address: eip.row.address } as const) : ({ from: row.vpc, address: row.address } as const)
  }

  /** Notes how the daemon was started. Returns how long the others may take to be sure that the owner is gone. */
  async #prepare(run: Run): Promise<number> {
    const { row } = run
    const answer = await this.#daemons.of(row.instance, 0)
    const command = await daemonCommand(this.#parts.compute, row.instance)
    const needsDaemon = row.fault === 'stop-daemon' || row.fault === 'kill-daemon'
    if (needsDaemon && (answer.kind !== 'heard' || command.length === 0)) throw new TestFault(`No havip daemon runs on ${row.instance}.`)
    await run.save({ daemonCommand: command })
    const interval = answer.kind === 'heard' ? routerOf(answer.document, row.address)?.advertIntervalMs : undefined
    return Math.max(settleMinMs, 4 * (interval ?? 1_000) + 500)
  }

  async #strike({ row, caller }: Run): Promise<void> {
    const { service, plane, compute } = this.#parts
    switch (row.fault) {
      case 'stop-instance':
      case 'power-loss': {
        const stopped = await service.stopInstance(caller, { instance: row.instance, force: row.fault === 'power-loss' })
        if (!stopped.ok) throw new TestFault(stopped.fault.message)
        return
      }
      case 'cut-link':
        return plane.setCable(row.vpc, await this.#portOf(row), false)
      case 'stop-daemon':
        return signalDaemon(compute, row.instance, 'TERM')
      case 'kill-daemon':
        return signalDaemon(compute, row.instance, 'KILL')
    }
  }

  async #whenEffective(run: Run): Promise<boolean> {
    const { row } = run
    if (row.fault !== 'stop-instance' && row.fault !== 'power-loss') return true
    let status = ''
    const look = async (): Promise<boolean> => {
      status = (await this.#parts.store.read((tx) => tx.get('instance', row.instance)))?.status ?? ''
      return status === 'Stopped'
    }
    return run.listen(look, afterMaxMs)
  }

  async #portOf(row: HavipTest): Promise<NetworkInterfaceId> {
    const instance = await this.#parts.store.read((tx) => tx.get('instance', row.instance))
    if (!instance) throw new TestFault(`The instance ${row.instance} is gone.`)
    return instance.networkInterface
  }

  /** In the words of the daemon that has the address now. */
  async #reasonOf({ row }: Run, struckAt: Instant): Promise<string> {
    const havip = await this.#parts.store.read((tx) => tx.get('havip', row.havip))
    for (const instance of havip?.instances ?? []) {
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

  /** May be called at any point, and again. Throws when it cannot be done now. */
  async #putRight(run: Run): Promise<void> {
    const { row } = run
    if (!row.isBroken) return
    const instance = await this.#parts.store.read((tx) => tx.get('instance', row.instance))
    // An instance that was deleted meanwhile has nothing to be put right.
    if (instance && instance.wanted !== 'deleted') {
      if (row.fault === 'cut-link') await this.#parts.plane.setCable(row.vpc, instance.networkInterface, true)
      else if (row.fault === 'stop-instance' || row.fault === 'power-loss') await this.#startInstance(run)
      await this.#startDaemon(run)
      await run.listen(() => isSteady(run.samples, 50, 500), 5_000)
    }
    await run.save({ isBroken: false })
  }

  async #startInstance(run: Run): Promise<void> {
    const { store, service } = this.#parts
    const { row, caller } = run
    const isRunning = async (): Promise<boolean> => {
      const instance = await store.read((tx) => tx.get('instance', row.instance))
      if (!instance || instance.wanted === 'deleted' || instance.status === 'Running') return true
      if (instance.status === 'Stopped') await service.startInstance(caller, { instance: row.instance })
      return false
    }
    await run.listen(isRunning, putRightMaxMs)
  }

  /** An instance starts its daemon at boot; what was stopped by itself is started as it was. */
  async #startDaemon(run: Run): Promise<void> {
    const { row } = run
    if (row.daemonCommand.length === 0) return
    const { clock, compute } = this.#parts
    const since = clock.now()
    let isStarted = false
    const isHeard = async (): Promise<boolean> => {
      if ((await this.#daemons.of(row.instance, 0)).kind === 'heard') return true
      if (!isStarted && between(since, clock.now()) >= guardMs) {
        isStarted = true
        await startDaemon(compute, row.instance, row.daemonCommand)
      }
      return false
    }
    await run.listen(isHeard, putRightMaxMs)
  }
}

/** One test while it is carried out. */
class Run {
  row: HavipTest
  probe: Probe | undefined
  readonly samples: ProbeSample[]
  readonly caller: Caller
  readonly #parts: DutyParts
  readonly #isReplaced: () => boolean
  #savedAt: Instant

  constructor(parts: DutyParts, row: HavipTest, isReplaced: () => boolean) {
    this.#parts = parts
    this.row = row
    this.samples = [...row.samples]
    this.#isReplaced = isReplaced
    this.#savedAt = parts.clock.now()
    const { account, region } = row
    this.caller = { account, region, kind: 'operator', name: 'high-availability test', from: '', requestId: row.id }
  }

  /** @param whole with everything heard so far. */
  async save(change: Partial<HavipTest>, whole = false): Promise<void> {
    if (this.#isReplaced()) throw new Replaced()
    this.row = { ...this.row, ...change, ...(whole && { samples: [...this.samples].sort((a, b) => a.atMs - b.atMs) }) }
    const { row } = this
    await this.#parts.store.write(async (tx) => {
      await tx.update('havipTest', row)
      if (change.status !== undefined) await tx.appendEvent(eventOf(row))
      return ok(undefined)
    })
  }

  /** Reads the probe until it is so; false when it isn't in time. */
  async listen(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const { clock } = this.#parts
    const end = later(clock.now(), milliseconds(limitMs))
    for (;;) {
      if (this.#isReplaced()) throw new Replaced()
      if (this.probe) this.samples.push(...(await this.probe.read()).samples)
      if (this.probe && between(this.#savedAt, clock.now()) >= saveEveryMs) {
        this.#savedAt = clock.now()
        await this.save({}, true)
      }
      if (await isSo()) return true
      if (clock.now() >= end) return false
      await pause(clock, readEveryMs)
    }
  }
}

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.setTimer(later(clock.now(), milliseconds(ms)), resolve))

function eventOf(row: HavipTest) {
  const outage =
    row.outageMs === undefined ? 'no answer any more' : `${Math.round(row.outageMs)} ms without an answer, ${row.lost} requests lost`
  const text =
    row.status === 'Finished'
      ? `Test of HaVip ${row.havip} (${row.fault} on ${row.instance}): ${outage}; ${row.before || 'nobody'} before, ${row.after || 'nobody'} after.`
      : `Test of HaVip ${row.havip} (${row.fault} on ${row.instance}) failed: ${row.error}`
  const detail = { test: row.id, fault: row.fault, status: row.status, instance: row.instance, outageMs: String(row.outageMs ?? '') }
  return {
    at: row.finishedAt ?? row.createdAt,
    account: row.account,
    kind: 'test',
    resource: { type: 'havip', id: row.havip },
    text,
    detail,
  } as const
}
