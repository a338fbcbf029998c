// Who becomes master, and whether trackers, preemption and wishes mean what they seem to mean.
import { inSeconds } from './agreement.ts'
import { listed, type Member, type Report } from './member.ts'
import { byRank, hasTrackers, healthyPriority, priorityWithout, weightsOf } from './weights.ts'

export function checkElection(members: readonly Member[], report: Report): void {
  const [best, second] = byRank(members) as [Member, Member]
  checkPriorities(members, report)
  checkOrder(members, best, report)
  checkWeights(best, second, report)
  checkPreemption(members, best, report)
  checkWishes(members, best, report)
  checkMonitoring(members, best, report)
}

function checkPriorities(members: readonly Member[], report: Report): void {
  for (const [index, member] of members.entries()) {
    const { priority } = member.instance
    const twin = members.slice(0, index).find((other) => other.instance.priority === priority)
    if (!twin) continue
    const common = { at: member, keywords: ['priority'], others: [twin] } as const
    if (priority === 255) {
      const message = `priority 255 is also that of ${twin.node.name}: both are master from their start and hold the addresses at once`
      report({ ...common, code: 'set-two-owners', severity: 'error', message })
    } else {
      const message = `priority ${priority} is also that of ${twin.node.name}: when both claim at the same moment the higher source address wins, so nobody can tell from the files who will be master`
      report({ ...common, code: 'set-priority-equal', severity: 'warning', message })
    }
  }
}

function checkOrder(members: readonly Member[], best: Member, report: Report): void {
  const byBase = [...members].sort((a, b) => b.instance.priority - a.instance.priority)[0] as Member
  if (byBase.instance.priority === best.instance.priority || healthyPriority(byBase) >= healthyPriority(best)) return
  const message = `has the highest priority, ${byBase.instance.priority}, but with all trackers well ${best.node.name} reaches ${healthyPriority(best)} against its ${healthyPriority(byBase)}: the weights always move the service there`
  report({ code: 'set-weights-reverse', severity: 'warning', at: byBase, message, keywords: ['priority'], others: [best] })
}

function checkWeights(best: Member, second: Member, report: Report): void {
  const weights = weightsOf(best)
  const rival = healthyPriority(second)
  const atWorst = priorityWithout(best, weights)
  for (const one of weights) {
    const left = priorityWithout(best, [one])
    const common = { at: best, keywords: [`track_${one.kind}`], others: [second] } as const
    const fall = `when ${one.name} fails the priority falls from ${healthyPriority(best)} to ${left}`
    if (best.instance.priority === 255) continue
    if (left > rival) {
      const what = `${fall}, still above the ${rival} of ${second.node.name}`
      if (atWorst < rival) {
        const message = `${what}: this alone does not move the service, only together with other failures`
        report({ ...common, code: 'set-weight-only-together', severity: 'note', message })
      } else report({ ...common, code: 'set-weight-too-small', severity: 'error', message: `${what}: this can never move the service` })
    } else if (left === rival && rival < healthyPriority(best)) {
      const message = `${fall}, which is just that of ${second.node.name}: a backup yields to an equal priority, so this can never move the service`
      report({ ...common, code: 'set-weight-ties', severity: 'error', message })
    } else if (left < rival && !second.instance.preempt) {
      const message = `${fall}, below the ${rival} of ${second.node.name}, whose nopreempt leaves a lower master in peace: this can never move the service; weight 0 does`
      report({ ...common, code: 'set-weight-with-nopreempt', severity: 'error', message })
    }
  }
}

function checkPreemption(members: readonly Member[], best: Member, report: Report): void {
  const others = members.filter((member) => member !== best)
  const gentle = others.filter(({ instance }) => !instance.preempt)
  if (best.instance.preempt && gentle.length > 0) {
    const owner = best.instance.priority === 255
    const mend = owner
      ? 'for no switch back its priority has to be below 255'
      : 'for no switch back write `state BACKUP` and nopreempt here, too'
    const message = `takes the service back after each of its restarts, although ${listed(gentle.map(({ node }) => node.name))} ${gentle.length === 1 ? 'has' : 'have'} nopreempt, which only counts where the priority is higher; ${mend}`
    report({ code: 'set-preempts-anyway', severity: 'warning', at: best, message, keywords: ['nopreempt', 'priority'], others: gentle })
  }
  const delayed = others.filter(({ instance }) => instance.preemptDelay > 0)
  const [slow] = delayed
  if (slow && best.instance.preempt && best.instance.preemptDelay === 0) {
    const message = `takes the service back at once, although ${listed(delayed.map(({ node }) => node.name))} waits ${inSeconds(slow.instance.preemptDelay)} (preempt_delay), which only counts where the priority is higher; write preempt_delay here, with \`state BACKUP\``
    report({
      code: 'set-preempt-delay-misplaced',
      severity: 'warning',
      at: best,
      message,
      keywords: ['preempt_delay', 'priority'],
      others: delayed,
    })
  }
}

/** Below 255 `state` decides nothing; where it says another thing than the priorities it misleads its reader. */
function checkWishes(members: readonly Member[], best: Member, report: Report): void {
  const wishing = members.filter(({ instance }) => instance.wantsMaster && instance.priority < 255)
  for (const member of wishing) {
    if (member === best) continue
    const common = { severity: 'warning', at: member, keywords: ['state'], others: [best] } as const
    const rivals = wishing.filter((one) => one !== member).map(({ node }) => node.name)
    const who = best.instance.preempt
      ? `${best.node.name} has the higher priority (${healthyPriority(best)} against ${healthyPriority(member)}) and is master whenever it runs`
      : `${best.node.name} has the higher priority and nopreempt, so which of the two is master depends on who started first`
    if (rivals.length > 0) {
      const message = `\`state MASTER\` is on ${listed(rivals)}, too, and decides nothing: ${who}`
      report({ ...common, code: 'set-two-masters-wished', message })
    } else if (best.instance.priority !== member.instance.priority) {
      report({ ...common, code: 'set-state-misleads', message: `\`state MASTER\` decides nothing: ${who}` })
    }
  }
}

function checkMonitoring(members: readonly Member[], best: Member, report: Report): void {
  if (!hasTrackers(best)) return
  const blind = members.filter((member) => !hasTrackers(member))
  for (const member of blind) {
    const message = `tracks nothing, although ${best.node.name} does: when this node is master and its service fails, nobody notices and the service stays here`
    report({ code: 'set-not-tracked', severity: 'note', at: member, message, others: [best] })
  }
}
