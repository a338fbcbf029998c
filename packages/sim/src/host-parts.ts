// The parts of a simulated machine that only some configurations need: named pipes, tracked files, other programs, and
// interfaces with a virtual MAC.
import { fail, type Mac, macFromBytes, ok, type Result } from '@havip/base'
import type { Fifo, FifoSpec, HostFault, ProcessEntry, Processes, TrackedFiles, Vmacs } from '@havip/vrrp-runtime'
import type { Machine } from './machine.ts'
import type { Process } from './process.ts'

/** The kernel keeps so much of a program's name. */
const kernelNameMax = 15

const refused = (call: string, errno: string, detail: string): Result<never, HostFault> => fail({ call, errno, detail })

export class HostPartsOf {
  readonly #run: Process
  readonly #machine: Machine
  readonly #files = new Map<string, Set<() => void>>()
  readonly #programs = new Set<() => void>()
  readonly #fifos = new Set<string>()

  constructor(run: Process, machine: Machine) {
    this.#run = run
    this.#machine = machine
  }

  /** Calls inside the process, in the next instant. */
  #tell(listeners: Iterable<() => void>): void {
    for (const listener of listeners) this.#machine.parts.queue.in(0, () => this.#run.call(listener))
  }

  fileChanged(path: string): void {
    this.#tell(this.#files.get(path) ?? [])
  }

  programsChanged(): void {
    this.#tell(this.#programs)
  }

  openFifo({ path }: FifoSpec): Result<Fifo, HostFault> {
    const isOurs = !this.#fifos.has(path)
    this.#fifos.add(path)
    return ok({
      isOurs,
      write: (text) => this.#machine.parts.observer.piped(this.#machine.name, path, text),
      close: (removes) => {
        if (removes) this.#fifos.delete(path)
      },
    })
  }

  readonly trackedFiles: TrackedFiles = {
    read: (path) => this.#machine.files.get(path),
    write: (path, text) => {
      this.#machine.writeFile(path, text)
      return ok(undefined)
    },
    watch: (path, changed) => {
      const listeners = this.#files.get(path) ?? new Set()
      this.#files.set(path, listeners.add(changed))
      return ok({ close: () => listeners.delete(changed) })
    },
  }

  readonly processes: Processes = {
    list: () => this.#list(),
    watch: (changed) => {
      this.#programs.add(changed)
      return { fault: undefined, close: () => this.#programs.delete(changed) }
    },
  }

  #list(): readonly ProcessEntry[] {
    let pid = 1
    return this.#machine.runningPrograms().flatMap(({ argv, count }) =>
      Array.from({ length: count }, () => {
        const program = argv[0] ?? ''
        return { pid: ++pid, name: program.slice(program.lastIndexOf('/') + 1).slice(0, kernelNameMax), argv }
      }),
    )
  }

  readonly vmacs: Vmacs = {
    open: ({ parent, family, vrid, name, mac }) => {
      const { kernel } = this.#machine
      const below = kernel.linkOf(parent)
      if (!below) return refused('RTM_NEWLINK', 'ENODEV', `no interface with index ${parent}`)
      const wanted = mac ?? virtualMac(family === 'ipv6' ? 2 : 1, vrid)
      // Also one that the process before left, with its addresses.
      const there = name === undefined ? kernel.links.find((one) => one.parent === below && one.mac === wanted) : kernel.linkNamed(name)
      const free = () => freeName(family === 'ipv6' ? 'vrrp6' : 'vrrp', vrid, (one) => kernel.linkNamed(one) !== undefined)
      const link = there?.parent === below ? there : kernel.addVirtual(below, name ?? free(), wanted)
      return ok({ index: link.index, name: link.name, isUp: link.isUp })
    },
    setUp: (index, isUp) => {
      const { kernel } = this.#machine
      const link = kernel.linkOf(index)
      if (!link) return refused('RTM_NEWLINK', 'ENODEV', `no interface with index ${index}`)
      kernel.setLink(link, isUp)
      return ok(undefined)
    },
    remove: (index) => {
      const { kernel } = this.#machine
      const link = kernel.linkOf(index)
      if (link?.parent) kernel.removeVirtual(link)
      return ok(undefined)
    },
  }
}

/** RFC 9568 §7.3. */
const virtualMac = (familyByte: number, vrid: number): Mac => macFromBytes(Uint8Array.of(0, 0, 0x5e, 0, familyByte, vrid))

function freeName(prefix: string, vrid: number, isTaken: (name: string) => boolean): string {
  for (let i = 0; ; i++) {
    const name = `${prefix}${i === 0 ? '' : i}.${vrid}`
    if (!isTaken(name)) return name
  }
}
