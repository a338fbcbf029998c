// Draws a world from a seed: how many nodes, how they are configured, and how hostile it is. Faults come first, then
// everything heals and is left alone, long enough for the checkers to demand order.
import { type IpAddress, type Milliseconds, milliseconds, type Random, seededRandom } from '@havip/base'
import { type Fault, hostilePackets, type TimedFault } from '../fault.ts'
import { goodConditions, type NodeSpec, type World } from '../world.ts'

type Draft = {
  readonly version: 2 | 3
  readonly isIpv6: boolean
  /** advert_int of each node, milliseconds; all the same more often than not. `interval` is the longest. */
  readonly intervals: readonly number[]
  readonly interval: number
  readonly isUnicast: boolean
  readonly password: string | undefined
  readonly preempting: 'all' | 'none' | 'mixed'
  readonly preemptDelay: number
  readonly solePeer: boolean
  readonly priorities: readonly number[]
  readonly vips: readonly string[]
  readonly script: { readonly weight: number; readonly interval: number } | undefined
  readonly garp: { readonly delay: number; readonly refresh: number; readonly repeat: number }
  readonly skipsAddressCheck: boolean
  readonly startupDelay: number
}

/** The program that a tracked script runs in these worlds. */
const checkProgram = '/usr/local/bin/check'
const notifyProgram = '/usr/local/bin/notify'

/** The same seed draws the same world for ever: change nothing here without saying so where seeds are kept. */
export function drawWorld(seed: number): World {
  const random = seededRandom(seed)
  const count = random.pick([2, 2, 2, 2, 3, 3, 4])
  const draft = drawConfiguration(random, count)
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`)
  // Three quarters of a world's faults come within as many master-down intervals as there are faults.
  const start = 5 * draft.interval + 2000 + 1000 * (draft.preemptDelay + draft.startupDelay)
  const faultCount = random.integer(0, 5)
  const span = Math.max(1, faultCount) * (2 * draft.interval + 800)
  const faults = Array.from({ length: faultCount }, () => drawFault(random, draft, names, random.integer(0, start + span), start + span))
  const calmAt = start + span + Math.ceil(settleTime(draft))
  const nodes = names.map((name, i) => nodeSpec(random, draft, name, i, count))
  return {
    seed,
    duration: milliseconds(calmAt + 3 * draft.interval + 500),
    nodes,
    segments: [{ name: 'lan', conditions: drawConditions(random) }],
    clients: [{ name: 'client', segment: 'lan' }],
    faults: faults.toSorted((a, b) => a.at - b.at),
  }
}

/** Generous: two elections, the delays in front of them, and a check that has to notice. */
function settleTime(draft: Draft): number {
  const down = 3 * draft.interval + (draft.version === 2 ? 1000 : draft.interval)
  return 2 * down + 1000 * (draft.preemptDelay + draft.startupDelay) + (draft.script ? 4000 * draft.script.interval : 0) + 1000
}

function drawConfiguration(random: Random, count: number): Draft {
  const version = random.pick([2, 3] as const)
  const isIpv6 = version === 3 && random.chance(0.2)
  const isOwned = random.chance(0.12)
  const hasTie = !isOwned && random.chance(0.15)
  const interval = version === 2 ? 1000 * random.pick([1, 1, 1, 2]) : random.pick([100, 200, 500, 1000, 1000])
  // Version 3 routers need not agree: each follows its master's.
  const differ = version === 3 && random.chance(0.25)
  const intervals = Array.from({ length: count }, () => (differ ? random.pick([100, 200, 500, 1000]) : interval))
  const preempting = random.pick(['all', 'all', 'none', 'mixed'] as const)
  return {
    version,
    isIpv6,
    intervals,
    interval: Math.max(...intervals),
    isUnicast: random.chance(0.5),
    password: version === 2 && random.chance(0.5) ? random.pick(['1111', 'secret', 'longerthan8']) : undefined,
    preempting,
    preemptDelay: preempting === 'all' && random.chance(0.2) ? random.integer(1, 4) : 0,
    solePeer: count === 2 && random.chance(0.7),
    priorities: drawPriorities(random, count, isOwned, hasTie),
    vips: Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, i) => (isIpv6 ? `fe80::100:${i + 1}` : `10.0.0.${100 + i}`)),
    script: random.chance(0.35) ? { weight: random.pick([0, 0, -30, -120, 20, 60]), interval: 1 } : undefined,
    garp: { delay: random.pick([0, 1, 5]), refresh: random.pick([0, 0, 3]), repeat: random.pick([1, 5]) },
    skipsAddressCheck: random.chance(0.5),
    startupDelay: random.chance(0.08) ? 2 : 0,
  }
}

function drawPriorities(random: Random, count: number, isOwned: boolean, hasTie: boolean): number[] {
  const priorities: number[] = []
  while (priorities.length < count) {
    const priority = random.integer(1, 254)
    if (!priorities.includes(priority)) priorities.push(priority)
  }
  if (isOwned) priorities[0] = 255
  if (isOwned && random.chance(0.3)) priorities[1] = 255
  if (hasTie) priorities[1] = priorities[0] as number
  return priorities
}

function drawConditions(random: Random): World['segments'][number]['conditions'] {
  if (random.chance(0.6)) return goodConditions
  return {
    delay: milliseconds(random.pick([0.1, 1, 5])),
    jitter: milliseconds(random.pick([0, 1, 4])),
    loss: 0,
    duplicate: random.chance(0.2) ? 0.02 : 0,
    reorder: random.chance(0.2) ? 0.05 : 0,
  }
}

function nodeSpec(random: Random, draft: Draft, name: string, i: number, count: number): NodeSpec {
  const isLazy = random.chance(0.3)
  return {
    name,
    files: { '/etc/keepalived/keepalived.conf': configurationText(random, draft, i, count) },
    configFile: '/etc/keepalived/keepalived.conf',
    interfaces: [{ name: 'eth0', segment: 'lan', addresses: [`10.0.0.${i + 1}/24`, `fe80::${i + 1}/64`] }],
    startsAt: milliseconds(random.chance(0.7) ? 0 : random.integer(0, 3000)),
    startUp: milliseconds(random.integer(20, 150)),
    lag: { min: milliseconds(0), max: milliseconds(isLazy ? 4 : 0.3) },
    guardAfter: milliseconds(random.integer(1, 20)),
    programs: [],
  }
}

function configurationText(random: Random, draft: Draft, i: number, count: number): string {
  const { version, isIpv6 } = draft
  const own = (k: number): string => (isIpv6 ? `fe80::${k + 1}` : `10.0.0.${k + 1}`)
  const isMaster = draft.priorities[i] === 255 && random.chance(0.7)
  const noPreempt = draft.preempting === 'none' || (draft.preempting === 'mixed' && random.chance(0.5))
  const lines = [
    'global_defs {',
    `  router_id n${i + 1}`,
    ...(draft.startupDelay > 0 ? [`  vrrp_startup_delay ${draft.startupDelay}`] : []),
    '  script_user root',
    '  enable_script_security',
    '}',
    ...(draft.script
      ? ['vrrp_script check {', `  script "${checkProgram}"`, `  interval ${draft.script.interval}`, '  fall 2', '  rise 2', '}']
      : []),
    'vrrp_instance VI_1 {',
    `  state ${isMaster ? 'MASTER' : 'BACKUP'}`,
    '  interface eth0',
    `  virtual_router_id 51`,
    `  version ${version}`,
    `  priority ${draft.priorities[i]}`,
    `  advert_int ${(draft.intervals[i] as number) / 1000}`,
    ...(noPreempt && !isMaster ? ['  nopreempt'] : []),
    ...(draft.preemptDelay > 0 ? [`  preempt_delay ${draft.preemptDelay}`] : []),
    ...(draft.solePeer ? [] : ['  sole_peer_takeover off']),
    ...(draft.password ? ['  authentication {', '    auth_type PASS', `    auth_pass ${draft.password}`, '  }'] : []),
    ...(draft.isUnicast ? unicastLines(i, count, own) : []),
    ...(draft.skipsAddressCheck ? ['  skip_check_adv_addr'] : []),
    `  garp_master_delay ${draft.garp.delay}`,
    `  garp_master_refresh ${draft.garp.refresh}`,
    `  garp_master_repeat ${draft.garp.repeat}`,
    ...(draft.script ? ['  track_script {', `    check weight ${draft.script.weight}`, '  }'] : []),
    '  virtual_ipaddress {',
    ...draft.vips.map((address) => `    ${address}`),
    '  }',
    `  notify_master "${notifyProgram} own MASTER"`,
    `  notify_backup "${notifyProgram} own BACKUP"`,
    `  notify_fault "${notifyProgram} own FAULT"`,
    `  notify_stop "${notifyProgram} own STOP"`,
    `  notify "${notifyProgram} any"`,
    '}',
  ]
  return `${lines.join('\n')}\n`
}

const unicastLines = (i: number, count: number, own: (k: number) => string): string[] => [
  `  unicast_src_ip ${own(i)}`,
  '  check_unicast_src',
  '  unicast_peer {',
  ...Array.from({ length: count }, (_, k) => k)
    .filter((k) => k !== i)
    .map((k) => `    ${own(k)}`),
  '  }',
]

/** Every fault that lasts is over before `end`. */
function drawFault(random: Random, draft: Draft, names: readonly string[], at: number, end: number): TimedFault {
  const node = random.pick(names)
  const other = random.pick(names.filter((name) => name !== node))
  const lasting = (fault: Fault): TimedFault => {
    const longest = Math.max(50, end - at)
    const lasts = Math.min(longest, random.integer(1, 4) === 1 ? random.integer(5, 200) : random.integer(200, 6 * draft.interval))
    return { at: milliseconds(at), fault, lasts: milliseconds(lasts) }
  }
  const once = (fault: Fault): TimedFault => ({ at: milliseconds(at), fault, lasts: undefined })
  const kinds: readonly (() => TimedFault)[] = [
    () => lasting({ kind: 'power-loss', node }),
    () => lasting({ kind: 'power-loss', node }),
    () => lasting({ kind: 'kill', node }),
    () => lasting({ kind: 'stop', node }),
    () => lasting({ kind: 'stop', node }),
    () => lasting({ kind: 'freeze', node }),
    () => lasting({ kind: 'pause', node }),
    () => lasting({ kind: 'cut', from: node, to: other, oneWay: random.chance(0.4) }),
    () => lasting({ kind: 'isolate', node }),
    () => lasting({ kind: 'link', node, interface: 'eth0', isUp: false }),
    () => once({ kind: 'flap', node, interface: 'eth0', times: random.integer(1, 4), every: milliseconds(random.integer(20, 400)) }),
    () => lasting({ kind: 'conditions', change: { loss: random.pick([0.1, 0.3, 0.8]) }, from: undefined, to: undefined }),
    () => lasting({ kind: 'conditions', change: { delay: time(random, 5, draft.interval) }, from: node, to: undefined }),
    () => lasting({ kind: 'conditions', change: { jitter: time(random, 1, draft.interval) }, from: undefined, to: undefined }),
    () => lasting({ kind: 'script', node, program: 'check', behaviour: { kind: 'exits', status: 1, after: milliseconds(2) } }),
    () => lasting({ kind: 'script', node, program: 'check', behaviour: { kind: 'hangs' } }),
    () => once({ kind: 'address-removed', node, address: random.pick(draft.vips) as IpAddress }),
    () => once({ kind: 'reload', node, file: undefined }),
    () => once({ kind: 'clock-step', node, by: milliseconds(random.integer(-100_000, 100_000)) }),
    () => once(drawHostile(random, draft)),
    () => once(drawHostile(random, draft)),
    () => once(drawHostile(random, draft)),
  ]
  return random.pick(kinds)()
}

const time = (random: Random, min: number, max: number): Milliseconds => milliseconds(random.integer(min, max))

/** From a single packet to a flood that would silence whoever lets packets touch its timers. */
const drawHostile = (random: Random, draft: Draft): Fault => ({
  kind: 'hostile',
  packet: drawPacket(random),
  times: random.integer(1, 60),
  every: milliseconds(random.integer(1, draft.interval / 3)),
})

/** Mostly packets that must change nothing; now and then one that no unauthenticated protocol could tell from a real one. */
const drawPacket = (random: Random): (typeof hostilePackets)[number] => random.pick(hostilePackets)
