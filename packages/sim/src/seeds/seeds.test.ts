// The checkers: random worlds keep the rules, and daemons with planted mistakes do not.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ok } from '@havip/base'
import type { Host } from '@havip/vrrp-runtime'
import type { DaemonFactory } from '../daemon.ts'
import { havipDaemon } from '../havip-daemon.ts'
import { drawWorld } from './draw-world.ts'
import { keptSeeds } from './kept-seeds.ts'
import { checkWorld, formatFailure, runSeeds } from './run-seeds.ts'

const seeds = 2000

test(`${seeds} random worlds break no rule`, (context) => {
  const run = runSeeds(1, seeds)
  assert.equal(run.failures.length, 0, run.failures.map(formatFailure).join('\n'))
  assert.equal(run.count, seeds)
  context.diagnostic(`${run.count} worlds, ${Math.round(run.simulatedMs / 1000)} simulated seconds, ${run.events} events`)
})

const kept = keptSeeds(readFileSync(new URL('../../../../tests/seeds/seeds.txt', import.meta.url), 'utf8'))

for (const { seed, edition, bug } of kept) {
  test(`seed ${seed}, which once showed that ${bug}`, () => assert.deepEqual(checkWorld(drawWorld(seed, edition)).violations, []))
}

test('an edition draws the same worlds for ever', () => {
  const digestOf = (edition: number): string => {
    const worlds = Array.from({ length: 200 }, (_, i) => drawWorld(i + 1, edition))
    return createHash('sha256').update(JSON.stringify(worlds)).digest('hex').slice(0, 16)
  }
  assert.deepEqual([1, 2].map(digestOf), ['6214d4721cb273a7', '713aa866787fc75f'])
})

test('a seed draws the same world every time', () => {
  assert.deepEqual(drawWorld(42), drawWorld(42))
  assert.deepEqual(checkWorld(drawWorld(42)), checkWorld(drawWorld(42)))
})

/** The real daemon over a host that does one thing wrong. */
const over =
  (change: (host: Host) => Partial<Host>): DaemonFactory =>
  (host, clock, start) => {
    const wrong = change(host)
    const proxy = new Proxy(host, {
      get(target, name) {
        const value = name in wrong ? Reflect.get(wrong, name) : Reflect.get(target, name)
        return typeof value === 'function' && !(name in wrong) ? value.bind(target) : value
      },
    })
    return havipDaemon(proxy, clock, start)
  }

const mistakes: Readonly<Record<string, { readonly rule: string; readonly daemon: DaemonFactory }>> = {
  'addresses are never removed': {
    rule: 'address-without-ownership',
    daemon: over(() => ({ removeAddress: () => ok('was-not-there') })),
  },
  'addresses are never added': {
    rule: 'ownership-without-address',
    daemon: over(() => ({ addAddress: () => ok(undefined) })),
  },
  'nothing is announced': {
    rule: 'silent-master',
    daemon: over(() => ({ announce: () => ok(undefined) })),
  },
  'goodbyes and adverts are not sent': {
    rule: 'silent-claim',
    daemon: over((host) => ({
      openTransport: (spec, onPacket) => {
        const opened = host.openTransport(spec, onPacket)
        return opened.ok ? ok({ ...opened.value, send: () => ok(undefined) }) : opened
      },
    })),
  },
  'every packet is seen twice': {
    rule: 'counters',
    daemon: over((host) => ({
      openTransport: (spec, onPacket) =>
        host.openTransport(spec, (packet) => {
          onPacket(packet)
          onPacket(packet)
        }),
    })),
  },
  'packets are not seen at all': {
    rule: 'two-owners',
    daemon: over((host) => ({ openTransport: (spec) => host.openTransport(spec, () => {}) })),
  },
}

for (const [name, { rule, daemon }] of Object.entries(mistakes)) {
  test(`planted mistake, ${name}: found by the rule ${rule}, and made smaller`, () => {
    let found = false
    for (let from = 1; from <= 200 && !found; from += 10) {
      const { failures } = runSeeds(from, 10, undefined, { createDaemon: daemon, failuresMax: 1 })
      const failure = failures[0]
      if (!failure) continue
      assert(failure.smallest.faults.length <= drawWorld(failure.seed).faults.length)
      assert.match(formatFailure(failure), new RegExp(`^seed ${failure.seed}: .*make sim FROM=${failure.seed} SEEDS=1`))
      found = failure.violations.some((one) => one.rule === rule)
    }
    assert(found)
  })
}
