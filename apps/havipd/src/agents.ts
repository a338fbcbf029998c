// Processes beside the daemon that speak for it: D-Bus. They ask over the status socket, may be killed at any time, and are
// started again; the daemon itself loads nothing of theirs.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Configuration } from '@havip/conf'
import type { Log } from './succession.ts'

const againMs = 2000
const lineMax = 1000

type Kind = 'dbus'
/** What an agent of a kind is told, beside where the status socket is; undefined: the configuration asks for none. */
type Wanted = Readonly<Record<Kind, Readonly<Record<string, unknown>> | undefined>>

const titles: Readonly<Record<Kind, string>> = { dbus: 'D-Bus' }

export class Agents {
  readonly #agents: Readonly<Record<Kind, Agent>>

  constructor(statusSocket: string, log: Log) {
    this.#agents = { dbus: new Agent('dbus', statusSocket, log) }
  }

  /** At start and after each reload. */
  configure(configuration: Configuration): void {
    const wanted = wantedBy(configuration)
    for (const [kind, agent] of this.#each()) agent.configure(wanted[kind])
  }

  /** The configuration was read anew. */
  reloaded(): void {
    for (const [, agent] of this.#each()) agent.reloaded()
  }

  close(): void {
    for (const [, agent] of this.#each()) agent.close()
  }

  #each(): [Kind, Agent][] {
    return Object.entries(this.#agents) as [Kind, Agent][]
  }
}

function wantedBy({ global: { dbus } }: Configuration): Wanted {
  const busAddress = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? 'unix:path=/run/dbus/system_bus_socket'
  return {
    dbus: dbus.isEnabled ? { serviceName: dbus.serviceName, noInterfaceName: dbus.noInterfaceName, busAddress } : undefined,
  }
}

class Agent {
  readonly #kind: Kind
  readonly #statusSocket: string
  readonly #log: Log
  #wanted: string | undefined
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(kind: Kind, statusSocket: string, log: Log) {
    this.#kind = kind
    this.#statusSocket = statusSocket
    this.#log = log
  }

  configure(options: Readonly<Record<string, unknown>> | undefined): void {
    const wanted = options && JSON.stringify({ statusSocket: this.#statusSocket, ...options })
    if (wanted === this.#wanted) return
    this.close()
    this.#wanted = wanted
    if (wanted !== undefined) this.#start(wanted)
  }

  reloaded(): void {
    this.#child?.kill('SIGHUP')
  }

  close(): void {
    this.#wanted = undefined
    clearTimeout(this.#timer)
    this.#child?.kill('SIGTERM')
    this.#child = undefined
  }

  #start(options: string): void {
    const title = titles[this.#kind]
    const child = spawn(process.execPath, ['--max-semi-space-size=1', agentPath(), this.#kind], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child = child
    this.#log(6, `Starting the ${title} process, pid=${child.pid}`)
    child.stdin.on('error', () => {})
    // Over the line and not as an argument: everybody on the machine may read those, and options may hold a secret.
    child.stdin.write(`${options}\n`)
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      for (const line of text.slice(0, lineMax).split('\n')) if (line !== '') this.#log(4, line)
    })
    child.on('error', (error) => this.#log(3, `cannot start the ${title} process: ${error.message}`))
    child.on('exit', (status, signal) => {
      if (this.#child !== child) return
      this.#log(4, `The ${title} process(${child.pid}) ended by ${signal ?? `status ${status}`}: starting another in ${againMs / 1000} s`)
      this.#timer = setTimeout(() => this.#start(options), againMs)
    })
  }
}

/** Beside this program, bundled or in the sources. */
function agentPath(): string {
  const own = process.argv[1] ?? ''
  return own.endsWith('.ts') ? join(dirname(own), '..', '..', 'agent', 'src', 'main.ts') : join(dirname(own), 'agent.mjs')
}
