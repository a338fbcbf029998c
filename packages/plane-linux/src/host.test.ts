import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ProbeSample } from '@havip/vpc'
import { type Host, openHost } from './host.ts'
import { interfaceName, netnsDirectory } from './names.ts'
import { listNetns, nft } from './netns.ts'
import { sleep, until } from './processes.ts'
import { run } from './run.ts'
import { listenFor, marked } from './testing/eavesdrop.ts'
import * as world from './testing/world.ts'

const options = (w: world.World) => ({
  ...{ prefix: w.prefix, stateDirectory: w.stateDirectory, binds: [], stopTimeoutMs: 2000 },
  probeProgram: [process.execPath, join(import.meta.dirname, 'testing', 'probe-main.ts')] as const,
})

const processesNamed = (text: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })

describe('a host with two instances', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let host: Host
  const shell = async (number: number, script: string, user = 'root') => {
    const result = await host.compute.run(world.instanceId(number), { script, user, directory: '/', timeoutMs: 10_000, outputMax: 65_536 })
    assert.equal(result.kind, 'exited', JSON.stringify(result))
    return result.kind === 'exited' ? result : assert.fail()
  }
  const output = async (number: number, script: string) => (await shell(number, script)).output.trim()
  const announce = (number: number) =>
    w.sendFrom(number, world.arpFrame({ sourceMac: world.macOf(number), senderAddress: world.havip.address }))
  const drop = (number: number) => shell(number, `ip addr del ${world.havip.address}/32 dev eth0 2>/dev/null; true`)
  const hold = (number: number) => shell(number, `ip addr replace ${world.havip.address}/32 dev eth0`)
  /** A failover as VRRP does it: the other one has given the address up by then. */
  const takeHavip = async (number: number) => {
    await drop(3 - number)
    await hold(number)
    announce(number)
  }
  /** As the network has it, whether we run or not. */
  const neighbour = () => run(['ip', '-n', w.names.router(world.vpc), 'neigh', 'show', world.havip.address])
  const isSentTo = async (number: number) => (await neighbour()).includes(world.macOf(number))
  const dropsOf = async (number: number) => {
    const fact = (await host.dataPlane.drops()).find((candidate) => candidate.port === world.portId(number))
    assert.ok(fact)
    return fact
  }
  const owner = async () => (await host.dataPlane.owners())[0]

  before(async () => {
    host = await openHost(options(w))
    await host.dataPlane.apply(world.wholePlane())
    const userData = '#!/bin/sh\necho run >>/root/runs\nnginx\nhostname >/var/www/html/index.html\n'
    for (const number of [1, 2]) await host.compute.start(world.specOf(number, userData), 1)
  })
  // Each of these may need what the one before left; the last one removes it all.
  after(async () => {
    host?.close()
    await w?.end()
  })

  test('is read from the kernel just as it was ordered', async () => {
    const state = await host.dataPlane.inspect()
    assert.deepEqual(state, {
      networks: [world.network],
      switches: [world.planeSwitch],
      ports: [world.planePort(1), world.planePort(2)],
      havips: [world.havip],
      eips: [world.eip],
    })
  })

  test('may be ordered again without a change', async () => {
    const links = () => run(['ip', '-n', w.names.router(world.vpc), '-o', 'link', 'show'])
    const before = await links()
    await host.dataPlane.apply(world.wholePlane())
    assert.equal(await links(), before)
  })

  test('answers at the EIP from whichever instance announces the HAVIP, at once', async () => {
    const asked = () => w.internet('curl', '-s', '-m', '3', `http://${world.eip.address}/`)
    await takeHavip(1)
    assert.equal((await asked()).trim(), 'ecs-1')
    assert.equal((await owner())?.port, world.portId(1))

    await takeHavip(2)
    assert.ok(await isSentTo(2), 'the router follows the announcement')
    assert.equal((await asked()).trim(), 'ecs-2')
    const fact = await owner()
    assert.equal(fact?.port, world.portId(2))
    assert.ok((fact?.sinceMs ?? 1e9) < 5000)
  })

  test('probes an address from the Internet and from inside, and hears when the cable of the owner is pulled', async () => {
    await takeHavip(1)
    const request = { port: 80, everyMs: 10, timeoutMs: 200, durationMs: 20_000 }
    const probes = [
      await host.dataPlane.probe({ ...request, from: 'internet', address: world.eip.address }),
      await host.dataPlane.probe({ ...request, from: world.vpc, address: world.havip.address }),
    ]
    // Starting a program may take long on a busy machine.
    const enough = async (probe: (typeof probes)[number]) => {
      const samples: ProbeSample[] = []
      let isOver = false
      await until(async () => {
        const read = await probe.read()
        samples.push(...read.samples)
        isOver = read.isOver
        return samples.length > 10 || isOver
      }, 15_000)
      return { samples, isOver }
    }
    const before = await Promise.all(probes.map(enough))
    for (const { samples, isOver } of before) {
      assert.ok(samples.length > 10, `only ${samples.length} samples`)
      assert.ok(
        samples.some(({ outcome, by }) => outcome === 'answered' && by === 'ecs-1'),
        JSON.stringify(samples.slice(0, 3)),
      )
      assert.equal(isOver, false)
    }
    await host.dataPlane.setCable(world.vpc, world.portId(1), false)
    await sleep(400)
    for (const probe of probes) await probe.read()
    await sleep(400)
    for (const probe of probes) {
      const { samples } = await probe.read()
      assert.ok(samples.length > 10)
      assert.deepEqual([...new Set(samples.map(({ outcome }) => outcome))], ['timed-out'])
    }
    assert.equal((await owner())?.port, undefined, 'a port without its cable owns nothing')
    await host.dataPlane.setCable(world.vpc, world.portId(1), true)
    await takeHavip(1)
    await sleep(500)
    for (const probe of probes) await probe.read()
    await sleep(200)
    for (const probe of probes) {
      assert.ok((await probe.read()).samples.every(({ outcome }) => outcome === 'answered'))
      await probe.close()
    }
    assert.ok(await until(() => processesNamed('probe-main').length === 0, 10_000), 'no child is left')
  })

  test('tells listeners soon after the owner changed, and only then', async () => {
    let told = 0
    await takeHavip(1)
    await sleep(50)
    const stop = host.dataPlane.watchOwners(() => told++)
    announce(1)
    await sleep(50)
    assert.equal(told, 0, 'the same owner again is no news')
    await takeHavip(2)
    assert.ok(await until(() => told > 0, 10_000))
    stop()
  })

  describe('the fence', () => {
    const fromHavip = (number: number) => world.ipv4Frame(world.macOf(number), world.havip.address, world.gateway)
    const answer = (number: number) =>
      world.arpFrame({ sourceMac: world.macOf(number), senderAddress: world.havip.address, targetAddress: world.gateway, operation: 2 })

    /** What the old owner has under way passes for so long after a take-over. */
    const fadeMs = 300

    /** The kernel alone: while nothing of ours runs, a claim is no quarrel that somebody may settle in the middle of a test. */
    const unwatched = async (body: () => Promise<void>): Promise<void> => {
      host.close()
      try {
        await body()
      } finally {
        host = await openHost(options(w))
      }
    }

    test('lets only the owner send from the HAVIP, and answer for it', () =>
      unwatched(async () => {
        await takeHavip(1)
        await takeHavip(2)
        await sleep(fadeMs + 50)
        const before = await dropsOf(1)
        const other = await dropsOf(2)
        for (const number of [1, 2]) {
          w.sendFrom(number, fromHavip(number))
          w.sendFrom(number, answer(number))
        }
        assert.equal((await dropsOf(1)).fenced - before.fenced, 2)
        assert.equal((await dropsOf(2)).fenced - other.fenced, 0)
        assert.ok(await isSentTo(2), 'an answer of another changes nothing')
        assert.equal((await owner())?.port, world.portId(2))
        assert.equal((await owner())?.claimants?.[0]?.port, world.portId(1), 'but it is told of')
      }))

    test('lets what the old owner had under way pass for a moment, and no claim; nothing of a quarrel, nor of a loser', () =>
      unwatched(async () => {
        const names = ['under way', 'a claim', 'later', 'in a quarrel', 'of a loser']
        const ear = listenFor(names, w.names.router(world.vpc))
        const send = (number: number, name: string, frame: Uint8Array) => w.sendFrom(number, marked(names, name, [...frame]))
        try {
          await takeHavip(1)
          await sleep(fadeMs + 50)
          // In one go, so that no busy machine comes between. The other one need not hold the address for that.
          announce(2)
          send(1, 'under way', fromHavip(1))
          send(1, 'a claim', answer(1))
          await sleep(fadeMs + 50)
          announce(2)
          send(1, 'later', fromHavip(1))

          announce(1)
          await sleep(fadeMs + 50)
          announce(2)
          announce(1)
          send(2, 'in a quarrel', fromHavip(2))
          await sleep(fadeMs + 50)
          const held = `{ ${world.havip.address} . "${interfaceName('p', world.portId(1))}" timeout 5s }`
          await nft(w.names.router(world.vpc), 'add', 'element', 'bridge', 'havip', 'held', held)
          announce(2)
          send(1, 'of a loser', fromHavip(1))
          await sleep(50)
          assert.deepEqual([...ear.heard()], ['under way'])
        } finally {
          ear.close()
          await nft(w.names.router(world.vpc), 'flush', 'set', 'bridge', 'havip', 'held')
          announce(1)
        }
      }))

    test('keeps what is sent to the HAVIP from the old owner, whatever a neighbour believes', () =>
      unwatched(async () => {
        await takeHavip(1)
        await takeHavip(2)
        await hold(1)
        const before = await dropsOf(1)
        // The router's own entry, made stale by hand.
        const bridge = interfaceName('b', world.vswitch)
        const entry = ['neigh', 'replace', world.havip.address, 'lladdr', world.macOf(1), 'dev', bridge, 'nud', 'permanent']
        await run(['ip', '-n', w.names.router(world.vpc), ...entry])
        await assert.rejects(w.internet('curl', '-s', '-m', '0.4', `http://${world.eip.address}/`))
        assert.ok((await dropsOf(1)).fenced > before.fenced)
        await run(['ip', '-n', w.names.router(world.vpc), 'neigh', 'del', world.havip.address, 'dev', bridge])
        assert.equal((await w.internet('curl', '-s', '-m', '3', `http://${world.eip.address}/`)).trim(), 'ecs-2')
        await drop(1)
      }))

    test('moves with an announcement while nothing of ours runs', async () => {
      await unwatched(async () => {
        await takeHavip(1)
        await takeHavip(2)
        await hold(1)
        assert.ok(await isSentTo(2))
        w.sendFrom(1, answer(1))
        assert.ok(await isSentTo(2), 'and still cuts off the old owner')
        assert.equal((await w.internet('curl', '-s', '-m', '3', `http://${world.eip.address}/`)).trim(), 'ecs-2')
        await drop(1)
      })
      assert.equal((await owner())?.port, world.portId(2))
      assert.ok((await dropsOf(1)).fenced > 0)
    })

    /** Both hold the address and announce it. Who of them keeps it is the arbiter's, and tested there. */
    const splitBrain = async () => {
      await takeHavip(1)
      await hold(2)
      for (const number of [2, 1, 2, 1]) {
        announce(number)
        await sleep(100)
      }
      assert.ok(await until(async () => (await owner())?.conflict !== undefined, 10_000))
      const loser = (await owner())?.conflict?.losers[0] === world.portId(1) ? 1 : 2
      return { loser, winner: 3 - loser }
    }

    test('ends a conflict for one of the two, for good, and tells of it', async () => {
      const { loser, winner } = await splitBrain()
      const before = (await owner())?.conflicts ?? 0
      assert.ok(before > 0)
      for (let turn = 0; turn < 10; turn++) {
        announce(loser)
        assert.ok(await isSentTo(winner), `turn ${turn}`)
        await sleep(30)
      }
      const fact = await owner()
      assert.equal(fact?.port, world.portId(winner))
      assert.deepEqual(fact?.conflict?.losers, [world.portId(loser)])
      assert.equal(fact?.conflicts, before, 'one conflict, however often it is tried')

      // The winner is silent: the other one need not wait, nor announce anything.
      await drop(winner)
      assert.ok(await until(() => isSentTo(loser), 10_000))
      assert.ok(await until(async () => (await owner())?.port === world.portId(loser), 10_000))
      assert.equal((await owner())?.conflict, undefined)
      assert.equal((await w.internet('curl', '-s', '-m', '3', `http://${world.eip.address}/`)).trim(), `ecs-${loser}`)
    })

    test('goes on with a conflict after a restart, and lets a loser go by itself when nothing of ours is there to judge', async () => {
      const { loser, winner } = await splitBrain()
      host.close()
      host = await openHost(options(w))
      announce(loser)
      assert.ok(await isSentTo(winner))
      assert.deepEqual((await owner())?.conflict?.losers, [world.portId(loser)])
      host.close()
      await drop(winner)
      const isFree = async () => {
        announce(loser)
        return isSentTo(loser)
      }
      assert.ok(await until(isFree, 20_000))
      host = await openHost(options(w))
    })
  })

  test('keeps the age of an announcement while no daemon runs', async () => {
    await takeHavip(1)
    const first = await owner()
    host.close()
    host = await openHost(options(w))
    const fact = await owner()
    assert.equal(fact?.port, world.portId(1))
    assert.ok((fact?.lastSeenMs ?? 0) > (first?.lastSeenMs ?? 0), 'the age goes on')
    await sleep(300)
    announce(1)
    const later = await owner()
    assert.ok((later?.sinceMs ?? 0) - (later?.lastSeenMs ?? 0) >= 300, JSON.stringify(later))
  })

  test('drops and counts what a port may not send, each kind by itself', async () => {
    const mac = world.macOf(1)
    const before = await dropsOf(1)
    const stranger = '02:00:00:00:00:99' as typeof mac
    w.sendFrom(1, world.arpFrame({ sourceMac: stranger, senderAddress: world.addressOf(1) }))
    w.sendFrom(1, world.arpFrame({ sourceMac: mac, senderMac: stranger, senderAddress: world.addressOf(1) }))
    w.sendFrom(1, world.arpFrame({ sourceMac: mac, senderAddress: world.gateway }))
    w.sendFrom(1, world.arpFrame({ sourceMac: mac, senderAddress: world.addressOf(2), operation: 2 }))
    w.sendFrom(1, world.ipv4Frame(mac, world.addressOf(2), world.gateway))
    w.sendFrom(1, world.ipv6Frame(mac))
    const now = await dropsOf(1)
    const change = {
      mac: now.spoofedMac - before.spoofedMac,
      arp: now.spoofedArp - before.spoofedArp,
      ipv4: now.spoofedIpv4 - before.spoofedIpv4,
      ipv6: now.ipv6 - before.ipv6,
      havip: now.unboundHavip - before.unboundHavip,
    }
    assert.deepEqual(change, { mac: 1, arp: 3, ipv4: 1, ipv6: 1, havip: 0 })
  })

  test('stops an announcement of a HAVIP by an instance that is not bound to it', async () => {
    await takeHavip(2)
    await host.dataPlane.apply([{ kind: 'put-port', port: world.planePort(1, []) }])
    const before = await dropsOf(1)
    for (const operation of [1, 2] as const)
      w.sendFrom(1, world.arpFrame({ sourceMac: world.macOf(1), senderAddress: world.havip.address, operation }))
    const drops = await dropsOf(1)
    assert.equal(drops.unboundHavip - before.unboundHavip, 2)
    assert.equal(drops.spoofedArp - before.spoofedArp, 2)
    assert.equal((await owner())?.port, world.portId(2))
    assert.ok(await isSentTo(2))
    await host.dataPlane.apply([{ kind: 'put-port', port: world.planePort(1) }])
  })

  test('mends rules that somebody deleted, when ordered again', async () => {
    const netns = w.names.router(world.vpc)
    await nft(netns, 'flush', 'chain', 'bridge', 'havip', 'check_arp_address')
    assert.deepEqual((await host.dataPlane.inspect()).networks, [], 'a network without its rules is not there')
    // And what somebody added, or an earlier version left.
    await nft(netns, 'add', 'set', 'bridge', 'havip', 'strange', '{ type ipv4_addr; }')
    await nft(netns, 'add', 'chain', 'bridge', 'havip', 'stray')
    await nft(netns, 'add', 'chain', 'bridge', 'havip', 'jumper')
    await nft(netns, 'add', 'rule', 'bridge', 'havip', 'jumper', 'ip', 'saddr', '@strange', 'jump', 'stray')
    await host.dataPlane.apply([{ kind: 'put-network', network: world.network }])
    assert.deepEqual((await host.dataPlane.inspect()).networks, [world.network])
    assert.equal((await host.dataPlane.inspect()).ports.length, 2)
    assert.doesNotMatch(await nft(netns, 'list', 'ruleset'), /stray|strange|jumper/)
  })

  test('gives the namespace of a running instance its name back when somebody deleted it', async () => {
    await takeHavip(2)
    await run(['ip', 'netns', 'delete', w.names.instance(world.instanceId(2))])
    assert.deepEqual(
      (await host.dataPlane.inspect()).ports.map(({ port }) => port),
      [world.portId(1)],
    )
    await host.dataPlane.apply([{ kind: 'put-port', port: world.planePort(2) }])
    assert.equal((await host.dataPlane.inspect()).ports.length, 2)
    assert.equal((await w.internet('curl', '-s', '-m', '2', `http://${world.eip.address}/`)).trim(), 'ecs-2')
    w.sendFrom(2, world.arpFrame({ sourceMac: world.macOf(2), senderAddress: world.havip.address }))
    assert.equal((await owner())?.port, world.portId(2))
  })

  test('cuts a flow when its EIP goes', async () => {
    await takeHavip(2)
    const flow = w.internet('curl', '-s', '-m', '2', '-o', '/dev/null', '-w', '%{http_code}', `http://${world.eip.address}/`)
    assert.equal(await flow, '200')
    await host.dataPlane.apply([{ kind: 'remove-eip', vpc: world.vpc, eip: world.eip.eip }])
    await assert.rejects(w.internet('curl', '-s', '-m', '0.5', `http://${world.eip.address}/`))
    const ruleset = await nft(w.names.router(world.vpc), 'list', 'ruleset')
    assert.doesNotMatch(ruleset, new RegExp(world.eip.eip), 'no element and no limit is left')
    await host.dataPlane.apply([{ kind: 'put-eip', eip: { ...world.eip, bandwidthMbit: 7 } }])
    await host.dataPlane.apply([{ kind: 'put-eip', eip: world.eip }])
    assert.deepEqual((await host.dataPlane.inspect()).eips, [world.eip])
    assert.equal((await w.internet('curl', '-s', '-m', '2', `http://${world.eip.address}/`)).trim(), 'ecs-2')
  })

  test('gives an instance its own name, processes, files and rights, and none of the host', async () => {
    assert.equal(await output(1, 'ls /run'), 'lock\nnginx.pid')
    assert.equal(await output(1, 'hostname'), 'ecs-1')
    assert.equal(await output(1, 'cat /proc/1/comm'), 'tini')
    assert.equal(await output(1, 'ls -A /home'), '')
    assert.equal(await output(1, 'cat /etc/shadow'), 'root:*:19000:0:99999:7:::')
    assert.equal(await output(1, "sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status"), '00000000208475fb')
    assert.notEqual((await shell(1, 'echo x > /proc/sys/kernel/core_pattern')).status, 0)
    assert.notEqual((await shell(1, 'mount -t tmpfs none /mnt')).status, 0)
    assert.notEqual((await shell(1, 'mknod /tmp/disk b 8 0')).status, 0)
    assert.equal((await shell(1, `ls ${w.stateDirectory}`)).status, 2, 'the state directory is not to be seen')
  })

  test('runs a command as the user asked for, and says how it ended', async () => {
    assert.equal((await shell(1, 'id -un; pwd', 'www-data')).output, 'www-data\n/\n')
    assert.equal((await shell(1, 'exit 7')).status, 7)
    assert.equal((await shell(1, 'kill -9 $$')).status, 137)
    const unknown = await shell(1, 'true', 'nobody-knows')
    assert.equal(unknown.status, 126)
    assert.match(unknown.output, /unknown user/)
  })

  test('ends a command that takes too long, with what it started', async () => {
    const script = 'echo begun; sleep 47 & sleep 48'
    const result = await host.compute.run(world.instanceId(1), { script, user: 'root', directory: '', timeoutMs: 300, outputMax: 100 })
    assert.deepEqual(result, { kind: 'timed-out', output: 'begun\n', truncated: false })
    assert.equal(await output(1, 'sleep 0.1; cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "sleep 4[78]"'), '0')
  })

  test('cuts output at the bound, and does not wait for what goes on in the background', async () => {
    const script = 'sleep 30 >/dev/null 2>&1 & sleep 30 & head -c 1000 /dev/zero | tr "\\0" x'
    const started = performance.now()
    const result = await host.compute.run(world.instanceId(1), { script, user: 'root', directory: '', timeoutMs: 9000, outputMax: 10 })
    assert.deepEqual(result, { kind: 'exited', status: 0, output: 'xxxxxxxxxx', truncated: true })
    assert.ok(performance.now() - started < 25_000)
  })

  test('opens a terminal with a login shell', async () => {
    const terminal = await host.compute.openShell(world.instanceId(1), { columns: 91, rows: 27 })
    let text = ''
    terminal.onData((data) => {
      text += Buffer.from(data).toString()
    })
    const ended = new Promise<number>((resolve) => terminal.onEnd(resolve))
    terminal.write(Buffer.from('stty size; hostname; exit 5\n'))
    assert.equal(await ended, 5)
    assert.match(text, /27 91\r?\necs-1/)
  })

  test('keeps the disk over a power loss, runs user data once, and begins with a clean network', async () => {
    await shell(1, 'echo kept >/root/note; ip addr replace 192.168.0.88/32 dev eth0; ip link add x1 type dummy 2>/dev/null; true')
    await host.compute.stop(world.instanceId(1), true)
    const facts = await host.compute.list()
    assert.deepEqual(facts, [
      { instance: world.instanceId(1), power: 'stopped', boot: 1 },
      { instance: world.instanceId(2), power: 'running', boot: 1 },
    ])
    await host.compute.start(world.specOf(1), 2)
    assert.equal(await output(1, 'cat /root/note /root/runs'), 'kept\nrun')
    assert.equal(await output(1, "ip -4 -o addr show eth0 | awk '{print $4}'"), '192.168.0.201/24')
    assert.equal((await host.compute.list())[0]?.boot, 2)
    assert.deepEqual((await host.dataPlane.inspect()).ports.length, 2)
  })

  test('takes the owner away when its instance loses power, and does not give it back by itself', async () => {
    await takeHavip(1)
    assert.equal((await owner())?.port, world.portId(1))
    await host.compute.stop(world.instanceId(1), true)
    assert.equal((await owner())?.port, undefined)
    await host.compute.start(world.specOf(1), 3)
    assert.equal((await owner())?.port, undefined)
  })

  test('lets processes end in peace when an instance is stopped softly', async () => {
    await shell(2, "trap '' TERM; (trap 'echo bye >/root/bye; exit' TERM; while :; do sleep 0.05; done) >/dev/null 2>&1 & true")
    await sleep(100)
    await host.compute.stop(world.instanceId(2), false)
    assert.equal((await host.compute.list())[1]?.power, 'stopped')
    await host.compute.start(world.specOf(2), 2)
    assert.equal(await output(2, 'cat /root/bye'), 'bye')
  })

  test('removes at its start what a killed one left half-made, and nothing that is whole', async () => {
    const before = await host.dataPlane.inspect()
    host.close()
    const router = w.names.router(world.vpc)
    const orphan = interfaceName('p', 'eni-0orphan')
    const bridge = interfaceName('b', world.vswitch)
    await run(['ip', 'netns', 'add', w.names.instance('i-0orphan' as never)])
    await run([
      'ip',
      '-n',
      router,
      'link',
      'add',
      orphan,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      w.names.instance('i-0orphan' as never),
    ])
    await run(['ip', '-n', router, 'link', 'set', orphan, 'master', bridge, 'alias', 'eni-0orphan i-0orphan'])
    await run(['ip', '-n', router, 'link', 'add', 'b0half', 'type', 'bridge'])
    await run(['ip', 'netns', 'add', w.names.router('vpc-0orphan' as never)])
    await nft(router, 'add', 'element', 'bridge', 'havip', 'senders', '{ "p0gone" . 00:16:3e:00:00:77 }')
    await run([
      'ip',
      '-n',
      w.names.internet,
      'route',
      'add',
      '203.0.113.99/32',
      'via',
      '100.64.0.2',
      'dev',
      interfaceName('t', world.vpc),
      'onlink',
    ])
    host = await openHost(options(w))
    assert.deepEqual(await host.dataPlane.inspect(), before)
    assert.equal(listNetns(w.prefix).filter((name) => name.includes('orphan')).length, 0)
    const links = await run(['ip', '-n', router, '-o', 'link', 'show'])
    assert.doesNotMatch(links, new RegExp(`${orphan}|b0half`))
    assert.doesNotMatch(await nft(router, 'list', 'ruleset'), /p0gone/)
    assert.doesNotMatch(await run(['ip', '-n', w.names.internet, 'route', 'show']), /203\.0\.113\.99/)
  })

  test('forgets an instance and its port wholly', async () => {
    await host.compute.remove(world.instanceId(2))
    await host.dataPlane.apply([{ kind: 'remove-port', vpc: world.vpc, port: world.portId(2) }])
    assert.deepEqual(listNetns(w.prefix), [w.names.instance(world.instanceId(1)), w.names.internet, w.names.router(world.vpc)])
    const ruleset = await nft(w.names.router(world.vpc), 'list', 'ruleset')
    assert.doesNotMatch(ruleset, new RegExp(interfaceName('p', world.portId(2))))
    assert.deepEqual(
      (await host.dataPlane.inspect()).ports.map((port) => port.port),
      [world.portId(1)],
    )
  })

  test('is wiped without a trace', async () => {
    host.close()
    await w.end()
    assert.deepEqual(
      readdirSync(netnsDirectory).filter((name) => name.startsWith(w.prefix)),
      [],
    )
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(w.base))
    const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && readOr(`/proc/${name}/mountinfo`).includes(w.base))
    assert.deepEqual(commands, [], 'no process is left in any of its instances')
  })
})

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
