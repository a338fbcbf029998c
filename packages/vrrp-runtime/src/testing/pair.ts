// Two machines with one daemon each on a shared segment: the seed's situation, with files a test may write as it likes.
import { createDaemon, type Daemon, type DaemonOptions } from '../daemon.ts'
import { FakeHost } from './fake-host.ts'
import { FakeSegment } from './fake-segment.ts'
import { VirtualTime } from './virtual-clock.ts'

export const configPath = '/etc/keepalived/keepalived.conf'

export type Node = { readonly host: FakeHost; daemon: Daemon }

export type PairSettings = {
  /** Lines of global_defs, of the instance, and blocks before the instance. */
  readonly global?: string
  readonly instance?: string
  readonly blocks?: string
  readonly address?: string
  readonly priority: number
  readonly state?: 'MASTER' | 'BACKUP'
}

/** The seed's file with other numbers: node 1 is 192.168.0.209, node 2 is 192.168.0.210. */
export function seedLike(own: 1 | 2, settings: PairSettings): string {
  const addresses = ['192.168.0.209', '192.168.0.210']
  return `
global_defs {
  router_id LVS_DEVEL
  vrrp_skip_check_adv_addr
  ${settings.global ?? ''}
}
${settings.blocks ?? ''}
vrrp_instance VI_1 {
  state ${settings.state ?? 'BACKUP'}
  interface eth0
  virtual_router_id 51
  priority ${settings.priority}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  unicast_src_ip ${addresses[own - 1]}
  unicast_peer {
    ${addresses[2 - own]}
  }
  virtual_ipaddress {
    ${settings.address ?? '192.168.0.88'}
  }
  garp_master_delay 1
  garp_master_refresh 5
  ${settings.instance ?? ''}
}
`
}

export class Pair {
  readonly time = new VirtualTime()
  readonly segment = new FakeSegment(this.time)
  readonly one: Node
  readonly two: Node

  constructor(one: string, two: string) {
    this.one = this.#node('ecs-1', '192.168.0.209', one)
    this.two = this.#node('ecs-2', '192.168.0.210', two)
  }

  static ofSeed(one: Partial<PairSettings> = {}, two: Partial<PairSettings> = {}): Pair {
    return new Pair(seedLike(1, { priority: 100, ...one }), seedLike(2, { priority: 10, ...two }))
  }

  start(...nodes: readonly Node[]): void {
    for (const node of nodes.length > 0 ? nodes : [this.one, this.two]) {
      const started = node.daemon.start()
      if (!started.ok) throw new Error(started.fault.diagnostics.map((diagnostic) => diagnostic.message).join('\n'))
    }
  }

  /** A new daemon on the same machine, after a crash or a stop. */
  restart(node: Node, options: Partial<DaemonOptions> = {}): void {
    node.host.isPowered = true
    node.daemon = newDaemon(node.host, options)
    this.start(node)
  }

  write(node: Node, text: string): void {
    node.host.fileTexts.set(configPath, text)
  }

  /** Names of the nodes that have the address now, those without power left out. */
  owners(address = '192.168.0.88'): readonly string[] {
    return [this.one, this.two].filter((node) => node.host.isPowered && node.host.has(address)).map((node) => node.host.hostName)
  }

  #node(name: string, address: string, text: string): Node {
    const host = new FakeHost(name, this.time, this.segment)
    host.setLink('eth0', [address])
    host.fileTexts.set(configPath, text)
    return { host, daemon: newDaemon(host) }
  }
}

export function newDaemon(host: FakeHost, options: Partial<DaemonOptions> = {}): Daemon {
  return createDaemon(host, host.clock, {
    configFile: configPath,
    checksAllIncludes: false,
    env: {},
    machine: host.machine,
    release: 'test',
    pid: 1,
    logsDetail: true,
    keepsAddresses: false,
    ...options,
  })
}
