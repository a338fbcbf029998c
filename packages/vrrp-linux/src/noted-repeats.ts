// Adverts that repeat themselves, noted in the kernel: a program at the socket compares each packet with the one that we expect for its
// VRID, byte for byte, and when it is the same notes the time in memory that we share, and drops it. Nobody is woken. Whatever else
// comes is judged as by the classic filter.
import { type IpAddress, instant, ipToBytes, type Milliseconds } from '@havip/base'
import {
  attachSocketProgram,
  BpfAssembler,
  closeDescriptor,
  createSharedArray,
  helper,
  loadSocketProgram,
  type SharedArray,
  viewOf,
} from '@havip/linux'
import { latenessClassMs, noteClasses, noteSlack } from '@havip/vrrp-runtime'
import { vrrpHeaderBytes } from '@havip/wire'
import type { ReceivedPacket, RepeatNotes } from './port.ts'

/** One for each VRID. */
const places = 256
/** Longer datagrams (more than 24 addresses of version 3) are not noted. */
const comparedMax = 128
/**
 * Of a place, in bytes. `expected` is the length of the datagram that is awaited, 0 for none; it is written last when notes begin and
 * first when they end, and the program looks at it once more after it has counted: whoever ends the notes either sees the count or
 * gets the packet. All times are nanoseconds of the monotonic clock.
 */
const at = {
  expected: 0,
  isWanted: 4,
  last: 8,
  interval: 16,
  gapMax: 24,
  longest: 32,
  lateness: 40,
  count: 48,
  classes: 56,
  datagram: 56 + 4 * noteClasses,
} as const
const placeBytes = at.datagram + comparedMax

const ipv4HeaderBytes = 20
const firstByteWithoutOptions = 0x45
/** Of an IPv4 header: these differ from one datagram to the next and say nothing. */
const identificationAt = 4
const checksumAt = 10
const sourceAt = 12
/** Of struct __sk_buff. */
const skb = { length: 0, packetType: 4 } as const
/** PACKET_LOOPBACK: our own multicast, handed back. */
const ownPacket = 5
/** Where the program keeps the datagram on its stack, and below it the key of its look-ups. */
const copyAt = -comparedMax
const keyAt = copyAt - 8

/** The program for one socket. Registers: r6 the packet, r7 its length, r8 the VRID, r9 the VRID's place. */
function notingProgram(mapFd: number, sources: readonly IpAddress[] | undefined): Uint8Array {
  const program = new BpfAssembler()
    .do('move', 'r6', 'r1')
    .load(4, 'r1', 'r6', skb.packetType)
    .jumpIf('r1', 'equal', ownPacket, 'drop')
    .load(4, 'r7', 'r6', skb.length)
    .jumpIf('r7', 'below', ipv4HeaderBytes + vrrpHeaderBytes, 'drop')
  for (let i = 0; i < comparedMax; i += 8) program.store(8, 'r10', copyAt + i, 0)
  program
    .do('move', 'r4', 'r7')
    .jumpIf('r4', 'at-most', comparedMax, 'fits')
    .do('move', 'r4', comparedMax)
    .label('fits')
    .do('move', 'r1', 'r6')
    .do('move', 'r2', 0)
    .do('move', 'r3', 'r10')
    .do('add', 'r3', copyAt)
    .call(helper.loadPacketBytes)
    .jumpIf('r0', 'unequal', 0, 'drop')
  findPlace(program, mapFd)
  program.load(4, 'r1', 'r9', at.expected).jumpIf('r1', 'unequal', 'r7', 'judge')
  compare(program)
  note(program)
  program.label('judge').load(4, 'r1', 'r9', at.isWanted).jumpIf('r1', 'equal', 0, 'drop')
  if (sources !== undefined) {
    program.load(4, 'r1', 'r10', copyAt + sourceAt)
    // As the bytes lie: both sides are read the same way round.
    for (const source of sources) program.jumpIf('r1', 'equal', viewOf(ipToBytes(source)).getInt32(0, true), 'accept')
    program.jump('drop')
  }
  return program.label('accept').do('move', 'r0', -1).exit().label('drop').do('move', 'r0', 0).exit().assemble()
}

/** r9 = the place of the packet's VRID, also behind IP options. */
function findPlace(program: BpfAssembler, mapFd: number): void {
  program
    .load(1, 'r8', 'r10', copyAt + ipv4HeaderBytes + 1)
    .load(1, 'r1', 'r10', copyAt)
    .jumpIf('r1', 'equal', firstByteWithoutOptions, 'vrid-known')
    .do('and', 'r1', 0xf)
    .do('shift-left', 'r1', 2)
    .do('move', 'r2', 'r7')
    .do('subtract', 'r2', 'r1')
    .jumpIf('r2', 'signed-below', vrrpHeaderBytes, 'drop')
    .do('move', 'r2', 'r1')
    .do('add', 'r2', 1)
    .do('move', 'r1', 'r6')
    .do('move', 'r3', 'r10')
    .do('add', 'r3', keyAt)
    .do('move', 'r4', 1)
    .call(helper.loadPacketBytes)
    .jumpIf('r0', 'unequal', 0, 'drop')
    .load(1, 'r8', 'r10', keyAt)
    .label('vrid-known')
    .store(4, 'r10', keyAt, 'r8')
    .loadMap('r1', mapFd)
    .do('move', 'r2', 'r10')
    .do('add', 'r2', keyAt)
    .call(helper.mapLookUp)
    .jumpIf('r0', 'equal', 0, 'drop')
    .do('move', 'r9', 'r0')
}

/** Goes on when the datagram is the expected one, else to `judge`. */
function compare(program: BpfAssembler): void {
  program.store(2, 'r10', copyAt + identificationAt, 0).store(2, 'r10', copyAt + checksumAt, 0)
  for (let i = 0; i < comparedMax; i += 8)
    program
      .load(8, 'r1', 'r10', copyAt + i)
      .load(8, 'r2', 'r9', at.datagram + i)
      .jumpIf('r1', 'unequal', 'r2', 'judge')
}

/** Takes note and drops, or goes to `judge` when the gap was too long, or when the notes were ended while we wrote. */
function note(program: BpfAssembler): void {
  program
    .call(helper.monotonicNanoseconds)
    .load(8, 'r2', 'r9', at.last)
    .do('move', 'r1', 'r0')
    .do('subtract', 'r1', 'r2')
    .load(8, 'r2', 'r9', at.gapMax)
    // A last time in the future makes it larger than any: then the clocks are not the same, and nothing is ever noted.
    .jumpIf('r1', 'above', 'r2', 'judge')
    .store(8, 'r9', at.last, 'r0')
    .load(8, 'r2', 'r9', at.longest)
    .jumpIf('r1', 'at-most', 'r2', 'no-longer')
    .store(8, 'r9', at.longest, 'r1')
    .label('no-longer')
    .load(8, 'r2', 'r9', at.interval)
    .do('subtract', 'r1', 'r2')
    .jumpIf('r1', 'signed-below', 0, 'early')
    .jump('late')
    .label('early')
    .do('move', 'r1', 0)
    .label('late')
    .store(8, 'r9', at.lateness, 'r1')
    .do('move', 'r2', 1)
  for (let i = 0; i < noteClasses; i++) {
    if (i < noteClasses - 1) program.jumpIf('r1', 'at-least', Math.round(latenessClassMs * 2 ** i * 1e6), `class ${i + 1}`)
    program
      .addTo(4, 'r9', at.classes + 4 * i, 'r2')
      .jump('count')
      .label(`class ${i + 1}`)
  }
  program
    .label('count')
    .do('move', 'r2', 1)
    .addTo(4, 'r9', at.count, 'r2')
    .load(4, 'r1', 'r9', at.expected)
    .jumpIf('r1', 'unequal', 'r7', 'judge')
    .jump('drop')
}

/** The notes of one socket. */
export type NotingFilter = {
  /** Replaces the socket's filter. Throws SyscallError. */
  attach(fd: number, vrids: readonly number[] | undefined, sources: readonly IpAddress[] | undefined): void
  /** Undefined: too long, or another packet of this VRID is noted already. */
  begin(packet: ReceivedPacket, interval: Milliseconds, counted: (count: number) => void): RepeatNotes | undefined
  /** The socket is closed; the memory serves the next one. */
  release(): void
}

/** Memory of sockets that are closed. A mapping is never given back, see `SharedArray`; there are as many as sockets at a time. */
const idle: SharedArray[] = []

/** Throws SyscallError where the kernel gives us no such memory. */
export function createNotingFilter(): NotingFilter {
  const array = idle.pop() ?? createSharedArray('havip_repeats', placeBytes, places)
  const words = new Int32Array(array.memory)
  words.fill(0)
  const running = new Map<number, Notes>()
  return {
    attach(fd, vrids, sources) {
      const wanted = new Set(vrids ?? Array.from({ length: places }, (_, vrid) => vrid))
      for (let vrid = 0; vrid < places; vrid++) words[(vrid * placeBytes + at.isWanted) / 4] = wanted.has(vrid) ? 1 : 0
      const program = loadSocketProgram('havip_repeats', notingProgram(array.fd, sources))
      try {
        attachSocketProgram(fd, program)
      } finally {
        closeDescriptor(program)
      }
    },
    begin(packet, interval, counted) {
      const { header, payload } = packet
      const vrid = payload[1]
      if (vrid === undefined || header.length !== ipv4HeaderBytes || header.length + payload.length > comparedMax) return undefined
      if (running.has(vrid)) return undefined
      const notes = new Notes(array.memory, words, vrid, counted, () => running.delete(vrid))
      notes.begin(packet, interval)
      running.set(vrid, notes)
      return notes
    },
    release() {
      for (const notes of [...running.values()]) notes.abandon()
      idle.push(array)
    },
  }
}

/** One update follows the other: they share what the classes are read into. */
const classes = new Uint32Array(noteClasses)

class Notes implements RepeatNotes {
  count = 0
  at = instant(0)
  longestGapMs = 0
  latenessMs = 0
  readonly classes = classes
  readonly #memory: ArrayBuffer
  readonly #words: Int32Array
  /** Where our place begins, in words. */
  readonly #from: number
  readonly #counted: (count: number) => void
  readonly #ended: () => void
  #phase: 'running' | 'ended' | 'over' = 'running'

  constructor(memory: ArrayBuffer, words: Int32Array, vrid: number, counted: (count: number) => void, ended: () => void) {
    this.#memory = memory
    this.#words = words
    this.#from = (vrid * placeBytes) / 4
    this.#counted = counted
    this.#ended = ended
  }

  begin({ header, payload, at: heardAt }: ReceivedPacket, interval: Milliseconds): void {
    const from = 4 * this.#from
    const datagram = new Uint8Array(this.#memory, from + at.datagram, comparedMax).fill(0)
    datagram.set(header)
    datagram.set(payload, header.length)
    datagram.fill(0, identificationAt, identificationAt + 2).fill(0, checksumAt, checksumAt + 2)
    this.#writeTime(at.last, heardAt)
    this.#writeTime(at.interval, interval)
    this.#writeTime(at.gapMax, interval + noteSlack(interval))
    this.#writeTime(at.longest, 0)
    this.#exchange(at.count, 0)
    for (let i = 0; i < noteClasses; i++) this.#exchange(at.classes + 4 * i, 0)
    this.#exchange(at.expected, header.length + payload.length)
  }

  update(): boolean {
    if (this.#phase === 'over') return false
    if (this.#phase === 'ended') this.#phase = 'over'
    if (this.#word(at.count) === 0) return false
    this.count = this.#exchange(at.count, 0)
    this.at = instant(this.#time(at.last))
    this.longestGapMs = this.#time(at.longest)
    this.latenessMs = this.#time(at.lateness)
    for (let i = 0; i < noteClasses; i++) classes[i] = this.#exchange(at.classes + 4 * i, 0)
    this.#counted(this.count)
    return true
  }

  end(): void {
    if (this.#phase !== 'running') return
    this.#phase = 'ended'
    this.#exchange(at.expected, 0)
    this.#ended()
  }

  /** Without the rest: nobody is left to be told. */
  abandon(): void {
    this.end()
    this.#phase = 'over'
  }

  #word(where: number): number {
    return Atomics.load(this.#words, this.#from + where / 4)
  }

  #exchange(where: number, value: number): number {
    return Atomics.exchange(this.#words, this.#from + where / 4, value)
  }

  /** Milliseconds. The kernel writes the two halves in one step, and may do so between our two looks. */
  #time(where: number): number {
    let high = this.#word(where + 4)
    for (;;) {
      const low = this.#word(where) >>> 0
      const again = this.#word(where + 4)
      if (again === high) return (high * 2 ** 32 + low) / 1e6
      high = again
    }
  }

  #writeTime(where: number, ms: number): void {
    const nanoseconds = Math.round(ms * 1e6)
    this.#exchange(where, (nanoseconds % 2 ** 32) | 0)
    this.#exchange(where + 4, Math.floor(nanoseconds / 2 ** 32))
  }
}
