// Golden transcripts: each folder of ../transcripts holds a configuration, its events, and the actions expected.
// A folder may come from a daemon's own record. Those named here are made by their scenario: UPDATE_GOLDEN=1 writes them
// anew, and rewrites the expected actions of all others.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { IpAddress } from '@havip/base'
import type { InstanceConfig } from './config.ts'
import { configOf, Driver, heard, ms, prio } from './fixture.ts'
import { type ActionLine, type EventLine, fromJson, fromJsonLines, replay, toJson, toJsonLines } from './transcript.ts'

const folder = fileURLToPath(new URL('../transcripts/', import.meta.url))
const isUpdate = process.env.UPDATE_GOLDEN === '1'

const ecs1 = '192.168.0.209' as IpAddress
const ecs2 = '192.168.0.210' as IpAddress
/** The tutorial's pair: priority 100 and 10, PASS 1111, advert_int 1, garp_master_delay 1, garp_master_refresh 5. */
const seed = (own: 100 | 10, over: Partial<InstanceConfig> = {}): InstanceConfig =>
  configOf({
    priority: prio(own),
    // `nopreempt` does not work with `state MASTER`: keepalived drops it on the first node, and so do we.
    preempt: own === 100,
    wantsMaster: own === 100,
    authentication: { kind: 'pass', password: Uint8Array.from([0x31, 0x31, 0x31, 0x31, 0, 0, 0, 0]) },
    transport: { kind: 'unicast', peers: [{ address: own === 100 ? ecs2 : ecs1 }], checksSource: true, ttl: 255 },
    skipsAddressCheck: true,
    announcing: { ...configOf().announcing, delay: ms(1000), refresh: ms(5000) },
    ...over,
  })
const solePeer = { takeover: { kind: 'sole-peer' as const, margin: ms(40) } }

/** ECS 2 under ECS 1's adverts, one a second from 0 on, the last one at `until`. */
const following = (config: InstanceConfig, until: number): Driver => {
  const driver = new Driver(config).start(ecs2)
  for (let at = 0; at <= until; at += 1000) driver.until(at).send(heard(config, ecs1, 100))
  return driver
}

const scenarios: Record<string, () => Driver> = {
  'seed-start-ecs1': () => new Driver(seed(100)).start(ecs1).until(15_000),
  'seed-start-ecs2': () => following(seed(10), 6000).until(6500),
  'seed-power-loss': () => following(seed(10), 5000).until(12_000),
  'seed-power-loss-sole-peer': () => following(seed(10, solePeer), 5000).until(12_000),
  'seed-sigterm-of-the-master': () =>
    new Driver(seed(100)).start(ecs1).until(6000).send({ kind: 'shutdown', keepAddresses: false }).until(7000),
  'seed-sigterm-heard': () =>
    following(seed(10), 5000)
      .until(5300)
      .send(heard(seed(10), ecs1, 0))
      .until(8000),
  'seed-sigterm-heard-sole-peer': () =>
    following(seed(10, solePeer), 5000)
      .until(5300)
      .send(heard(seed(10), ecs1, 0))
      .until(8000),
  preempt: () => {
    const config = seed(100)
    const driver = new Driver(config).start(ecs1)
    for (let at = 400; at <= 3400; at += 1000) driver.until(at).send(heard(config, ecs2, 10))
    return driver.until(6000)
  },
  nopreempt: () => {
    const config = seed(100, { preempt: false })
    const driver = new Driver(config).start(ecs1)
    for (let at = 400; at <= 9400; at += 1000) driver.until(at).send(heard(config, ecs2, 10))
    return driver.until(10_000)
  },
  'preempt-delay': () => {
    const config = seed(100, { preemptDelay: ms(4000) })
    const driver = new Driver(config).start(ecs1)
    for (let at = 400; at <= 7400; at += 1000) driver.until(at).send(heard(config, ecs2, 10))
    return driver.until(9000)
  },
  'fault-and-back': () => {
    const driver = new Driver(seed(100)).start(ecs1).until(5000)
    driver.send({
      kind: 'health-changed',
      faults: [{ kind: 'script-failed', script: 'check', detail: 'exited with status 1' }],
      waitingFor: [],
    })
    driver.until(8000).send({ kind: 'health-changed', faults: [], waitingFor: [] })
    return driver.until(13_000)
  },
  'switchover-and-return': () => {
    const config = seed(100)
    const driver = new Driver(config)
      .start(ecs1)
      .until(6000)
      .send({ kind: 'yield', overlap: ms(250), saysLastWord: true })
    for (let at = 6960; at <= 20_960; at += 1000) driver.until(at).send(heard(config, ecs2, 10))
    return driver.until(21_500).send({ kind: 'take-back', order: 'addresses-first' }).until(24_000)
  },
  'switchover-heard-sole-peer': () => {
    const config = seed(10, solePeer)
    return following(config, 5000)
      .until(5300)
      .send(heard(config, ecs1, 0))
      .until(5550)
      .send(heard(config, ecs1, 1))
      .until(9000)
      .send(heard(config, ecs1, 100))
      .until(10_000)
  },
  'switchover-nobody-there': () =>
    new Driver(seed(100))
      .start(ecs1)
      .until(6000)
      .send({ kind: 'yield', overlap: ms(250), saysLastWord: true })
      .until(14_000),
  owner: () => {
    const config = seed(100, { priority: prio(255) })
    const driver = new Driver(config)
      .start(ecs1)
      .until(1500)
      .send(heard(config, ecs2, 10))
      .until(2500)
    return driver.send({ kind: 'shutdown', keepAddresses: false })
  },
}

if (isUpdate) {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const { config } = new Driver(scenario().config)
    mkdirSync(`${folder}${name}`, { recursive: true })
    writeFileSync(`${folder}${name}/config.json`, `${toJson(config, 2)}\n`)
    writeFileSync(`${folder}${name}/events.jsonl`, toJsonLines(scenario().events))
  }
}

const cases = existsSync(folder) ? readdirSync(folder).sort() : []
for (const name of cases) {
  test(`transcript ${name}: the actions are the expected ones`, () => {
    const config = fromJson(readFileSync(`${folder}${name}/config.json`, 'utf8')) as InstanceConfig
    const events = fromJsonLines(readFileSync(`${folder}${name}/events.jsonl`, 'utf8')) as readonly EventLine[]
    const actions = toJsonLines(replay(config, events))
    if (isUpdate) writeFileSync(`${folder}${name}/actions.jsonl`, actions)
    assert.equal(actions, readFileSync(`${folder}${name}/actions.jsonl`, 'utf8'))
  })
}
test('no scenario lacks its transcript', () => {
  assert.deepEqual(
    Object.keys(scenarios).filter((name) => !cases.includes(name)),
    [],
  )
})
test('bytes survive being written and read', () => {
  const line: ActionLine | { readonly bytes: Uint8Array } = { bytes: Uint8Array.of(0, 255, 16) }
  assert.deepEqual(fromJson(toJson(line)), line)
})
