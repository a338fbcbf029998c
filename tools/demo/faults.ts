// Step 5: what a browser on the Internet sees while machines and daemons fail, one after the other, and why it moved.
import type { DaemonStatus, TransitionStatus } from '@havip/vrrp-runtime'
import type { Cloud } from '../lab/cloud.ts'
import { dig } from '../lab/cloud.ts'
import { mark, type Prober } from '../lab/prober.ts'
import { sleep } from '../lab/processes.ts'
import { done, failed, remark, type SummaryRow, subheading } from './print.ts'
import { addresses, type Scene } from './tutorial.ts'

type Stage = { readonly cloud: Cloud; readonly scene: Scene; readonly prober: Prober }

type Fault = {
  readonly title: string
  readonly strike: (stage: Stage) => Promise<void>
  /** Who shall answer afterwards. */
  readonly winner: 'ECS 1' | 'ECS 2'
  readonly withinMs: number
  /** Where the reason is asked. */
  readonly witness: 'ecs1' | 'ecs2'
  /** Outage by the protocol's timers alone (RFC 9568 §6.1), from the reason and the moment of the fault. */
  readonly protocol: (reason: TransitionStatus['reason'], struckAt: number, movedAt: number) => number | undefined
}

/** (256 − 10) / 256 s at ECS 2's priority of 10. */
const skewOfEcs2Ms = ((256 - 10) / 256) * 1000
const killDaemon = 'kill -KILL "$(cat /run/vrrp.pid)"'
const startDaemon = '/usr/local/sbin/systemctl start keepalived'

const faults: readonly Fault[] = [
  {
    title: 'ECS 1 loses power: every process killed, its port down',
    strike: async ({ cloud, scene }) => void (await cloud.ecs('StopInstance', { InstanceId: scene.ecs1, ForceStop: 'true' })),
    winner: 'ECS 2',
    withinMs: 8000,
    witness: 'ecs2',
    protocol: (reason, struckAt, movedAt) =>
      // The last advertisement was heard `silentFor` before it moved; the protocol waits three intervals and the skew from there.
      reason.kind === 'master-silent' && reason.silentFor !== undefined
        ? movedAt - reason.silentFor + 3000 + skewOfEcs2Ms - struckAt
        : undefined,
  },
  {
    title: 'ECS 1 comes back (state MASTER cancels its nopreempt: it takes the address back)',
    strike: async ({ cloud, scene }) => {
      await cloud.waitForInstance(scene.ecs1, 'Stopped')
      await cloud.ecs('StartInstance', { InstanceId: scene.ecs1 })
    },
    winner: 'ECS 1',
    withinMs: 15_000,
    witness: 'ecs1',
    protocol: () => 0,
  },
  {
    title: 'the daemon on ECS 1 is stopped with SIGTERM',
    strike: async ({ cloud, scene }) => void (await cloud.runCommand(scene.ecs1, 'kill -TERM "$(cat /run/keepalived.pid)"')),
    winner: 'ECS 2',
    withinMs: 8000,
    witness: 'ecs2',
    protocol: () => skewOfEcs2Ms,
  },
  {
    title: 'the daemon on ECS 1 is started again',
    strike: async ({ cloud, scene }) => void (await cloud.runCommand(scene.ecs1, startDaemon)),
    winner: 'ECS 1',
    withinMs: 15_000,
    witness: 'ecs1',
    protocol: () => 0,
  },
  {
    title: 'the daemon on ECS 1 is killed with SIGKILL: its spare goes on in its place, nothing moves',
    strike: async ({ cloud, scene }) => void (await cloud.runCommand(scene.ecs1, killDaemon)),
    winner: 'ECS 1',
    withinMs: 8000,
    witness: 'ecs1',
    protocol: () => 0,
  },
  {
    title: 'three daemons in a row on ECS 1 are killed: the last spare removes the address and resigns',
    strike: async ({ cloud, scene }) =>
      void (await cloud.runCommand(scene.ecs1, `for i in 1 2 3; do ${killDaemon} 2>/dev/null; sleep 1; done; true`)),
    winner: 'ECS 2',
    withinMs: 8000,
    witness: 'ecs2',
    protocol: () => skewOfEcs2Ms,
  },
  {
    title: 'after ten seconds of rest the daemon on ECS 1 is started again: it takes the address back',
    strike: async () => undefined,
    winner: 'ECS 1',
    withinMs: 30_000,
    witness: 'ecs1',
    protocol: () => 0,
  },
]

export async function testHighAvailability(stage: Stage): Promise<SummaryRow[]> {
  const start = mark()
  await stage.prober.waitFor('ECS 1', start, 15_000)
  done(`ECS 1 answers at http://${stage.scene.eipAddress}/, asked every 5 ms from the Internet's side`)
  const rows: SummaryRow[] = []
  rows.push(await intruder(stage))
  for (const fault of faults) rows.push(await suffer(stage, fault))
  return rows
}

/** The first two faults, over and over: each power loss shall leave one owner. */
export async function repeatPowerLosses(stage: Stage, times: number): Promise<SummaryRow[]> {
  const rows: SummaryRow[] = []
  for (let round = 1; round <= times; round++)
    for (const fault of faults.slice(0, 2)) rows.push(await suffer(stage, fault, ` (${round} of ${times})`))
  return rows
}

async function suffer(stage: Stage, fault: Fault, round = ''): Promise<SummaryRow> {
  subheading(fault.title + round)
  const from = stage.prober.answeringNow() ?? 'nobody'
  const struck = mark()
  const struckWall = Date.now()
  await fault.strike(stage)
  let arrived = true
  try {
    await stage.prober.waitFor(fault.winner, struck, fault.withinMs)
  } catch {
    arrived = false
  }
  // The second burst of announcements comes after a second; what it would disturb belongs to this test.
  await sleep(1200)
  const results = stage.prober.since(struck)
  const lost = results.filter((result) => result.outcome !== 'answered').length
  const outage = stage.prober.outagesSince(struck).reduce<number | undefined>((sum, one) => (sum ?? 0) + one.durationMs, undefined)
  const why = await reasonFrom(stage, fault)
  const owners = await countOwners(stage)
  const tell = arrived ? done : failed
  tell(
    `${from} → ${stage.prober.answeringNow() ?? 'nobody'}; ${results.length} requests, ${lost} lost; outage ${outage === undefined ? 'none' : `${outage.toFixed(0)} ms`}`,
  )
  if (why) remark(`why: ${why.sentence}`)
  for (const line of await guardReports(stage)) remark(`guard: ${line}`)
  remark(`addresses: ${owners.text}`)
  if (owners.count !== 1) failed(`the address is held by ${owners.count} instances`)
  return {
    what: (fault.title.split(':')[0]?.split(' (')[0] ?? fault.title) + round,
    answered: `${from} → ${stage.prober.answeringNow() ?? 'nobody'}`,
    lost,
    outageMs: outage,
    protocolMs: why ? fault.protocol(why.reason, struckWall, new Date(why.at).getTime()) : undefined,
    asExpected: arrived && owners.count === 1,
  }
}

/** An instance that the HAVIP is not bound to runs a daemon of its own that claims the address. */
async function intruder(stage: Stage): Promise<SummaryRow> {
  const title = 'an instance that is not bound announces the address'
  subheading(title)
  const { cloud, scene, prober } = stage
  const struck = mark()
  await cloud.runCommand(scene.mail, claimAddress)
  const holds = await cloud.runCommand(scene.mail, 'ip -brief address show dev eth0')
  const rows = dig<{ InstanceId: string; UnboundHaVip: number }[]>(await cloud.own('DescribePortDrops'), 'Ports')
  const drops = rows.find((row) => row.InstanceId === scene.mail)?.UnboundHaVip ?? 0
  const owner = (await cloud.describeHavip(scene.havip)).MasterInstanceId
  await cloud.runCommand(scene.mail, 'kill -TERM "$(cat /run/intruder.pid)"')
  const results = prober.since(struck)
  const lost = results.filter((result) => result.outcome !== 'answered').length
  const fine = holds.includes(`${addresses.havip}/`) && drops > 0 && owner === scene.ecs1 && lost === 0
  const tell = fine ? done : failed
  tell(
    `${drops} announcements dropped at its port; the owner is ${owner === scene.ecs1 ? 'still ECS 1' : String(owner)}; ${results.length} requests, ${lost} lost`,
  )
  return { what: title, answered: prober.answeringNow() ?? 'nobody', lost, outageMs: undefined, protocolMs: undefined, asExpected: fine }
}

/** Master of a virtual router of its own after 0.4 s; then a second for its announcements. */
const claimAddress = `cat > /etc/keepalived.conf <<'END_OF_FILE'
vrrp_instance INTRUDER {
  interface eth0
  virtual_router_id 99
  version 3
  advert_int 0.1
  priority 200
  virtual_ipaddress {
    ${addresses.havip}
  }
}
END_OF_FILE
setsid /opt/havip/bin/havipd --dont-fork --log-console -f /etc/keepalived.conf -p /run/intruder.pid -r /run/intruder-vrrp.pid >/var/log/intruder.log 2>&1 </dev/null &
sleep 2
`

async function statusOf(stage: Stage, which: 'ecs1' | 'ecs2'): Promise<DaemonStatus | undefined> {
  try {
    return JSON.parse(await stage.cloud.runCommand(stage.scene[which], '/opt/havip/bin/havip status --json')) as DaemonStatus
  } catch {
    return undefined
  }
}

async function reasonFrom(stage: Stage, fault: Fault): Promise<TransitionStatus | undefined> {
  const status = await statusOf(stage, fault.witness)
  return status?.instances[0]?.transitions[0]
}

async function guardReports(stage: Stage): Promise<string[]> {
  const guard = (await statusOf(stage, 'ecs1'))?.daemon.guard
  if (!guard) return []
  if (guard.wentOn) return [`the daemon before this one died (${guard.how}); this process went on in its place`]
  const removed = guard.addressesRemoved.join(', ') || 'no address'
  const sent = `${guard.resignations} resignation${guard.resignations === 1 ? '' : 's'}`
  return [`${guard.how}; removed ${removed} and sent ${sent} within ${guard.tookMs.toFixed(1)} ms`]
}

/** Who has the address on an interface now, asked inside the instances. */
async function countOwners(stage: Stage): Promise<{ count: number; text: string }> {
  const held = await Promise.all(
    (['ecs1', 'ecs2'] as const).map(async (which) => {
      const listing = await stage.cloud.runCommand(stage.scene[which], 'ip -brief address show dev eth0').catch(() => '')
      return listing.includes(`${addresses.havip}/`) ? (which === 'ecs1' ? 'ECS 1' : 'ECS 2') : undefined
    }),
  )
  const owners = held.filter((one) => one !== undefined)
  return { count: owners.length, text: `${addresses.havip} is on ${owners.join(' and ') || 'nobody'}` }
}

/** What the notify scripts were called with, and the mails that arrived. */
export async function showNotifications(stage: Stage): Promise<void> {
  for (const [name, id] of [
    ['ECS 1', stage.scene.ecs1],
    ['ECS 2', stage.scene.ecs2],
  ] as const) {
    const calls = (await stage.cloud.runCommand(id, 'cat /var/log/notify.log 2>/dev/null || true')).trim().split('\n').filter(Boolean)
    done(`${name}: notify_action.sh was called ${calls.length} times`)
    for (const call of calls) remark(call)
  }
  const mails = (await stage.cloud.runCommand(stage.scene.mail, 'cat /var/log/mail.jsonl 2>/dev/null || true'))
    .trim()
    .split('\n')
    .filter(Boolean)
  done(
    mails.length > 0
      ? `${mails.length} mails arrived`
      : 'no mail arrived: these files have no smtp_alert, without which keepalived sends none either',
  )
  for (const line of mails) {
    const mail = JSON.parse(line) as { at: string; from: string; to: string[]; subject: string }
    remark(`${mail.at.slice(11, 23)} from ${mail.from} to ${mail.to.length} recipients: ${mail.subject}`)
  }
}
