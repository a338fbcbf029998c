// One run of the daemon on a machine: its Clock and Host. A frozen process is called back when it thaws; a dead one never.
import { fail, type Instant, type Milliseconds, ok, type Random, type Result, type WallTime, wallTime } from '@havip/base'
import type { SourceFault, SourceReader } from '@havip/conf'
import type {
  AddressSpec,
  AdvertTransport,
  Announcement,
  Clock,
  Fifo,
  FifoSpec,
  Host,
  HostEvent,
  HostFault,
  Link,
  Mail,
  ProcessEnd,
  ProcessSpec,
  ReceivedDatagram,
  ReceivedPacket,
  Removal,
  RunningProcess,
  Timer,
  TransportSpec,
  UdpSocket,
  UdpSpec,
  UserIds,
  Will,
} from '@havip/vrrp-runtime'
import type { SimulatedDaemon } from './daemon.ts'
import { HostPartsOf } from './host-parts.ts'
import type { Machine } from './machine.ts'
import { Socket } from './socket.ts'
import { UdpSockets } from './udp.ts'

/** Packets that a frozen process's sockets hold; more are lost, as with the kernel's default buffer. */
const packetsHeldMax = 256

const refused = (call: string, errno: string, detail: string): Result<never, HostFault> => fail({ call, errno, detail })

export class Process implements Host, Clock {
  readonly pid: number
  readonly hostName: string
  readonly files: SourceReader
  readonly machine: Machine
  readonly #lag: Random
  isAlive = true
  daemon: SimulatedDaemon | undefined
  will: Will | undefined
  #listener: (event: HostEvent) => void = () => {}
  #heldTimers: (() => void)[] = []
  #heldPackets: (() => void)[] = []
  #sockets: Socket[] = []
  #nextChild = 1
  readonly udp: UdpSockets
  readonly #parts: HostPartsOf
  readonly trackedFiles: HostPartsOf['trackedFiles']
  readonly processes: HostPartsOf['processes']
  readonly vmacs: HostPartsOf['vmacs']

  constructor(machine: Machine, pid: number) {
    this.machine = machine
    this.pid = pid
    this.hostName = machine.name
    this.udp = new UdpSockets(machine, () => this.now())
    this.files = readerOf(machine.files)
    this.#parts = new HostPartsOf(this, machine)
    this.trackedFiles = this.#parts.trackedFiles
    this.processes = this.#parts.processes
    this.vmacs = this.#parts.vmacs
    this.#lag = machine.parts.streams(`lag ${machine.name}`)
  }

  get sockets(): readonly Socket[] {
    return this.#sockets
  }

  /** Runs `fn` inside the process: now, when it thaws, or never. */
  call(fn: () => void, isPacket = false): void {
    if (!this.isAlive) return
    if (this.machine.isStill) {
      if (!isPacket) this.#heldTimers.push(fn)
      else if (this.#heldPackets.length < packetsHeldMax) this.#heldPackets.push(fn)
      return
    }
    try {
      fn()
    } catch (error) {
      this.machine.crashed(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

  /** What waited happens now: timers first, which is the harder order for a daemon. */
  thaw(): void {
    const held = [...this.#heldTimers, ...this.#heldPackets]
    this.#heldTimers = []
    this.#heldPackets = []
    for (const fn of held) this.machine.parts.queue.in(0, () => this.call(fn))
  }

  end(): void {
    this.isAlive = false
    this.udp.closeAll()
    this.#sockets = []
    this.#heldTimers = []
    this.#heldPackets = []
  }

  tell(event: HostEvent): void {
    this.machine.parts.queue.in(0, () => this.call(() => this.#listener(event)))
  }

  fileChanged(path: string): void {
    this.#parts.fileChanged(path)
  }

  programsChanged(): void {
    this.#parts.programsChanged()
  }

  openFifo(spec: FifoSpec): Result<Fifo, HostFault> {
    return this.#parts.openFifo(spec)
  }

  // --- Clock

  now(): Instant {
    return this.machine.parts.queue.now
  }

  wallTime(): WallTime {
    return wallTime(this.machine.parts.wallStart + this.machine.parts.queue.now + this.machine.wallOffset)
  }

  setTimer(at: Instant, fn: () => void): Timer {
    const { min, max } = this.machine.spec.lag
    const late = max > min ? min + (max - min) * this.#lag.next() : min
    let isCancelled = false
    const scheduled = this.machine.parts.queue.at(Math.max(at, this.now()) + late, () =>
      this.call(() => {
        if (!isCancelled) fn()
      }),
    )
    return {
      cancel: () => {
        isCancelled = true
        scheduled.cancel()
      },
    }
  }

  // --- Host: links and addresses

  links(): readonly Link[] {
    return this.machine.kernel.links.map((link) => this.machine.kernel.describe(link))
  }

  onEvent(listener: (event: HostEvent) => void): void {
    this.#listener = listener
  }

  addAddress(spec: AddressSpec): Result<void, HostFault> {
    const link = this.machine.kernel.linkOf(spec.interface)
    if (!link) return refused('RTM_NEWADDR', 'ENODEV', `no interface with index ${spec.interface}`)
    this.machine.kernel.add(link, spec.address, spec.prefix)
    this.machine.keepBusy()
    return ok(undefined)
  }

  removeAddress(spec: AddressSpec): Result<Removal, HostFault> {
    const link = this.machine.kernel.linkOf(spec.interface)
    if (!link) return refused('RTM_DELADDR', 'ENODEV', `no interface with index ${spec.interface}`)
    return ok(this.machine.kernel.remove(link, spec.address) ? 'removed' : 'was-not-there')
  }

  announce(announcement: Announcement): Result<void, HostFault> {
    const link = this.machine.kernel.linkOf(announcement.interface)
    if (!link) return refused('sendto', 'ENXIO', `no interface with index ${announcement.interface}`)
    if (!link.isUp) return refused('sendto', 'ENETDOWN', `${link.name} is down`)
    this.machine.announce(link, announcement.address)
    return ok(undefined)
  }

  // --- Host: packets

  openTransport(spec: TransportSpec, onPacket: (packet: ReceivedPacket) => void): Result<AdvertTransport, HostFault> {
    if (spec.interface !== undefined && !this.machine.kernel.linkOf(spec.interface)) {
      return refused('bind', 'ENODEV', `no interface with index ${spec.interface}`)
    }
    const socket = new Socket(this, spec, onPacket)
    this.#sockets.push(socket)
    return ok({
      send: (datagram, to) => {
        this.machine.parts.observer.sent(this.machine.name, spec.family, datagram)
        return this.machine.send(spec, datagram, to)
      },
      accept: (filter) => {
        socket.filter = filter
      },
      ...(this.machine.spec.notesRepeats
        ? { noteRepeats: (packet: ReceivedPacket, interval: Milliseconds) => socket.noteRepeats(packet, interval) }
        : {}),
      close: () => {
        this.#sockets = this.#sockets.filter((one) => one !== socket)
      },
    })
  }

  openUdp(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault> {
    return this.udp.open(spec, onDatagram)
  }

  // --- Host: other programs

  startProcess(spec: ProcessSpec, done: (end: ProcessEnd) => void): RunningProcess | undefined {
    const behaviour = this.machine.behaviourOf(spec.argv)
    this.machine.parts.observer.started(this.machine.name, spec.argv)
    let isOver = false
    const end = (how: ProcessEnd, after: number): void => {
      this.machine.parts.queue.in(after, () => {
        if (isOver) return
        isOver = true
        this.call(() => done(how))
      })
    }
    if (behaviour.kind === 'exits') end({ kind: 'exited', status: behaviour.status }, behaviour.after)
    if (spec.timeout !== undefined) end({ kind: 'timed-out' }, spec.timeout)
    return { pid: 100_000 * this.pid + this.#nextChild++, kill: (signal) => end({ kind: 'killed', signal }, 0.1) }
  }

  /** Every account that a file names is there. */
  lookUpUser(user: string, _group: string | undefined): Result<UserIds, HostFault> {
    const id = user === 'root' ? 0 : 1000
    return ok({ uid: id, gid: id, groups: undefined })
  }

  sendMail(mail: Mail, done: (result: Result<void, HostFault>) => void): void {
    this.machine.parts.queue.in(20, () => {
      if (!this.isAlive) return
      this.machine.parts.observer.mailed(this.machine.name, mail, true)
      this.call(() => done(ok(undefined)))
    })
  }

  log(level: number, line: string): void {
    this.machine.parts.observer.log(this.machine.name, level, line)
  }

  entrustToGuard(will: Will): void {
    this.will = will
  }
}

function readerOf(files: ReadonlyMap<string, string>): SourceReader {
  return {
    read(path): Result<string, SourceFault> {
      const text = files.get(path)
      return text === undefined ? fail({ kind: 'not-found' }) : ok(text)
    },
    glob(pattern) {
      const expression = new RegExp(`^${globToExpression(pattern)}$`)
      return [...files.keys()].filter((path) => expression.test(path)).sort()
    },
  }
}

/** `*`, `?` and `[…]` of glob(7); none of them matches a slash. */
function globToExpression(pattern: string): string {
  return pattern.replace(/\[(!?)([^\]]+)\]|[.+^${}()|\\/*?]/g, (part, not?: string, set?: string) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]]/g, '\\$&')}]`
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return `\\${part}`
  })
}
