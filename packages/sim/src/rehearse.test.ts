import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExpectation } from './expectation.ts'
import { formatRehearsals, junitXml, rehearse } from './rehearse.ts'
import { type LoadConfiguration, parseScenarios } from './scenario.ts'
import { simulate } from './simulate.ts'
import { pair, pairText } from './testing/pair.ts'

const load: LoadConfiguration = (path) => {
  const text = path === 'a.conf' ? pairText(0) : path === 'b.conf' ? pairText(1) : undefined
  return text === undefined ? undefined : { path: `/etc/keepalived/${path}`, text }
}

const good = `
name: a < loses & power
nodes: { a: a.conf, b: { config: b.conf, lag: 0.1ms to 1ms } }
duration: 30s
seeds: 3
faults:
  - power-loss a @10s
expect:
  - owner b within 4s
  - no split brain
  - outage below 1s
`

test('a scenario runs with every seed, and says what held and what did not', () => {
  const { scenarios, problems } = parseScenarios(good, 'x.yaml', load)
  assert.deepEqual(problems, [])
  const [scenario] = scenarios
  assert(scenario)
  const result = rehearse(scenario)
  assert.equal(result.passed, false)
  assert.deepEqual(
    result.checks.filter((check) => check.passed).map((check) => `${check.seed} ${check.text}`),
    ['1 owner b within 4s', '1 no split brain', '2 owner b within 4s', '2 no split brain', '3 owner b within 4s', '3 no split brain'],
  )
  assert.match(formatRehearsals([result]), /FAIL a < loses & power \(x\.yaml\)\n {5}failed: outage below 1s: .*3 of 3 seeds/)
})

test('the JUnit file is well formed: one case for each expectation, text escaped', () => {
  const [scenario] = parseScenarios(good, 'x.yaml', load).scenarios
  assert(scenario)
  const xml = junitXml([rehearse(scenario)])
  assert.match(xml, /<testsuites name="havip rehearse" tests="3" failures="1">/)
  assert.match(xml, /<testsuite name="a &lt; loses &amp; power" file="x\.yaml" tests="3" failures="1"/)
  assert.equal(xml.match(/<testcase /g)?.length, 3)
  assert.equal(xml.match(/<failure /g)?.length, 1)
})

test('every problem of a scenario is found in one run, each with line and column', () => {
  const bad =
    'nodes: { a: a.conf, c: c.conf }\nfalts: []\nfaults:\n  - kil a @5s\n  - power-loss zebra @5s\nduration: soon\nexpect:\n  - all is well\n'
  const { scenarios, problems } = parseScenarios(bad, 'x.yaml', load)
  assert.equal(scenarios.length, 0)
  const told = problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
  for (const wanted of [
    /^1:24 there is no file c\.conf/,
    /^2:1 .*did you mean “faults”/,
    /^4:5 .*“kill”/,
    /^5:16 nobody is called “zebra”/,
    /^6:11 a length of time/,
    /^8:5 .*is no expectation/,
  ]) {
    assert(
      told.some((one) => wanted.test(one)),
      `${wanted}: ${told.join('\n')}`,
    )
  }
})

test('a file that is no YAML, or empty, is a problem and not a crash', () => {
  for (const text of ['', '{', '- 1\n- 2', 'nodes: 5', 'a: &x [*x']) assert(parseScenarios(text, 'x.yaml', load).problems.length > 0, text)
})

test('expectations judge the report', () => {
  const report = simulate(pair(['power-loss a @10s']))
  const cases: Readonly<Record<string, boolean>> = {
    'owner b within 4s': true,
    'owner b within 1s': false,
    'owner a within 4s': false,
    'owner b at the end': true,
    'owner a at 9s': true,
    'owner b at 9s': false,
    'owner b at 20s of 10.0.0.100': true,
    'owner b at 20s of 10.0.0.101': false,
    'no outage': false,
    'outage below 4s': true,
    'total outage below 1s': false,
    'no split brain': true,
    'state b master at the end': true,
    'state b backup at the end': false,
    'transitions at most 4': true,
    'transitions at most 3': false,
    'notify at least 4': true,
    'mail at least 40': false,
    'no crash': true,
  }
  for (const [text, wanted] of Object.entries(cases)) {
    const expectation = parseExpectation(text)
    assert(expectation.ok, text)
    assert.equal(expectation.value.check(report).passed, wanted, `${text}: ${expectation.value.check(report).detail}`)
  }
})

test('the moment of a preemption is a handover, no split brain; two masters for seconds are one', () => {
  const noSplit = parseExpectation('no split brain')
  assert(noSplit.ok)
  assert.equal(noSplit.value.check(simulate(pair(['stop a for 3s @10s']))).passed, true)
  assert.equal(noSplit.value.check(simulate(pair(['cut a-b for 8s @10s']))).passed, false)
})
