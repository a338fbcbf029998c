// SNMP in a namespace: Debian's snmpd as master agent and snmptrapd as receiver of notifications, asked with snmp's own tools.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, type Service, startService, until } from '../../tools/lab/processes.ts'
import { type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'

const programs = ['/usr/sbin/snmpd', '/usr/sbin/snmptrapd', '/usr/bin/snmpbulkwalk', '/usr/bin/snmpset']
export const needsSnmp = needsRoot || (programs.every(existsSync) ? false : 'needs snmp, snmpd and snmptrapd')

export type Cells = ReadonlyMap<string, string>

/** Numbers only: no MIB has to be found, and none is parsed at every call. */
const quietly = ['env', 'MIBS=']

export class SnmpLab {
  readonly #segment: Segment
  readonly #node: Node
  #master: Service | undefined
  #starts = 0
  /** For `-A` and snmp_socket. */
  readonly place: string

  /** @param place where the master listens for sub-agents; a Unix socket unless told otherwise. */
  constructor(segment: Segment, node: Node, place?: string) {
    this.#segment = segment
    this.#node = node
    this.place = place ?? `unix:${this.#file('agentx')}`
    mkdirSync(join(node.folder, 'snmp'), { recursive: true })
    writeFileSync(
      this.#file('snmpd.conf'),
      `agentaddress udp:127.0.0.1:161
rwcommunity public
master agentx
agentXSocket ${this.place}
trap2sink 127.0.0.1:162 public
`,
    )
    writeFileSync(this.#file('snmptrapd.conf'), 'authCommunity log public\n')
  }

  #file(name: string): string {
    return join(this.#node.folder, 'snmp', name)
  }

  #start(program: string, options: readonly string[]): Service {
    const log = this.#file(`${program}-${++this.#starts}.log`)
    const argv = this.#node.inside([...quietly, `SNMP_PERSISTENT_DIR=${this.#file('persistent')}`, program, '-f', '-C', ...options])
    const service = startService(program, argv, log)
    this.#segment.adopt(service)
    return service
  }

  async startMaster(): Promise<void> {
    this.#master = this.#start('snmpd', ['-c', this.#file('snmpd.conf'), '-p', this.#file('snmpd.pid'), '-Le'])
    await until('snmpd answers', async () => ((await this.get('.1.3.6.1.2.1.1.3.0')).status === 0 ? true : undefined), 30_000)
  }

  async stopMaster(): Promise<void> {
    await this.#master?.stop()
  }

  async startReceiver(): Promise<void> {
    this.#start('snmptrapd', [
      '-c',
      this.#file('snmptrapd.conf'),
      '-p',
      this.#file('snmptrapd.pid'),
      '-On',
      '-Lf',
      this.#file('traps'),
      'udp:127.0.0.1:162',
    ])
    await until('snmptrapd is up', () => (existsSync(this.#file('traps')) ? true : undefined), 30_000)
  }

  get(...oids: readonly string[]) {
    return this.#tool('snmpget', oids)
  }

  set(oid: string, type: string, value: string) {
    return this.#tool('snmpset', [oid, type, value])
  }

  #tool(tool: string, args: readonly string[]) {
    return run(this.#node.inside([...quietly, tool, '-v2c', '-c', 'public', '-On', '127.0.0.1', ...args]), 60_000)
  }

  /** Cells by object identifier, in the order in which they came. @throws Error when the walk breaks off */
  async walk(base: string, options: readonly string[] = []): Promise<Cells> {
    const argv = [...quietly, 'snmpbulkwalk', '-v2c', '-c', 'public', '-On', ...options, '127.0.0.1', base]
    const { status, output } = await run(this.#node.inside(argv), 120_000)
    if (status !== 0) throw new Error(`snmpbulkwalk ${base}: ${output.slice(-400)}`)
    const cells = new Map<string, string>()
    let last = ''
    for (const line of output.trimEnd().split('\n')) {
      const [, oid, value] = /^(\.[0-9.]+) = (.*)$/.exec(line) ?? []
      if (oid !== undefined && value !== undefined) cells.set(oid, value)
      // A long value goes on in the next line.
      else cells.set(last, `${cells.get(last) ?? ''}\n${line}`)
      last = oid ?? last
    }
    for (const [oid, value] of cells) if (/^No (Such|more)/.test(value)) cells.delete(oid)
    return cells
  }

  /** Notifications from snmpTrapOID on, in order, without those of snmpd itself. */
  traps(): readonly string[] {
    const text = readFileSync(this.#file('traps'), 'utf8')
    return text
      .split('\n')
      .flatMap((line) => /\.1\.3\.6\.1\.6\.3\.1\.1\.4\.1\.0 = OID: (.*)$/.exec(line)?.[1] ?? [])
      .filter((trap) => !trap.startsWith('.1.3.6.1.6.3.1.1.5'))
      .map((trap) => trap.replaceAll(/\s+/g, ' ').trim())
  }
}
