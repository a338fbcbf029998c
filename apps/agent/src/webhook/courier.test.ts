// A courier between the daemon's real feed and a real HTTP server: everything arrives, in order, once; or is said to be missing.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { keptMin } from '../../../havipd/src/event-feed.ts'
import {
  answer,
  type Folder,
  isSigned,
  makeFolder,
  noise,
  type Receiver,
  type Run,
  startReceiver,
  startRun,
  transition,
  until,
} from '../../test/webhook-world.ts'
import { Courier } from './courier.ts'

type World = {
  readonly folder: Folder
  readonly receiver: Receiver
  readonly said: string[]
  start(): Courier
  run(stream: string, before?: Parameters<typeof startRun>[2], own?: number): Promise<Run>
}

async function createWorld(t: TestContext): Promise<World> {
  const folder = makeFolder()
  const receiver = await startReceiver()
  const said: string[] = []
  const runs: Run[] = []
  const couriers: Courier[] = []
  t.after(async () => {
    for (const courier of couriers) await courier.stop()
    for (const run of runs) await run.die()
    await receiver.close()
    folder.remove()
  })
  const start = (): Courier => {
    const { secretFile, stateFile, socket: statusSocket } = folder
    const courier = new Courier(
      { name: 'ops', url: receiver.url, secretFile, stateFile, events: ['transition'] },
      { statusSocket, node: 'ecs1', say: (text) => said.push(text), changed: () => {} },
    )
    courier.start()
    couriers.push(courier)
    return courier
  }
  const run: World['run'] = async (stream, before, own) => {
    const started = await startRun(folder.socket, stream, before, own)
    runs.push(started)
    return started
  }
  return { folder, receiver, said, start, run }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const range = (from: number, to: number): ReturnType<typeof transition>[] => numbers(from, to).map((n) => transition(n))
const named = (stream: string, from: number, to: number): string[] => numbers(from, to).map((n) => `${stream}/${n}`)

test('what has happened and what happens arrives in order, in batches, signed; what nobody asked for does not', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  const run = await world.run('a', range(1, 3))
  const courier = start()
  await until('what was before', () => receiver.taken.length === 3)
  run.happen(noise(4), ...range(5, 254), noise(255))
  await until('the rest', () => receiver.taken.length === 253)
  assert.deepEqual(receiver.taken, [...named('a', 1, 3), ...named('a', 5, 254)])
  assert.ok(receiver.received.every((one) => isSigned(one)))
  assert.ok(receiver.received.every(({ events }) => events.length <= 100))
  const [first] = receiver.received
  assert.deepEqual(JSON.parse(first?.body ?? ''), {
    webhook: 'ops',
    node: 'ecs1',
    stream: 'a',
    events: first?.events,
  })
  assert.equal(first?.headers['x-havip-webhook'], 'ops')
  assert.equal(first?.headers['x-havip-delivery'], `a.1-${first?.events.at(-1)?.id}`)
  const { at, text, ...rest } = first?.events[0] ?? assert.fail()
  assert.deepEqual(rest, {
    id: 1,
    kind: 'transition',
    instance: 'VI_1',
    detail: { from: 'backup', to: 'master', reason: { kind: 'startup' }, notify: true },
  })
  assert.equal(at, new Date(1_700_000_000_001).toISOString())
  assert.match(text, /^BACKUP → MASTER: /)
  await until('its status', () => courier.status().pending === 0 && courier.status().state === 'idle')
  const { last, delivered, failures, to } = courier.status()
  assert.deepEqual([last?.stream, last?.number, delivered, failures, to], ['a', 254, 253, 0, new URL(receiver.url).origin])
})

test('a receiver that fails gets the same again, then the rest; one that refuses loses that batch only', async (t) => {
  const world = await createWorld(t)
  const { receiver, said, start } = world
  receiver.behave(answer(500))
  const run = await world.run('a')
  const courier = start()
  run.happen(transition(1))
  await until('two tries', () => receiver.received.length >= 2)
  assert.deepEqual(
    receiver.received.slice(0, 2).map(({ headers }) => headers['x-havip-delivery']),
    ['a.1-1', 'a.1-1'],
  )
  run.happen(transition(2))
  receiver.behave(answer(204))
  await until('both', () => receiver.taken.length === 2)
  assert.deepEqual(receiver.taken, named('a', 1, 2))
  receiver.behave(answer(422))
  run.happen(transition(3))
  await until('it is refused', () => courier.status().refused === 1)
  receiver.behave(answer(204))
  run.happen(transition(4))
  await until('the next', () => receiver.taken.length === 3)
  assert.deepEqual(receiver.taken, ['a/1', 'a/2', 'a/4'])
  assert.ok(
    said.some((text) => /^webhook ops: the answer was 500; trying again/.test(text)),
    said.join('\n'),
  )
  assert.ok(
    said.some((text) => /^webhook ops: the answer was 422: event 3 is refused/.test(text)),
    said.join('\n'),
  )
  assert.equal(said.length, 3, 'each once')
})

test('a courier goes on where the one before it stopped, and tells nothing twice that was taken', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  const run = await world.run('a')
  const first = start()
  run.happen(...range(1, 10))
  await until('ten', () => receiver.taken.length === 10)
  await first.stop()
  run.happen(...range(11, 20))
  start()
  await until('twenty', () => receiver.taken.length === 20)
  assert.deepEqual(receiver.taken, named('a', 1, 20))
})

test('what a daemon told before it died is delivered after it, by the next courier if need be', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  const run = await world.run('a')
  const first = start()
  run.happen(transition(1))
  await until('the first', () => receiver.taken.length === 1)
  receiver.behave(answer(503))
  run.happen(...range(2, 40))
  await run.die()
  await first.stop()
  assert.deepEqual(receiver.taken, ['a/1'])
  receiver.behave(answer(200))
  const next = await world.run('b')
  next.happen(transition(1))
  start()
  await until('all', () => receiver.taken.includes('b/1'))
  // 0: numbers begin anew.
  assert.deepEqual(receiver.taken, [...named('a', 1, 40), 'b/0', 'b/1'])
  const restarted = receiver.received.flatMap(({ events }) => events).find(({ kind }) => kind === 'restarted')
  assert.deepEqual(restarted?.detail, { before: { stream: 'a', id: 40 } })
})

test('a daemon that has its past from the disk does not tell it twice, and tells what was missed', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  const run = await world.run('a')
  start()
  run.happen(...range(1, 5))
  await until('five', () => receiver.taken.length === 5)
  await run.die()
  // 6 and 7 came when nobody listened; the disk has them, and 8 is of the new run.
  await world.run('b', range(1, 8), 8)
  await until('the rest', () => receiver.taken.includes('b/8'))
  assert.deepEqual(receiver.taken, [...named('a', 1, 5), 'b/0', 'b/6', 'b/7', 'b/8'])
})

test('a new webhook gets nothing of earlier runs', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  await world.run('b', range(1, 8), 8)
  start()
  await until('its own', () => receiver.taken.length > 0)
  assert.deepEqual(receiver.taken, ['b/8'])
})

test('a receiver that is away for too long is told how much it has missed', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  const run = await world.run('a')
  const first = start()
  run.happen(transition(1))
  await until('the first', () => receiver.taken.length === 1)
  await first.stop()
  const count = 2 * keptMin + 50
  run.happen(...range(2, count))
  const second = start()
  await until('the last', () => receiver.taken.includes(`a/${count}`), 60_000)
  const gap = receiver.received.flatMap(({ events }) => events).find(({ kind }) => kind === 'dropped') ?? assert.fail('no gap')
  const { after, upTo } = gap.detail as { after: number; upTo: number }
  assert.equal(after, 1)
  assert.deepEqual(receiver.taken, ['a/1', `a/${upTo}`, ...named('a', upTo + 1, count)])
  assert.equal(second.status().dropped, upTo - 1)
})

test('while a receiver is away little is kept here: the daemon has the rest', async (t) => {
  const world = await createWorld(t)
  const { receiver, start } = world
  receiver.behave(answer(503))
  const run = await world.run('a')
  const courier = start()
  await until('it is there', () => courier.status().state === 'idle')
  run.happen(...range(1, keptMin))
  await until('it has begun', () => courier.status().pending >= 500)
  await new Promise((wait) => setTimeout(wait, 300))
  // One read of the socket may be under way when it is full.
  assert.ok(courier.status().pending < 1500, String(courier.status().pending))
  receiver.behave(answer(204))
  await until('everything', () => receiver.taken.length === keptMin, 60_000)
  assert.deepEqual(receiver.taken, named('a', 1, keptMin))
})

test('without a secret that only its owner can read nothing is sent; once it is mended everything is', async (t) => {
  const world = await createWorld(t)
  const { folder, receiver, said, start } = world
  chmodSync(folder.secretFile, 0o640)
  const run = await world.run('a')
  start()
  run.happen(transition(1))
  await until('it is said', () => said.length > 0)
  assert.match(said[0] ?? '', /secret may be read or changed by others: chmod 600/)
  assert.deepEqual(receiver.received, [])
  chmodSync(folder.secretFile, 0o600)
  writeFileSync(folder.secretFile, 'another secret, changed meanwhile')
  await until('it arrives', () => receiver.taken.length === 1)
  const [one] = receiver.received
  assert.ok(one && isSigned(one, 'another secret, changed meanwhile'))
})

test('a damaged state file is said and begun anew; one in use is waited for', async (t) => {
  const world = await createWorld(t)
  const { folder, receiver, said, start } = world
  const run = await world.run('a')
  const first = start()
  run.happen(transition(1))
  await until('the first', () => receiver.taken.length === 1)
  const second = start()
  await until('it waits', () => second.status().lastError !== undefined)
  assert.match(second.status().lastError ?? '', /^another process uses /)
  await first.stop()
  run.happen(transition(2))
  await until('the second has taken over', () => receiver.taken.length === 2)
  await second.stop()
  assert.deepEqual(receiver.taken, ['a/1', 'a/2'])
  assert.match(readFileSync(folder.stateFile, 'utf8'), /^\{"version":1,/)
  writeFileSync(folder.stateFile, '{"version":1,"waiting":')
  start()
  await until('what the daemon has', () => receiver.taken.length === 4)
  assert.ok(
    said.some((text) => /cannot be read .*: beginning anew/.test(text)),
    said.join('\n'),
  )
})
