// The controller is killed at any moment under a client that writes down what was acknowledged: after each start all of that is
// there, nothing that was refused is, a repeated ClientToken makes nothing twice, and the data plane becomes what the rows say.
// KILLS sets how often (4 in `make test`), SEED which moments.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Random, seededRandom } from '@havip/base'
import { serve } from '@havip/plane-linux'
import { startPostgres } from '@havip/store-sql/testing'
import { FakeCompute, FakePlane } from '@havip/vpc-service/testing'
import { type Answer, type Spawned, sleep, spawnController, until } from '../test/spawned.ts'

const kills = Number(process.env.KILLS ?? 4)
const seed = Number(process.env.SEED ?? 1)

/** What may be so: a call that got no answer may have happened or not. */
type Known = { names: Set<string>; mayBeGone: boolean; mustBeGone: boolean }

/** A client with its own idea of the world, made of answers only. */
class Client {
  readonly havips = new Map<string, Known>()
  /** ClientToken of creations that got no answer. */
  readonly unanswered = new Map<string, string>()
  acknowledged = 0
  #count = 0
  #isStopped = false
  readonly #vswitch: string
  readonly #random: Random
  /** One call at a time for each. */
  readonly #busy = new Set<string>()

  constructor(vswitch: string, random: Random) {
    this.#vswitch = vswitch
    this.#random = random
  }

  /** Writes until it is stopped or nobody answers any more. */
  async run(controller: Spawned): Promise<void> {
    this.#isStopped = false
    await Promise.all([this.#lane(controller), this.#lane(controller), this.#lane(controller)])
  }

  stop(): void {
    this.#isStopped = true
  }

  async #lane(controller: Spawned): Promise<void> {
    while (!this.#isStopped) {
      const known = [...this.havips].filter(([id, { mustBeGone, mayBeGone }]) => !mustBeGone && !mayBeGone && !this.#busy.has(id))
      const [id, state] = known[Math.floor(this.#random.next() * known.length)] ?? []
      const dice = this.#random.next()
      if (id) this.#busy.add(id)
      try {
        if (!id || !state || (dice < 0.5 && known.length < 60)) await this.#create(controller)
        else if (dice < 0.8) await this.#rename(controller, id, state)
        else await this.#remove(controller, id, state)
      } catch {
        // No answer: the process is gone. What is left open was noted before the call.
        return
      } finally {
        if (id) this.#busy.delete(id)
      }
    }
  }

  async #create(controller: Spawned): Promise<void> {
    const name = `n${++this.#count}`
    const token = `token-${seed}-${name}`
    this.unanswered.set(token, name)
    const { HaVipId } = await controller.call('CreateHaVip', { VSwitchId: this.#vswitch, Name: name, ClientToken: token })
    this.unanswered.delete(token)
    this.havips.set(HaVipId, { names: new Set([name]), mayBeGone: false, mustBeGone: false })
    this.acknowledged++
  }

  async #rename(controller: Spawned, id: string, state: Known): Promise<void> {
    const name = `r${++this.#count}`
    const before = state.names
    state.names = new Set([...before, name])
    const isRenamed = await isDone(controller.call('ModifyHaVipAttribute', { HaVipId: id, Name: name }))
    state.names = isRenamed ? new Set([name]) : before
    if (isRenamed) this.acknowledged++
  }

  async #remove(controller: Spawned, id: string, state: Known): Promise<void> {
    state.mayBeGone = true
    if (await isDone(controller.call('DeleteHaVip', { HaVipId: id }))) {
      state.mustBeGone = true
      this.acknowledged++
    } else state.mayBeGone = false
  }

  /** Compares with what the store says now; what was open is then known. */
  check(rows: readonly Answer[]): void {
    const found = new Map(rows.map((row) => [row.HaVipId as string, row]))
    for (const [id, state] of this.havips) {
      const row = found.get(id)
      const isThere = row !== undefined && row.Status !== 'Deleting'
      if (state.mustBeGone) assert.ok(!isThere, `${id} was deleted, and is ${row?.Status}`)
      else if (!state.mayBeGone) assert.ok(isThere, `${id} was acknowledged, and is gone`)
      if (!isThere) this.havips.delete(id)
      else {
        assert.ok(state.names.has(row.Name), `${id} is called ${row.Name}, not ${[...state.names].join(' or ')}`)
        this.havips.set(id, { names: new Set([row.Name]), mayBeGone: false, mustBeGone: false })
      }
    }
  }
}

/** False: refused. An exception: no answer. */
async function isDone(answer: Promise<Answer>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string' && (error as { data?: { RequestId?: string } }).data?.RequestId) return false
    throw error
  }
}

async function list(controller: Spawned): Promise<Answer[]> {
  const rows: Answer[] = []
  for (let number = 1; ; number++) {
    const { HaVips } = await controller.call('DescribeHaVips', { PageSize: 50, PageNumber: number })
    rows.push(...HaVips.HaVip)
    if (HaVips.HaVip.length < 50) return rows
  }
}

async function killAgainAndAgain(context: TestContext, database: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'havip-killed-'))
  const plane = new FakePlane()
  const hostdSocket = join(folder, 'hostd.sock')
  const hostd = await serve({
    socketPath: hostdSocket,
    uid: process.getuid?.() ?? 0,
    gid: undefined,
    log: () => undefined,
    dataPlane: plane,
    compute: new FakeCompute(),
  })
  let running: Spawned | undefined
  context.after(async () => {
    running?.child.kill('SIGKILL')
    await hostd.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const data = join(folder, 'data')
  const start = async (): Promise<Spawned> => {
    running = await spawnController({ data, keys: data, hostd: hostdSocket, ...(database !== undefined && { database }) })
    return running
  }
  const random = seededRandom(seed)
  let controller = await start()
  await controller.call('CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    DesireValue: 1,
    Reason: 'test',
  })
  const { VpcId } = await controller.call('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const { VSwitchId } = await until('the vSwitch is made', 10_000, () =>
    controller.call('CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '10.0.0.0/22' }),
  )
  await until('the vSwitch is there', 10_000, async () => plane.index.switches.get(VSwitchId))
  const client = new Client(VSwitchId, random)

  for (let round = 0; round < kills; round++) {
    const enough = client.acknowledged + random.integer(1, 25)
    const writing = client.run(controller)
    await until('writes are acknowledged', 20_000, async () => (client.acknowledged >= enough ? true : undefined))
    await sleep(random.next() * 30)
    const gone = new Promise((resolve) => controller.child.once('exit', resolve))
    controller.child.kill('SIGKILL')
    client.stop()
    await writing
    await gone
    controller = await start()
    const rows = await list(controller)
    client.check(rows)
    // The same token again: the one that was made before, or a new one; never two.
    for (const [token, name] of client.unanswered) {
      const made = rows.filter((row) => row.Name === name)
      const again = await controller.call('CreateHaVip', { VSwitchId, Name: name, ClientToken: token })
      if (made.length > 0) assert.deepEqual([made.length, again.HaVipId], [1, made[0].HaVipId])
      client.havips.set(again.HaVipId, { names: new Set([name]), mayBeGone: false, mustBeGone: false })
    }
    client.unanswered.clear()
  }
  context.diagnostic(`${client.acknowledged} acknowledged writes, ${kills} kills`)
  // And in the end the plane has what the rows say, all of it settled.
  await until('the plane is as the rows say', 60_000, async () => {
    const rows = await list(controller)
    const isSettled = rows.every((row) => row.Status === 'Available')
    const wanted = rows.map((row) => row.HaVipId as string).sort()
    return isSettled && JSON.stringify(wanted) === JSON.stringify([...plane.index.havips.keys()].sort()) ? true : undefined
  })
  client.check(await list(controller))
}

test(
  'killed at any moment on SQLite, no acknowledged write is lost and none is made twice',
  { timeout: 60_000 + kills * 20_000 },
  (context) => killAgainAndAgain(context, undefined),
)

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: the controller was not killed on PostgreSQL: ${skip}`)
test('the same on PostgreSQL', { skip, timeout: 60_000 + kills * 20_000 }, async (context) => {
  if (typeof server === 'string') return
  context.after(() => server.stop())
  await killAgainAndAgain(context, server.url)
})
