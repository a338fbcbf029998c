// One fault for real: two havipds in namespaces, a client that asks each millisecond, and the recordings that tell where in
// the old owner's rhythm it struck. Everything is on one clock, the kernel's monotonic one.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Entry, entryFromJsonLine } from '@havip/vrrp-runtime'
import { vip } from '../../tests/system/configurations.ts'
import { longestGap, type PingLine, startEcho, startPing } from '../bench/probe.ts'
import { must, run, sleep, until } from '../lab/processes.ts'
import { createSegment, type Daemon, type Node, type Segment } from '../lab/segment.ts'
import { root } from '../lab/world.ts'
import { breakHealth, configurationsFor, type Fault, failureFile, strikeEvery } from './strike.ts'

/** What came of a fault, milliseconds; measured or simulated. */
export type Outcome = {
  /** The longest stretch in which the client got no answer. */
  readonly outage: number
  /** From the strike (the last one) until the other node answered; undefined: it never did. */
  readonly movedAfter: number | undefined
  /** From the last advert that the other node heard until its timer was due, as its own recording has it. */
  readonly waited: number | undefined
}

export type Measured = Outcome & {
  /** The two files as they were, to simulate with. */
  readonly configurations: readonly [string, string]
  /** From the old owner's last advert that the other node heard until the strike. */
  readonly phase: number
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** An `ip -batch` in a namespace that waits for its commands: nothing has to be started at the moment of the strike. */
function openIp(namespace: string): { tell(command: string): void; close(): void } {
  const child: ChildProcess = spawn('ip', ['-n', namespace, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin?.on('error', () => undefined)
  return { tell: (command) => void child.stdin?.write(`${command}\n`), close: () => child.stdin?.end() }
}

/** A busy machine gets round to a link by then. */
const cableGoneAfter = 200

type Stage = {
  readonly segment: Segment
  readonly owner: Node
  readonly first: Daemon
  /** Of the owner's daemon and who watches it. */
  readonly pids: readonly number[]
  readonly hub: ReturnType<typeof openIp>
  readonly inside: ReturnType<typeof openIp>
}

/** A client that is itself late would measure that: it and those who answer it go first, where the machine lets them. */
const atOnce = (await run(['chrt', '-f', '1', 'true'])).status === 0 ? ['chrt', '-f', '1'] : []

/** @param settleMs from the strike until it is over for certain */
export async function measure(fault: Fault, interval: string, settleMs: number): Promise<Measured> {
  const segment = await createSegment(3)
  const ips: ReturnType<typeof openIp>[] = []
  try {
    const [owner, other, client] = segment.nodes as [Node, Node, Node]
    const configurations = configurationsFor(fault, interval, owner)
    const echo = startEcho(owner, atOnce)
    for (const service of [echo, startEcho(other, atOnce)]) segment.adopt(service)
    const first = await segment.startHavipd(owner, configurations[0], ['--record-file', recordOf(owner)])
    const second = await segment.startHavipd(other, configurations[1], ['--record-file', recordOf(other)])
    await segment.waitForOwner(owner, vip, 20_000)
    ips.push(openIp(segment.hub), openIp(owner.namespace))
    const [hub, inside] = ips as [ReturnType<typeof openIp>, ReturnType<typeof openIp>]
    const { output } = await run(['ip', 'netns', 'pids', owner.namespace])
    const pids = output.split('\n').map(Number)
    const own = pids.filter((pid) => pid > 1 && pid !== echo.pid)
    // Past the second burst of announcements, at a moment of the interval that is not always the same.
    await sleep(1500 + Math.random() * Math.max(1000, 1000 * Number(interval)))
    const ping = startPing(client, vip, atOnce)
    await until('the owner answers', () => (ping.lastBy() === owner.name ? true : undefined), 10_000)
    await sleep(300)
    const asked = await strike(fault, { segment, owner, first, pids: own, hub, inside })
    await sleep(settleMs)
    const { lines } = await ping.stop()
    // What it heard is written down at its end at the latest.
    await second.service.stop()
    const heard = entriesOf(other)
    const at = struckAt(fault, asked, lines, owner)
    const last = advertTimes(heard).findLast((time) => time <= at)
    if (last === undefined) throw new Error(`${fault.name}: nothing is known of the owner's rhythm`)
    const answer = lines.find((line) => line.sentAt >= at && line.by === other.name)
    return {
      configurations,
      phase: at - last,
      outage: longestGap(lines.filter(({ sentAt }) => sentAt >= at)),
      movedAfter: answer && answer.sentAt - at,
      waited: waitedIn(heard, at),
    }
  } finally {
    for (const ip of ips) ip.close()
    await segment.destroy()
  }
}

const recordOf = (node: Node): string => join(node.folder, 'recording.jsonl')
const entriesOf = (node: Node): Entry[] =>
  readFileSync(recordOf(node), 'utf8')
    .split('\n')
    .flatMap((line) => entryFromJsonLine(line) ?? [])

/** Returns when it struck, as far as the one who strikes can tell. */
async function strike(fault: Fault, { owner, first, pids, hub, inside }: Stage): Promise<number> {
  let at = now()
  switch (fault.name) {
    case 'power loss':
      hub.tell(`link set ${owner.name} down`)
      // Nothing leaves it any more; killed at once it would be silent before its cable is gone.
      await sleep(cableGoneAfter)
      kill(pids)
      return at
    case 'interface down':
      inside.tell('link set eth0 down')
      return at
    case 'SIGTERM':
      first.service.kill('SIGTERM')
      return at
    case 'tracked script fails':
      breakHealth(owner)
      return await until('the script fails', () => failedAt(owner), 5000, 10)
    case 'planned switchover':
      await must([...owner.inside([join(root, 'bin', 'havip'), 'switchover', 'VI_1', '--socket', join(owner.folder, 'havipd.sock')])])
      return switchoverBegan(owner) ?? at
    case 'SIGKILL of the daemon':
      kill([first.vrrpPid()])
      return at
    case 'SIGKILL, three times':
      for (let i = 0; i < fault.simulated.length; i++) {
        const pid = first.vrrpPid()
        at = now()
        kill([pid])
        if (i + 1 === fault.simulated.length) break
        await sleep(strikeEvery)
        if (first.vrrpPid() === pid) throw new Error('the spare does not go on')
      }
      return at
    case 'SIGKILL of the guard, too':
      kill(pids)
      return at
    case 'SIGSTOP for good':
      process.kill(first.vrrpPid(), 'SIGSTOP')
      return at
    case 'address removed':
      inside.tell(`address delete ${vip}/32 dev eth0`)
      return at
    case 'reload, nothing changed':
      first.service.kill('SIGHUP')
      return at
    default:
      throw new RangeError(`nobody knows how to make this happen: ${fault.name}`)
  }
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone by itself meanwhile.
    }
  }
}

/** A cable is gone when the client's first datagram is lost, some time after we asked for it. */
function struckAt({ name }: Fault, asked: number, lines: readonly PingLine[], owner: Node): number {
  if (name !== 'power loss' && name !== 'interface down') return asked
  const lost = lines.filter(({ sentAt }) => sentAt >= asked).sort((a, b) => a.sentAt - b.sentAt)
  return lost.find(({ by }) => by !== owner.name)?.sentAt ?? asked
}

const switchoverBegan = (owner: Node): number | undefined =>
  entriesOf(owner).findLast(({ what }) => what.kind === 'event' && what.event.kind === 'yield')?.at

/** All of them, also those that were written down as one stretch. */
function advertTimes(entries: readonly Entry[]): number[] {
  return entries
    .flatMap(({ at, what }): number[] => {
      if (what.kind !== 'adverts-heard') return []
      const gap = what.count > 1 ? (at - what.first) / (what.count - 1) : 0
      return Array.from({ length: what.count }, (_, i) => at - i * gap)
    })
    .sort((a, b) => a - b)
}

/** The script tells the wall clock's time. Undefined while it has not, or is about to. */
function failedAt(owner: Node): number | undefined {
  const file = failureFile(owner)
  const seconds = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return seconds > 0 ? 1000 * seconds + now() - Date.now() : undefined
}

/** How long the new master had waited since it last heard the old one; its own lateness is the machine's mood. */
export function waitedIn(entries: readonly Entry[], since: number): number | undefined {
  for (const { at, what } of entries) {
    if (at < since || what.kind !== 'action' || what.action.kind !== 'transition') continue
    const { reason } = what.action
    if (reason.kind === 'master-silent' && reason.silentFor !== undefined) return reason.silentFor - reason.lateBy
  }
  return undefined
}
