// `havip status` and `havip explain`: what a running havipd says of itself, for people. Every figure has its age.
import { whatIfForms } from '@havip/sim'
import type { DaemonStatus, GroupStatus, InstanceStatus, TrackerStatus, TransitionStatus, WebhookStatus } from '@havip/vrrp-runtime'
import type { Command } from 'commander'
import { defaultSocket, readStatus } from './daemon-client.ts'
import { readSource, tellStory } from './explain-recordings.ts'
import { runReplay } from './explain-replay.ts'
import { UsageError } from './usage-error.ts'

type Options = {
  readonly socket: string
  readonly json?: boolean
  readonly recording?: readonly string[]
  readonly replay?: boolean
  readonly whatIf?: readonly string[]
}

export function addDaemonCommands(program: Command): void {
  program
    .command('status')
    .description('what the running havipd does: states, addresses as the kernel has them, who was heard when')
    .option('--socket <path>', 'its status socket', defaultSocket)
    .option('--json', 'for programs')
    .action(async (options: Options) => {
      const status = await readStatus(options.socket)
      console.log(options.json ? JSON.stringify(status, undefined, 2) : formatStatus(status))
    })
  program
    .command('explain [instance]')
    .description('why the address moved, newest first; with --recording the story of one or several nodes, oldest first')
    .option('--recording <source...>', "files of havipd's --record-file, or status sockets")
    .option('--replay', 'live the recordings again through the engine: does it reach the same transitions?')
    .option('--what-if <settings...>', 'and what would have happened with other settings, e.g. priority=120 or ecs2.advert_int=0.3')
    .option('--socket <path>', 'its status socket', defaultSocket)
    .option('--json', 'for programs')
    .addHelpText('after', `\nWhat can be different:\n${whatIfForms.map((form) => `  ${form}`).join('\n')}`)
    .action(async (name: string | undefined, options: Options) => {
      if (options.replay || options.whatIf) {
        const sources = options.recording ?? [options.socket]
        process.exitCode = runReplay(await Promise.all(sources.map(readSource)), name, options)
        return
      }
      if (options.recording) {
        console.log(tellStory(await Promise.all(options.recording.map(readSource)), name))
        return
      }
      const status = await readStatus(options.socket)
      const chosen = choose(status, name)
      console.log(
        options.json
          ? JSON.stringify(
              chosen.map(({ name, transitions }) => ({ name, transitions })),
              undefined,
              2,
            )
          : chosen.map((one) => formatTransitions(one, status)).join('\n\n'),
      )
    })
}

function choose(status: DaemonStatus, name: string | undefined): readonly InstanceStatus[] {
  if (name === undefined) return status.instances
  const found = status.instances.filter((instance) => instance.name === name)
  if (found.length === 0)
    throw new UsageError(
      `no instance is called ${name}; there are: ${status.instances.map((instance) => instance.name).join(', ') || 'none'}`,
    )
  return found
}

/** `3.2 s`, `4 min`, `2 h`, `5 d`. */
export function formatAge(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`
  return `${Math.floor(ms / 86_400_000)} d`
}

export function formatStatus(status: DaemonStatus): string {
  const { daemon } = status
  const head = [
    `havipd ${daemon.release}, pid ${daemon.pid}, running for ${formatAge(daemon.runningForMs)} on ${daemon.configFile}`,
    ...(daemon.diagnostics.errors + daemon.diagnostics.warnings > 0
      ? [`  configuration: ${daemon.diagnostics.errors} errors, ${daemon.diagnostics.warnings} warnings (havip check ${daemon.configFile})`]
      : []),
    ...(daemon.guard
      ? [
          daemon.guard.wentOn
            ? `  guard: the daemon before this one died (${daemon.guard.how}) at ${daemon.guard.at}; this one went on in its place, nothing moved`
            : `  guard: ${daemon.guard.how} at ${daemon.guard.at}; removed ${daemon.guard.addressesRemoved.join(', ') || 'nothing'}, resigned ${daemon.guard.resignations} times`,
        ]
      : []),
  ]
  return [
    ...head,
    ...status.instances.map(formatInstance),
    ...status.groups.map(formatGroup),
    ...(status.webhooks ?? []).map(formatWebhook),
  ].join('\n')
}

const formatGroup = ({ name, state, sinceMs, members, because }: GroupStatus): string =>
  `sync group ${name}  ${state.toUpperCase()} for ${formatAge(sinceMs)}: ${members.join(', ')}${because === undefined ? '' : `; ${because} moved first`}`

function formatWebhook({ name, to, state, last, pending, delivered, refused, dropped, failures, lastError }: WebhookStatus): string {
  const doings = state === 'stopped' ? 'is not running' : failures > 0 ? `has failed ${failures} times, tries again` : 'works'
  const counts = [`${delivered} delivered`, `${pending} waiting`, ...(refused > 0 ? [`${refused} refused`] : [])]
  return [
    `webhook ${name}  to ${to} ${doings}: ${counts.join(', ')}`,
    ...(last ? [`  last number ${last.number} of ${last.stream} at ${last.at}`] : []),
    ...(dropped > 0 ? [`  at most ${dropped} were no longer there when it was their turn`] : []),
    ...(lastError === undefined ? [] : [`  last error: ${lastError}`]),
  ].join('\n')
}

function formatCondition({ condition }: TrackerStatus): string {
  if (condition.kind === 'bad') return `bad, ${condition.detail}`
  return condition.kind === 'number' ? String(condition.value) : condition.kind
}

function formatInstance(instance: InstanceStatus): string {
  const { priority, master } = instance
  const lines = [
    `${instance.name}  ${instance.state.toUpperCase()} for ${formatAge(instance.sinceMs)}${instance.consistent ? '' : '  STATE AND KERNEL DISAGREE'}`,
    `  vrid ${instance.vrid} version ${instance.protocolVersion} on ${instance.interface ?? 'any interface'}, from ${instance.source ?? 'no address'}, priority ${priority.effective}${priority.effective === priority.base ? '' : ` (configured ${priority.base})`}`,
    ...(master && !master.isUs
      ? [`  master ${master.address}, priority ${master.priority}, heard ${formatAge(master.lastHeardMs)} ago`]
      : []),
    ...instance.addresses.map(
      (address) => `  ${address.address}/${address.prefix} ${address.present ? 'on' : 'not on'} ${address.interface ?? 'its interface'}`,
    ),
    ...instance.faults.map((fault) => `  fault: ${fault}`),
    ...instance.trackers.map((tracker) => `  tracks ${tracker.kind} ${tracker.name}: ${formatCondition(tracker)}`),
    ...(instance.isSwitchingOver ? ['  a switchover is under way'] : []),
    ...(instance.standsBackForMs === undefined
      ? []
      : [
          `  stands back since a switchover ${formatAge(instance.standsBackForMs)} ago (havip switchover ${instance.name} --return takes it back)`,
        ]),
    ...(instance.transitions[0] ? [`  since ${instance.transitions[0].at}: ${instance.transitions[0].sentence}`] : []),
  ]
  return lines.join('\n')
}

function formatTransitions(instance: InstanceStatus, status: DaemonStatus): string {
  const line = (transition: TransitionStatus): string =>
    `  ${transition.at}  ${transition.from.toUpperCase()} → ${transition.to.toUpperCase()}  ${transition.sentence}`
  const guard = status.daemon.guard
  const lines = instance.transitions.map(line)
  if (guard)
    lines.push(
      guard.wentOn
        ? `  ${guard.at}  the daemon before this one died (${guard.how}); this one went on in its place, nothing moved`
        : `  ${guard.at}  the daemon before this one died (${guard.how}); its guard removed ${guard.addressesRemoved.join(', ') || 'nothing'} and resigned`,
    )
  return `${instance.name}\n${lines.join('\n') || '  nothing has happened yet'}`
}
