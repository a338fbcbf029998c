// The packet rules of one router, written once as tables: chains never change, a change of the network touches set elements only.
// Table `bridge havip` guards the ports; table `ip havip` does the EIPs' translation, policing and the fence towards the Internet.
import { uplink } from './names.ts'

export type Family = 'bridge' | 'ip'
type SetDefinition = { readonly family: Family; readonly kind: 'set' | 'map'; readonly body: string }

/**
 * What nobody has announced for ten years is forgotten. The timeout is there for its remainder, which tells the age of an
 * announcement, also of one that was heard while no daemon of ours ran.
 */
export const announcementTimeoutDays = 3650

const perPort = { family: 'bridge', kind: 'set', body: 'type ifname; counter;' } as const
const heard = {
  family: 'bridge',
  kind: 'set',
  body: `type ipv4_addr . ifname; flags dynamic,timeout; timeout ${announcementTimeoutDays}d; size 65536;`,
} as const

/** Every set and map: its name, and what it holds. */
export const sets = {
  /** Port and the MAC it may use. */
  senders: { family: 'bridge', kind: 'set', body: 'type ifname . ether_addr;' },
  /** Port and each address it may use; the comment tells its own from a HAVIP. */
  sources: { family: 'bridge', kind: 'set', body: 'type ifname . ipv4_addr;' },
  /** Addresses that are HAVIPs; the comment holds `<havip id> <vswitch id>`. */
  havips: { family: 'bridge', kind: 'set', body: 'type ipv4_addr;' },
  /** Ports, each with a count of the frames dropped for this fault. */
  spoofed_mac: perPort,
  spoofed_ipv4: perPort,
  spoofed_arp: perPort,
  unbound_havip: perPort,
  dropped_ipv6: perPort,
  /** HAVIP and port of each legal announcement; refreshed by every one. */
  announced: heard,
  /** Likewise, but not refreshed: since when this port announces. The losers of a take-over are removed by us. */
  announced_since: heard,
  /** EIP to private address, and back. */
  eip_in: { family: 'ip', kind: 'map', body: 'type ipv4_addr : ipv4_addr;' },
  eip_out: { family: 'ip', kind: 'map', body: 'type ipv4_addr : ipv4_addr;' },
  /** EIP and its target; the comment holds the EIP's id. A flow whose pair is gone is cut. */
  eip_pairs: { family: 'ip', kind: 'set', body: 'type ipv4_addr . ipv4_addr;' },
  /** EIP to the limit of its bandwidth, each direction its own. */
  eip_limit_in: { family: 'ip', kind: 'map', body: 'type ipv4_addr : limit;' },
  eip_limit_out: { family: 'ip', kind: 'map', body: 'type ipv4_addr : limit;' },
} as const satisfies Record<string, SetDefinition>
export type SetName = keyof typeof sets
export const setNames = Object.keys(sets) as SetName[]

type Chain = { readonly family: Family; readonly name: string; readonly hook?: string; readonly rules: readonly string[] }

/** In the order of creation: a chain that is jumped to comes before those that jump. */
export const chains: readonly Chain[] = [
  {
    family: 'bridge',
    name: 'legal_announcement',
    rules: [
      'arp saddr ip @havips update @announced { arp saddr ip . iifname }',
      'arp saddr ip @havips add @announced_since { arp saddr ip . iifname }',
      'accept',
    ],
  },
  {
    family: 'bridge',
    name: 'check_arp_address',
    rules: [
      // RFC 5227 §2.1.1: whoever asks whether an address is free has none to send from.
      'arp operation request arp saddr ip 0.0.0.0 accept',
      'iifname . arp saddr ip @sources goto legal_announcement',
      'arp saddr ip @havips iifname @unbound_havip',
      'iifname @spoofed_arp drop',
      'drop',
    ],
  },
  {
    family: 'bridge',
    name: 'check_arp',
    rules: [
      'arp htype 1 arp ptype ip arp hlen 6 arp plen 4 iifname . arp saddr ether @senders goto check_arp_address',
      'iifname @spoofed_arp drop',
      'drop',
    ],
  },
  {
    family: 'bridge',
    name: 'check_payload',
    rules: [
      'ether type arp goto check_arp',
      'ether type ip iifname . ip saddr @sources accept',
      'ether type ip iifname @spoofed_ipv4 drop',
      'ether type ip6 iifname @dropped_ipv6 drop',
      'drop',
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
    family: 'ip',
    name: 'police_in',
    hook: 'type filter hook prerouting priority -150; policy accept;',
    rules: [`iifname "${uplink}" limit name ip daddr map @eip_limit_in drop`],
  },
  {
    family: 'ip',
    name: 'translate_in',
    hook: 'type nat hook prerouting priority -100; policy accept;',
    rules: [`iifname "${uplink}" dnat to ip daddr map @eip_in`],
  },
  {
    family: 'ip',
    name: 'check_flow',
    rules: [
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
    rules: [`iifname "${uplink}" goto check_flow`, `oifname "${uplink}" goto check_flow`],
  },
  {
    family: 'ip',
    name: 'translate_out',
    hook: 'type nat hook postrouting priority 100; policy accept;',
    rules: [`oifname "${uplink}" snat to ip saddr map @eip_out`],
  },
  {
    family: 'ip',
    name: 'fence',
    hook: 'type filter hook postrouting priority 150; policy accept;',
    rules: [
      `oifname "${uplink}" limit name ip saddr map @eip_limit_out drop`,
      // No private address of a VPC is seen on the Internet.
      `oifname "${uplink}" ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } drop`,
    ],
  },
]

const families: readonly Family[] = ['bridge', 'ip']

/** A script that makes tables, sets and chains, or mends the chains of existing ones; elements stay. Atomic. */
export function baseScript(): string {
  const lines: string[] = []
  for (const family of families) lines.push(`add table ${family} havip`)
  for (const name of setNames) lines.push(`add ${sets[name].kind} ${sets[name].family} havip ${name} { ${sets[name].body} }`)
  for (const chain of chains) lines.push(`add chain ${chain.family} havip ${chain.name}${chain.hook ? ` { ${chain.hook} }` : ''}`)
  for (const chain of chains) lines.push(`flush chain ${chain.family} havip ${chain.name}`)
  for (const chain of chains) for (const rule of chain.rules) lines.push(`add rule ${chain.family} havip ${chain.name} ${rule}`)
  return `${lines.join('\n')}\n`
}

/** An element's key as nft writes it, and what belongs to it: `: value` or `comment "…"`. */
export type Limit = { readonly bytesPerSecond: number }

export type RouterRules = {
  readonly elements: Map<SetName, Map<string, string>>
  /** Limits by name. */
  readonly limits: Map<string, Limit>
}

export const noRules = (): RouterRules => ({ elements: new Map(setNames.map((name) => [name, new Map()])), limits: new Map() })

export const copyRules = (rules: RouterRules): RouterRules => ({
  elements: new Map([...rules.elements].map(([name, elements]) => [name, new Map(elements)])),
  limits: new Map(rules.limits),
})

/** Sets that packets write: never part of a difference. */
const writtenByPackets: ReadonlySet<SetName> = new Set(['announced', 'announced_since'])

/** Bytes that may pass at once: a tenth of a second of the rate, and never less than a few full segments. */
const burstBytes = (limit: Limit): number => Math.max(Math.floor(limit.bytesPerSecond / 10), 65_536)

/** The script that turns one state of the elements into another; empty when there is nothing to do. Atomic. */
export function differenceScript(before: RouterRules, after: RouterRules): string {
  const isSameLimit = (name: string): boolean => before.limits.get(name)?.bytesPerSecond === after.limits.get(name)?.bytesPerSecond
  const oldLimits = [...before.limits.keys()].filter((name) => !isSameLimit(name))
  const newLimits = [...after.limits].filter(([name]) => !isSameLimit(name))
  // A limit is in use as long as an element names it: elements go first and come last, also those that stay the same but
  // whose limit is made anew.
  const remade = new Set(oldLimits.map((name) => `: "${name}"`))

  const removals: string[] = []
  const additions: string[] = []
  for (const name of setNames) {
    if (writtenByPackets.has(name)) continue
    const old = before.elements.get(name) ?? new Map<string, string>()
    const now = after.elements.get(name) ?? new Map<string, string>()
    const gone = [...old].filter(([key, rest]) => now.get(key) !== rest || remade.has(rest)).map(([key]) => key)
    const fresh = [...now].filter(([key, rest]) => old.get(key) !== rest || remade.has(rest)).map(elementText)
    if (gone.length > 0) removals.push(`delete element ${sets[name].family} havip ${name} { ${gone.join(', ')} }`)
    if (fresh.length > 0) additions.push(`add element ${sets[name].family} havip ${name} { ${fresh.join(', ')} }`)
  }
  const lines = [
    ...removals,
    ...oldLimits.map((name) => `delete limit ip havip ${name}`),
    ...newLimits.map(([name, limit]) => `add limit ip havip ${name} { ${limitText(limit)} }`),
    ...additions,
  ]
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

const elementText = ([key, rest]: readonly [string, string]): string => (rest === '' ? key : `${key} ${rest}`)
const limitText = (limit: Limit): string => `rate over ${limit.bytesPerSecond} bytes/second burst ${burstBytes(limit)} bytes`

type JsonElement = unknown
const plain = (value: unknown): string => (typeof value === 'string' ? value : String(value))

/** The type of a key's part says whether nft wants it quoted. */
function keyText(value: unknown, types: readonly string[]): string {
  const parts = typeof value === 'object' && value !== null && 'concat' in value ? (value.concat as unknown[]) : [value]
  return parts.map((part, at) => (types[at] === 'ifname' ? `"${plain(part)}"` : plain(part))).join(' . ')
}

function readElement(element: JsonElement, types: readonly string[], isLimit: boolean): [string, string] {
  if (Array.isArray(element)) {
    const [key] = readElement(element[0], types, false)
    return [key, isLimit ? `: "${plain(element[1])}"` : `: ${plain(element[1])}`]
  }
  if (typeof element === 'object' && element !== null && 'elem' in element) {
    const inner = element.elem as { val: unknown; comment?: string }
    return [keyText(inner.val, types), inner.comment === undefined ? '' : `comment "${inner.comment}"`]
  }
  return [keyText(element, types), '']
}

type JsonObject = {
  set?: JsonSet
  map?: JsonSet
  limit?: { name: string; table: string; rate: number; rate_unit?: string }
  rule?: { family: string; table: string; chain: string }
  chain?: { family: string; table: string; name: string; hook?: string }
}
type JsonSet = { family: string; table: string; name: string; type: string | string[]; map?: string; elem?: JsonElement[] }

const unitBytes: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 }

/**
 * Reads `nft -j list ruleset`.
 *
 * @returns the elements and limits; `intact` is false when a chain, a rule or a set is missing (or one too many is there).
 */
export function readRules(json: string): { readonly rules: RouterRules; readonly intact: boolean } {
  const objects = (JSON.parse(json) as { nftables: JsonObject[] }).nftables
  const rules = noRules()
  const seenSets = new Set<string>()
  const ruleCount = new Map<string, number>()
  for (const object of objects) {
    const set = object.set ?? object.map
    if (set && set.table === 'havip' && set.name in sets) {
      seenSets.add(set.name)
      const types = typeof set.type === 'string' ? [set.type] : set.type
      const elements = rules.elements.get(set.name as SetName)
      for (const element of set.elem ?? []) elements?.set(...readElement(element, types, set.map === 'limit'))
    }
    if (object.limit?.table === 'havip')
      rules.limits.set(object.limit.name, { bytesPerSecond: object.limit.rate * (unitBytes[object.limit.rate_unit ?? 'bytes'] ?? 1) })
    if (object.chain?.table === 'havip') {
      const key = `${object.chain.family} ${object.chain.name}`
      ruleCount.set(key, ruleCount.get(key) ?? 0)
    }
    if (object.rule?.table === 'havip') {
      const key = `${object.rule.family} ${object.rule.chain}`
      ruleCount.set(key, (ruleCount.get(key) ?? 0) + 1)
    }
  }
  const intact =
    seenSets.size === setNames.length &&
    ruleCount.size === chains.length &&
    chains.every((chain) => ruleCount.get(`${chain.family} ${chain.name}`) === chain.rules.length)
  return { rules, intact }
}
