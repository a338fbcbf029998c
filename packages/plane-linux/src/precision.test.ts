// A change touches what it is about and nothing else, whatever else there is; what somebody else changed is noticed; and what is
// made and removed again leaves nothing behind.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Ipv4 } from '@havip/base'
import type { HavipId, PlaneChange, PlaneHavip } from '@havip/vpc'
import { listNetns, nft } from './netns.ts'
import type { LinuxDataPlane } from './plane.ts'
import { run } from './run.ts'
import { openPlane } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

const havipCount = 2_000
const cidr = { address: '192.168.0.0' as Ipv4, prefix: 17 }
const havip = (number: number): PlaneHavip => ({
  ...world.havip,
  havip: `havip-0n${number}` as HavipId,
  address: `192.168.${64 + (number >> 8)}.${number & 255}` as Ipv4,
})
const frame: PlaneChange[] = [
  { kind: 'put-network', network: world.network },
  { kind: 'put-switch', switch: { ...world.planeSwitch, cidr, gateway: '192.168.127.253' as Ipv4 } },
  { kind: 'put-port', port: world.planePort(1, []) },
  { kind: 'put-port', port: world.planePort(2, []) },
]

describe('one change among many', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  /** Every line of the rules, with the handles that a rewritten rule would change. */
  const lines = async () => {
    const text = await nft(w.names.router(world.vpc), '-a', 'list', 'ruleset')
    const bare = (line: string) =>
      line
        .trim()
        .replace(/^elements = \{ /, '')
        .replace(/( \})?,?$/, '')
    return new Set(text.replaceAll(', ', ',\n').split('\n').map(bare))
  }
  before(async () => {
    plane = await openPlane(w)
    await plane.apply(frame)
    const havips = Array.from({ length: havipCount }, (_, number): PlaneChange => ({ kind: 'put-havip', havip: havip(number) }))
    await plane.apply(havips)
  })
  after(async () => {
    plane?.close()
    await w?.end()
  })

  test('touches only what it is about', async (context) => {
    const extra = havip(havipCount)
    const before = await lines()
    const times: number[] = []
    for (const change of [
      { kind: 'put-havip', havip: extra } as const,
      { kind: 'put-port', port: world.planePort(1, [extra.address as Ipv4]) } as const,
    ]) {
      const begun = performance.now()
      await plane.apply([change])
      times.push(Math.round(performance.now() - begun))
    }
    context.diagnostic(`${havipCount} HAVIPs; one put in ${times[0]} ms, one bound in ${times[1]} ms`)
    const now = await lines()
    const added = [...now].filter((line) => !before.has(line))
    assert.ok(
      added.every((line) => line.includes(extra.address)),
      added.join('\n'),
    )
    assert.ok(added.length >= 3)
    assert.deepEqual(
      [...before].filter((line) => !now.has(line)),
      [],
    )
    await plane.apply([
      { kind: 'put-port', port: world.planePort(1, []) },
      { kind: 'remove-havip', vpc: world.vpc, havip: extra.havip },
    ])
    assert.deepEqual(await lines(), before)
  })

  test('begins from what is there, not from what we left, when somebody else was at it', async () => {
    const netns = w.names.router(world.vpc)
    const victim = havip(7)
    await plane.apply([{ kind: 'put-havip', havip: havip(havipCount) }])
    await nft(netns, 'delete', 'element', 'bridge', 'havip', 'havips', `{ ${victim.address} }`)
    await nft(netns, 'delete', 'element', 'bridge', 'havip', 'senders', `{ ${JSON.stringify((await portLinks())[0])} . ${world.macOf(1)} }`)
    const { havips, ports } = await plane.inspect()
    assert.ok(!havips.some((one) => one.havip === victim.havip), 'found missing')
    assert.equal(ports.length, 1, 'a port that lacks something is missing as a whole')
    await plane.apply([
      { kind: 'put-havip', havip: victim },
      { kind: 'put-port', port: world.planePort(1, []) },
      { kind: 'remove-havip', vpc: world.vpc, havip: havip(havipCount).havip },
    ])
    const mended = await plane.inspect()
    assert.equal(mended.havips.length, havipCount)
    assert.equal(mended.ports.length, 2)
  })

  const portLinks = async (): Promise<string[]> => {
    const links = JSON.parse(await run(['ip', '-n', w.names.router(world.vpc), '-j', 'link', 'show'])) as {
      ifname: string
      ifalias?: string
    }[]
    return links.filter(({ ifalias }) => ifalias?.startsWith(world.portId(1))).map(({ ifname }) => ifname)
  }
})

test('what is made and removed again leaves no namespace, link, route or rule', { skip: world.whyNot }, async () => {
  const w = world.makeWorld()
  const plane = await openPlane(w)
  try {
    const cycles = Number(process.env.CYCLES ?? 4)
    const resting: PlaneChange[] = [...frame, { kind: 'put-havip', havip: world.havip }]
    await plane.apply(resting)
    const netns = w.names.router(world.vpc)
    const count = async () => ({
      namespaces: listNetns(w.prefix),
      links: (await run(['ip', '-n', netns, '-o', 'link', 'show'])).split('\n').length,
      internetLinks: (await run(['ip', '-n', w.names.internet, '-o', 'link', 'show'])).split('\n').length,
      routes: await run(['ip', '-n', netns, 'route', 'show', 'table', 'all', 'type', 'unicast']),
      internetRoutes: await run(['ip', '-n', w.names.internet, 'route', 'show']),
      // Without ages and counts, which go on.
      rules: (await nft(netns, 'list', 'ruleset')).replace(/ (expires|counter packets) [^:,}\n]*/g, ''),
    })
    const before = await count()
    for (let cycle = 0; cycle < cycles; cycle++) {
      const [third, fourth] = [
        world.planePort(3, [world.havip.address]),
        { ...world.planePort(4, []), instance: world.instanceId(3), device: 1 },
      ]
      await plane.apply([
        { kind: 'put-port', port: third },
        { kind: 'put-port', port: fourth },
        { kind: 'put-havip', havip: havip(1) },
        { kind: 'put-eip', eip: world.eip },
      ])
      w.sendFrom(3, world.arpFrame({ sourceMac: world.macOf(3), senderAddress: world.havip.address }))
      assert.equal((await plane.owners()).find((fact) => fact.havip === world.havip.havip)?.port, third.port)
      await plane.apply([
        { kind: 'remove-eip', vpc: world.vpc, eip: world.eip.eip },
        { kind: 'remove-havip', vpc: world.vpc, havip: havip(1).havip },
        { kind: 'remove-port', vpc: world.vpc, port: fourth.port },
        { kind: 'remove-port', vpc: world.vpc, port: third.port },
      ])
    }
    assert.deepEqual(await count(), before)
    await plane.apply([{ kind: 'remove-network', vpc: world.vpc }])
    assert.deepEqual(listNetns(w.prefix), [w.names.internet])
  } finally {
    plane.close()
    await w.end()
  }
})
