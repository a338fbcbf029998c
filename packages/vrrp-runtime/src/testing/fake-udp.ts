// UDP on a machine in memory: datagrams go over the segment as whole IPv4 packets, as the advertisements do.
import { fail, type Instant, type IpAddress, ok, type Result } from '@havip/base'
import { decodeUdp, encodeIpv4, encodeUdp, type Ipv4Header, ipProtocol } from '@havip/wire'
import type { HostFault, Link, ReceivedDatagram, UdpSocket, UdpSpec } from '../host.ts'

type Machine = {
  links(): readonly Link[]
  /** Puts a packet on the wire. */
  carry(datagram: Uint8Array): void
  now(): Instant
}
type Open = {
  readonly address: IpAddress | undefined
  readonly port: number
  readonly onDatagram: ((datagram: ReceivedDatagram) => void) | undefined
}

export class FakeUdp {
  readonly #machine: Machine
  readonly #sockets = new Set<Open>()
  #drawn = 0

  constructor(machine: Machine) {
    this.#machine = machine
  }

  open(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault> {
    const port = typeof spec.port === 'number' ? spec.port : spec.port.min + this.#drawn++
    const isTaken = [...this.#sockets].some((other) => other.port === port && other.address === spec.address)
    if (isTaken) return fail({ call: 'bind', errno: 'EADDRINUSE', detail: 'Address already in use' })
    const one: Open = { address: spec.address, port, onDatagram }
    this.#sockets.add(one)
    return ok({
      port,
      send: (payload, to) => this.#send(spec, port, payload, to),
      close: () => void this.#sockets.delete(one),
    })
  }

  /** The process is gone, and its sockets with it. */
  closeAll(): void {
    this.#sockets.clear()
  }

  deliver({ source, destination, ttl }: Ipv4Header, payload: Uint8Array): void {
    const ends = { family: 'ipv4', source, destination } as const
    const read = decodeUdp(payload, ends)
    if (!read.ok) return
    for (const { address, port, onDatagram } of [...this.#sockets]) {
      if (port !== read.value.destinationPort || (address !== undefined && address !== destination)) continue
      onDatagram?.({ ...ends, ttl, payload: read.value.payload, at: this.#machine.now() })
    }
  }

  #send(
    spec: UdpSpec,
    sourcePort: number,
    payload: Uint8Array,
    to: { readonly address: IpAddress; readonly port: number },
  ): Result<void, HostFault> {
    const link = this.#machine.links().find((candidate) => candidate.isUp)
    const source = spec.address ?? link?.addresses[0]?.address
    if (!link || source === undefined) return fail({ call: 'sendto', errno: 'ENETUNREACH', detail: 'Network is unreachable' })
    const ends = { family: 'ipv4', source, destination: to.address } as const
    const udp = encodeUdp({ sourcePort, destinationPort: to.port }, payload, ends)
    const ip = encodeIpv4({
      source: source as Ipv4Header['source'],
      destination: to.address as Ipv4Header['destination'],
      ttl: spec.ttl,
      protocol: ipProtocol.udp,
      id: 0,
      payloadLength: udp.length,
    })
    this.#machine.carry(Uint8Array.of(...ip, ...udp))
    return ok(undefined)
  }
}
