// UDP sockets of a simulated process.
import { fail, type Instant, type IpAddress, ok, type Result } from '@havip/base'
import type { HostFault, ReceivedDatagram, ReceivedPacket, UdpSocket, UdpSpec } from '@havip/vrrp-runtime'
import { decodeUdp, encodeIpv4, encodeUdp, type Ipv4Header, ipProtocol } from '@havip/wire'
import type { Kernel, KernelLink } from './kernel.ts'
import { parseIpv4Datagram } from './socket.ts'

type Machine = {
  readonly kernel: Kernel
  transmit(link: KernelLink, packet: Omit<ReceivedPacket, 'at'>): void
}
type Open = { readonly spec: UdpSpec; readonly port: number; readonly onDatagram: ((datagram: ReceivedDatagram) => void) | undefined }

const refused = (call: string, errno: string, detail: string): Result<never, HostFault> => fail({ call, errno, detail })

export class UdpSockets {
  readonly #machine: Machine
  readonly #now: () => Instant
  #sockets: readonly Open[] = []

  constructor(machine: Machine, now: () => Instant) {
    this.#machine = machine
    this.#now = now
  }

  open(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault> {
    if (spec.address !== undefined && !this.#machine.kernel.has(spec.address)) {
      return refused('bind', 'EADDRNOTAVAIL', `${spec.address} is not ours`)
    }
    const port = this.#freePort(spec)
    if (port === undefined) return refused('bind', 'EADDRINUSE', 'the port is taken')
    const one: Open = { spec, port, onDatagram }
    this.#sockets = [...this.#sockets, one]
    return ok({
      port,
      send: (payload, to) => this.#send(one, payload, to),
      close: () => {
        this.#sockets = this.#sockets.filter((other) => other !== one)
      },
    })
  }

  closeAll(): void {
    this.#sockets = []
  }

  /** A packet of the protocol came in for one of the machine's addresses. */
  deliver({ family, source, destination, ttl, payload }: Omit<ReceivedPacket, 'at'>): void {
    const ends = { family, source, destination }
    const read = decodeUdp(payload, ends)
    if (!read.ok) return
    const { destinationPort, payload: data } = read.value
    for (const { spec, port, onDatagram } of this.#sockets) {
      if (port !== destinationPort || spec.family !== family) continue
      if (spec.address === undefined || spec.address === destination) onDatagram?.({ ...ends, ttl, payload: data, at: this.#now() })
    }
  }

  /** The lowest free one of a range: the same world every time. */
  #freePort({ family, address, port }: UdpSpec): number | undefined {
    const { min, max } = typeof port === 'number' ? { min: port, max: port } : port
    const clashes = this.#sockets.filter(
      ({ spec }) => spec.family === family && (spec.address === undefined || address === undefined || spec.address === address),
    )
    const taken = new Set(clashes.map((one) => one.port))
    for (let candidate = min; candidate <= max; candidate++) if (!taken.has(candidate)) return candidate
    return undefined
  }

  #send({ spec, port }: Open, payload: Uint8Array, to: { readonly address: IpAddress; readonly port: number }): Result<void, HostFault> {
    const { kernel } = this.#machine
    const link = kernel.route(to.address)
    const source = spec.address ?? (link && kernel.sourceFor(link, spec.family))
    if (!link || source === undefined) return refused('sendto', 'ENETUNREACH', `no way to ${to.address}`)
    if (!link.isUp) return refused('sendto', 'ENETDOWN', `${link.name} is down`)
    const packet = packetOf(spec, { source, destination: to.address }, { sourcePort: port, destinationPort: to.port }, payload)
    if (packet) this.#machine.transmit(link, packet)
    return ok(undefined)
  }
}

function packetOf(
  { family, ttl }: UdpSpec,
  { source, destination }: { readonly source: IpAddress; readonly destination: IpAddress },
  ports: { readonly sourcePort: number; readonly destinationPort: number },
  data: Uint8Array,
): Omit<ReceivedPacket, 'at'> | undefined {
  const payload = encodeUdp(ports, data, { family, source, destination })
  if (family === 'ipv6') return { family, protocol: ipProtocol.udp, source, destination, ttl, header: new Uint8Array(0), payload }
  const header = encodeIpv4({
    source: source as Ipv4Header['source'],
    destination: destination as Ipv4Header['destination'],
    ttl,
    protocol: ipProtocol.udp,
    id: 0,
    payloadLength: payload.length,
  })
  return parseIpv4Datagram(Uint8Array.of(...header, ...payload))
}
