// Ports, HAVIPs and EIPs as elements of a router's sets, in both directions.
import { createHash } from 'node:crypto'
import { compareIp, type Ipv4, type Mac } from '@havip/base'
import type { DropFact, EipFact, EipId, HavipId, PlaneEip, PlaneHavip, PlanePort, VswitchId } from '@havip/vpc'
import type { SetName } from './rule-tables.ts'
import type { RouterRules } from './ruleset.ts'

/** Sets of counters, and the field of a `DropFact` that each one is. */
const counters = {
  spoofed_mac: 'spoofedMac',
  spoofed_ipv4: 'spoofedIpv4',
  spoofed_arp: 'spoofedArp',
  unbound_havip: 'unboundHavip',
  dropped_ipv6: 'ipv6',
  fenced: 'fenced',
  forbidden: 'forbidden',
} as const satisfies Partial<Record<SetName, keyof DropFact>>
const counterSets = Object.keys(counters) as (keyof typeof counters)[]
/** Every set that speaks of ports. */
const portSets = ['senders', 'sources', 'marks', ...counterSets] as const

const setOf = (rules: RouterRules, name: SetName): Map<string, string> => {
  const set = rules.elements.get(name)
  if (!set) throw new TypeError(`no set ${name}`)
  return set
}

/** Keys are `"p0123" . rest` or `"p0123"`. */
const ofPort = (key: string, link: string): boolean => key === `"${link}"` || key.startsWith(`"${link}" `)

export function removePortElements(rules: RouterRules, link: string): void {
  for (const name of portSets) for (const key of setOf(rules, name).keys()) if (ofPort(key, link)) setOf(rules, name).delete(key)
}

const marksMax = 0xffff_ffff

/** From the link's name, so that it is the same after a repair; another one when that is taken. */
function freeMark(rules: RouterRules, link: string): number {
  const taken = new Set(setOf(rules, 'marks').values())
  let mark = Number.parseInt(createHash('sha256').update(link).digest('hex').slice(0, 8), 16)
  while (mark === 0 || taken.has(`: ${mark}`)) mark = (mark + 1) % marksMax
  return mark
}

/** Interface name by mark. */
export const linksByMark = (rules: RouterRules): ReadonlyMap<number, string> =>
  new Map([...setOf(rules, 'marks')].map(([key, value]) => [Number(value.slice(2)), splitKey(key)[0]]))

/** Everything this port may send from now on, and no more. Its counters stay. */
export function putPortElements(rules: RouterRules, link: string, port: PlanePort): void {
  for (const name of ['senders', 'sources'] as const)
    for (const key of setOf(rules, name).keys()) if (ofPort(key, link)) setOf(rules, name).delete(key)
  setOf(rules, 'senders').set(`"${link}" . ${port.mac}`, '')
  for (const havip of port.havips) setOf(rules, 'sources').set(`"${link}" . ${havip}`, 'comment "havip"')
  setOf(rules, 'sources').set(`"${link}" . ${port.address}`, 'comment "own"')
  for (const name of counterSets) setOf(rules, name).set(`"${link}"`, '')
  const marks = setOf(rules, 'marks')
  if (!marks.has(`"${link}"`)) marks.set(`"${link}"`, `: ${freeMark(rules, link)}`)
}

export type PortElements = { readonly mac: Mac; readonly address: Ipv4; readonly havips: readonly Ipv4[] }

/** By interface name; a port that lacks an element is left out, so that it is put again. */
export function readPortElements(rules: RouterRules): Map<string, PortElements> {
  const macs = new Map<string, Mac[]>()
  const addresses = new Map<string, { own: Ipv4[]; havips: Ipv4[] }>()
  for (const key of setOf(rules, 'senders').keys()) {
    const [link, mac] = splitKey(key)
    macs.set(link, [...(macs.get(link) ?? []), mac as Mac])
  }
  for (const [key, comment] of setOf(rules, 'sources')) {
    const [link, address] = splitKey(key)
    const entry = addresses.get(link) ?? { own: [], havips: [] }
    ;(comment === 'comment "own"' ? entry.own : entry.havips).push(address as Ipv4)
    addresses.set(link, entry)
  }
  const ports = new Map<string, PortElements>()
  for (const [link, [mac, ...others]] of macs) {
    const entry = addresses.get(link)
    const address = entry?.own[0]
    if (!mac || others.length > 0 || !entry || !address || entry.own.length > 1) continue
    if (![...counterSets, 'marks' as const].every((name) => setOf(rules, name).has(`"${link}"`))) continue
    ports.set(link, { mac, address, havips: entry.havips.sort(compareIp) })
  }
  return ports
}

/** Interfaces that any element speaks of. */
export function linksOfElements(rules: RouterRules): Set<string> {
  const links = new Set<string>()
  for (const name of portSets) for (const key of setOf(rules, name).keys()) links.add(splitKey(key)[0])
  return links
}

function splitKey(key: string): [string, string] {
  const [link = '', rest = ''] = key.split(' . ')
  return [link.replaceAll('"', ''), rest]
}

const havipComment = /^comment "(\S+) (\S+)"$/

/** The address of each HAVIP, so that one among many is found without a look at all of them. Kept with the set it was made from. */
const addressesOf = new WeakMap<ReadonlyMap<string, string>, Map<string, string>>()

function havipAddresses(rules: RouterRules): Map<string, string> {
  const set = setOf(rules, 'havips')
  const known = addressesOf.get(set)
  if (known) return known
  const addresses = new Map([...set].map(([address, comment]) => [havipComment.exec(comment)?.[1] ?? address, address]))
  addressesOf.set(set, addresses)
  return addresses
}

export function removeHavipElements(rules: RouterRules, havip: HavipId): void {
  const addresses = havipAddresses(rules)
  const address = addresses.get(havip)
  if (address === undefined) return
  addresses.delete(havip)
  setOf(rules, 'havips').delete(address)
  setOf(rules, 'gratuitous').delete(`${address} . ${address}`)
}

export function putHavipElements(rules: RouterRules, havip: PlaneHavip): void {
  removeHavipElements(rules, havip.havip)
  setOf(rules, 'havips').set(havip.address, `comment "${havip.havip} ${havip.vswitch}"`)
  setOf(rules, 'gratuitous').set(`${havip.address} . ${havip.address}`, '')
  havipAddresses(rules).set(havip.havip, havip.address)
}

export type HavipElement = { readonly havip: HavipId; readonly vswitch: VswitchId; readonly address: Ipv4 }

/** Those whose every element is there. */
export function readHavipElements(rules: RouterRules): HavipElement[] {
  const gratuitous = setOf(rules, 'gratuitous')
  return [...setOf(rules, 'havips')].flatMap(([address, comment]) => {
    const match = havipComment.exec(comment)
    return match && gratuitous.has(`${address} . ${address}`)
      ? [{ havip: match[1] as HavipId, vswitch: match[2] as VswitchId, address: address as Ipv4 }]
      : []
  })
}

const bytesPerMegabit = 125_000
const eipCounterSets = ['eip_traffic_in', 'eip_traffic_out', 'eip_dropped_in', 'eip_dropped_out'] as const satisfies SetName[]
const limitNames = (eip: EipId) => ({ in: `${eip}-in`, out: `${eip}-out` })

export function removeEipElements(rules: RouterRules, eip: EipId): void {
  const pairs = setOf(rules, 'eip_pairs')
  for (const [key, comment] of pairs) {
    if (comment !== `comment "${eip}"`) continue
    pairs.delete(key)
    const [address = '', target = ''] = key.split(' . ')
    for (const name of ['eip_in', 'eip_limit_in', 'eip_limit_out', ...eipCounterSets] as const) setOf(rules, name).delete(address)
    setOf(rules, 'eip_out').delete(target)
  }
  const names = limitNames(eip)
  rules.limits.delete(names.in)
  rules.limits.delete(names.out)
}

export function putEipElements(rules: RouterRules, eip: PlaneEip): void {
  removeEipElements(rules, eip.eip)
  const names = limitNames(eip.eip)
  setOf(rules, 'eip_pairs').set(`${eip.address} . ${eip.target}`, `comment "${eip.eip}"`)
  setOf(rules, 'eip_in').set(eip.address, `: ${eip.target}`)
  setOf(rules, 'eip_out').set(eip.target, `: ${eip.address}`)
  setOf(rules, 'eip_limit_in').set(eip.address, `: "${names.in}"`)
  setOf(rules, 'eip_limit_out').set(eip.address, `: "${names.out}"`)
  for (const name of eipCounterSets) setOf(rules, name).set(eip.address, '')
  const limit = { bytesPerSecond: eip.bandwidthMbit * bytesPerMegabit }
  rules.limits.set(names.in, limit)
  rules.limits.set(names.out, limit)
}

export type EipElement = { readonly eip: EipId; readonly address: Ipv4; readonly target: Ipv4; readonly bandwidthMbit: number }

/** Those whose every element is there. */
export function readEipElements(rules: RouterRules): EipElement[] {
  return [...setOf(rules, 'eip_pairs')].flatMap(([key, comment]) => {
    const [address = '', target = ''] = key.split(' . ')
    const eip = /^comment "(\S+)"$/.exec(comment)?.[1] as EipId | undefined
    if (!eip) return []
    const names = limitNames(eip)
    const limit = rules.limits.get(names.in)
    const whole =
      setOf(rules, 'eip_in').get(address) === `: ${target}` &&
      setOf(rules, 'eip_out').get(target) === `: ${address}` &&
      setOf(rules, 'eip_limit_in').get(address) === `: "${names.in}"` &&
      setOf(rules, 'eip_limit_out').get(address) === `: "${names.out}"` &&
      eipCounterSets.every((name) => setOf(rules, name).has(address)) &&
      limit !== undefined &&
      rules.limits.get(names.out)?.bytesPerSecond === limit.bytesPerSecond
    if (!whole) return []
    return [{ eip, address: address as Ipv4, target: target as Ipv4, bandwidthMbit: limit.bytesPerSecond / bytesPerMegabit }]
  })
}

type JsonCounted = { elem?: { val: string; counter?: { packets: number; bytes: number } } }
type JsonCountedSet = { name: string; elem?: JsonCounted[] }
const setsOf = (json: string): JsonCountedSet[] =>
  (JSON.parse(json) as { nftables: { set?: JsonCountedSet }[] }).nftables.flatMap(({ set }) => set ?? [])

/** Counts by interface name, out of `nft -j list ruleset`. */
export function readDrops(json: string): Map<string, Omit<DropFact, 'port'>> {
  const drops = new Map<string, Record<(typeof counters)[keyof typeof counters], number>>()
  for (const set of setsOf(json)) {
    const field = counters[set.name as keyof typeof counters]
    if (!field) continue
    for (const { elem } of set.elem ?? []) {
      if (!elem) continue
      const entry = drops.get(elem.val) ?? {
        spoofedMac: 0,
        spoofedIpv4: 0,
        spoofedArp: 0,
        unboundHavip: 0,
        ipv6: 0,
        fenced: 0,
        forbidden: 0,
      }
      entry[field] = elem.counter?.packets ?? 0
      drops.set(elem.val, entry)
    }
  }
  return drops
}

/** Counts of each complete EIP, out of `nft -j list ruleset`. */
export function readEipCounters(json: string, eips: readonly EipElement[]): EipFact[] {
  const counts = new Map<string, { packets: number; bytes: number }>()
  for (const set of setsOf(json))
    for (const { elem } of set.elem ?? []) if (elem?.counter) counts.set(`${set.name} ${elem.val}`, elem.counter)
  return eips.map(({ eip, address }) => {
    const of = (name: (typeof eipCounterSets)[number]) => counts.get(`${name} ${address}`) ?? { packets: 0, bytes: 0 }
    const [into, out, droppedIn, droppedOut] = eipCounterSets.map(of)
    return {
      eip,
      inPackets: into?.packets ?? 0,
      inBytes: into?.bytes ?? 0,
      outPackets: out?.packets ?? 0,
      outBytes: out?.bytes ?? 0,
      inDropped: droppedIn?.packets ?? 0,
      outDropped: droppedOut?.packets ?? 0,
    }
  })
}
