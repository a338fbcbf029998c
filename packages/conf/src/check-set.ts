// Checks the nodes of one virtual router against each other; each finding says what would happen in operation.
import type { Milliseconds } from '@havip/base'
import type { Diagnostic } from './diagnostic.ts'
import type { Configuration, InstanceConf, TrackConf } from './model.ts'

/** One node of a set; the name is how findings call it. */
export type SetNode = { readonly name: string; readonly configuration: Configuration }

type Member = { readonly node: SetNode; readonly instance: InstanceConf }
type Report = (code: string, severity: Diagnostic['severity'], at: Member, message: string, others?: readonly Member[]) => void

export function checkSet(nodes: readonly SetNode[]): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const report: Report = (code, severity, { node, instance }, message, others = []) => {
    const related = others.map((other) => ({ at: other.instance.at, note: `${other.node.name} has it here` }))
    found.push({ code, severity, consequence: 'note', message: `${node.name} (${instance.name}): ${message}`, at: instance.at, related })
  }
  for (const members of routersOf(nodes)) {
    const [first, ...others] = members
    if (!first) continue
    if (others.length === 0) {
      if (nodes.length > 1)
        report(
          'set-alone',
          'warning',
          first,
          `no other node has VRID ${first.instance.vrid}: when this node fails nobody takes its addresses`,
        )
      continue
    }
    for (const other of others) comparePair(first, other, report)
    for (const one of members) for (const other of members) if (one !== other) checkReach(one, other, report)
    checkElection(members, report)
    predictOutage(members, report)
  }
  return found
}

/** Instances that belong together: same VRID and family, else a shared address, else the same name. */
function routersOf(nodes: readonly SetNode[]): readonly (readonly Member[])[] {
  const routers: Member[][] = []
  for (const node of nodes) {
    const open = routers.filter((router) => router.every((member) => member.node !== node))
    for (const instance of node.configuration.instances) {
      const free = open.filter((router) => router.every((member) => member.node !== node))
      const router =
        free.find(([first]) => first?.instance.vrid === instance.vrid && first.instance.family === instance.family) ??
        free.find(([first]) => first !== undefined && sharesAddress(first.instance, instance)) ??
        free.find(([first]) => first?.instance.name === instance.name)
      if (router) router.push({ node, instance })
      else routers.push([{ node, instance }])
    }
  }
  return routers
}

const addressesOf = (instance: InstanceConf): readonly string[] => instance.virtualAddresses.map(({ address }) => address)
const sharesAddress = (a: InstanceConf, b: InstanceConf): boolean => addressesOf(a).some((address) => addressesOf(b).includes(address))

const TWO_MASTERS = 'so each drops the other’s adverts and both hold the addresses at once'

function comparePair(one: Member, other: Member, report: Report): void {
  const a = one.instance
  const b = other.instance
  const differ = (code: string, what: string, left: unknown, right: unknown, then: string): void => {
    if (left !== right) report(code, 'error', other, `${what} is ${right}, but ${left} on ${one.node.name}, ${then}`, [one])
  }
  differ('set-vrid-differs', 'virtual_router_id', a.vrid, b.vrid, TWO_MASTERS)
  differ('set-family-differs', 'the family', a.family, b.family, TWO_MASTERS)
  differ('set-version-differs', 'version', a.version, b.version, TWO_MASTERS)
  const kinds = { none: 'none', pass: 'PASS', ah: 'AH' }
  if (a.version === b.version) {
    differ('set-authentication-differs', 'auth_type', kinds[a.authentication.kind], kinds[b.authentication.kind], TWO_MASTERS)
    const passwordOf = ({ authentication }: InstanceConf): string => (authentication.kind === 'none' ? '' : authentication.password)
    if (a.authentication.kind === b.authentication.kind) {
      if (passwordOf(a) !== passwordOf(b))
        report('set-password-differs', 'error', other, `auth_pass is another than on ${one.node.name}, ${TWO_MASTERS}`, [one])
    }
    compareIntervals(one, other, report)
  }
  if (a.version === 3 && b.version === 3 && a.family === 'ipv4') {
    differ('set-checksum-differs', 'v3_checksum_as_v2', a.checksumAsV2, b.checksumAsV2, TWO_MASTERS)
  }
  const group = (member: Member): string =>
    member.instance.mcastDestination ?? member.node.configuration.global[member.instance.family === 'ipv4' ? 'mcastGroup4' : 'mcastGroup6']
  if (a.peers.length === 0 && b.peers.length === 0 && a.family === b.family) {
    differ(
      'set-group-differs',
      'the multicast group',
      group(one),
      group(other),
      'so neither hears the other and both hold the addresses at once',
    )
  }
  compareAddresses(one, other, report)
  compareHmac(one, other, report)
}

const inSeconds = (time: Milliseconds | number): string => `${Number((time / 1000).toFixed(3))} s`

function compareIntervals(one: Member, other: Member, report: Report): void {
  const a = one.instance.advertInterval
  const b = other.instance.advertInterval
  if (a === b) return
  const message = `advert_int is ${inSeconds(b)}, but ${inSeconds(a)} on ${one.node.name}`
  if (one.instance.version === 2) report('set-interval-differs', 'error', other, `${message}, ${TWO_MASTERS}`, [one])
  else
    report(
      'set-interval-differs',
      'warning',
      other,
      `${message}: each node waits by the interval of the master it hears, so the outage depends on who fails`,
      [one],
    )
}

function compareAddresses(one: Member, other: Member, report: Report): void {
  const left = addressesOf(one.instance)
  const right = addressesOf(other.instance)
  for (const [missing, here, there] of [
    [left.filter((address) => !right.includes(address)), one, other],
    [right.filter((address) => !left.includes(address)), other, one],
  ] as const) {
    if (missing.length > 0) {
      report(
        'set-addresses-differ',
        'error',
        there,
        `${missing.join(', ')} of ${here.node.name} is missing here: while this node is master nobody answers there`,
        [here],
      )
    }
  }
  if (
    left.length === right.length &&
    left.every((address) => right.includes(address)) &&
    left.some((address, index) => address !== right[index])
  ) {
    report('set-address-order', 'note', other, `the addresses are those of ${one.node.name} in another order, which works`, [one])
  }
}

function compareHmac(one: Member, other: Member, report: Report): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const sent = from.instance.authHmac
    const known = to.instance.authHmac
    if (!sent && known && known.mode === 'enforce') {
      report(
        'set-hmac-differs',
        'error',
        to,
        `adverts have to be signed here, and ${from.node.name} does not sign: they are dropped and this node becomes master, too`,
        [from],
      )
    } else if (sent && known && !known.keys.some(({ id }) => id === sent.activeKey)) {
      report(
        'set-key-unknown',
        'error',
        to,
        `${from.node.name} signs with key ${sent.activeKey}, which is not defined here: its adverts are dropped and this node becomes master, too`,
        [from],
      )
    }
  }
}

/** Whether what `from` sends gets to `to` and is taken there. */
function checkReach(from: Member, to: Member, report: Report): void {
  const { peers, source, unicastTtl } = from.instance
  const isUnicast = peers.length > 0
  if (isUnicast !== to.instance.peers.length > 0) {
    if (isUnicast)
      report(
        'set-transport-differs',
        'error',
        from,
        `sends unicast and ${to.node.name} multicast: neither takes the other for a peer, and both hold the addresses at once`,
        [to],
      )
    return
  }
  if (!isUnicast) return
  const target = to.instance.source
  if (target !== undefined && !peers.some(({ address }) => address === target)) {
    report(
      'set-peer-missing',
      'error',
      from,
      `unicast_peer lacks ${target}, the unicast_src_ip of ${to.node.name}: that node hears nothing and becomes master, too`,
      [to],
    )
  }
  if (source === undefined) return
  const entry = to.instance.peers.find(({ address }) => address === source)
  const ttl = unicastTtl ?? 255
  if (entry && (ttl < (entry.ttlMin ?? 0) || ttl > (entry.ttlMax ?? 255))) {
    report(
      'set-ttl-outside',
      'error',
      to,
      `the TTL limits for ${source} do not admit the ${ttl} that ${from.node.name} sends: its adverts are dropped and this node becomes master, too`,
      [from],
    )
  }
}

/** Base priority and what the trackers add while all is well. */
function healthyPriority({ node, instance }: Member): number {
  const sum = weightsOf(node, instance).reduce((total, { weight }) => total + Math.max(0, weight), instance.priority as number)
  return instance.priority === 255 ? 255 : Math.min(254, Math.max(1, sum))
}

type Weighted = { readonly entry: TrackConf; readonly weight: number }

/** Trackers that change the priority by a fixed amount; files hold any number. */
function weightsOf({ configuration }: SetNode, instance: InstanceConf): readonly Weighted[] {
  const own = (list: readonly { readonly name: string; readonly weight: number }[], name: string): number =>
    list.find((item) => item.name === name)?.weight ?? 0
  return [
    ...instance.trackInterfaces.map((entry) => ({ entry, weight: entry.weight ?? 0 })),
    ...instance.trackScripts.map((entry) => ({ entry, weight: entry.weight ?? own(configuration.scripts, entry.name) })),
    ...instance.trackProcesses.map((entry) => ({ entry, weight: entry.weight ?? own(configuration.processes, entry.name) })),
    ...instance.trackBfd.map((entry) => ({ entry, weight: entry.weight ?? own(configuration.bfdSessions, entry.name) })),
  ].filter(({ weight }) => weight !== 0)
}

function checkElection(members: readonly Member[], report: Report): void {
  const ranked = [...members].sort((a, b) => healthyPriority(b) - healthyPriority(a))
  const [best, second] = ranked as [Member, Member]
  for (const [index, member] of members.entries()) {
    const same = members.slice(0, index).find((other) => other.instance.priority === member.instance.priority)
    if (!same) continue
    if (member.instance.priority === 255)
      report('set-two-owners', 'error', member, `priority 255 is also that of ${same.node.name}: both are master from their start`, [same])
    else
      report(
        'set-priority-equal',
        'warning',
        member,
        `priority ${member.instance.priority} is also that of ${same.node.name}: the higher source address decides, so a change of address moves the service`,
        [same],
      )
  }
  const byBase = [...members].sort((a, b) => b.instance.priority - a.instance.priority)[0] as Member
  if (byBase !== best && healthyPriority(byBase) < healthyPriority(best)) {
    report(
      'set-weights-reverse',
      'warning',
      byBase,
      `has the highest priority, but with all trackers well ${best.node.name} reaches ${healthyPriority(best)} and is always master`,
      [best],
    )
  }
  checkWeights(best, second, report)
  checkPreemption(members, best, report)
}

function checkWeights(best: Member, second: Member, report: Report): void {
  for (const { entry, weight } of weightsOf(best.node, best.instance)) {
    const left = healthyPriority(best) - Math.abs(weight)
    const other = healthyPriority(second)
    if (left > other) {
      report(
        'set-weight-too-small',
        'error',
        best,
        `when ${entry.name} fails the priority falls by ${Math.abs(weight)} to ${left}, still above the ${other} of ${second.node.name}: this can never move the service`,
        [second],
      )
    } else if (left === other) {
      report(
        'set-weight-ties',
        'warning',
        best,
        `when ${entry.name} fails the priority falls to ${left}, equal to that of ${second.node.name}: a master keeps the service on a tie`,
        [second],
      )
    } else if (!second.instance.preempt) {
      report(
        'set-weight-with-nopreempt',
        'error',
        best,
        `when ${entry.name} fails ${second.node.name} has the higher priority, but its nopreempt leaves this master in peace: this never moves the service; use weight 0`,
        [second],
      )
    }
  }
}

function checkPreemption(members: readonly Member[], best: Member, report: Report): void {
  const gentle = members.filter(({ instance }) => !instance.preempt)
  if (gentle.length > 0 && best.instance.preempt) {
    const message = `takes the service back after each of its restarts, although ${gentle.map(({ node }) => node.name).join(', ')} has nopreempt; for no switch back write \`state BACKUP\` and nopreempt here, too`
    report('set-preempts-anyway', 'warning', best, message, gentle)
  }
  const wishing = members.filter(({ instance }) => instance.wantsMaster)
  if (wishing.length > 1)
    report(
      'set-two-masters-wished',
      'warning',
      wishing[1] as Member,
      `\`state MASTER\` is on ${wishing[0]?.node.name}, too; only the priority decides, so one of them says what will not be`,
      wishing.slice(0, 1),
    )
}

/** RFC 5798 §6.1; version 2 counts in whole seconds of skew. */
function skewOf({ version, priority, advertInterval }: InstanceConf): number {
  return version === 2 ? ((256 - priority) / 256) * 1000 : ((256 - priority) / 256) * advertInterval
}

function predictOutage(members: readonly Member[], report: Report): void {
  const ranked = [...members].sort((a, b) => healthyPriority(b) - healthyPriority(a))
  const [best, next] = ranked as [Member, Member]
  const wait = next.instance.downTimerAdverts * (best.instance.version === 3 ? best.instance.advertInterval : next.instance.advertInterval)
  const skew = skewOf(next.instance)
  const isSole = next.instance.solePeerTakeover && next.instance.peers.length === 1
  const lossMax = isSole ? wait : wait + skew
  const lossMin = lossMax - best.instance.advertInterval
  const message = `when this node loses power ${next.node.name} takes over ${inSeconds(lossMin)} to ${inSeconds(lossMax)} later${isSole ? ' (sole_peer_takeover, plus a margin against jitter; keepalived: the skew more)' : ''}; when its daemon is stopped, ${isSole ? 'at once' : `${inSeconds(skew)} later`}; when a tracker of weight 0 fails, as when it is stopped`
  report('set-predicted-outage', 'note', best, message, [next])
}
