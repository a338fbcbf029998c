// keepalived's command line, and what havipd adds to it: one table, from which the parser and the usage text are made.
import { resolve } from 'node:path'
import { getoptLong, type OptionSpec } from './getopt.ts'
import { defaultMetricsAddress, type ListenAddress, readListenAddress } from './metrics-server.ts'

type OptionRow = OptionSpec & {
  readonly value?: string
  readonly help: string
  /** Read so that existing start scripts work, but nothing here to switch. */
  readonly ignored?: true
}

const none = 'none' as const
const required = 'required' as const
const optional = 'optional' as const

export const optionRows = [
  { long: 'use-file', short: 'f', argument: required, value: 'FILE', help: 'configuration file, default /etc/keepalived/keepalived.conf' },
  { long: 'vrrp', short: 'P', argument: none, help: 'only VRRP (always so)' },
  { long: 'check', short: 'C', argument: none, help: 'only health checkers of LVS, of which havipd has none: without -P nothing is run' },
  { long: 'no_bfd', short: 'B', argument: none, help: 'no BFD: sessions stay down' },
  { long: 'all', argument: none, help: 'run even without a VRRP instance' },
  { long: 'log-console', short: 'l', argument: none, help: 'log to stderr too' },
  { long: 'log-detail', short: 'D', argument: none, help: 'log more' },
  { long: 'log-facility', short: 'S', argument: required, value: 'N|localN|user|daemon', help: 'syslog facility, default daemon' },
  { long: 'no-syslog', short: 'G', argument: none, help: 'do not log to syslog' },
  {
    long: 'log-file',
    short: 'g',
    argument: optional,
    value: 'FILE',
    help: 'log to files, one for each process; default /tmp/keepalived.log',
  },
  { long: 'flush-log-file', argument: none, help: 'write each log line at once (always so)' },
  { long: 'log-format', argument: required, value: 'text|json', help: 'json: one object a line on stderr and in log files' },
  { long: 'umask', short: 'u', argument: required, value: 'MASK', help: 'file creation mask, default 0177' },
  { long: 'release-vips', short: 'X', argument: none, help: 'drop the addresses on a transition by signal (always so)' },
  { long: 'dont-release-vrrp', short: 'V', argument: none, help: 'leave the addresses in place at stop, and say nothing' },
  { long: 'dont-release-ipvs', short: 'I', argument: none, help: 'for LVS', ignored: true },
  { long: 'dont-respawn', short: 'R', argument: none, help: 'end when the VRRP process dies' },
  { long: 'dont-fork', short: 'n', argument: none, help: 'stay in the foreground' },
  { long: 'dump-conf', short: 'd', argument: none, help: 'log the configuration as read' },
  { long: 'pid', short: 'p', argument: required, value: 'FILE', help: 'pid file, default /run/keepalived.pid' },
  { long: 'vrrp_pid', short: 'r', argument: required, value: 'FILE', help: 'pid file of the VRRP process, default /run/vrrp.pid' },
  { long: 'checkers_pid', short: 'c', argument: required, value: 'FILE', help: 'for LVS', ignored: true },
  { long: 'bfd_pid', short: 'b', argument: required, value: 'FILE', help: 'BFD runs in the VRRP process', ignored: true },
  { long: 'genhash', short: 'T', argument: none, help: 'act as genhash, a tool of LVS: refused' },
  { long: 'address-monitoring', short: 'a', argument: none, help: 'log every address that comes or goes' },
  { long: 'snmp', short: 'x', argument: none, help: 'serve SNMP: what enable_snmp_vrrp and enable_snmp_rfc do' },
  {
    long: 'snmp-agent-socket',
    short: 'A',
    argument: required,
    value: 'SOCKET',
    help: 'where snmpd listens for AgentX, default unix:/var/agentx/master',
  },
  { long: 'namespace', short: 's', argument: required, value: 'NAME', help: 'run in this network namespace' },
  { long: 'core-dump', short: 'm', argument: none, help: 'write a core file when a process crashes' },
  {
    long: 'core-dump-pattern',
    short: 'M',
    argument: optional,
    value: 'PATTERN',
    help: 'and name it so, on the whole machine; default core',
  },
  { long: 'all-config', short: 'e', argument: none, help: 'every included file must exist and be readable' },
  { long: 'config-id', short: 'i', argument: required, value: 'ID', help: 'for @ID lines, default the host name up to the first dot' },
  {
    long: 'config-test',
    short: 't',
    argument: optional,
    value: 'FILE',
    help: 'check the configuration and end; messages to FILE or stderr',
  },
  { long: 'signum', argument: required, value: 'NAME', help: 'print a signal number: STOP RELOAD DATA STATS STATS_CLEAR JSON' },
  { long: 'ignore-sigint', argument: none, help: 'SIGINT does not stop the daemon: for debuggers' },
  { long: 'debug', argument: optional, value: 'WHAT', help: 'for debuggers', ignored: true },
  { long: 'record-file', argument: required, value: 'PATH', help: 'keep the recording of what happened there, over restarts' },
  { long: 'status-socket', argument: required, value: 'PATH', help: 'status socket, default havipd.sock beside the pid file' },
  {
    long: 'metrics',
    argument: optional,
    value: '[ADDRESS:]PORT',
    help: 'serve /metrics (Prometheus) and /status (JSON) by HTTP, default 127.0.0.1:9651',
  },
  { long: 'handover', argument: none, help: 'take over from the daemon that runs with the same files: no advert missed, no address moved' },
  { long: 'version', short: 'v', argument: none, help: 'print the version' },
  { long: 'help', short: 'h', argument: none, help: 'print this' },
] as const satisfies readonly OptionRow[]

export type Settings = {
  readonly configFile: string
  readonly configId: string | undefined
  readonly foreground: boolean
  readonly logToConsole: boolean
  readonly logToSyslog: boolean
  readonly logDetail: boolean
  readonly logFacility: number
  /** Undefined: to none. */
  readonly logFile: string | undefined
  readonly logFormat: 'text' | 'json'
  readonly umask: number | undefined
  readonly keepAddresses: boolean
  readonly respawn: boolean
  /** Take over from the daemon that runs. */
  readonly handover: boolean
  readonly dumpConfig: boolean
  /** Undefined, as the two after it: where the configuration puts it, see `placeFiles`. */
  readonly pidFile: string | undefined
  readonly vrrpPidFile: string | undefined
  readonly statusSocket: string | undefined
  /** Undefined: the recording ends with the process. */
  readonly recordFile: string | undefined
  readonly namespace: string | undefined
  readonly allConfig: boolean
  readonly runsBfd: boolean
  readonly monitorsAddresses: boolean
  /** Undefined socket: as the configuration says. */
  readonly snmp: { readonly isEnabled: boolean; readonly socket: string | undefined }
  /** Undefined: nothing is served. */
  readonly metrics: ListenAddress | undefined
  readonly dumpsCore: boolean
  /** Of the whole machine; undefined leaves it. */
  readonly corePattern: string | undefined
  readonly ignoresInterrupt: boolean
  /** What to say of the command line: it is not right, but a daemon runs on with it. */
  readonly remarks: readonly string[]
  /** Those of them that `-t` counts as a problem. */
  readonly problems: readonly string[]
}

export type Request =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'test'; readonly settings: Settings; readonly output: string | undefined }
  | { readonly kind: 'signum'; readonly name: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string }

const facilities: Readonly<Record<string, number>> = { user: 1, daemon: 3 }
const daemonFacility = 3
/** keepalived's. */
const defaultLogFile = '/tmp/keepalived.log'
const defaultCorePattern = 'core'

type Name = (typeof optionRows)[number]['long']

export function readCommandLine(args: readonly string[]): Request {
  const line = getoptLong(args, optionRows)
  if ('mistake' in line) return { kind: 'mistake', message: line.mistake }
  const has = (name: Name): boolean => line.given.some((one) => one.name === name)
  const value = (name: Name): string | undefined => line.given.findLast((one) => one.name === name)?.value
  const path = (name: Name): string | undefined => {
    const text = value(name)
    return text === undefined ? undefined : resolve(text)
  }
  if (has('version')) return { kind: 'version' }
  if (has('help')) return { kind: 'help' }
  const signum = value('signum')
  if (signum !== undefined) return { kind: 'signum', name: signum }
  const refusal = refusalOf(has)
  if (refusal !== undefined) return { kind: 'mistake', message: refusal }
  const format = value('log-format') ?? 'text'
  if (format !== 'text' && format !== 'json') return { kind: 'mistake', message: `Invalid log format '${format}': text or json` }
  const metrics = has('metrics') ? listenAddress(value('metrics')) : undefined
  if (metrics === 'invalid') return { kind: 'mistake', message: `Invalid place '${value('metrics')}' for --metrics: [ADDRESS:]PORT` }
  const facility = facilityNumber(value('log-facility'))
  const umask = umaskNumber(value('umask'))
  // keepalived says these, and runs with its defaults.
  const problems = facility === undefined ? [`Invalid log facility '${value('log-facility')}'`] : []
  const slips = [
    ...(line.rest.length > 0 ? [`Unexpected argument(s): ${line.rest.join(' ')}`] : []),
    ...(umask === 'invalid' ? [`Invalid --umask option ${value('umask')}: a number from 0 to 0777`] : []),
  ]
  const settings: Settings = {
    configFile: resolve(value('use-file') ?? '/etc/keepalived/keepalived.conf'),
    configId: value('config-id'),
    foreground: has('dont-fork'),
    logToConsole: has('log-console'),
    logToSyslog: !has('no-syslog'),
    logDetail: has('log-detail'),
    logFacility: facility ?? daemonFacility,
    logFile: has('log-file') ? (path('log-file') ?? defaultLogFile) : undefined,
    logFormat: format,
    umask: umask === 'invalid' ? undefined : umask,
    keepAddresses: has('dont-release-vrrp'),
    respawn: !has('dont-respawn'),
    handover: has('handover'),
    dumpConfig: has('dump-conf'),
    pidFile: path('pid'),
    vrrpPidFile: path('vrrp_pid'),
    recordFile: path('record-file'),
    statusSocket: path('status-socket'),
    namespace: value('namespace'),
    allConfig: has('all-config'),
    runsBfd: !has('no_bfd'),
    monitorsAddresses: has('address-monitoring'),
    snmp: { isEnabled: has('snmp'), socket: value('snmp-agent-socket') },
    metrics,
    dumpsCore: has('core-dump') || has('core-dump-pattern'),
    corePattern: has('core-dump-pattern') ? (value('core-dump-pattern') ?? defaultCorePattern) : undefined,
    ignoresInterrupt: has('ignore-sigint'),
    remarks: [...problems, ...slips, ...line.given.flatMap(({ name }) => remarkOn(name))],
    problems,
  }
  return has('config-test') ? { kind: 'test', settings, output: path('config-test') } : { kind: 'run', settings }
}

const listenAddress = (text: string | undefined): ListenAddress | 'invalid' =>
  text === undefined ? defaultMetricsAddress : (readListenAddress(text) ?? 'invalid')

function refusalOf(has: (name: Name) => boolean): string | undefined {
  if (has('genhash')) return '-T: genhash is a tool of LVS, which havip does not run; keepalived has it'
  if (has('check') && !has('vrrp') && !has('config-test')) {
    return '-C asks for the health checkers of LVS alone, which havip does not run: leave -C away, or add -P'
  }
  return undefined
}

function remarkOn(name: string): readonly string[] {
  const row: OptionRow | undefined = optionRows.find((candidate) => candidate.long === name)
  return row?.ignored ? [`Option --${row.long} has no effect in havipd (${row.help})`] : []
}

function facilityNumber(text: string | undefined): number | undefined {
  if (text === undefined) return daemonFacility
  const local = /^(?:local)?([0-7])$/.exec(text)
  return local ? 16 + Number(local[1]) : facilities[text]
}

/** As C reads it: 0x before hexadecimal, 0 before octal, else decimal. */
function umaskNumber(text: string | undefined): number | undefined | 'invalid' {
  if (text === undefined) return undefined
  const number = /^0x[0-9a-f]+$/i.test(text)
    ? Number(text)
    : /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : /^[1-9]\d*$/.test(text)
        ? Number(text)
        : Number.NaN
  return number <= 0o777 ? number : 'invalid'
}

/** keepalived's signals (glibc, Linux). */
const signals: Readonly<Record<string, number>> = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 12, STATS_CLEAR: 63, JSON: 36 }
export const signalNames = Object.keys(signals)
/** Undefined for a name that keepalived does not have. */
export const signalNumber = (name: string): number | undefined => (Object.hasOwn(signals, name) ? signals[name] : undefined)

export function usage(program: string): string {
  const rows: readonly OptionRow[] = optionRows
  const lines = rows.map((row) => {
    const argument = row.value === undefined ? '' : row.argument === 'optional' ? `[=${row.value}]` : `=${row.value}`
    return `  ${row.short ? `-${row.short}, ` : '    '}${`--${row.long}${argument}`.padEnd(40)}${row.help}`
  })
  return `Usage: ${program} [OPTION...]\n${lines.join('\n')}\n`
}
