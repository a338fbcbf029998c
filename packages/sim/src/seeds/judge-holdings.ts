// At every moment: a master has the addresses that its file names, nobody else has any of them, and the members of a sync
// group are in it together.
import type { InstanceConf } from '@havip/conf'
import type { Machine } from '../machine.ts'
import type { RunningWorld } from '../simulate.ts'
import type { Knower } from './judge-calm.ts'

type Broken = { readonly rule: string; readonly detail: string }
/** The kernel's word of a change takes a moment. */
const moment = 5

export function judgeHoldings(world: RunningWorld, knower: Knower): readonly Broken[] {
  const broken: Broken[] = []
  for (const machine of world.machines) {
    const daemon = machine.run?.isAlive ? machine.run.daemon : undefined
    if (!daemon || machine.isStill || !machine.answers) continue
    const configuration = knower.configurationOf(machine.name)
    for (const conf of configuration?.instances ?? []) broken.push(...judgeInstance(world, machine, conf, knower))
    for (const group of configuration?.syncGroups ?? []) {
      const states = group.members.map(({ name }) => knower.knowledgeOf(machine.name, name).state).filter((state) => state !== 'stopped')
      const isOne = states.every(
        (state) => (state === 'master') === (states[0] === 'master') && (state === 'fault') === (states[0] === 'fault'),
      )
      if (!isOne) broken.push({ rule: 'sync-group', detail: `${machine.name} ${group.name}: its members are ${states.join(' and ')}` })
    }
  }
  return broken
}

function judgeInstance(world: RunningWorld, machine: Machine, conf: InstanceConf, knower: Knower): readonly Broken[] {
  const isMaster = knower.knowledgeOf(machine.name, conf.name).state === 'master'
  const wanted = conf.virtualAddresses.map(({ address }) => address)
  const who = `${machine.name} ${conf.name}`
  const found: Broken[] = []
  const isTouched = world.removals.some((at) => world.now >= at && world.now - at < moment)
  for (const address of wanted) {
    const has = machine.kernel.has(address)
    if (isMaster && !has && !isTouched) found.push({ rule: 'ownership-without-address', detail: `${who} is master and lacks ${address}` })
    if (!isMaster && has) found.push({ rule: 'address-without-ownership', detail: `${who} is not master and has ${address}` })
  }
  return found
}
