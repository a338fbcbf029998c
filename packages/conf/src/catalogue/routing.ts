// Codes of routes, rules and LVS.
import { type CatalogueSection, entry } from './entry.ts'

const IGNORES = 'Ignores the entry.'

export const routing: CatalogueSection = {
  name: 'routing',
  title: 'Routes, rules and LVS',
  entries: {
    'route-without-destination': entry('A route leads nowhere.', IGNORES, 'Write a network, an address or default.'),
    'mixed-families': entry('A route or rule has addresses of both families.', IGNORES, 'Use one family.'),
    'tracked-protocol': entry('A tracked route or rule has the protocol keepalived.', 'Uses 18.', 'Write no_track to keep another.'),
    'rule-without-action': entry('A rule says nothing to do.', IGNORES, 'Write table, goto, nop, blackhole, unreachable or prohibit.'),
    'rule-without-preference': entry(
      'A rule has no preference, so its place in the order is left to chance.',
      'Counts down from 16384.',
      'Write `preference N`.',
    ),
    'goto-backwards': entry('A rule can only jump to a later one.', IGNORES, 'Write a higher preference.'),
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
  },
}
