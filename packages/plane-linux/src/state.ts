// What hostd keeps on the file system: one directory for each instance, and the images they were made from.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceId, NetworkInterfaceId, VpcId } from '@havip/vpc'
import { pathPattern } from './disk.ts'
import { imageName, makeImage } from './image.ts'
import { startTimeOf } from './processes.ts'
import { run } from './run.ts'
import { hostBootId, interpreter } from './trusted-entry.ts'

/** What is remembered of an instance while it is off. */
export type Machine = {
  readonly image: string
  readonly hostName: string
  readonly vpc: VpcId
  readonly port: NetworkInterfaceId
  readonly boot: number
}

const overlayfsMagic = 0x794c7630

export class HostState {
  readonly directory: string
  readonly #bootId = hostBootId()
  #image = ''

  /** @param directory absolute; no characters that mount options would take for something else. */
  constructor(directory: string) {
    if (!pathPattern.test(directory)) throw new RangeError(`${directory}: must be an absolute path of letters, digits and ._+@- only`)
    this.directory = directory
  }

  /** Makes the directories, a fresh image, and the read-only place of the interpreter that enters instances. */
  async prepare(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    chmodSync(this.directory, 0o700)
    await this.#makeInstancesDirectory()
    await this.#makeInterpreter()
    this.#makeImage()
  }

  get instances(): string {
    return join(this.directory, 'instances')
  }

  /** The interpreter on a read-only mount: through /proc an instance can reach what executes on its threshold, and must not write to it. */
  get interpreter(): string {
    return join(this.directory, 'entry')
  }

  get newestImage(): string {
    return this.#image
  }

  imagePath(image: string): string {
    return join(this.directory, 'images', image)
  }

  instanceDirectory(instance: InstanceId): string {
    return join(this.instances, instance)
  }

  pidFile(instance: InstanceId): string {
    return join(this.instanceDirectory(instance), 'pid')
  }

  list(): InstanceId[] {
    if (!existsSync(this.instances)) return []
    return readdirSync(this.instances).filter((name) => name.startsWith('i-')) as InstanceId[]
  }

  readMachine(instance: InstanceId): Machine | undefined {
    try {
      return JSON.parse(readFileSync(join(this.instanceDirectory(instance), 'machine.json'), 'utf8')) as Machine
    } catch {
      // Absent, or cut short by a crash: then the instance never ran, for this file is written first.
      return undefined
    }
  }

  /** Whole or not at all. */
  writeMachine(instance: InstanceId, machine: Machine): void {
    const path = join(this.instanceDirectory(instance), 'machine.json')
    mkdirSync(this.instanceDirectory(instance), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, JSON.stringify(machine))
    renameSync(`${path}.new`, path)
  }

  /** The instance's first process; undefined when it is off. A number that has been given to another process is not it. */
  firstProcess(instance: InstanceId): { readonly pid: number; readonly start: string } | undefined {
    let text: string
    try {
      text = readFileSync(this.pidFile(instance), 'utf8')
    } catch {
      return undefined
    }
    const [pid, start, bootId] = text.trim().split(' ')
    if (!pid || !start || bootId !== this.#bootId || startTimeOf(Number(pid)) !== start) return undefined
    return { pid: Number(pid), start }
  }

  get bootId(): string {
    return this.#bootId
  }

  /** Overlays cannot lie over overlays (as in a container): then the disks live in memory. */
  async #makeInstancesDirectory(): Promise<void> {
    mkdirSync(this.instances, { recursive: true, mode: 0o700 })
    if (statfsSync(this.instances).type !== overlayfsMagic) return
    await run(['mount', '-t', 'tmpfs', '-o', 'mode=700', 'havip-instances', this.instances])
  }

  async #makeInterpreter(): Promise<void> {
    if (mountPointsBelow(this.directory).includes(this.interpreter)) return
    writeFileSync(this.interpreter, '')
    await run(['mount', '--bind', interpreter, this.interpreter])
    await run(['mount', '-o', 'remount,bind,ro', this.interpreter])
  }

  /** A new one when the host's /etc or packages have changed; older ones stay as long as a disk lies over them. */
  #makeImage(): void {
    const images = join(this.directory, 'images')
    mkdirSync(images, { recursive: true })
    this.#image = imageName()
    const used = new Set([this.#image, ...this.list().map((instance) => this.readMachine(instance)?.image)])
    for (const name of readdirSync(images)) if (!used.has(name)) rmSync(join(images, name), { recursive: true, force: true })
    if (!existsSync(this.imagePath(this.#image))) makeImage(this.imagePath(this.#image))
  }
}

/** Mount points at or below a directory, the deepest first. */
export function mountPointsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length)
}
