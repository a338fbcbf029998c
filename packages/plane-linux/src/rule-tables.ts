// The tables of one router: its sets and its chains, as text. Chains never change; a change of the network touches elements only.
// Table `bridge havip` guards the ports and fences the HAVIPs; `ip havip` does the EIPs' translation and policing, `ip6 havip` keeps IPv6 inside.
import { claimChains, countedDrop, senderRules } from './claim-chains.ts'
import { uplink } from './names.ts'
import { ipv6Chains, ipv6Sets } from './rule-tables-ipv6.ts'

export type Family = 'bridge' | 'ip' | 'ip6'
export type SetDefinition = { readonly family: Family; readonly kind: 'set' | 'map'; readonly body: string }

/**
 * What nobody has announced for ten years is forgotten. The timeout is there for its remainder, which tells the age of an
 * element, also of one that a packet made while no daemon of ours ran.
 */
export const announcementTimeoutDays = 3650
const addressesMax = 65_536

const perPort = { family: 'bridge', kind: 'set', body: 'type ifname; counter;' } as const
const perEip = { family: 'ip', kind: 'set', body: 'type ipv4_addr; counter;' } as const
const writtenByPacket = (kind: 'set' | 'map', key: string) =>
  ({
    family: 'bridge',
    kind,
    body: `${key}; flags dynamic,timeout; timeout ${announcementTimeoutDays}d; size ${addressesMax};`,
  }) as const

/** What was under way when an owner gave an address up is answered within so long, or was lost anyway. */
const fadeMs = 300
const forAMoment = (key: string) =>
  ({ family: 'bridge', kind: 'set', body: `${key}; flags dynamic,timeout; timeout ${fadeMs}ms; size ${addressesMax};` }) as const

/** Every set and map: its name, and what it holds. */
export const sets = {
  /** Port and the MAC it may use. */
  senders: { family: 'bridge', kind: 'set', body: 'type ifname . ether_addr;' },
  /** Port and each address it may use; the comment tells its own from a HAVIP. */
  sources: { family: 'bridge', kind: 'set', body: 'type ifname . ipv4_addr;' },
  /** Addresses that are HAVIPs; the comment holds `<havip id> <vswitch id>`. */
  havips: { family: 'bridge', kind: 'set', body: 'type ipv4_addr;' },
  /** Each HAVIP twice: sender and target of an announcement are the same, which no rule can ask for otherwise. */
  gratuitous: { family: 'bridge', kind: 'set', body: 'type ipv4_addr . ipv4_addr;' },
  /** A number for each port, since only numbers can be carried from one set to the next. */
  marks: { family: 'bridge', kind: 'map', body: 'type ifname : mark;' },
  /** Ports, each with a count of the frames dropped for this fault. */
  spoofed_mac: perPort,
  spoofed_ipv4: perPort,
  spoofed_arp: perPort,
  spoofed_ipv6: perPort,
  /** Neighbour solicitations and advertisements of IPv6 with another's address or MAC. */
  spoofed_nd: perPort,
  unbound_havip: perPort,
  /** All IPv6, at a port whose vSwitch has none. */
  dropped_ipv6: perPort,
  /** From and for a HAVIP at a bound port that does not own it. */
  fenced: perPort,
  /** What no instance may say, true or not: IPv4 options, redirects, router and DHCP server answers, tags, other protocols. */
  forbidden: perPort,
  /** HAVIP and mark of the port that owns it, and by address; written by each take-over, so the age is the owner's. */
  owner: writtenByPacket('set', 'type ipv4_addr . mark'),
  owner_mark: writtenByPacket('map', 'type ipv4_addr : mark'),
  /** HAVIP and port: when its owner was last heard, refreshed by every ARP packet of it. */
  announced: writtenByPacket('set', 'type ipv4_addr . ifname'),
  /** Likewise of a bound port that claimed it in vain. */
  contested: writtenByPacket('set', 'type ipv4_addr . ifname'),
  /** HAVIP and port that lost a conflict: not even an announcement passes. Put by hostd, and gone by itself when hostd is. */
  held: { family: 'bridge', kind: 'set', body: `type ipv4_addr . ifname; flags timeout; size ${addressesMax};` },
  /** HAVIP and mark of the port that owned it a moment ago, and HAVIPs that moved a moment ago. */
  fading: forAMoment('type ipv4_addr . mark'),
  moved: forAMoment('type ipv4_addr'),
  ...ipv6Sets(writtenByPacket, forAMoment, addressesMax),
  /** EIP to private address, and back. */
  eip_in: { family: 'ip', kind: 'map', body: 'type ipv4_addr : ipv4_addr;' },
  eip_out: { family: 'ip', kind: 'map', body: 'type ipv4_addr : ipv4_addr;' },
  /** EIP and its target; the comment holds the EIP's id. A flow whose pair is gone is cut. */
  eip_pairs: { family: 'ip', kind: 'set', body: 'type ipv4_addr . ipv4_addr;' },
  /** EIP to the limit of its bandwidth, each direction its own. */
  eip_limit_in: { family: 'ip', kind: 'map', body: 'type ipv4_addr : limit;' },
  eip_limit_out: { family: 'ip', kind: 'map', body: 'type ipv4_addr : limit;' },
  /** EIPs, each with a count of what passed and of what its limit cut off. */
  eip_traffic_in: perEip,
  eip_traffic_out: perEip,
  eip_dropped_in: perEip,
  eip_dropped_out: perEip,
} as const satisfies Record<string, SetDefinition>
export type SetName = keyof typeof sets
export const setNames = Object.keys(sets) as SetName[]

/** Sets that packets or arbitration write: never part of a difference of what is meant. */
export const volatileSets: ReadonlySet<SetName> = new Set(
  (['owner', 'owner_mark', 'announced', 'contested', 'held', 'fading', 'moved'] as const).flatMap((name) => [name, `${name}6` as const]),
)

export type Chain = { readonly family: Family; readonly name: string; readonly hook?: string; readonly rules: readonly string[] }

/** IEEE 802.1Q table 8-1. */
const reservedGroup = (verdict: string): string => `ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 ${verdict}`

/** In the order of creation: a chain that is jumped to comes before those that jump. */
export const chains: readonly Chain[] = [
  { family: 'bridge', name: 'forbid', rules: countedDrop('forbidden') },
  { family: 'bridge', name: 'fenced_drop', rules: countedDrop('fenced') },
  ...claimChains({
    name: '',
    sets: '',
    address: 'arp saddr ip',
    announces: 'arp saddr ip . arp daddr ip @gratuitous',
    granted: 'accept',
  }),
  {
    family: 'bridge',
    name: 'check_arp_address',
    rules: [
      // RFC 5227 §2.1.1: whoever asks whether an address is free has none to send from.
      'arp operation request arp saddr ip 0.0.0.0 accept',
      'iifname . arp saddr ip != @sources arp saddr ip @havips iifname @unbound_havip',
      `iifname . arp saddr ip != @sources iifname @spoofed_arp drop`,
      'iifname . arp saddr ip != @sources drop',
      'arp saddr ip @havips goto claim',
      'accept',
    ],
  },
  {
    family: 'bridge',
    name: 'check_arp',
    rules: [
      'arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp operation { request, reply } iifname . arp saddr ether @senders goto check_arp_address',
      ...countedDrop('spoofed_arp'),
    ],
  },
  {
    family: 'bridge',
    name: 'check_ipv4',
    rules: [
      'iifname . ip saddr != @sources iifname @spoofed_ipv4 drop',
      'iifname . ip saddr != @sources drop',
      // Source routes and their kin; nothing that an instance needs has options.
      'ip hdrlength > 5 goto forbid',
      'icmp type { redirect, router-advertisement, router-solicitation } goto forbid',
      // A DHCP server's answer.
      'udp sport 67 goto forbid',
      ...senderRules('', 'ip saddr'),
    ],
  },
  ...ipv6Chains,
  {
    family: 'bridge',
    name: 'check_payload',
    rules: [
      reservedGroup('goto forbid'),
      // Of a tagged frame the rules below would see the inside only.
      '@ll,96,16 != { 0x0800, 0x0806, 0x86dd } goto forbid',
      'ether type arp goto check_arp',
      'ether type ip goto check_ipv4',
      'goto check_ipv6',
    ],
  },
  {
    family: 'bridge',
    name: 'from_port',
    // A port without elements (one that is just being made) passes nothing.
    hook: 'type filter hook prerouting priority -300; policy drop;',
    rules: ['iifname . ether saddr @senders goto check_payload', 'iifname @spoofed_mac drop'],
  },
  {
    family: 'bridge',
    name: 'to_router',
    hook: 'type filter hook input priority -300; policy accept;',
    // Slow protocols (01:80:c2:00:00:02) come this way only, see `putSwitch`.
    rules: [reservedGroup('drop')],
  },
  {
    family: 'bridge',
    name: 'to_port',
    hook: 'type filter hook postrouting priority 0; policy accept;',
    // A neighbour that has not heard of the take-over yet still sends to the old owner.
    rules: [
      'ether type ip6 goto to_port6',
      'ip daddr != @havips accept',
      'meta mark set oifname map @marks ip daddr . meta mark @owner accept',
      'meta mark set ip daddr map @owner_mark oifname @fenced drop',
      'meta mark set ip daddr map @owner_mark drop',
    ],
  },
  { family: 'ip', name: 'over_limit_in', rules: ['ip daddr @eip_dropped_in drop', 'drop'] },
  { family: 'ip', name: 'over_limit_out', rules: ['ip saddr @eip_dropped_out drop', 'drop'] },
  {
    family: 'ip',
    name: 'police_in',
    hook: 'type filter hook prerouting priority -150; policy accept;',
    // What comes from a port and not from its bridge has passed by all of the above.
    rules: [
      'iifname "p*" drop',
      `iifname "${uplink}" limit name ip daddr map @eip_limit_in goto over_limit_in`,
      `iifname "${uplink}" ip daddr @eip_traffic_in`,
    ],
  },
  {
    family: 'ip',
    name: 'translate_in',
    hook: 'type nat hook prerouting priority -100; policy accept;',
    // Also from inside: an EIP of this VPC is reached without a way over the Internet.
    rules: ['dnat to ip daddr map @eip_in'],
  },
  {
    family: 'ip',
    name: 'to_router_itself',
    hook: 'type filter hook input priority 0; policy accept;',
    // Nothing listens there; what a probe of ours asked for is answered.
    rules: ['ct state established,related accept', 'iifname "lo" accept', 'icmp type echo-request accept', 'drop'],
  },
  {
    family: 'ip',
    name: 'check_flow',
    rules: [
      // VRRP ends at the edge of a VPC, plain or authenticated.
      'ip protocol { 112, ah } drop',
      // From the Internet, then from inside; the pair has to be bound now, not only when the flow began.
      'ct original ip daddr . ct reply ip saddr @eip_pairs accept',
      'ct reply ip daddr . ct original ip saddr @eip_pairs accept',
      // Not translated yet at this place; `fence` drops it when it never is.
      `oifname "${uplink}" ct state new ct direction original accept`,
      'drop',
    ],
  },
  {
    family: 'ip',
    name: 'forward',
    hook: 'type filter hook forward priority 0; policy accept;',
    rules: [
      `iifname "${uplink}" goto check_flow`,
      `oifname "${uplink}" goto check_flow`,
      'ct status dnat ct original ip daddr . ct reply ip saddr != @eip_pairs drop',
    ],
  },
  {
    family: 'ip',
    name: 'translate_out',
    hook: 'type nat hook postrouting priority 100; policy accept;',
    rules: [
      `oifname "${uplink}" snat to ip saddr map @eip_out`,
      // From inside to an EIP of ours: the answer has to come back through the router, also from a neighbour.
      `iifname != "${uplink}" ct status dnat snat to ip saddr map @eip_out`,
      `iifname != "${uplink}" ct status dnat masquerade`,
    ],
  },
  {
    family: 'ip',
    name: 'fence',
    hook: 'type filter hook postrouting priority 150; policy accept;',
    rules: [
      `oifname "${uplink}" limit name ip saddr map @eip_limit_out goto over_limit_out`,
      // No private address of a VPC is seen on the Internet.
      `oifname "${uplink}" ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } drop`,
      `oifname "${uplink}" ip saddr @eip_traffic_out`,
    ],
  },
]
