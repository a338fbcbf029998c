// Codes of LVS, which havip checks and does not run.
import { type CatalogueSection, entry } from './entry.ts'

const IGNORES = 'Ignores the entry.'

export const lvs: CatalogueSection = {
  name: 'lvs',
  title: 'LVS',
  entries: {
    'check-incomplete': entry('A health check lacks what it needs.', IGNORES, 'Write what the message names.'),
    'no-real-server': entry('A virtual server has nobody behind it.', 'Removes it.', 'Add real_server blocks.'),
    'no-method': entry('A virtual server has no forwarding method.', 'Uses NAT.', 'Write lvs_method.'),
    'unknown-method': entry('The word is no forwarding method.', 'Ignores it.', 'Write NAT, DR or TUN.'),
    'no-protocol': entry('A virtual server has no protocol.', 'Uses UDP or TCP.', 'Write protocol.'),
    'unknown-protocol': entry('The word is no protocol of a virtual server.', 'Ignores it.', 'Write TCP, UDP or SCTP.'),
    'protocol-with-mark': entry('A firewall mark selects packets already.', 'Ignores the protocol.', 'Remove it.'),
    'no-scheduler': entry('A virtual server has no scheduler.', 'Uses wlc.', 'Write lvs_sched.'),
    'unknown-scheduler': entry('The scheduler is none of the kernel’s own.', 'Uses wlc.', 'Correct the name.'),
    'bad-mark': entry('The word is no firewall mark.', IGNORES, 'Write a number.'),
    'bad-port': entry('The word is no port.', IGNORES, 'Write 0 to 65535.'),
    'bad-persistence': entry('The word is no persistence timeout.', 'Ignores it.', 'Write seconds.'),
    'port-0-needs-persistence': entry(
      'Port 0 stands for all ports of a persistent service.',
      'Switches persistence on.',
      'Write persistence_timeout.',
    ),
    'port-differs': entry('Without NAT a port cannot change.', 'Uses the virtual server’s.', 'Write the same port.'),
    'port-with-mark': entry('Without NAT a server of a mark has no port.', 'Clears it.', 'Remove it.'),
    'quorum-too-high': entry('All real servers together do not reach the quorum.', 'Reduces it.', 'Lower the quorum or raise the weights.'),
    'group-not-found': entry('A virtual server names a group that is not there.', 'Ignores the virtual server.', 'Correct the name.'),
    'mark-without-family': entry(
      'A group has addresses of both families, and a mark could be of either.',
      'Removes the group.',
      'Write inet or inet6 behind the mark.',
    ),
    'duplicate-real-server': entry('A virtual server has the same real server twice.', 'Removes the second.', 'Remove one.'),
    'no-sorry-server': entry(
      'A setting of the sorry server stands before it, or there is none.',
      'Ignores it.',
      'Write it below sorry_server.',
    ),
    'inhibit-differs': entry(
      'The sorry server is a real server, too, and only one of both is inhibited on failure.',
      'Inhibits both.',
      'Write sorry_server_inhibit and inhibit_on_failure, or none of them.',
    ),
    'flag-without-scheduler': entry('The flag is for the schedulers sh and mh.', 'Ignores it.', 'Write the scheduler before it.'),
    'ops-needs-udp': entry('One-packet scheduling is for UDP.', 'Clears it.', 'Remove ops.'),
    'suspend-with-mark': entry('A firewall mark has no address whose absence could be waited for.', 'Clears ha_suspend.', 'Remove it.'),
    'hysteresis-too-high': entry('The hysteresis reaches the quorum.', 'Reduces it.', 'Write less than the quorum.'),
    'bad-granularity': entry('The word is no mask of clients.', 'Ignores it.', 'Write a mask, or a prefix length for IPv6.'),
    'check-target-not-found': entry(
      'A check names a file or a BFD session that is not defined before it.',
      'Ignores the check.',
      'Correct the name, or move the definition up.',
    ),
    'bad-digest': entry('The word is no MD5.', 'Ignores it.', 'Write 32 hexadecimal digits, as genhash prints them.'),
    'bad-status-code': entry('The word is no HTTP status.', 'Ignores it.', 'Write 100 to 599, or a range.'),
    'bad-hex': entry('The word is no string of hexadecimal digits.', 'Ignores it.', 'Write two digits a byte.'),
    'bad-host-name': entry('A name has an empty label.', 'Ignores it.', 'Remove the second dot.'),
    'length-impossible': entry('No reply has both lengths.', 'Warns: the check always fails.', 'Write a least length below the greatest.'),
    'no-check-script-security': entry(
      'Scripts of LVS checks are there and script security is off; havip runs none of them, keepalived would.',
      'Warns (exit status 6).',
      'Write enable_script_security and script_user.',
    ),
  },
}
