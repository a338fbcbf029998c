// Whatever happens to a router, in whatever order: it answers, waits for the future only, and holds the addresses
// exactly while it is master.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centiseconds, type Instant, type IpAddress, instant, later } from '@havip/base'
import fc from 'fast-check'
import type { Action } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event, FaultCause } from './event.ts'
import { configOf, heard, lowerPeer, ms, ours, peer, prio, virtual } from './fixture.ts'
import { initialState, nearestOf, ownPriority, publicState, type State, wakeAt } from './state.ts'
import { advertisedAgain, heardAgain, nextAdvertOnly, silenceAfterRepeat } from './steady.ts'
import { step } from './step.ts'

const configs: fc.Arbitrary<InstanceConfig> = fc
  .record(
    {
      version: fc.constantFrom(2 as const, 3 as const),
      priority: fc.constantFrom(1, 10, 100, 254, 255).map(prio),
      interval: fc.constantFrom(10, 200, 1000, 3000).map(ms),
      downTimerAdverts: fc.constantFrom(1, 3, 100),
      preempt: fc.boolean(),
      preemptDelay: fc.constantFrom(0, 1500, 60_000).map(ms),
      wantsMaster: fc.boolean(),
      lowerPriorityNoAdvert: fc.boolean(),
      higherPrioritySendAdvert: fc.boolean(),
      tellsConflicts: fc.boolean(),
      takeover: fc.constantFrom(
        { kind: 'skew' as const },
        { kind: 'sole-peer' as const, margin: ms(0) },
        { kind: 'sole-peer' as const, margin: ms(40) },
      ),
      announcing: fc.record(
        {
          delay: fc.constantFrom(0, 1000).map(ms),
          repeat: fc.integer({ min: 1, max: 5 }),
          refresh: fc.constantFrom(0, 1, 700).map(ms),
          refreshRepeat: fc.constant(1),
          lowerPriorityDelay: fc.constantFrom(0, 1000).map(ms),
          lowerPriorityRepeat: fc.constantFrom(0, 5),
        },
        { noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  )
  .map((over) => configOf({ ...over, interval: over.version === 2 ? ms(Math.max(1000, over.interval)) : over.interval }))

const causes = fc.constantFrom<FaultCause>(
  { kind: 'interface-down', interface: 'eth0' },
  { kind: 'script-failed', script: 'web', detail: 'exited with status 1' },
)
const addresses = fc.constantFrom<IpAddress>(peer, lowerPeer, ours)

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>({ kind: 'tick' }) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(addresses, fc.constantFrom(0, 1, 99, 100, 101, 254, 255), fc.constantFrom(1, 20, 100, 4095))
      .map(([from, priority, interval]) => heard(configOf(), from, priority, { interval: centiseconds(interval) })),
  },
  fc.constant<Event>({ kind: 'startup' }),
  fc
    .tuple(fc.array(causes, { maxLength: 2 }), fc.constantFrom<string[]>([], [], ['web']))
    .map(([faults, waitingFor]): Event => ({ kind: 'health-changed', faults, waitingFor })),
  fc.constantFrom(1, 50, 254).map((value): Event => ({ kind: 'priority-changed', priority: prio(value), because: 'test' })),
  fc.constantFrom(ours, ours, undefined).map((source): Event => ({ kind: 'source-changed', source })),
  fc.constant<Event>({ kind: 'address-lost', address: virtual }),
  fc.nat({ max: 20_000 }).map((frozen): Event => ({ kind: 'stalled', frozenFor: ms(frozen), since: instant(0) })),
  configs.map((config): Event => ({ kind: 'reconfigured', config })),
  fc.boolean().map((saysLastWord): Event => ({ kind: 'yield', overlap: ms(250), saysLastWord })),
  fc.constantFrom('addresses-first' as const, 'advert-first' as const).map((order): Event => ({ kind: 'take-back', order })),
)
const rareStop: fc.Arbitrary<Event> = fc.oneof(
  { weight: 60, arbitrary: events },
  { weight: 1, arbitrary: fc.boolean().map((keepAddresses): Event => ({ kind: 'shutdown', keepAddresses })) },
)
/** What happens once often happens again: a master says the same each time. */
const histories = fc
  .array(
    fc.record({
      wait: fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.nat({ max: 5000 })),
      event: rareStop,
      times: fc.constantFrom(1, 1, 1, 2, 3),
    }),
    { maxLength: 60, size: 'max' },
  )
  .map((moments) => moments.flatMap(({ wait, event, times }) => Array.from({ length: times }, () => ({ wait, event }))))

type Seen = {
  /** In force before the event. */
  readonly config: InstanceConfig
  readonly before: State
  readonly after: State
  readonly event: Event
  readonly actions: readonly Action[]
  readonly now: Instant
}

/** Runs a history, deadlines met in between; calls `check` for every step. */
function run(
  config: InstanceConfig,
  history: readonly { readonly wait: number; readonly event: Event }[],
  check: (seen: Seen) => void,
): void {
  let current = config
  let state = initialState(config)
  let now = instant(0)
  const send = (event: Event): void => {
    const before = state
    const config = current
    const result = step(config, before, event, now)
    if (event.kind === 'reconfigured') current = event.config
    state = result.state
    check({ config, before, after: state, event, actions: result.actions, now })
  }
  for (const start of [{ kind: 'source-changed', source: ours }, { kind: 'startup' }] as const) send(start)
  for (const { wait, event } of history) {
    const end = later(now, ms(wait))
    // Bounded: an interval of 10 ms and a refresh of 1 ms make at most 1,100 deadlines a second.
    for (let ticks = 0; ticks < 6000; ticks++) {
      const due = wakeAt(state)
      if (due === undefined || due > end) break
      if (due > now) now = due
      send({ kind: 'tick' })
    }
    now = end
    send(event)
  }
}

const property = (check: (seen: Seen) => void): void =>
  fc.assert(
    fc.property(configs, histories, (config, history) => run(config, history, check)),
    { numRuns: 150 },
  )

test('after a tick the next deadline is in the future: no busy loop', () => {
  property(({ after, event, now }) => {
    if (event.kind !== 'tick') return
    const due = wakeAt(after)
    assert(due === undefined || due > now, `${due} is not after ${now}`)
  })
})
test('what decides nothing is told apart from the rest, and the state catches up to what the steps give', () => {
  let repeats = 0
  let adverts = 0
  property(({ config, before, after, event, actions, now }) => {
    const silence = event.kind === 'advert' ? silenceAfterRepeat(config, before, event, now) : undefined
    if (silence !== undefined && before.kind === 'backup') {
      repeats++
      assert.deepEqual([after, actions], [heardAgain(before, now, silence), []])
    }
    if (event.kind !== 'tick' || before.kind !== 'master') return
    const next = nextAdvertOnly(config, before, before.advertiseAt, now)
    if (next === undefined) return
    adverts++
    assert.deepEqual([after, actions], [advertisedAgain(before, now, next), [{ kind: 'send-advert', priority: ownPriority(before.known) }]])
    assert.equal(wakeAt(after), nearestOf(before, next))
  })
  assert(repeats > 0 && adverts > 0, `seen ${repeats} repeats and ${adverts} adverts`)
})
test('a step has at most one transition, from the state before to the state after, and only when they differ', () => {
  property(({ before, after, actions }) => {
    const transitions = actions.filter((action) => action.kind === 'transition')
    const isMove = before.kind !== after.kind
    assert.equal(transitions.length, isMove ? 1 : 0)
    for (const { from, to } of transitions) assert.deepEqual([from, to], [publicState(before), publicState(after)])
  })
})
test('addresses are added on becoming master, or on staying it after all, and at no other time, and removed on leaving, unless told to keep them', () => {
  property(({ before, after, event, actions }) => {
    const becomes = before.kind !== 'master' && after.kind === 'master'
    const keeps = event.kind === 'shutdown' && event.keepAddresses
    const leaves = before.kind === 'master' && after.kind !== 'master' && !keeps
    // One went while the successor had fallen silent: it is put back.
    const staysAfterAll =
      event.kind === 'address-lost' &&
      before.kind === 'master' &&
      before.yielding !== undefined &&
      after.kind === 'master' &&
      !after.yielding
    assert.equal(actions.filter(({ kind }) => kind === 'add-addresses').length, becomes || staysAfterAll ? 1 : 0)
    assert.equal(actions.filter(({ kind }) => kind === 'remove-addresses').length, leaves ? 1 : 0)
  })
})
test('only a master speaks: an advert with a priority above 0 is sent while master, on becoming it, or as the last word when it yields', () => {
  property(({ before, after, actions }) => {
    for (const action of actions) {
      if (action.kind === 'send-advert' && action.priority > 0) assert(before.kind === 'master' || after.kind === 'master')
      if (action.kind === 'send-advert' && action.priority === 0)
        assert(before.kind === 'master' && (after.kind !== 'master' || after.yielding))
    }
  })
})
test('the first thing a new master does is to send an advert; one that takes back has the addresses before', () => {
  property(({ before, after, event, actions }) => {
    if (before.kind !== 'master' && after.kind === 'master') {
      const expected =
        event.kind === 'take-back' && event.order === 'addresses-first' ? ['add-addresses', 'announce', 'transition'] : ['send-advert']
      assert.deepEqual(
        actions.slice(0, expected.length).map(({ kind }) => kind),
        expected,
      )
    }
  })
})
test('a master that makes room is silent until another has spoken or it gives up, and that ends', () => {
  property(({ before, after, event, actions, now }) => {
    if (before.kind !== 'master' || !before.yielding || after.kind !== 'master' || !after.yielding) return
    assert(!actions.some((action) => action.kind === 'send-advert' && action.priority > 0), 'it speaks as master')
    const due = wakeAt(after)
    // A freeze lets it begin to wait again, nothing else does.
    if (event.kind !== 'stalled') assert(due !== undefined && due <= Math.max(now, before.yielding.since) + 30_000)
  })
})
test('whoever stands back is no master, unless it is making room', () => {
  property(({ after }) => {
    if (after.kind === 'master') assert.equal(after.known.standsBackSince !== undefined, after.yielding !== undefined)
  })
})
test('announcements are made only while master', () => {
  property(({ after, actions }) => {
    if (actions.some(({ kind }) => kind === 'announce')) assert.equal(after.kind, 'master')
  })
})
test('a received advert never moves the time of our own next advert', () => {
  property(({ before, after, event }) => {
    if (event.kind !== 'advert' || before.kind !== 'master' || after.kind !== 'master') return
    // While it makes room none is due.
    if (before.yielding) return
    assert.equal(after.advertiseAt, before.advertiseAt)
  })
})
test('once stopped, nothing happens any more', () => {
  property(({ before, after, actions }) => {
    if (before.kind !== 'stopped') return
    assert.deepEqual(actions, [])
    assert.equal(after, before)
  })
})

test('two routers that hear each other have one master in the end, whatever their settings', () => {
  const pair = fc.tuple(configs, configs, fc.integer({ min: 0, max: 4000 }))
  fc.assert(
    fc.property(pair, ([first, second, secondStarts]) => {
      // They have to agree on version and interval; both owners is a case of its own, in step.test.ts.
      const shared = { version: first.version, interval: first.interval }
      const nodes = [
        { address: ours, config: { ...first, downTimerAdverts: 3 } },
        {
          address: peer,
          config: { ...second, ...shared, downTimerAdverts: 3, priority: second.priority === 255 ? prio(254) : second.priority },
        },
      ].map(({ address, config }, i) => ({ address, config, startsAt: i * secondStarts, state: initialState(config) }))
      let now = instant(0)
      const send = (i: number, event: Event, depth: number): void => {
        const node = nodes[i] as (typeof nodes)[number]
        const { state, actions } = step(node.config, node.state, event, now)
        node.state = state
        // Two masters answer each other at most twice an interval, so the depth is bounded by the engine itself.
        assert(depth < 20, 'adverts answer each other without end')
        for (const action of actions) {
          if (action.kind !== 'send-advert') continue
          const other = 1 - i
          if (now >= (nodes[other] as (typeof nodes)[number]).startsAt)
            send(other, heard(node.config, node.address, action.priority), depth + 1)
        }
      }
      const end = 70_000 + 20 * shared.interval
      const started = [false, false]
      for (let steps = 0; steps < 40_000 && now < end; steps++) {
        for (const [i, node] of nodes.entries()) {
          if (started[i] || now < node.startsAt) continue
          started[i] = true
          send(i, { kind: 'source-changed', source: node.address }, 0)
          send(i, { kind: 'startup' }, 0)
        }
        const dues = nodes.map((node, i) => (started[i] ? (wakeAt(node.state) ?? end) : node.startsAt))
        now = instant(Math.max(now, Math.min(...dues)))
        for (const i of [0, 1]) if (started[i]) send(i, { kind: 'tick' }, 0)
      }
      const masters = nodes.filter(({ state }) => state.kind === 'master')
      assert.equal(masters.length, 1, nodes.map(({ state }) => state.kind).join(' and '))
    }),
    { numRuns: 30 },
  )
})
