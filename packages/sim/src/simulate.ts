// Runs a world: machines with whole daemons, a network, faults on time; and writes down what came of it.
import { milliseconds } from '@havip/base'
import { schedule } from './apply-fault.ts'
import { createAttacker, type Target } from './attacker.ts'
import type { DaemonFactory } from './daemon.ts'
import { EventQueue } from './event-queue.ts'
import { canLast, type TimedFault } from './fault.ts'
import { formatFault } from './fault-text.ts'
import { havipDaemon } from './havip-daemon.ts'
import { BadWorld } from './kernel.ts'
import { Machine, type Parts } from './machine.ts'
import { Network } from './network.ts'
import { type NodePlan, planOf } from './node-plan.ts'
import { findOutages, findSplitBrains } from './outages.ts'
import { Ownership, type WatchedAddress } from './ownership.ts'
import { Recording, type Watch } from './recording.ts'
import type { AddressReport, Report } from './report.ts'
import { streamsOf } from './streams.ts'
import type { NodeSpec, World } from './world.ts'

export type SimulateOptions = {
  readonly title?: string
  readonly createDaemon?: DaemonFactory
  /** Hear more than the report keeps; `now` comes before each of the others. */
  readonly watch?: Partial<Watch> & { readonly begin?: (world: RunningWorld) => void }
  /** Called between two events whenever `every` milliseconds have passed, and once at the end. */
  readonly inspect?: { readonly every: number; readonly look: (world: RunningWorld) => void }
}

/** A world in motion, for checkers. */
export type RunningWorld = {
  readonly now: number
  readonly machines: readonly Machine[]
  readonly network: Network
  readonly plans: ReadonlyMap<string, NodePlan>
  readonly addresses: readonly WatchedAddress[]
  /** When somebody else removes an address somewhere. */
  readonly removals: readonly number[]
}

/** 2026-01-01T00:00:00Z: every simulated world begins in the same minute, so that reports compare. */
const wallStart = 1_767_225_600_000

/**
 * @returns the report. The same world gives the same report, on every machine.
 * @throws BadWorld when the world names what it does not have.
 */
export function simulate(world: World, options: SimulateOptions = {}): Report {
  const queue = new EventQueue()
  const streams = streamsOf(world.seed)
  const network = new Network(queue, streams, world.segments)
  const plans = new Map(world.nodes.map((node) => [node.name, planOf(node)]))
  const lanes = world.nodes.flatMap((node) =>
    (plans.get(node.name)?.configuration.instances ?? []).map((instance) => ({ node: node.name, instance: instance.name })),
  )
  const recording = new Recording(queue, lanes, options.watch)
  const createDaemon = options.createDaemon ?? havipDaemon
  const parts: Parts = { queue, network, streams, observer: recording, createDaemon, wallStart, listeners: new Map() }
  const machines = world.nodes.map((node, i) => new Machine(i + 1, node, parts))
  const addresses = watchedAddresses(world, plans)
  const ownership = new Ownership(parts, machines, world.clients, addresses, recording)
  recording.onGroundMoved = () => ownership.groundMoved()
  begin(world, parts, machines, plans)
  const removals = world.faults.flatMap(({ at, fault }) => (fault.kind === 'address-removed' ? [at] : []))
  const running = (): RunningWorld => ({ now: queue.now, machines, network, plans, addresses, removals })
  options.watch?.begin?.(running())
  run(queue, world.duration, options.inspect, running)
  return writeReport(world, options.title ?? 'Simulation', queue, network, recording, ownership)
}

function begin(world: World, parts: Parts, machines: readonly Machine[], plans: ReadonlyMap<string, NodePlan>): void {
  const byName = new Map(machines.map((machine) => [machine.name, machine]))
  const names = [...byName.keys(), ...world.clients.map((client) => client.name)]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new BadWorld(`two are called ${twice}`)
  const attacker = createAttacker(parts, byName, targetsOf(world, plans))
  const programOf = (node: string, script: string): string => {
    const found = plans.get(node)?.configuration.scripts.find((one) => one.name === script)
    return found ? found.command.argv.join(' ') : script
  }
  const processOf = (node: string, name: string): string => {
    const found = plans.get(node)?.configuration.processes.find((one) => one.name === name)
    return found ? found.argv.join(' ') : name
  }
  const instancesOf = (node: string): string[] => {
    const { instances = [], syncGroups = [] } = plans.get(node)?.configuration ?? {}
    const led = new Set(syncGroups.flatMap(({ members }) => members.slice(1).map(({ name }) => name)))
    return instances.flatMap(({ name }) => (led.has(name) ? [] : [name]))
  }
  for (const machine of machines) {
    const { startsAt } = machine.spec
    if (startsAt !== undefined) parts.queue.at(startsAt, () => machine.startDaemon())
  }
  const stage = { parts, machines: byName, names, attacker, programOf, processOf, instancesOf }
  for (const fault of world.faults) schedule(stage, checked(fault))
}

function checked(timed: TimedFault): TimedFault {
  if (timed.lasts !== undefined && !canLast(timed.fault)) throw new BadWorld(`${formatFault(timed)}: cannot last`)
  return timed
}

function run(queue: EventQueue, end: number, inspect: SimulateOptions['inspect'], world: () => RunningWorld): void {
  if (inspect) for (let at = inspect.every; at < end; at += inspect.every) queue.at(at, () => inspect.look(world()))
  queue.runUntil(end)
  if (inspect) inspect.look(world())
}

/** Where a node's virtual addresses live: the segment of their interface, else of the node's first one. */
function segmentOf(node: NodeSpec, name: string | undefined): string {
  const found = node.interfaces.find((one) => one.name === name) ?? node.interfaces[0]
  if (!found) throw new BadWorld(`${node.name} has no interface`)
  return found.segment
}

function watchedAddresses(world: World, plans: ReadonlyMap<string, NodePlan>): WatchedAddress[] {
  const watched = new Map<string, WatchedAddress>()
  for (const node of world.nodes) {
    for (const instance of plans.get(node.name)?.configuration.instances ?? []) {
      for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) {
        if (!watched.has(entry.address)) {
          watched.set(entry.address, { address: entry.address, segment: segmentOf(node, entry.interface ?? instance.interface) })
        }
      }
    }
  }
  return [...watched.values()]
}

function targetsOf(world: World, plans: ReadonlyMap<string, NodePlan>): Target[] {
  const targets: Target[] = []
  const groups = new Set<string>()
  for (const node of world.nodes) {
    for (const instance of plans.get(node.name)?.configuration.instances ?? []) {
      const segment = segmentOf(node, instance.interface)
      const key = `${segment} ${instance.family} ${instance.vrid}`
      const isMulticast = instance.peers.length === 0
      if (isMulticast && groups.has(key)) continue
      if (isMulticast) groups.add(key)
      targets.push({ node: node.name, instance, segment })
    }
  }
  return targets
}

function writeReport(world: World, title: string, queue: EventQueue, network: Network, recording: Recording, ownership: Ownership): Report {
  const end = milliseconds(world.duration)
  const addresses: AddressReport[] = ownership.watches.map((watch) => ({
    address: watch.address,
    segment: watch.segment,
    owners: watch.owners.spans(end),
    reached: watch.clients.map((view) => ({ client: view.client, spans: view.reached.spans(end) })),
  }))
  const outages = findOutages(addresses, recording.timeline)
  const splitBrains = findSplitBrains(addresses, recording.timeline)
  const real = splitBrains.filter((one) => !one.isHandover)
  return {
    version: 1,
    title,
    seed: world.seed,
    durationMs: world.duration,
    nodes: world.nodes.map((node) => node.name),
    clients: world.clients.map((client) => client.name),
    faults: world.faults.map(formatFault),
    lanes: recording.lanes(end),
    addresses,
    timeline: recording.timeline,
    outages,
    splitBrains,
    totals: {
      transitions: recording.transitions,
      notifyCalls: recording.notifyCalls,
      mails: recording.mails,
      announcements: recording.announcements,
      outages: outages.length,
      outageMs: outages.reduce((sum, outage) => sum + outage.lasted, 0),
      longestOutageMs: outages.reduce((longest, outage) => Math.max(longest, outage.lasted), 0),
      splitBrains: real.length,
      splitBrainMs: real.reduce((sum, one) => sum + one.lasted, 0),
      handoverOverlaps: splitBrains.length - real.length,
      packets: { ...network.counters },
      events: queue.events,
      crashes: recording.crashes,
    },
    log: recording.lines,
  }
}
