// A simulated machine: power, kernel, the daemon's process and its guard.
import { type Family, fail, type IpAddress, isMulticast, type Mac, ok, type Result } from '@havip/base'
import type { HostFault, ReceivedPacket, Succession, TransportSpec } from '@havip/vrrp-runtime'
import { ipProtocol } from '@havip/wire'
import type { DaemonFactory } from './daemon.ts'
import { announcementFrame, fillIpv4Header, fillIpv6Checksum } from './datagram.ts'
import type { EventQueue } from './event-queue.ts'
import { Kernel, type KernelLink } from './kernel.ts'
import type { Network, Station } from './network.ts'
import type { Observer } from './observer.ts'
import { Process } from './process.ts'
import { parseIpv4Datagram } from './socket.ts'
import type { Streams } from './streams.ts'
import type { Behaviour, NodeSpec } from './world.ts'

/** What all machines of a world share. */
export type Parts = {
  readonly queue: EventQueue
  readonly network: Network
  readonly streams: Streams
  readonly observer: Observer
  readonly createDaemon: DaemonFactory
  /** The wall clock when the world begins, milliseconds since 1970. */
  readonly wallStart: number
  /** Everything that hears frames in a segment: machines and clients. */
  readonly listeners: Map<Station, Listener>
}

export type Listener = {
  /** Whether a switch would bring it a packet for that destination. */
  wants(destination: IpAddress): boolean
  /** An IP packet arrived; the destination is for the listener to judge once more. */
  packet(packet: Omit<ReceivedPacket, 'at'>): void
  /** A broadcast Ethernet frame arrived. */
  frame(bytes: Uint8Array): void
}

/** A daemon that does not end after SIGTERM is killed after this long, as systemd does (shorter: nobody waits 90 s here). */
const stopMax = 10_000

/** So many deaths within so long, and it is goodbye: the daemon would only die again. */
const deathsMax = 3
const deathsWithin = 10_000

export class Machine {
  readonly name: string
  readonly spec: NodeSpec
  readonly parts: Parts
  readonly kernel: Kernel
  readonly stations: ReadonlyMap<number, Station>
  readonly files: Map<string, string>
  isPowered = false
  wallOffset = 0
  run: Process | undefined
  #frozen = 0
  #paused = 0
  #behaviours: { readonly id: number; readonly program: string; readonly behaviour: Behaviour }[]
  #boots = 0
  #isWanted = false
  #isSpareOnItsWay = false
  #deaths: readonly number[] = []
  #pids = 1000
  #busyUntil = 0
  #nextId = 1
  #afterPause: (() => void)[] = []
  readonly #spoke = new Map<Mac, number>()
  /** How many of each program run, by its command line. */
  readonly #programs: Map<string, number>

  constructor(number: number, spec: NodeSpec, parts: Parts) {
    this.name = spec.name
    this.spec = spec
    this.parts = parts
    this.kernel = new Kernel(number, spec.interfaces)
    this.files = new Map(Object.entries(spec.files))
    this.#programs = new Map((spec.runningPrograms ?? []).map(({ argv, count }) => [argv.join(' '), count]))
    this.#behaviours = spec.programs.map(({ program, behaviour }) => ({ id: 0, program, behaviour }))
    this.stations = new Map(this.kernel.links.map((link) => [link.index, this.#plug(link)]))
    this.kernel.onChange = (event) => {
      this.run?.tell(event)
      parts.observer.groundMoved()
    }
  }

  #plug(link: KernelLink): Station {
    const station: Station = { name: this.name, segment: link.segment, isOn: () => this.isPowered && link.isUp }
    this.parts.network.plug(station)
    this.parts.listeners.set(station, {
      wants: (destination) => isMulticast(destination) || this.kernel.has(destination),
      packet: (packet) => this.#receive(link, packet),
      frame: () => {},
    })
    return station
  }

  /** The daemon does not run although it lives: stopped by a signal, or with its whole machine. */
  get isStill(): boolean {
    return this.#frozen > 0 || this.#paused > 0
  }

  get isPaused(): boolean {
    return this.#paused > 0
  }

  /** Whether it answers for its addresses: its kernel runs. */
  get answers(): boolean {
    return this.isPowered && this.#paused === 0
  }

  // --- power and life

  powerOn(): void {
    if (this.isPowered) return
    this.isPowered = true
    this.#boots++
    this.kernel.boot()
    this.parts.observer.life(this.name, { kind: 'power-on' })
    this.parts.observer.groundMoved()
  }

  powerOff(): void {
    if (!this.isPowered) return
    this.run?.end()
    this.run = undefined
    this.isPowered = false
    this.#isSpareOnItsWay = false
    this.#boots++
    this.#frozen = 0
    this.#paused = 0
    this.#afterPause = []
    this.kernel.boot()
    this.parts.observer.life(this.name, { kind: 'power-off' })
    this.parts.observer.groundMoved()
  }

  /** Runs `fn` on this machine after `delay`, unless the power went meanwhile; waits while the machine is paused. */
  #later(delay: number, fn: () => void): void {
    const boot = this.#boots
    this.parts.queue.in(delay, () => {
      if (boot !== this.#boots) return
      if (this.#paused > 0) this.#afterPause.push(fn)
      else fn()
    })
  }

  /** Something is asked of the daemon from outside: it takes its time to notice. */
  #signal(run: Process, act: () => void): void {
    const { reaction = 0 } = this.spec
    if (reaction > 0) this.#later(reaction, () => run.call(act))
    else run.call(act)
  }

  startDaemon(): void {
    this.powerOn()
    this.#isWanted = true
    // A spare that is about to go on is the daemon that is asked for.
    if (this.run || this.#isSpareOnItsWay) return
    const run = new Process(this, ++this.#pids)
    this.run = run
    this.#later(this.spec.startUp, () => {
      if (!run.isAlive) return
      run.call(() => this.#begin(run))
    })
  }

  #begin(run: Process, succession?: Succession): void {
    this.parts.observer.life(this.name, { kind: 'daemon-started', pid: run.pid })
    const daemon = this.parts.createDaemon(run, run, {
      configFile: this.spec.configFile,
      pid: run.pid,
      onEntry: (entry) => this.parts.observer.entry(this.name, entry),
      ...(succession ? { succession } : {}),
    })
    if (daemon) {
      run.daemon = daemon
      return
    }
    run.end()
    this.run = undefined
    this.parts.observer.life(this.name, { kind: 'daemon-refused', detail: 'see the log' })
  }

  stopDaemon(): void {
    this.#isWanted = false
    const run = this.run
    if (!run) return
    const daemon = run.daemon
    if (!daemon) {
      this.killDaemon()
      return
    }
    const exited = (): void => {
      if (this.run !== run) return
      run.end()
      this.run = undefined
      this.parts.observer.life(this.name, { kind: 'daemon-exited' })
      // Asked to start while it was still ending.
      if (this.#isWanted) this.startDaemon()
    }
    this.#signal(run, () => daemon.stop(() => this.parts.queue.in(0, exited)))
    this.#later(stopMax, () => {
      if (this.run === run) this.killDaemon()
    })
  }

  killDaemon(): void {
    if (!this.run) return
    this.parts.observer.life(this.name, { kind: 'daemon-killed' })
    this.#died(this.run)
  }

  /** An exception left the daemon. */
  crashed(detail: string): void {
    if (!this.run) return
    this.parts.observer.life(this.name, { kind: 'daemon-crashed', detail })
    this.#died(this.run)
  }

  #died(run: Process): void {
    run.end()
    this.run = undefined
    this.#frozen = 0
    const { guardAfter, spareAfter } = this.spec
    const will = run.will
    const { now } = this.parts.queue
    this.#deaths = [...this.#deaths.filter((at) => now - at < deathsWithin), now]
    if (spareAfter !== undefined && will?.heritage && this.#deaths.length < deathsMax) {
      const { heritage } = will
      this.#isSpareOnItsWay = true
      this.#later(spareAfter, () => this.#goOn(heritage))
      return
    }
    if (guardAfter === undefined || !will) return
    this.#later(guardAfter, () => {
      for (const spec of will.removeAddresses) {
        const link = this.kernel.linkOf(spec.interface)
        if (link) this.kernel.remove(link, spec.address)
      }
      for (const one of will.resignations) this.send(one.transport, one.datagram, one)
      const addresses = will.removeAddresses.map((spec) => spec.address)
      this.parts.observer.life(this.name, { kind: 'guard-done', addresses, resignations: will.resignations.length })
    })
  }

  #goOn(heritage: Succession['heritage']): void {
    this.#isSpareOnItsWay = false
    if (this.run || !this.#isWanted) return
    const run = new Process(this, ++this.#pids)
    this.run = run
    run.call(() => this.#begin(run, { heritage, how: 'signal SIGKILL' }))
  }

  reload(text: string | undefined): void {
    if (text !== undefined) this.files.set(this.spec.configFile, text)
    const run = this.run
    if (!run) return
    this.#signal(run, () => {
      this.parts.observer.life(this.name, { kind: 'reloaded' })
      run.daemon?.reload()
    })
  }

  switchOver(instance: string, isReturn: boolean): void {
    const run = this.run
    if (!run) return
    this.#signal(run, () =>
      run.daemon?.switchOver({ instance, isReturn, isRehearsal: false }, ({ outcome, reason }) =>
        this.parts.observer.life(this.name, { kind: 'switchover', instance, outcome, reason }),
      ),
    )
  }

  freeze(): void {
    if (!this.run) return
    if (this.#frozen++ === 0) this.parts.observer.life(this.name, { kind: 'frozen' })
  }

  thaw(): void {
    if (this.#frozen === 0 || --this.#frozen > 0) return
    this.parts.observer.life(this.name, { kind: 'thawed' })
    if (!this.isStill) this.run?.thaw()
  }

  pause(): void {
    if (!this.isPowered) return
    if (this.#paused++ === 0) this.parts.observer.life(this.name, { kind: 'paused' })
    this.parts.observer.groundMoved()
  }

  resume(): void {
    if (this.#paused === 0 || --this.#paused > 0) return
    this.parts.observer.life(this.name, { kind: 'resumed' })
    this.parts.observer.groundMoved()
    for (const fn of this.#afterPause.splice(0)) fn()
    if (!this.isStill) this.run?.thaw()
  }

  // --- programs

  /** Later wishes win. The number takes it back. */
  behave(program: string, behaviour: Behaviour): number {
    const id = this.#nextId++
    this.#behaviours = [...this.#behaviours, { id, program, behaviour }]
    return id
  }

  behaveAgain(id: number): void {
    this.#behaviours = this.#behaviours.filter((one) => one.id !== id)
  }

  /** So many of a program run from now on; the daemon's eyes are told. */
  setRunning(commandLine: string, count: number): void {
    this.#programs.set(commandLine, count)
    this.run?.programsChanged()
  }

  runningPrograms(): readonly { readonly argv: readonly string[]; readonly count: number }[] {
    return [...this.#programs].map(([line, count]) => ({ argv: line.split(' '), count }))
  }

  writeFile(path: string, text: string): void {
    this.files.set(path, text)
    this.run?.fileChanged(path)
  }

  behaviourOf(argv: readonly string[]): Behaviour {
    const path = argv[0] ?? ''
    const names = [argv.join(' '), path, path.slice(path.lastIndexOf('/') + 1)]
    const found = this.#behaviours.findLast(({ program }) => names.includes(program))
    return found?.behaviour ?? { kind: 'exits', status: 0, after: 2 as never }
  }

  // --- packets

  /** As sendto() on the socket that `spec` describes. */
  send(
    spec: TransportSpec,
    datagram: Uint8Array,
    to: { readonly destination: IpAddress; readonly source: IpAddress; readonly hopLimit: number },
  ): Result<void, HostFault> {
    const link = spec.interface === undefined ? this.kernel.route(to.destination) : this.kernel.linkOf(spec.interface)
    if (!link) return refuse('ENETUNREACH', `no way to ${to.destination}`)
    if (!link.isUp) return refuse('ENETDOWN', `${link.name} is down`)
    const packet = spec.family === 'ipv4' ? asIpv4(datagram) : asIpv6(datagram, spec.protocol, to)
    if (!packet || packet.destination !== to.destination) return refuse('EINVAL', 'not a datagram for that destination')
    this.transmit(link, packet)
    return ok(undefined)
  }

  transmit(link: KernelLink, packet: Omit<ReceivedPacket, 'at'>): void {
    const station = this.stations.get((link.parent ?? link).index)
    if (station) this.#whenFree(() => transmit(this.parts, station, packet))
  }

  /** The daemon adds an address: what it says next has to wait. */
  keepBusy(): void {
    this.#busyUntil = this.parts.queue.now + (this.spec.reaction ?? 0)
  }

  #whenFree(act: () => void): void {
    const wait = this.#busyUntil - this.parts.queue.now
    if (wait > 0) this.#later(wait, act)
    else act()
  }

  #receive(link: KernelLink, packet: Omit<ReceivedPacket, 'at'>): void {
    // The kernel drops what claims to come from ourselves, and what is for somebody else.
    if (this.kernel.has(packet.source)) return
    if (!isMulticast(packet.destination) && !this.kernel.has(packet.destination)) return
    const run = this.run
    if (!run) return
    if (packet.protocol === ipProtocol.udp) {
      run.call(() => run.udp.deliver(packet), true)
      return
    }
    for (const socket of run.sockets) {
      if (!socket.hears(packet, link)) continue
      this.parts.observer.heard(this.name, packet.source, packet.payload, packet.ttl)
      socket.deliver(packet)
    }
  }

  /** A frame from that MAC left this machine: switches have learned where it is. */
  speaks(mac: Mac): void {
    this.#spoke.set(mac, this.parts.queue.now)
  }

  /** When a frame from that MAC left this machine last. */
  spokeAs(mac: Mac): number {
    return this.#spoke.get(mac) ?? -1
  }

  announce(link: KernelLink, address: IpAddress): void {
    const station = this.stations.get((link.parent ?? link).index)
    if (!station) return
    this.speaks(link.mac)
    this.parts.observer.announced(this.name, address, link.mac)
    const frame = announcementFrame(link.mac, address)
    this.#whenFree(() => this.#broadcast(station, link, frame))
  }

  #broadcast(station: Station, link: KernelLink, frame: Uint8Array): void {
    for (const other of this.parts.network.stationsOf(link.segment)) {
      const listener = this.parts.listeners.get(other)
      if (other.name !== this.name && listener) this.parts.network.send(station, other, () => listener.frame(frame))
    }
  }
}

/** To the stations of the segment that the packet is for. */
export function transmit(parts: Pick<Parts, 'network' | 'listeners'>, from: Station, packet: Omit<ReceivedPacket, 'at'>): void {
  for (const other of parts.network.stationsOf(from.segment)) {
    if (other.name === from.name) continue
    const listener = parts.listeners.get(other)
    if (listener?.wants(packet.destination)) parts.network.send(from, other, () => listener.packet(packet))
  }
}

const refuse = (errno: string, detail: string): Result<never, HostFault> => fail({ call: 'sendto', errno, detail })

const asIpv4 = (datagram: Uint8Array): Omit<ReceivedPacket, 'at'> | undefined => parseIpv4Datagram(fillIpv4Header(datagram))

function asIpv6(
  datagram: Uint8Array,
  protocol: number,
  to: { readonly destination: IpAddress; readonly source: IpAddress; readonly hopLimit: number },
): Omit<ReceivedPacket, 'at'> {
  const family: Family = 'ipv6'
  const payload = fillIpv6Checksum(datagram, protocol, to)
  return {
    family,
    protocol,
    source: to.source,
    destination: to.destination,
    ttl: to.hopLimit < 0 ? kernelHopLimit : to.hopLimit,
    header: new Uint8Array(0),
    payload,
  }
}

/** What a Linux machine begins with. */
const kernelHopLimit = 64
