// Packets that say, byte for byte, what the one before said: a master's advertisements, nearly all that ever arrives. What was read
// out of the first is given again, so that a repeated one is compared once and costs no object.
import type { ReceivedPacket } from './port.ts'

/** Given out again and again: whoever gets it reads it and keeps at most its identity. */
type Kept = { -readonly [Key in keyof ReceivedPacket]: ReceivedPacket[Key] }
type Remembered = { readonly bytes: Uint8Array; readonly packet: Kept }

/** More different speakers than places push each other out, which costs time and nothing else. */
const placesMax = 1024
/** Only what is shorter: a list of 60 addresses. */
const rememberedMax = 280
/** Of an IPv4 header: these differ from one datagram to the next and say nothing. */
const identificationAt = 4
const checksumAt = 10
const ipv4HeaderBytes = 20

export type Repeats = {
  /** The packet of an equal datagram before it, with the present `at`; undefined when it is another one. */
  find(data: Uint8Array, length: number): Kept | undefined
  /** Keeps a copy; the packet's own arrays are replaced by it. Datagrams with IP options are not kept. */
  remember(data: Uint8Array, length: number, packet: ReceivedPacket): ReceivedPacket
}

export function createRepeats(): Repeats {
  const places: (Remembered | undefined)[] = []
  const placeOf = (data: Uint8Array): number => {
    // Source, destination and VRID, of which the last bytes tell most.
    const mixed =
      (data[ipv4HeaderBytes + 1] as number) * 5 + (data[15] as number) * 259 + (data[14] as number) * 31 + (data[19] as number) * 67
    return mixed % placesMax
  }
  return {
    find(data, length) {
      const known = places[placeOf(data)]
      if (known === undefined || known.bytes.length !== length) return undefined
      const { bytes } = known
      for (let i = 0; i < identificationAt; i++) if (bytes[i] !== data[i]) return undefined
      for (let i = identificationAt + 2; i < checksumAt; i++) if (bytes[i] !== data[i]) return undefined
      for (let i = checksumAt + 2; i < length; i++) if (bytes[i] !== data[i]) return undefined
      return known.packet
    },
    remember(data, length, packet) {
      if (length > rememberedMax || length < ipv4HeaderBytes + 2 || packet.header.length !== ipv4HeaderBytes) return packet
      const bytes = data.slice(0, length)
      const total = ipv4HeaderBytes + packet.payload.length
      const kept = { ...packet, header: bytes.subarray(0, ipv4HeaderBytes), payload: bytes.subarray(ipv4HeaderBytes, total) }
      places[placeOf(data)] = { bytes, packet: kept }
      return kept
    },
  }
}
