// `havip switchover VI_1`: moves an instance to the other node on purpose, without a moment when nobody answers, says what was
// measured, and moves it back with --return.
import { existsSync } from 'node:fs'
import { parseIp } from '@havip/base'
import {
  type DaemonStatus,
  refusedSwitchover,
  type SwitchoverCheck,
  type SwitchoverReport,
  type SwitchoverRequest,
  statusVersion,
} from '@havip/vrrp-runtime'
import type { Command } from 'commander'
import { askDaemon, defaultSocket, readStatus } from './daemon-client.ts'
import { counterpartOf, peerChecks } from './peer-checks.ts'
import { UsageError } from './usage-error.ts'

type Options = {
  readonly socket: string
  readonly to?: string
  readonly return?: boolean
  readonly check?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** Where the other node's status comes from, when `--to` says so. */
export type Target = { readonly kind: 'address'; readonly address: string } | { readonly kind: 'socket' | 'url'; readonly place: string }

/** What `--json` prints: the daemon's report, with what the other node said before and after. */
export type SwitchoverResult = SwitchoverReport & {
  readonly peer?: { readonly node: string; readonly state: string; readonly addressesHeld: number; readonly addressesConfigured: number }
}

const urlTimeoutMs = 3000

export function addSwitchoverCommand(program: Command): void {
  program
    .command('switchover <instance>')
    .description('move an instance to the other node without losing a request: run it where the instance is MASTER')
    .option('--to <node>', 'the node it is meant for: its address, or its status socket or URL (then its checks are looked at as well)')
    .option('--return', 'take it back: run on the node that gave it away')
    .option('--check', 'only look whether it could be done')
    .option('--force', 'although the other node says that it is not fit')
    .option('--socket <path>', "this node's status socket", defaultSocket)
    .option('--json', 'for programs')
    .action(async (instance: string, options: Options) => {
      const result = await switchOver(instance, options)
      console.log(options.json ? JSON.stringify(result, undefined, 2) : formatSwitchover(result))
      process.exitCode = result.outcome === 'moved' || result.outcome === 'ready' ? 0 : 1
    })
}

async function switchOver(name: string, options: Options): Promise<SwitchoverResult> {
  const target = options.to === undefined ? undefined : parseTarget(options.to)
  const instance = (await readStatus(options.socket)).instances.find((one) => one.name === name)
  const isReturn = options.return === true
  const request = { instance: name, isReturn, isRehearsal: options.check === true }
  const peer = target && target.kind !== 'address' ? await statusOf(target) : undefined
  const before = instance && peer ? peerChecks(instance, peer, isReturn) : []
  const obstacle = options.force ? undefined : before.find(({ verdict }) => verdict === 'failed')
  const wanted = target?.kind === 'address' ? target.address : instance && peer && counterpartOf(instance, peer)?.source
  const ask: Record<string, unknown> = {
    op: 'switchover',
    instance: name,
    return: isReturn,
    rehearsal: request.isRehearsal || obstacle !== undefined,
    ...(wanted === undefined || isReturn ? {} : { to: wanted }),
  }
  const report = await requestSwitchover(options.socket, ask, instance?.advertIntervalMs ?? 1000, request)
  const checks: readonly SwitchoverCheck[] = [...report.checks, ...before]
  if (obstacle && report.outcome === 'ready') return { ...report, checks, outcome: 'refused', reason: obstacle.text }
  if (!instance || !target || target.kind === 'address' || report.outcome === 'ready') return { ...report, checks }
  const after = await statusOf(target).catch(() => undefined)
  const other = after && counterpartOf(instance, after)
  if (!after || !other) return { ...report, checks }
  const addressesHeld = other.addresses.filter(({ present }) => present).length
  const addressesConfigured = other.addresses.length
  return { ...report, checks, peer: { node: after.daemon.hostName, state: other.state, addressesHeld, addressesConfigured } }
}

/** A daemon that ends meanwhile is an outcome too: what happened to the instance is not known then. */
async function requestSwitchover(
  socket: string,
  ask: Readonly<Record<string, unknown>>,
  intervalMs: number,
  request: SwitchoverRequest,
): Promise<SwitchoverReport> {
  try {
    const { report } = (await askDaemon(socket, ask, 15_000 + 8 * intervalMs)) as { report: SwitchoverReport }
    return report
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { ...refusedSwitchover(request, `${error.message}; havip status says how things stand`), outcome: 'interrupted' }
  }
}

/** @throws UsageError */
export function parseTarget(text: string): Target {
  if (/^https?:\/\//.test(text)) return { kind: 'url', place: text }
  const address = parseIp(text)
  if (address.ok) return { kind: 'address', address: address.value }
  if (text.includes('/') || existsSync(text)) return { kind: 'socket', place: text }
  throw new UsageError(`--to ${text}: an IP address, the path of a status socket, or an http:// URL of the other havipd's status`)
}

async function statusOf(target: Exclude<Target, { kind: 'address' }>): Promise<DaemonStatus> {
  if (target.kind === 'socket') return readStatus(target.place)
  const url = new URL(target.place)
  if (url.pathname === '/') url.pathname = '/status'
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(urlTimeoutMs) })
    if (!answer.ok) throw new UsageError(`${url}: HTTP status ${answer.status}`)
    const status = (await answer.json()) as DaemonStatus
    if (status.version !== statusVersion) throw new UsageError(`${url}: no status document of havipd that this havip knows`)
    return status
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${url}: ${(error as Error).message}`)
  }
}

const signs = { ok: '✓', failed: '✗', unknown: '?' } as const

export function formatSwitchover(result: SwitchoverResult): string {
  const checks = result.checks.map(({ name, verdict, text }) => `${signs[verdict]} ${name}: ${text}`)
  return [...checks, ...outcomeLines(result)].join('\n')
}

function outcomeLines(result: SwitchoverResult): readonly string[] {
  const { instance, outcome, reason, direction } = result
  const others = result.members.filter((name) => name !== instance)
  const what = others.length === 0 ? instance : `${instance} (with ${others.join(', ')} of its sync group)`
  switch (outcome) {
    case 'ready':
      return [`${what}: nothing speaks against it`]
    case 'refused':
      return [`${what}: not done: ${reason}`]
    case 'stayed':
      return [`${what}: not moved: ${reason}. This node is MASTER and has answered all the time`]
    case 'interrupted':
      return [`${what}: interrupted: ${reason}. The instance is ${result.state.toUpperCase()} here now`]
    case 'moved':
    case 'moved-elsewhere':
      return [
        `${what}: moved${result.from ? ` from ${result.from.address} (priority ${result.from.priority})` : ''}${result.to ? ` to ${result.to.address} (priority ${result.to.priority})` : ''}`,
        ...(outcome === 'moved-elsewhere' ? [`  ${reason}`] : []),
        ...measuredLines(result),
        ...(result.peer
          ? [
              `  ${result.peer.node} says: ${result.peer.state.toUpperCase()}, ${result.peer.addressesHeld} of ${result.peer.addressesConfigured} addresses there`,
            ]
          : []),
        ...(direction === 'give'
          ? [`  this node leaves it there until that one is gone; back with: havip switchover ${instance} --return`]
          : []),
      ]
  }
}

function measuredLines({ measured, direction }: SwitchoverResult): readonly string[] {
  if (!measured) return []
  const { tookOverAfterMs, bothHeldForMs, uncontradictedForMs } = measured
  if (direction === 'return') {
    return [
      `  announced here ${formatMs(tookOverAfterMs)} after the request, before the other node was told${uncontradictedForMs === undefined ? '' : `; nobody contradicted for ${formatMs(uncontradictedForMs)}`}`,
    ]
  }
  return [
    `  it took over after ${formatMs(tookOverAfterMs)}, while this node answered; then both had the addresses for ${formatMs(bothHeldForMs)}`,
  ]
}

const formatMs = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
