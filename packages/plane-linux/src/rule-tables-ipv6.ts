// The part of a router's tables that speaks of IPv6: what a port may say, and whose an address is. nft 1.0.6 has no name for the target
// of a neighbour advertisement, and compares a place in the packet with numbers only; so all addresses in these sets are numbers
// (`addressKey`), and the rules name places: bits from the start of the network header (nh) or of what follows it (th).
import { claimChains, countedDrop, senderRules } from './claim-chains.ts'
import { uplink } from './names.ts'
import type { Chain, SetDefinition } from './rule-tables.ts'

/** RFC 8200 §3, RFC 4861 §4.3 and §4.4, §4.6.1: the option right behind the fixed part. */
const source = '@nh,64,128'
const destination = '@nh,192,128'
const target = '@th,64,128'
const optionHead = '@th,192,16'
const optionMac = '@th,208,48'
const advertisementFlags = '@th,32,8'

const claimed = `typeof ${source}`

/** @param written the definition of a set that packets write. */
export const ipv6Sets = (
  written: (kind: 'set' | 'map', key: string) => SetDefinition,
  forAMoment: (key: string) => SetDefinition,
  heldSize: number,
) =>
  ({
    /** Ports that speak IPv6: those of a vSwitch that has a block. */
    ipv6_ports: { family: 'bridge', kind: 'set', body: 'type ifname;' },
    /** Port and each address it may use: its own, its link-local one, and HAVIPs, as the comment tells. */
    sources6: { family: 'bridge', kind: 'set', body: `typeof iifname . ${source};` },
    /** Port and the MAC that its link-layer options may hold. */
    option_macs: { family: 'bridge', kind: 'set', body: `typeof iifname . ${optionMac};` },
    /** As `havips`. */
    havips6: { family: 'bridge', kind: 'set', body: `${claimed};` },
    owner6: written('set', `${claimed} . meta mark`),
    owner_mark6: written('map', `${claimed} : meta mark`),
    announced6: written('set', `${claimed} . iifname`),
    contested6: written('set', `${claimed} . iifname`),
    held6: { family: 'bridge', kind: 'set', body: `${claimed} . iifname; flags timeout; size ${heldSize};` },
    fading6: forAMoment(`${claimed} . meta mark`),
    moved6: forAMoment(claimed),
  }) as const

/** One option and no more, with the port's own MAC: 1 is the source's link-layer address, 2 the target's. */
const ownOption = (type: 1 | 2): string => `ip6 length 32 ${optionHead} 0x0${type}01 iifname . ${optionMac} @option_macs`

export const ipv6Chains: readonly Chain[] = [
  {
    // As at the end of `check_ipv4`.
    family: 'bridge',
    name: 'check_owner6',
    rules: senderRules('6', source),
  },
  ...claimChains({ name: '_by_solicitation', sets: '6', address: source, announces: undefined, granted: 'accept' }),
  ...claimChains({
    name: '_by_advertisement',
    sets: '6',
    address: target,
    // RFC 4861 §7.2.6: unsolicited, and to replace what neighbours believe.
    announces: `${advertisementFlags} & 0x60 == 0x20`,
    granted: 'goto check_owner6',
  }),
  { family: 'bridge', name: 'spoofed_nd', rules: countedDrop('spoofed_nd') },
  {
    family: 'bridge',
    name: 'check_target',
    rules: [
      `iifname . ${target} != @sources6 ${target} @havips6 iifname @unbound_havip`,
      `iifname . ${target} != @sources6 goto spoofed_nd`,
      `${target} @havips6 goto claim_by_advertisement`,
      'goto check_owner6',
    ],
  },
  {
    family: 'bridge',
    name: 'check_advertisement',
    rules: [
      `${ownOption(2)} goto check_target`,
      // An answer to one who knows our MAC may leave it out (RFC 4861 §4.4); it announces nothing.
      `ip6 length 24 ${advertisementFlags} & 0x40 == 0x40 goto check_target`,
      'goto spoofed_nd',
    ],
  },
  {
    // Neighbours learn from a question who asks.
    family: 'bridge',
    name: 'check_solicitation',
    rules: [
      `${ownOption(1)} ${source} @havips6 goto claim_by_solicitation`,
      `${ownOption(1)} accept`,
      `ip6 length 24 goto check_owner6`,
      'goto spoofed_nd',
    ],
  },
  {
    // Without a source: whether the address is free that this port may use (RFC 4862 §5.4.2), with a nonce or without (RFC 7527 §4.1).
    family: 'bridge',
    name: 'check_duplicate',
    rules: [
      'ip6 nexthdr != ipv6-icmp goto forbid',
      'icmpv6 type != nd-neighbor-solicit goto forbid',
      `ip6 length 24 iifname . ${target} @sources6 accept`,
      `ip6 length 32 ${optionHead} 0x0e01 iifname . ${target} @sources6 accept`,
      'goto spoofed_nd',
    ],
  },
  {
    family: 'bridge',
    name: 'check_icmpv6',
    rules: [
      'icmpv6 type nd-neighbor-advert goto check_advertisement',
      'icmpv6 type nd-neighbor-solicit goto check_solicitation',
      // Errors and echo. Routers, redirects and group membership are none of an instance's.
      'icmpv6 type { 1, 2, 3, 4, 128, 129 } goto check_owner6',
      'goto forbid',
    ],
  },
  {
    family: 'bridge',
    name: 'check_own_ipv6',
    rules: [
      'ip6 nexthdr ipv6-icmp goto check_icmpv6',
      // Extension headers hide what follows them. Of fragments only those of TCP and UDP: RFC 6980 has no other use for them.
      'ip6 nexthdr { 0, 43, 60, 135, 139, 140, 253, 254 } goto forbid',
      'ip6 nexthdr 44 @nh,320,8 != { 6, 17 } goto forbid',
      // A DHCP server's answer.
      'udp sport 547 goto forbid',
      'goto check_owner6',
    ],
  },
  {
    family: 'bridge',
    name: 'check_ipv6',
    rules: [
      'iifname != @ipv6_ports iifname @dropped_ipv6 drop',
      'iifname != @ipv6_ports drop',
      '@nh,0,4 != 6 goto forbid',
      // Reports of group membership (behind a router alert, RFC 3810 §5): every kernel sends them, and nobody here needs them.
      'ip6 nexthdr 0 @nh,320,64 0x3a00050200000100 drop',
      'ip6 saddr :: goto check_duplicate',
      `iifname . ${source} @sources6 goto check_own_ipv6`,
      `icmpv6 type nd-neighbor-advert ${target} @havips6 iifname @unbound_havip`,
      ...countedDrop('spoofed_ipv6'),
    ],
  },
  {
    // As `to_port`.
    family: 'bridge',
    name: 'to_port6',
    rules: [
      `${destination} != @havips6 accept`,
      `meta mark set oifname map @marks ${destination} . meta mark @owner6 accept`,
      `meta mark set ${destination} map @owner_mark6 oifname @fenced drop`,
      `meta mark set ${destination} map @owner_mark6 drop`,
    ],
  },
  {
    family: 'ip6',
    name: 'police_in',
    hook: 'type filter hook prerouting priority -150; policy accept;',
    // The Internet of this cloud has IPv4 only.
    rules: ['iifname "p*" drop', `iifname "${uplink}" drop`],
  },
  {
    family: 'ip6',
    name: 'to_router_itself',
    hook: 'type filter hook input priority 0; policy accept;',
    rules: [
      'ct state established,related accept',
      'iifname "lo" accept',
      'icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert } accept',
      'drop',
    ],
  },
  {
    family: 'ip6',
    name: 'forward',
    hook: 'type filter hook forward priority 0; policy accept;',
    rules: [`oifname "${uplink}" drop`],
  },
]
