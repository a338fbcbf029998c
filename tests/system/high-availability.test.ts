// High availability in one call, for real: set up on two instances, looked at by every source, broken on purpose and measured,
// taken away without a trace; and a stranger's controller at the same host touches nothing.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Cloud, dig } from '../../tools/lab/cloud.ts'
import { agreement, broken, clusterOf, furnish, type Row, setUp, truthOf } from '../../tools/lab/ha-scene.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { needsRoot } from '../../tools/lab/segment.ts'
import { createWorld, root, type World } from '../../tools/lab/world.ts'

test('set up in one call, seen by every source, broken and measured, taken away', {
  skip: needsRoot,
  timeout: 300_000,
}, async (context) => {
  const prefix = `hvt${randomBytes(3).toString('hex')}-`
  const world = await createWorld({ prefix, state: `/var/lib/havip/${prefix}world` })
  try {
    const scene = await furnish(world)
    const { api, instances } = scene
    const [one, two] = instances
    const { cluster: id, havip } = await setUp(api, scene)
    const first = await agreement(api, havip)
    assert.equal(first.OwnerInstanceId, one)
    assert.deepEqual((first.Probe as Row).By, 'ECS 1')
    const status = await api.own('DescribeDaemonStatus', { InstanceId: two })
    assert.equal(dig<string>(status, 'Status', 'instances', 0, 'state'), 'backup')

    for (const fault of ['power-loss', 'stop-daemon', 'kill-daemon', 'cut-link']) {
      const owner = String((await agreement(api, havip)).OwnerInstanceId)
      const result = await broken(api, havip, fault)
      const { Samples, ...rest } = result
      context.diagnostic(
        `${fault}: ${String(result.OutageMs)} ms, ${String(result.Lost)} lost, ${String(result.Before)} → ${String(result.After)}: ${String(result.Reason)}`,
      )
      assert.equal(result.Status, 'Finished', JSON.stringify(rest))
      assert.equal(result.Error, '', JSON.stringify(rest))
      assert.equal(result.InstanceId, owner)
      assert.ok((Samples as Row[]).length > 100)
      assert.equal(typeof result.OutageMs, 'number')
      if (result.Before !== result.After) assert.notEqual(result.Reason, 'The address did not move.')
      if (fault === 'power-loss' || fault === 'cut-link') {
        assert.notEqual(result.Before, result.After)
        assert.notEqual(result.Reason, '')
        assert.ok(Number(result.OutageMs) > 500 && Number(result.OutageMs) < 20_000, String(result.OutageMs))
      }
      for (const instance of instances) await api.waitForInstance(instance, 'Running')
    }

    await agreement(api, havip)
    await strangersDoNoHarm(world, api, havip)
    await deadSourcesAreNotGreen(world, api, havip, instances)

    await api.own('DeleteHaVipCluster', { ClusterId: id })
    await until('it is gone', async () => ((await clusterOf(api, id)) === undefined ? true : undefined), 60_000, 200)
    assert.equal(dig<number>(await api.vpc('DescribeHaVips'), 'TotalCount'), 0)
    assert.equal(dig<number>(await api.vpc('DescribeEipAddresses'), 'TotalCount'), 0)
    for (const instance of instances) {
      assert.equal(
        await api.runCommand(instance, 'ls /etc/keepalived /etc/havip 2>/dev/null; pgrep havipd; cat /etc/rc.local; true'),
        '#!/bin/sh\nnginx\n',
      )
    }
  } finally {
    await world.destroy()
  }
})

/** An empty store, pointed at a host that is in use. */
async function strangersDoNoHarm(world: World, api: Cloud, havip: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'havip-stranger-'))
  const options = ['--data', data, '--listen', '127.0.0.1:0', '--hostd', join(world.state, 'hostd.sock'), '--allow-root']
  const stranger: ChildProcess = spawn(process.execPath, [join(root, 'dist/controller.mjs'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  stranger.stdout?.on('data', (text) => (output += text))
  try {
    const port = await until('the stranger listens', () => /"port":(\d+).*"msg":"listening"/.exec(output)?.[1])
    const health = await until('the stranger sees whose the plane is', async () => {
      const answer = (await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()) as Row
      return answer.plane === 'belongs to another installation' ? answer : undefined
    })
    assert.equal(health.leads, true)
    assert.match(output, /nothing is touched until an operator adopts it/)
    await sleep(1_000)
    assert.equal((await agreement(api, havip)).Verdict, 'Agreed')
  } finally {
    const ended = new Promise((resolve) => stranger.once('exit', resolve))
    stranger.kill('SIGKILL')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
}

/** Each source of the truth is silenced in turn: the verdict must not stay what it was. */
async function deadSourcesAreNotGreen(world: World, api: Cloud, havip: string, instances: readonly string[]): Promise<void> {
  const owner = String((await agreement(api, havip)).OwnerInstanceId)
  const other = instances.find((instance) => instance !== owner) ?? assert.fail('no other instance')
  // A source that does not answer may hold up the whole answer: then there is none, which is not green either.
  const verdict = async () => (await truthOf(api, havip).catch(() => undefined))?.Verdict
  const verdictBecomes = (wanted: string) =>
    until(`the verdict becomes ${wanted}`, async () => ((await verdict()) === wanted ? true : undefined), 40_000, 300)

  const processes = (signal: string) => api.runCommand(other, `pkill -${signal} -f '[h]avipd'; true`)
  await processes('STOP')
  await verdictBecomes('Unknown')
  await processes('CONT')
  await agreement(api, havip)

  // The daemons are asked through the host daemon, too: everything is unknown then, and says so.
  world.hostd().kill('SIGKILL')
  await verdictBecomes('Unknown')
  await world.restartHostd()
  await agreement(api, havip)

  // The other one takes the address by hand, beside its daemon: cut off at its port, and told of.
  await api.runCommand(other, 'ip address add 192.168.0.88/32 dev eth0')
  await verdictBecomes('Disagreed')
  await api.runCommand(other, 'ip address del 192.168.0.88/32 dev eth0; true')
  await agreement(api, havip)
}
