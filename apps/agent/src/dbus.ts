// The daemon on D-Bus, as keepalived is there. A process of its own: the bus, or this, may break without the daemon noticing.
import type { InstanceStatus } from '@havip/vrrp-runtime'
import dbus, { type Bus, type InterfaceDescription } from '@homebridge/dbus-native'
import type { AgentLine } from './agent-line.ts'
import { ask, follow, readStatus } from './daemon-line.ts'
import { instanceInterface, instancePath, stateOf, vrrpInterface, vrrpPath } from './dbus-objects.ts'

export type DbusOptions = {
  readonly statusSocket: string
  readonly serviceName: string
  readonly noInterfaceName: string
  readonly busAddress: string
}

const noArguments = ['', '', [], []] as const
const vrrpDescription: InterfaceDescription = {
  name: vrrpInterface,
  methods: { PrintData: noArguments, PrintStats: noArguments, PrintStatsClear: noArguments, ReloadConfig: noArguments },
  properties: {},
  signals: { VrrpStarted: [], VrrpReloaded: [], VrrpStopped: [] },
}
const instanceDescription: InterfaceDescription = {
  name: instanceInterface,
  methods: { SendGarp: noArguments },
  properties: { Name: 's', State: '(us)' },
  signals: { VrrpStatusChange: ['u', 'status'] },
}
/** DBUS_NAME_FLAG_DO_NOT_QUEUE. */
const doNotQueue = 4
const nowOurs = 1

export function runDbus(options: DbusOptions, line: Pick<AgentLine, 'say' | 'end' | 'onReload'>): void {
  const { say, end } = line
  const bus = dbus.createClient({ busAddress: options.busAddress })
  const fail = (text: string): void => {
    say(`D-Bus: ${text}`)
    end(1)
  }
  bus.connection.on('error', (error) => fail(`${options.busAddress}: ${error?.message ?? 'error'}`))
  bus.connection.on('end', () => fail('the bus closed the connection'))
  bus.requestName(options.serviceName, doNotQueue, (error, result) => {
    if (error || result !== nowOurs) {
      fail(
        `cannot have the name ${options.serviceName}: ${error?.message || 'somebody else has it'}: does a policy in /etc/dbus-1/system.d allow it?`,
      )
      return
    }
    new Service(bus, options, line).start()
  })
}

type Exported = { readonly path: string; readonly object: { Name: string; State: readonly [number, string] } }

class Service {
  readonly #bus: Bus
  readonly #options: DbusOptions
  readonly #line: Pick<AgentLine, 'say' | 'onReload'>
  readonly #instances = new Map<string, Exported>()
  #looking: Promise<void> = Promise.resolve()
  #isStarted = false

  constructor(bus: Bus, options: DbusOptions, line: Pick<AgentLine, 'say' | 'onReload'>) {
    this.#bus = bus
    this.#options = options
    this.#line = line
  }

  start(): void {
    const { statusSocket } = this.#options
    const dump = (what: string) => () => ask(statusSocket, { op: 'dump', what }).then(() => undefined)
    const methods = {
      PrintData: dump('data'),
      PrintStats: dump('stats'),
      PrintStatsClear: dump('stats-clear'),
      ReloadConfig: () => ask(statusSocket, { op: 'reload' }).then(() => undefined),
    }
    this.#bus.exportInterface(methods, vrrpPath, vrrpDescription)
    follow(statusSocket, {
      connected: () => this.#look(),
      heard: ({ what }) => {
        if (what.kind === 'action' && what.action?.kind === 'transition') this.#look()
      },
    })
    // The daemon says so, whoever asked it to.
    this.#line.onReload(() => this.#look(() => this.#bus.sendSignal(vrrpPath, vrrpInterface, 'VrrpReloaded')))
    process.on('SIGTERM', () => {
      this.#bus.sendSignal(vrrpPath, vrrpInterface, 'VrrpStopped')
      setImmediate(() => process.exit(0))
    })
  }

  /** One look after the other: each tells the changes since the one before. */
  #look(then: () => void = () => {}): void {
    this.#looking = this.#looking
      .then(() => readStatus(this.#options.statusSocket))
      .then(({ instances }) => {
        this.#compare(instances)
        then()
      })
      .catch((error: Error) => this.#line.say(`D-Bus: ${error.message}`))
  }

  #compare(instances: readonly InstanceStatus[]): void {
    const present = new Set<string>()
    for (const instance of instances) {
      const path = instancePath(instance, this.#options.noInterfaceName)
      present.add(path)
      const known = this.#instances.get(path)
      const [number] = stateOf(instance)
      if (!known) this.#export(path, instance)
      else {
        const before = known.object.State[0]
        known.object.Name = instance.name
        known.object.State = stateOf(instance)
        if (before !== number) this.#bus.sendSignal(path, instanceInterface, 'VrrpStatusChange', 'u', [number])
      }
    }
    for (const path of this.#instances.keys()) {
      if (present.has(path)) continue
      this.#instances.delete(path)
      delete this.#bus.exportedObjects[path]
    }
    if (!this.#isStarted) this.#bus.sendSignal(vrrpPath, vrrpInterface, 'VrrpStarted')
    this.#isStarted = true
  }

  #export(path: string, instance: InstanceStatus): void {
    const object = {
      Name: instance.name,
      State: stateOf(instance),
      SendGarp: () => ask(this.#options.statusSocket, { op: 'announce', instance: object.Name }).then(() => undefined),
    }
    this.#instances.set(path, { path, object })
    this.#bus.exportInterface(object, path, instanceDescription)
  }
}
