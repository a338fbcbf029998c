// `havip events`: what happens in a running havipd, in order and by number, so that a reader can go on where it stopped.
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { entryFromJsonLine, storyOf } from '@havip/vrrp-runtime'
import type { Command } from 'commander'
import { defaultSocket, explainSocketError } from './daemon-client.ts'
import { UsageError } from './usage-error.ts'

type Options = {
  readonly socket: string
  readonly since?: string
  readonly stream?: string
  readonly instance?: string
  readonly follow?: boolean
  readonly json?: boolean
}

type Head = { readonly stream: string; readonly newest: number }
/** Where the next connection goes on. */
type Position = { since: number | undefined; stream: string | undefined }

const reconnectAfterMs = 1000
const answerTimeoutMs = 5000

export function addEventsCommand(program: Command): void {
  program
    .command('events')
    .description('what happens in the running havipd, oldest first, each with its number')
    .option('--since <number>', 'only what came after this number')
    .option('--stream <id>', 'the run of the daemon that the number is of; the first line of --json says it')
    .option('--instance <name>', 'of this instance only')
    .option('--follow', 'go on with what happens, also over a restart of the daemon')
    .option('--socket <path>', 'its status socket', defaultSocket)
    .option('--json', 'for programs: everything, a JSON object a line')
    .action(async (options: Options) => {
      const since = options.since === undefined ? undefined : Number(options.since)
      if (since !== undefined && (!Number.isInteger(since) || since < 0)) throw new UsageError(`--since ${options.since}: a whole number`)
      const position: Position = { since: since ?? (options.follow ? undefined : 0), stream: options.stream }
      await readEvents(options, position)
      while (options.follow) {
        await new Promise((wait) => setTimeout(wait, reconnectAfterMs))
        await readEvents(options, position).catch((error: unknown) => {
          // The daemon may be on its way up again.
          if (!(error instanceof UsageError)) throw error
        })
      }
    })
}

/** Until the connection ends; without `follow` until everything that had happened was read. @throws UsageError */
function readEvents(options: Options, position: Position): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(options.socket)
    let head: Head | undefined
    const end = (error?: Error): void => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.setTimeout(answerTimeoutMs, () => {
      if (!head) end(new UsageError(`${options.socket}: no answer within ${answerTimeoutMs / 1000} s: is havipd stopped or frozen?`))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => end(new UsageError(`${options.socket}: ${explainSocketError(error)}`)))
    socket.on('connect', () => socket.write(`${JSON.stringify({ op: 'events', ...position })}\n`))
    createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
      .on('line', (line) => {
        if (!head) {
          head = readHead(line)
          if (!head) {
            end(new UsageError(`${options.socket}: an answer that is not one of havipd's: ${line.slice(0, 200)}`))
            return
          }
          if (options.json) console.log(line)
        } else {
          const sequence = printEvent(line, options)
          if (sequence !== undefined) position.since = sequence
        }
        position.stream = head.stream
        if (!options.follow && (position.since ?? 0) >= head.newest) end()
      })
      // What was cut off by the end is read again with the next connection.
      .on('close', () => end())
  })
}

function readHead(line: string): Head | undefined {
  try {
    const value = JSON.parse(line) as { readonly ok?: unknown; readonly stream?: unknown; readonly newest?: unknown }
    return value.ok === true && typeof value.stream === 'string' && typeof value.newest === 'number'
      ? { stream: value.stream, newest: value.newest }
      : undefined
  } catch {
    return undefined
  }
}

/** Gives the number after which to go on. */
function printEvent(line: string, { json, instance }: Options): number | undefined {
  const entry = entryFromJsonLine(line)
  if (entry) {
    if (instance !== undefined && entry.instance !== instance) return entry.sequence
    if (json) console.log(line)
    else for (const told of storyOf([{ node: '', entries: [entry] }], undefined)) console.log(formatEvent(told))
    return entry.sequence
  }
  const gap = readGap(line)
  if (!gap) return undefined
  if (json) console.log(line)
  else if (gap.reason === 'other-stream') console.log('… the daemon was started anew since: what follows is all that this run has kept')
  else console.log(`… what happened from number ${gap.afterSequence + 1} to ${gap.upToSequence} is no longer kept`)
  return gap.upToSequence
}

const formatEvent = ({ sequence, wall, instance, text }: ReturnType<typeof storyOf>[number]): string =>
  `${String(sequence).padStart(6)}  ${new Date(wall).toISOString()}  ${instance}  ${text}`

function readGap(line: string): { readonly afterSequence: number; readonly upToSequence: number; readonly reason: string } | undefined {
  try {
    return (JSON.parse(line) as { dropped?: { afterSequence: number; upToSequence: number; reason: string } }).dropped
  } catch {
    return undefined
  }
}
