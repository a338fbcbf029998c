// One small text for each code that no other test has, and where in it the problem is shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseText } from '../parse.ts'

const examples: readonly (readonly [code: string, text: string, at: string])[] = [
  ['include-without-pattern', 'include\n', 'include'],
  [
    'random-bounds',
    '$X=\u0024{_RANDOM 9 1}\nvrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\npriority \u0024{_RANDOM 9 1}\n}\n',
    '\u0024{_RANDOM 9 1}',
  ],
  [
    'multi-line-parameter-inside-line',
    '$X=\\\npriority 5\\\nnopreempt\nvrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\n\u0024{X} more\n}\n',
    '\u0024{X}',
  ],
  ['condition-without-id', '@ foo\n', '@ foo'],
  [
    'too-deep',
    'vrrp_instance V {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\nx {\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n',
    'x',
  ],
  [
    'unexpected-open',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\npriority 90 {\n}\n}\n',
    '{',
  ],
  ['extra-words', 'vrrp_instance V W {\n}\n', 'W'],
  [
    'deprecated-keyword',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nnative_ipv6\n}\n',
    'native_ipv6',
  ],
  [
    'not-a-number',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ndown_timer_adverts many\n}\n',
    'many',
  ],
  [
    'trailing-characters',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ndown_timer_adverts 5s\n}\n',
    '5s',
  ],
  ['too-many-decimal-places', 'global_defs {\nvrrp_startup_delay 1.12345678\n}\n', '1.12345678'],
  [
    'not-a-switch',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nsmtp_alert maybe\n}\n',
    'maybe',
  ],
  ['switch-ignores-argument', 'global_defs {\nenable_script_security off\n}\n', 'off'],
  [
    'not-a-choice',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nold_unicast_checksum often\n}\n',
    'often',
  ],
  [
    'bad-interface-name',
    'vrrp_instance VI {\ninterface averyveryverylongname\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ntrack_interface {\neth0\n}\n}\n',
    'averyveryverylongname',
  ],
  [
    'bad-address',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nmcast_src_ip nowhere\n}\n',
    'nowhere',
  ],
  [
    'prefix-without-meaning',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nmcast_src_ip 10.0.0.1/24\n}\n',
    '10.0.0.1/24',
  ],
  [
    'prefix-with-peer',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9/24 peer 10.0.0.8/32\n}\n\n}\n',
    '10.0.0.8/32',
  ],
  ['empty-list', 'global_defs {\nnotification_email {\n}\n}\n', 'notification_email'],
  ['bad-scope', 'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9 scope wide\n}\n\n}\n', 'wide'],
  ['bad-broadcast', 'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9/24 brd all\n}\n\n}\n', 'all'],
  [
    'broadcast-needs-network',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9/32 brd +\n}\n\n}\n',
    '10.0.0.9/32',
  ],
  [
    'broadcast-with-peer',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9 peer 10.0.0.8/24 brd 10.0.0.255\n}\n\n}\n',
    '10.0.0.9',
  ],
  [
    'label-too-long',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9 label eth0:averyverylong\n}\n\n}\n',
    'eth0:averyverylong',
  ],
  [
    'not-for-ipv6',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\nfe80::9 label eth0:1\n}\n\n}\n',
    'eth0:1',
  ],
  [
    'bad-peer-address',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9 peer fe80::1\n}\n\n}\n',
    'fe80::1',
  ],
  [
    'bad-lifetime',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9 preferred_lft long\n}\n\n}\n',
    'long',
  ],
  [
    'bad-mac',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nuse_vmac vrrp.1 01:02:03:04:05:06\n}\n',
    '01:02:03:04:05:06',
  ],
  ['bad-umask', 'global_defs {\numask u=rw\n}\n', 'umask u=rw'],
  ['bad-cpu', 'global_defs {\nvrrp_cpu_affinity 0 one\n}\n', 'one'],
  [
    'bad-ttl',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2 min_ttl 300\n}\n}\n',
    '300',
  ],
  ['not-multicast', 'global_defs {\nvrrp_mcast_group4 10.0.0.1\n}\n', 'vrrp_mcast_group4 10.0.0.1'],
  ['same-fifo', 'global_defs {\nnotify_fifo /run/f\nvrrp_notify_fifo /run/f\n}\n', '/run/f'],
  ['uses-nftables', 'global_defs {\nvrrp_iptables\n}\n', 'vrrp_iptables'],
  [
    'bad-vrid',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 256\nvirtual_ipaddress {\n10.0.0.9\n}\n\n}\n',
    'virtual_router_id 256',
  ],
  [
    'address-without-interface',
    'vrrp_instance V {\nvirtual_router_id 1\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}\nvirtual_ipaddress {\n10.0.0.9\n10.0.0.8 dev eth0\n}\n}\n',
    '10.0.0.9',
  ],
  [
    'first-address-not-link-local',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n2001:db8::9\n}\n\n}\n',
    '2001:db8::9',
  ],
  [
    'link-local-without-interface',
    'vrrp_instance V {\nvirtual_router_id 1\nunicast_src_ip fe80::1\nunicast_peer {\nfe80::2\n}\nvirtual_ipaddress {\nfe80::9 dev eth0\n}\n}\n',
    'V',
  ],
  [
    'unknown-authentication',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nauthentication {\nauth_type MD5\nauth_pass x\n}\n}\n',
    'auth_type MD5',
  ],
  [
    'ah-with-ipv6',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\nfe80::9\n}\nversion 2\nauthentication {\nauth_type AH\nauth_pass x\n}\n}\n',
    'auth_type AH',
  ],
  [
    'duplicate-key',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nauth_hmac {\nkey 1 kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\nkey 1 llllllllllllllllllllllllllllllll\nactive_key 1\n}\n}\n',
    'key 1 llllllllllllllllllllllllllllllll',
  ],
  [
    'strict-accept',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\nstate BACKUP\naccept\n}\n',
    'accept',
  ],
  [
    'strict-base',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\nuse_vmac\nvmac_xmit_base\n}\n',
    'vmac_xmit_base',
  ],
  [
    'strict-down-timer',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\ndown_timer_adverts 5\n}\n',
    'down_timer_adverts 5',
  ],
  [
    'strict-garp',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\ngarp_lower_prio_delay 5\n}\n',
    'garp_lower_prio_delay 5',
  ],
  [
    'strict-hmac',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\nauth_hmac {\nkey 1 kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\nactive_key 1\nmode permissive\n}\n}\n',
    'mode permissive',
  ],
  [
    'strict-mac',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nstrict_mode\nuse_vmac vrrp.1 02:02:03:04:05:06\n}\n',
    'use_vmac vrrp.1 02:02:03:04:05:06',
  ],
  [
    'strict-version',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\nfe80::9\n}\nstrict_mode\nversion 2\n}\n',
    'version 2',
  ],
  [
    'vmac-and-ipvlan',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nuse_vmac\nuse_ipvlan\n}\n',
    'use_ipvlan',
  ],
  [
    'vmac-without-interface',
    'vrrp_instance V {\nvirtual_router_id 1\nuse_vmac\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}\nvirtual_ipaddress {\n10.0.0.9 dev eth0\n}\n}\n',
    'use_vmac',
  ],
  [
    'promote-with-vmac',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nuse_vmac\npromote_secondaries\n}\n',
    'promote_secondaries',
  ],
  [
    'ipvlan-without-address',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\nuse_ipvlan\n}\n',
    'use_ipvlan',
  ],
  [
    'tracked-file-not-found',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ntrack_file {\nf\n}\n}\n',
    'f',
  ],
  [
    'tracked-process-not-found',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ntrack_process {\np\n}\n}\n',
    'p',
  ],
  [
    'tracked-bfd-not-found',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\ntrack_bfd {\nb\n}\n}\n',
    'b',
  ],
  ['script-without-command', 'vrrp_script s {\ninterval 5\n}\n', 's'],
  ['script-not-used', 'vrrp_script s {\nscript /bin/true\n}\n', 's'],
  ['process-without-command', 'vrrp_track_process p {\nquorum 1\n}\n', 'p'],
  ['quorum-impossible', 'vrrp_track_process p {\nprocess x\nquorum 5\nquorum_max 2\n}\n', 'quorum_max 2'],
  ['track-file-without-path', 'track_file f {\nweight 1\n}\n', 'f'],
  ['bfd-without-neighbor', 'bfd_instance b {\nmin_rx 10\n}\n', 'b'],
  ['empty-group', 'vrrp_sync_group g {\ngroup {\n}\n}\n', 'g'],
  [
    'group-with-some-owners',
    'vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\npriority 255\n}\nvrrp_instance B {\ninterface eth0\nvirtual_router_id 52\nvirtual_ipaddress {\n10.0.0.8\n}\npriority 100\n}\nvrrp_sync_group g {\ngroup {\nA\nB\n}\n}\n',
    'g',
  ],
  ['member-not-found', 'vrrp_sync_group g {\ngroup {\nX\n}\n}\n', 'X'],
  [
    'member-of-two',
    'vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9\n}\n\n}\nvrrp_sync_group g {\ngroup {\nVI\n}\n}\nvrrp_sync_group h {\ngroup {\nVI\n}\n}\n',
    'VI',
  ],
  ['track-group-not-found', 'static_ipaddress {\n10.0.0.1 dev eth0 track_group t\n}\n', '10.0.0.1 dev eth0 track_group t'],
  [
    'track-group-without-interface',
    'track_group t {\ngroup {\nVI\n}\n}\nstatic_routes {\n10.1.0.0/16 via 10.0.0.254 track_group t\n}\n',
    '10.1.0.0/16 via 10.0.0.254 track_group t',
  ],
  ['garp-group-without-interval', 'garp_group {\ninterface eth0\n}\n', 'garp_group'],
  ['route-without-destination', 'static_routes {\nvia 10.0.0.254\n}\n', 'via 10.0.0.254'],
  ['tracked-protocol', 'static_routes {\n10.1.0.0/16 via 10.0.0.254 protocol static\n}\n', '10.1.0.0/16 via 10.0.0.254 protocol static'],
  ['rule-without-action', 'static_rules {\nfrom 10.0.0.9 preference 5\n}\n', 'from 10.0.0.9 preference 5'],
  ['rule-without-preference', 'static_rules {\nfrom 10.0.0.9 table 7\n}\n', 'from 10.0.0.9 table 7'],
  ['goto-backwards', 'static_rules {\nfrom 10.0.0.9 goto 3 preference 5\n}\n', 'from 10.0.0.9 goto 3 preference 5'],
  ['check-incomplete', 'virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\nMISC_CHECK {\n}\n}\n}\n', 'MISC_CHECK'],
  ['no-real-server', 'virtual_server 10.0.0.1 80 {\nprotocol TCP\n}\n', 'virtual_server 10.0.0.1 80'],
  [
    'no-method',
    'virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n',
    'virtual_server 10.0.0.1 80',
  ],
  ['unknown-method', 'virtual_server 10.0.0.1 80 {\nlvs_method HOP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'HOP'],
  ['no-protocol', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'virtual_server 10.0.0.1 80'],
  ['unknown-protocol', 'virtual_server 10.0.0.1 80 {\nprotocol ICMP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'protocol ICMP'],
  ['protocol-with-mark', 'virtual_server fwmark 5 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'protocol TCP'],
  ['no-scheduler', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'virtual_server 10.0.0.1 80'],
  [
    'unknown-scheduler',
    'virtual_server 10.0.0.1 80 {\nlvs_sched best\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n',
    'lvs_sched best',
  ],
  ['bad-mark', 'virtual_server_group g {\nfwmark red\n}\n', 'fwmark red'],
  ['bad-port', 'virtual_server_group g {\n10.0.0.1 http\n}\n', 'http'],
  [
    'bad-persistence',
    'virtual_server 10.0.0.1 80 {\npersistence_timeout long\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n',
    'persistence_timeout long',
  ],
  [
    'port-0-needs-persistence',
    'virtual_server 10.0.0.1 0 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n',
    'virtual_server 10.0.0.1 0',
  ],
  [
    'port-with-mark',
    'virtual_server fwmark 5 {\nlvs_method DR\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n',
    'real_server 10.0.0.2 80',
  ],
  [
    'port-differs',
    'virtual_server 10.0.0.1 80 {\nlvs_method DR\nreal_server 10.0.0.2 81 {\nTCP_CHECK {\n}\n}\n}\n',
    'real_server 10.0.0.2 81',
  ],
  ['quorum-too-high', 'virtual_server 10.0.0.1 80 {\nquorum 9\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n', 'quorum 9'],
  ['group-not-found', 'virtual_server group g {\nreal_server 10.0.0.2 80 {\n}\n}\n', 'g'],
  ['mark-without-family', 'virtual_server_group g {\n10.0.0.1 80\nfe80::1 80\nfwmark 3\n}\n', 'virtual_server_group g'],
  [
    'duplicate-real-server',
    'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n}\nreal_server 10.0.0.2 {\n}\n}\n',
    'real_server 10.0.0.2',
  ],
  ['no-sorry-server', 'virtual_server 10.0.0.1 80 {\nsorry_server_inhibit\nreal_server 10.0.0.2 80 {\n}\n}\n', 'sorry_server_inhibit'],
  [
    'inhibit-differs',
    'virtual_server 10.0.0.1 80 {\nsorry_server 10.0.0.2 80\nreal_server 10.0.0.2 80 {\ninhibit_on_failure\n}\n}\n',
    'sorry_server 10.0.0.2 80',
  ],
  ['flag-without-scheduler', 'virtual_server 10.0.0.1 80 {\nsh-port\nlb_algo sh\nreal_server 10.0.0.2 80 {\n}\n}\n', 'sh-port'],
  ['ops-needs-udp', 'virtual_server 10.0.0.1 80 {\nprotocol TCP\nops\nreal_server 10.0.0.2 80 {\n}\n}\n', 'ops'],
  ['suspend-with-mark', 'virtual_server fwmark 3 {\nha_suspend\nreal_server 10.0.0.2 80 {\n}\n}\n', 'ha_suspend'],
  ['hysteresis-too-high', 'virtual_server 10.0.0.1 80 {\nhysteresis 1\nreal_server 10.0.0.2 80 {\n}\n}\n', 'hysteresis 1'],
  [
    'bad-granularity',
    'virtual_server 10.0.0.1 80 {\npersistence_granularity wide\nreal_server 10.0.0.2 80 {\n}\n}\n',
    'persistence_granularity wide',
  ],
  ['check-target-not-found', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nFILE_CHECK {\ntrack_file f\n}\n}\n}\n', 'f'],
  ['bad-digest', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\npath /\ndigest 12\n}\n}\n}\n}\n', '12'],
  [
    'bad-status-code',
    'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\npath /\nstatus_code 200-299 300-200\n}\n}\n}\n}\n',
    '300-200',
  ],
  ['bad-hex', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nUDP_CHECK {\npayload xyz\n}\n}\n}\n', 'xyz'],
  ['bad-host-name', 'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nDNS_CHECK {\nname a..b\n}\n}\n}\n', 'a..b'],
  [
    'length-impossible',
    'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nUDP_CHECK {\nmin_reply_length 5\nmax_reply_length 4\n}\n}\n}\n',
    'max_reply_length 4',
  ],
  ['no-check-script-security', 'virtual_server 10.0.0.1 80 {\nquorum_up /bin/true\nreal_server 10.0.0.2 80 {\n}\n}\n', '/bin/true'],
  ['empty-command', 'vrrp_script s {\nscript ""\n}\n', '""'],
  [
    'link-local-without-interface',
    'virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nconnect_ip fe80::1\n}\n}\n}\n',
    'TCP_CHECK',
  ],
]

for (const [code, text, at] of examples) {
  test(`${code} is reported where it is`, () => {
    const { diagnostics, texts } = parseText(text)
    const found = diagnostics.find((one) => one.code === code)
    assert.ok(found, `only ${diagnostics.map((one) => one.code).join(', ')}`)
    assert.equal(texts.get(found.at.file)?.slice(found.at.start, found.at.end), at)
    assert.ok(found.message.length > 20 && !found.message.includes('undefined'), found.message)
  })
}

test('no example has a problem without a place', () => {
  for (const [, text] of examples) {
    for (const { at, code } of parseText(text).diagnostics) assert.ok(at.start <= at.end && at.end <= text.length, code)
  }
})
