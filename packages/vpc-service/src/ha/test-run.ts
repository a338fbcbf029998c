// One test of high availability while it is carried out: its row, its probe, and everything heard so far.
import { between, type Instant, later, milliseconds, ok } from '@havip/base'
import type { HavipTest, ProbeSample } from '@havip/vpc'
import type { Clock } from '../clock.ts'
import type { DutyParts } from '../duties.ts'
import type { Probe } from '../ports.ts'
import type { Caller } from '../service.ts'

const readEveryMs = 100
const saveEveryMs = 1_000

/** We do not lead any more: whoever does goes on from what is written down. */
export class Replaced extends Error {}
/** Words for whoever asked for the test. */
export class TestFault extends Error {}

export class TestRun {
  row: HavipTest
  probe: Probe | undefined
  readonly samples: ProbeSample[]
  /** Instances whose daemon answered before the fault; empty after a controller's death. */
  readonly heardBefore = new Set<string>()
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
