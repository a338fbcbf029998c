// A machine in memory: interfaces, addresses, raw sockets on a shared segment, processes that end as the test says.
import { fail, type IfIndex, type Instant, type IpAddress, instant, type Mac, ok, type Result } from '@havip/base'
import type { MachineFacts } from '@havip/conf'
import { decodeIpv4, ipProtocol } from '@havip/wire'
import type {
  AddressSpec,
  AdvertTransport,
  Announcement,
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
  RunningProcess,
  TransportSpec,
  UdpSocket,
  UdpSpec,
  UserIds,
  Will,
} from '../host.ts'
import type { Removal } from '../host-parts.ts'
import { RouteNames } from '../route-names.ts'
import { FakeParts } from './fake-parts.ts'
import type { FakeSegment } from './fake-segment.ts'
import { FakeUdp } from './fake-udp.ts'
import type { MachineClock, VirtualTime } from './virtual-clock.ts'

export type LogEntry = { readonly at: Instant; readonly level: number; readonly line: string }
export type Started = { readonly at: Instant; readonly spec: ProcessSpec }
/** How a process started now ends, and after how many milliseconds; undefined: at once, with status 0. */
export type ProcessScript = (spec: ProcessSpec) => { readonly end: ProcessEnd; readonly after: number } | undefined

type Socket = { readonly spec: TransportSpec; readonly onPacket: (packet: ReceivedPacket) => void }

export class FakeHost implements Host {
  readonly hostName: string
  readonly clock: MachineClock
  readonly logged: LogEntry[] = []
  readonly started: Started[] = []
  readonly mails: Mail[] = []
  readonly announced: { readonly at: Instant; readonly announcement: Announcement }[] = []
  readonly fileTexts = new Map<string, string>()
  readonly users = new Map<string, UserIds>()
  processScript: ProcessScript = () => undefined
  /** Set to make the kernel refuse. */
  refuses: { addAddress?: HostFault; openTransport?: HostFault; openUdp?: HostFault; send?: HostFault } = {}
  will: Will | undefined
  readonly parts = new FakeParts()
  readonly openFifo = (spec: FifoSpec): Result<Fifo, HostFault> => this.parts.openFifo(spec)
  readonly trackedFiles = this.parts.trackedFiles
  readonly processes = this.parts.processes
  readonly routing = this.parts.routing
  isPowered = true
  readonly #time: VirtualTime
  readonly #segment: FakeSegment
  #links: readonly Link[] = []
  /** As the kernel has reported them so far. */
  #reported: readonly Link[] = []
  #listener: (event: HostEvent) => void = () => {}
  readonly #sockets = new Set<Socket>()
  readonly #udp: FakeUdp

  constructor(hostName: string, time: VirtualTime, segment: FakeSegment) {
    this.hostName = hostName
    this.#time = time
    this.#segment = segment
    this.clock = time.clock()
    segment.attach(this)
    this.#udp = new FakeUdp({
      links: () => this.#links,
      carry: (datagram) => segment.carry(this, datagram),
      now: () => time.now,
    })
  }

  readonly files = {
    read: (path: string) => {
      const text = this.fileTexts.get(path)
      return text === undefined ? fail({ kind: 'not-found' } as const) : ok(text)
    },
    glob: (pattern: string) => (this.fileTexts.has(pattern) ? [pattern] : []),
  }

  /** Adds an interface that is up, or changes one. */
  setLink(name: string, addresses: readonly string[], change: Partial<Link> = {}): void {
    const before = this.#links.find((link) => link.name === name)
    const link: Link = {
      index: before?.index ?? ((this.#links.length + 2) as IfIndex),
      name,
      isUp: true,
      mac: '02:00:00:00:00:01' as Mac,
      mtu: 1500,
      hasArp: true,
      hasMulticast: true,
      isLoopback: false,
      addresses: addresses.map((address) => ({ address: address as IpAddress, prefix: 24, isTentative: false })),
      ...change,
    }
    this.#links = [...this.#links.filter((other) => other.name !== name), link]
    this.#report({ kind: 'link-changed', link })
  }

  setUp(name: string, isUp: boolean): void {
    const link = this.#links.find((candidate) => candidate.name === name)
    if (link) this.setLink(name, [], { ...link, isUp })
  }

  /** The interface itself goes, and its addresses with it. */
  removeLink(name: string): void {
    const link = this.#links.find((candidate) => candidate.name === name)
    if (!link) return
    this.#links = this.#links.filter((other) => other !== link)
    this.#report({ kind: 'link-removed', index: link.index, name })
  }

  /** Something else on the machine takes an address away. */
  loseAddress(address: string): void {
    const link = this.#links.find((candidate) => candidate.addresses.some((entry) => entry.address === address))
    if (link) this.#drop(link, address as IpAddress)
  }

  /** All processes gone, nothing said. Addresses stay in the kernel, but the machine is off the network. */
  powerOff(): void {
    this.isPowered = false
    this.#sockets.clear()
    this.#udp.closeAll()
    this.clock.cancelAll()
    this.#listener = () => {}
  }

  /** The daemon dies by SIGKILL; the machine goes on. */
  killDaemon(): void {
    this.#sockets.clear()
    this.#udp.closeAll()
    this.clock.cancelAll()
    this.#listener = () => {}
  }

  has(address: string): boolean {
    return this.#links.some((link) => link.addresses.some((entry) => entry.address === address))
  }

  lines(pattern: RegExp): readonly string[] {
    return this.logged.filter((entry) => pattern.test(entry.line)).map((entry) => entry.line)
  }

  /** Every script exists and may be run by anyone. */
  readonly machine: MachineFacts = {
    networkInterface: (name) => this.#links.find((link) => link.name === name),
    account: (user) => {
      const found = this.users.get(user)
      return found && { userId: found.uid, groupId: found.gid }
    },
    path: (path) => ({ kind: path.includes('.') ? 'file' : 'directory', ownerId: 0, groupId: 0, mode: 0o755 }),
    resolve: (path) => path,
    lookUpCommand: (name) => `/usr/bin/${name}`,
    routingNumber: (table, word, directories) => new RouteNames(this.files, directories).find(table, word),
    ownUserId: 0,
  }

  deliver(datagram: Uint8Array, linkName: string): void {
    // A stopped process reads its sockets when it goes on, and not before.
    const frozenUntil = this.clock.frozenUntil()
    if (frozenUntil > this.#time.now) {
      this.#time.at(frozenUntil, () => this.deliver(datagram, linkName))
      return
    }
    const ip = decodeIpv4(datagram)
    if (!ip.ok || !this.isPowered) return
    const link = this.#links.find((candidate) => candidate.name === linkName)
    if (!link?.isUp) return
    const { header, headerBytes, payload } = ip.value
    const isMine = link.addresses.some((entry) => entry.address === header.destination)
    if (header.protocol === ipProtocol.udp && isMine) this.#udp.deliver(header, payload)
    for (const { spec, onPacket } of [...this.#sockets]) {
      if (spec.protocol !== header.protocol || spec.family !== 'ipv4' || (spec.interface !== undefined && spec.interface !== link.index))
        continue
      if (!isMine && !spec.groups.includes(header.destination)) continue
      onPacket({
        family: 'ipv4',
        protocol: header.protocol,
        source: header.source,
        destination: header.destination,
        ttl: header.ttl,
        header: datagram.subarray(0, headerBytes),
        payload,
        at: this.#time.now,
      })
    }
  }

  // --- the port --------------------------------------------------------------------------------------------------

  links(): readonly Link[] {
    return this.#reported
  }

  onEvent(listener: (event: HostEvent) => void): void {
    this.#reported = this.#links
    this.#listener = listener
  }

  /** Datagrams that went out by a prepared call. */
  sentPrepared = 0
  /** False: like a host that has no such call. */
  canPrepare = true

  openTransport(spec: TransportSpec, onPacket: (packet: ReceivedPacket) => void): Result<AdvertTransport, HostFault> {
    if (this.refuses.openTransport) return fail(this.refuses.openTransport)
    const socket: Socket = { spec, onPacket }
    this.#sockets.add(socket)
    const send = (datagram: Uint8Array): Result<void, HostFault> => {
      if (this.refuses.send) return fail(this.refuses.send)
      const link = this.#links.find((candidate) => spec.interface === undefined || candidate.index === spec.interface)
      if (!link?.isUp) return fail({ call: 'sendto', errno: 'ENETDOWN', detail: 'Network is down' })
      this.#segment.carry(this, Uint8Array.from(datagram))
      return ok(undefined)
    }
    return ok({
      send,
      prepare: (datagrams) => {
        const copies = datagrams.map(({ datagram }) => datagram.slice())
        if (!this.canPrepare) return undefined
        return {
          send: (refused) => {
            for (const [i, copy] of copies.entries()) {
              const sent = send(copy)
              if (sent.ok) this.sentPrepared++
              else refused(i, sent.fault)
            }
          },
        }
      },
      accept: () => {},
      close: () => void this.#sockets.delete(socket),
    })
  }

  openUdp(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault> {
    if (this.refuses.openUdp) return fail(this.refuses.openUdp)
    return this.#udp.open(spec, onDatagram)
  }

  addAddress(spec: AddressSpec): Result<void, HostFault> {
    if (this.refuses.addAddress) return fail(this.refuses.addAddress)
    const link = this.#links.find((candidate) => candidate.index === spec.interface)
    if (!link) return fail({ call: 'RTM_NEWADDR', errno: 'ENODEV', detail: 'No such device' })
    if (link.addresses.some((entry) => entry.address === spec.address)) return ok(undefined)
    const addresses = [...link.addresses, { address: spec.address, prefix: spec.prefix, isTentative: false }]
    this.#replace({ ...link, addresses })
    this.#later({ kind: 'address-added', interface: spec.interface, address: spec.address })
    return ok(undefined)
  }

  removeAddress(spec: AddressSpec): Result<Removal, HostFault> {
    const link = this.#links.find((candidate) => candidate.index === spec.interface)
    if (!link?.addresses.some((entry) => entry.address === spec.address)) return ok('was-not-there')
    this.#drop(link, spec.address)
    return ok('removed')
  }

  announce(announcement: Announcement): Result<void, HostFault> {
    this.announced.push({ at: this.#time.now, announcement })
    return ok(undefined)
  }

  startProcess(spec: ProcessSpec, done: (end: ProcessEnd) => void): RunningProcess | undefined {
    this.started.push({ at: this.#time.now, spec })
    const planned = this.processScript(spec) ?? { end: { kind: 'exited', status: 0 } as const, after: 1 }
    let hasEnded = false
    const finish = (end: ProcessEnd): void => {
      if (hasEnded) return
      hasEnded = true
      done(end)
    }
    const limit = spec.timeout ?? Number.POSITIVE_INFINITY
    if (planned.after > limit) this.clock.setTimer(instant(this.#time.now + limit), () => finish({ kind: 'timed-out' }))
    else this.clock.setTimer(instant(this.#time.now + planned.after), () => finish(planned.end))
    return { pid: 1000 + this.started.length, kill: (signal) => finish({ kind: 'killed', signal }) }
  }

  lookUpUser(user: string): Result<UserIds, HostFault> {
    const found = this.users.get(user)
    return found ? ok(found) : fail({ call: 'getpwnam', errno: 'ENOENT', detail: `no user ${user}` })
  }

  sendMail(mail: Mail, done: (result: Result<void, HostFault>) => void): void {
    this.mails.push(mail)
    this.clock.setTimer(instant(this.#time.now + 5), () => done(ok(undefined)))
  }

  log(level: number, line: string): void {
    this.logged.push({ at: this.#time.now, level, line })
  }

  entrustToGuard(will: Will): void {
    this.will = will
  }

  #drop(link: Link, address: IpAddress): void {
    this.#replace({ ...link, addresses: link.addresses.filter((entry) => entry.address !== address) })
    this.#later({ kind: 'address-removed', interface: link.index, address })
  }

  #replace(link: Link): void {
    this.#links = this.#links.map((other) => (other.index === link.index ? link : other))
  }

  /** The kernel reports a change a moment after it. */
  #later(event: HostEvent): void {
    this.clock.setTimer(this.#time.now, () => this.#report(event))
  }

  #report(event: HostEvent): void {
    this.#reported = this.#links
    this.#listener(event)
  }
}
