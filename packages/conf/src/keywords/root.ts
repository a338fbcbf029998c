// Keywords outside of any block (reference 2.1).
import { type BlockTable, block, entries, flag, integer, type Keyword, lenient, optional, value, word, words } from './keyword.ts'

const name = (what: string) => word('NAME', what)
const LVS = 'Parsed and checked for form; not run by havip.'

const keywords: readonly Keyword[] = [
  block('global_defs', 'global_defs', [], '0.5', 'Settings of the whole daemon, and defaults for all instances.'),
  value('net_namespace', name('a network namespace'), '1.2.24', 'Runs in this network namespace; cannot change at reload.', {
    once: true,
    lenient: true,
  }),
  value('net_namespace_ipvs', optional(name('a network namespace')), '2.1.0', 'Network namespace for IPVS only.', {
    havip: 'havip has no IPVS; accepted and not used.',
    once: true,
  }),
  flag('namespace_with_ipsets', '1.3.0', 'Allows ipsets together with a namespace on old kernels.', {
    default: 'off',
    havip: 'Accepted and not used: havip uses nftables.',
  }),
  value(
    'instance',
    name('this daemon'),
    '1.2.24',
    'Name of this daemon, part of its pid file, log and data file names; cannot change at reload.',
    { once: true, lenient: true },
  ),
  flag('use_pid_dir', '1.2.24', 'Puts the pid files into /run/keepalived/.', { default: 'off' }),
  value(
    'child_wait_time',
    integer('SECONDS', 0, 86_400, 's'),
    '2.0.0',
    'How long the parent waits for its children at stop before it kills them.',
    { default: '5' },
  ),
  flag('linkbeat_use_polling', '1.1.18', 'Asks each interface for its link state once a second instead of listening to the kernel.', {
    default: 'off',
  }),
  entries('linkbeat_interfaces', 'INTERFACE [MII|ETHTOOL|IOCTL]', '2.0.13', 'Interfaces whose link state is asked for once a second.'),
  entries('static_ipaddress', 'ADDRESS[/PREFIX] [option…]', '1.1.0', 'Addresses that are there as long as the daemon runs.'),
  entries('static_routes', 'DESTINATION [option…]', '1.0.1', 'Routes that are there as long as the daemon runs.'),
  entries('static_rules', 'selector… action', '1.2.20', 'Policy routing rules that are there as long as the daemon runs.'),
  block(
    'track_group',
    'track_group',
    [name('the group')],
    '2.0.3',
    'Instances that go to FAULT when a static address, route or rule of this group disappears.',
  ),
  block('vrrp_sync_group', 'vrrp_sync_group', [name('the group')], '0.6.1', 'Instances that change their state together.'),
  block('vrrp_instance', 'vrrp_instance', [name('the instance')], '0.5', 'One virtual router on one interface.'),
  block('vrrp_script', 'vrrp_script', [name('the script')], '1.1.13', 'A command whose exit status is tracked.'),
  block('vrrp_track_process', 'vrrp_track_process', [name('the tracker')], '2.0.11', 'Processes that have to run.'),
  block('track_file', 'track_file', [name('the tracker')], '2.1.0', 'A file whose number changes priorities.'),
  block('vrrp_track_file', 'track_file', [name('the tracker')], '2.0.0', 'A file whose number changes priorities.', {
    deprecated: 'track_file',
  }),
  block('bfd_instance', 'bfd_instance', [word('NAME', 'the session', 31)], '2.0.0', 'A BFD session with a neighbour (RFC 5880).'),
  block('garp_group', 'garp_group', [], '1.2.21', 'Gaps between gratuitous ARPs of some interfaces.'),
  entries(
    'interface_up_down_delays',
    'INTERFACE DOWN [UP]',
    '2.2.3',
    'How long a change of an interface has to last before it counts, in seconds.',
    {
      havip: 'As in keepalived, an omitted UP is 0.',
    },
  ),
  block('webhook', 'webhook', [name('the webhook')], 'havip', 'Sends what happens to an address on the network, in order and with retry.', {
    havip: 'A keyword of havip; keepalived reports it and each line of its block as unknown and goes on.',
  }),
  block('SSL', 'SSL', [], '0.5', 'Client certificate of HTTPS checks.', { havip: LVS, once: true }),
  entries('virtual_server_group', 'ADDRESS[-RANGE] [PORT] | fwmark MARK', '1.0.0', 'Addresses that share one set of real servers.', {
    havip: LVS,
    label: name('the group'),
  }),
  block(
    'virtual_server',
    'virtual_server',
    [words('ADDRESS PORT | fwmark MARK | group NAME', 'a virtual server')],
    '0.5',
    'An IPVS virtual server.',
    { havip: LVS },
  ),
]

export const root: BlockTable = {
  name: 'root',
  title: 'Top level',
  keywords: lenient(keywords, ['vrrp_instance', 'vrrp_sync_group', 'track_group']),
}
