// Who owns a HAVIP. The kernel keeps it: the bridge rules write each take-over and each legal sender of ARP or neighbour discovery into sets whose remaining
// times tell their ages, whether a daemon of ours runs or not. Here they are read, and edited when something goes away.
import { type IpAddress, isIpv6 } from '@havip/base'
import type { NetworkInterfaceId, OwnerFact } from '@havip/vpc'
import { addressKey, addressOfKey, setSuffix } from './address-key.ts'
import type { Conflict } from './arbiter.ts'
import { nft, nftScript } from './netns.ts'
import { portLinksOf, type RouterView } from './router.ts'
import { linksByMark, readHavipElements, readPortElements } from './rule-elements.ts'
import { announcementTimeoutDays } from './rule-tables.ts'

/** An address, the port that spoke of it, and how long ago. */
export type Heard = { readonly address: IpAddress; readonly link: string; readonly ageMs: number }

/** What the kernel wrote down of one router's HAVIPs. */
export type Announcements = {
  /** The owners, each with the age of its take-over. Two of one address: two took over in the same instant, on two processors. */
  readonly owners: readonly Heard[]
  /** The owner of each address, by which the others are fenced. */
  readonly current: ReadonlyMap<IpAddress, Heard>
  /** When a port was last heard with the address as its owner. */
  readonly last: readonly Heard[]
  /** When a bound port last claimed it in vain. */
  readonly contested: readonly Heard[]
  /** Losers of a conflict; the age counts from when the hold was last renewed. */
  readonly held: readonly Heard[]
}

const dayMs = 86_400_000
const timeoutMs = announcementTimeoutDays * dayMs
const unitMs: Readonly<Record<string, number>> = { d: dayMs, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** `3649d23h59m59s860ms` in milliseconds. */
export function readDuration(text: string): number {
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[dhms])/g)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}

const ageOf = (timeout: string | undefined, expires: string | undefined): number =>
  Math.max(0, (timeout === undefined ? timeoutMs : readDuration(timeout)) - readDuration(expires ?? ''))

/** Elements `address . "port"`. */
const readByLink = (text: string): Heard[] =>
  [...text.matchAll(/(0x[0-9a-f]+|\d+\.\d+\.\d+\.\d+) \. "([^"]+)"(?: timeout (\w+))? expires (\w+)/g)].map(
    ([, key, link, timeout, expires]) => ({
      address: addressOfKey(key ?? ''),
      link: link ?? '',
      ageMs: ageOf(timeout, expires),
    }),
  )

/** Elements `address . mark`, and `address : mark` of the map. A mark without a port is left out. */
function readByMark(text: string, links: ReadonlyMap<number, string>): Heard[] {
  const found = text.matchAll(
    /(0x[0-9a-f]+|\d+\.\d+\.\d+\.\d+)(?: \. (0x[0-9a-f]+))?(?: timeout (\w+))? expires (\w+)(?: : (0x[0-9a-f]+))?/g,
  )
  return [...found].flatMap(([, key, inKey, timeout, expires, inValue]) => {
    const link = links.get(Number(inKey ?? inValue))
    return link === undefined ? [] : [{ address: addressOfKey(key ?? ''), link, ageMs: ageOf(timeout, expires) }]
  })
}

const readSets = ['owner', 'owner_mark', 'announced', 'contested', 'held'] as const

/** Reads what `nft list` prints of the sets of announcements. Its JSON form tells whole seconds only. */
export function parseAnnouncements(text: string, links: ReadonlyMap<number, string>): Announcements {
  const blocks = text.split(/^\t(?:set|map) /m)
  /** Of both families. */
  const block = (name: (typeof readSets)[number]): string =>
    blocks.filter((candidate) => candidate.startsWith(`${name} {`) || candidate.startsWith(`${name}6 {`)).join('')
  return {
    owners: readByMark(block('owner'), links),
    current: new Map(readByMark(block('owner_mark'), links).map((heard) => [heard.address, heard])),
    last: readByLink(block('announced')),
    contested: readByLink(block('contested')),
    held: readByLink(block('held')),
  }
}

export async function readAnnouncements(view: RouterView): Promise<Announcements> {
  const suffixes = readHavipElements(view.rules).some(({ address }) => isIpv6(address)) ? ['', '6'] : ['']
  // One by one: nft 1.0.6 finds only the last of several sets that are listed together.
  const names = suffixes.flatMap((suffix) => readSets.map((name) => `${name}${suffix}`))
  const texts = await Promise.all(
    names.map((name) => nft(view.netns, 'list', name.startsWith('owner_mark') ? 'map' : 'set', 'bridge', 'havip', name)),
  )
  return parseAnnouncements(texts.join(''), linksByMark(view.rules))
}

/** A claim is told of for so long after it was last made. */
const claimantMs = 10_000

export type ConflictOf = (address: IpAddress) => { readonly count: number; readonly now: Conflict | undefined }

/** Facts of one router's HAVIPs. */
export async function readOwners(view: RouterView, conflictOf: ConflictOf): Promise<OwnerFact[]> {
  if (!view.isIntact) return []
  const heard = await readAnnouncements(view)
  const last = new Map(heard.last.map((entry) => [`${entry.address} ${entry.link}`, entry.ageMs]))
  const contested = Map.groupBy(heard.contested, (entry) => entry.address)
  const ports = new Map(portLinksOf(view).map(({ link, port }) => [link.name, port]))
  const portsByMac = new Map<string, NetworkInterfaceId>(
    [...readPortElements(view.rules)].flatMap(([link, { mac }]) =>
      [ports.get(link)].flatMap((port) => (port ? [[mac, port] as const] : [])),
    ),
  )
  return readHavipElements(view.rules).map(({ havip, address }): OwnerFact => {
    const owner = heard.current.get(address)
    // A port without its cable owns nothing.
    const port = owner && view.links.get(owner.link)?.isUp === true ? ports.get(owner.link) : undefined
    const sinceMs = owner?.ageMs ?? 0
    const { count, now } = conflictOf(address)
    const losers = now?.losers.flatMap((mac) => portsByMac.get(mac) ?? []) ?? []
    const claimants = (contested.get(address) ?? []).flatMap(({ link, ageMs }) => {
      const claimant = ports.get(link)
      return claimant && claimant !== port && ageMs <= claimantMs ? [{ port: claimant, lastSeenMs: ageMs }] : []
    })
    return {
      havip,
      port,
      sinceMs,
      lastSeenMs: owner ? Math.min(sinceMs, last.get(`${address} ${owner.link}`) ?? sinceMs) : 0,
      conflicts: count,
      ...(now && { conflict: { losers, sinceMs: now.forMs } }),
      ...(claimants.length > 0 && { claimants }),
    }
  })
}

/** One line for each family that has any of these elements. */
function elementLines(verb: 'add' | 'delete', set: (typeof readSets)[number], elements: readonly (readonly [IpAddress, string])[]): string {
  return [...Map.groupBy(elements, ([address]) => setSuffix(address))]
    .map(([suffix, group]) => {
      const texts = group.map(([address, rest]) => `${addressKey(address)}${rest}`)
      return `${verb} element bridge havip ${set}${suffix} { ${texts.join(', ')} }\n`
    })
    .join('')
}

const byLinkScript = (set: 'announced' | 'contested' | 'held', entries: readonly Heard[]): string =>
  elementLines(
    'delete',
    set,
    entries.map(({ address, link }) => [address, ` . "${link}"`]),
  )

const hex = (mark: number): string => `0x${mark.toString(16)}`

function ownerRemovalScript(view: RouterView, heard: Announcements, isMeant: (entry: Heard) => boolean): string {
  const marks = new Map([...linksByMark(view.rules)].map(([mark, link]) => [link, mark]))
  const owners = heard.owners.filter(isMeant).map(({ address, link }) => [address, ` . ${hex(marks.get(link) ?? 0)}`] as const)
  const addresses = [...heard.current.values()].filter(isMeant).map(({ address }) => [address, ''] as const)
  return elementLines('delete', 'owner', owners) + elementLines('delete', 'owner_mark', addresses)
}

/** Packets write the same sets: what was read may be gone a moment later, and the script with it. */
const attemptsMax = 5

async function edit(view: RouterView, scriptOf: (heard: Announcements) => string): Promise<void> {
  if (!view.isIntact) return
  for (let attempt = 1; ; attempt++) {
    const script = scriptOf(await readAnnouncements(view))
    try {
      return await nftScript(view.netns, script)
    } catch (error) {
      if (attempt === attemptsMax) throw error
    }
  }
}

/** As if what is meant had never been heard: an address that is owned so is nobody's, and nobody is held off it any more. */
const forget = (view: RouterView, isMeant: (entry: Heard) => boolean): Promise<void> =>
  edit(view, (heard) => {
    const isFreed = (address: IpAddress): boolean => {
      const owner = heard.current.get(address)
      return owner !== undefined && isMeant(owner)
    }
    return (
      ownerRemovalScript(view, heard, isMeant) +
      byLinkScript('announced', heard.last.filter(isMeant)) +
      byLinkScript('contested', heard.contested.filter(isMeant)) +
      byLinkScript(
        'held',
        heard.held.filter((entry) => isMeant(entry) || isFreed(entry.address)),
      )
    )
  })

/** A port goes away, loses its cable, or begins anew. */
export const forgetPort = (view: RouterView, link: string): Promise<void> => forget(view, (entry) => entry.link === link)

/** HAVIPs were unbound from ports; by the names of their links. */
export const forgetBindings = (view: RouterView, ended: ReadonlyMap<string, ReadonlySet<IpAddress>>): Promise<void> =>
  forget(view, (entry) => ended.get(entry.link)?.has(entry.address) === true)

export const forgetAddresses = (view: RouterView, addresses: ReadonlySet<IpAddress>): Promise<void> =>
  forget(view, (entry) => addresses.has(entry.address))

const markOf = (view: RouterView, link: string): number | undefined =>
  [...linksByMark(view.rules)].find(([, candidate]) => candidate === link)?.[0]

const ownerScript = (address: IpAddress, mark: number): string =>
  elementLines('add', 'owner', [[address, ` . ${hex(mark)}`]]) + elementLines('add', 'owner_mark', [[address, ` : ${hex(mark)}`]])

/** Gives an address to a port, as its announcement would; for the case in which there will be none. */
export const giveTo = (view: RouterView, address: IpAddress, link: string): Promise<void> =>
  edit(view, (heard) => {
    const mark = markOf(view, link)
    return mark === undefined ? '' : ownerRemovalScript(view, heard, (entry) => entry.address === address) + ownerScript(address, mark)
  })

/** Renewed every second while a conflict lasts; long enough for a restart of ours. Without us, the last announcement owns again after this. */
const holdSeconds = 10

/**
 * Refuses every claim of a loser for a while. An owner is never held: when the loser has taken the address over meanwhile,
 * the winner gets it back in the same step.
 */
export const hold = (view: RouterView, address: IpAddress, loser: string, winner: string): Promise<void> =>
  edit(view, (heard) => {
    const mark = markOf(view, winner)
    if (mark === undefined) return ''
    const isLoser = (entry: Heard) => entry.address === address && entry.link === loser
    const isAddress = (entry: Heard) => entry.address === address
    return (
      byLinkScript('held', heard.held.filter(isLoser)) +
      elementLines('add', 'held', [[address, ` . "${loser}" timeout ${holdSeconds}s`]]) +
      (heard.current.get(address)?.link === winner ? '' : ownerRemovalScript(view, heard, isAddress) + ownerScript(address, mark))
    )
  })

export const release = (view: RouterView, address: IpAddress, loser: string): Promise<void> =>
  edit(view, (heard) =>
    byLinkScript(
      'held',
      heard.held.filter((entry) => entry.address === address && entry.link === loser),
    ),
  )

/** Two that took over in the same instant both stand in the set; the map has one of them, and that one owns. */
export const mendDoubleOwner = (view: RouterView, address: IpAddress): Promise<void> =>
  edit(view, (heard) => {
    const current = heard.current.get(address)
    return ownerRemovalScript(view, { ...heard, current: new Map() }, (entry) => entry.address === address && entry.link !== current?.link)
  })
