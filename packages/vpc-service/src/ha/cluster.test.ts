// High availability in one call, over fakes and with the real scripts in folders that stand for the instances: every step twice,
// each made to fail in turn, and nothing left over.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Ipv4, Ipv6 } from '@havip/base'
import type { HavipCluster, HavipClusterId, InstanceId } from '@havip/vpc'
import type { CommandResult } from '../ports.ts'
import { codeOf, must, operator, type Rig, rig, type Scene, testClaim, tutorial, wholePage } from '../testing/rig.ts'
import { configurationOf, findingsOf } from './cluster-files.ts'
import { HavipClusterRunner } from './cluster-runner.ts'
import { type ClusterStep, clusterSteps } from './cluster-steps.ts'

const havipAddress = '192.168.0.90'
const before = '# what was here before\n'

type Stage = { readonly all: Rig; readonly scene: Scene; readonly folders: Map<InstanceId, string>; runner: HavipClusterRunner }

const fakeDaemon = (folder: string): string => `#!/bin/sh
[ "$1" = -t ] && exit 0
echo $$ > ${folder}/run/keepalived.pid
exec sleep 60
`

/** The tutorial's instances; the second one has a configuration of its own already. Its own HaVip plays no part. */
async function stage(context: TestContext, steps?: readonly ClusterStep[]): Promise<Stage> {
  const all = rig()
  const scene = await tutorial(all)
  const base = mkdtempSync(join(tmpdir(), 'havip-cluster-'))
  const folders = new Map(scene.instances.map((instance) => [instance, join(base, instance)]))
  for (const folder of folders.values()) {
    for (const name of ['etc', 'run', 'opt/havip/bin', 'var/log']) mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, 'opt/havip/bin/havipd'), fakeDaemon(folder))
    chmodSync(join(folder, 'opt/havip/bin/havipd'), 0o755)
  }
  const second = folders.get(scene.instances[1]) ?? ''
  mkdirSync(join(second, 'etc/keepalived'))
  writeFileSync(join(second, 'etc/keepalived/keepalived.conf'), before)
  all.compute.answers = (instance, script) => answer(folders, instance, script)
  context.after(() => {
    for (const folder of folders.values()) if (isDaemonUp(folder)) process.kill(pidOf(folder), 'SIGKILL')
    rmSync(base, { recursive: true, force: true })
  })
  return { all, scene, folders, runner: newRunner(all, steps) }
}

const newRunner = ({ store, plane, compute, clock, service }: Rig, steps?: readonly ClusterStep[]) =>
  new HavipClusterRunner({ store, plane, compute, clock, claim: testClaim, service, ...(steps && { steps }) })

const pidOf = (folder: string): number => {
  const file = join(folder, 'run/keepalived.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
}
/** A dead one that nobody has waited for doesn't count. */
function isDaemonUp(folder: string): boolean {
  const stat = `/proc/${pidOf(folder)}/stat`
  if (!existsSync(stat)) return false
  const state = readFileSync(stat, 'utf8').split(') ')[1]?.[0]
  return state !== 'Z'
}

const inFolder = (text: string, folder: string): string => text.replaceAll(/(?<![\w.])\/(etc|run|opt|var)\//g, `${folder}/$1/`)

function answer(folders: ReadonlyMap<InstanceId, string>, instance: InstanceId, script: string): CommandResult {
  const folder = folders.get(instance) ?? ''
  if (script.includes('havipd.sock')) {
    const isFirst = [...folders.keys()][0] === instance
    const addresses = [{ address: havipAddress, present: isFirst }]
    const status = { instances: [{ state: isFirst ? 'master' : 'backup', addresses }] }
    return isDaemonUp(folder)
      ? { kind: 'exited', status: 0, output: JSON.stringify({ ok: true, status }), truncated: false }
      : { kind: 'exited', status: 3, output: '', truncated: false }
  }
  const done = spawnSync('/bin/sh', ['-c', inFolder(script, folder)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const starter = join(folder, 'etc/havip/start-daemon')
  if (existsSync(starter) && !readFileSync(starter, 'utf8').includes(folder))
    writeFileSync(starter, inFolder(readFileSync(starter, 'utf8'), folder))
  // The fake daemon is not there the moment it is started, as the real one isn't.
  if (script.includes('then exit 0') && done.status === 0) execFileSync('sleep', ['0.05'])
  return { kind: 'exited', status: done.status ?? 255, output: done.stdout + done.stderr, truncated: false }
}

async function play({ all, runner }: Stage, turns = 3_000): Promise<void> {
  let isIdle = false
  runner.wake()
  void runner.idle().then(() => {
    isIdle = true
  })
  for (let turn = 0; turn < turns && !isIdle; turn++) {
    await all.settle()
    all.clock.advance(250)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function create(at: Stage, more: { bandwidth?: number } = {}): Promise<HavipClusterId> {
  const { vswitch, instances } = at.scene
  const input = { vswitch, instances, address: havipAddress, name: 'web', ...more }
  return (await must(at.all.service.createHavipCluster(operator, input))).cluster
}
async function clusterOf({ all }: Stage, cluster: string): Promise<HavipCluster | undefined> {
  return (await must(all.service.describeHavipClusters(operator, { cluster, paging: wholePage }))).items[0]
}

const filesBelow = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort()

/** Nothing of a set-up is anywhere: no row, no address taken, no file, no daemon; what was there before is there. */
async function assertNothingLeft({ all, scene, folders }: Stage): Promise<void> {
  const havips = await all.store.read((tx) => tx.find('havip', {}))
  assert.deepEqual(
    havips.map(({ row }) => row.id),
    [scene.havip],
  )
  assert.equal(await all.store.read((tx) => tx.count('eip', {})), 0)
  const taken = await all.store.read((tx) => tx.countAddresses([scene.vswitch, 'eip-pool']))
  assert.deepEqual([taken.get(scene.vswitch), taken.get('eip-pool')], [3, 0])
  const [first = '', second = ''] = [...folders.values()]
  assert.deepEqual(filesBelow(join(first, 'etc')), [])
  assert.deepEqual(filesBelow(join(second, 'etc')), ['keepalived', 'keepalived/keepalived.conf'])
  assert.equal(readFileSync(join(second, 'etc/keepalived/keepalived.conf'), 'utf8'), before)
  for (const folder of folders.values()) assert.equal(isDaemonUp(folder), false)
  assert.equal(all.plane.index.eips.size, 0)
}

async function assertWorks(at: Stage, id: string): Promise<void> {
  const cluster = await clusterOf(at, id)
  assert.deepEqual([cluster?.status, cluster?.problem], ['Active', ''])
  const view = (await must(at.all.service.describeHavips(operator, { paging: wholePage }))).items.find((one) => one.id === cluster?.havip)
  assert.deepEqual(view?.instances, at.scene.instances)
  assert.equal(view?.address, havipAddress)
  assert.deepEqual(view?.eips, [cluster?.eipAddress])
  for (const folder of at.folders.values()) {
    assert.ok(isDaemonUp(folder))
    assert.match(readFileSync(join(folder, 'etc/rc.local'), 'utf8'), /^#!\/bin\/sh\n\S*start-daemon # havip set-up hacl-/)
    assert.match(readFileSync(join(folder, 'etc/keepalived/keepalived.conf'), 'utf8'), /virtual_ipaddress \{\s+192\.168\.0\.90/)
  }
}

test('one call: address, both daemons, bindings, public address; one more, and all of it is gone', async (context) => {
  const at = await stage(context)
  const id = await create(at)
  await play(at)
  await assertWorks(at, id)
  await must(at.all.service.deleteHavipCluster(operator, { cluster: id }))
  await play(at)
  assert.equal(await clusterOf(at, id), undefined)
  await assertNothingLeft(at)
})

test('every step may be done twice, and undone twice', async (context) => {
  const twice = clusterSteps.map(
    (step): ClusterStep => ({
      name: step.name,
      perform: async (of) => {
        await step.perform(of)
        await step.perform(of)
      },
      undo: async (of) => {
        await step.undo(of)
        await step.undo(of)
      },
    }),
  )
  const at = await stage(context, twice)
  const id = await create(at)
  await play(at)
  await assertWorks(at, id)
  await must(at.all.service.deleteHavipCluster(operator, { cluster: id }))
  await play(at)
  await assertNothingLeft(at)
})

for (const [index, failing] of clusterSteps.entries()) {
  for (const when of ['before', 'after'] as const) {
    test(`it cannot ${failing.name} (it fails ${when} it is done): everything is undone, and says why`, async (context) => {
      const steps = clusterSteps.map((step, at): ClusterStep => {
        if (at !== index) return step
        const perform: ClusterStep['perform'] = async (of) => {
          if (when === 'after') await step.perform(of)
          throw new Error('as told')
        }
        return { ...step, perform }
      })
      const at = await stage(context, steps)
      const id = await create(at)
      await play(at)
      const cluster = await clusterOf(at, id)
      assert.equal(cluster?.status, 'Failed')
      assert.equal(cluster?.problem, `Could not ${failing.name}: the host does not answer.`)
      await assertNothingLeft(at)
      await must(at.all.service.deleteHavipCluster(operator, { cluster: id }))
      await play(at)
      assert.equal(await clusterOf(at, id), undefined)
      await assertNothingLeft(at)
    })
  }
}

test('the controller dies at any step, its work not written down: the next one completes it', async (context) => {
  for (const [index] of clusterSteps.entries()) {
    let isDead = false
    const never = new Promise<never>(() => undefined)
    const steps = clusterSteps.map((step, at): ClusterStep => {
      const perform: ClusterStep['perform'] = async (of) => {
        // What was found out is lost with the process.
        await step.perform(at === index ? { ...of, save: async () => undefined, until: async () => undefined } : of)
        if (at !== index) return
        isDead = true
        await never
      }
      return { ...step, perform }
    })
    const at = await stage(context, steps)
    const id = await create(at)
    at.runner.wake()
    for (let turn = 0; turn < 500 && !isDead; turn++) {
      await at.all.settle()
      at.all.clock.advance(250)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(isDead)
    at.runner = newRunner(at.all)
    await play(at)
    await assertWorks(at, id)
  }
})

test('an instance with a daemon of somebody else’s is left as it is', async (context) => {
  const at = await stage(context)
  const second = at.folders.get(at.scene.instances[1]) ?? ''
  spawnSync('/bin/sh', ['-c', `setsid ${second}/opt/havip/bin/havipd >/dev/null 2>&1 </dev/null & sleep 0.1`], { stdio: 'ignore' })
  assert.ok(isDaemonUp(second))
  const id = await create(at)
  await play(at)
  const cluster = await clusterOf(at, id)
  assert.match(cluster?.problem ?? '', /A VRRP daemon with a configuration of its own runs there already/)
  assert.ok(isDaemonUp(second))
  process.kill(pidOf(second), 'SIGKILL')
  while (isDaemonUp(second)) await new Promise((resolve) => setTimeout(resolve, 5))
  await assertNothingLeft(at)
})

test('what cannot be undone now is undone later, and says so meanwhile', async (context) => {
  const at = await stage(context)
  const id = await create(at, { bandwidth: 0 })
  await play(at)
  const [one] = at.scene.instances
  await must(at.all.service.stopInstance(operator, { instance: one, force: true }))
  await at.all.settle()
  await must(at.all.service.deleteHavipCluster(operator, { cluster: id }))
  await play(at, 60)
  assert.match((await clusterOf(at, id))?.problem ?? '', /Still to be undone: .* on i-.*: it is off/)
  await must(at.all.service.startInstance(operator, { instance: one }))
  await play(at)
  assert.equal(await clusterOf(at, id), undefined)
  await assertNothingLeft(at)
})

test('what is asked for is checked before anything is done', async (context) => {
  const at = await stage(context)
  const { service } = at.all
  const { vswitch, instances } = at.scene
  const asked = (more: object) => codeOf(service.createHavipCluster(operator, { vswitch, instances, ...more }))
  const [one] = instances
  assert.equal(await asked({ instances: [one, one] }), '400 InvalidParameter')
  assert.equal(await asked({ instances: [one] }), '400 InvalidParameter')
  assert.equal(await asked({ instances: [one, 'i-none'] }), '404 InvalidInstanceId.NotFound')
  assert.equal(await asked({ address: '10.0.0.1' }), '400 InvalidIPAddress.OutOfRange')
  assert.equal(await asked({ bandwidth: 501 }), '400 InvalidBandwidth.Malformed')
  assert.equal(await asked({ vswitch: 'vsw-none' }), '400 InvalidVSwitch.NotFound')
  const id = await create(at)
  assert.equal(await asked({}), '400 InvalidParameter.Mismatch')
  assert.equal(await codeOf(service.deleteHavipCluster(operator, { cluster: id })), '400 IncorrectClusterStatus')
  assert.equal(await codeOf(service.deleteHavipCluster(operator, { cluster: 'hacl-none' })), '404 InvalidClusterId.NotFound')
})

test('the pair of files is right by the checker, with and without preemption, with and without a check of the service', () => {
  const addresses = ['192.168.0.209', '192.168.0.210'] as [Ipv4, Ipv4]
  for (const preempt of [false, true])
    for (const checkPort of [0, 80]) {
      const plan = {
        cluster: { id: 'hacl-x' as HavipClusterId, vrid: 7, password: 'abcd1234', preempt, checkPort },
        havip: havipAddress as Ipv4,
        addresses,
      }
      assert.deepEqual(findingsOf(plan), [])
      assert.equal(configurationOf(plan, 0).includes('nopreempt'), !preempt)
      assert.equal(configurationOf(plan, 1).includes('track_script'), checkPort > 0)
    }
})

test('for an address of IPv6 both speak version 3, from link-local addresses, and want no public address', async () => {
  const havip = 'fd00:88:0:a01::88' as Ipv6
  const cluster = { id: 'hacl-1' as HavipClusterId, vrid: 51, password: 'abcdefgh', preempt: false, checkPort: 80 }
  const plan = { cluster, havip, addresses: ['192.168.0.209' as Ipv4, '192.168.0.210' as Ipv4] as const }
  assert.deepEqual(findingsOf(plan), [])
  for (const node of [0, 1] as const) {
    const text = configurationOf(plan, node)
    assert.match(text, /version 3/)
    assert.match(text, new RegExp(havip))
    assert.doesNotMatch(text, /unicast|auth/)
  }
  const all = rig()
  const { vpc, vswitch, instances } = await tutorial(all)
  const order = (more: object) => codeOf(all.service.createHavipCluster(operator, { vswitch, instances, ...more }))
  assert.equal(await order({ address: havip }), '400 InvalidVSwitch.Ipv6NotTurnOn')
  await must(all.service.modifyVpc(operator, { vpc, cidr6: 'fd00:88:0:a00::/56' }))
  await all.settle()
  await must(all.service.modifyVswitch(operator, { vswitch, part6: 1 }))
  await all.settle()
  assert.equal(await order({ address: havip, bandwidth: 5 }), '400 OperationDenied.Ipv6HaVip')
  assert.equal(await order({ address: havip }), 'OK')
  const { items } = await must(all.service.describeHavipClusters(operator, { paging: wholePage }))
  assert.deepEqual([items[0]?.wantedAddress, items[0]?.bandwidth], [havip, 0])
})
