// `havip simulate` and `havip rehearse`: the nodes' daemons in a simulated network, before anything real fails over. Reads
// files and writes reports; everything between is the simulator's.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { formatDiagnostic, parseConfiguration } from '@havip/conf'
import {
  BadWorld,
  expectationForms,
  faultLanguage,
  formatRehearsals,
  formatReport,
  junitXml,
  type LoadConfiguration,
  type NodeFile,
  nodeNames,
  parseDuration,
  parseExpectation,
  parseFault,
  parseScenarios,
  type Rehearsal,
  type Report,
  rehearse,
  reportPage,
  type Scenario,
  simulate,
  type TimedFault,
  type Verdict,
  type World,
  worldOfFiles,
} from '@havip/sim'
import { diskSources } from '@havip/vrrp-linux'
import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'

type SimulateOptions = {
  readonly fault: readonly string[]
  readonly expect: readonly string[]
  readonly for: string
  readonly seed: string
  readonly off: readonly string[]
  readonly guard: boolean
  readonly json?: string | true
  readonly html?: string
  readonly brief?: boolean
  readonly log?: boolean
}

type RehearseOptions = { readonly junit?: string; readonly html?: string; readonly json?: boolean; readonly verbose?: boolean }

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addSimulateCommands(program: Command): void {
  program
    .command('simulate <files...>')
    .description('run the nodes of these configuration files in a simulated network: who has the address when, and why')
    .option('--fault <fault>', 'what goes wrong, e.g. "power-loss ecs1 @10s"; may be given again', several, [])
    .option('--for <time>', 'how long to simulate', '60s')
    .option('--seed <number>', 'draws jitter and loss; the same seed gives the same run', '1')
    .option('--off <node>', 'a machine that is off until a "start"; may be given again', several, [])
    .option('--no-guard', 'nobody goes on for a killed daemon or cleans up after it, as with keepalived')
    .option('--expect <expectation>', 'e.g. "owner ecs2 within 4s"; may be given again; exit status 1 if one fails', several, [])
    .option('--json [file]', 'the whole report for programs, to the terminal or a file')
    .option('--html <file>', 'the report as a page with a picture')
    .option('--brief', 'states, faults and owners only')
    .option('--log', 'also what the daemons log')
    .addHelpText('after', `\n${helpText()}`)
    .action((files: readonly string[], options: SimulateOptions) => {
      process.exitCode = runSimulation(files, options)
    })
  program
    .command('rehearse <scenarios...>')
    .description('run scenario files and say which of their expectations held')
    .option('--junit <file>', 'also write the result as JUnit XML')
    .option('--html <folder>', 'also write a page for each scenario')
    .option('--json', 'for programs')
    .option('--verbose', 'every expectation, and the whole report of what failed')
    .addHelpText('after', scenarioHelp)
    .action((files: readonly string[], options: RehearseOptions) => {
      process.exitCode = runRehearsals(files, options)
    })
}

function helpText(): string {
  const width = 34
  const lines = faultLanguage.map(({ form, meaning }) =>
    form.length < width ? `  ${form.padEnd(width)}${meaning}` : `  ${form}\n  ${''.padEnd(width)}${meaning}`,
  )
  return [
    'Faults, each with its time behind @ (none: at the beginning):',
    ...lines,
    '',
    'Expectations:',
    ...expectationForms.map((form) => `  ${form}`),
    '',
    'Machines are named after their files; the client in the segment is called client.',
  ].join('\n')
}

const scenarioHelp = `
A scenario:
  name: ECS 1 loses power
  nodes:
    ecs1: ecs1.keepalived.conf
    ecs2: ecs2.keepalived.conf
  duration: 60s
  faults:
    - power-loss ecs1 @10s
  expect:
    - owner ecs2 within 4s
    - no split brain

Exit status: 0 all held, 1 one failed, 2 a file is not right.`

/** The main file's text and what it includes, for the machine's own disk. */
function loadNode(path: string): Omit<NodeFile, 'name'> | undefined {
  const absolute = resolve(path)
  if (!diskSources.read(absolute).ok) return undefined
  const { texts } = parseConfiguration(diskSources, absolute, { hostName: 'node' })
  const { [absolute]: text, ...more } = Object.fromEntries(texts)
  return { path: absolute, text: text ?? readFileSync(absolute, 'utf8'), more }
}

function loadNodes(files: readonly string[], faults: readonly TimedFault[]): NodeFile[] {
  const names = nodeNames(files.map((file) => resolve(file)))
  return files.map((file, i) => {
    const loaded = loadNode(file)
    if (!loaded) throw new UsageError(`cannot read ${file}`)
    const name = names[i] as string
    const reloads = faults.flatMap(({ fault }) =>
      fault.kind === 'reload' && fault.node === name && fault.file !== undefined ? [fault.file] : [],
    )
    return { name, ...loaded, more: { ...loaded.more, ...Object.fromEntries(reloads.map((path) => [path, readText(path)])) } }
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`cannot read ${path}`)
  }
}

/** The fault's text with a caret under the mistake. */
function readFault(text: string, names: readonly string[] | undefined): TimedFault {
  const fault = parseFault(text, names)
  if (fault.ok) return fault.value
  const { message, start, end } = fault.fault
  throw new UsageError(`${message}\n  ${text}\n  ${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`)
}

function duration(text: string, option: string): World['duration'] {
  const time = parseDuration(text)
  if (!time.ok || time.value <= 0) throw new UsageError(`${option} takes a length of time as 60s or 1h, not ${text}`)
  return time.value
}

function buildWorld(files: readonly string[], options: SimulateOptions): World {
  const seed = Number(options.seed)
  if (!Number.isInteger(seed) || seed < 0) throw new UsageError(`--seed takes a whole number, not ${options.seed}`)
  const faults = options.fault.map((text) => readFault(text, undefined))
  const nodes = loadNodes(files, faults)
  const settings = { seed, duration: duration(options.for, '--for'), off: options.off, ...(options.guard ? {} : { guardAfter: undefined }) }
  const world = worldOfFiles(nodes, settings)
  const names = [...world.nodes.map((node) => node.name), ...world.clients.map((client) => client.name)]
  const unknown = options.off.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new UsageError(`--off: no machine is called ${unknown}; there are ${names.join(', ')}`)
  return { ...world, faults: options.fault.map((text) => readFault(text, names)) }
}

/** Worlds that name what they do not have are the caller's mistake. */
function told<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof BadWorld ? new UsageError(error.message) : error
  }
}

function runSimulation(files: readonly string[], options: SimulateOptions): number {
  const expectations = options.expect.map((text) => {
    const parsed = parseExpectation(text)
    if (!parsed.ok) throw new UsageError(parsed.fault)
    return parsed.value
  })
  const world = told(() => buildWorld(files, options))
  tellProblems(world)
  const report = told(() => simulate(world, { title: `Simulation of ${world.nodes.map((node) => node.name).join(' and ')}` }))
  const checks = expectations.map(({ text, check }) => ({ text, ...check(report) }))
  if (options.html !== undefined) writeReport(options.html, reportPage(report, checks))
  if (options.json !== undefined) {
    const text = `${JSON.stringify({ ...report, checks }, undefined, 2)}\n`
    if (options.json === true) process.stdout.write(text)
    else writeReport(options.json, text)
  }
  if (options.json !== true) process.stdout.write(formatReport(report, { detail: !options.brief }))
  if (options.log) tellLog(report)
  if (options.json !== true) tellChecks(checks)
  return checks.every((check) => check.passed) ? 0 : 1
}

/** A node whose file is refused stays dark in the report: say why. */
function tellProblems(world: World): void {
  for (const node of world.nodes) {
    const { diagnostics, texts } = parseConfiguration(diskSources, node.configFile, { hostName: node.name })
    const fatal = diagnostics.filter((one) => one.consequence === 'refused' || one.consequence === 'aborted')
    for (const diagnostic of fatal) console.error(`${node.name}: ${formatDiagnostic(diagnostic, texts)}\n`)
  }
}

function tellLog(report: Report): void {
  console.log('\nLog:')
  for (const { at, node, line } of report.log) console.log(`${(at / 1000).toFixed(3).padStart(9)} s  ${node}  ${line}`)
}

function tellChecks(checks: readonly (Verdict & { readonly text: string })[]): void {
  if (checks.length > 0) console.log()
  for (const { text, passed, detail } of checks) console.log(`${passed ? 'ok  ' : 'FAIL'} ${text}: ${detail}`)
}

function writeReport(path: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    writeFileSync(path, text)
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

function runRehearsals(files: readonly string[], options: RehearseOptions): number {
  const scenarios: Scenario[] = []
  let problems = 0
  for (const file of files) {
    const folder = dirname(resolve(file))
    const load: LoadConfiguration = (path) => loadNode(join(folder, path))
    const read = parseScenarios(readText(file), file, load)
    scenarios.push(...read.scenarios)
    problems += read.problems.length
    for (const { file: where, line, column, message } of read.problems) console.error(`${where}:${line}:${column}: ${message}`)
  }
  const rehearsals = scenarios.map(timedRehearsal)
  if (options.junit !== undefined) writeReport(options.junit, junitXml(rehearsals))
  if (options.html !== undefined) writePages(options.html, rehearsals)
  if (options.json) process.stdout.write(`${JSON.stringify(rehearsals, undefined, 2)}\n`)
  else process.stdout.write(formatRehearsals(rehearsals, { verbose: options.verbose === true }))
  if (problems > 0) return 2
  return rehearsals.every((one) => one.passed) ? 0 : 1
}

function timedRehearsal(scenario: Scenario): Rehearsal {
  const start = performance.now()
  const rehearsal = told(() => rehearse(scenario))
  return { ...rehearsal, elapsedMs: performance.now() - start }
}

function writePages(folder: string, rehearsals: readonly Rehearsal[]): void {
  for (const [i, rehearsal] of rehearsals.entries()) {
    const name =
      rehearsal.name
        .replace(/[^A-Za-z0-9]+/g, '-')
        .replace(/^-|-$/g, '')
        .toLowerCase() || 'scenario'
    const path = join(folder, `${String(i + 1).padStart(2, '0')}-${name}.html`)
    const { seed } = rehearsal.report
    writeReport(
      path,
      reportPage(
        rehearsal.report,
        rehearsal.checks.filter((check) => check.seed === seed),
      ),
    )
    console.error(`wrote ${relative('.', path)}`)
  }
}
