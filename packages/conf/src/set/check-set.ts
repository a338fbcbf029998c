// Checks the nodes of one virtual router against each other; each finding says what would happen in operation.
import type { Diagnostic } from '../diagnostic.ts'
import { compareMembers } from './agreement.ts'
import { checkElection } from './election.ts'
import { type Finding, listed, type Member, type Report, type SetNode, toDiagnostic } from './member.ts'
import { predictOutages } from './outage.ts'
import { checkReach } from './reach.ts'
import { routersOf } from './routers.ts'
import { byRank, healthyPriority } from './weights.ts'

/**
 * What two or more nodes' configurations mean together. The first node that has a virtual router is what the others are compared
 * with. Nothing is reported for nodes that agree, but the notes that predict outages (`set-predicted-outage`).
 */
export function checkSet(nodes: readonly SetNode[]): readonly Diagnostic[] {
  const findings: Finding[] = []
  const report: Report = (finding) => findings.push(finding)
  const routers = routersOf(nodes)
  for (const members of routers) {
    const [first, ...others] = members
    if (!first) continue
    if (others.length === 0) reportAlone(first, nodes, report)
    else checkRouter(first, others, report)
  }
  checkSyncGroups(nodes, routers, report)
  checkGroupWishes(nodes, routers, report)
  checkMailNames(nodes, routers, report)
  return findings.map(toDiagnostic)
}

function checkRouter(first: Member, others: readonly Member[], report: Report): void {
  const members = [first, ...others]
  let isHeard = true
  const listen: Report = (finding) => {
    if (finding.severity === 'error' && finding.code !== 'set-addresses-differ') isHeard = false
    report(finding)
  }
  for (const other of others) compareMembers(first, other, listen)
  checkReach(members, listen)
  checkElection(members, report)
  // Nodes that do not hear each other are both master all the time.
  if (isHeard) predictOutages(members, report)
}

function reportAlone(member: Member, nodes: readonly SetNode[], report: Report): void {
  if (nodes.length < 2) return
  const message = `no other node has VRID ${member.instance.vrid}, its addresses or its name: when this node fails nobody takes its addresses`
  report({ code: 'set-alone', severity: 'warning', at: member, message, keywords: ['virtual_router_id'] })
}

/** Routers that change together on one node and apart on another. */
function checkSyncGroups(nodes: readonly SetNode[], routers: readonly (readonly Member[])[], report: Report): void {
  const indexOf = (node: SetNode, name: string): number =>
    routers.findIndex((members) => members.some((member) => member.node === node && member.instance.name === name))
  const groupsOf = (node: SetNode): readonly string[] =>
    node.configuration.syncGroups.map((group) =>
      group.members
        .map(({ name }) => indexOf(node, name))
        .filter((index) => index >= 0 && (routers[index]?.length ?? 0) > 1)
        .sort((a, b) => a - b)
        .join(' '),
    )
  const [first, ...others] = nodes
  if (!first) return
  const wanted = groupsOf(first)
  for (const other of others) {
    const have = groupsOf(other)
    const odd = [...wanted.filter((group) => !have.includes(group)), ...have.filter((group) => !wanted.includes(group))]
    const group = odd.find((one) => one.includes(' '))
    const index = Number(group?.split(' ')[0])
    const member = routers[index]?.find(({ node }) => node === other)
    const twin = routers[index]?.find(({ node }) => node === first)
    if (group === undefined || !member || !twin) continue
    const names = group.split(' ').map((one) => routers[Number(one)]?.[0]?.instance.name ?? '')
    const where = wanted.includes(group) ? first.name : other.name
    const message = `${listed(names)} are in one vrrp_sync_group on ${where} only: a fault of one takes the others along there and leaves them behind here, so they end up on different nodes`
    report({ code: 'set-sync-group-differs', severity: 'warning', at: member, message, others: [twin] })
  }
}

/** A group is on one node as a whole; members that belong on different ones have nobody's priorities on their side. */
function checkGroupWishes(nodes: readonly SetNode[], routers: readonly (readonly Member[])[], report: Report): void {
  const [first] = nodes
  for (const group of first?.configuration.syncGroups ?? []) {
    const shared = group.members.flatMap(({ name }) => {
      const members = routers.find((all) => all.some((one) => one.node === first && one.instance.name === name))
      const [best, second] = byRank(members ?? [])
      const own = members?.find(({ node }) => node === first)
      return best && second && own && healthyPriority(best) > healthyPriority(second) ? [{ own, best }] : []
    })
    const [one] = shared
    const other = shared.find(({ best }) => best.node !== one?.best.node)
    if (!one || !other) continue
    const [name, otherName] = [one.own.instance.name, other.own.instance.name]
    const message = `${name} has its highest priority on ${one.best.node.name}, and ${otherName}, of the same sync group ${group.name}, on ${other.best.node.name}: the group is on one node as a whole, so neither priority decides and which node it is depends on who started first`
    report({ code: 'set-sync-group-torn', severity: 'warning', at: other.own, message, keywords: ['priority'], others: [other.best] })
  }
}

/** Only where mail is really sent: nobody could tell from it which machine has changed. */
function checkMailNames(nodes: readonly SetNode[], routers: readonly (readonly Member[])[], report: Report): void {
  const sends = ({ configuration }: SetNode): boolean => {
    const { to, server } = configuration.global.mail
    return (
      server !== undefined && to.length > 0 && [...configuration.instances, ...configuration.syncGroups].some(({ smtpAlert }) => smtpAlert)
    )
  }
  const [first, ...others] = nodes.filter(sends)
  const id = first?.configuration.global.routerId
  const twin = others.find(({ configuration }) => id !== undefined && configuration.global.routerId === id)
  const member = routers.flat().find(({ node }) => node === twin)
  if (!first || !twin || !member) return
  const message = `router_id is ${id}, as on ${first.name}: the mails of both nodes look alike, and nobody sees from them which machine has changed`
  report({ code: 'set-router-id-equal', severity: 'note', at: member, message })
}
