// Makes a fault happen in a running world, and takes it back when its time is over.
import type { Milliseconds } from '@havip/base'
import type { Attacker } from './attacker.ts'
import type { Fault, TimedFault } from './fault.ts'
import { BadWorld, type KernelLink } from './kernel.ts'
import type { Machine, Parts } from './machine.ts'

export type Stage = {
  readonly parts: Parts
  readonly machines: ReadonlyMap<string, Machine>
  /** Machines and clients. */
  readonly names: readonly string[]
  readonly attacker: Attacker
  /** Program of a `vrrp_script` by its name on a machine. */
  programOf(node: string, script: string): string
  /** Command line of a `vrrp_track_process` by its name on a machine. */
  processOf(node: string, name: string): string
  /** Of a sync group one member: it takes the others along. */
  instancesOf(node: string): readonly string[]
}

/** Plans `timed` in the queue. */
export function schedule(stage: Stage, timed: TimedFault): void {
  const { queue, observer } = stage.parts
  queue.at(timed.at, () => {
    observer.fault(timed, false)
    const undo = apply(stage, timed.fault)
    observer.groundMoved()
    if (timed.lasts === undefined) return
    queue.in(timed.lasts, () => {
      observer.fault(timed, true)
      undo()
      observer.groundMoved()
    })
  })
}

const nothing = (): void => {}

/** Returns how to take it back. */
function apply(stage: Stage, fault: Fault): () => void {
  switch (fault.kind) {
    case 'power-loss': {
      const machine = machineOf(stage, fault.node)
      machine.powerOff()
      return () => machine.startDaemon()
    }
    case 'kill': {
      const machine = machineOf(stage, fault.node)
      machine.killDaemon()
      return () => machine.startDaemon()
    }
    case 'stop': {
      const machine = machineOf(stage, fault.node)
      machine.stopDaemon()
      return () => machine.startDaemon()
    }
    case 'start':
      machineOf(stage, fault.node).startDaemon()
      return nothing
    case 'freeze': {
      const machine = machineOf(stage, fault.node)
      const run = machine.run
      machine.freeze()
      // A process that died meanwhile is not continued, and its successor was never stopped.
      return () => (machine.run === run ? machine.thaw() : undefined)
    }
    case 'pause': {
      const machine = machineOf(stage, fault.node)
      machine.pause()
      return () => machine.resume()
    }
    case 'cut':
      return cut(stage, fault.oneWay ? [[fault.from, fault.to]] : both(fault.from, fault.to))
    case 'isolate':
      return cut(
        stage,
        stage.names.filter((name) => name !== fault.node).flatMap((name) => both(fault.node, name)),
      )
    case 'heal':
      if (fault.between) stage.parts.network.healBetween(...fault.between)
      else stage.parts.network.healEverything()
      return nothing
    case 'link': {
      const { machine, link } = linkOf(stage, fault.node, fault.interface)
      machine.kernel.setLink(link, fault.isUp)
      return () => machine.kernel.setLink(link, !fault.isUp)
    }
    case 'flap': {
      const { machine, link } = linkOf(stage, fault.node, fault.interface)
      repeat(stage, fault.times, fault.every, () => {
        machine.kernel.setLink(link, false)
        stage.parts.queue.in(fault.every / 2, () => machine.kernel.setLink(link, true))
      })
      return nothing
    }
    case 'conditions': {
      const id = stage.parts.network.change(fault.change, fault.from, fault.to)
      return () => stage.parts.network.takeBack(id)
    }
    case 'script': {
      const machines = fault.node === undefined ? [...stage.machines.values()] : [machineOf(stage, fault.node)]
      const ids = machines.map((machine) => machine.behave(stage.programOf(machine.name, fault.program), fault.behaviour))
      return () => {
        for (const [i, machine] of machines.entries()) machine.behaveAgain(ids[i] as number)
      }
    }
    case 'process': {
      const machine = machineOf(stage, fault.node)
      const line = stage.processOf(fault.node, fault.program)
      const usual = machine.spec.runningPrograms?.find(({ argv }) => argv.join(' ') === line)?.count ?? 0
      machine.setRunning(line, fault.count)
      return () => machine.setRunning(line, usual)
    }
    case 'address-removed': {
      const { kernel } = machineOf(stage, fault.node)
      const link = kernel.linkWith(fault.address)
      if (link) kernel.remove(link, fault.address)
      return nothing
    }
    case 'reload': {
      const machine = machineOf(stage, fault.node)
      const text = fault.file === undefined ? undefined : machine.files.get(fault.file)
      if (fault.file !== undefined && text === undefined) throw new BadWorld(`${fault.node} has no file ${fault.file} to reload`)
      machine.reload(text)
      return nothing
    }
    case 'switchover': {
      const machine = machineOf(stage, fault.node)
      const names = fault.instance === undefined ? stage.instancesOf(fault.node) : [fault.instance]
      for (const name of names) machine.switchOver(name, fault.isReturn)
      return nothing
    }
    case 'write':
      machineOf(stage, fault.node).writeFile(fault.file, fault.text)
      return nothing
    case 'clock-step':
      machineOf(stage, fault.node).wallOffset += fault.by
      return nothing
    case 'hostile':
      repeat(stage, fault.times, fault.every, () => stage.attacker.send(fault.packet))
      return nothing
  }
}

function machineOf(stage: Stage, name: string): Machine {
  const machine = stage.machines.get(name)
  if (!machine) throw new BadWorld(`no machine is called ${name}; there are ${[...stage.machines.keys()].join(', ')}`)
  return machine
}

function linkOf(stage: Stage, node: string, name: string): { readonly machine: Machine; readonly link: KernelLink } {
  const machine = machineOf(stage, node)
  const link = machine.kernel.linkNamed(name)
  if (!link) throw new BadWorld(`${node} has no interface ${name}; it has ${machine.kernel.links.map((one) => one.name).join(', ')}`)
  return { machine, link }
}

const both = (a: string, b: string): [string, string][] => [
  [a, b],
  [b, a],
]

function cut(stage: Stage, paths: readonly (readonly [string, string])[]): () => void {
  for (const [from, to] of paths) {
    for (const name of [from, to]) {
      if (!stage.names.includes(name)) throw new BadWorld(`nobody is called ${name}; there are ${stage.names.join(', ')}`)
    }
    stage.parts.network.cut(from, to)
  }
  return () => {
    for (const [from, to] of paths) stage.parts.network.mend(from, to)
  }
}

function repeat(stage: Stage, times: number, every: Milliseconds, act: () => void): void {
  for (let i = 0; i < times; i++) stage.parts.queue.in(i * every, act)
}
