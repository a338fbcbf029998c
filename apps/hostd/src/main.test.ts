import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHostd, type HostdClient } from '@havip/plane-linux'
import type { PlaneChange } from '@havip/vpc'
import type { InstanceSpec } from '@havip/vpc-service'

const program = join(import.meta.dirname, 'main.ts')
const whyNot = process.getuid?.() === 0 ? false : 'needs root'

const vpc = 'vpc-0hostd'
const port = (number: number) => ({
  port: `eni-0hostd${number}`,
  device: 0,
  instance: `i-0hostd${number}`,
  vswitch: 'vsw-0hostd',
  vpc,
  mac: `00:16:3e:00:01:0${number}`,
  address: `10.7.0.20${number}`,
  havips: ['10.7.0.88'],
})
const changes = [
  { kind: 'put-network', network: { vpc, cidr: { address: '10.7.0.0', prefix: 16 } } },
  { kind: 'put-switch', switch: { vswitch: 'vsw-0hostd', vpc, cidr: { address: '10.7.0.0', prefix: 24 }, gateway: '10.7.0.253' } },
  { kind: 'put-port', port: port(1) },
  { kind: 'put-port', port: port(2) },
  { kind: 'put-havip', havip: { havip: 'havip-0hostd', vpc, vswitch: 'vsw-0hostd', address: '10.7.0.88' } },
  { kind: 'put-eip', eip: { eip: 'eip-0hostd', vpc, address: '203.0.113.7', target: '10.7.0.88', bandwidthMbit: 10 } },
] as unknown as PlaneChange[]
const removals = [
  { kind: 'remove-eip', vpc, eip: 'eip-0hostd' },
  { kind: 'remove-havip', vpc, havip: 'havip-0hostd' },
  { kind: 'remove-port', vpc, port: 'eni-0hostd1' },
  { kind: 'remove-port', vpc, port: 'eni-0hostd2' },
  { kind: 'remove-switch', vpc, vswitch: 'vsw-0hostd' },
  { kind: 'remove-network', vpc },
] as unknown as PlaneChange[]
const spec = (number: number) =>
  ({ ...port(number), hostName: `host-${number}`, prefix: 24, gateway: '10.7.0.253', userData: '' }) as unknown as InstanceSpec

describe('hostd as a process', { skip: whyNot }, () => {
  const prefix = `t${Math.random().toString(36).slice(2, 8)}-`
  let base: string
  let state: string
  let socket: string
  let client: HostdClient
  let daemon: ChildProcess | undefined
  const outsideBefore = outside(prefix)

  const options = () => ['--prefix', prefix, '--state', state, '--socket', socket]
  const start = async (): Promise<void> => {
    const child = spawn(process.execPath, [program, ...options()], { stdio: ['ignore', 'ignore', 'pipe'] })
    daemon = child
    await new Promise<void>((resolve, reject) => {
      let text = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.includes('listening')) resolve()
      })
      child.on('exit', () => reject(new Error(`hostd ended: ${text}`)))
    })
  }
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const child = daemon
    daemon = undefined
    if (!child || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.on('exit', resolve))
    child.kill(signal)
    await gone
  }

  before(async () => {
    base = mkdtempSync('/tmp/havip-hostd-')
    state = join(base, 'state')
    socket = join(base, 'run/hostd.sock')
    await start()
    client = connectHostd(socket)
  })
  after(async () => {
    client?.close()
    await kill('SIGKILL')
    spawnSync(process.execPath, [program, ...options(), '--wipe'])
    rmSync(base, { recursive: true, force: true })
  })

  test('lets nobody but its user open the socket', () => {
    const status = statSync(socket)
    assert.equal(status.mode & 0o777, 0o600)
    assert.equal(status.uid, 0)
  })

  test('refuses to work twice under one prefix', () => {
    const second = spawnSync(process.execPath, [program, ...options()], { encoding: 'utf8' })
    assert.equal(second.status, 1)
    assert.match(second.stderr, /another hostd with the prefix/)
  })

  test('refuses what could reach beyond names, and says which part is wrong', async () => {
    const hostile = [
      { kind: 'remove-network', vpc: '../../etc' },
      { kind: 'put-port', port: { ...port(1), mac: 'ff:ff:ff:ff:ff:ff' } },
      { kind: 'put-port', port: { ...port(1), address: '10.7.0.1; flush ruleset' } },
      { kind: '__proto__' },
    ]
    for (const change of hostile)
      await assert.rejects(client.dataPlane.apply([change as unknown as PlaneChange]), {
        name: 'PlaneError',
        clientText: 'The host refused the request.',
      })
    const badName = { ...spec(1), hostName: 'a\tmount' } as InstanceSpec
    await assert.rejects(client.compute.start(badName, 1), /params\.spec\.hostName must be a host name/)
  })

  test('cuts off who does not speak its language', async () => {
    for (const words of ['hello\n', '{"no":"id"}\n', `${'x'.repeat(9 * 1024 * 1024)}`]) {
      const stranger = createConnection(socket)
      const cut = new Promise((resolve) => stranger.on('close', resolve))
      stranger.on('error', () => undefined)
      stranger.write(words)
      await cut
    }
    assert.deepEqual(await client.compute.list(), [])
  })

  test('converges after SIGKILL at any point of building, booting and removing', async () => {
    for (const delayMs of [10, 50, 120, 250]) {
      const work = client.dataPlane.apply(changes).then(() => client.compute.start(spec(1), 1))
      work.catch(() => undefined)
      await sleep(delayMs)
      await kill('SIGKILL')
      await start()
      await client.dataPlane.apply(changes)
      await client.compute.start(spec(1), 1)
      const built = await client.dataPlane.inspect()
      assert.deepEqual(
        [built.networks, built.switches, built.ports, built.havips, built.eips].map((list) => list.length),
        [1, 1, 2, 1, 1],
      )
      const echo = { script: 'hostname', user: 'root', directory: '', timeoutMs: 5000, outputMax: 100 }
      assert.deepEqual(await client.compute.run(spec(1).instance, echo), {
        kind: 'exited',
        status: 0,
        output: 'host-1\n',
        truncated: false,
      })

      const undo = client.compute.remove(spec(1).instance).then(() => client.dataPlane.apply(removals))
      undo.catch(() => undefined)
      await sleep(delayMs)
      await kill('SIGKILL')
      await start()
      await client.compute.remove(spec(1).instance)
      await client.dataPlane.apply(removals)
      const empty = await client.dataPlane.inspect()
      assert.deepEqual(Object.values(empty).flat(), [], `killed after ${delayMs} ms`)
      assert.deepEqual(outside(prefix).netns, [`${prefix}internet`])
    }
  })

  test('leaves instances running when it goes, and finds them again', async () => {
    await client.dataPlane.apply(changes)
    await client.compute.start(spec(2), 4)
    const boots = async () =>
      client.compute.run(spec(2).instance, { script: 'stat -c %Y /proc/1', user: 'root', directory: '', timeoutMs: 5000, outputMax: 100 })
    const before = await boots()
    await kill('SIGTERM')
    assert.equal(existsSync(socket), false)
    await start()
    assert.deepEqual(await client.compute.list(), [{ instance: 'i-0hostd2', power: 'running', boot: 4 }])
    assert.deepEqual(await boots(), before)
  })

  test('gives a shell over the socket, and ends it when the client goes', async () => {
    const shell = await client.compute.openShell(spec(2).instance, { columns: 80, rows: 24 })
    let text = ''
    shell.onData((data) => {
      text += Buffer.from(data).toString()
    })
    const ended = new Promise<number>((resolve) => shell.onEnd(resolve))
    shell.write(Buffer.from('echo a$((40+2))b; exit 3\n'))
    assert.equal(await ended, 3)
    assert.match(text, /a42b/)

    const other = connectHostd(socket)
    const left = await other.compute.openShell(spec(2).instance, { columns: 80, rows: 24 })
    left.write(Buffer.from('exec sleep 4711\n'))
    await sleep(300)
    other.close()
    await sleep(300)
    const script = 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "sleep 471[1]"'
    const found = await client.compute.run(spec(2).instance, { script, user: 'root', directory: '', timeoutMs: 5000, outputMax: 100 })
    assert.equal(found.kind === 'exited' && found.output, '0\n')
  })

  test('tells a client when the connection is lost, and works again after it is back', async () => {
    let told = 0
    const running = await client.compute.list()
    const stop = client.dataPlane.watchOwners(() => told++)
    await kill('SIGKILL')
    await sleep(100)
    assert.ok(told > 0)
    stop()
    // A request waits for a connection for three seconds; a busy machine may take longer to start the program.
    const waiting = client.compute.list().catch(() => undefined)
    await start()
    assert.deepEqual((await waiting) ?? (await client.compute.list()), running)
  })

  test('wipes everything of its own, running instances too, and nothing else', async () => {
    await kill('SIGKILL')
    const wiped = spawnSync(process.execPath, [program, ...options(), '--wipe'], { encoding: 'utf8' })
    assert.equal(wiped.stderr, '')
    assert.equal(wiped.status, 0)
    assert.deepEqual(outside(prefix), { netns: [], mounts: [], processes: [] })
    assert.equal(existsSync(state), false)
    assert.deepEqual(outsideBefore, { netns: [], mounts: [], processes: [] })
  })

  /** What of ours is on the machine. */
  function outside(ours: string) {
    const netns = existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => name.startsWith(ours)) : []
    const mine = base ?? '/nowhere-at-all'
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(mine) || line.includes(`/${ours}`))
    const processes = readdirSync('/proc').filter((name) => {
      if (!/^\d+$/.test(name)) return false
      try {
        return readFileSync(`/proc/${name}/mountinfo`, 'utf8').includes(`${mine}/state/instances`)
      } catch {
        return false
      }
    })
    return { netns, mounts, processes }
  }
})

test('says which right is missing when it is not root', { skip: whyNot }, () => {
  // The right to read is kept: the project may lie in a folder that only root can look into.
  const rights = ['--reuid=65534', '--clear-groups', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const text = spawnSync('setpriv', [...rights, process.execPath, program], { encoding: 'utf8' })
  assert.equal(text.status, 1)
  assert.match(text.stderr, /must run as root/)
})

test('says what is wrong with an option', () => {
  const text = spawnSync(process.execPath, [program, '--prefix', '../x'], { encoding: 'utf8' })
  assert.equal(text.status, 1)
  assert.match(text.stderr, /prefix must look like "hv-"/)
})
