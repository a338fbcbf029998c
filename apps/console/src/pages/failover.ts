// A move of the address, put together from what the daemons of both nodes recorded: who did what when, and the numbers of it.
import { type NodeRecording, storyOf } from '@havip/vrrp-runtime'

/** The address came to `node`. Times are the nodes' own clocks, in milliseconds since 1970. */
export type Move = {
  /** Stays the same while the recording holds it. */
  readonly id: string
  readonly at: number
  readonly node: string
}

export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly state: string }
/** `sent`, `heard`: adverts; `goodbye`: one with priority 0; `taken`: the addresses were added and announced. */
export type Dot = { readonly atMs: number; readonly kind: 'sent' | 'heard' | 'goodbye' | 'taken' }
export type Lane = { readonly node: string; readonly stretches: readonly Stretch[]; readonly dots: readonly Dot[] }

/** All times are milliseconds from the move. */
export type Failover = {
  readonly move: Move
  readonly fromMs: number
  readonly toMs: number
  readonly lanes: readonly Lane[]
  readonly lines: readonly { readonly atMs: number; readonly node: string; readonly text: string }[]
  readonly numbers: {
    /** When the new owner last heard the old one; undefined: not in the recording any more. */
    readonly lastHeardMs: number | undefined
    /** When the old owner stopped being it, by its own recording. */
    readonly gaveUpMs: number | undefined
    /** From the move until its addresses were in place, and until its first advert was out. */
    readonly takenMs: number | undefined
    readonly advertMs: number | undefined
  }
  /** Why it moved, with the numbers, in the words of the daemon that took it. */
  readonly reason: string
}

type Recordings = readonly NodeRecording[]
type Entry = NodeRecording['entries'][number]

/** What is shown before a move at least and at most, and after it. */
const beforeMinMs = 1_500
const beforeMaxMs = 8_000
const afterMs = 2_500

const transitionOf = ({ what }: Entry) => (what.kind === 'action' && what.action.kind === 'transition' ? what.action : undefined)

/** Newest first. */
export function movesOf(recordings: Recordings): readonly Move[] {
  return recordings
    .flatMap(({ node, entries }) =>
      entries
        .filter((entry) => transitionOf(entry)?.to === 'master')
        .map((entry) => ({ id: `${node} ${entry.wall}`, at: entry.wall, node })),
    )
    .sort((a, b) => b.at - a.at)
}

export function failoverOf(recordings: Recordings, move: Move): Failover {
  const mine = recordings.find(({ node }) => node === move.node)?.entries ?? []
  const others = recordings.filter(({ node }) => node !== move.node)
  const before = (entries: readonly Entry[], isSo: (entry: Entry) => boolean): number | undefined =>
    entries.findLast((entry) => entry.wall <= move.at && isSo(entry))?.wall
  const lastHeard = before(mine, ({ what }) => isHeard(what.kind))
  const gaveUp = others
    .map(({ entries }) => before(entries, (entry) => transitionOf(entry)?.from === 'master'))
    .reduce((latest, one) => (one !== undefined && (latest === undefined || one > latest) ? one : latest), undefined)
  const since = Math.min(lastHeard ?? move.at, gaveUp ?? move.at) - 1_000
  const from = Math.max(move.at - beforeMaxMs, Math.min(since, move.at - beforeMinMs))
  const to = move.at + afterMs
  const inside = (wall: number): boolean => wall >= from && wall <= to
  const relative = (wall: number): number => Math.round((wall - move.at) * 10) / 10
  const lanes = recordings.map(
    ({ node, entries }): Lane => ({
      node,
      stretches: stretchesOf(entries, from, to).map((one) => ({ ...one, fromMs: relative(one.fromMs), toMs: relative(one.toMs) })),
      dots: entries.flatMap((entry) => {
        const kind = inside(entry.wall) ? dotOf(entry) : undefined
        return kind ? [{ atMs: relative(entry.wall), kind }] : []
      }),
    }),
  )
  const first = (kind: Dot['kind']): number | undefined =>
    lanes.find(({ node }) => node === move.node)?.dots.find((dot) => dot.kind === kind && dot.atMs >= 0)?.atMs
  const lines = storyOf(
    recordings.map(({ node, entries }) => ({ node, entries: entries.filter(({ wall }) => inside(wall)) })),
    undefined,
  ).map(({ wall, node, text }) => ({ atMs: relative(wall), node, text }))
  return {
    move,
    fromMs: relative(from),
    toMs: relative(to),
    lanes,
    lines,
    numbers: {
      lastHeardMs: lastHeard === undefined || lastHeard < from ? undefined : relative(lastHeard),
      gaveUpMs: gaveUp === undefined || gaveUp < from ? undefined : relative(gaveUp),
      takenMs: first('taken'),
      advertMs: first('sent'),
    },
    reason:
      lines.find(({ atMs, node, text }) => atMs === 0 && node === move.node && text.includes('→ MASTER'))?.text.replace(/^[^:]*: /, '') ??
      '',
  }
}

const isHeard = (kind: string): boolean => kind === 'advert-heard' || kind === 'adverts-heard'

function dotOf({ what }: Entry): Dot['kind'] | undefined {
  if (what.kind === 'advert-sent') return what.priority === 0 ? 'goodbye' : 'sent'
  if (isHeard(what.kind)) return 'heard'
  return what.kind === 'action' && what.action.kind === 'add-addresses' ? 'taken' : undefined
}

/** The states of a node within the window; nothing for the time before its recording began. */
function stretchesOf(entries: readonly Entry[], from: number, to: number): readonly Stretch[] {
  const moves = entries.flatMap((entry) => {
    const transition = transitionOf(entry)
    return transition ? [{ at: entry.wall as number, from: transition.from, to: transition.to }] : []
  })
  const [first] = moves
  const start = entries[0]?.wall
  if (!first || start === undefined) return []
  const points: { at: number; state: string }[] = [{ at: start, state: first.from }, ...moves.map(({ at, to: state }) => ({ at, state }))]
  return points.flatMap(({ at, state }, i): Stretch[] => {
    const fromMs = Math.max(at, from)
    const toMs = Math.min(points[i + 1]?.at ?? to, to)
    return toMs > fromMs ? [{ fromMs, toMs, state }] : []
  })
}
