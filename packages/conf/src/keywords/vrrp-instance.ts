// `vrrp_instance` and the blocks within it (reference 2.3).
import {
  address,
  type BlockTable,
  block,
  bool,
  choice,
  decimal,
  entries,
  flag,
  integer,
  type Keyword,
  networkInterface,
  optional,
  script,
  TIMER_SECONDS_MAX,
  UINT32_MAX,
  value,
  word,
  words,
} from './keyword.ts'

const identity: readonly Keyword[] = [
  value('state', word('MASTER|BACKUP', 'a state'), '0.5', 'The state wished for at start; below priority 255 it changes nothing.', {
    default: 'BACKUP; MASTER at priority 255',
  }),
  value('interface', networkInterface(), '0.5', 'Where adverts are sent and addresses live; needed unless unicast has a source address.'),
  value('vrf', networkInterface(), '2.2.5', 'VRF of unicast without `interface`.'),
  value(
    'virtual_router_id',
    word('VRID', '1 to 255'),
    '0.5',
    'Number of the virtual router, 1 to 255, the same on all its nodes and unlike any other on the LAN; required.',
  ),
  value('priority', word('N', '1 to 255'), '0.5', 'The highest priority wins, 1 to 255; 255 owns the addresses.', {
    default: '100; 255 with `state MASTER`',
  }),
  value('version', integer('VERSION', 2, 3), '1.2.17', 'Version of VRRP.', { default: 'vrrp_version; IPv6: 3' }),
  value(
    'advert_int',
    word('SECONDS', '0.01 to 255'),
    '0.5',
    'Time between adverts, 0.01 to 255 s; whole seconds in version 2, hundredths up to 40.95 in version 3.',
    { default: '1' },
  ),
  value('mcast_src_ip', address('ADDRESS'), '0.6.1', 'Source address of adverts.', { default: "the interface's first" }),
  value('unicast_src_ip', address('ADDRESS'), '1.2.10', 'Source address of unicast adverts.', { default: "the interface's first" }),
  value('mcast_dst_ip', address('ADDRESS'), '2.2.5', 'Group that adverts are sent to.', {
    default: 'vrrp_mcast_group4 or vrrp_mcast_group6',
  }),
  flag('track_src_ip', '2.0.0', 'FAULT while the configured source address is absent.', { default: 'off' }),
  entries('unicast_peer', 'ADDRESS [min_ttl N] [max_ttl N]', '1.2.8', 'Sends adverts to these addresses instead of a group.'),
  value('unicast_ttl', integer('N', 0, 255), '2.1.0', 'TTL or hop limit of unicast adverts.', {
    default: '255 for IPv4, the kernel’s for IPv6',
  }),
  flag('unicast_fault_no_peer', '2.2.5', 'FAULT rather than multicast when there is no peer.', { default: 'off' }),
  flag('check_unicast_src', '2.1.0', 'Takes adverts from configured peers only.', { default: 'vrrp_check_unicast_src' }),
  value('old_unicast_checksum', optional(choice('never', ['never'])), '1.3.7', 'Checksum of unicast as keepalived before 1.3.7 made it.', {
    default: 'automatic',
  }),
  bool('v3_checksum_as_v2', '2.2.8', 'VRRPv3 over IPv4 without pseudo header in the checksum.', { default: 'the global one' }),
  flag('native_ipv6', '1.2.1', 'Makes the instance an IPv6 one.', { deprecated: '' }),
  flag('dont_track_primary', '1.1.8', 'Ignores faults of its own interface.', { default: 'off' }),
  value(
    'kernel_rx_buf_size',
    integer('BYTES', 0, UINT32_MAX, 'bytes'),
    '2.0.3',
    'Its share of the receive buffer; 0 is as if it were not there.',
    { lenient: true, exact: true },
  ),
  value('debug', integer('LEVEL', 0, 4), '0.5', 'Without visible effect.', { default: '0' }),
  flag('linkbeat_use_polling', '2.0.0', 'Asks its interface for its link state once a second.', {
    deprecated: 'linkbeat_interfaces at the top level',
  }),
  value('lvs_sync_daemon_interface', networkInterface(), '0.5.5', 'Interface of the IPVS sync daemon.', {
    deprecated: 'lvs_sync_daemon in global_defs',
    havip: 'havip runs no LVS.',
  }),
]

const virtualMac: readonly Keyword[] = [
  value(
    'use_vmac',
    optional(words('[[name] INTERFACE] [MAC] [netlink_notify_msg] [group G]', 'a virtual MAC interface')),
    '1.2.3',
    'Makes an interface with the MAC address of the RFC.',
    { default: 'off' },
  ),
  flag('use_vmac_addr', '2.2.0', 'Also makes them for addresses on other interfaces.', { default: 'off' }),
  flag('vmac_xmit_base', '1.2.10', 'Sends and receives adverts on the parent interface.', { default: 'off; on with unicast' }),
  value(
    'use_ipvlan',
    optional(words('[[name] INTERFACE] [ADDRESS] [bridge|private|vepa] [group G]', 'an ipvlan interface')),
    '2.0.17',
    'ipvlan instead of a virtual MAC.',
    { default: 'off' },
  ),
  flag('promote_secondaries', '1.3.0', "Sets the interface's promote_secondaries while running.", { default: 'off' }),
]

const election: readonly Keyword[] = [
  flag('preempt', '0.5', 'Takes over from a master of lower priority; cancels nopreempt.', { default: 'on' }),
  flag('nopreempt', '1.1.8', 'Leaves a master of lower priority in peace; needs `state BACKUP`.', { default: 'off' }),
  value('preempt_delay', decimal('SECONDS', 0, 1000), '1.1.8', 'How long a master of lower priority is left in peace.', { default: '0' }),
  value('down_timer_adverts', integer('N', 1, 100), '2.2.3', 'How many missed adverts mean that the master is down.', {
    default: 'vrrp_down_timer_adverts',
  }),
  value(
    'timer_expired_backup',
    optional(integer('PRIORITY', 1, 254)),
    '2.2.8',
    'Priority in adverts until a late timer has been sorted out; needs nopreempt.',
    { default: 'off; 254 without number' },
  ),
  value('thread_timer_expired', optional(integer('PRIORITY', 1, 254)), '2.2.8', 'Former name of timer_expired_backup.', {
    deprecated: 'timer_expired_backup',
  }),
  flag('accept', '1.2.17', 'Takes in packets addressed to the virtual addresses.', { default: 'on; off in strict mode unless owner' }),
  flag('no_accept', '1.3.0', 'Drops packets addressed to the virtual addresses.', { default: 'off' }),
  bool('strict_mode', '1.2.20', 'The RFC to the letter.', { default: 'vrrp_strict' }),
  value(
    'skip_check_adv_addr',
    optional(words('IGNORED', 'ignored')),
    '1.2.20',
    'Does not compare the address list of a master that is known already; an argument is ignored, even `off`.',
    {
      default: 'vrrp_skip_check_adv_addr',
    },
  ),
  bool('lower_prio_no_advert', '1.2.20', 'Stays silent when an advert of lower priority arrives.', {
    default: 'vrrp_lower_prio_no_advert',
  }),
  bool('higher_prio_send_advert', '1.3.5', 'Answers an advert of higher priority once before it yields.', {
    default: 'vrrp_higher_prio_send_advert',
  }),
  bool('owner_ignore_adverts', '2.3.3', 'Priority 255: drops received adverts.', { default: 'vrrp_owner_ignore_adverts' }),
  bool('sole_peer_takeover', 'havip', 'With exactly one unicast peer the takeover waits no skew: there is nobody to race.', {
    default: 'on; off in strict mode',
    havip: 'A keyword of havip; keepalived reports it as unknown and goes on.',
  }),
  bool('reassert_addresses', 'havip', 'Puts an address back at once that something else removes, and stays master.', {
    default: 'on; off in strict mode',
    havip: 'A keyword of havip; keepalived steps down each time and comes back after its skew.',
  }),
]

const addresses: readonly Keyword[] = [
  entries('virtual_ipaddress', 'ADDRESS[/PREFIX] [option…]', '0.5', 'Addresses of the virtual router, listed in its adverts.'),
  entries(
    'virtual_ipaddress_excluded',
    'ADDRESS[/PREFIX] [option…]',
    '0.5.9',
    'Addresses that move along but are not in the adverts; either family.',
  ),
  flag('no_virtual_ipaddress', '2.2.8', 'Having no virtual address is intended.', { default: 'off' }),
  entries('virtual_routes', 'DESTINATION [option…]', '1.0.1', 'Routes that move along.'),
  entries('virtual_rules', 'selector… action', '1.2.20', 'Policy routing rules that move along.'),
]

const garp: readonly Keyword[] = [
  value(
    'garp_master_delay',
    integer('SECONDS', 0, TIMER_SECONDS_MAX, 's'),
    '0.7.1',
    'Second burst this long after becoming master; 0 = none.',
    {
      default: 'vrrp_garp_master_delay',
    },
  ),
  value('garp_master_repeat', integer('N', 0, UINT32_MAX), '1.2.14', 'Messages per address in a burst; 0 becomes 1.', {
    default: 'vrrp_garp_master_repeat',
  }),
  value('garp_master_refresh', integer('SECONDS', 0, UINT32_MAX, 's'), '1.2.10', 'Gap between refreshes while master; 0 = off.', {
    default: 'vrrp_garp_master_refresh',
  }),
  value('garp_master_refresh_repeat', integer('N', 0, UINT32_MAX), '1.2.14', 'Messages per address in a refresh; 0 becomes 1.', {
    default: 'vrrp_garp_master_refresh_repeat',
  }),
  value(
    'garp_lower_prio_delay',
    integer('SECONDS', 0, TIMER_SECONDS_MAX, 's'),
    '1.2.20',
    'Second burst this long after an advert of lower priority.',
    { default: 'vrrp_garp_lower_prio_delay' },
  ),
  value(
    'garp_lower_prio_repeat',
    integer('N', 0, UINT32_MAX),
    '1.2.20',
    'Messages per address after an advert of lower priority; 0 = none.',
    { default: 'vrrp_garp_lower_prio_repeat' },
  ),
  value(
    'garp_extra_if',
    words('[all] SECONDS', 'a period'),
    '2.2.3',
    'Period of announcements for addresses on another interface, 0 to 86400 s; 0 = none.',
    { default: 'vrrp_garp_extra_if', lenient: true },
  ),
  value('vmac_garp_intvl', words('[all] SECONDS', 'a period'), '2.2.0', 'Former name of garp_extra_if.', {
    deprecated: 'garp_extra_if',
    lenient: true,
  }),
]

/** Shared with sync groups. */
export const trackBlocks: readonly Keyword[] = [
  entries('track_interface', 'INTERFACE [weight N] [reverse|noreverse]', '1.0.1', 'Interfaces that have to be up.'),
  entries('track_script', 'NAME [weight N] [reverse|noreverse]', '1.1.13', 'Scripts that have to succeed.'),
  entries('track_file', 'NAME [weight N] [reverse|noreverse]', '2.0.0', 'Files whose numbers change the priority.'),
  entries('track_process', 'NAME [weight N] [reverse|noreverse]', '2.0.11', 'Processes that have to run.'),
  entries('track_bfd', 'NAME [weight N] [reverse|noreverse]', '2.0.0', 'BFD sessions that have to be up.'),
]

const notification: readonly Keyword[] = [
  script('notify_master', '0.5.9', 'Runs when it becomes master.'),
  script('notify_backup', '0.5.9', 'Runs when it becomes backup.'),
  script('notify_fault', '0.5.9', 'Runs when it goes to FAULT.'),
  script('notify_stop', '1.1.13', 'Runs when it stops.'),
  {
    ...script('notify_deleted', '2.1.0', 'Runs when a reload removes it; also makes that report DELETED instead of FAULT.'),
    arguments: [{ name: 'SCRIPT [USER [GROUP]]', type: 'script', optional: true }],
  },
  script('notify', '0.5', 'Runs at each change of state, with type, name, state and priority appended.'),
  script('notify_master_rx_lower_pri', '2.0.6', 'Runs each time a master hears an advert of lower priority.'),
  bool('notify_priority_changes', '2.0.16', 'Writes changes of priority to the FIFOs.', { default: 'vrrp_notify_priority_changes' }),
  bool('smtp_alert', '0.5.7', 'Sends mail at changes of state.', { default: 'smtp_alert_vrrp, else smtp_alert' }),
]

export const vrrpInstance: BlockTable = {
  name: 'vrrp_instance',
  title: 'vrrp_instance NAME',
  keywords: [
    ...identity,
    ...virtualMac,
    ...election,
    ...addresses,
    ...trackBlocks,
    ...garp,
    ...notification,
    block('authentication', 'authentication', [], '0.5', 'Password in adverts of version 2.'),
    block('auth_hmac', 'auth_hmac', [], '2.4.0', 'Signs adverts with a shared key, both versions and families.'),
  ],
}

export const authentication: BlockTable = {
  name: 'authentication',
  title: 'authentication',
  keywords: [
    value('auth_type', word('PASS|AH', 'a type'), '0.5', 'Plain password, or IPsec authentication header.'),
    value('auth_pass', word('STRING', 'a password'), '0.5', 'The password; 8 bytes count.'),
  ],
}

export const authHmac: BlockTable = {
  name: 'auth_hmac',
  title: 'auth_hmac',
  keywords: [
    value(
      'key',
      [integer('ID', 1, 255), word('VALUE', 'hex:DIGITS, file:PATH or the text itself')],
      '2.4.0',
      'A key of 32 to 64 bytes; repeatable.',
    ),
    value('active_key', integer('ID', 1, 255), '2.4.0', 'The key that signs what is sent; required.'),
    value('anti_replay', choice('MODE', ['time', 'monotonic']), '2.4.0', 'What makes an old advert known as such.', { default: 'time' }),
    value('time_window', integer('SECONDS', 1, 300, 's'), '2.4.0', 'How far clocks may be apart in time mode.', {
      default: 'max(3 × advert_int, 5)',
    }),
    value('mode', choice('MODE', ['enforce', 'permissive', 'receive-only']), '2.4.0', 'Whether unsigned adverts count, for a roll-out.', {
      default: 'enforce',
    }),
  ],
}
