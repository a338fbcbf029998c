// Processes beside the daemon that speak for it: D-Bus, SNMP, webhooks. They ask over the status socket, may be killed at any time, and are
// started again; the daemon itself loads nothing of theirs.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Configuration, WebhookConf } from '@havip/conf'
import type { WebhookStatus } from '@havip/vrrp-runtime'
import type { PlacedSettings } from './run-files.ts'
import type { Log } from './succession.ts'

const againMs = 2000
const lineMax = 1000
/** Of a report; a line that does not end is thrown away. */
const reportMax = 64 * 1024

type Kind = 'dbus' | 'snmp' | 'webhook'
/** What an agent of a kind is told, beside where the status socket is; undefined: the configuration asks for none. */
type Wanted = Readonly<Record<Kind, Readonly<Record<string, unknown>> | undefined>>

const titles: Readonly<Record<Kind, string>> = { dbus: 'D-Bus', snmp: 'SNMP', webhook: 'webhook' }

export class Agents {
  readonly #agents: Readonly<Record<Kind, Agent>>
  readonly #settings: AgentSettings
  readonly #hostName: string
  #webhooks: readonly WebhookConf[] = []

  constructor(settings: AgentSettings, hostName: string, log: Log) {
    this.#settings = settings
    this.#hostName = hostName
    const { statusSocket } = settings
    this.#agents = {
      dbus: new Agent('dbus', statusSocket, log),
      snmp: new Agent('snmp', statusSocket, log),
      webhook: new Agent('webhook', statusSocket, log),
    }
  }

  /** At start and after each reload. */
  configure(configuration: Configuration): void {
    this.#webhooks = configuration.webhooks
    const wanted: Wanted = {
      dbus: wantedDbus(configuration),
      snmp: wantedSnmp(configuration),
      webhook: this.#wantedWebhook(configuration),
    }
    for (const [kind, agent] of this.#each()) agent.configure(wanted[kind])
  }

  /** The configuration was read anew. */
  reloaded(): void {
    for (const [, agent] of this.#each()) agent.reloaded()
  }

  /** How far each receiver has come, as the process that delivers told last. */
  webhooks(): readonly WebhookStatus[] {
    const report = this.#agents.webhook.report
    const told = new Map((Array.isArray(report) ? (report as WebhookStatus[]) : []).map((one) => [one.name, one]))
    return this.#webhooks.map(({ name, url }) => told.get(name) ?? notRunning(name, url))
  }

  close(): void {
    for (const [, agent] of this.#each()) agent.close()
  }

  #wantedWebhook({ webhooks, global }: Configuration): Wanted['webhook'] {
    if (webhooks.length === 0) return undefined
    return {
      node: global.routerId ?? this.#hostName,
      webhooks: webhooks.map(({ name, url, secretFile, caFile, stateFile, events }) => ({
        name,
        url,
        secretFile: secretFile?.path,
        caFile: caFile?.path,
        stateFile: stateFile?.path ?? join(stateDirectory, `webhook${this.#settings.identSuffix}_${name}.json`),
        events,
      })),
    }
  }

  #each(): [Kind, Agent][] {
    return Object.entries(this.#agents) as [Kind, Agent][]
  }
}

type AgentSettings = Pick<PlacedSettings, 'statusSocket' | 'identSuffix'>

const stateDirectory = '/var/lib/havip'

const notRunning = (name: string, url: string): WebhookStatus => ({
  name,
  to: new URL(url).origin,
  state: 'stopped',
  pending: 0,
  delivered: 0,
  refused: 0,
  dropped: 0,
  failures: 0,
})

function wantedDbus({ global: { dbus } }: Configuration): Wanted['dbus'] {
  const busAddress = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? 'unix:path=/run/dbus/system_bus_socket'
  return dbus.isEnabled ? { serviceName: dbus.serviceName, noInterfaceName: dbus.noInterfaceName, busAddress } : undefined
}

/** Of SNMP's sub-agents (RFC 2741 §8.1.2), and snmpd's. */
const defaultMaster = 'unix:/var/agentx/master'

function wantedSnmp({ global: { snmp }, lvsBlocks }: Configuration): Wanted['snmp'] {
  const { keepalived, rfc2787, rfc6527, traps, socket } = snmp
  // Without virtual servers keepalived has no process for them, and so nothing to show either.
  const checker = snmp.checker && lvsBlocks.length > 0
  if (!keepalived && !checker && !rfc2787 && !rfc6527) return undefined
  return { master: socket ?? defaultMaster, serves: { keepalived, checker, rfc2787, rfc6527 }, traps }
}

class Agent {
  readonly #kind: Kind
  readonly #statusSocket: string
  readonly #log: Log
  #wanted: string | undefined
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  /** What it said last of itself, in the shape of its kind; undefined while it does not run. */
  report: unknown

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
    this.#child?.stdin?.write('reloaded\n')
  }

  close(): void {
    this.#wanted = undefined
    clearTimeout(this.#timer)
    this.#child?.kill('SIGTERM')
    this.#child = undefined
    this.report = undefined
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
    let rest = ''
    child.stdout.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(0, reportMax)
      for (const line of lines) this.#hear(child, line)
    })
    child.on('error', (error) => this.#log(3, `cannot start the ${title} process: ${error.message}`))
    child.on('exit', (status, signal) => {
      if (this.#child !== child) return
      this.report = undefined
      this.#log(4, `The ${title} process(${child.pid}) ended by ${signal ?? `status ${status}`}: starting another in ${againMs / 1000} s`)
      this.#timer = setTimeout(() => this.#start(options), againMs)
    })
  }

  #hear(child: ChildProcess, line: string): void {
    if (!line.startsWith(reportPrefix)) {
      if (line !== '') this.#log(4, line.slice(0, lineMax))
      return
    }
    if (this.#child !== child) return
    try {
      this.report = (JSON.parse(line) as { readonly report: unknown }).report
    } catch {
      // Cut: the next one is whole.
    }
  }
}

/** A line that an agent writes is for the log, unless it begins so. */
const reportPrefix = '{"report":'

/** Beside this program, bundled or in the sources. */
function agentPath(): string {
  const own = process.argv[1] ?? ''
  return own.endsWith('.ts') ? join(dirname(own), '..', '..', 'agent', 'src', 'main.ts') : join(dirname(own), 'agent.cjs')
}
