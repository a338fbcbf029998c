// `global_defs` (reference 2.2).
import {
  address,
  type BlockTable,
  bool,
  choice,
  decimal,
  flag,
  INT32_MAX,
  integer,
  type Keyword,
  lenient,
  networkInterface,
  optional,
  script,
  TIMER_MAX,
  TIMER_SECONDS_MAX,
  UINT32_MAX,
  value,
  word,
  wordList,
  words,
} from './keyword.ts'

const LVS = 'Accepted; havip runs no LVS.'
const path = (what: string) => word('PATH', what)
const name = (what: string) => word('NAME', what)
const gap = decimal('SECONDS', 0.000001, TIMER_MAX)

const mail: readonly Keyword[] = [
  value('router_id', word('STRING', 'this machine'), '1.1.8', 'Name of this machine in mail subjects.', { default: 'the host name' }),
  wordList('notification_email', 'MAIL-ADDRESS', '0.5', 'Who gets mail; without recipients there is none.'),
  value('notification_email_from', word('MAIL-ADDRESS', 'the sender'), '0.5', 'Sender of mail, envelope and header.', {
    default: 'user@host',
  }),
  value('smtp_server', [word('HOST', 'a mail server'), optional(integer('PORT', 1, 65535))], '0.5', 'Mail server; plain SMTP.', {
    default: 'none, port 25',
  }),
  value('smtp_helo_name', optional(word('STRING', 'this machine')), '1.2.20', 'What HELO says.', { default: 'the local host name' }),
  value('smtp_connect_timeout', integer('SECONDS', 0, TIMER_SECONDS_MAX, 's'), '0.5', 'How long connecting to the mail server may take.', {
    default: '30',
  }),
  bool('smtp_alert', '2.0.0', 'Default of smtp_alert for everything.', { default: 'unset' }),
  bool('smtp_alert_vrrp', '2.0.0', 'Default of smtp_alert for VRRP; beats smtp_alert.', { default: 'unset' }),
  bool('smtp_alert_checker', '2.0.0', 'Default of smtp_alert for LVS checks.', { default: 'unset', havip: LVS }),
  flag('no_email_faults', '2.0.0', 'No mail for FAULT.', { default: 'off' }),
  bool('no_checker_emails', '2.0.0', 'No mail of LVS checks.', { havip: LVS }),
  bool('checker_log_all_failures', '2.0.0', 'Logs each failure of an LVS check.', { havip: LVS }),
  bool('rs_init_notifies', '2.0.0', 'Notifies of real servers at start.', { havip: LVS }),
]

const scripts: readonly Keyword[] = [
  value(
    'script_user',
    [word('USER', 'an account'), optional(word('GROUP', 'a group'))],
    '1.3.0',
    'Who runs scripts; `:` before GROUP also sets the supplementary groups.',
    {
      default: "keepalived_script if that account exists, else the daemon's own",
    },
  ),
  value(
    'enable_script_security',
    optional(words('IGNORED', 'ignored')),
    '1.3.0',
    'Runs no script as root whose path somebody else could write to; an argument is ignored, even `off`.',
    {
      default: 'off',
    },
  ),
  bool('set_supplementary_groups', 'dev', "Always sets a script's supplementary groups."),
  bool('use_symlink_paths', '2.3.0', 'Executes the path as written instead of the resolved one.'),
  script('startup_script', '2.1.0', 'Runs before anything else starts; the daemon waits for it.'),
  script('shutdown_script', '2.1.0', 'Runs after everything else has stopped; the daemon waits for it.'),
  value('startup_script_timeout', integer('SECONDS', 1, 1000, 's'), '2.1.0', 'How long startup_script may take.', { default: '10' }),
  value('shutdown_script_timeout', integer('SECONDS', 1, 1000, 's'), '2.1.0', 'How long shutdown_script may take.', { default: '10' }),
  script('notify_fifo', '1.3.6', 'Named pipe that gets a line for each change of state: PATH [USER [GROUP]].'),
  script('notify_fifo_script', '1.3.6', 'Started once, with the path of notify_fifo as its last argument.'),
  script('vrrp_notify_fifo', '1.3.6', 'Like notify_fifo, for VRRP only.'),
  script('vrrp_notify_fifo_script', '1.3.6', 'Started once, with the path of vrrp_notify_fifo as its last argument.'),
  script('lvs_notify_fifo', '1.3.6', 'Like notify_fifo, for LVS only.', { havip: LVS }),
  script('lvs_notify_fifo_script', '1.3.6', 'Started once, with the path of lvs_notify_fifo as its last argument.', { havip: LVS }),
  bool('vrrp_notify_priority_changes', '2.0.16', 'Default of notify_priority_changes.'),
  flag('fifo_write_vrrp_states_on_reload', '2.2.5', 'Writes unchanged states to the FIFOs too after a reload.', { default: 'off' }),
]

const vrrp: readonly Keyword[] = [
  value('vrrp_version', integer('VERSION', 2, 3), '1.2.20', 'Default version of IPv4 instances.', { default: '2 (IPv6 instances: 3)' }),
  value('vrrp_mcast_group4', address('ADDRESS', 'ipv4'), '1.2.10', 'IPv4 group that adverts are sent to.', { default: '224.0.0.18' }),
  value('vrrp_mcast_group6', address('ADDRESS', 'ipv6'), '1.2.10', 'IPv6 group that adverts are sent to; link-local scope.', {
    default: 'ff02::12',
  }),
  value('default_interface', networkInterface(), '1.2.24', 'Interface of static addresses without `dev`.', { default: 'eth0' }),
  value(
    'vrrp_garp_master_delay',
    integer('SECONDS', 0, TIMER_SECONDS_MAX, 's'),
    '1.2.20',
    'Second burst of gratuitous ARPs this long after becoming master; 0 = none.',
    { default: '5' },
  ),
  value('vrrp_garp_master_repeat', integer('N', 0, UINT32_MAX), '1.2.20', 'Messages per address in a burst; 0 becomes 1.', {
    default: '5',
  }),
  value('vrrp_garp_master_refresh', integer('SECONDS', 0, UINT32_MAX, 's'), '1.2.20', 'Gap between refreshes while master; 0 = off.', {
    default: '0',
  }),
  value('vrrp_garp_master_refresh_repeat', integer('N', 0, UINT32_MAX), '1.2.20', 'Messages per address in a refresh; 0 becomes 1.', {
    default: '1',
  }),
  value(
    'vrrp_garp_lower_prio_delay',
    integer('SECONDS', 0, TIMER_SECONDS_MAX, 's'),
    '1.2.20',
    'Second burst this long after an advert of lower priority.',
    { default: 'vrrp_garp_master_delay' },
  ),
  value(
    'vrrp_garp_lower_prio_repeat',
    integer('N', 0, UINT32_MAX),
    '1.2.20',
    'Messages per address after an advert of lower priority; 0 = none.',
    { default: 'vrrp_garp_master_repeat' },
  ),
  value('vrrp_garp_interval', gap, '1.2.21', 'Least gap between gratuitous ARPs on an interface.', {
    default: 'no gap',
    havip: 'As in keepalived, 0 is an error and is ignored.',
    zeroHint: 'no pacing is the default, so leave the line out',
  }),
  value('vrrp_gna_interval', gap, '1.2.21', 'Least gap between unsolicited neighbour advertisements on an interface.', {
    default: 'no gap',
    havip: 'As in keepalived, 0 is an error and is ignored.',
    zeroHint: 'no pacing is the default, so leave the line out',
  }),
  bool('vrrp_min_garp', '2.0.12', 'One gratuitous ARP and no second burst, where nothing else is configured.'),
  value(
    'vrrp_garp_extra_if',
    words('[all] SECONDS', 'a period'),
    '2.2.3',
    'Period of announcements for addresses that are on another interface than their instance; 1 to 86400.',
    { default: 'off' },
  ),
  value('vrrp_vmac_garp_intvl', words('[all] SECONDS', 'a period'), '2.2.0', 'Former name of vrrp_garp_extra_if.', {
    deprecated: 'vrrp_garp_extra_if',
  }),
  value('vrrp_down_timer_adverts', integer('N', 1, 100), '2.2.3', 'Default of down_timer_adverts.', { default: '3' }),
  bool('vrrp_lower_prio_no_advert', '1.2.20', 'Default of lower_prio_no_advert.', { default: 'off; on in strict mode' }),
  bool('vrrp_higher_prio_send_advert', '1.3.5', 'Default of higher_prio_send_advert.'),
  bool('vrrp_owner_ignore_adverts', '2.3.3', 'Default of owner_ignore_adverts.'),
  value(
    'vrrp_check_unicast_src',
    optional(words('IGNORED', 'ignored')),
    '1.2.20',
    'Takes unicast adverts from configured peers only; an argument is ignored, even `off`.',
    { default: 'off' },
  ),
  bool('vrrp_skip_check_adv_addr', '1.2.20', 'Does not compare the address list of a master that is known already.'),
  bool('vrrp_strict', '1.2.20', 'Default of strict_mode: the RFC to the letter.'),
  value(
    'v3_checksum_as_v2',
    optional(words('IGNORED', 'ignored')),
    '2.2.8',
    'VRRPv3 over IPv4 without pseudo header in the checksum; an argument is ignored, even `off`.',
    { default: 'off' },
  ),
  value('vrrp_startup_delay', decimal('SECONDS', 0.001, TIMER_MAX), '2.0.14', 'How long after its start the daemon stays passive.', {
    default: 'none',
  }),
  value(
    'vrrp_delay_after_boot',
    decimal('SECONDS', 0.001, TIMER_MAX),
    '2.4.0',
    'How long after the boot of the system the daemon stays passive.',
    { default: 'none' },
  ),
  flag('log_unknown_vrids', '2.0.16', 'Logs adverts of virtual routers that are not configured.', { default: 'off' }),
  value(
    'dynamic_interfaces',
    optional(choice('allow_if_changes', ['allow_if_changes'])),
    '2.0.0',
    'Interfaces may be absent at start, come and go.',
    { default: 'off' },
  ),
  flag('disable_local_igmp', '2.2.0', "Clears the kernel's setting for IGMP reports of link-local groups while running.", {
    default: 'off',
  }),
  value('vmac_prefix', word('STRING', 'a name prefix', 9), '2.2.0', 'Prefix of generated names of virtual MAC interfaces.', {
    default: 'vrrp',
    once: true,
  }),
  value('vmac_addr_prefix', word('STRING', 'a name prefix', 9), '2.2.0', 'The same for those made for addresses on other interfaces.', {
    default: 'vmac_prefix',
    once: true,
  }),
]

const firewall: readonly Keyword[] = [
  value('vrrp_iptables', optional(words('[IN [OUT]]', 'chain names')), '1.2.20', 'Uses these iptables chains.', {
    default: 'INPUT OUTPUT',
    havip: 'havip uses nftables instead, as builds of keepalived without iptables do.',
  }),
  value('vrrp_ipsets', optional(words('[NAMES]', 'set names')), '1.2.20', 'Uses ipsets.', { havip: 'havip uses nftables instead.' }),
  value('nftables', optional(word('TABLE', 'a table')), '2.0.11', 'Uses nftables, with this table; cannot change at reload.', {
    default: 'keepalived',
    once: true,
  }),
  value('nftables_priority', integer('N', -INT32_MAX, INT32_MAX), '2.0.11', 'Priority of the chains.', { default: '-1' }),
  flag('nftables_counters', '2.0.11', 'Counts packets in each rule.', { default: 'off' }),
  flag('nftables_ifindex', '2.0.11', 'Matches interfaces by index instead of name.', { default: 'off' }),
  value('nftables_ipvs', optional(word('TABLE', 'a table')), '2.2.2', 'Table for LVS.', { havip: LVS, once: true }),
  value('nftables_ipvs_priority', integer('N', -INT32_MAX, INT32_MAX), '2.2.2', 'Priority of the chains for LVS.', { havip: LVS }),
  value('nftables_ipvs_start_fwmark', integer('N', 1, UINT32_MAX), '2.2.2', 'First mark for LVS.', { default: '1000', havip: LVS }),
  value('lvs_timeouts', optional(words('[tcp N] [tcpfin N] [udp N]', 'time-outs')), '1.3.0', 'IPVS time-outs.', { havip: LVS }),
  flag('lvs_flush', '1.3.0', 'Clears IPVS at start.', { havip: LVS }),
  value('lvs_flush_on_stop', optional(choice('VS', ['VS'], true)), '2.0.0', 'Clears IPVS at stop.', { havip: LVS }),
  value('lvs_flush_onstop', optional(choice('VS', ['VS'], true)), '2.0.0', 'Former name of lvs_flush_on_stop.', {
    deprecated: 'lvs_flush_on_stop',
    tolerated: true,
    havip: LVS,
  }),
  value(
    'lvs_sync_daemon',
    words('INTERFACE [INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]', 'a sync daemon'),
    '1.2.20',
    "IPVS connection synchronisation that follows an instance's state.",
    { havip: LVS, once: true },
  ),
]

const perProcess = (prefix: string, title: string, sinceNice: string): readonly Keyword[] => {
  const havip =
    prefix === 'vrrp' ? {} : prefix === 'bfd' ? { havip: 'havip runs BFD in the VRRP process, whose setting counts.' } : { havip: LVS }
  return [
    value(`${prefix}_priority`, integer('NICE', -20, 19), sinceNice, `Nice value of what runs ${title}.`, {
      default: 'unchanged',
      ...havip,
    }),
    value(
      `${prefix}_rt_priority`,
      { ...integer('N', 1, 99), outside: 'clamped' } as ReturnType<typeof integer>,
      '2.0.0',
      `Real-time priority of what runs ${title}; out of range is clamped.`,
      { default: 'off', ...havip },
    ),
    value(
      `${prefix}_rlimit_rttime`,
      integer('MICROSECONDS', 1, INT32_MAX, 'µs'),
      '2.1.0',
      'How long it may run without a blocking call under real-time scheduling; 1 becomes 2.',
      {
        default: '10000',
        ...(prefix === 'vrrp' ? { havip: 'Without it there is no limit: havip is real-time unless told otherwise.' } : havip),
      },
    ),
    value(`${prefix}_rlimit_rtime`, integer('MICROSECONDS', 1, INT32_MAX, 'µs'), '2.0.0', `Former name of ${prefix}_rlimit_rttime.`, {
      deprecated: `${prefix}_rlimit_rttime`,
      tolerated: true,
      ...havip,
    }),
    flag(`${prefix}_no_swap`, sinceNice, `Keeps the ${title} process in memory.`, { default: 'off', ...havip }),
    value(`${prefix}_cpu_affinity`, words('CPU…', 'CPU numbers'), '2.0.17', `CPUs that the ${title} process may run on.`, {
      default: 'all',
      ...havip,
    }),
    value(`${prefix}_process_name`, word('NAME', 'a process name', 15), '2.0.16', `Process name of what runs ${title}.`, havip),
  ]
}

const receiveBuffers = ['vrrp_netlink_cmd', 'vrrp_netlink_monitor', 'process_monitor', 'lvs_netlink_cmd', 'lvs_netlink_monitor'].flatMap(
  (prefix): readonly Keyword[] => {
    const since = prefix === 'process_monitor' ? '2.0.11' : '2.0.0'
    const extra = prefix.startsWith('lvs') ? { havip: LVS } : {}
    return [
      value(
        `${prefix}_rcv_bufs`,
        integer('BYTES', 0, INT32_MAX, 'bytes'),
        since,
        'Size of that socket’s receive buffer; 0 leaves the system’s.',
        extra,
      ),
      bool(`${prefix}_rcv_bufs_force`, since, 'Uses the privileged option to exceed the system’s limit.', extra),
    ]
  },
)

const resources: readonly Keyword[] = [
  ...perProcess('vrrp', 'VRRP', '1.2.20'),
  ...perProcess('checker', 'LVS', '1.2.20'),
  ...perProcess('bfd', 'BFD', '2.0.0'),
  value('lvs_process_name', word('NAME', 'a process name', 15), '2.0.16', 'Former name of checker_process_name.', {
    deprecated: 'checker_process_name',
    tolerated: true,
    havip: LVS,
  }),
  value(
    'max_auto_priority',
    optional(integer('N', -1, 99)),
    '2.1.0',
    'Raises to real-time scheduling step by step up to N when timers fire late; -1 silences the notice at start.',
    { default: '0' },
  ),
  value('min_auto_priority_delay', integer('MICROSECONDS', 1, 10_000_000, 'µs'), '2.1.0', 'How late a timer has to be for that.', {
    default: '1000000',
  }),
  value(
    'vrrp_rx_bufs_policy',
    word('MTU|ADVERT|BYTES', 'a policy'),
    '2.0.3',
    'Size of the receive buffers: by MTU, by advert, or in bytes.',
    { default: 'the system’s' },
  ),
  value('vrrp_rx_bufs_multiplier', integer('N', 1, UINT32_MAX), '2.0.3', 'How many adverts a receive buffer holds.', {
    default: '3',
    exact: true,
  }),
  ...receiveBuffers,
  flag('process_names', '2.0.16', 'Names the processes by what they do.', { default: 'off' }),
  value('process_name', word('NAME', 'a process name', 15), '2.0.16', 'Process name of the parent.'),
]

const files: readonly Keyword[] = [
  value('umask', word('MASK', 'a number, or names joined by |'), '2.0.9', 'Mask of the files that the daemon makes.', {
    default: '0177',
    exact: true,
  }),
  value('random_seed', integer('N', 0, UINT32_MAX), '2.0.15', 'Seed of `_RANDOM`, for numbers that repeat.', { default: 'the time' }),
  value(
    'include_check',
    optional(words('[LIST]', 'none, read, match, wildcard_match, brace_match')),
    '2.2.0',
    'Which failures of `include` count from here on.',
    { default: 'none' },
  ),
  value('reload_check_config', optional(path('a log file')), '2.2.0', 'Tests a new configuration before it is used.', {
    default: 'off',
    havip: 'havip always does: an invalid file changes nothing.',
  }),
  value('reload_time_file', path('a file'), '2.1.0', 'File that holds the time of the next reload.', { exact: true }),
  flag('reload_repeat', '2.1.0', 'Does not remove that file; a time without date repeats daily.', { default: 'off' }),
  value('reload_file', optional(path('a file')), '2.2.0', 'Created before the files are read at a reload, removed after.'),
  value('config_save_dir', path('a directory'), '2.2.3', 'Keeps a copy of the configuration at each load.'),
  value('tmp_config_directory', path('a directory'), '2.2.0', 'Where the copy for the child processes lives.', {
    havip: 'Not needed: havip reads the files once.',
    once: true,
  }),
  bool('data_use_instance', '2.2.3', 'Adds instance and namespace to the names of dumps.'),
  value('state_dump_file', path('a file or directory/'), '2.3.3', 'Where the state is dumped.'),
  value('stats_dump_file', path('a file'), '2.3.3', 'Accepted, without effect in keepalived 2.4.3.', {
    havip: 'Where the counters are dumped.',
  }),
  value('json_dump_file', path('a file'), '2.3.3', 'Accepted, without effect in keepalived 2.4.3.', { havip: 'Where the JSON is dumped.' }),
  value('json_version', integer('VERSION', 1, 2), '2.2.8', 'Shape of the JSON dump.', { default: '1' }),
  value('iproute_usr_dir', path('a directory'), '2.3.2', 'Where names of tables, scopes and protocols are read.'),
  value('iproute_etc_dir', path('a directory'), '2.3.2', 'Where names of tables, scopes and protocols are read, too.'),
]

const remote: readonly Keyword[] = [
  flag('enable_snmp_vrrp', '2.0.0', 'Serves the global and the VRRP part of the keepalived MIB; see docs/snmp.md.', { default: 'off' }),
  flag('enable_snmp_keepalived', '1.3.0', 'Former name of enable_snmp_vrrp.', { deprecated: 'enable_snmp_vrrp', tolerated: true }),
  flag('enable_snmp_checker', '1.3.0', 'Serves the LVS part of the keepalived MIB.', {
    default: 'off',
    havip: 'havip runs no LVS: with virtual servers in the file its tables are there, and empty.',
  }),
  flag('enable_snmp_rfc', '1.3.0', 'Serves both RFC MIBs.', { default: 'off' }),
  flag('enable_snmp_rfcv2', '1.3.0', 'Serves the MIB of RFC 2787.', { default: 'off' }),
  flag('enable_snmp_rfcv3', '1.3.0', 'Serves the MIB of RFC 6527.', { default: 'off' }),
  flag('enable_traps', '1.2.5', 'Sends SNMP notifications of the MIBs that are served.', { default: 'off' }),
  value(
    'snmp_socket',
    optional(word('SPEC', 'a socket')),
    '1.2.20',
    'Where the SNMP master agent listens: unix:PATH, tcp:HOST:PORT or udp:HOST:PORT, also tcp6: and udp6:.',
    {
      default: 'unix:/var/agentx/master',
      once: true,
    },
  ),
  value('snmp_vs_stats_update_interval', decimal('SECONDS', 0.001, 30), '2.3.0', 'Age of LVS counters.', { default: '5', havip: LVS }),
  value('snmp_rs_stats_update_interval', decimal('SECONDS', 0.001, 30), '2.3.0', 'Age of LVS counters.', { default: '5', havip: LVS }),
  flag('enable_dbus', '1.3.0', 'Offers the instances on D-Bus.', { default: 'off' }),
  value('dbus_service_name', name('a bus name'), '1.3.7', 'Name on the bus.', { default: 'org.keepalived.Vrrp1' }),
  value('dbus_no_interface_name', name('a path element'), '2.3.0', 'Path element of instances without interface.', { default: 'none' }),
]

const reportedWhenEmpty: readonly string[] = [
  'router_id',
  'notification_email_from',
  'script_user',
  ...['startup_script', 'shutdown_script'].flatMap((name) => [name, `${name}_timeout`]),
  ...['notify_fifo', 'vrrp_notify_fifo', 'lvs_notify_fifo'].flatMap((name) => [name, `${name}_script`]),
  'default_interface',
  'vrrp_garp_extra_if',
  'vrrp_vmac_garp_intvl',
  'lvs_sync_daemon',
  ...['vrrp', 'checker', 'bfd'].flatMap((name) => [`${name}_priority`, `${name}_rt_priority`, `${name}_cpu_affinity`]),
  'min_auto_priority_delay',
  'vrrp_rx_bufs_policy',
  'vrrp_rx_bufs_multiplier',
  ...receiveBuffers.map(({ name }) => name).filter((name) => !name.endsWith('_force')),
  'reload_time_file',
  'tmp_config_directory',
  'dbus_service_name',
]

export const globalDefs: BlockTable = {
  name: 'global_defs',
  title: 'global_defs',
  keywords: lenient([...mail, ...scripts, ...vrrp, ...firewall, ...resources, ...files, ...remote], reportedWhenEmpty),
}
