// The control plane and the host daemon killed at any moment and started again: traffic goes on, the world converges, and
// after the wipe nothing is left.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Cloud, cloud, dig } from '../../tools/lab/cloud.ts'
import { network, webServer } from '../../tools/lab/ha-scene.ts'
import { mark, startProber } from '../../tools/lab/prober.ts'
import { must, run, sleep, until } from '../../tools/lab/processes.ts'
import { needsRoot } from '../../tools/lab/segment.ts'
import { createWorld, type World, wipeWorld } from '../../tools/lab/world.ts'

type Scene = {
  readonly cloud: Cloud
  readonly vswitch: string
  readonly group: string
  readonly instance: string
  readonly havip: string
  readonly eipAddress: string
}

/** It has the HaVip's address by itself: nothing here is about who takes it over. */
const ownHavip = 'ip address add 192.168.0.88/32 dev eth0\\n'

async function furnish(world: World): Promise<Scene> {
  const api = cloud(world.client)
  const { vpc, vswitch } = await network(api)
  const group = await api.createSecurityGroup(vpc)
  const instance = await api.runInstance(vswitch, group, 'web', '192.168.0.209', webServer('web', 'listen 80;', ownHavip))
  await api.waitForInstance(instance, 'Running')
  const { id: havip } = await api.createHavip(vswitch, '192.168.0.88', 'h')
  await api.bindInstance(havip, instance)
  const eip = await api.vpc('AllocateEipAddress')
  await api.bindEip(dig<string>(eip, 'AllocationId'), havip)
  return { cloud: api, vswitch, group, instance, havip, eipAddress: dig<string>(eip, 'EipAddress') }
}

/** Everything of this prefix that the machine still has. */
async function leftovers(prefix: string): Promise<string[]> {
  const namespaces = (await must(['ip', 'netns', 'list'])).split('\n').filter((line) => line.startsWith(prefix))
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(prefix))
  const processes = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false
    try {
      return readFileSync(join('/proc', name, 'cmdline'), 'utf8').includes(prefix)
    } catch {
      return false
    }
  })
  const links = (await run(['ip', '-brief', 'link'])).output.split('\n').filter((line) => line.includes(prefix))
  return [...namespaces, ...mounts, ...processes.map((pid) => `process ${pid}`), ...links]
}

test('hostd and controller killed with SIGKILL: no request is lost, what was asked meanwhile is done, and nothing is left', {
  skip: needsRoot,
  timeout: 180_000,
}, async () => {
  const prefix = `hvt${randomBytes(3).toString('hex')}-`
  const state = `/var/lib/havip/${prefix}world`
  const world = await createWorld({ prefix, state })
  try {
    const scene = await furnish(world)
    const prober = startProber(world, `http://${scene.eipAddress}/`, 5)
    await prober.waitFor('web', mark(), 10_000)
    const quiet = mark()

    world.hostd().kill('SIGKILL')
    // Asked while nobody can carry it out: acknowledged, so it has to happen later.
    const second = await scene.cloud.runInstance(scene.vswitch, scene.group, 'later', '192.168.0.210', '')
    await sleep(300)
    await world.restartHostd()
    await scene.cloud.waitForInstance(second, 'Running')

    world.controller().kill('SIGKILL')
    await until('the controller is gone', () => (world.controller().isRunning() ? undefined : true))
    await world.restartController()
    await scene.cloud.waitForInstance(scene.instance, 'Running')
    await scene.cloud.waitForOwner(scene.havip, scene.instance)

    world.controller().kill('SIGKILL')
    world.hostd().kill('SIGKILL')
    await sleep(200)
    await world.restartHostd()
    await world.restartController()
    await scene.cloud.ecs('DeleteInstance', { InstanceId: second, Force: 'true' })
    await until('the second instance is gone', async () =>
      dig<unknown[]>(await scene.cloud.ecs('DescribeInstances', { InstanceIds: JSON.stringify([second]) }), 'Instances', 'Instance')
        .length === 0
        ? true
        : undefined,
    )

    const results = prober.since(quiet)
    await prober.stop()
    assert(results.length > 100, `only ${results.length} requests`)
    assert.deepEqual(
      results.filter((result) => result.outcome !== 'answered'),
      [],
    )
  } finally {
    await world.destroy()
  }
  assert.deepEqual(await leftovers(prefix), [])
})

test('every process killed with SIGKILL, then the wipe: no namespace, mount, process or folder is left', {
  skip: needsRoot,
  timeout: 120_000,
}, async () => {
  const prefix = `hvt${randomBytes(3).toString('hex')}-`
  const state = `/var/lib/havip/${prefix}world`
  const world = await createWorld({ prefix, state })
  try {
    await furnish(world)
    world.controller().kill('SIGKILL')
    world.hostd().kill('SIGKILL')
  } finally {
    await wipeWorld(prefix, state)
  }
  assert.deepEqual(await leftovers(prefix), [])
  assert.equal((await run(['test', '-e', state])).status, 1)
})
