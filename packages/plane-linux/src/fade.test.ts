// A hand-over on purpose, through EIP and fence, under clients that ask all the time: whatever a server was asked is answered.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ProbeSample } from '@havip/vpc'
import type { LinuxDataPlane } from './plane.ts'
import { Probes } from './probe.ts'
import { sleep } from './processes.ts'
import { run } from './run.ts'
import { openPlane } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

/** A web server that takes a while for each answer, so that some are under way whenever the address moves. It counts what it was asked. */
function slowServer(netns: string, name: string) {
  const script = `let asked = 0; require('node:http').createServer((request, response) => { asked++
    setTimeout(() => response.end('<title>${name}</title>'), 20) }).listen(80, '0.0.0.0', () => console.log('up'))
    process.on('SIGTERM', () => { console.log(asked); process.exit() })`
  const child = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  return {
    isUp: once(child.stdout, 'data'),
    /** Returns how often it was asked. */
    end: async (): Promise<number> => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      return Number(output.trim().split('\n').at(-1))
    },
  }
}

const turns = Number(process.env.SWITCHOVERS ?? 6)

describe('a hand-over', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  const probes = new Probes([process.execPath, join(import.meta.dirname, 'testing', 'probe-main.ts')])
  before(async () => {
    plane = await openPlane(w)
    await plane.apply(world.wholePlane())
  })
  after(async () => {
    probes.close()
    plane?.close()
    await w?.end()
  })

  test('loses no request that a server was asked', async (context) => {
    const inside = (number: number) => w.names.instance(world.instanceId(number))
    const address = (number: number, verb: 'replace' | 'del') =>
      run(['ip', '-n', inside(number), 'addr', verb, `${world.havip.address}/32`, 'dev', 'eth0'])
    const announce = (number: number) =>
      w.sendFrom(number, world.arpFrame({ sourceMac: world.macOf(number), senderAddress: world.havip.address }))
    const servers = [slowServer(inside(1), 'one'), slowServer(inside(2), 'two')]
    for (const server of servers) await server.isUp
    await address(1, 'replace')
    announce(1)
    // Nothing of ours need run for any of this; and a busy machine is not judged for how long an instance takes to let go.
    plane.close()
    const probe = await probes.open(w.names.internet, {
      ...{ from: 'internet', address: world.eip.address, port: 80 },
      ...{ everyMs: 5, timeoutMs: 3000, durationMs: 2000 + turns * 700 },
    })
    const samples: ProbeSample[] = []
    const fetch = async () => {
      const read = await probe.read()
      samples.push(...read.samples)
      return read.isOver
    }
    for (let waited = 0; samples.length < 100 && waited < 150; waited++) {
      await sleep(100)
      await fetch()
    }
    // As `havip switchover` does it: make before break.
    for (let turn = 0; turn < turns; turn++) {
      const [from, to] = turn % 2 === 0 ? [1, 2] : [2, 1]
      await address(to, 'replace')
      announce(to)
      await sleep(250)
      await address(from, 'del')
      await sleep(350)
    }
    for (let waited = 0; !(await fetch()) && waited < 300; waited++) await sleep(100)
    const asked = (await Promise.all(servers.map((server) => server.end()))).reduce((a, b) => a + b, 0)
    const answered = samples.filter(({ outcome }) => outcome === 'answered').length
    const by = new Set(samples.map((sample) => sample.by).filter((name) => name !== ''))
    context.diagnostic(`${turns} hand-overs: ${samples.length} requests, ${asked} reached a server, ${samples.length - answered} lost`)
    assert.deepEqual([...by].sort(), ['one', 'two'])
    assert.ok(samples.length > 300, `only ${samples.length}`)
    assert.equal(answered, asked, 'whatever a server was asked is answered')
    // A connection that is just being made, and has asked nothing yet, belongs to nobody when the address moves.
    assert.ok(samples.length - answered <= turns, `${samples.length - answered} lost`)
  })
})
