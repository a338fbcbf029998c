// Sends a numbered datagram to an address each millisecond and prints one line for each: number, when it was sent (monotonic
// ms), and who answered it, or "-" when nobody had within half a second.
import { createSocket } from 'node:dgram'

const target = process.argv[2] ?? ''
const everyMs = Number(process.argv[3] ?? 1)
const patienceMs = 500
const now = (): number => Number(process.hrtime.bigint()) / 1e6

const socket = createSocket('udp4')
const waiting = new Map<number, number>()
let next = 0
let due = now()
let stopping = false

socket.on('error', () => undefined)
socket.on('message', (message) => {
  const [number, by] = message.toString().split(' ')
  const sent = waiting.get(Number(number))
  if (sent === undefined) return
  waiting.delete(Number(number))
  process.stdout.write(`${number} ${sent.toFixed(3)} ${by}\n`)
})

function expire(before: number): void {
  for (const [number, sent] of waiting) {
    if (sent > before) break
    waiting.delete(number)
    process.stdout.write(`${number} ${sent.toFixed(3)} -\n`)
  }
}

function pace(): void {
  const time = now()
  if (time >= due && !stopping) {
    waiting.set(next, time)
    socket.send(String(next++), 7777, target, () => undefined)
    due = Math.max(due + everyMs, time)
  }
  expire(time - patienceMs)
  if (stopping && waiting.size === 0) {
    socket.close()
    return
  }
  setTimeout(pace, Math.max(0, due - now()))
}
process.on('SIGTERM', () => {
  stopping = true
})
pace()
