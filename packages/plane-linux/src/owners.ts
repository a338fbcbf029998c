// Who announces a HAVIP. The kernel keeps it: the bridge rules write each legal ARP sender into a set whose remaining time tells
// its age, whether a daemon of ours runs or not. A packet socket only tells us when to look.
import { type Ipv4, ipFromBytes, macFromBytes } from '@havip/base'
import { AF, closeDescriptor, onReadable, openSocket, receive, SOCK } from '@havip/linux'
import type { OwnerFact, VpcId } from '@havip/vpc'
import { Announcers } from './conflicts.ts'
import type { Names } from './names.ts'
import { insideNetns, listNetns, netnsIdentity, nft, nftScript } from './netns.ts'
import { portLinksOf, type RouterView } from './router.ts'
import { readHavipElements } from './rule-elements.ts'
import { announcementTimeoutDays } from './ruleset.ts'

export type Heard = { readonly address: Ipv4; readonly link: string; readonly ageMs: number }

const dayMs = 86_400_000
const timeoutMs = announcementTimeoutDays * dayMs
const unitMs: Readonly<Record<string, number>> = { d: dayMs, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** `3649d23h59m59s860ms` in milliseconds. */
export function readDuration(text: string): number {
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[dhms])/g)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return total
}

/** Reads `nft list set` of a set of announcements. The JSON form tells whole seconds only. */
export function readHeard(text: string): Heard[] {
  return [...text.matchAll(/(\d+\.\d+\.\d+\.\d+) \. "([^"]+)"(?: timeout \w+)? expires (\w+)/g)].map(([, address, link, expires]) => ({
    address: address as Ipv4,
    link: link ?? '',
    ageMs: Math.max(0, timeoutMs - readDuration(expires ?? '')),
  }))
}

export type Announcements = { readonly last: readonly Heard[]; readonly since: readonly Heard[] }

export async function readAnnouncements(netns: string): Promise<Announcements> {
  const [last, since] = await Promise.all(['announced', 'announced_since'].map((set) => nft(netns, 'list', 'set', 'bridge', 'havip', set)))
  return { last: readHeard(last ?? ''), since: readHeard(since ?? '') }
}

export type Owner = { readonly link: string | undefined; readonly sinceMs: number; readonly lastSeenMs: number }

/**
 * The last legal announcement wins. Pure.
 *
 * Its `since` is the port's first announcement, or the last one of any other port when that came later: then the change
 * happened somewhere in between, while nobody looked, and the earliest it can have been is told.
 */
export function judgeOwner(address: Ipv4, heard: Announcements, isUp: (link: string) => boolean): Owner | undefined {
  const mine = heard.last.filter((entry) => entry.address === address).sort((a, b) => a.ageMs - b.ageMs)
  const [winner, ...others] = mine
  if (!winner) return undefined
  if (!isUp(winner.link)) return { link: undefined, sinceMs: winner.ageMs, lastSeenMs: winner.ageMs }
  const first = heard.since.find((entry) => entry.address === address && entry.link === winner.link)?.ageMs ?? winner.ageMs
  const sinceMs = Math.max(winner.ageMs, Math.min(first, ...others.map((entry) => entry.ageMs)))
  return { link: winner.link, sinceMs, lastSeenMs: winner.ageMs }
}

/** Facts of one router's HAVIPs. Forgets since when the losers announced, so that a later return of theirs counts from then. */
export async function readOwners(view: RouterView, conflicts: (address: Ipv4) => number): Promise<OwnerFact[]> {
  if (!view.isIntact) return []
  const heard = await readAnnouncements(view.netns)
  const last = Map.groupBy(heard.last, (entry) => entry.address)
  const since = Map.groupBy(heard.since, (entry) => entry.address)
  const ports = new Map(portLinksOf(view).map(({ link, port }) => [link.name, port]))
  const facts: OwnerFact[] = []
  const losers: Heard[] = []
  for (const { havip, address } of readHavipElements(view.rules)) {
    const own = { last: last.get(address) ?? [], since: since.get(address) ?? [] }
    const owner = judgeOwner(address, own, (link) => view.links.get(link)?.isUp === true)
    const port = owner?.link === undefined ? undefined : ports.get(owner.link)
    facts.push({ havip, port, sinceMs: owner?.sinceMs ?? 0, lastSeenMs: owner?.lastSeenMs ?? 0, conflicts: conflicts(address) })
    if (owner?.link) losers.push(...own.since.filter((entry) => entry.link !== owner.link))
  }
  await nftScript(view.netns, removalScript('announced_since', losers))
  return facts
}

/** Adding first makes the removal safe when the element has gone meanwhile. */
function removalScript(set: 'announced' | 'announced_since', entries: readonly Heard[]): string {
  if (entries.length === 0) return ''
  const keys = entries.map((entry) => `${entry.address} . "${entry.link}"`).join(', ')
  return `add element bridge havip ${set} { ${keys} }\ndelete element bridge havip ${set} { ${keys} }\n`
}

async function forget(view: RouterView, isMeant: (entry: Heard, heard: Announcements) => boolean): Promise<void> {
  if (!view.isIntact) return
  const heard = await readAnnouncements(view.netns)
  const meant = (entries: readonly Heard[]) => entries.filter((entry) => isMeant(entry, heard))
  await nftScript(view.netns, removalScript('announced', meant(heard.last)) + removalScript('announced_since', meant(heard.since)))
}

/**
 * A port goes away or begins anew: what it announced is forgotten. Addresses that it owned are nobody's until somebody
 * announces them again; that an earlier owner was once heard doesn't make it the owner now.
 */
export const forgetPort = (view: RouterView, link: string): Promise<void> =>
  forget(view, (entry, heard) => entry.link === link || judgeOwner(entry.address, heard, () => true)?.link === link)

/** A HAVIP was unbound from a port: the same for one address. */
export const forgetBinding = (view: RouterView, link: string, address: Ipv4): Promise<void> =>
  forget(
    view,
    (entry, heard) => entry.address === address && (entry.link === link || judgeOwner(address, heard, () => true)?.link === link),
  )

export const forgetAddress = (view: RouterView, address: Ipv4): Promise<void> => forget(view, (entry) => entry.address === address)

const etherTypeArp = 0x0806
/** Ethernet header and an ARP packet for IPv4. */
const arpFrameBytes = 42
/** Frames taken from a socket in one go; the rest follows in the next. */
const framesMax = 64
/** Announcements come in bursts; listeners are told once for each. */
const settleMs = 5

type Ear = { readonly identity: string; readonly announcers: Announcers; close(): void }

/**
 * One packet socket in each router. It hears what the bridge rules let through, and tells when an address is announced
 * by another MAC than before.
 */
export class OwnerWatch {
  readonly #names: Names
  readonly #onChange: () => void
  readonly #ears = new Map<VpcId, Ear>()
  #timer: NodeJS.Timeout | undefined

  constructor(names: Names, onChange: () => void) {
    this.#names = names
    this.#onChange = onChange
  }

  /** Listens in the routers that there are now. */
  refresh(): void {
    const routers = new Map(
      listNetns(this.#names.prefix).flatMap((netns) => {
        const vpc = this.#names.vpcOf(netns)
        const identity = vpc && netnsIdentity(netns)
        return vpc && identity ? [[vpc, { netns, identity }] as const] : []
      }),
    )
    for (const [vpc, ear] of this.#ears)
      if (routers.get(vpc)?.identity !== ear.identity) {
        ear.close()
        this.#ears.delete(vpc)
      }
    for (const [vpc, { netns, identity }] of routers) if (!this.#ears.has(vpc)) this.#ears.set(vpc, this.#listen(netns, identity))
  }

  /** A port was cut off or forgotten: its next announcement is news again. */
  forget(): void {
    for (const ear of this.#ears.values()) ear.announcers.forget()
  }

  /** Times that two announced the address at once, since we listen. */
  conflicts(vpc: VpcId, address: Ipv4): number {
    return this.#ears.get(vpc)?.announcers.conflicts(address) ?? 0
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const ear of this.#ears.values()) ear.close()
    this.#ears.clear()
  }

  #listen(netns: string, identity: string): Ear {
    // The protocol of a packet socket is in network order.
    const protocol = ((etherTypeArp & 0xff) << 8) | (etherTypeArp >> 8)
    const fd = insideNetns(netns, () => openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, protocol))
    const frame = new Uint8Array(new ArrayBuffer(64))
    const announcers = new Announcers()
    const readable = onReadable(fd, () => {
      for (let count = 0; count < framesMax; count++) {
        const length = receive(fd, frame, 0)
        if (length < 0) return
        if (length >= arpFrameBytes) this.#hear(announcers, frame)
      }
    })
    return {
      identity,
      announcers,
      close: () => {
        readable.close()
        closeDescriptor(fd)
      },
    }
  }

  #hear(announcers: Announcers, frame: Uint8Array): void {
    const mac = macFromBytes(frame, 22)
    const address = ipFromBytes(frame, 'ipv4', 28)
    // A probe (RFC 5227) announces nothing.
    if (address === '0.0.0.0' || !announcers.hear(address, mac, performance.now()).isNews) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#onChange()
    }, settleMs)
  }
}
