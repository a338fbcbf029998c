// `global_defs` as a model, with its defaults (reference 2.2). Instances take theirs from `InstanceDefaults`.
import { type IpAddress, isMulticast, type Milliseconds, milliseconds, parseIp, seconds } from '@havip/base'
import type { Field, Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { ExtraGarpConf, FifoConf, FirewallConf, GlobalDefs, MailConf, ProcessConf, ReceiveBufferConf } from '../model.ts'
import { INCLUDE_CHECKS } from '../text/include.ts'
import { readBoolean } from '../values.ts'
import { userOf } from './command.ts'
import { checkLvsGlobals } from './lvs-global.ts'
import { entriesOf } from './track.ts'

/** What an instance takes when it says nothing itself. */
export type InstanceDefaults = {
  readonly version: 2 | 3 | undefined
  readonly strict: boolean
  readonly downTimerAdverts: number
  readonly garp: {
    readonly masterDelay: Milliseconds
    readonly masterRepeat: number
    readonly masterRefresh: Milliseconds
    readonly masterRefreshRepeat: number
    readonly lowerPrioDelay: Milliseconds | undefined
    readonly lowerPrioRepeat: number | undefined
  }
  readonly extraGarp: ExtraGarpConf | undefined
  readonly lowerPrioNoAdvert: boolean | undefined
  readonly higherPrioSendAdvert: boolean
  readonly ownerIgnoreAdverts: boolean
  readonly checkUnicastSource: boolean
  readonly skipCheckAdvAddr: boolean
  readonly checksumAsV2: boolean
  readonly smtpAlert: boolean
  readonly notifyPriorityChanges: boolean
}

const DEFAULT_GROUP4 = '224.0.0.18'
const DEFAULT_GROUP6 = 'ff02::12'
/** Nothing but the owner may read what the daemon writes. */
const DEFAULT_UMASK = 0o177

function buildScriptUser(fields: Fields): GlobalDefs['scriptUser'] {
  const written = fields.last('script_user')
  const user = userOf((written?.values ?? []).map(String))
  return written && user && { ...user, at: written.at }
}

export function buildGlobal(fields: Fields, findings: Findings): GlobalDefs {
  reportPathologies(fields, findings)
  checkLvsGlobals(fields, findings)
  checkIncludeWords(fields, findings)
  return {
    routerId: fields.text('router_id'),
    mail: buildMail(fields, findings),
    mailServerAt: fields.at('smtp_server'),
    mailAlerts: {
      all: fields.boolean('smtp_alert'),
      vrrp: fields.boolean('smtp_alert_vrrp'),
      checker: fields.boolean('smtp_alert_checker'),
    },
    scriptUser: buildScriptUser(fields),
    scriptSecurity: fields.has('enable_script_security'),
    startupScript: fields.command('startup_script'),
    shutdownScript: fields.command('shutdown_script'),
    notifyFifo: buildFifo(fields, 'notify_fifo'),
    vrrpNotifyFifo: buildVrrpFifo(fields, findings),
    fifoScripts: ['notify_fifo_script', 'vrrp_notify_fifo_script'].flatMap((name) => fields.command(name) ?? []),
    mcastGroup4: buildGroup(fields, 'vrrp_mcast_group4', DEFAULT_GROUP4, findings),
    mcastGroup6: buildGroup(fields, 'vrrp_mcast_group6', DEFAULT_GROUP6, findings),
    defaultInterface: fields.text('default_interface') ?? 'eth0',
    garpInterval: fields.seconds('vrrp_garp_interval') ?? milliseconds(0),
    gnaInterval: fields.seconds('vrrp_gna_interval') ?? milliseconds(0),
    startupDelay: fields.seconds('vrrp_startup_delay') ?? milliseconds(0),
    dynamicInterfaces: fields.has('dynamic_interfaces'),
    logUnknownVrids: fields.has('log_unknown_vrids'),
    priority: fields.number('vrrp_priority'),
    realTimePriority: fields.number('vrrp_rt_priority'),
    noSwap: fields.has('vrrp_no_swap'),
    umask: buildUmask(fields, findings),
    jsonVersion: fields.number('json_version') === 2 ? 2 : 1,
    reloadCheckConfig: fields.has('reload_check_config'),
    startupScriptTimeout: fields.seconds('startup_script_timeout') ?? seconds(10),
    shutdownScriptTimeout: fields.seconds('shutdown_script_timeout') ?? seconds(10),
    setSupplementaryGroups: fields.boolean('set_supplementary_groups') ?? false,
    useSymlinkPaths: fields.boolean('use_symlink_paths') ?? false,
    fifoWritesStatesOnReload: fields.has('fifo_write_vrrp_states_on_reload'),
    delayAfterBoot: fields.seconds('vrrp_delay_after_boot') ?? milliseconds(0),
    dynamicInterfacesMayChange: fields.text('dynamic_interfaces') !== undefined,
    disableLocalIgmp: fields.has('disable_local_igmp'),
    vmacPrefix: fields.text('vmac_prefix') ?? 'vrrp',
    vmacAddressPrefix: fields.text('vmac_addr_prefix') ?? fields.text('vmac_prefix') ?? 'vrrp',
    firewall: buildFirewall(fields, findings),
    process: buildProcess(fields, findings),
    reload: {
      checkLog: fields.text('reload_check_config'),
      timeFile: fields.text('reload_time_file'),
      repeats: fields.has('reload_repeat'),
      file: fields.text('reload_file') ?? (fields.has('reload_file') ? true : undefined),
    },
    files: {
      configSaveDirectory: fields.text('config_save_dir'),
      dataUsesInstance: fields.boolean('data_use_instance') ?? false,
      stateDump: fields.text('state_dump_file'),
      statsDump: fields.text('stats_dump_file'),
      jsonDump: fields.text('json_dump_file'),
      iprouteDirectories: [fields.text('iproute_etc_dir'), fields.text('iproute_usr_dir')].filter((path) => path !== undefined),
    },
    snmp: {
      keepalived: fields.has('enable_snmp_vrrp') || fields.has('enable_snmp_keepalived'),
      checker: fields.has('enable_snmp_checker'),
      rfc2787: fields.has('enable_snmp_rfc') || fields.has('enable_snmp_rfcv2'),
      rfc6527: fields.has('enable_snmp_rfc') || fields.has('enable_snmp_rfcv3'),
      traps: fields.has('enable_traps'),
      socket: readSnmpSocket(fields.last('snmp_socket'), findings),
    },
    dbus: {
      isEnabled: fields.has('enable_dbus'),
      serviceName: fields.text('dbus_service_name') ?? 'org.keepalived.Vrrp1',
      noInterfaceName: fields.text('dbus_no_interface_name') ?? 'none',
    },
  }
}

/** Switches whose argument keepalived never looks at: `off` there turns the feature on. */
function reportPathologies(fields: Fields, findings: Findings): void {
  for (const name of ['enable_script_security', 'vrrp_check_unicast_src', 'v3_checksum_as_v2']) {
    const argument = fields.last(name)?.statement.words[1]
    if (argument && readBoolean(argument.text) === false) {
      const message = `${name} ignores its argument, so \`${name} ${argument.text}\` switches it on; remove the line to leave it off`
      findings.note('switch-ignores-argument', argument.at, message, [], 'warning')
    }
  }
}

function buildMail(fields: Fields, findings: Findings): MailConf {
  const recipients = fields.all('notification_email')
  const to = entriesOf(recipients).flatMap((entry) => entry.words.map((word) => word.text))
  const block = recipients[0]
  if (block && to.length === 0) findings.warning('empty-list', block.at, 'notification_email names nobody, so no mail is sent')
  const server = fields.last('smtp_server')
  if (server && to.length > 0 && !['smtp_alert', 'smtp_alert_vrrp'].some((name) => fields.has(name))) {
    const message = 'there is no smtp_alert here, so mail is sent only for the instances and groups that have it themselves'
    findings.note('mail-needs-smtp-alert', server.at, message)
  }
  const timeout = fields.last('smtp_connect_timeout')
  let connectTimeout = fields.seconds('smtp_connect_timeout') ?? seconds(30)
  if (timeout && connectTimeout === 0) {
    findings.warning('raised-to-minimum', timeout.at, 'smtp_connect_timeout is at least 1 s; 1 is used')
    connectTimeout = seconds(1)
  }
  return {
    to,
    from: fields.text('notification_email_from'),
    server: server && {
      host: String(server.values[0]),
      port: typeof server.values[1] === 'number' ? server.values[1] : 25,
    },
    helo: fields.text('smtp_helo_name'),
    connectTimeout,
    noFaultMail: fields.has('no_email_faults'),
  }
}

function buildFifo(fields: Fields, name: string): FifoConf | undefined {
  const fifo = fields.command(name)
  const path = fifo?.argv[0]
  if (!fifo || path === undefined) return undefined
  return { path, owner: fifo.user, script: fields.command(`${name}_script`), at: fifo.at }
}

function buildVrrpFifo(fields: Fields, findings: Findings): FifoConf | undefined {
  const all = buildFifo(fields, 'notify_fifo')
  const vrrp = buildFifo(fields, 'vrrp_notify_fifo')
  if (!vrrp || vrrp.path !== all?.path) return vrrp
  const message = `${vrrp.path} is notify_fifo already, which gets these lines, too; vrrp_notify_fifo is ignored`
  findings.note('same-fifo', vrrp.at, message, [{ at: all.at, note: 'notify_fifo' }], 'warning')
  return undefined
}

/** RFC 4291 §2.7: ffx2 is link-local scope; a router must not forward adverts. */
export const isLinkLocalGroup = (address: IpAddress): boolean =>
  address.includes(':') ? /^ff[0-9a-f]2:/.test(address) : isMulticast(address)

function buildGroup(fields: Fields, name: string, standard: string, findings: Findings): IpAddress {
  const address = fields.address(name)
  const fallback = parseIp(standard)
  if (!fallback.ok) throw new TypeError(standard)
  if (address === undefined) return fallback.value
  if (isLinkLocalGroup(address)) return address
  findings.error(
    'not-multicast',
    (fields.last(name) as Field).at,
    `${address} is no ${standard.includes(':') ? 'link-local multicast' : 'multicast'} address; ${standard} is used`,
  )
  return fallback.value
}

const PERMISSIONS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
}

function buildUmask(fields: Fields, findings: Findings): number {
  const field = fields.last('umask')
  const text = fields.text('umask')
  if (!field || text === undefined) return DEFAULT_UMASK
  const number = /^0x[0-9a-f]+$/i.test(text)
    ? Number(text)
    : /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : /^[1-9][0-9]*$/.test(text)
        ? Number(text)
        : undefined
  if (number !== undefined && number <= 0o777) return number
  const names = text.split('|').map((name) => PERMISSIONS[name.trim().replace(/^S_/, '')])
  if (number === undefined && names.every((bits) => bits !== undefined)) return names.reduce<number>((all, bits) => all | (bits ?? 0), 0)
  findings.error('bad-umask', field.at, `\`${text}\` is no umask: 0 to 0777, or names such as IRGRP|IWOTH; it is ignored`)
  return DEFAULT_UMASK
}

function buildFirewall(fields: Fields, findings: Findings): FirewallConf {
  for (const name of ['vrrp_iptables', 'vrrp_ipsets']) {
    const field = fields.last(name)
    if (field)
      findings.warning(
        'uses-nftables',
        field.at,
        `havip uses nftables in place of ${name === 'vrrp_iptables' ? 'iptables' : 'ipsets'}; write nftables`,
      )
  }
  return {
    isRequested: fields.has('nftables') || fields.has('vrrp_iptables') || fields.has('vrrp_ipsets'),
    table: fields.text('nftables') ?? 'keepalived',
    priority: fields.number('nftables_priority') ?? -1,
    counters: fields.has('nftables_counters'),
    byInterfaceIndex: fields.has('nftables_ifindex'),
  }
}

function buildProcess(fields: Fields, findings: Findings): ProcessConf {
  const limit = fields.number('vrrp_rlimit_rttime') ?? fields.number('vrrp_rlimit_rtime')
  const isNamed = fields.has('process_names')
  for (const name of ['checker_cpu_affinity', 'bfd_cpu_affinity']) readCpus(fields.last(name), findings)
  return {
    parentName: fields.text('process_name'),
    name: fields.text('vrrp_process_name') ?? (isNamed ? 'keepalived_vrrp' : undefined),
    cpuAffinity: readCpus(fields.last('vrrp_cpu_affinity'), findings),
    realTimeLimitUs: limit === undefined ? undefined : Math.max(2, limit),
    maxAutoPriority: fields.number('max_auto_priority') ?? (fields.has('max_auto_priority') ? 99 : 0),
    minAutoPriorityDelayUs: fields.number('min_auto_priority_delay') ?? 1_000_000,
    receiveBufferPolicy: readBufferPolicy(fields.last('vrrp_rx_bufs_policy'), findings),
    receiveBufferMultiplier: fields.number('vrrp_rx_bufs_multiplier') ?? 3,
    netlinkReceiveBuffer: readReceiveBuffer(fields, 'vrrp_netlink_monitor_rcv_bufs'),
    netlinkCommandBuffer: readReceiveBuffer(fields, 'vrrp_netlink_cmd_rcv_bufs'),
    processEventBuffer: readReceiveBuffer(fields, 'process_monitor_rcv_bufs'),
  }
}

function readReceiveBuffer(fields: Fields, keyword: string): ReceiveBufferConf | undefined {
  const bytes = fields.number(keyword)
  // 0 is the system's own (keepalived).
  return bytes === undefined || bytes === 0 ? undefined : { bytes, force: fields.boolean(`${keyword}_force`) ?? false }
}

/** Highest CPU number that a kernel mask has room for. */
const CPU_MAX = 1023

function readCpus(field: Field | undefined, findings: Findings): readonly number[] {
  const cpus: number[] = []
  for (const word of field?.statement.words.slice(1) ?? []) {
    const number = /^[0-9]{1,4}$/.test(word.text) ? Number(word.text) : Number.NaN
    if (number <= CPU_MAX) cpus.push(number)
    else findings.error('bad-cpu', word.at, `\`${word.text}\` is no CPU number; it is ignored`)
  }
  return cpus
}

/** One word; anything else is a mistake, and the default stays (keepalived). */
function readSnmpSocket(field: Field | undefined, findings: Findings): string | undefined {
  if (!field) return undefined
  const [, place, more] = field.statement.words
  if (!place) findings.error('missing-argument', field.at, 'snmp_socket needs a place, as unix:/var/agentx/master; the default is used')
  else if (more) findings.error('unknown-option', more.at, `snmp_socket takes one word, and not also \`${more.text}\`; the default is used`)
  return more ? undefined : place?.text
}

function checkIncludeWords(fields: Fields, findings: Findings): void {
  for (const word of fields.all('include_check').flatMap(({ statement }) => statement.words.slice(1))) {
    if (INCLUDE_CHECKS.includes(word.text.replace(/^[+-]/, ''))) continue
    findings.error('not-a-choice', word.at, `\`${word.text}\` is none of ${INCLUDE_CHECKS.join(', ')}; it is ignored`)
  }
}

function readBufferPolicy(field: Field | undefined, findings: Findings): ProcessConf['receiveBufferPolicy'] {
  if (!field) return undefined
  const text = String(field.values[0]).toLowerCase()
  if (text === 'mtu' || text === 'advert') return text
  if (text === '0') return undefined
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  findings.error('not-a-choice', field.at, `\`${field.values[0]}\` is no buffer policy: MTU, ADVERT or a number of bytes; it is ignored`)
  return undefined
}

export function buildDefaults(fields: Fields, findings: Findings): InstanceDefaults {
  const isMinimal = fields.boolean('vrrp_min_garp') ?? false
  const version = fields.number('vrrp_version')
  return {
    version: version === 2 || version === 3 ? version : undefined,
    strict: fields.boolean('vrrp_strict') ?? false,
    downTimerAdverts: fields.number('vrrp_down_timer_adverts') ?? 3,
    garp: {
      masterDelay: fields.seconds('vrrp_garp_master_delay') ?? seconds(isMinimal ? 0 : 5),
      masterRepeat: atLeastOne(fields, 'vrrp_garp_master_repeat', findings) ?? (isMinimal ? 1 : 5),
      masterRefresh: fields.seconds('vrrp_garp_master_refresh') ?? seconds(0),
      masterRefreshRepeat: atLeastOne(fields, 'vrrp_garp_master_refresh_repeat', findings) ?? (isMinimal ? 0 : 1),
      lowerPrioDelay: fields.seconds('vrrp_garp_lower_prio_delay'),
      lowerPrioRepeat: fields.number('vrrp_garp_lower_prio_repeat'),
    },
    extraGarp: readExtraGarp(fields.last('vrrp_garp_extra_if', 'vrrp_vmac_garp_intvl'), 1, findings),
    lowerPrioNoAdvert: fields.boolean('vrrp_lower_prio_no_advert'),
    higherPrioSendAdvert: fields.boolean('vrrp_higher_prio_send_advert') ?? false,
    ownerIgnoreAdverts: fields.boolean('vrrp_owner_ignore_adverts') ?? false,
    checkUnicastSource: fields.has('vrrp_check_unicast_src'),
    skipCheckAdvAddr: fields.boolean('vrrp_skip_check_adv_addr') ?? false,
    checksumAsV2: fields.has('v3_checksum_as_v2'),
    smtpAlert: fields.boolean('smtp_alert_vrrp') ?? fields.boolean('smtp_alert') ?? false,
    notifyPriorityChanges: fields.boolean('vrrp_notify_priority_changes') ?? false,
  }
}

/** A repeat count; 0 becomes 1 with an error. Undefined: not set. */
export function atLeastOne(fields: Fields, name: string, findings: Findings): number | undefined {
  const value = fields.number(name)
  if (value !== 0) return value
  findings.warning('raised-to-minimum', (fields.last(name) as Field).at, `${name} is at least 1; 1 is used`)
  return 1
}

/** `[all] SECONDS`; an instance may say 0 for none. */
export function readExtraGarp(field: Field | undefined, min: number, findings: Findings): ExtraGarpConf | undefined {
  if (!field) return undefined
  const [first, ...rest] = field.statement.words.slice(1)
  const all = first?.text === 'all'
  // The last word is the one that is read.
  const number = rest.at(-1) ?? first
  const value = number && /^(\+?[0-9]{1,5})?$/.test(number.text) ? Number(number.text) : Number.NaN
  if (value >= min && value <= 86_400) return value === 0 ? undefined : { every: seconds(value), all }
  findings.error('out-of-range', number?.at ?? field.at, `${field.keyword.name} takes ${min} to 86400 seconds; it is ignored`)
  return undefined
}
