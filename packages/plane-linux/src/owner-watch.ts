// Listens in each router for who announces which HAVIP, asks the ports when something is unclear, and carries out what the arbiter
// decides. A failover needs none of this: it happens in the bridge rules, whether we run or not.
import { type IpAddress, ipFromBytes, isIpv6, type Mac, macFromBytes } from '@havip/base'
import { AF, closeDescriptor, interfaceIndex, onReadable, openSocket, packetAddress, receive, SOCK, sendTo } from '@havip/linux'
import type { VpcId } from '@havip/vpc'
import {
  arpOperation,
  encodeArp,
  encodeEthernet,
  encodeGratuitousArp,
  encodeNeighbourSolicitation,
  encodeUnsolicitedAdvertisement,
  etherType,
} from '@havip/wire'
import { Arbiter, type Conflict, type Sight, type Verdict } from './arbiter.ts'
import type { Names } from './names.ts'
import { claimOf, hearOnlyNeighbourDiscovery, ndFrameBytes } from './nd-ear.ts'
import { insideNetns, ipBatch, listNetns, netnsIdentity } from './netns.ts'
import { giveTo, hold, mendDoubleOwner, readAnnouncements, release } from './owners.ts'
import { sleep } from './processes.ts'
import { type Link, type RouterView, readRouter } from './router.ts'
import { readHavipElements, readPortElements } from './rule-elements.ts'
import type { Queue } from './run.ts'

/** Ethernet header and an ARP packet for IPv4. */
const arpFrameBytes = 42
/** Frames taken from a socket in one go; the rest follows in the next. */
const framesMax = 64
/** Announcements come in bursts; listeners are told once for each. */
const settleMs = 5
/** How long a port has to answer. It is on this machine; a busy one may take a while. */
const answerMs = 120
/** What an answer may have taken longer than we think, by the rounding of the kernel's ages. */
const roundingMs = 20
/** Addresses that are looked at together; others follow at once. */
const looksMax = 256

type Ear = {
  readonly identity: string
  readonly arbiter: Arbiter
  /** Others are announced too; they are none of ours. */
  havips: ReadonlySet<string>
  isLooking: boolean
  timer: NodeJS.Timeout | undefined
  close(): void
}

export type OwnerWatchParts = {
  readonly names: Names
  /** What changes the rules goes through it, so that nothing else does at the same time. */
  readonly queue: Queue
  readonly onChange: () => void
  readonly log: (line: string) => void
}

export class OwnerWatch {
  readonly #parts: OwnerWatchParts
  readonly #ears = new Map<VpcId, Ear>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: OwnerWatchParts) {
    this.#parts = parts
  }

  /** Listens in the routers that there are now. What the kernel knows of owners and conflicts is taken up. */
  async refresh(): Promise<void> {
    const { names } = this.#parts
    const routers = new Map(
      listNetns(names.prefix).flatMap((netns) => {
        const vpc = names.vpcOf(netns)
        const identity = vpc && netnsIdentity(netns)
        return vpc && identity ? [[vpc, { netns, identity }] as const] : []
      }),
    )
    for (const [vpc, ear] of this.#ears)
      if (routers.get(vpc)?.identity !== ear.identity) {
        ear.close()
        this.#ears.delete(vpc)
      }
    for (const [vpc, { netns, identity }] of routers) {
      if (this.#ears.has(vpc)) continue
      const ear = this.#listen(vpc, netns, identity)
      this.#ears.set(vpc, ear)
      await this.#resume(vpc, ear)
    }
  }

  /** A port was cut off or changed: its next announcement is news again. */
  forget(): void {
    for (const ear of this.#ears.values()) ear.arbiter.forget()
  }

  /** These are the HAVIPs of a router from now on. */
  know(vpc: VpcId, havips: ReadonlySet<string>): void {
    const ear = this.#ears.get(vpc)
    if (!ear) return
    for (const address of ear.havips) if (!havips.has(address)) ear.arbiter.drop(address)
    ear.havips = havips
  }

  conflictOf(vpc: VpcId, address: IpAddress): { readonly count: number; readonly now: Conflict | undefined } {
    const arbiter = this.#ears.get(vpc)?.arbiter
    return { count: arbiter?.conflicts(address) ?? 0, now: arbiter?.conflict(address, performance.now()) }
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const ear of this.#ears.values()) ear.close()
    this.#ears.clear()
  }

  async #resume(vpc: VpcId, ear: Ear): Promise<void> {
    const view = await readRouter(this.#parts.names, vpc)
    if (!view?.isIntact) return
    ear.havips = new Set(readHavipElements(view.rules).map(({ address }) => address))
    const heard = await readAnnouncements(view)
    const macs = macsByLink(view)
    const held = Map.groupBy(heard.held, ({ address }) => address)
    for (const [address, { link }] of heard.current) {
      const owner = macs.get(link)
      const losers = (held.get(address) ?? []).flatMap((entry) => macs.get(entry.link) ?? [])
      if (owner) ear.arbiter.resume(address, owner, losers, performance.now())
    }
    this.#plan(vpc, ear)
  }

  #listen(vpc: VpcId, netns: string, identity: string): Ear {
    const frame = new Uint8Array(new ArrayBuffer(128))
    /** The rest of a long frame is cut off: nothing behind it is looked at. */
    const listen = (protocol: number, bytesMin: number, hear: () => void) => {
      const fd = openPacketSocket(netns, inNetworkOrder(protocol))
      const readable = onReadable(fd, () => {
        for (let count = 0; count < framesMax; count++) {
          const length = receive(fd, frame, 0)
          if (length < 0) return
          if (length >= bytesMin) hear()
        }
      })
      const close = (): void => {
        readable.close()
        closeDescriptor(fd)
      }
      return { fd, close }
    }
    const arp = listen(etherType.arp, arpFrameBytes, () => this.#heard(vpc, ear, ipFromBytes(frame, 'ipv4', 28), macFromBytes(frame, 22)))
    const nd = listen(etherType.ipv6, ndFrameBytes, () => {
      const claim = claimOf(frame)
      if (claim) this.#heard(vpc, ear, claim.address, claim.mac)
    })
    hearOnlyNeighbourDiscovery(nd.fd)
    const ear: Ear = {
      identity,
      arbiter: new Arbiter(),
      havips: new Set(),
      isLooking: false,
      timer: undefined,
      close: () => {
        clearTimeout(ear.timer)
        arp.close()
        nd.close()
      },
    }
    return ear
  }

  #heard(vpc: VpcId, ear: Ear, address: IpAddress, mac: Mac): void {
    if (!ear.havips.has(address) || !ear.arbiter.heard(address, mac, performance.now())) return
    this.#plan(vpc, ear)
    this.#tell()
  }

  #tell(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#parts.onChange()
    }, settleMs)
  }

  #plan(vpc: VpcId, ear: Ear): void {
    const next = ear.arbiter.nextLookMs()
    clearTimeout(ear.timer)
    if (next === undefined || ear.isLooking) return
    ear.timer = setTimeout(() => void this.#look(vpc, ear), Math.max(0, next - performance.now()))
  }

  /** Asks all ports for all addresses that are due, waits for the answers, and does what follows. */
  async #look(vpc: VpcId, ear: Ear): Promise<void> {
    ear.isLooking = true
    try {
      const due = ear.arbiter.due(performance.now()).slice(0, looksMax) as IpAddress[]
      const view = await readRouter(this.#parts.names, vpc)
      if (!view?.isIntact) return due.forEach((address) => void ear.arbiter.drop(address))
      const asked = await askPorts(view, due)
      for (const address of due) {
        const sight = asked.get(address)
        if (this.#ears.get(vpc) !== ear) return
        if (!sight) ear.arbiter.drop(address)
        else for (const verdict of ear.arbiter.saw(address, sight, performance.now())) await this.#carryOut(vpc, address, verdict)
      }
    } catch (error) {
      this.#parts.log(`looking for the owners in ${vpc} failed: ${error instanceof Error ? error.message : String(error)}`)
      // Only what cannot be looked at now is due for ever; the next announcement makes it due again.
      for (const address of ear.arbiter.due(performance.now())) ear.arbiter.drop(address)
    } finally {
      ear.isLooking = false
      if (this.#ears.get(vpc) === ear) this.#plan(vpc, ear)
    }
  }

  #carryOut(vpc: VpcId, address: IpAddress, verdict: Verdict): Promise<void> {
    return this.#parts.queue.run(async () => {
      const view = await readRouter(this.#parts.names, vpc)
      if (!view?.isIntact) return
      const links = new Map([...macsByLink(view)].map(([link, mac]) => [mac, link]))
      const linkOf = (mac: string): string => links.get(mac as Mac) ?? ''
      const heir = verdict.kind === 'give' ? verdict.to : verdict.kind === 'hold' ? verdict.winner : undefined
      // The binding may have ended since the ports were asked.
      if (heir !== undefined && readPortElements(view.rules).get(linkOf(heir))?.havips.includes(address) !== true) return
      switch (verdict.kind) {
        case 'give':
          await giveTo(view, address, linkOf(verdict.to))
          await tellNeighbours(view, address, verdict.to as Mac)
          this.#parts.log(`${address} in ${vpc} goes to ${verdict.to}: its owner does not answer for it, and this one does`)
          break
        case 'hold': {
          const wasOwner = (await readAnnouncements(view)).current.get(address)?.link
          await hold(view, address, linkOf(verdict.loser), linkOf(verdict.winner))
          if (wasOwner !== linkOf(verdict.winner)) await tellNeighbours(view, address, verdict.winner as Mac)
          break
        }
        case 'release':
          await release(view, address, linkOf(verdict.loser))
      }
      this.#tell()
    })
  }
}

const macsByLink = (view: RouterView): ReadonlyMap<string, Mac> =>
  new Map([...readPortElements(view.rules)].map(([link, { mac }]) => [link, mac]))

/** The protocol of a packet socket is in network order. */
const inNetworkOrder = (protocol: number): number => ((protocol & 0xff) << 8) | (protocol >> 8)

const openPacketSocket = (netns: string, protocol: number): number =>
  insideNetns(netns, () => openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, protocol))

/** Sends frames in a router's namespace, each out of an interface of its own. */
function sendFrames(netns: string, frames: readonly { readonly link: string; readonly frame: Uint8Array }[]): void {
  if (frames.length === 0) return
  insideNetns(netns, () => {
    const fd = openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, 0)
    try {
      for (const { link, frame } of frames) {
        // A port may have gone meanwhile, or its queue be full: then it does not answer, which is what we want to know.
        const index = indexOf(link)
        if (index !== undefined) sendTo(fd, frame, 0, packetAddress(index, 0))
      }
    } finally {
      closeDescriptor(fd)
    }
  })
}

function indexOf(link: string): number | undefined {
  try {
    return interfaceIndex(link)
  } catch {
    return undefined
  }
}

/**
 * Asks every port that an address is bound to for it; gives nothing for what is no HAVIP. An address that moved meanwhile is asked for
 * once more: the old owner answered when it still had it. When it moves again and again, that is what there is to see.
 */
async function askPorts(view: RouterView, addresses: readonly IpAddress[]): Promise<ReadonlyMap<IpAddress, Sight>> {
  const first = await askOnce(view, addresses)
  const unsettled = addresses.filter((address) => first.get(address)?.hasMoved)
  return unsettled.length === 0 ? first : new Map([...first, ...(await askOnce(view, unsettled))])
}

type AskedSight = Sight & { readonly hasMoved: boolean }

/** Asks each port by itself. */
async function askOnce(view: RouterView, addresses: readonly IpAddress[]): Promise<ReadonlyMap<IpAddress, AskedSight>> {
  const ports = [...readPortElements(view.rules)]
  const bridges = new Map([...view.links.values()].filter(({ kind }) => kind === 'bridge').map((link) => [link.name, link]))
  const known = new Set(readHavipElements(view.rules).map(({ address }) => address))
  const wanted = addresses.filter((address) => known.has(address))
  const asks = wanted.flatMap((address) =>
    ports.flatMap(([name, port]) => {
      const link = view.links.get(name)
      const bridge = bridges.get(link?.master ?? '')
      return port.havips.includes(address) && link?.isUp && bridge ? [{ address, link, bridge, mac: port.mac }] : []
    }),
  )
  const begun = performance.now()
  sendFrames(
    view.netns,
    asks.flatMap(({ address, link, bridge, mac }) => question(address, link, bridge, mac)),
  )
  await sleep(answerMs)
  const heard = await readAnnouncements(view)
  const waited = performance.now() - begun + roundingMs
  const macs = macsByLink(view)
  const answered = new Set(
    [...heard.last, ...heard.contested].filter(({ ageMs }) => ageMs <= waited).map((entry) => `${entry.address} ${entry.link}`),
  )
  const owners = Map.groupBy(heard.owners, ({ address }) => address)
  const sights = new Map<IpAddress, AskedSight>()
  for (const address of wanted) {
    if ((owners.get(address)?.length ?? 0) > 1) await mendDoubleOwner(view, address)
    const current = heard.current.get(address)
    sights.set(address, {
      owner: macs.get(current?.link ?? ''),
      hasMoved: current !== undefined && current.ageMs <= waited,
      holders: ports.flatMap(([name, { mac }]) => (answered.has(`${address} ${name}`) ? [mac] : [])),
    })
  }
  return sights
}

/** As the router asks, but of one port only, whatever the neighbours believe. */
function question(address: IpAddress, link: Link, bridge: Link, mac: Mac): { link: string; frame: Uint8Array }[] {
  const senderMac = bridge.mac as Mac
  if (isIpv6(address)) {
    const source = bridge.addresses6[0]?.address
    if (source === undefined) return []
    return [{ link: link.name, frame: encodeNeighbourSolicitation({ source, sourceMac: senderMac, target: address, destinationMac: mac }) }]
  }
  const sender = bridge.addresses[0]?.address
  if (sender === undefined) return []
  const payload = encodeArp({ operation: arpOperation.request, senderMac, sender, targetMac: mac, target: address })
  return [{ link: link.name, frame: encodeEthernet({ destination: mac, source: senderMac, type: etherType.arp, payload }) }]
}

/** In place of an owner that does not know it has to: everybody on the segment, and the router itself. */
async function tellNeighbours(view: RouterView, address: IpAddress, mac: Mac): Promise<void> {
  const name = [...readPortElements(view.rules)].find(([, port]) => port.mac === mac)?.[0]
  const bridge = view.links.get(name ?? '')?.master
  if (name === undefined || bridge === undefined) return
  await ipBatch(view.netns, [`neigh replace ${address} lladdr ${mac} dev ${bridge} nud stale`])
  const frame = isIpv6(address) ? encodeUnsolicitedAdvertisement(mac, address, { isRouter: false }) : encodeGratuitousArp(mac, address)
  const ports = [...view.links.values()].filter((link) => link.master === bridge && link.name !== name && link.isUp)
  sendFrames(
    view.netns,
    ports.map((link) => ({ link: link.name, frame })),
  )
}
