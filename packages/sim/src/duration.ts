// Lengths of time as people write them: `5s`, `200ms`, `1m30s`; and back.
import { fail, type Milliseconds, milliseconds, ok, type Result } from '@havip/base'

const units: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }

/** One or more numbers with their units, largest first or not; 0 needs none. Never negative. */
export function parseDuration(text: string): Result<Milliseconds, 'not-a-duration'> {
  if (text === '0') return ok(milliseconds(0))
  const parts = /^(?:\d+(?:\.\d+)?(?:us|µs|ms|s|min|m|h))+$/.test(text) ? text.matchAll(/(\d+(?:\.\d+)?)(us|µs|ms|s|min|m|h)/g) : undefined
  if (!parts) return fail('not-a-duration')
  let total = 0
  for (const [, number, unit] of parts) total += Number(number) * (units[unit as string] as number)
  return ok(milliseconds(tidy(total)))
}

/** Sums of binary fractions leave dust; a nanosecond is finer than anything here. */
const tidy = (value: number): number => Math.round(value * 1e6) / 1e6

/** The shortest exact form that `parseDuration` reads back. */
export function formatDuration(time: number): string {
  if (time === 0) return '0s'
  if (time < 0) return `-${formatDuration(-time)}`
  const value = tidy(time)
  if (value % 3_600_000 === 0) return `${value / 3_600_000}h`
  if (value % 60_000 === 0) return `${value / 60_000}m`
  if (value >= 1000) return `${tidy(value / 1000)}s`
  return `${value}ms`
}

/** For reading: at most three digits behind the point, as much as matters. */
export function roughDuration(time: number): string {
  const size = Math.abs(time)
  if (size < 1) return `${round(time, 2)} ms`
  if (size < 1000) return `${round(time, size < 100 ? 1 : 0)} ms`
  if (size < 60_000) return `${round(time / 1000, 3)} s`
  const minutes = Math.trunc(time / 60_000)
  return `${minutes} min ${round((time - minutes * 60_000) / 1000, 1)} s`
}

const round = (value: number, digits: number): string => String(Math.round(value * 10 ** digits) / 10 ** digits)
