// Draws a world from a seed: how many nodes, how they are configured, and how hostile it is. Faults come first, then
// everything heals and is left alone, long enough for the checkers to demand order.
import { type IpAddress, type Milliseconds, milliseconds, type Random, seededRandom } from '@havip/base'
import { type Fault, hostilePackets, type TimedFault } from '../fault.ts'
import { goodConditions, type NodeSpec, type World } from '../world.ts'
import {
  configurationFile,
  drawExtraFaults,
  drawExtras,
  type Extras,
  firstFile,
  globalLines,
  instanceLines,
  otherFile,
  trackedProgram,
  trackerBlocks,
  trackerLines,
} from './draw-extras.ts'
import { drawFurther, drawLosing, drawSpells, type Further, type Losing, scriptLines } from './draw-further.ts'
import { drawExercise, drawSwitchovers } from './draw-switchovers.ts'

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

/** What a seed draws grows: 2 has planned switchovers. An older edition draws what it always did. */
export const latestEdition = 2

/** The same seed draws the same world for ever, in each edition: what is new comes from a stream of its own, and in a new edition only. */
export function drawWorld(seed: number, edition: number = latestEdition): World {
  const random = seededRandom(seed)
  const count = random.pick([2, 2, 2, 2, 3, 3, 4])
  const draft = drawConfiguration(random, count)
  const names = Array.from({ length: count }, (_, i) => `n${i + 1}`)
  // Three quarters of a world's faults come within as many master-down intervals as there are faults.
  const start = 5 * draft.interval + 2000 + 1000 * (draft.preemptDelay + draft.startupDelay)
  const faultCount = random.integer(0, 5)
  const span = Math.max(1, faultCount) * (2 * draft.interval + 800)
  const end = start + span
  const faults = Array.from({ length: faultCount }, () => drawFault(random, draft, names, random.integer(0, end), end))
  const more = seededRandom(seed + extrasApart)
  const extras = drawExtras(more, draft.version)
  const extraFaults = drawExtraFaults(more, extras, { names, start: start / 2, end, longest: 6 * draft.interval })
  const apart = seededRandom(seed + furtherApart)
  const further = drawFurther(apart, draft.version)
  const spells = draft.script ? drawSpells(apart, { names, start: start / 2, end: end + 1500 }) : []
  const losing = drawLosing(seededRandom(seed + losingApart), draft.vips as IpAddress[], { names, start: start / 2, end })
  const calmAfter = Math.ceil(settleTime(draft, extras, further))
  const calmAt = end + (spells.length > 0 ? 1500 : 0) + calmAfter
  const planned = edition < 2 ? undefined : seededRandom(seed + plannedApart)
  const movers = moversOf(names, draft, extras)
  const switchovers = planned ? drawSwitchovers(planned, movers, { start: start / 2, end }) : []
  const exercise = planned ? drawExercise(planned, movers, calmAt + 500) : { faults: [], lastAt: undefined }
  const settledAt = exercise.lastAt === undefined ? calmAt : exercise.lastAt + calmAfter
  const nodes = names.map((name, i) => nodeSpec({ seed, random, more, draft, extras, further, losing, i, count }, name))
  return {
    seed,
    duration: milliseconds(settledAt + 3 * draft.interval + 500),
    nodes,
    segments: [{ name: 'lan', conditions: drawConditions(random) }, ...(extras.otherInterface ? [otherSegment] : [])],
    clients: [{ name: 'client', segment: 'lan' }],
    faults: [...faults, ...extraFaults, ...spells, ...losing.faults, ...switchovers, ...exercise.faults].toSorted((a, b) => a.at - b.at),
  }
}

/** Far from any seed that is used. */
const extrasApart = 0x4000_0000
const furtherApart = 0x2000_0000
const losingApart = 0x5000_0000
const plannedApart = 0x6000_0000
const otherSegment = { name: 'other', conditions: goodConditions }

const moversOf = (names: readonly string[], { priorities, interval }: Draft, { second }: Extras) => ({
  names,
  best: names[priorities.indexOf(Math.max(...priorities))] as string,
  instances: second === 'none' ? ['VI_1'] : ['VI_1', 'VI_2'],
  interval,
})

/** Generous: two elections, the delays in front of them, and a check that has to notice. */
function settleTime(draft: Draft, { downTimerAdverts }: Extras, { secondInterval = 0, rise, fall }: Further): number {
  const interval = Math.max(draft.interval, secondInterval)
  const down = downTimerAdverts * interval + (draft.version === 2 ? 1000 : interval)
  const checks = draft.script ? 1000 * (Math.max(rise, fall) + 2) * draft.script.interval : 0
  return 2 * down + 1000 * (draft.preemptDelay + draft.startupDelay) + checks + 1000
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

type Drawing = {
  readonly seed: number
  readonly random: Random
  readonly more: Random
  readonly draft: Draft
  readonly extras: Extras
  readonly further: Further
  readonly losing: Losing
  /** Which node. */
  readonly i: number
  readonly count: number
}

function nodeSpec(drawing: Drawing, name: string): NodeSpec {
  const { seed, random, more, extras, i } = drawing
  const isLazy = random.chance(0.3)
  const { first, other } = configurationTexts(drawing)
  return {
    name,
    files: { [configurationFile]: first, ...(extras.reloads === 'none' ? {} : { [otherFile]: other, [firstFile]: first }) },
    configFile: configurationFile,
    interfaces: [
      { name: 'eth0', segment: 'lan', addresses: [`10.0.0.${i + 1}/24`, `fe80::${i + 1}/64`] },
      ...(extras.otherInterface ? [{ name: 'eth1', segment: 'other', addresses: [`10.9.0.${i + 1}/24`] }] : []),
    ],
    startsAt: milliseconds(random.chance(0.7) ? 0 : random.integer(0, 3000)),
    startUp: milliseconds(random.integer(20, 150)),
    lag: { min: milliseconds(0), max: milliseconds(isLazy ? 4 : 0.3) },
    guardAfter: milliseconds(random.integer(1, 20)),
    ...(more.chance(0.5) ? { spareAfter: milliseconds(more.integer(2, 30)) } : {}),
    // Not drawn: the worlds of old seeds stay what they were.
    notesRepeats: (seed + i) % 2 === 0,
    programs: [],
    ...(extras.program ? { runningPrograms: [{ argv: [trackedProgram], count: extras.program.quorum }] } : {}),
  }
}

/** What the node starts with, and what it may be given at a reload. */
function configurationTexts({ random, more, draft, extras, further, losing, i, count }: Drawing): {
  readonly first: string
  readonly other: string
} {
  const { isIpv6, script } = draft
  const isMaster = draft.priorities[i] === 255 && random.chance(0.7)
  const noPreempt = (draft.preempting === 'none' || (draft.preempting === 'mixed' && random.chance(0.5))) && !isMaster
  const priority = draft.priorities[i] as number
  const facts = { draft, extras, further, losing, i, count, isMaster, noPreempt }
  // Both of a group's members have the same order of priorities, so that they want the same.
  const shift = more.integer(0, 3)
  const secondPriority = priority === 255 ? 255 : Math.max(1, Math.min(254, priority + (extras.second === 'grouped' ? 0 : shift)))
  const secondVips = isIpv6 ? ['fe80::200:1'] : ['10.0.0.150', '10.0.0.151']
  const otherPriority = priority === 255 ? 255 : more.integer(1, 254)
  const isGrouped = extras.second === 'grouped'
  const head = [
    'global_defs {',
    `  router_id n${i + 1}`,
    ...(draft.startupDelay > 0 ? [`  vrrp_startup_delay ${draft.startupDelay}`] : []),
    '  script_user root',
    '  enable_script_security',
    ...globalLines(extras),
    '}',
    ...(script ? ['vrrp_script check {', `  script "${checkProgram}"`, `  interval ${script.interval}`, ...scriptLines(further), '}'] : []),
    ...trackerBlocks(extras),
    ...(isGrouped ? groupLines(draft, extras) : []),
  ]
  const second = extras.second === 'none' ? [] : instanceText('VI_2', 52, secondPriority, secondVips, facts)
  const text = (own: number, vips: readonly string[], theirs: readonly string[]): string =>
    `${[...head, ...instanceText('VI_1', 51, own, vips, facts), ...theirs].join('\n')}\n`
  const { vips } = draft
  const others: Readonly<Record<Extras['reloads'], readonly [number, readonly string[]]>> = {
    none: [priority, vips],
    priority: [otherPriority, vips],
    fewer: [priority, vips.length > 1 ? vips.slice(0, -1) : vips],
    more: [priority, [...vips, isIpv6 ? 'fe80::100:99' : '10.0.0.199']],
  }
  const [ownPriority, ownVips] = others[extras.reloads]
  // Members of a group that want different things never agree.
  const secondThen = isGrouped && extras.reloads === 'priority' ? instanceText('VI_2', 52, otherPriority, secondVips, facts) : second
  return { first: text(priority, vips, second), other: text(ownPriority, ownVips, secondThen) }
}

const groupLines = (draft: Draft, extras: Extras): readonly string[] => [
  'vrrp_sync_group G {',
  '  group {',
  '    VI_1',
  '    VI_2',
  '  }',
  ...(extras.isGroupTracking ? tracking(draft, extras) : []),
  `  notify_master "${notifyProgram} group MASTER"`,
  `  notify_backup "${notifyProgram} group BACKUP"`,
  `  notify_fault "${notifyProgram} group FAULT"`,
  '}',
]

const tracking = (draft: Draft, extras: Extras): readonly string[] => [
  ...(draft.script ? ['  track_script {', `    check weight ${draft.script.weight}`, '  }'] : []),
  ...trackerLines(extras),
]

type Facts = Omit<Drawing, 'random' | 'more' | 'seed'> & { readonly isMaster: boolean; readonly noPreempt: boolean }

function instanceText(
  name: string,
  vrid: number,
  priority: number,
  vips: readonly string[],
  { draft, extras, further, losing, i, count, isMaster, noPreempt }: Facts,
): readonly string[] {
  const own = (k: number): string => (draft.isIpv6 ? `fe80::${k + 1}` : `10.0.0.${k + 1}`)
  const isGrouped = extras.second === 'grouped'
  const isSecond = name === 'VI_2'
  const isTracking = !(isGrouped && extras.isGroupTracking) && !(isGrouped && isSecond && further.isFirstTracking)
  const interval = (isSecond ? further.secondInterval : undefined) ?? (draft.intervals[i] as number)
  return [
    `vrrp_instance ${name} {`,
    `  state ${isMaster ? 'MASTER' : 'BACKUP'}`,
    '  interface eth0',
    `  virtual_router_id ${vrid}`,
    `  version ${draft.version}`,
    `  priority ${priority}`,
    `  advert_int ${interval / 1000}`,
    ...(noPreempt ? ['  nopreempt'] : []),
    ...(draft.preemptDelay > 0 ? [`  preempt_delay ${draft.preemptDelay}`] : []),
    ...(draft.solePeer ? [] : ['  sole_peer_takeover off']),
    ...(draft.password ? ['  authentication {', '    auth_type PASS', `    auth_pass ${draft.password}`, '  }'] : []),
    ...(draft.isUnicast ? unicastLines(i, count, own) : []),
    ...(draft.skipsAddressCheck ? ['  skip_check_adv_addr'] : []),
    ...instanceLines(extras),
    ...(losing.givesWay ? ['  reassert_addresses off'] : []),
    `  garp_master_delay ${draft.garp.delay}`,
    `  garp_master_refresh ${draft.garp.refresh}`,
    `  garp_master_repeat ${draft.garp.repeat}`,
    ...(isTracking ? tracking(draft, extras) : []),
    '  virtual_ipaddress {',
    ...vips.map((address) => `    ${address}`),
    '  }',
    `  notify_master "${notifyProgram} own MASTER"`,
    `  notify_backup "${notifyProgram} own BACKUP"`,
    `  notify_fault "${notifyProgram} own FAULT"`,
    `  notify_stop "${notifyProgram} own STOP"`,
    `  notify "${notifyProgram} any"`,
    '}',
  ]
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
