// A small network of its own for one test: namespaces joined by a bridge, daemons in them, packets captured between them.
// Everything is named by a random prefix, so tests may run beside each other; `destroy` takes it all away.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DaemonStatus } from '@havip/vrrp-runtime'
import { readStatus } from '../../apps/havip/src/daemon-client.ts'
import { must, run, type Service, startService, tailOf, until } from './processes.ts'
import { root } from './world.ts'

export const canMakeNamespaces = process.getuid?.() === 0
/** For test options: a reason to skip, or false. */
export const needsRoot = canMakeNamespaces ? false : 'needs root: it makes network namespaces'

export type Node = {
  readonly name: string
  readonly namespace: string
  /** 10.9.0.1, 10.9.0.2, … on eth0/24. */
  readonly address: string
  readonly folder: string
  inside(argv: readonly string[]): readonly string[]
  /** Whether an interface has the address now, eth0 or a virtual one on it. */
  holds(address: string): Promise<boolean>
}

export type Daemon = {
  readonly service: Service
  readonly log: () => string
  /** Pid of the process that speaks VRRP, not of its parent. */
  vrrpPid(): number
}

/** `stop` gives the file. */
export type Capture = { stop(): Promise<string> }

export type Segment = {
  /** The namespace in the middle: every frame passes its bridge br0, by a port named as the node. */
  readonly hub: string
  readonly nodes: readonly [Node, Node, ...Node[]]
  startHavipd(node: Node, configuration: string, extra?: readonly string[]): Promise<Daemon>
  /** `parts` says which of its processes run; VRRP alone when left out. */
  startKeepalived(node: Node, configuration: string, parts?: readonly string[]): Promise<Daemon>
  status(node: Node): Promise<DaemonStatus>
  /** Waits until exactly this node has the address. @throws Error */
  waitForOwner(node: Node, address: string, timeoutMs?: number): Promise<void>
  owners(address: string): Promise<readonly Node[]>
  /** Takes the cable out of a node, or puts it back. */
  setLink(node: Node, up: boolean): Promise<void>
  /** Captures everything on the segment until stopped. */
  capture(): Promise<Capture>
  /** Stops it together with the daemons. */
  adopt(service: Service): void
  destroy(): Promise<void>
}

export async function createSegment(count = 2): Promise<Segment> {
  const prefix = `hvt${randomBytes(3).toString('hex')}-`
  const folder = mkdtempSync(join(tmpdir(), prefix))
  const services: Service[] = []
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`)
  const hub = `${prefix}hub`

  const destroy = async (): Promise<void> => {
    for (const service of services.reverse()) await service.stop()
    for (const namespace of [hub, ...names.map((name) => prefix + name)]) {
      // What a test left running inside goes too; a namespace lives as long as a process in it.
      const { output } = await run(['ip', 'netns', 'pids', namespace])
      for (const pid of output
        .split('\n')
        .map(Number)
        .filter((value) => value > 1)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // Gone by itself meanwhile.
        }
      }
      await run(['ip', 'netns', 'delete', namespace])
    }
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await must(['ip', 'netns', 'add', hub])
    await must(['ip', '-n', hub, 'link', 'add', 'br0', 'type', 'bridge'])
    await must(['ip', '-n', hub, 'link', 'set', 'br0', 'up'])
    for (const [index, name] of names.entries()) {
      const namespace = prefix + name
      await must(['ip', 'netns', 'add', namespace])
      await must(['ip', '-n', hub, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace])
      await must(['ip', '-n', hub, 'link', 'set', name, 'master', 'br0', 'up'])
      await must(['ip', '-n', namespace, 'address', 'add', `10.9.0.${index + 1}/24`, 'dev', 'eth0'])
      await must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up'])
      await must(['ip', '-n', namespace, 'link', 'set', 'eth0', 'up'])
    }
  } catch (error) {
    await destroy()
    throw error
  }

  const nodes = names.map((name, index): Node => {
    const namespace = prefix + name
    const inside = (argv: readonly string[]): string[] => ['ip', 'netns', 'exec', namespace, ...argv]
    const nodeFolder = join(folder, name)
    mkdirSync(nodeFolder)
    return {
      name,
      namespace,
      address: `10.9.0.${index + 1}`,
      folder: nodeFolder,
      inside,
      holds: async (address) =>
        (await must(['ip', '-n', namespace, '-brief', 'address', 'show'])).split(/\s+/).some((word) => word.split('/')[0] === address),
    }
  })
  const socketOf = (node: Node): string => join(node.folder, 'havipd.sock')

  const daemon = (node: Node, service: Service): Daemon => {
    services.push(service)
    return {
      service,
      log: () => readFileSync(service.log, 'utf8'),
      vrrpPid: () => Number(readFileSync(join(node.folder, 'vrrp.pid'), 'utf8').trim()),
    }
  }
  const prepare = (node: Node, configuration: string): string => {
    const path = join(node.folder, 'keepalived.conf')
    writeFileSync(path, configuration)
    return path
  }
  const owners = async (address: string): Promise<readonly Node[]> => {
    const held = await Promise.all(nodes.map((node) => node.holds(address)))
    return nodes.filter((_, index) => held[index])
  }
  let starts = 0

  return {
    hub,
    nodes: nodes as [Node, Node, ...Node[]],
    owners,
    destroy,
    adopt: (service) => void services.push(service),
    startHavipd: async (node, configuration, extra = []) => {
      const path = prepare(node, configuration)
      const options = [
        '-n',
        '-l',
        '-D',
        '-f',
        path,
        '-p',
        join(node.folder, 'keepalived.pid'),
        '-r',
        join(node.folder, 'vrrp.pid'),
        '--status-socket',
        socketOf(node),
      ]
      const service = startService(
        'havipd',
        node.inside([join(root, 'bin', 'havipd'), ...options, ...extra]),
        join(node.folder, `havipd-${++starts}.log`),
      )
      try {
        await until('havipd answers', () => readStatus(socketOf(node)).catch(() => undefined), 10_000, 20)
      } catch (error) {
        await service.stop()
        throw new Error(`${(error as Error).message}; its log ends:\n${tailOf(service.log)}`)
      }
      return daemon(node, service)
    },
    startKeepalived: async (node, configuration, parts = ['-P']) => {
      const path = prepare(node, configuration)
      const options = [
        '-n',
        '-l',
        '-D',
        '-G',
        ...parts,
        '-f',
        path,
        '-p',
        join(node.folder, 'keepalived.pid'),
        '-r',
        join(node.folder, 'vrrp.pid'),
      ]
      const service = startService('keepalived', node.inside(['keepalived', ...options]), join(node.folder, `keepalived-${++starts}.log`))
      await until(
        'keepalived is up',
        () => (/Startup complete|Entering BACKUP STATE/.test(tailOf(service.log, 200)) ? true : undefined),
        10_000,
        20,
      )
      return daemon(node, service)
    },
    status: (node) => readStatus(socketOf(node)),
    waitForOwner: async (node, address, timeoutMs = 15_000) => {
      await until(
        `${node.name} alone has ${address}`,
        async () => {
          const now = await owners(address)
          return now.length === 1 && now[0] === node ? true : undefined
        },
        timeoutMs,
      )
    },
    setLink: async (node, up) => void (await must(['ip', '-n', hub, 'link', 'set', node.name, up ? 'up' : 'down'])),
    capture: async () => {
      const file = join(folder, `capture-${++starts}.pcap`)
      const service = startService(
        'tcpdump',
        ['ip', 'netns', 'exec', hub, 'tshark', '-q', '-i', 'br0', '-w', file],
        join(folder, 'capture.log'),
      )
      services.push(service)
      await until('the capture runs', () => (/Capturing on/.test(tailOf(service.log)) ? true : undefined), 10_000)
      return {
        stop: async () => {
          service.kill('SIGINT')
          await until('the capture is written', () => (service.isRunning() ? undefined : true))
          return file
        },
      }
    },
  }
}

export type PacketFinding = { readonly frame: string; readonly what: string }

/** What tshark thinks is wrong in a capture: malformed packets, wrong checksums. Warnings about protocol etiquette are not. */
export async function findBadPackets(
  file: string,
): Promise<{ readonly vrrp: number; readonly arp: number; readonly findings: readonly PacketFinding[] }> {
  const check = ['-o', 'ip.check_checksum:TRUE']
  const count = async (filter: string): Promise<number> =>
    (await must(['tshark', '-r', file, ...check, '-Y', filter, '-T', 'fields', '-e', 'frame.number']))
      .split('\n')
      .filter((line) => /^\d+$/.test(line)).length
  const bad = await must([
    'tshark',
    '-r',
    file,
    ...check,
    '-Y',
    '(vrrp || arp) && (_ws.malformed || vrrp.checksum.status == 0 || ip.checksum.status == 0)',
    '-T',
    'fields',
    '-e',
    'frame.number',
    '-e',
    '_ws.col.Info',
  ])
  return {
    vrrp: await count('vrrp'),
    arp: await count('arp'),
    findings: bad
      .split('\n')
      .filter((line) => /^\d+\t/.test(line))
      .map((line) => ({ frame: line.split('\t')[0] as string, what: line.split('\t')[1] ?? '' })),
  }
}
