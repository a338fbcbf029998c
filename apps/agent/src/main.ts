// havip-agent: the daemon towards a management system, in a process of its own. The daemon starts it with the kind as argument,
// writes the options as one line of JSON to its standard input and keeps that open; when that ends, so does this.
import { createInterface } from 'node:readline'
import type { AgentLine, AgentRun } from './agent-line.ts'

const kinds: Readonly<Record<string, () => Promise<AgentRun<never>>>> = {
  dbus: async () => (await import('./dbus.ts')).runDbus,
  snmp: async () => (await import('./snmp/run.ts')).runSnmp,
  webhook: async () => (await import('./webhook/run.ts')).runWebhooks,
}

/** However slow somebody out there is. */
const closeWithinMs = 5000

const reloadListeners = new Set<() => void>()
const agentLine: AgentLine = {
  // One line each: what others answered may hold anything.
  say: (text) => void process.stdout.write(`${text.replace(/\p{Cc}+/gu, ' ')}\n`),
  report: (value) => void process.stdout.write(`${JSON.stringify({ report: value })}\n`),
  onReload: (listener) => void reloadListeners.add(listener),
  end: (status) => process.exit(status),
}

async function main(kind: string | undefined): Promise<void> {
  const load = kind === undefined ? undefined : kinds[kind]
  if (!load) {
    process.stderr.write(`havip-agent is started by havipd, for one of ${Object.keys(kinds).join(', ')}\n`)
    process.exitCode = 1
    return
  }
  let close: (() => Promise<void>) | undefined
  const finish = (): void => {
    setTimeout(() => process.exit(0), closeWithinMs)
    void (close?.() ?? Promise.resolve()).finally(() => process.exit(0))
  }
  // The daemon may be gone while there is something left to do.
  process.stdout.on('error', () => {})
  const lines = createInterface({ input: process.stdin })
  lines.once('line', (line) => {
    void load().then((run) => {
      close = run(JSON.parse(line) as never, agentLine) ?? undefined
      if (close) process.on('SIGTERM', finish)
    })
    // Every further line says so: a signal could come before there is anybody to hear it, and end the process.
    lines.on('line', () => {
      for (const listener of reloadListeners) listener()
    })
  })
  lines.on('close', finish)
}

if (import.meta.main) void main(process.argv[2])
