// The child that asks an address again and again, in the namespace it was started in: one line for each request that ended.
import { createConnection } from 'node:net'
import { type IpAddress, isIpv6 } from '@havip/base'
import type { ProbeSample } from '@havip/vpc'
import type { ProbeRequest } from '@havip/vpc-service'

/** First argument of the program that is hostd, when it shall be this child instead. */
export const probeFlag = '--probe-child'

/** Bytes of an answer that are looked at; what is longer is no page that says who it is. */
const answerMax = 64 * 1024

/** Runs until the time is over, or until nobody reads any more. */
export function runProbeChild(request: Omit<ProbeRequest, 'from'>): void {
  const begin = performance.now()
  let next = begin
  let underWay = 0
  let isOver = false
  const write = (sample: ProbeSample): void => {
    underWay--
    process.stdout.write(`${JSON.stringify(sample)}\n`)
    if (isOver && underWay === 0) process.exit(0)
  }
  // Whoever started us has gone: nobody needs to know.
  process.stdout.on('error', () => process.exit(0))
  process.stdin.on('end', () => process.exit(0)).resume()
  const pace = (): void => {
    const now = performance.now()
    if (now - begin >= request.durationMs) {
      isOver = true
      if (underWay === 0) process.exit(0)
      return
    }
    if (now >= next) {
      underWay++
      ask(request, now - begin, write)
      // Behind time (a busy machine): ask once and go on from now, instead of a burst.
      next = Math.max(next + request.everyMs, now)
    }
    setTimeout(pace, Math.max(0, next - performance.now()))
  }
  pace()
}

function ask(request: Omit<ProbeRequest, 'from'>, since: number, done: (sample: ProbeSample) => void): void {
  const atMs = Math.round(since * 10) / 10
  const socket = createConnection({ host: request.address, port: request.port })
  let text = ''
  let isDone = false
  const end = (outcome: ProbeSample['outcome'], by: string): void => {
    if (isDone) return
    isDone = true
    clearTimeout(timer)
    socket.destroy()
    done({ atMs, outcome, by })
  }
  const timer = setTimeout(() => end('timed-out', ''), request.timeoutMs)
  socket.setEncoding('latin1')
  socket.on('connect', () => socket.write(`GET / HTTP/1.0\r\nHost: ${hostOf(request.address)}\r\nConnection: close\r\n\r\n`))
  socket.on('data', (data: string) => {
    text += data
    if (text.length > answerMax) end('broken', '')
  })
  socket.on('end', () =>
    /^HTTP\/1\.[01] 200 /.test(text) ? end('answered', whoIs(Buffer.from(text, 'latin1').toString())) : end('broken', ''),
  )
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') end('refused', '')
    // Nobody answered at the link: the same as silence to whoever asks.
    else end(error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH' ? 'timed-out' : 'broken', '')
  })
}

/** As a URL writes it. */
const hostOf = (address: IpAddress): string => (isIpv6(address) ? `[${address}]` : address)

/** The page's title, else the first words of its text. */
export function whoIs(response: string): string {
  const body = response.slice(response.indexOf('\r\n\r\n') + 4)
  const title = /<title>\s*([^<]{1,60}?)\s*<\/title>/i.exec(body)?.[1]
  const words = (): string =>
    body
      .replace(/<[^>]*>/g, ' ')
      .trim()
      .split(/\s+/)
      .slice(0, 3)
      .join(' ')
      .slice(0, 60)
  return title ?? words()
}
