// Processes beside the daemon that speak for it: D-Bus. They ask over the status socket, may be killed at any time, and are
// started again; the daemon itself loads nothing of theirs.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { DbusConf } from '@havip/conf'
import type { Log } from './succession.ts'

const againMs = 2000
const lineMax = 1000

export class Agents {
  readonly #statusSocket: string
  readonly #log: Log
  #wanted: string | undefined
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(statusSocket: string, log: Log) {
    this.#statusSocket = statusSocket
    this.#log = log
  }

  /** At start and after each reload. */
  configure({ isEnabled, serviceName, noInterfaceName }: DbusConf): void {
    const busAddress = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? 'unix:path=/run/dbus/system_bus_socket'
    const options = { statusSocket: this.#statusSocket, serviceName, noInterfaceName, busAddress }
    const wanted = isEnabled ? JSON.stringify(options) : undefined
    if (wanted === this.#wanted) return
    this.close()
    this.#wanted = wanted
    if (wanted !== undefined) this.#start(wanted)
  }

  /** The configuration was read anew. */
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
    const child = spawn(process.execPath, ['--max-semi-space-size=1', agentPath(), 'dbus', options], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child = child
    this.#log(6, `Starting the D-Bus process, pid=${child.pid}`)
    child.stdin.on('error', () => {})
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      for (const line of text.slice(0, lineMax).split('\n')) if (line !== '') this.#log(4, line)
    })
    child.on('error', (error) => this.#log(3, `cannot start the D-Bus process: ${error.message}`))
    child.on('exit', (status, signal) => {
      if (this.#child !== child) return
      this.#log(4, `The D-Bus process(${child.pid}) ended by ${signal ?? `status ${status}`}: starting another in ${againMs / 1000} s`)
      this.#timer = setTimeout(() => this.#start(options), againMs)
    })
  }
}

/** Beside this program, bundled or in the sources. */
function agentPath(): string {
  const own = process.argv[1] ?? ''
  return own.endsWith('.ts') ? join(dirname(own), '..', '..', 'agent', 'src', 'main.ts') : join(dirname(own), 'agent.mjs')
}
