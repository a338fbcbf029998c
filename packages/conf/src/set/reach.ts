// Whether what one node sends gets to the others and is taken there: group or peers, source addresses, TTL.
import { listed, type Member, type Report } from './member.ts'

export function checkReach(members: readonly Member[], report: Report): void {
  const unicast = members.filter(({ instance }) => instance.peers.length > 0)
  const multicast = members.filter(({ instance }) => instance.peers.length === 0)
  for (const member of multicast.length > 0 ? unicast : []) {
    const message = `sends to its peers, and ${listed(multicast.map(({ node }) => node.name))} by multicast: neither takes the other's adverts, so both hold the addresses at once`
    report({ code: 'set-transport-differs', severity: 'error', at: member, message, keywords: ['unicast_peer'], others: multicast })
  }
  checkSources(members, report)
  checkSourceIsVirtual(members, report)
  checkCopies(unicast, report)
  for (const from of unicast) {
    checkOwnPeers(from, report)
    const isMissing = unicast.filter((to) => to !== from && !checkPath(from, to, report)).length > 0
    if (!isMissing) checkStrangers(from, members, report)
  }
}

function checkSources(members: readonly Member[], report: Report): void {
  for (const [index, member] of members.entries()) {
    const { source } = member.instance
    const twin = members.slice(0, index).find(({ instance }) => source !== undefined && instance.source === source)
    if (!twin || source === undefined) continue
    const message = `sends from ${source}, as ${twin.node.name} does: at most one of the two has that address, so the other cannot send and both may hold the addresses at once`
    report({
      code: 'set-source-equal',
      severity: 'error',
      at: member,
      message,
      keywords: ['unicast_src_ip', 'mcast_src_ip'],
      others: [twin],
    })
  }
}

/** An address that moves cannot be the one that a node is known by, but for the owner's with priority 255. */
function checkSourceIsVirtual(members: readonly Member[], report: Report): void {
  if (members.some(({ instance }) => instance.priority === 255)) return
  for (const member of members) {
    const { source } = member.instance
    const holder = members.find(({ instance }) =>
      [...instance.virtualAddresses, ...instance.excludedAddresses].some(({ address }) => address === source),
    )
    if (source === undefined || !holder) continue
    const message = `sends from ${source}, which is one of the virtual addresses: another node that becomes master takes it and two machines have it, and this node as backup has nothing to send from`
    report({
      code: 'set-source-virtual',
      severity: 'error',
      at: member,
      message,
      keywords: ['unicast_src_ip', 'mcast_src_ip'],
      others: holder === member ? [] : [holder],
    })
  }
}

/** Copied, and nothing changed: where nobody says what it sends from, equal lists of peers give it away. */
function checkCopies(unicast: readonly Member[], report: Report): void {
  const listOf = ({ instance }: Member): string =>
    instance.peers
      .map(({ address }) => address)
      .sort()
      .join(' ')
  for (const [index, member] of unicast.entries()) {
    const { source, peers } = member.instance
    const twin = unicast.slice(0, index).find((other) => other.instance.source === undefined && listOf(other) === listOf(member))
    if (!twin || source !== undefined || peers.length >= unicast.length) continue
    const message = `unicast_peer is that of ${twin.node.name}: one of the two sends to itself, the other hears nothing, and both hold the addresses at once`
    report({ code: 'set-peers-equal', severity: 'error', at: member, message, keywords: ['unicast_peer'], others: [twin] })
  }
}

function checkOwnPeers(member: Member, report: Report): void {
  const { source, peers } = member.instance
  if (source === undefined || !peers.some(({ address }) => address === source)) return
  const message = `unicast_peer has ${source}, which is this node itself: it sends its adverts to itself, and what it hears from there says nothing of the others`
  report({ code: 'set-peer-itself', severity: 'error', at: member, message, keywords: ['unicast_peer'] })
}

/** False when `to` is not among the peers of `from`. */
function checkPath(from: Member, to: Member, report: Report): boolean {
  const { peers, source, unicastTtl } = from.instance
  const target = to.instance.source
  const entry = to.instance.peers.find(({ address }) => address === source)
  // Over IPv6 the kernel's own hop limit unless the file says otherwise.
  const ttl = unicastTtl ?? (from.instance.family === 'ipv6' ? 64 : 255)
  if (source !== undefined && entry && (ttl < (entry.ttlMin ?? 0) || ttl > (entry.ttlMax ?? 255))) {
    const message = `the TTL limits for ${source} do not admit the ${ttl} that ${from.node.name} sends with: its adverts are dropped and this node becomes master, too`
    report({ code: 'set-ttl-outside', severity: 'error', at: to, message, keywords: ['unicast_peer'], others: [from] })
  }
  // One address for both is a finding of its own.
  if (target === undefined || target === source || peers.some(({ address }) => address === target)) return true
  const message = `unicast_peer lacks ${target}, the source address of ${to.node.name}: that node hears nothing of this one and becomes master, too`
  report({ code: 'set-peer-missing', severity: 'error', at: from, message, keywords: ['unicast_peer'], others: [to] })
  return false
}

/** Peers that are none of the nodes; only where every node says what it sends from. */
function checkStrangers(from: Member, members: readonly Member[], report: Report): void {
  const sources = members.map(({ instance }) => instance.source)
  if (sources.includes(undefined) || new Set(sources).size < sources.length) return
  const strangers = from.instance.peers.map(({ address }) => address).filter((address) => !sources.includes(address))
  if (strangers.length === 0) return
  const what =
    strangers.length === 1 ? 'which is the source address of no node given here' : 'which are source addresses of no node given here'
  const message = `unicast_peer has ${listed(strangers)}, ${what}: if no other node is there, adverts go to nobody and a takeover waits for a race that nobody runs`
  report({ code: 'set-peer-unknown', severity: 'warning', at: from, message, keywords: ['unicast_peer'] })
}
