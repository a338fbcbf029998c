// `havip explain --replay`: recordings of real daemons, lived again through the engine.
import type { Milliseconds } from '@havip/base'
import type { NodeRecording } from '@havip/vrrp-runtime'
import { cutsOf, deathsOf, reigns } from './evidence.ts'
import { type Life, livesOf, type PastMove, type Silence, sourceOf } from './recorded-life.ts'
import { Stage } from './stage.ts'
import { changeOf, type WhatIf } from './what-if.ts'

export type Comparison = {
  readonly node: string
  readonly instance: string
  readonly recorded: readonly PastMove[]
  readonly replayed: readonly PastMove[]
  readonly adverts: number
  readonly events: number
  /** Index of the first transition that is not the same. */
  readonly differsAt: number | undefined
  /** Between the same transitions; the daemon's own lateness is in it. */
  readonly apartMax: Milliseconds
}
export type Verification = {
  readonly epoch: number
  readonly comparisons: readonly Comparison[]
  /** `node: instance` whose beginning is not in its recording. */
  readonly headless: readonly string[]
}

/** The same transition this much earlier or later is another one. */
const apartMost = 250
const unchanged = (_: Life, config: Life['config']): Life['config'] => config

function allLives(recordings: readonly NodeRecording[], instance: string | undefined) {
  const epoch = Math.min(...recordings.flatMap(({ entries }) => entries.map((entry) => entry.wall)))
  const read = recordings.map((recording) => ({ node: recording.node, ...livesOf(recording, epoch) }))
  const isWanted = (name: string): boolean => instance === undefined || name === instance
  return {
    epoch,
    lives: read.flatMap(({ lives }) => lives),
    isWanted,
    headless: read.flatMap(({ node, headless }) => headless.filter(isWanted).map((name) => `${node}: ${name}`)),
  }
}

/** Instances of one node that move together. */
function clusters(lives: readonly Life[]): readonly (readonly Life[])[] {
  const byKey = new Map<string, Life[]>()
  const groupOf = ({ inputs }: Life): string | undefined => inputs.flatMap(({ what }) => (what.kind === 'grouped' ? [what.group] : []))[0]
  // Whoever was in a group once belongs to it in all its lives.
  const groups = new Map(
    lives.flatMap((life) => (groupOf(life) === undefined ? [] : [[`${life.node} ${life.instance}`, groupOf(life)] as const])),
  )
  for (const life of lives) {
    const group = groups.get(`${life.node} ${life.instance}`)
    const key = `${life.node} ${group === undefined ? `instance ${life.instance}` : `group ${group}`}`
    byKey.set(key, [...(byKey.get(key) ?? []), life])
  }
  return [...byKey.values()]
}

/** Each node alone, with the adverts that it heard. */
export function verify(recordings: readonly NodeRecording[], instance?: string): Verification {
  const { epoch, lives, isWanted, headless } = allLives(recordings, instance)
  const comparisons = clusters(lives).flatMap((cluster) => {
    if (!cluster.some((life) => isWanted(life.instance))) return []
    // What was about to happen when the recording ends, within the accuracy of what it tells.
    const deaths = new Map(cluster.map((life) => [life, life.lastEntryAt + apartMost]))
    const end = Math.max(...deaths.values())
    const stage = new Stage(cluster, { isTogether: false, change: unchanged, cuts: [], deaths, end })
    return stage
      .run()
      .filter(({ life }) => isWanted(life.instance))
      .map(({ life, moves }) =>
        compare(
          life,
          life.moves,
          moves.filter(({ at }, i) => i < life.moves.length || at <= life.lastEntryAt),
        ),
      )
  })
  return { epoch, comparisons, headless }
}

function compare(life: Life, recorded: readonly PastMove[], replayed: readonly PastMove[]): Comparison {
  const isSame = (a: PastMove | undefined, b: PastMove | undefined): boolean =>
    a !== undefined &&
    b !== undefined &&
    a.from === b.from &&
    a.to === b.to &&
    a.reason.kind === b.reason.kind &&
    Math.abs(a.at - b.at) <= apartMost
  const length = Math.max(recorded.length, replayed.length)
  const first = Array.from({ length }, (_, i) => i).find((i) => !isSame(recorded[i], replayed[i]))
  const apart = recorded.slice(0, first).map((move, i) => Math.abs(move.at - (replayed[i] as PastMove).at))
  return {
    node: life.node,
    instance: life.instance,
    recorded,
    replayed,
    adverts: life.inputs.filter(({ what }) => what.kind === 'advert').length,
    events: life.inputs.filter(({ what }) => what.kind !== 'advert').length,
    differsAt: first,
    apartMax: Math.max(0, ...apart) as Milliseconds,
  }
}

export type Telling = {
  readonly moves: readonly (PastMove & { readonly node: string; readonly instance: string })[]
  /** When nobody was master, by virtual router; undefined when a router in it was not recorded. */
  readonly headless: readonly { readonly router: string; readonly gaps: readonly Silence[] }[] | undefined
  /** When more than one was. */
  readonly contested: readonly { readonly router: string; readonly gaps: readonly Silence[] }[]
}
export type WhatIfAnswer = {
  readonly epoch: number
  readonly asRecorded: Telling
  readonly asReplayed: Telling
  readonly different: Telling
  /** The first transition of the recording that the nodes together do not reach without any change. */
  readonly doubt: string | undefined
  /** Addresses that were heard and whose nodes' recordings are missing. */
  readonly strangers: readonly string[]
}

/** All nodes together: what is said now is heard now. */
export function answerWhatIf(recordings: readonly NodeRecording[], whatIfs: readonly WhatIf[], instance?: string): WhatIfAnswer {
  const { epoch, lives, isWanted } = allLives(recordings, instance)
  // What an instance of the same group does matters, too.
  const chosen = instance === undefined ? lives : lives.filter((life) => clusterOf(life, lives).some((one) => isWanted(one.instance)))
  const change = changeOf(whatIfs)
  const tail = chosen.flatMap((life) => [life.config, change(life, life.config)].map(slowest))
  // What is under way when the recordings end comes to its end.
  const end = Math.max(...chosen.map((life) => life.lastEntryAt)) + Math.max(...tail)
  const deaths = deathsOf(chosen, end)
  const cuts = cutsOf(chosen, deaths, end)
  const tellingOf = (moves: ReadonlyMap<Life, readonly PastMove[]>): Telling =>
    tell(chosen, moves, deaths, end, isWanted, strangers.length > 0)
  const own = new Set(chosen.flatMap((life) => sourceOf(life) ?? []))
  const strangers = [
    ...new Set(
      chosen.flatMap(({ inputs }) => inputs.flatMap(({ what }) => (what.kind === 'advert' && !own.has(what.from) ? [what.from] : []))),
    ),
  ]
  const live = (change: (life: Life, config: Life['config']) => Life['config']): ReadonlyMap<Life, readonly PastMove[]> =>
    new Map(new Stage(chosen, { isTogether: true, change, cuts, deaths, end }).run().map(({ life, moves }) => [life, moves]))
  const replayed = live(unchanged)
  const doubtful = chosen
    .map((life) =>
      compare(
        life,
        life.moves,
        (replayed.get(life) ?? []).filter((move) => !isDeath(life, deaths, move)),
      ),
    )
    .find(({ differsAt }) => differsAt !== undefined)
  return {
    epoch,
    asRecorded: tellingOf(new Map(chosen.map((life) => [life, withDeath(life, deaths)]))),
    asReplayed: tellingOf(replayed),
    different: tellingOf(live(change)),
    doubt: doubtful && `${doubtful.node} ${doubtful.instance}`,
    strangers,
  }
}

/** An election, from its cause to its end. */
const slowest = ({ downTimerAdverts, interval, preemptDelay }: Life['config']): number =>
  (downTimerAdverts + 2) * Math.max(1000, interval) + preemptDelay

const clusterOf = (life: Life, lives: readonly Life[]): readonly Life[] =>
  clusters(lives).find((cluster) => cluster.includes(life)) ?? [life]

const isDeath = (life: Life, deaths: ReadonlyMap<Life, number>, move: PastMove): boolean =>
  move.to === 'stopped' && move.at === deaths.get(life)

/** A spare went on in its place. */
const hasHeir = (life: Life, lives: readonly Life[]): boolean =>
  lives.find((other) => other.node === life.node && other.instance === life.instance && other.startedAt > life.startedAt)?.resumedAs !==
  undefined

/** A process that ended without a word left no entry of it. */
function withDeath(life: Life, deaths: ReadonlyMap<Life, number>): readonly PastMove[] {
  const at = deaths.get(life)
  const last = life.moves.at(-1)
  if (at === undefined || last === undefined || last.to === 'stopped') return life.moves
  return [...life.moves, { at, from: last.to, to: 'stopped', reason: { kind: 'shutdown' } }]
}

function tell(
  lives: readonly Life[],
  moves: ReadonlyMap<Life, readonly PastMove[]>,
  deaths: ReadonlyMap<Life, number>,
  end: number,
  isWanted: (name: string) => boolean,
  hasStrangers: boolean,
): Telling {
  const wanted = lives.filter((life) => isWanted(life.instance))
  const all = wanted
    .flatMap((life) =>
      (moves.get(life) ?? [])
        .filter((move) => !isDeath(life, deaths, move) || !hasHeir(life, lives))
        .map((move) => ({ ...move, node: life.node, instance: life.instance })),
    )
    .sort((a, b) => a.at - b.at)
  const routers = new Map<string, Life[]>()
  for (const life of wanted) {
    const key = `VRID ${life.vrid} ${life.family === 'ipv4' ? 'IPv4' : 'IPv6'}`
    routers.set(key, [...(routers.get(key) ?? []), life])
  }
  const counted = [...routers].map(([router, members]) => {
    const spans = members.flatMap((life) => reigns({ ...life, moves: moves.get(life) ?? [] }, deaths.get(life) ?? end))
    return { router, spans }
  })
  return {
    moves: all,
    headless: hasStrangers ? undefined : counted.map(({ router, spans }) => ({ router, gaps: withCount(spans, end, 0) })),
    contested: counted.map(({ router, spans }) => ({ router, gaps: withCount(spans, end, 2) })),
  }
}

/** Stretches with nobody (0), or with at least `count`, since the first began. What lasts a moment is a handover. */
function withCount(spans: readonly Silence[], end: number, count: 0 | 2): readonly Silence[] {
  const points = spans.flatMap(({ from, to }) => [
    { at: from, change: 1 },
    { at: to, change: -1 },
  ])
  points.sort((a, b) => a.at - b.at || b.change - a.change)
  const found: Silence[] = []
  let number = 0
  for (const [i, { at, change }] of points.entries()) {
    number += change
    const until = points[i + 1]?.at ?? end
    const isMeant = count === 0 ? number === 0 : number >= count
    if (isMeant && until - at > handover) found.push({ from: at, to: until })
  }
  return found
}

/** Shorter than a packet needs. */
const handover = 1
