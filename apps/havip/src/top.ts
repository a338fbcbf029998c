// `havip top`: the daemon's instances, live. The terminal is left as it was found, however this ends; without one it prints once.
import type { Command } from 'commander'
import { defaultSocket, readStatus } from './daemon-client.ts'
import { monotonicMs } from './probe.ts'
import { drawTop, type Reading } from './top-screen.ts'
import { UsageError } from './usage-error.ts'

type Options = { readonly socket: string; readonly every: string; readonly once?: boolean }

const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const eraseLine = '\u001b[K'
const eraseBelow = '\u001b[J'

export function addTopCommand(program: Command): void {
  program
    .command('top')
    .description('the instances of the running havipd, live: states, owners, adverts, counters a second, trackers')
    .option('--socket <path>', 'its status socket', defaultSocket)
    .option('--every <seconds>', 'how often it is read, 0.1 to 60', '1')
    .option('--once', 'print once and end, as without a terminal')
    .action(async (options: Options) => {
      const everyMs = Number(options.every) * 1000
      if (!(everyMs >= 100 && everyMs <= 60_000)) throw new UsageError(`--every ${options.every}: seconds from 0.1 to 60`)
      const first = await read(options.socket)
      if (options.once || !process.stdout.isTTY || !process.stdin.isTTY) {
        const size = { columns: process.stdout.columns ?? 500, rows: 10_000 }
        const lines = drawTop({ now: first, before: undefined, ...size, selected: -1, isPaused: false, problem: undefined })
        // The last line is about keys.
        console.log(lines.slice(0, -1).join('\n'))
        return
      }
      await watch(options.socket, everyMs, first)
    })
}

const read = async (socket: string): Promise<Reading> => ({ status: await readStatus(socket), at: monotonicMs() })

/** Until `q`, Ctrl-C or a signal. */
function watch(socket: string, everyMs: number, first: Reading): Promise<void> {
  return new Promise((resolve, reject) => {
    let [now, before]: [Reading, Reading | undefined] = [first, undefined]
    let selected = 0
    let isPaused = false
    let isEnded = false
    let problem: string | undefined
    let timer: ReturnType<typeof setTimeout> | undefined

    const draw = (): void => {
      const { columns, rows } = process.stdout
      const lines = drawTop({ now, before, columns, rows, selected, isPaused, problem })
      process.stdout.write(home + lines.map((line) => line + eraseLine).join('\r\n') + eraseBelow)
    }
    const restore = (): void => {
      if (isEnded) return
      isEnded = true
      clearTimeout(timer)
      process.stdin.off('data', onKey)
      process.stdout.off('resize', draw)
      for (const signal of signals) process.off(signal, onSignal)
      process.off('exit', restore)
      process.stdin.setRawMode(false)
      process.stdin.pause()
      process.stdout.write(leave)
    }
    const end = (error?: Error): void => {
      restore()
      if (error) reject(error)
      else resolve()
    }
    const onSignal = (): void => end()
    const onKey = (data: Buffer): void => {
      const key = data.toString()
      const last = now.status.instances.length - 1
      if (key === 'q' || key === '\u0003' || key === '\u0004') {
        end()
        return
      }
      if (key === '\u001b[A' || key === 'k') selected = Math.max(0, selected - 1)
      if (key === '\u001b[B' || key === 'j') selected = Math.min(Math.max(0, last), selected + 1)
      if (key === ' ') isPaused = !isPaused
      draw()
    }
    const next = async (): Promise<void> => {
      try {
        if (!isPaused) {
          const fresh = await read(socket)
          before = now
          now = fresh
          problem = undefined
        }
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        problem = `${error.message}; trying again`
      }
      if (isEnded) return
      selected = Math.min(selected, Math.max(0, now.status.instances.length - 1))
      draw()
      timer = setTimeout(run, everyMs)
    }
    const run = (): void => void next().catch(end)

    process.stdin.setRawMode(true)
    process.stdin.resume()
    process.stdin.on('data', onKey)
    process.stdout.on('resize', draw)
    for (const signal of signals) process.on(signal, onSignal)
    process.on('exit', restore)
    process.stdout.write(enter)
    draw()
    timer = setTimeout(run, everyMs)
  })
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
