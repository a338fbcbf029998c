// Two controllers on one PostgreSQL and one host: each serves, one reconciles, and nothing that was acknowledged is lost when
// controllers and the database are killed under a client that goes on writing.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { serve } from '@havip/plane-linux'
import { startPostgres } from '@havip/store-sql/testing'
import { FakeCompute, FakePlane } from '@havip/vpc-service/testing'
import { type Spawned, sleep, spawnController, until } from '../test/spawned.ts'

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: several controllers on PostgreSQL were not tested: ${skip}`)

async function world(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'havip-several-'))
  const plane = new FakePlane()
  const socketPath = join(folder, 'hostd.sock')
  const options = { socketPath, uid: process.getuid?.() ?? 0, gid: undefined, log: () => undefined }
  const hostd = await serve({ ...options, dataPlane: plane, compute: new FakeCompute() })
  const running: ChildProcess[] = []
  context.after(async () => {
    for (const child of running) child.kill('SIGKILL')
    await hostd.close()
    if (typeof server !== 'string') await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = async (name: string): Promise<Spawned> => {
    const database = typeof server === 'string' ? '' : server.url
    const controller = await spawnController({ data: join(folder, name), keys: join(folder, 'one'), hostd: socketPath, database })
    running.push(controller.child)
    return controller
  }
  return { plane, start }
}

const leads = async ({ endpoint }: Spawned): Promise<boolean> =>
  ((await (await fetch(`${endpoint}/healthz`)).json()) as { leads: boolean }).leads

/** Creates VPCs without pause, at whichever controllers there are; remembers what was acknowledged. */
function writer(controllers: () => readonly Spawned[]) {
  const acknowledged: string[] = []
  let isStopped = false
  let failures = 0
  const lane = async (number: number): Promise<void> => {
    for (let turn = number; !isStopped; turn++) {
      const all = controllers()
      const controller = all[turn % all.length]
      const answer = await controller?.call('CreateVpc', { CidrBlock: '10.0.0.0/16', VpcName: `v${turn}` }).catch(() => undefined)
      if (answer?.VpcId) acknowledged.push(answer.VpcId)
      else {
        failures++
        await sleep(20)
      }
      const oldest = acknowledged.length > 3 ? acknowledged[0] : undefined
      // Never near the limit of VPCs; what is deleted is not expected any more, acknowledged or not.
      if (oldest) {
        acknowledged.shift()
        await controller?.call('DeleteVpc', { VpcId: oldest }).catch(() => undefined)
      }
    }
  }
  const lanes = [lane(0), lane(1)]
  return {
    acknowledged,
    failures: () => failures,
    stop: async () => {
      isStopped = true
      await Promise.all(lanes)
    },
  }
}

test('controllers and the database are killed under a writing client: nothing acknowledged is lost, one reconciles', {
  skip,
  timeout: 120_000,
}, async (context) => {
  if (typeof server === 'string') return
  const { plane, start } = await world(context)
  let controllers = [await start('one'), await start('two')]
  const leader = () =>
    until('one of them leads', 20_000, async () => {
      const claims = await Promise.all(controllers.map(leads))
      const found = controllers.filter((_, at) => claims[at])
      assert.ok(found.length <= 1, 'two lead at once')
      return found[0]
    })
  const first = await leader()
  const other = controllers.find((one) => one !== first)

  // A write at the one that does not lead reaches the plane by the one that does, soon.
  const begun = performance.now()
  const made = await other?.call('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  await until('the network is there', 20_000, async () => plane.index.networks.get(made?.VpcId ?? ''))
  context.diagnostic(`a write at the follower reached the plane in ${Math.round(performance.now() - begun)} ms`)
  await first.call('DeleteVpc', { VpcId: made?.VpcId })

  const client = writer(() => controllers)
  for (let round = 0; round < 3; round++) {
    await sleep(300 + 130 * round)
    const dying = await leader()
    dying.child.kill('SIGKILL')
    const killedAt = performance.now()
    controllers = controllers.filter((one) => one !== dying)
    await leader()
    context.diagnostic(`takeover ${Math.round(performance.now() - killedAt)} ms`)
    controllers = [...controllers, await start(`again-${round}`)]
    await server.restart(round % 2 ? 'crash' : 'fast')
    await leader()
  }
  await sleep(300)
  await client.stop()
  assert.ok(client.acknowledged.length > 0)

  const list = async (): Promise<string[]> => {
    const answer = (await controllers[0]?.call('DescribeVpcs', { PageSize: 50 })) as never as { Vpcs: { Vpc: { VpcId: string }[] } }
    return answer.Vpcs.Vpc.map(({ VpcId }) => VpcId)
  }
  const there = await list()
  assert.deepEqual(
    client.acknowledged.filter((id) => !there.includes(id)),
    [],
  )
  // And all of it is what the plane has, of one installation.
  await until('the plane is as the rows say', 35_000, async () => {
    const wanted = (await list()).sort()
    const have = [...plane.index.networks.keys()].sort()
    return JSON.stringify(wanted) === JSON.stringify(have) ? true : undefined
  })
  assert.ok((plane.obeys?.term ?? 0) >= 4)
})
