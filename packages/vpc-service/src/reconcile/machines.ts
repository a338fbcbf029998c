// Starts, stops and removes machines: each by itself, since that takes long, and one thing at a time for each.
import { gatewayOf, type Instance, type InstanceId, type MachineStep, type Vswitch, type World } from '@havip/vpc'
import type { Compute, InstanceSpec } from '../ports.ts'

/** Machines that are worked on at the same time. */
const jobsMax = 8

export class Machines {
  readonly #compute: Compute
  readonly #done: (instance: InstanceId, error: unknown) => void
  readonly #jobs = new Map<InstanceId, Promise<void>>()

  /** `done` is told of each job's end; the error is undefined when it went well. */
  constructor(compute: Compute, done: (instance: InstanceId, error: unknown) => void) {
    this.#compute = compute
    this.#done = done
  }

  isBusy(instance: InstanceId): boolean {
    return this.#jobs.has(instance)
  }

  get isFull(): boolean {
    return this.#jobs.size >= jobsMax
  }

  /** Reads which machines there are. Those being worked on keep what is known of them. */
  async inspect(world: World): Promise<void> {
    const busy = new Set(this.#jobs.keys())
    const facts = new Map((await this.#compute.list()).map((fact) => [fact.instance, fact]))
    for (const id of new Set([...world.machines.keys(), ...facts.keys()])) {
      if (busy.has(id) || this.#jobs.has(id)) continue
      const fact = facts.get(id)
      if (fact) world.machines.set(id, { power: fact.power, boot: fact.boot })
      else world.machines.delete(id)
    }
  }

  /** Does one step in the background; what it achieves is written into the world. */
  begin(world: World, instance: Instance, step: MachineStep, vswitch: Vswitch | undefined): void {
    const job = this.#perform(world, instance, step, vswitch).then(
      () => this.#end(instance.id, undefined),
      (error: unknown) => this.#end(instance.id, error),
    )
    this.#jobs.set(instance.id, job)
  }

  /** A machine that no row speaks of. */
  beginRemoval(world: World, id: InstanceId): void {
    const job = this.#compute.remove(id).then(
      () => {
        world.machines.delete(id)
        this.#end(id, undefined)
      },
      (error: unknown) => this.#end(id, error),
    )
    this.#jobs.set(id, job)
  }

  #end(instance: InstanceId, error: unknown): void {
    this.#jobs.delete(instance)
    this.#done(instance, error)
  }

  async #perform(world: World, instance: Instance, step: MachineStep, vswitch: Vswitch | undefined): Promise<void> {
    switch (step.kind) {
      case 'start':
        if (!vswitch) throw new Error(`${instance.id} has no vSwitch`)
        await this.#compute.start(specOf(instance, vswitch), step.boot)
        world.machines.set(instance.id, { power: 'running', boot: step.boot })
        return
      case 'stop':
        await this.#compute.stop(instance.id, step.force)
        world.machines.set(instance.id, { power: 'stopped', boot: world.machines.get(instance.id)?.boot ?? 0 })
        return
      case 'remove':
        await this.#compute.remove(instance.id)
        world.machines.delete(instance.id)
        return
    }
  }

  /** Resolves when all that was begun has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#jobs.values())
  }
}

function specOf(instance: Instance, vswitch: Vswitch): InstanceSpec {
  const { id, vpc, networkInterface, hostName, mac, address, userData } = instance
  return {
    instance: id,
    vpc,
    port: networkInterface,
    hostName,
    mac,
    address,
    prefix: vswitch.cidr.prefix,
    gateway: gatewayOf(vswitch.cidr),
    userData,
  }
}
