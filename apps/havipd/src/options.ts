// keepalived's command line, and what havipd adds to it: one table, from which the parser and the usage text are made.
import { dirname, join, resolve } from 'node:path'
import { getoptLong, type OptionSpec } from './getopt.ts'

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
  { long: 'check', short: 'C', argument: none, help: 'only health checkers of LVS: havipd has none', ignored: true },
  { long: 'no_bfd', short: 'B', argument: none, help: 'no BFD: sessions stay down' },
  { long: 'all', argument: none, help: 'run even without a VRRP instance' },
  { long: 'log-console', short: 'l', argument: none, help: 'log to stderr too' },
  { long: 'log-detail', short: 'D', argument: none, help: 'log more' },
  { long: 'log-facility', short: 'S', argument: required, value: 'N|localN|user|daemon', help: 'syslog facility, default daemon' },
  { long: 'no-syslog', short: 'G', argument: none, help: 'do not log to syslog' },
  { long: 'log-file', short: 'g', argument: optional, value: 'FILE', help: 'log to a file', ignored: true },
  { long: 'flush-log-file', argument: none, help: 'write each log line at once', ignored: true },
  { long: 'umask', short: 'u', argument: required, value: 'MASK', help: 'file creation mask, default 0177' },
  { long: 'release-vips', short: 'X', argument: none, help: 'drop the addresses on a transition by signal', ignored: true },
  { long: 'dont-release-vrrp', short: 'V', argument: none, help: 'leave the addresses in place at stop, and say nothing' },
  { long: 'dont-release-ipvs', short: 'I', argument: none, help: 'for LVS', ignored: true },
  { long: 'dont-respawn', short: 'R', argument: none, help: 'end when the VRRP process dies' },
  { long: 'dont-fork', short: 'n', argument: none, help: 'stay in the foreground' },
  { long: 'dump-conf', short: 'd', argument: none, help: 'log the configuration as read' },
  { long: 'pid', short: 'p', argument: required, value: 'FILE', help: 'pid file, default /run/keepalived.pid' },
  { long: 'vrrp_pid', short: 'r', argument: required, value: 'FILE', help: 'pid file of the VRRP process, default /run/vrrp.pid' },
  { long: 'checkers_pid', short: 'c', argument: required, value: 'FILE', help: 'for LVS', ignored: true },
  { long: 'bfd_pid', short: 'b', argument: required, value: 'FILE', help: 'for BFD', ignored: true },
  { long: 'genhash', short: 'T', argument: none, help: 'for LVS', ignored: true },
  { long: 'address-monitoring', short: 'a', argument: none, help: 'log address changes', ignored: true },
  { long: 'snmp', short: 'x', argument: none, help: 'SNMP subsystem', ignored: true },
  { long: 'snmp-agent-socket', short: 'A', argument: required, value: 'SOCKET', help: 'SNMP agent socket', ignored: true },
  { long: 'namespace', short: 's', argument: required, value: 'NAME', help: 'run in this network namespace' },
  { long: 'core-dump', short: 'm', argument: none, help: 'core files', ignored: true },
  { long: 'core-dump-pattern', short: 'M', argument: optional, value: 'PATTERN', help: 'core file name', ignored: true },
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
  { long: 'ignore-sigint', argument: none, help: 'for debuggers', ignored: true },
  { long: 'debug', argument: optional, value: 'WHAT', help: 'for debuggers', ignored: true },
  { long: 'record-file', argument: required, value: 'PATH', help: 'keep the recording of what happened there, over restarts' },
  { long: 'status-socket', argument: required, value: 'PATH', help: 'status socket, default havipd.sock beside the pid file' },
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
  readonly umask: number | undefined
  readonly keepAddresses: boolean
  readonly respawn: boolean
  /** Take over from the daemon that runs. */
  readonly handover: boolean
  readonly dumpConfig: boolean
  readonly pidFile: string
  readonly vrrpPidFile: string
  readonly statusSocket: string
  /** Undefined: the recording ends with the process. */
  readonly recordFile: string | undefined
  readonly namespace: string | undefined
  readonly allConfig: boolean
  readonly runsBfd: boolean
  readonly remarks: readonly string[]
}

export type Request =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'test'; readonly settings: Settings; readonly output: string | undefined }
  | { readonly kind: 'signum'; readonly name: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string }

const facilities: Readonly<Record<string, number>> = { user: 1, daemon: 3 }

export function readCommandLine(args: readonly string[]): Request {
  const line = getoptLong(args, optionRows)
  if ('mistake' in line) return { kind: 'mistake', message: line.mistake }
  if (line.rest.length > 0) return { kind: 'mistake', message: `Unexpected argument(s): ${line.rest.join(' ')}` }
  const has = (name: (typeof optionRows)[number]['long']): boolean => line.given.some((one) => one.name === name)
  const value = (name: (typeof optionRows)[number]['long']): string | undefined => line.given.findLast((one) => one.name === name)?.value
  if (has('version')) return { kind: 'version' }
  if (has('help')) return { kind: 'help' }
  const signum = value('signum')
  if (signum !== undefined) return { kind: 'signum', name: signum }
  const facility = facilityNumber(value('log-facility'))
  if (facility === undefined) return { kind: 'mistake', message: `Invalid log facility '${value('log-facility')}'` }
  const umask = value('umask')
  if (umask !== undefined && !/^0?[0-7]{1,4}$/.test(umask)) return { kind: 'mistake', message: `Invalid umask '${umask}'` }
  const pidFile = value('pid')
  const settings: Settings = {
    configFile: resolve(value('use-file') ?? '/etc/keepalived/keepalived.conf'),
    configId: value('config-id'),
    foreground: has('dont-fork'),
    logToConsole: has('log-console'),
    logToSyslog: !has('no-syslog'),
    logDetail: has('log-detail'),
    logFacility: facility,
    umask: umask === undefined ? undefined : Number.parseInt(umask, 8),
    keepAddresses: has('dont-release-vrrp'),
    respawn: !has('dont-respawn'),
    handover: has('handover'),
    dumpConfig: has('dump-conf'),
    pidFile: resolve(pidFile ?? '/run/keepalived.pid'),
    vrrpPidFile: resolve(value('vrrp_pid') ?? '/run/vrrp.pid'),
    recordFile: value('record-file') === undefined ? undefined : resolve(value('record-file') as string),
    statusSocket: resolve(value('status-socket') ?? (pidFile === undefined ? '/run/havipd.sock' : join(dirname(pidFile), 'havipd.sock'))),
    namespace: value('namespace'),
    allConfig: has('all-config'),
    runsBfd: !has('no_bfd'),
    remarks: line.given.flatMap(({ name }) => remarkOn(name)),
  }
  return has('config-test') ? { kind: 'test', settings, output: value('config-test') } : { kind: 'run', settings }
}

function remarkOn(name: string): readonly string[] {
  const row: OptionRow | undefined = optionRows.find((candidate) => candidate.long === name)
  return row?.ignored ? [`Option --${row.long} has no effect in havipd (${row.help})`] : []
}

function facilityNumber(text: string | undefined): number | undefined {
  if (text === undefined) return 3
  const local = /^(?:local)?([0-7])$/.exec(text)
  return local ? 16 + Number(local[1]) : facilities[text]
}

/** The numbers of keepalived's signals (glibc, Linux); undefined for a name it does not have. */
export function signalNumber(name: string): number | undefined {
  const numbers: Readonly<Record<string, number>> = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 12, JSON: 36, STATS_CLEAR: 63 }
  return numbers[name]
}

export function usage(program: string): string {
  const rows: readonly OptionRow[] = optionRows
  const lines = rows.map((row) => {
    const argument = row.value === undefined ? '' : row.argument === 'optional' ? `[=${row.value}]` : `=${row.value}`
    return `  ${row.short ? `-${row.short}, ` : '    '}${`--${row.long}${argument}`.padEnd(40)}${row.help}`
  })
  return `Usage: ${program} [OPTION...]\n${lines.join('\n')}\n`
}
