// Codes of the nodes of a set against each other.
import { type CatalogueSection, entry } from './entry.ts'

/** keepalived never sees the other node's file. */
const between = (meaning: string, mend: string): ReturnType<typeof entry> => entry(meaning, '', mend)
const TWO = 'Each node drops the other’s adverts, so both hold the addresses at once.'

export const set: CatalogueSection = {
  name: 'set',
  title: 'Between the nodes (`havip check --set`)',
  entries: {
    'set-alone': between(
      'A virtual router is on one node only: when that node fails nobody takes its addresses.',
      'Add it to another node.',
    ),
    'set-vrid-differs': between(`virtual_router_id differs. ${TWO}`, 'Write the same number.'),
    'set-family-differs': between(`One node’s addresses are IPv4, the other’s IPv6. ${TWO}`, 'Use one family per virtual router.'),
    'set-version-differs': between(`version differs. ${TWO}`, 'Write the same version.'),
    'set-authentication-differs': between(`auth_type differs. ${TWO}`, 'Write the same type.'),
    'set-password-differs': between(`auth_pass differs. ${TWO}`, 'Write the same password.'),
    'set-interval-differs': between(
      'advert_int differs. In version 2 each node drops the other’s adverts; in version 3 the time to a takeover depends on who fails.',
      'Write the same interval.',
    ),
    'set-checksum-differs': between(
      `The form of the checksum differs. ${TWO}`,
      'Write v3_checksum_as_v2 (or old_unicast_checksum) on all nodes or none.',
    ),
    'set-multicast-group-differs': between('The nodes speak to different groups: neither hears the other.', 'Write the same group.'),
    'set-transport-differs': between(
      'One node sends unicast, the other multicast: neither takes the other’s adverts.',
      'Use unicast_peer on all nodes or none.',
    ),
    'set-addresses-differ': between(
      'An address is missing on one node: while that node is master nobody answers there.',
      'List the same addresses.',
    ),
    'set-advertised-differ': between(
      'An address is in the adverts of one node and excluded on the other.',
      'List it in the same block on all nodes.',
    ),
    'set-prefix-differs': between(
      'An address has different prefix lengths: what is reached directly changes with the master.',
      'Write the same prefix length.',
    ),
    'set-accept-differs': between('One node drops what is sent to the virtual addresses.', 'Write no_accept on all nodes or none.'),
    'set-vmac-differs': between(
      'One node uses a virtual MAC and the other its own: the address behind the addresses changes at each failover.',
      'Write use_vmac on all nodes or none.',
    ),
    'set-source-equal': between('Two nodes send from one address.', 'Give each its own.'),
    'set-source-virtual': between(
      'A node sends from an address that moves with the master.',
      'Send from an address that only this node has; only with priority 255 is a node the owner of the virtual address.',
    ),
    'set-peer-missing': between(
      'A node does not send to another one, which then becomes master, too.',
      'List every other node’s source address in unicast_peer.',
    ),
    'set-peers-equal': between(
      'Two nodes have the same peers and no source address of their own, so one of them sends to itself.',
      'List the other nodes on each, and write unicast_src_ip.',
    ),
    'set-peer-itself': between('A node has itself as a peer.', 'List the other nodes.'),
    'set-peer-unknown': between('A peer is none of the nodes given.', 'Remove it, or check the set with that node’s file, too.'),
    'set-ttl-outside': between(
      'A node’s TTL limits do not admit what the other sends with: its adverts are dropped.',
      'Make unicast_ttl and min_ttl, max_ttl fit.',
    ),
    'set-hmac-differs': between(
      'One node signs and the other does not know of it, or wants signatures that nobody makes: adverts are dropped.',
      'Roll out on all nodes: receive-only, then permissive, then enforce.',
    ),
    'set-key-unknown': between(
      'A node signs with a key that the other does not have: its adverts are dropped.',
      'Add the key everywhere before it becomes active.',
    ),
    'set-key-differs': between('A key id stands for different keys.', 'Write the same key, or another id.'),
    'set-replay-differs': between('The nodes know old adverts in different ways.', 'Write the same anti_replay.'),
    'set-two-owners': between('Two nodes have priority 255, so both are master from their start.', 'Give one of them 254 or less.'),
    'set-priority-equal': between(
      'Two nodes have one priority: who becomes master is left to their addresses and to chance.',
      'Give each its own.',
    ),
    'set-weights-reverse': between(
      'With all trackers well another node than the one of the highest priority is master.',
      'Add the weights up: base plus positive weights.',
    ),
    'set-weight-too-small': between(
      'A tracker’s failure leaves the priority above the other node’s: it can never move the service.',
      'Make the weight larger than the distance of the priorities, or 0 for FAULT.',
    ),
    'set-weight-ties': between(
      'A tracker’s failure makes the priorities equal, and a backup yields to an equal: it can never move the service.',
      'Make the weight larger than the distance.',
    ),
    'set-weight-only-together': between('A tracker moves the service only together with others.', 'Nothing, if that is meant.'),
    'set-weight-with-nopreempt': between(
      'nopreempt leaves a master of lower priority in peace, so a weight can never move the service.',
      'Use weight 0, or remove nopreempt.',
    ),
    'set-not-tracked': between('One node watches its service, the other does not.', 'Track the same on all nodes.'),
    'set-preempts-anyway': between(
      'nopreempt is on the lower node, where it has nothing to do: the higher one takes the service back.',
      'Write `state BACKUP` and nopreempt on the higher node, too.',
    ),
    'set-preempt-delay-misplaced': between(
      'preempt_delay is on the lower node only, where it has nothing to delay.',
      'Write it on the higher node.',
    ),
    'set-two-masters-wished': between(
      '`state MASTER` is on several nodes and decides nothing.',
      'Leave it on the node of the highest priority.',
    ),
    'set-state-misleads': between('`state MASTER` is on a node that will not be master.', 'Write BACKUP, or change the priorities.'),
    'set-sync-group-differs': between(
      'Routers change together on one node and apart on the other.',
      'Write the same vrrp_sync_group on all nodes.',
    ),
    'set-sync-group-torn': between(
      'Members of one sync group have their highest priorities on different nodes.',
      'Give all members of a group the same order of priorities on all nodes.',
    ),
    'set-router-id-equal': between('The mails of both nodes carry one name.', 'Give each its own router_id.'),
    'set-predicted-outage': between(
      'How long clients would wait after this kind of fault, from the figures of the files; no problem.',
      'A shorter advert_int, or version 3, makes it shorter.',
    ),
  },
}
