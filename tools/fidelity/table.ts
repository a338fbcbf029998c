// Measured and simulated side by side, for people: the middle of the rounds, and how far apart the two were at worst.
import type { Measured, Outcome } from './measure.ts'

export type Pair = { readonly measured: Measured; readonly simulated: Outcome }

/** Medians in milliseconds; undefined: it did not happen, in neither or in one of the two. */
export type Comparison = {
  readonly measured: number | undefined
  readonly simulated: number | undefined
  /** Measured less simulated, of each round: the one in the middle, and the one that is furthest from 0. */
  readonly difference: number | undefined
  readonly worst: number | undefined
  /** Rounds in which it happened in one of the two alone. */
  readonly alone: number
}

export type Row = {
  readonly fault: string
  readonly interval: string
  readonly outage: Comparison
  readonly movedAfter: Comparison
  readonly waited: Comparison
  readonly rounds: readonly { readonly phase: number; readonly measured: Outcome; readonly simulated: Outcome }[]
}

export function rowOf(fault: string, interval: string, pairs: readonly Pair[]): Row {
  return {
    fault,
    interval,
    outage: compare(pairs, 'outage'),
    movedAfter: compare(pairs, 'movedAfter'),
    waited: compare(pairs, 'waited'),
    rounds: pairs.map(({ measured: { configurations: _, phase, ...measured }, simulated }) => ({ phase, measured, simulated })),
  }
}

function compare(pairs: readonly Pair[], key: keyof Outcome): Comparison {
  const both = pairs.flatMap(({ measured: { [key]: one }, simulated: { [key]: other } }) =>
    one === undefined || other === undefined ? [] : [one - other],
  )
  return {
    measured: median(pairs.flatMap(({ measured }) => measured[key] ?? [])),
    simulated: median(pairs.flatMap(({ simulated }) => simulated[key] ?? [])),
    difference: median(both),
    alone: pairs.filter(({ measured, simulated }) => (measured[key] === undefined) !== (simulated[key] === undefined)).length,
    worst: both.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0],
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const value = sorted[middle]
  return value === undefined || sorted.length % 2 === 1 ? value : (value + (sorted[middle - 1] as number)) / 2
}

/** Milliseconds and share of what was measured: one of the two is enough. */
const closeMs = 5
const closeShare = 0.02

/** Whether the two tell the same story: it happened in both or in neither, and differs little. */
export const isClose = ({ outage, movedAfter }: Row): boolean => [outage, movedAfter].every(isNear)

function isNear({ measured, alone, difference }: Comparison): boolean {
  if (alone > 0) return false
  if (measured === undefined || difference === undefined) return true
  return Math.abs(difference) <= Math.max(closeMs, closeShare * measured)
}

const columns = ['measured', 'simulated', 'apart', 'at worst', 'share'] as const
const width = 10
const nameWidth = 36

const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(width)).join('')

export const header: readonly string[] = [
  ' '.repeat(nameWidth) +
    ['client without an answer', 'until the other answers', 'timer after the last advert']
      .map((text) => text.padStart(width * columns.length))
      .join(' │'),
  'fault, advert_int'.padEnd(nameWidth) + Array.from({ length: 3 }, () => cells(columns)).join(' │'),
]

export const formatRow = ({ fault, interval, outage, movedAfter, waited }: Row): string =>
  `${fault}, ${interval}`.padEnd(nameWidth) + [outage, movedAfter, waited].map(formatComparison).join(' │')

function formatComparison({ measured, simulated, difference, worst }: Comparison): string {
  const share =
    measured !== undefined && measured > closeMs && difference !== undefined ? `${((100 * difference) / measured).toFixed(1)} %` : '–'
  return cells([...[measured, simulated, difference, worst].map((value) => value?.toFixed(1) ?? '–'), share])
}
