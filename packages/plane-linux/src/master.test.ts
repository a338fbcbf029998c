// Whom a host obeys: kept over restarts, and asked before every change.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { InstanceId } from '@havip/vpc'
import { FakeCompute, FakePlane } from '@havip/vpc-service/testing'
import { connectHostd } from './client.ts'
import { MasterFile } from './master-file.ts'
import { serve } from './server.ts'

function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'havip-master-'))
  context.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}
const one = { installation: 'inst-one', term: 3 }
const two = { installation: 'inst-two', term: 1 }
const faultless = { name: 'PlaneError' }

test('the first who comes is obeyed, after a restart too', (context) => {
  const path = join(folder(context), 'deep', 'master.json')
  new MasterFile(path).take(one, false)
  assert.deepEqual(new MasterFile(path).claim, one)
  assert.throws(() => new MasterFile(path).take(two, false), faultless)
  new MasterFile(path).take(two, true)
  assert.deepEqual(new MasterFile(path).claim, two)
})

test('terms of one installation only grow', (context) => {
  const file = new MasterFile(join(folder(context), 'master.json'))
  file.take(one, false)
  assert.throws(() => file.take({ ...one, term: 2 }, false), faultless)
  assert.throws(() => file.take({ ...one, term: 2 }, true), faultless)
  file.take({ ...one, term: 4 }, false)
  assert.equal(file.claim?.term, 4)
})

test('a file that cannot be read is no free host', (context) => {
  const path = join(folder(context), 'master.json')
  writeFileSync(path, '{"installation":7}')
  assert.throws(() => new MasterFile(path), /does not say whom/)
})

test('a controller that was replaced changes nothing any more, on its old connection and on new ones', async (context) => {
  const socketPath = join(folder(context), 'hostd.sock')
  const [dataPlane, compute] = [new FakePlane(), new FakeCompute()]
  const options = { socketPath, uid: process.getuid?.() ?? 0, gid: undefined, dataPlane, compute, log: () => undefined }
  let server = await serve(options)
  const [old, young] = [connectHostd(socketPath), connectHostd(socketPath)]
  context.after(async () => {
    old.close()
    young.close()
    await server.close()
  })
  const stop = (client: typeof old) => client.compute.stop('i-one' as InstanceId, true)
  assert.equal(await old.dataPlane.master(), undefined)
  await old.dataPlane.claim(one, false)
  await stop(old)
  await young.dataPlane.claim({ ...one, term: 4 }, false)
  await stop(young)
  await assert.rejects(stop(old), { name: 'PlaneError', clientText: 'Another controller has taken over.' })
  assert.deepEqual(await old.dataPlane.master(), { ...one, term: 4 }, 'reading goes on')

  await server.close()
  server = await serve(options)
  // The lost connection is noticed at the first use.
  for (const client of [old, young]) await client.compute.list().catch(() => undefined)
  await stop(young)
  await assert.rejects(stop(old), { clientText: 'Another controller has taken over.' })
  assert.equal(compute.calls.length, 3)
})
