// IPv6 of a VPC on the real kernel: addresses and routes in the instances, who may announce a HAVIP, who owns it, and the fence.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Ipv6, linkLocalOf } from '@havip/base'
import type { DropFact, PlaneChange, PlaneState, ProbeSample } from '@havip/vpc'
import { encodeUnsolicitedAdvertisement } from '@havip/wire'
import { interfaceName } from './names.ts'
import { nft } from './netns.ts'
import type { LinuxDataPlane } from './plane.ts'
import { sleep, until } from './processes.ts'
import { run } from './run.ts'
import { listenFor, marked } from './testing/eavesdrop.ts'
import { advertisement, ethernet, icmpv6, ipv6, solicitation, udp } from './testing/frames.ts'
import { askFrom, openPlane, serveIn } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

const havip = world.havip6.address
const whole: PlaneChange[] = [
  { kind: 'put-network', network: world.network6 },
  { kind: 'put-switch', switch: world.planeSwitch6 },
  ...[world.planePort6(1), world.planePort6(2), world.planePort6(3, [])].map((port): PlaneChange => ({ kind: 'put-port', port })),
  { kind: 'put-havip', havip: world.havip6 },
]
const wholeState: PlaneState = {
  networks: [world.network6],
  switches: [world.planeSwitch6],
  ports: [world.planePort6(1), world.planePort6(2), world.planePort6(3, [])],
  havips: [world.havip6],
  eips: [],
}

describe('a VPC with IPv6', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  const router = () => w.names.router(world.vpc)
  const inside = (number: number) => w.names.instance(world.instanceId(number))
  const ipIn = (number: number, ...words: string[]) => run(['ip', '-n', inside(number), ...words])
  const drop = (number: number) => ipIn(number, 'addr', 'del', `${havip}/128`, 'dev', 'eth0').catch(() => '')
  const hold = (number: number) => ipIn(number, 'addr', 'replace', `${havip}/128`, 'dev', 'eth0', 'nodad')
  const announce = (number: number) => w.sendFrom(number, encodeUnsolicitedAdvertisement(world.macOf(number), havip, { isRouter: false }))
  /** A failover as VRRP does it: the other one has given the address up by then. */
  const take = async (number: number) => {
    await drop(3 - number)
    await hold(number)
    announce(number)
  }
  const owner = async () => (await plane.owners()).find((fact) => fact.havip === world.havip6.havip)
  const isOwner = async (number: number) => (await owner())?.port === world.portId(number)
  const dropsOf = async (number: number): Promise<DropFact> => {
    const fact = (await plane.drops()).find((candidate) => candidate.port === world.portId(number))
    assert.ok(fact)
    return fact
  }
  /** Counts that grew while something was done. */
  const grown = async (number: number, what: () => void | Promise<void>): Promise<Partial<Record<keyof DropFact, number>>> => {
    const before = await dropsOf(number)
    await what()
    const now = await dropsOf(number)
    const names = Object.keys(now).filter((name) => name !== 'port') as Exclude<keyof DropFact, 'port'>[]
    return Object.fromEntries(names.flatMap((name) => (now[name] === before[name] ? [] : [[name, now[name] - before[name]]])))
  }
  const send = (number: number, to: string, payload: readonly number[]) =>
    w.sendFrom(number, Uint8Array.from(ethernet({ from: world.macOf(number), to: to as never }, 0x86dd, payload)))
  const everybody = '33:33:00:00:00:01'
  /** Whom the router, and a third instance, would send to: what a TCP server at the address says. */
  const answersFrom = async (netns: string) => askFrom(netns, havip)

  const servers: ReturnType<typeof serveIn>[] = []
  before(async () => {
    plane = await openPlane(w)
    await plane.apply(whole)
    for (const number of [1, 2]) servers.push(serveIn(inside(number), `ecs-${number}`, 80, '::'))
    for (const server of servers) await server.isUp
  })
  after(async () => {
    for (const server of servers) await server.end()
    plane?.close()
    await w?.end()
  })

  test('is read from the kernel just as it was ordered, and may be ordered again without a change', async () => {
    assert.deepEqual(await plane.inspect(), wholeState)
    const links = () => run(['ip', '-n', router(), '-o', 'addr', 'show', 'scope', 'global'])
    const before = await links()
    await plane.apply(whole)
    assert.equal(await links(), before)
    assert.deepEqual(await plane.inspect(), wholeState)
  })

  test('gives instances their addresses, and ways to each other and to the router', async () => {
    assert.equal(await askFrom(router(), world.address6Of(2)), 'ecs-2')
    assert.equal(await askFrom(inside(3), world.address6Of(1)), 'ecs-1')
    assert.match(await ipIn(1, '-6', 'route', 'show', 'default'), new RegExp(`via ${world.gateway6} `))
    // Nothing of the own segment's noise is a fault.
    const { port: _, ...counts } = await dropsOf(1)
    assert.deepEqual(
      Object.values(counts).filter((count) => count > 0),
      [],
    )
  })

  test('sends to whichever instance announces the HAVIP, at once', async () => {
    await take(1)
    assert.equal(await answersFrom(router()), 'ecs-1')
    assert.equal(await answersFrom(inside(3)), 'ecs-1')
    assert.equal((await owner())?.port, world.portId(1))
    await take(2)
    assert.match(await run(['ip', '-n', router(), 'neigh', 'show', havip]), new RegExp(world.macOf(2)))
    assert.equal(await answersFrom(router()), 'ecs-2')
    assert.equal(await answersFrom(inside(3)), 'ecs-2')
    const fact = await owner()
    assert.equal(fact?.port, world.portId(2))
    assert.ok((fact?.sinceMs ?? 1e9) < 10_000)
  })

  test('is probed from inside over HTTP', async () => {
    await take(2)
    const probe = await plane.probe({ from: world.vpc, address: havip, port: 80, everyMs: 20, timeoutMs: 1000, durationMs: 20_000 })
    const samples: ProbeSample[] = []
    await until(async () => {
      samples.push(...(await probe.read()).samples)
      return samples.length > 0
    }, 15_000)
    await probe.close()
    // It is no web server, but it was reached.
    assert.equal(samples[0]?.outcome, 'broken')
  })

  describe('the fence', () => {
    /** The kernel alone: while nothing of ours runs, a claim is no quarrel that somebody may settle in the middle of a test. */
    const unwatched = async (body: () => Promise<void>): Promise<void> => {
      plane.close()
      try {
        await body()
      } finally {
        plane = await openPlane(w)
      }
    }

    test('lets only the owner send from the HAVIP, and answer for it', () =>
      unwatched(async () => {
        await take(1)
        await take(2)
        const claims = (number: number) => async () => {
          const mac = world.macOf(number)
          send(number, everybody, ipv6(havip, world.gateway6, 17, udp(9, 9, [])))
          send(number, everybody, icmpv6(world.address6Of(number), world.gateway6, advertisement(havip, mac, 0x60)))
          send(number, everybody, icmpv6(havip, 'ff02::1:ffff:fffd', solicitation(world.gateway6, mac)))
        }
        await sleep(350)
        assert.deepEqual(await grown(2, claims(2)), {})
        const before = (await dropsOf(1)).fenced
        await claims(1)()
        const fact = await owner()
        assert.equal(fact?.port, world.portId(2), 'neither an answer nor a question of another changes anything')
        assert.equal(fact?.claimants?.[0]?.port, world.portId(1), 'but it is told of')
        assert.equal((await dropsOf(1)).fenced - before, 3)
      }))

    test('lets what the old owner had under way pass for a moment, and no claim of it', () =>
      unwatched(async () => {
        const names = ['under way', 'a claim', 'later']
        const ear = listenFor(names, router())
        const frame = (payload: readonly number[]) => ethernet({ from: world.macOf(1), to: everybody as never }, 0x86dd, payload)
        const data = frame(ipv6(havip, world.gateway6, 17, udp(9, 9, [])))
        const claim = frame(icmpv6(world.address6Of(1), world.gateway6, advertisement(havip, world.macOf(1), 0x60)))
        try {
          await take(1)
          await sleep(350)
          announce(2)
          w.sendFrom(1, marked(names, 'under way', data))
          w.sendFrom(1, marked(names, 'a claim', claim))
          await sleep(350)
          announce(2)
          w.sendFrom(1, marked(names, 'later', data))
          await sleep(50)
          assert.deepEqual([...ear.heard()], ['under way'])
        } finally {
          ear.close()
          announce(1)
        }
      }))

    test('keeps what is sent to the HAVIP from the old owner, whatever a neighbour believes', () =>
      unwatched(async () => {
        await take(1)
        await take(2)
        await hold(1)
        const entry = ['neigh', 'replace', havip, 'lladdr', world.macOf(1), 'dev', interfaceName('b', world.vswitch), 'nud', 'permanent']
        await run(['ip', '-n', router(), ...entry])
        const counts = await grown(1, async () => assert.equal(await answersFrom(router()), ''))
        assert.ok((counts.fenced ?? 0) > 0, JSON.stringify(counts))
        await run(['ip', '-n', router(), 'neigh', 'del', havip, 'dev', interfaceName('b', world.vswitch)])
        assert.equal(await answersFrom(router()), 'ecs-2')
        await drop(1)
      }))

    test('moves with an announcement while nothing of ours runs, and keeps its age', async () => {
      await unwatched(async () => {
        await take(1)
        await take(2)
        send(1, everybody, icmpv6(world.address6Of(1), world.gateway6, advertisement(havip, world.macOf(1), 0x60)))
        assert.equal(await answersFrom(router()), 'ecs-2')
        await sleep(300)
      })
      const fact = await owner()
      assert.equal(fact?.port, world.portId(2))
      assert.ok((fact?.sinceMs ?? 0) >= 300, JSON.stringify(fact))
    })

    test('tells listeners soon after the owner changed, and only then', async () => {
      await take(1)
      await sleep(50)
      let told = 0
      const stop = plane.watchOwners(() => told++)
      announce(1)
      await sleep(50)
      assert.equal(told, 0, 'the same owner again is no news')
      await take(2)
      assert.ok(await until(() => told > 0, 10_000))
      stop()
    })
  })

  test('stops an announcement of a HAVIP by an instance that is not bound to it', async () => {
    await take(2)
    assert.deepEqual(await grown(3, () => announce(3)), { unboundHavip: 1, spoofedIpv6: 1 })
    assert.ok(await isOwner(2))
    // And of one that is bound no more: what it owned is nobody's.
    await plane.apply([{ kind: 'put-port', port: world.planePort6(2, []) }])
    assert.equal((await owner())?.port, undefined)
    assert.deepEqual(await grown(2, () => announce(2)), { unboundHavip: 1, spoofedIpv6: 1 })
    await plane.apply([{ kind: 'put-port', port: world.planePort6(2) }])
  })

  test('finds and mends what somebody deleted of it', async () => {
    await nft(router(), 'flush', 'set', 'bridge', 'havip', 'option_macs')
    assert.deepEqual((await plane.inspect()).ports, [], 'a port that lacks something is missing as a whole')
    await run(['ip', '-n', router(), 'addr', 'del', `${world.gateway6}/64`, 'dev', interfaceName('b', world.vswitch)])
    assert.equal((await plane.inspect()).switches[0]?.cidr6, undefined)
    await plane.apply(whole)
    assert.deepEqual(await plane.inspect(), wholeState)
  })

  test('plugs a further interface in, whose answers leave by the interface that was asked', async () => {
    const further = { ...world.planePort6(4, []), instance: world.instanceId(3), device: 1 }
    await plane.apply([{ kind: 'put-port', port: further }])
    const server = serveIn(inside(3), 'ecs-3', 80, '::')
    await server.isUp
    assert.equal(await askFrom(inside(1), world.address6Of(4)), 'ecs-3')
    assert.equal(await askFrom(router(), world.address6Of(4)), 'ecs-3')
    await server.end()
    await plane.apply([{ kind: 'remove-port', vpc: world.vpc, port: further.port }])
    assert.doesNotMatch(await ipIn(3, '-6', 'rule', 'show'), /lookup 101/)
  })

  test('changes an address in place, and loses and gets IPv6 while instances run', async () => {
    const other = 'fd00:88:0:a01::9' as Ipv6
    await plane.apply([{ kind: 'put-port', port: { ...world.planePort6(1), address6: other } }])
    assert.equal(await askFrom(inside(3), other), 'ecs-1')
    const shown = await ipIn(1, '-6', '-o', 'addr', 'show', 'dev', 'eth0', 'scope', 'global')
    assert.doesNotMatch(shown, new RegExp(`${world.address6Of(1)}/`))

    const { address6: _, ...bare } = world.planePort6(1, [])
    await plane.apply([
      { kind: 'remove-havip', vpc: world.vpc, havip: world.havip6.havip },
      ...[1, 2, 3].map((number): PlaneChange => ({ kind: 'put-port', port: { ...world.planePort(number, []) } })),
      { kind: 'put-network', network: world.network },
      { kind: 'put-switch', switch: world.planeSwitch },
    ])
    const state = await plane.inspect()
    assert.deepEqual(state.switches, [world.planeSwitch])
    assert.deepEqual(state.networks, [world.network])
    assert.deepEqual(state.ports, [bare, world.planePort(2, []), world.planePort(3, [])])
    const own = linkLocalOf(world.macOf(1))
    assert.deepEqual(await grown(1, () => send(1, everybody, icmpv6(own, 'ff02::1', advertisement(own, world.macOf(1))))), { ipv6: 1 })

    await plane.apply(whole)
    assert.deepEqual(await plane.inspect(), wholeState)
    assert.equal(await askFrom(inside(3), world.address6Of(1)), 'ecs-1')
  })

  // Whoever loses is held off for a while: nothing that moves the address comes after it.
  test('ends a conflict for one of the two, and gives the other the address when that one is silent', async () => {
    await take(1)
    await hold(2)
    for (const number of [2, 1, 2, 1]) {
      announce(number)
      await sleep(100)
    }
    assert.ok(await until(async () => (await owner())?.conflict !== undefined, 10_000))
    const loser = (await owner())?.conflict?.losers[0] === world.portId(1) ? 1 : 2
    const winner = 3 - loser
    for (let turn = 0; turn < 3; turn++) {
      announce(loser)
      assert.ok(await isOwner(winner), `turn ${turn}`)
    }
    await drop(winner)
    assert.ok(await until(() => isOwner(loser), 10_000))
    assert.ok(await until(async () => (await owner())?.conflict === undefined, 10_000))
    assert.equal(await answersFrom(inside(3)), `ecs-${loser}`, 'the neighbours were told')
  })
})
