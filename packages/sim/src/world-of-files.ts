// Makes a world from configuration files alone: the machines, interfaces, segments and addresses that the files speak of,
// and a client in each segment. What a file leaves open (an own address) is chosen, so that any set of files runs.
import { familyOf, type IpAddress, isIpv6, isMulticast, type Milliseconds, milliseconds } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { TimedFault } from './fault.ts'
import { type NodePlan, planOf, programsOf } from './node-plan.ts'
import { type ClientSpec, type Conditions, goodConditions, type InterfaceSpec, type NodeSpec, type World } from './world.ts'

/** One node's configuration. */
export type NodeFile = {
  readonly name: string
  /** Where it lay; relative includes and messages go by it. */
  readonly path: string
  readonly text: string
  /** What it includes and what reloads need, absolute path → text. */
  readonly more?: Readonly<Record<string, string>>
}

export type WorldOptions = {
  readonly seed?: number
  readonly duration?: Milliseconds
  readonly faults?: readonly TimedFault[]
  readonly conditions?: Conditions
  readonly lag?: NodeSpec['lag']
  readonly guardAfter?: Milliseconds | undefined
  /** Names of machines that are off until a `start`. */
  readonly off?: readonly string[]
}

/** Reading files and loading code, as measured for the bundled daemon. */
const startUp = milliseconds(80)
/** A real-time thread on an idle machine. */
const usualLag = { min: milliseconds(0.05), max: milliseconds(0.25) }
/** As measured (docs/rehearse.md); adverts are not concerned, they leave on a path that is in use all the time. */
const usualReaction = milliseconds(4)
/** As measured, too: it never did that before. */
const usualGuard = milliseconds(30)
/** It runs already, and only has to be told. */
const usualSpare = milliseconds(15)

export function worldOfFiles(files: readonly NodeFile[], options: WorldOptions = {}): World {
  const drafts = files.map((file) => draftOf(file))
  const segments = nameSegments(drafts)
  const addresses = chooseAddresses(drafts)
  const nodes = drafts.map((draft, i): NodeSpec => {
    const interfaces = draft.interfaces.map((name): InterfaceSpec => {
      const segment = segments.get(place(i, name)) ?? name
      return { name, segment, addresses: addresses.get(place(i, name)) ?? [] }
    })
    return {
      name: draft.name,
      files: draft.files,
      configFile: draft.configFile,
      interfaces,
      startsAt: options.off?.includes(draft.name) ? undefined : milliseconds(0),
      startUp,
      lag: options.lag ?? usualLag,
      reaction: usualReaction,
      guardAfter: 'guardAfter' in options ? options.guardAfter : usualGuard,
      ...('guardAfter' in options && options.guardAfter === undefined ? {} : { spareAfter: usualSpare }),
      programs: [],
      runningPrograms: programsOf(draft.plan),
    }
  })
  const names = [...new Set(nodes.flatMap((node) => node.interfaces.map((one) => one.segment)))]
  return {
    seed: options.seed ?? 1,
    duration: options.duration ?? milliseconds(60_000),
    nodes,
    segments: names.map((name) => ({ name, conditions: options.conditions ?? goodConditions })),
    clients: clientsFor(drafts, segments),
    faults: options.faults ?? [],
  }
}

type Draft = {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly configFile: string
  readonly plan: NodePlan
  /** In the order in which the file speaks of them. */
  readonly interfaces: readonly string[]
}

const place = (node: number, name: string): string => `${node} ${name}`

function draftOf(file: NodeFile): Draft {
  const configFile = file.path.startsWith('/') ? file.path : `/etc/keepalived/${file.path}`
  const files = { ...file.more, [configFile]: file.text }
  const plan = planOf({ name: file.name, files, configFile })
  const { instances, global, staticAddresses, syncGroups } = plan.configuration
  const names = new Set<string>()
  for (const instance of instances) {
    names.add(instance.interface ?? global.defaultInterface)
    for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) if (entry.interface) names.add(entry.interface)
    for (const tracked of instance.trackInterfaces) names.add(tracked.name)
  }
  for (const group of syncGroups) for (const tracked of group.trackInterfaces) names.add(tracked.name)
  for (const entry of staticAddresses) if (entry.interface) names.add(entry.interface)
  if (names.size === 0) names.add(global.defaultInterface)
  return { name: file.name, files, configFile, plan, interfaces: [...names] }
}

const homeOf = (draft: Draft, instance: InstanceConf): string => instance.interface ?? draft.plan.configuration.global.defaultInterface

/** Interfaces that share a virtual router, or a name, are in one segment. Gives `node interface` → segment. */
function nameSegments(drafts: readonly Draft[]): Map<string, string> {
  const groups = new Map<string, Set<string>>()
  const join = (key: string, member: string): void => {
    const joined = new Set([member, ...(groups.get(key) ?? []), ...(groups.get(member) ?? [])])
    for (const one of [...joined, key]) groups.set(one, joined)
    for (const one of joined) groups.set(one, joined)
  }
  for (const [i, draft] of drafts.entries()) {
    for (const name of draft.interfaces) join(`name ${name}`, place(i, name))
    for (const instance of draft.plan.configuration.instances) {
      join(`router ${instance.family} ${instance.vrid}`, place(i, homeOf(draft, instance)))
    }
  }
  const names = new Map<string, string>()
  for (const [i, draft] of drafts.entries()) {
    for (const name of draft.interfaces) {
      const members = [...(groups.get(place(i, name)) ?? [])].filter((one) => /^\d+ /.test(one))
      const words = new Set(members.map((one) => one.slice(one.indexOf(' ') + 1)))
      names.set(place(i, name), [...words].sort().join('/') || name)
    }
  }
  return names
}

/** The sources that the files name; for nodes that name none, what their peers call them; else one of our own choice. */
function chooseAddresses(drafts: readonly Draft[]): Map<string, string[]> {
  const chosen = new Map<string, Set<IpAddress>>()
  const give = (node: number, name: string, address: IpAddress): void => {
    const key = place(node, name)
    chosen.set(key, (chosen.get(key) ?? new Set()).add(address))
  }
  const all = drafts.flatMap((draft, i) => draft.plan.configuration.instances.map((instance) => ({ i, draft, instance })))
  for (const { i, draft, instance } of all) if (instance.source) give(i, homeOf(draft, instance), instance.source)
  const taken = new Set<string>([...chosen.values()].flatMap((set) => [...set]))
  for (const { instance } of all)
    for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) taken.add(entry.address)
  for (const { i, draft, instance } of all) {
    if (instance.source || instance.peers.length === 0) continue
    const others = all.filter((other) => other.i !== i && other.instance.vrid === instance.vrid)
    const called = others.flatMap((other) => other.instance.peers.map((peer) => peer.address))
    const mine = called.find((address) => !taken.has(address) && !instance.peers.some((peer) => peer.address === address))
    if (mine === undefined) continue
    taken.add(mine)
    give(i, homeOf(draft, instance), mine)
  }
  return new Map(
    drafts.flatMap((draft, i) =>
      draft.interfaces.map((name, k): [string, string[]] => {
        const known = [...(chosen.get(place(i, name)) ?? [])]
        const models = all.filter((one) => one.i === i && homeOf(one.draft, one.instance) === name).map((one) => one.instance)
        return [place(i, name), [...known.map(withPrefix), ...missing(known, models, taken, i, k)]]
      }),
    ),
  )
}

const withPrefix = (address: IpAddress): string => `${address}/${isIpv6(address) ? 64 : 24}`

/** An IPv4 address beside the first virtual one, and a link-local IPv6 one, where there is none yet. */
function missing(
  known: readonly IpAddress[],
  instances: readonly InstanceConf[],
  taken: Set<string>,
  node: number,
  number: number,
): string[] {
  const added: string[] = []
  if (!known.some((address) => familyOf(address) === 'ipv4')) {
    const model = instances.flatMap((one) => one.virtualAddresses.map((entry) => entry.address)).find((address) => !isIpv6(address))
    const base = model && !isMulticast(model) ? model.slice(0, model.lastIndexOf('.')) : `10.255.${number}`
    let host = 11 + node
    while (taken.has(`${base}.${host}`)) host += 20
    taken.add(`${base}.${host}`)
    added.push(`${base}.${host}/24`)
  }
  if (!known.some((address) => isIpv6(address))) added.push(`fe80::${(node + 1).toString(16)}:${(number + 1).toString(16)}/64`)
  return added
}

function clientsFor(drafts: readonly Draft[], segments: ReadonlyMap<string, string>): ClientSpec[] {
  const wanted = new Set<string>()
  for (const [i, draft] of drafts.entries()) {
    for (const instance of draft.plan.configuration.instances) {
      for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) {
        const name = entry.interface ?? homeOf(draft, instance)
        wanted.add(segments.get(place(i, name)) ?? name)
      }
    }
  }
  const names = new Set(drafts.map((draft) => draft.name))
  const single = names.has('client') ? 'client-0' : 'client'
  return [...wanted].map((segment, i) => ({ name: i === 0 ? single : `client-${segment}`, segment }))
}

/** `…/ecs1.keepalived.conf` → `ecs1`; equal names get a number. */
export function nodeNames(paths: readonly string[]): string[] {
  const used = new Map<string, number>()
  return paths.map((path) => {
    const file = path.slice(path.lastIndexOf('/') + 1)
    const folder = path.slice(0, -file.length - 1)
    const stem = file.replace(/(\.keepalived)?\.(conf|cfg|txt)$/, '')
    const isGeneric = stem === 'keepalived' && folder !== ''
    const name = (isGeneric ? folder.slice(folder.lastIndexOf('/') + 1) : stem).replace(/[^A-Za-z0-9_.-]/g, '_') || 'node'
    const count = (used.get(name) ?? 0) + 1
    used.set(name, count)
    return count === 1 ? name : `${name}-${count}`
  })
}
