// Runs scenarios and says which expectations held.
import { formatReport } from './format-report.ts'
import type { Report } from './report.ts'
import type { Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

export type Check = { readonly text: string; readonly passed: boolean; readonly detail: string; readonly seed: number }
export type Rehearsal = {
  readonly name: string
  readonly file: string
  readonly passed: boolean
  readonly checks: readonly Check[]
  /** Of the first seed that failed, else of the first. */
  readonly report: Report
  /** How long it took, if the caller measured; milliseconds. */
  readonly elapsedMs?: number
}

export function rehearse(scenario: Scenario): Rehearsal {
  let shown: Report | undefined
  const checks: Check[] = []
  for (const seed of scenario.seeds) {
    const report = simulate({ ...scenario.world, seed }, { title: scenario.name })
    const here = scenario.expectations.map(({ text, check }) => ({ text, ...check(report), seed }))
    const isFirstFailure = here.some((one) => !one.passed) && checks.every((one) => one.passed)
    if (!shown || isFirstFailure) shown = report
    checks.push(...here)
  }
  if (!shown) throw new RangeError('a scenario has at least one seed')
  return { name: scenario.name, file: scenario.file, passed: checks.every((check) => check.passed), checks, report: shown }
}

/** One line for each scenario, and for what failed the detail; all checks with `verbose`. */
export function formatRehearsals(rehearsals: readonly Rehearsal[], options: { readonly verbose?: boolean } = {}): string {
  const lines: string[] = []
  for (const { name, file, passed, checks, report } of rehearsals) {
    lines.push(`${passed ? 'ok  ' : 'FAIL'} ${name} (${file})`)
    for (const [text, same] of byText(checks)) {
      const failures = same.filter((check) => !check.passed)
      const first = failures[0] ?? same[0]
      if (!first || (failures.length === 0 && !options.verbose)) continue
      const share =
        same.length === 1
          ? ''
          : failures.length > 0
            ? ` (${failures.length} of ${same.length} seeds, e.g. ${first.seed})`
            : ` (${same.length} seeds)`
      lines.push(`     ${failures.length > 0 ? 'failed' : 'held'}: ${text}: ${first.detail}${share}`)
    }
    if (!passed && options.verbose)
      lines.push(
        '',
        ...formatReport(report)
          .split('\n')
          .map((line) => `     ${line}`),
      )
  }
  const failed = rehearsals.filter((one) => !one.passed).length
  lines.push(`${rehearsals.length - failed} passed, ${failed} failed`)
  return `${lines.join('\n')}\n`
}

function byText(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>()
  for (const check of checks) groups.set(check.text, [...(groups.get(check.text) ?? []), check])
  return groups
}

/** JUnit's XML: a suite for each scenario, a case for each expectation. */
export function junitXml(rehearsals: readonly Rehearsal[]): string {
  const failures = rehearsals.reduce((sum, one) => sum + failuresOf(one), 0)
  const tests = rehearsals.reduce((sum, one) => sum + byText(one.checks).size, 0)
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="havip rehearse" tests="${tests}" failures="${failures}">`]
  for (const rehearsal of rehearsals) {
    const { name, file, checks, elapsedMs } = rehearsal
    const groups = byText(checks)
    const time = ((elapsedMs ?? 0) / 1000).toFixed(3)
    lines.push(
      `  <testsuite name="${xml(name)}" file="${xml(file)}" tests="${groups.size}" failures="${failuresOf(rehearsal)}" errors="0" time="${time}">`,
    )
    for (const [text, same] of groups) {
      const failure = same.find((check) => !check.passed)
      const open = `    <testcase name="${xml(text)}" classname="${xml(name)}" time="${(Number(time) / groups.size).toFixed(3)}"`
      if (!failure) lines.push(`${open}/>`)
      else {
        lines.push(`${open}>`)
        lines.push(
          `      <failure message="${xml(failure.detail)}" type="expectation">${xml(`seed ${failure.seed}: ${failure.detail}`)}</failure>`,
        )
        lines.push('    </testcase>')
      }
    }
    lines.push('  </testsuite>')
  }
  lines.push('</testsuites>', '')
  return lines.join('\n')
}

const failuresOf = (rehearsal: Rehearsal): number =>
  [...byText(rehearsal.checks).values()].filter((same) => same.some((check) => !check.passed)).length

/** XML 1.0 has no place for most control characters, escaped or not. */
function xml(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return '�'
    return xmlEntities[character] ?? character
  }).join('')
}
const xmlEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }
