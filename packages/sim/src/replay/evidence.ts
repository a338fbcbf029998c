// What several nodes' recordings tell together that none tells alone: when a node ended without a word, and when one did
// not hear another although both ran.
import type { Vrid } from '@havip/base'
import { type Life, type Silence, sourceOf } from './recorded-life.ts'

export type Cut = { readonly from: string; readonly to: string; readonly vrid: Vrid; readonly since: number; readonly until: number }

/** So many of its intervals may pass between two adverts of a master before it counts as unheard. */
const unheardAfter = 2.5
/** Later than what proves life. */
const justAfter = 0.01

/** While it was master, by its own account. */
export function reigns({ moves, resumedAs, startedAt }: Life, end: number): Silence[] {
  const spans: Silence[] = []
  let since: number | undefined = resumedAs === 'master' ? startedAt : undefined
  for (const { at, from, to } of moves) {
    if (from === 'master' && since !== undefined) spans.push({ from: since, to: at })
    since = to === 'master' ? at : from === 'master' ? undefined : since
  }
  if (since !== undefined) spans.push({ from: since, to: end })
  return spans
}

/** When `listener` heard an advert of `speaker`, goodbyes aside. */
function hearings(listener: Life, speaker: Life): readonly number[] {
  const source = sourceOf(speaker)
  return listener.inputs.flatMap(({ at, what }) =>
    what.kind === 'advert' && what.from === source && what.priority > 0 && listener.vrid === speaker.vrid ? [at] : [],
  )
}

/** Others in the same virtual router, on other nodes. */
const othersOf = (life: Life, lives: readonly Life[]): readonly Life[] =>
  lives.filter((other) => other.node !== life.node && other.vrid === life.vrid && other.family === life.family)

const endOf = (life: Life): number | undefined => life.moves.find(({ to }) => to === 'stopped')?.at

/** The last sign of life of a process that ended, or seems to have ended, without a goodbye. */
export function deathsOf(lives: readonly Life[], end: number): ReadonlyMap<Life, number> {
  const deaths = new Map<Life, number>()
  for (const life of lives) {
    if (endOf(life) !== undefined) continue
    const next = lives.find((other) => other.node === life.node && other.instance === life.instance && other.startedAt > life.startedAt)
    if (next?.resumedAs !== undefined) {
      // A spare went on in its place: nobody noticed.
      deaths.set(life, next.startedAt - justAfter)
      continue
    }
    const until = next?.startedAt ?? end
    const heard = othersOf(life, lives).flatMap((other) => hearings(other, life).filter((at) => at >= life.startedAt && at < until))
    const sign = Math.max(life.lastEntryAt, ...heard.slice(-100_000))
    const wasMaster = life.moves.at(-1)?.to === 'master'
    const isMissed = othersOf(life, lives).some((other) =>
      other.moves.some(({ at, reason }) => at > sign && reason.kind === 'master-silent' && reason.master === sourceOf(life)),
    )
    if (next || (wasMaster && isMissed)) deaths.set(life, sign + justAfter)
  }
  return deaths
}

/** Both ran, one was master, and the other did not hear it. */
export function cutsOf(lives: readonly Life[], deaths: ReadonlyMap<Life, number>, end: number): readonly Cut[] {
  const cuts: Cut[] = []
  for (const speaker of lives) {
    const livesUntil = endOf(speaker) ?? deaths.get(speaker) ?? end
    for (const listener of othersOf(speaker, lives)) {
      // What it heard after its last entry it has not told yet.
      const listensUntil = Math.min(endOf(listener) ?? deaths.get(listener) ?? end, listener.lastEntryAt)
      const heard = hearings(listener, speaker)
      for (const reign of reigns(speaker, livesUntil)) {
        const from = Math.max(reign.from, listener.startedAt)
        const to = Math.min(reign.to, livesUntil, listensUntil)
        const longest = unheardAfter * speaker.config.interval
        let last = from
        for (const at of [...heard.filter((one) => one >= from && one <= to), to]) {
          const isFrozen = [...speaker.freezes, ...listener.freezes].some(
            (freeze) => freeze.to - freeze.from > speaker.config.interval && freeze.from < at && freeze.to > last,
          )
          if (at - last > longest && !isFrozen) {
            const half = speaker.config.interval / 2
            const span = { vrid: speaker.vrid, since: last + half, until: at - half }
            cuts.push({ from: speaker.node, to: listener.node, ...span }, { from: listener.node, to: speaker.node, ...span })
          }
          last = at
        }
      }
    }
  }
  return cuts
}
