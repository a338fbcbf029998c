// What measurements and system tests look through: a client that asks an address each millisecond, and a tap on one router's adverts.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { must, type Service, startService, until } from '../lab/processes.ts'
import type { Node, Segment } from '../lab/segment.ts'
import { root } from '../lab/world.ts'

const node = join(root, 'node_modules', '.bin', 'node')

/** Answers on UDP port 7777 with the node's name; the caller stops it. `by` is what runs it, as `chrt` does. */
export const startEcho = (host: Node, by: readonly string[] = []): Service =>
  startService('echo', host.inside([...by, node, join(root, 'tools/bench/echo.ts'), host.name]), join(host.folder, 'echo.log'))

export type PingLine = { readonly sentAt: number; readonly by: string }
export type PingResult = { readonly asked: number; readonly lost: number; readonly outageMs: number; readonly lines: readonly PingLine[] }
export type Ping = {
  /** Who gave the latest answer; `-` for nobody. */
  lastBy(): string | undefined
  stop(): Promise<PingResult>
}

export function startPing(client: Node, address: string, by: readonly string[] = []): Ping {
  const [program, ...rest] = client.inside([...by, node, join(root, 'tools/bench/ping.ts'), address, '1']) as [string, ...string[]]
  const child: ChildProcess = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: PingLine[] = []
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, sent, by] = line.split(' ')
      lines.push({ sentAt: Number(sent), by: by ?? '-' })
    })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return {
    lastBy: () => lines.at(-1)?.by,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      return { asked: lines.length, lost: lines.filter((line) => line.by === '-').length, outageMs: longestGap(lines), lines }
    },
  }
}

/** The longest stretch of unanswered datagrams that an answered one ends; 0 when none was lost. */
export function longestGap(lines: readonly PingLine[]): number {
  const sorted = [...lines].sort((a, b) => a.sentAt - b.sentAt)
  let longest = 0
  let since: number | undefined
  for (const line of sorted) {
    if (line.by === '-') since ??= line.sentAt
    else if (since !== undefined) {
      longest = Math.max(longest, line.sentAt - since)
      since = undefined
    }
  }
  return longest
}

/** Times (monotonic ms) of one node's adverts as they pass the segment's bridge. */
export async function watchAdverts(segment: Segment, of: Node): Promise<{ stop(): Promise<readonly number[]> }> {
  const mac = (await must([...of.inside(['cat', '/sys/class/net/eth0/address'])])).trim()
  const argv = ['netns', 'exec', segment.hub, node, join(root, 'tools/bench/watch-adverts.ts'), of.name, mac]
  const child: ChildProcess = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const times: number[] = []
  let isReady = false
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') isReady = true
      else times.push(Number(line.split(' ')[0]))
    })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  await until('the watch runs', () => (isReady ? true : undefined))
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      return times
    },
  }
}
