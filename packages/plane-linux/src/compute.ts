// Instances as namespaces over an overlay of the host's files. They live on when hostd dies, and are found again by their
// directory and the process id in it.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceId } from '@havip/vpc'
import { type CommandResult, type Compute, type ComputeFact, type InstanceSpec, PlaneError, type Shell } from '@havip/vpc-service'
import { type Bind, bootPlan, diskPaths, prepareBinds, prepareDisk } from './disk.ts'
import { initScript } from './init-script.ts'
import { type Names, netnsPath } from './names.ts'
import { netnsIdentity, removeNetns } from './netns.ts'
import type { LinuxDataPlane } from './plane.ts'
import type { Power } from './power.ts'
import { namespaceOf, processesIn, signal, until } from './processes.ts'
import type { RunCommand, TerminalSize } from './protocol.ts'
import { type Queue, run, toolEnvironment } from './run.ts'
import { openTerminal } from './shell.ts'
import { type HostState, type Machine, mountPointsBelow } from './state.ts'
import { bootScript, enterScript } from './trusted-entry.ts'

export type ComputeOptions = {
  readonly names: Names
  readonly state: HostState
  readonly queue: Queue
  readonly binds: readonly Bind[]
  /** How long processes have between SIGTERM and SIGKILL. */
  readonly stopTimeoutMs: number
}

/** How long the kernel may take to get rid of killed processes. */
const killTimeoutMs = 10_000
/** After a command ended, what it wrote may still be on its way; what it left running may hold the pipe open for ever. */
const drainMs = 50

export const powerOf = (state: HostState): Power => ({
  isRunning: (instance) => state.firstProcess(instance) !== undefined,
  exists: (instance) => state.readMachine(instance) !== undefined,
  pidOf: (instance) => state.firstProcess(instance)?.pid,
})

export class NamespaceCompute implements Compute {
  readonly #options: ComputeOptions
  readonly #plane: LinuxDataPlane

  constructor(options: ComputeOptions, plane: LinuxDataPlane) {
    this.#options = options
    this.#plane = plane
  }

  async list(): Promise<readonly ComputeFact[]> {
    const { state } = this.#options
    return state.list().flatMap((instance): ComputeFact[] => {
      const machine = state.readMachine(instance)
      if (!machine) return []
      return [{ instance, power: state.firstProcess(instance) ? 'running' : 'stopped', boot: machine.boot }]
    })
  }

  start(spec: InstanceSpec, boot: number): Promise<void> {
    return this.#options.queue.run(async () => {
      if (this.#options.state.firstProcess(spec.instance)) return
      try {
        await this.#boot(spec, boot)
      } catch (error) {
        if (error instanceof PlaneError) throw error
        throw new PlaneError('The instance could not be started.', `start ${spec.instance}: ${String(error)}`, { cause: error })
      }
    })
  }

  /** An instance that has not got a port here is not started; its disk is made all the same, so that nothing forgets it. */
  async #boot(spec: InstanceSpec, boot: number): Promise<void> {
    const { names, state, binds } = this.#options
    const old = state.readMachine(spec.instance)
    await this.#killAll(spec.instance)
    await this.#plane.rewire(spec.vpc, spec.instance, spec.port)
    const machine: Machine = { image: old?.image ?? state.newestImage, hostName: spec.hostName, vpc: spec.vpc, port: spec.port, boot }
    const paths = diskPaths(state.instanceDirectory(spec.instance), state.imagePath(machine.image))
    // A directory without its file is the rest of a first start that was killed: nothing in it has ever run.
    if (!old) rmSync(state.instanceDirectory(spec.instance), { recursive: true, force: true })
    prepareDisk(paths, spec, { isNew: !old, hostNameChanged: old !== undefined && old.hostName !== spec.hostName })
    prepareBinds(paths, binds)
    state.writeMachine(spec.instance, machine)
    const plan = bootPlan(paths, spec, binds)
    const netns = netnsPath(names.instance(spec.instance))
    const program = ['/usr/bin/tini', '--', '/bin/sh', '-c', initScript, 'init']
    await run([state.interpreter, '-e', bootScript(), netns, paths.mountPoint, state.pidFile(spec.instance), state.bootId, ...program], {
      input: plan.map((words) => `${words.join('\t')}\n`).join(''),
    })
  }

  stop(instance: InstanceId, force: boolean): Promise<void> {
    return this.#options.queue.run(() => this.#stop(instance, force))
  }

  async #stop(instance: InstanceId, force: boolean): Promise<void> {
    const { state, stopTimeoutMs } = this.#options
    const machine = state.readMachine(instance)
    const first = state.firstProcess(instance)
    const space = first && namespaceOf(first.pid, 'pid')
    if (first && space && !force) {
      const others = () => processesIn('pid', space).filter((pid) => pid !== first.pid)
      for (const pid of others()) signal(pid, 'SIGTERM')
      // The one that stays is what the first process waits for; it is deaf to SIGTERM.
      await until(() => state.firstProcess(instance) === undefined || others().length <= 1, stopTimeoutMs)
    }
    // The cable first: a process that is killed must not say good-bye on the wire.
    if (machine) await this.#plane.switchOff(machine.vpc, instance)
    await this.#killAll(instance)
  }

  async #killAll(instance: InstanceId): Promise<void> {
    const { names, state } = this.#options
    const first = state.firstProcess(instance)
    if (first) signal(first.pid, 'SIGKILL')
    // Also one that is just being started by a hostd that is gone: it is in the network namespace before it has a number.
    const identity = netnsIdentity(names.instance(instance))
    const inside = () => (identity === undefined ? [] : processesIn('net', identity))
    const isOff = await until(() => {
      for (const pid of inside()) signal(pid, 'SIGKILL')
      return state.firstProcess(instance) === undefined && inside().length === 0
    }, killTimeoutMs)
    if (!isOff) throw new PlaneError('The instance does not stop.', `processes of ${instance} survive SIGKILL`)
  }

  remove(instance: InstanceId): Promise<void> {
    return this.#options.queue.run(async () => {
      const { names, state } = this.#options
      await this.#stop(instance, true)
      const directory = state.instanceDirectory(instance)
      for (const path of mountPointsBelow(directory)) await run(['umount', '--lazy', path])
      // First what says that it exists: a disk that is half gone must not be started again.
      rmSync(join(directory, 'machine.json'), { force: true })
      rmSync(directory, { recursive: true, force: true })
      if (!(await this.#plane.hasPortOf(instance))) await removeNetns(names.instance(instance))
    })
  }

  /** Runs beside everything else: a command may take long. */
  async run(instance: InstanceId, command: RunCommand): Promise<CommandResult> {
    const first = this.#options.state.firstProcess(instance)
    if (!first) return { kind: 'not-running' }
    const args = this.#enterArguments(first, command.user, command.directory, '', ['/bin/sh', '-c', command.script])
    return new Promise((resolve, reject) => {
      const child = spawn(this.#options.state.interpreter, args, {
        env: toolEnvironment,
        cwd: '/',
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const output = new BoundedOutput(command.outputMax)
      child.stdout.on('data', (chunk: Buffer) => output.add(chunk))
      child.stderr.on('data', (chunk: Buffer) => output.add(chunk))
      let isTimedOut = false
      const timer = setTimeout(() => {
        isTimedOut = true
        // The group: what the command started dies with it. Its leader has not been waited for, so the number is still its own.
        if (child.pid !== undefined) signal(-child.pid, 'SIGKILL')
      }, command.timeoutMs)
      child.on('error', (error) => {
        clearTimeout(timer)
        reject(new PlaneError('The command could not be started.', error.message, { cause: error }))
      })
      child.on('exit', (status, signalName) => {
        clearTimeout(timer)
        const finish = () => {
          clearTimeout(drain)
          child.stdout.destroy()
          child.stderr.destroy()
          resolve(
            isTimedOut
              ? { kind: 'timed-out', ...output.text() }
              : { kind: 'exited', status: status ?? (signalName ? 137 : 255), ...output.text() },
          )
        }
        const drain = setTimeout(finish, drainMs)
        child.on('close', finish)
      })
    })
  }

  async openShell(instance: InstanceId, size: TerminalSize): Promise<Shell> {
    const first = this.#options.state.firstProcess(instance)
    if (!first) throw new PlaneError('The instance is not running.', `shell in ${instance}`)
    return openTerminal(this.#options.state.interpreter, this.#enterArguments(first, 'root', '', 'xterm-256color', []), size)
  }

  #enterArguments(
    first: { pid: number; start: string },
    user: string,
    directory: string,
    term: string,
    program: readonly string[],
  ): string[] {
    return ['-e', enterScript(), String(first.pid), first.start, user, directory, term, ...program]
  }
}

/** Keeps the first bytes and drops the rest. */
class BoundedOutput {
  readonly #chunks: Buffer[] = []
  readonly #max: number
  #length = 0
  #isTruncated = false

  constructor(max: number) {
    this.#max = max
  }

  add(chunk: Buffer): void {
    const room = this.#max - this.#length
    if (chunk.length > room) this.#isTruncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#length += Math.min(room, chunk.length)
  }

  text(): { output: string; truncated: boolean } {
    return { output: Buffer.concat(this.#chunks).toString(), truncated: this.#isTruncated }
  }
}
