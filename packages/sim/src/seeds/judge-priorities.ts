// Between two events, whenever nothing has changed for a moment: everybody has the priority that its trackers give it, and is in
// FAULT when one of them says so, or one of the other members of its group.
import type { Configuration, InstanceConf } from '@havip/conf'
import type { Machine } from '../machine.ts'
import { type ExpectedPriority, expectedPriority } from './expected-priority.ts'
import type { Knower } from './judge-calm.ts'
import type { ScriptVerdict } from './script-ledger.ts'

type Broken = { readonly rule: string; readonly detail: string }

export function judgePriorities(machine: Machine, knower: Knower, verdictOf: (script: string) => ScriptVerdict): readonly Broken[] {
  const configuration = knower.configurationOf(machine.name)
  if (!configuration) return []
  const expected = new Map(configuration.instances.map((conf) => [conf.name, expectedPriority(machine, configuration, conf, verdictOf)]))
  return configuration.instances.flatMap((conf) => judgeInstance(machine, configuration, conf, expected, knower))
}

function judgeInstance(
  machine: Machine,
  { syncGroups }: Configuration,
  conf: InstanceConf,
  all: ReadonlyMap<string, ExpectedPriority>,
  knower: Knower,
): readonly Broken[] {
  const { state, priority } = knower.knowledgeOf(machine.name, conf.name)
  if (state === 'init' || state === 'stopped') return []
  const expected = all.get(conf.name)
  const who = `${machine.name} ${conf.name}`
  const mates = syncGroups.find(({ members }) => members.some(({ name }) => name === conf.name))?.members ?? [{ name: conf.name }]
  const isAnyOf = (kind: ExpectedPriority['kind']): boolean => mates.some(({ name }) => all.get(name)?.kind === kind)
  if (isAnyOf('fault') && state !== 'fault') return [{ rule: 'no-fault', detail: `${who} is ${state}; a tracker says FAULT` }]
  if (state === 'fault' && !isAnyOf('fault') && !isAnyOf('open'))
    return [{ rule: 'needless-fault', detail: `${who} is in FAULT and nothing is wrong` }]
  if (expected?.kind !== 'priority') return []
  const own = priority ?? conf.priority
  // An owner that gave way to another one.
  if (own === expected.priority || (conf.priority === 255 && own >= 254)) return []
  return [{ rule: 'priority', detail: `${who} has priority ${own}; its trackers make it ${expected.priority}` }]
}
