// All BFD sessions of the daemon: the sockets they share, whose packet is whose, and reloads.

import { type Family, familyOf, type Instant, later, type Milliseconds, milliseconds, type Random } from '@havip/base'
import { createDemultiplexer, type DeliveryFault, type Demultiplexer, type Legacy } from '@havip/bfd'
import type { BfdConf, Configuration } from '@havip/conf'
import { type BfdFault, bfdPort, decodeBfd } from '@havip/wire'
import type { Agenda } from '../agenda.ts'
import type { BfdHeritage } from '../heritage.ts'
import type { Clock, Host, HostFault, ReceivedDatagram, UdpSocket } from '../host.ts'
import { describeHostFault } from '../host-words.ts'
import type { Recorder } from '../recorder.ts'
import { sameMeaning } from '../reload-plan.ts'
import { refusalText } from './log-lines.ts'
import { BfdSession, type SessionWorld } from './session.ts'
import { destinationPort, identityOf } from './translate.ts'

export type BfdWorld = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  readonly random: Random
  readonly logsDetail: boolean
  /** -B: the sessions are there for those who track them, administratively down. */
  readonly isOff: boolean
  recorderFor(name: () => string): Recorder
  changed(session: BfdSession): void
}

/** Where packets come in: one socket for each family and port. */
type Listening = { readonly family: Family; readonly port: number; socket: UdpSocket | undefined; fault: HostFault | undefined }

/** A port that somebody else holds is tried again. */
const retryAfter = milliseconds(1000)
/** Different complaints about packets that are told; a stranger may invent any number. */
const complaintsMax = 256

export class BfdSet {
  readonly #world: BfdWorld
  readonly #sessionWorld: SessionWorld
  readonly #said = new Set<string>()
  readonly #inherited = new Map<string, Legacy>()
  readonly #refused: Record<string, number> = {}
  #sessions: readonly BfdSession[] = []
  #listening: readonly Listening[] = []
  #demultiplexer: Demultiplexer<BfdSession> = createDemultiplexer([])
  #isRetrying = false

  constructor(world: BfdWorld) {
    this.#world = world
    this.#sessionWorld = { ...world, changed: (session) => world.changed(session) }
  }

  get sessions(): readonly BfdSession[] {
    return this.#sessions
  }
  /** Packets that were nobody's, by why. */
  get refused(): Readonly<Record<string, number>> {
    return this.#refused
  }
  get listenFaults(): readonly HostFault[] {
    return this.#listening.flatMap(({ fault }) => (fault ? [fault] : []))
  }

  find(name: string): BfdSession | undefined {
    return this.#sessions.find((session) => session.name === name)
  }

  /** What the process before this one left, for the sessions of the `configure` that follows. */
  inherit(left: readonly BfdHeritage[]): void {
    for (const { identity, legacy } of left) this.#inherited.set(identity, legacy)
  }

  heritage(): readonly BfdHeritage[] {
    return this.#sessions.flatMap((session) => {
      const legacy = session.heritage()
      return legacy ? [{ identity: identityOf(session.conf), legacy }] : []
    })
  }

  /** Start and reload. Sessions that stay go on, without a packet lost; new ones begin at once. */
  configure({ bfdSessions }: Configuration): void {
    const left = new Map(this.#sessions.map((session) => [identityOf(session.conf), session]))
    const fresh: BfdSession[] = []
    const changed: (readonly [BfdSession, BfdConf])[] = []
    this.#sessions = bfdSessions.map((conf) => {
      const old = left.get(identityOf(conf))
      left.delete(identityOf(conf))
      if (old) {
        if (!sameMeaning(old.conf, conf)) changed.push([old, conf])
        return old
      }
      const session = this.#make(conf, [...left.values(), ...fresh])
      fresh.push(session)
      return session
    })
    for (const session of left.values()) session.stop(false)
    this.#demultiplexer = createDemultiplexer(this.#sessions)
    this.#listen()
    for (const [session, conf] of changed) session.reconfigure(conf)
    // Neighbor and source are as they were; the least TTL may not be.
    if (changed.length > 0) this.#demultiplexer = createDemultiplexer(this.#sessions)
    for (const session of fresh) {
      const legacy = this.#inherited.get(identityOf(session.conf))
      if (legacy && !this.#world.isOff) session.inherit(legacy)
      else session.start()
    }
    this.#inherited.clear()
  }

  stop(isSilent: boolean): void {
    for (const session of this.#sessions) session.stop(isSilent)
    for (const { socket } of this.#listening) socket?.close()
    this.#listening = []
  }

  /** Our own process was late: whoever is as fast as that gets the time back. */
  late(lateBy: Milliseconds, since: Instant): void {
    for (const session of this.#sessions) {
      const { rhythm } = session
      if (rhythm === undefined || lateBy < rhythm) continue
      session.stalled(lateBy, since)
    }
  }

  #make(conf: BfdConf, others: readonly BfdSession[]): BfdSession {
    const inherited = this.#inherited.get(identityOf(conf))
    const taken = new Set([...this.#sessions, ...others, ...this.#inherited.values()].map(({ discriminator }) => discriminator))
    // Random, so that nobody can guess it and none of an earlier run is mistaken for it (RFC 5880 §6.3, §10).
    let drawn = this.#world.random.integer(1, 0xffffffff)
    while (taken.has(drawn)) drawn = this.#world.random.integer(1, 0xffffffff)
    return new BfdSession(conf, inherited?.discriminator ?? drawn, this.#sessionWorld, (name) => this.#world.recorderFor(name))
  }

  // --- sockets ---------------------------------------------------------------------------------------------------

  #listen(): void {
    const wanted = new Map(
      (this.#world.isOff ? [] : this.#sessions).map(({ conf }) => {
        const [family, port] = [familyOf(conf.neighbor), destinationPort(conf)]
        return [`${family} ${port}`, { family, port }] as const
      }),
    )
    const kept = this.#listening.filter(({ family, port, socket }) => {
      if (wanted.delete(`${family} ${port}`)) return true
      socket?.close()
      return false
    })
    this.#listening = [...kept, ...[...wanted.values()].map((each): Listening => ({ ...each, socket: undefined, fault: undefined }))]
    this.#openAll()
  }

  #openAll(): void {
    const { host, agenda, clock } = this.#world
    for (const listening of this.#listening) {
      if (listening.socket) continue
      const { family, port } = listening
      // A socket that only listens; its TTL is of no consequence.
      const opened = host.openUdp({ family, address: undefined, port, ttl: 255 }, (datagram) => this.#hear(datagram, port))
      if (!opened.ok && listening.fault === undefined) {
        host.log(3, `BFD cannot listen: ${describeHostFault(opened.fault)}; trying again every ${retryAfter / 1000} s`)
      }
      listening.fault = opened.ok ? undefined : opened.fault
      if (opened.ok) listening.socket = opened.value
    }
    if (this.#isRetrying || this.#listening.every(({ socket }) => socket !== undefined)) return
    this.#isRetrying = true
    agenda.schedule(later(clock.now(), retryAfter), () => {
      this.#isRetrying = false
      this.#openAll()
    })
  }

  // --- packets ---------------------------------------------------------------------------------------------------

  #hear(datagram: ReceivedDatagram, port: number): void {
    this.#world.agenda.notice(this.#world.clock.now())
    const read = decodeBfd(datagram.payload)
    if (!read.ok) {
      this.#refuse(datagram, read.fault)
      return
    }
    const found = this.#demultiplexer.find(read.value, { ...datagram, isMultihop: port === bfdPort.multihop })
    if (found.ok) found.value.receive(read.value)
    else this.#refuse(datagram, found.fault)
  }

  /** Counted by kind, told once for each sender, and otherwise nothing. */
  #refuse({ source }: ReceivedDatagram, fault: BfdFault | DeliveryFault): void {
    this.#refused[fault.kind] = (this.#refused[fault.kind] ?? 0) + 1
    const key = `${fault.kind} ${source}`
    const isNews = !this.#said.has(key) && this.#said.size < complaintsMax
    for (const session of this.#sessions) if (session.neighbor === source) session.refuse(fault, isNews)
    if (!isNews) return
    this.#said.add(key)
    this.#world.host.log(6, `BFD packet from ${source} discarded: ${refusalText(fault)}`)
  }
}
