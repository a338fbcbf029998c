// Ports, HAVIPs and EIPs as elements of a router's sets, in both directions.
import { createHash } from 'node:crypto'
import { compareIp, type IpAddress, type Ipv4, type Ipv6, isIpv6, linkLocalOf, type Mac } from '@havip/base'
import type { DropFact, EipFact, EipId, HavipId, PlaneEip, PlaneHavip, PlanePort, VswitchId } from '@havip/vpc'
import { addressKey, addressOfKey, macKey, setSuffix } from './address-key.ts'
import type { SetName } from './rule-tables.ts'
import type { RouterRules } from './ruleset.ts'

/** Sets of counters, and the field of a `DropFact` that each one is. */
const counters = {
  spoofed_mac: 'spoofedMac',
  spoofed_ipv4: 'spoofedIpv4',
  spoofed_arp: 'spoofedArp',
  spoofed_ipv6: 'spoofedIpv6',
  spoofed_nd: 'spoofedNd',
  unbound_havip: 'unboundHavip',
  dropped_ipv6: 'ipv6',
  fenced: 'fenced',
  forbidden: 'forbidden',
} as const satisfies Partial<Record<SetName, keyof DropFact>>
const counterSets = Object.keys(counters) as (keyof typeof counters)[]
/** Every set that speaks of ports. */
const allowanceSets = ['senders', 'sources', 'ipv6_ports', 'option_macs', 'sources6'] as const
const portSets = [...allowanceSets, 'marks', ...counterSets] as const

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

/**
 * Everything this port may send from now on, and no more. Its counters stay.
 *
 * @param hasIpv6 whether its vSwitch has a block of IPv6.
 */
export function putPortElements(rules: RouterRules, link: string, port: PlanePort, hasIpv6: boolean): void {
  for (const name of allowanceSets) for (const key of setOf(rules, name).keys()) if (ofPort(key, link)) setOf(rules, name).delete(key)
  setOf(rules, 'senders').set(`"${link}" . ${port.mac}`, '')
  const put = (address: IpAddress, what: 'own' | 'havip' | 'link'): void =>
    void setOf(rules, `sources${setSuffix(address)}`).set(`"${link}" . ${addressKey(address)}`, `comment "${what}"`)
  for (const havip of port.havips) put(havip, 'havip')
  put(port.address, 'own')
  if (port.address6) put(port.address6, 'own')
  if (hasIpv6) {
    put(linkLocalOf(port.mac), 'link')
    setOf(rules, 'ipv6_ports').set(`"${link}"`, '')
    setOf(rules, 'option_macs').set(`"${link}" . ${macKey(port.mac)}`, '')
  }
  for (const name of counterSets) setOf(rules, name).set(`"${link}"`, '')
  const marks = setOf(rules, 'marks')
  if (!marks.has(`"${link}"`)) marks.set(`"${link}"`, `: ${freeMark(rules, link)}`)
}

export type PortElements = {
  readonly mac: Mac
  readonly address: Ipv4
  readonly address6?: Ipv6
  readonly havips: readonly IpAddress[]
}

/** By interface name; a port that lacks an element is left out, so that it is put again. */
export function readPortElements(rules: RouterRules): Map<string, PortElements> {
  const macs = new Map<string, Mac[]>()
  for (const key of setOf(rules, 'senders').keys()) {
    const [link, mac] = splitKey(key)
    macs.set(link, [...(macs.get(link) ?? []), mac as Mac])
  }
  const addresses = sourcesByPort(rules)
  const ports = new Map<string, PortElements>()
  for (const [link, [mac, ...others]] of macs) {
    const { own = [], havips = [], local = [] } = addresses.get(link) ?? {}
    const [address, ...moreAddresses] = own.filter((one) => !isIpv6(one)) as Ipv4[]
    const [address6, ...moreAddresses6] = own.filter(isIpv6)
    if (!mac || others.length > 0 || !address || moreAddresses.length > 0 || moreAddresses6.length > 0) continue
    if (![...counterSets, 'marks' as const].every((name) => setOf(rules, name).has(`"${link}"`))) continue
    if (isHalfIpv6(rules, link, mac, local)) continue
    ports.set(link, { mac, address, ...(address6 && { address6 }), havips: havips.sort(compareIp) })
  }
  return ports
}

export const speaksIpv6 = (rules: RouterRules, link: string): boolean => setOf(rules, 'ipv6_ports').has(`"${link}"`)

/** All that a port needs to speak IPv6, or nothing of it. */
function isHalfIpv6(rules: RouterRules, link: string, mac: Mac, local: readonly IpAddress[]): boolean {
  if (!speaksIpv6(rules, link)) return local.length > 0
  return local.length !== 1 || local[0] !== linkLocalOf(mac) || !setOf(rules, 'option_macs').has(`"${link}" . ${macKey(mac)}`)
}

type Sources = { readonly own: IpAddress[]; readonly havips: IpAddress[]; readonly local: IpAddress[] }

function sourcesByPort(rules: RouterRules): Map<string, Sources> {
  const ports = new Map<string, Sources>()
  for (const [key, comment] of [...setOf(rules, 'sources'), ...setOf(rules, 'sources6')]) {
    const [link, address] = splitKey(key)
    const entry = ports.get(link) ?? { own: [], havips: [], local: [] }
    const list = comment === 'comment "own"' ? entry.own : comment === 'comment "link"' ? entry.local : entry.havips
    list.push(addressOfKey(address))
    ports.set(link, entry)
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
const addressesOf = new WeakMap<ReadonlyMap<string, string>, Map<string, IpAddress>>()

function havipAddresses(rules: RouterRules): Map<string, IpAddress> {
  const set = setOf(rules, 'havips')
  const known = addressesOf.get(set)
  if (known) return known
  const addresses = new Map(
    [...set, ...setOf(rules, 'havips6')].map(([key, comment]) => [havipComment.exec(comment)?.[1] ?? key, addressOfKey(key)]),
  )
  addressesOf.set(set, addresses)
  return addresses
}

export function removeHavipElements(rules: RouterRules, havip: HavipId): void {
  const addresses = havipAddresses(rules)
  const address = addresses.get(havip)
  if (address === undefined) return
  addresses.delete(havip)
  setOf(rules, `havips${setSuffix(address)}`).delete(addressKey(address))
  if (!isIpv6(address)) setOf(rules, 'gratuitous').delete(`${address} . ${address}`)
}

export function putHavipElements(rules: RouterRules, havip: PlaneHavip): void {
  const { address } = havip
  removeHavipElements(rules, havip.havip)
  setOf(rules, `havips${setSuffix(address)}`).set(addressKey(address), `comment "${havip.havip} ${havip.vswitch}"`)
  if (!isIpv6(address)) setOf(rules, 'gratuitous').set(`${address} . ${address}`, '')
  havipAddresses(rules).set(havip.havip, address)
}

export type HavipElement = { readonly havip: HavipId; readonly vswitch: VswitchId; readonly address: IpAddress }

/** Those whose every element is there. */
export function readHavipElements(rules: RouterRules): HavipElement[] {
  const gratuitous = setOf(rules, 'gratuitous')
  return [...setOf(rules, 'havips'), ...setOf(rules, 'havips6')].flatMap(([key, comment]) => {
    const match = havipComment.exec(comment)
    const address = addressOfKey(key)
    return match && (isIpv6(address) || gratuitous.has(`${address} . ${address}`))
      ? [{ havip: match[1] as HavipId, vswitch: match[2] as VswitchId, address }]
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
        spoofedIpv6: 0,
        spoofedNd: 0,
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
