// `havip new`: the files of all nodes of a new virtual router, from a few answers or options, with a random key and a VRID
// that nobody nearby has. What is written passes `havip check --set`.
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseConfiguration } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import type { Command } from 'commander'
import { ownFile } from './check-input.ts'
import { type Plan, type PlannedNode, planFiles } from './new-files.ts'
import { UsageError } from './usage-error.ts'
import { writeWhole } from './whole-file.ts'

type Options = {
  readonly node: readonly string[]
  readonly address: readonly string[]
  readonly interface?: string
  readonly name: string
  readonly vrid?: string
  readonly beside: readonly string[]
  readonly interval: string
  readonly protocol: string
  readonly hmac?: boolean
  readonly switchBack?: boolean
  readonly check?: string
  readonly notify?: string
  readonly directory: string
  readonly force?: boolean
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addNewCommand(program: Command): void {
  program
    .command('new')
    .description('write the configuration files of all nodes of a new virtual router; asks for what is not given')
    .option('--node <name=address>', 'a node and the address it sends from, the preferred one first; repeat for each', several, [])
    .option('--address <address[/prefix]>', 'an address that moves; repeatable', several, [])
    .option('--interface <name>', 'where the addresses go')
    .option('--name <name>', 'of the vrrp_instance', 'VI_1')
    .option('--vrid <number>', 'virtual_router_id (else one that no file looked at has)')
    .option('--beside <file>', `a configuration whose VRIDs are taken; ${ownFile} always is; repeatable`, several, [])
    .option('--interval <seconds>', 'between adverts', '1')
    .option('--protocol <version>', 'VRRP version, 2 or 3 (IPv6: 3)', '2')
    .option('--hmac', 'sign adverts with a key of 32 bytes (havip, keepalived from 2.4 on) instead of a password')
    .option('--switch-back', 'the preferred node takes the service back when it returns; else it stays where it is')
    .option('--check <command>', 'a script that says whether the service is well; its failure moves the addresses')
    .option('--notify <command>', 'a script that hears of each change of state')
    .option('--directory <path>', 'where the files go: NAME.conf', '.')
    .option('--force', 'overwrite files that are there')
    .action(async (options: Options) => {
      const plan = readPlan(await complete(options))
      writeFiles(plan, options)
    })
}

type Complete = Options & { readonly interface: string }

/** Asks for what is missing, on a terminal. */
async function complete(options: Options): Promise<Complete> {
  const missing = missingIn(options)
  if (missing.length === 0) return options as Complete
  if (!process.stdin.isTTY) throw new UsageError(`new needs ${missing.join(', ')}; on a terminal it asks`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await askForMissing(options, async (question) => (await terminal.question(`${question} `)).trim())
  } finally {
    terminal.close()
  }
}

const missingIn = (options: Answers): readonly string[] => [
  ...(options.node.length < 2 ? ['--node (two or more)'] : []),
  ...(options.address.length === 0 ? ['--address'] : []),
  ...(options.interface === undefined ? ['--interface'] : []),
]

type Answers = Pick<Options, 'node' | 'address' | 'interface' | 'check'>

/** @param ask answers a question; an empty answer takes what the question names, or asks once more where nothing is. */
export async function askForMissing<Given extends Answers>(
  options: Given,
  ask: (question: string) => Promise<string>,
): Promise<Given & { readonly interface: string }> {
  const nodes = [...options.node]
  while (options.node.length < 2) {
    const answer = await ask(`Node ${nodes.length + 1}, name=address${nodes.length < 2 ? '' : ' (empty: that is all)'}:`)
    if (answer === '' && nodes.length >= 2) break
    if (/^[\w.-]+=./.test(answer)) nodes.push(answer)
  }
  let { address } = options
  while (address.length === 0)
    address = (await ask('Address that moves (several: with blanks):')).split(/[ ,]+/).filter((word) => word !== '')
  const link = options.interface ?? ((await ask('Interface [eth0]:')) || 'eth0')
  const check = options.check ?? (await ask('Script that says whether the service is well (empty: none):'))
  return { ...options, node: nodes, address, interface: link, ...(check === '' ? {} : { check }) }
}

function readPlan(options: Complete): Plan {
  const nodes = options.node.map((word): PlannedNode => {
    const match = /^([\w.-]+)=(.+)$/.exec(word)
    if (!match) throw new UsageError(`--node ${word}: NAME=ADDRESS, as in ecs1=192.168.0.209`)
    return { name: match[1] as string, address: match[2] as string }
  })
  const isIpv6 = options.address.some((address) => address.includes(':'))
  const version = isIpv6 ? 3 : Number(options.protocol)
  if (version !== 2 && version !== 3) throw new UsageError(`--protocol ${options.protocol}: 2 or 3`)
  const vrid = options.vrid === undefined ? freeVrid(options.beside) : Number(options.vrid)
  if (!Number.isInteger(vrid) || vrid < 1 || vrid > 255) throw new UsageError(`--vrid ${options.vrid}: 1 to 255`)
  return {
    instance: options.name,
    nodes,
    addresses: options.address,
    interface: options.interface,
    vrid,
    version,
    interval: Number(options.interval),
    key: options.hmac
      ? { kind: 'hmac', hex: randomBytes(32).toString('hex') }
      : version === 2
        ? { kind: 'pass', password: newPassword() }
        : undefined,
    switchesBack: options.switchBack === true,
    check: options.check,
    notify: options.notify,
  }
}

/** Eight letters and digits, none of which looks like another: all that VRRP version 2 carries. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const newPassword = (): string => Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')

function freeVrid(beside: readonly string[]): number {
  const taken = new Set<number>()
  for (const file of [...beside, ...(existsSync(ownFile) ? [ownFile] : [])]) {
    if (!existsSync(file)) throw new UsageError(`--beside ${file}: there is no such file`)
    const { configuration } = parseConfiguration(diskSources, resolve(file), { hostName: hostname() })
    for (const { vrid } of configuration.instances) taken.add(vrid)
  }
  const free = Array.from({ length: 255 }, (_, index) => index + 1).filter((vrid) => !taken.has(vrid))
  if (free.length === 0) throw new UsageError('all VRIDs are taken: give one with --vrid')
  return free[randomInt(free.length)] as number
}

function writeFiles(plan: Plan, { directory, force }: Options): void {
  const planned = planFiles(plan)
  if (!planned.ok) throw new UsageError(planned.fault.join('\n'))
  const files = planned.value.map(({ name, text }) => ({ path: join(directory, `${name}.conf`), text }))
  const there = files.filter(({ path }) => existsSync(path))
  if (there.length > 0 && !force) throw new UsageError(`${there.map(({ path }) => path).join(', ')}: there already; --force overwrites`)
  mkdirSync(directory, { recursive: true })
  // The files hold a key.
  for (const { path, text } of files) writeWhole(path, text, 0o600)
  console.log(`VRID ${plan.vrid}; written: ${files.map(({ path }) => path).join(', ')}`)
  console.log(`Copy each to its node as ${ownFile}, then: havip check --set ${files.map(({ path }) => path).join(' ')}`)
}
