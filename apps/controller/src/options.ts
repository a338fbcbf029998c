// The command line of the controller.
import { type Cidr, parseCidr } from '@havip/base'
import { Command, InvalidArgumentError } from 'commander'

export type Options = {
  readonly listen: Listen
  /** Directory of the store and the keys; made when it is not there. */
  readonly data: string
  /** PostgreSQL in place of SQLite. */
  readonly database: string | undefined
  /** Unix socket of hostd. */
  readonly hostd: string
  readonly regions: readonly RegionOption[] | undefined
  readonly eipCidr: Cidr | undefined
  readonly autoApproveQuota: boolean
  readonly havipInstancesMax: number | undefined
  readonly rate: number
  readonly logLevel: string
  readonly allowRoot: boolean
  /** Folder of the console; undefined: the one beside the program, if it is there. */
  readonly console: string | undefined
  readonly printSignin: boolean
  readonly sealKey: string | undefined
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  /** How browsers reach the console, when it is not the address we listen on. */
  readonly publicUrl: string | undefined
}
export type Listen = { readonly host: string; readonly port: number }
export type RegionOption = { readonly id: string; readonly zones: readonly string[] }

/** Ends the process, with a message, on `--help` and on mistakes. */
export function readOptions(argv: readonly string[]): Options {
  const program = new Command('controller')
    .addHelpText('after', '\nCommands: controller backup FILE, controller restore FILE (each with --help).')
    .description('The control plane of havip: VPCs, instances, HaVips and EIPs behind an API that official SDKs drive.')
    .option('--listen <host:port>', 'address of the API', listen, { host: '127.0.0.1', port: 8380 })
    .requiredOption('--data <dir>', 'directory of the store (SQLite) and the access keys')
    .option('--database <url>', 'PostgreSQL in place of SQLite: postgres://user@host/name')
    .option('--hostd <socket>', 'Unix socket of the host daemon', '/run/havip/hostd.sock')
    .option('--region <id>', 'region that is served (default: cn-hangzhou)', regionId)
    .option('--zones <ids>', 'zones of --region, commas between (default: one, <region>-a)', zoneIds)
    .option('--eip-cidr <cidr>', 'where elastic addresses come from (default: 203.0.113.0/24)', cidr)
    .option('--auto-approve-quota', 'approve quota applications at once', false)
    .option('--havip-instances-max <n>', 'instances a HaVip may be associated with, 1 to 10 (default: 2)', (text) => whole(text, 1, 10))
    .option('--rate <n>', 'calls a second that one access key may make', (text) => whole(text, 1, 1_000_000), 2000)
    .option('--console <dir>', 'folder of the web console (default: console beside the program, when it is there)')
    .option('--print-signin', 'print a link that signs the administrator in to the console once', false)
    .option('--seal-key <file>', 'key that seals secrets in the store, shared by controllers on one database (default: DATA/seal.key)')
    .option('--tls-cert <file>', 'certificate chain (PEM): serve HTTPS')
    .option('--tls-key <file>', 'private key of the certificate (PEM)')
    .option('--public-url <url>', 'how browsers reach the console, such as https://havip.example', publicUrl)
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
    .option('--allow-root', 'run as root all the same', false)
    .parse([...argv], { from: 'user' })
  const { region, zones, database, eipCidr, havipInstancesMax, ...rest } = program.opts()
  if (zones !== undefined && region === undefined) program.error('error: --zones needs --region')
  if ((rest.tlsCert === undefined) !== (rest.tlsKey === undefined)) program.error('error: --tls-cert and --tls-key need each other')
  const regions = region === undefined ? undefined : [{ id: region, zones: zones ?? [`${region}-a`] }]
  return { ...rest, database, eipCidr, havipInstancesMax, regions } as Options
}

function listen(text: string): Listen {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  if (!match || Number(match[3]) > 65_535) throw new InvalidArgumentError('It has the form 127.0.0.1:8380.')
  return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) }
}

function publicUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('It has the form https://havip.example.')
  return new URL(text).origin
}

function whole(text: string, min: number, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`)
  return value
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (!parsed.ok) throw new InvalidArgumentError('It has the form 203.0.113.0/24, without host bits.')
  return parsed.value
}

function regionId(text: string): string {
  if (!/^[a-z]{2}-[a-z0-9-]{1,40}$/.test(text)) throw new InvalidArgumentError('It has the form cn-hangzhou.')
  return text
}

const zoneIds = (text: string): readonly string[] => text.split(',').map(regionId)
