// What a replay found out, for people.
import { wallTime } from '@havip/base'
import { describeReason } from '@havip/vrrp'
import { roughDuration } from '../duration.ts'
import type { PastMove, Silence } from './recorded-life.ts'
import type { Comparison, Telling, Verification, WhatIfAnswer } from './replay.ts'
import type { WhatIf } from './what-if.ts'

type Told = Telling['moves'][number]

const stamp = (epoch: number, at: number): string => new Date(wallTime(epoch + at)).toISOString()
const arrow = ({ from, to }: PastMove): string => `${from.toUpperCase()} → ${to.toUpperCase()}`
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

export function formatVerification({ epoch, comparisons, headless }: Verification): string {
  if (comparisons.length === 0 && headless.length === 0) return 'nothing that could be replayed was recorded'
  const lines = comparisons.flatMap((one) => formatComparison(one, epoch))
  for (const name of headless) {
    lines.push(`${name}: how it began is no longer in the recording, so it cannot be replayed; a file of --record-file keeps it longer`)
  }
  return lines.join('\n')
}

function formatComparison(one: Comparison, epoch: number): readonly string[] {
  const from = `${one.node} ${one.instance}: replayed ${count(one.events, 'event')} and ${count(one.adverts, 'advert')}`
  const { differsAt: at, recorded, replayed } = one
  if (at === undefined) {
    if (recorded.length === 0) return [`${from}: no transition, as recorded`]
    return [`${from}: the same ${count(recorded.length, 'transition')}, at most ${roughDuration(one.apartMax)} apart`]
  }
  const sentence = (move: PastMove | undefined): string =>
    move ? `${stamp(epoch, move.at)}  ${arrow(move)}: ${describeReason(move.reason)}` : 'nothing'
  return [`${from}: transition ${at + 1} differs`, `  recorded  ${sentence(recorded[at])}`, `  replayed  ${sentence(replayed[at])}`]
}

export function formatWhatIf(answer: WhatIfAnswer, whatIfs: readonly WhatIf[]): string {
  const { epoch, asRecorded, different, strangers, doubt } = answer
  const question = `What if ${whatIfs.map(({ text }) => text).join(', ')}`
  const lines = [
    question,
    '',
    ...pairUp(asRecorded.moves, different.moves).map(([was, now]) => formatPair(epoch, was, now)),
    '',
    ...formatGaps('without a master', asRecorded.headless, different.headless),
    ...formatGaps('with two masters', asRecorded.contested, different.contested),
  ]
  if (strangers.length > 0) {
    lines.push(
      `The recording of ${strangers.join(' and ')} is not here: it is taken to have spoken as it did, and to have kept silent while a better`,
      'router was master. Give its recording as well for an answer that has its decisions in it.',
    )
  }
  if (doubt !== undefined) {
    lines.push(
      `Without any change the recordings together do not give all that happened (first on ${doubt}): take the answer as an estimate.`,
    )
  }
  return lines.join('\n')
}

type Pair = readonly [was: Told | undefined, now: Told | undefined]
/** The same move is no further away than this. */
const together = 10_000

/** In order of time; the same move of the same instance on one line. */
function pairUp(was: readonly Told[], now: readonly Told[]): readonly Pair[] {
  const left = [...now]
  const pairs: Pair[] = was.map((move) => {
    const nearest = left.filter((other) => isSameMove(move, other)).sort((a, b) => Math.abs(a.at - move.at) - Math.abs(b.at - move.at))[0]
    if (nearest) left.splice(left.indexOf(nearest), 1)
    return [move, nearest]
  })
  return [...pairs, ...left.map((move): Pair => [undefined, move])].sort((a, b) => timeOf(a) - timeOf(b))
}

/** However it came to its end, it is the same end. */
const isSameMove = (a: Told, b: Told): boolean =>
  a.node === b.node &&
  a.instance === b.instance &&
  a.to === b.to &&
  (a.from === b.from || a.to === 'stopped') &&
  Math.abs(a.at - b.at) < together

const timeOf = ([was, now]: Pair): number => (was ?? now)?.at ?? 0

function formatPair(epoch: number, was: Told | undefined, now: Told | undefined): string {
  const move = (now ?? was) as Told
  const head = `${stamp(epoch, (was ?? move).at)}  ${move.node} ${move.instance}  ${arrow(move)}`
  if (!now) return `${head}: would not have happened`
  if (!was) return `${head}: would have happened, ${describeReason(move.reason)}`
  const difference = now.at - was.at
  if (Math.abs(difference) < 1) return `${head}: the same`
  return `${head}: ${roughDuration(Math.abs(difference))} ${difference < 0 ? 'earlier' : 'later'}`
}

type Counted = NonNullable<Telling['headless']>

function formatGaps(what: string, was: Counted | undefined, now: Counted | undefined): readonly string[] {
  if (!was || !now) return []
  return now.flatMap(({ router, gaps }) => {
    const before = was.find((one) => one.router === router)?.gaps ?? []
    if (before.length === 0 && gaps.length === 0) return []
    return [`${router} ${what}: ${formatTotal(before)} as recorded, ${formatTotal(gaps)} then`]
  })
}

function formatTotal(gaps: readonly Silence[]): string {
  if (gaps.length === 0) return 'never'
  const lengths = gaps.map(({ from, to }) => to - from)
  const total = lengths.reduce((sum, one) => sum + one, 0)
  if (gaps.length === 1) return roughDuration(total)
  return `${roughDuration(total)} in ${gaps.length} stretches (longest ${roughDuration(Math.max(...lengths))})`
}
