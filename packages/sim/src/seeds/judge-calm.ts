// When nothing has happened for long enough: one owner for each address among those who hear each other, the best one where
// all preempt.
import type { Configuration } from '@havip/conf'
import type { Machine } from '../machine.ts'
import type { RunningWorld } from '../simulate.ts'
import type { Knowledge } from './knowledge.ts'

type Broken = { readonly rule: string; readonly detail: string }
/** Who knows what the checkers have seen. */
export type Knower = {
  knowledgeOf(node: string, instance: string): Knowledge
  /** As of its last reload. */
  configurationOf(node: string): Configuration | undefined
}

export function judgeCalm(world: RunningWorld, knower: Knower): readonly Broken[] {
  const { machines, network } = world
  if (machines.some((machine) => machine.isStill)) return []
  const live = machines.filter((machine) => machine.answers && machine.run?.daemon && machine.kernel.linkNamed('eth0')?.isUp)
  const names = live.map(({ name }) => name)
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const))
  // One-way paths and chains of three have no answer that a rule could demand.
  if (pairs.some(([a, b]) => network.hears(a, b) !== network.hears(b, a)) || network.hasLoss()) return []
  const broken: Broken[] = []
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) continue
    const component = live.filter((other) => other.name === name || network.hearEachOther(name, other.name))
    for (const one of component) seen.add(one.name)
    if (component.some((a) => component.some((b) => a !== b && !network.hearEachOther(a.name, b.name)))) continue
    broken.push(...judgeComponent(world, component, knower))
  }
  // Nobody that cannot be heard has it either, but for who is cut off with it.
  return broken
}

function judgeComponent(world: RunningWorld, component: readonly Machine[], knower: Knower): readonly Broken[] {
  const broken: Broken[] = []
  for (const { address } of world.addresses) {
    const places = component.flatMap((machine) => {
      const configuration = knower.configurationOf(machine.name)
      const conf = configuration?.instances.find(({ virtualAddresses }) => virtualAddresses.some((entry) => entry.address === address))
      return conf ? [{ machine, conf, knowledge: knower.knowledgeOf(machine.name, conf.name) }] : []
    })
    const names = component.map(({ name }) => name)
    const owners = component.filter(({ kernel }) => kernel.has(address)).map(({ name }) => name)
    const fit = places.filter(({ knowledge }) => knowledge.state === 'backup' || knowledge.state === 'master')
    const where = `${names.join(', ')} hear each other`
    if (owners.length > 1) broken.push({ rule: 'two-owners', detail: `${where}, and ${owners.join(' and ')} have ${address}` })
    // A node whose file does not name it may rule without it.
    const isEverywhere = places.length === component.length
    if (owners.length === 0 && fit.length > 0 && isEverywhere) {
      const able = fit.map(({ machine }) => machine.name).join(', ')
      broken.push({ rule: 'no-owner', detail: `${where}, ${able} could, and nobody has ${address}` })
    }
    const owner = fit.find(({ machine }) => owners.length === 1 && machine.name === owners[0])
    // Who was asked to give the addresses away leaves them where they went.
    if (!owner || fit.some(({ conf, knowledge }) => !conf.preempt || knowledge.standsBack)) continue
    // An owner that gave way to another owner for a while is an owner all the same.
    const priorityOf = ({ conf, knowledge }: (typeof fit)[number]): number =>
      conf.priority === 255 ? 255 : (knowledge.priority ?? conf.priority)
    const best = Math.max(...fit.map(priorityOf))
    if (priorityOf(owner) < best) {
      const detail = `${owner.machine.name} with priority ${priorityOf(owner)} keeps ${address} although ${best} is there and preempts`
      broken.push({ rule: 'preempt', detail })
    }
  }
  return broken
}
