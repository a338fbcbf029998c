// havip-agent: the daemon towards a management system, in a process of its own. The daemon starts it with the kind as argument,
// writes the options as one line of JSON to its standard input and keeps that open; when that ends, so does this.
import { createInterface } from 'node:readline'

/** `say` reaches the daemon's log; `end` is for what cannot be mended here: the daemon starts another. */
export type AgentRun<Options> = (options: Options, say: (text: string) => void, end: (status: number) => void) => void

const kinds: Readonly<Record<string, () => Promise<AgentRun<never>>>> = {
  dbus: async () => (await import('./dbus.ts')).runDbus,
}

async function main(kind: string | undefined): Promise<void> {
  const load = kind === undefined ? undefined : kinds[kind]
  if (!load) {
    process.stderr.write(`havip-agent is started by havipd, for one of ${Object.keys(kinds).join(', ')}\n`)
    process.exitCode = 1
    return
  }
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  const lines = createInterface({ input: process.stdin })
  lines.once('line', (line) => void load().then((run) => run(JSON.parse(line) as never, say, (status) => process.exit(status))))
  lines.on('close', () => process.exit(0))
}

if (import.meta.main) await main(process.argv[2])
