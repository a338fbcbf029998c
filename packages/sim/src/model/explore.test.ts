// The exhaustive check of the engine, and proof that it can fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Action, type Event, type InstanceConfig, type State, step } from '@havip/vrrp'
import { explore, formatExploration, modelWorlds } from './explore.ts'
import { type Engine, type ModelOptions, realEngine } from './model.ts'

for (const world of modelWorlds(1)) {
  test(`${world.name}: no reachable state breaks a rule`, (context) => {
    const result = explore(world)
    assert(result.mistake === undefined && result.isComplete, formatExploration(result))
    assert(result.states > 1000)
    context.diagnostic(formatExploration(result))
  })
}

const pairWorld = modelWorlds(1)[0] as ModelOptions
const movingWorld = modelWorlds(1).find(({ name }) => name === 'two, a reload and a tracker') as ModelOptions
type StepOf = (config: InstanceConfig, state: State, event: Event) => ReturnType<typeof step> | undefined

/** The engine with one planted bug: undefined leaves the step as it is. */
const broken = (change: StepOf): Engine => ({
  ...realEngine,
  step: (config, state, event, now) => change(config, state, event) ?? step(config, state, event, now),
})
const without = (kind: Action['kind']): Engine => ({
  ...realEngine,
  step: (config, state, event, now) => {
    const result = step(config, state, event, now)
    return { ...result, actions: result.actions.filter((action) => action.kind !== kind) }
  },
})

const bugs: Readonly<Record<string, readonly [Engine, RegExp]>> = {
  'a master that never yields': [
    broken((_, state, event) => (state.kind === 'master' && event.kind === 'advert' ? { state, actions: [] } : undefined)),
    /both master|stays master/,
  ],
  'addresses that stay': [without('remove-addresses'), /has the addresses|kept its addresses/],
  'adverts that are not sent': [without('send-advert'), /both master/],
  'transitions that are not told': [without('transition'), /did not say so/],
  'a backup that never claims': [
    broken((_, state, event) => (state.kind === 'backup' && event.kind === 'tick' ? { state, actions: [] } : undefined)),
    /still due|nobody is master/,
  ],
  'a reload whose priority never counts': [
    broken((_, state, event) => (event.kind === 'reconfigured' ? { state, actions: [] } : undefined)),
    /its file and its tracker make it/,
  ],
  'a tracker that nobody hears': [
    broken((_, state, event) => (event.kind === 'priority-changed' ? { state, actions: [] } : undefined)),
    /its file and its tracker make it/,
  ],
  'a fault that never ends': [
    broken((_, state, event) =>
      state.kind === 'fault' && event.kind === 'health-changed'
        ? { state: { ...state, known: { ...state.known, faults: [] } }, actions: [] }
        : undefined,
    ),
    /nobody is master|stays master/,
  ],
}

for (const [name, [engine, rule]] of Object.entries(bugs)) {
  test(`planted bug, ${name}: found, with the way there`, () => {
    const mistake = [pairWorld, movingWorld].map((world) => explore(world, engine).mistake).find((one) => one !== undefined)
    assert(mistake, name)
    assert.match(mistake.rule, rule)
    assert(mistake.path.length > 0)
  })
}
