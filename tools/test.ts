// `make test`: everything that shows whether the tree is whole. Stages: types, lint, layers, dead-code, unit, console, rehearse, system; name
// some to run only these. The last line is "N passed, N failed"; what was skipped is said aloud before it.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'

const root = join(import.meta.dirname, '..')
process.chdir(root)
const bin = join(root, 'node_modules', '.bin')
process.env.PATH = `${bin}:${process.env.PATH}`

const total = { passed: 0, failed: 0 }
const skipped: string[] = []
const failures: string[] = []
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

function command(argv: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const [program, ...rest] = argv as [string, ...string[]]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('error', (error) => resolve({ status: 127, output: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

/** One command that is right or wrong as a whole. */
async function check(name: string, argv: readonly string[]): Promise<void> {
  const start = performance.now()
  const { status, output } = await command(argv)
  if (status === 0) total.passed++
  else {
    total.failed++
    failures.push(`${name}: ${argv.join(' ')}`)
    console.log(output.trimEnd())
  }
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds(start)})`)
}

/** Test files by node's own runner, a line for each file as it ends. */
async function tests(name: string, patterns: readonly string[], concurrency: number): Promise<void> {
  const files = patterns.flatMap((pattern) => globSync(pattern, { exclude: (path) => path.includes('node_modules') })).sort()
  const start = performance.now()
  const perFile = new Map<string, { passed: number; failed: number }>()
  console.log(`${name}: ${files.length} files`)
  const stream = run({ files: files.map((file) => join(root, file)), concurrency, timeout: 15 * 60_000 })
  const count = (file: string | undefined, key: 'passed' | 'failed'): void => {
    const place = file ? relative(root, file) : '?'
    const entry = perFile.get(place) ?? { passed: 0, failed: 0 }
    entry[key]++
    perFile.set(place, entry)
    total[key]++
  }
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return
    if (event.skip !== undefined && event.skip !== false) skipped.push(`${relative(root, event.file ?? '')}: ${event.name}: ${event.skip}`)
    else count(event.file, 'passed')
  })
  stream.on('test:fail', (event) => {
    // A suite fails because a test in it did; that one is counted.
    if (event.details.type === 'suite' && event.details.error.cause === undefined) return
    count(event.file, 'failed')
    const error = event.details.error.cause instanceof Error ? event.details.error.cause : event.details.error
    // With why: of a long log the end is what is read first.
    const why = String(error.message).replace(/\s+/g, ' ').slice(0, 500)
    failures.push(`${relative(root, event.file ?? '')}: ${event.name}: ${why}`)
    console.log(`FAIL ${relative(root, event.file ?? '')}: ${event.name}\n${String(error.stack ?? error)}`)
  })
  stream.on('test:stderr', (event) => {
    // Warnings of the runtime are not worth a line; what a test itself says is.
    if (!/ExperimentalWarning|--trace-warnings/.test(event.message)) process.stdout.write(event.message)
  })
  stream.on('test:summary', (event) => {
    if (!event.file) return
    const entry = perFile.get(relative(root, event.file)) ?? { passed: 0, failed: 0 }
    const mark = event.success ? 'ok  ' : 'FAIL'
    console.log(`${mark} ${relative(root, event.file)}: ${entry.passed} passed${entry.failed ? `, ${entry.failed} failed` : ''}`)
  })
  for await (const _ of stream) {
    // Drained by the listeners above.
  }
  console.log(`${name}: done in ${seconds(start)}`)
}

const stages: Record<string, () => Promise<void>> = {
  types: async () => {
    await check('types', ['tsc', '-p', '.'])
    // The console speaks to a browser: other libraries, other types.
    await check('types of the console', ['tsc', '-p', 'apps/console'])
  },
  lint: () => check('lint', ['biome', 'ci', '.']),
  layers: () => check('layers', ['node', 'tools/tidy.ts']),
  'dead-code': () => check('dead-code', ['knip', '--no-progress', '--no-config-hints']),
  unit: () => tests('unit', ['packages/*/{src,test}/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'], 3),
  // In Debian's Chromium, against the pages that set-up has built; screenshots stay in out/screenshots.
  console: () => tests('console', ['apps/console/test/*.test.ts'], 1),
  rehearse: () =>
    check('rehearse', [
      'node',
      '--disable-warning=ExperimentalWarning',
      'apps/havip/src/main.ts',
      'rehearse',
      ...globSync('scenarios/*.yaml'),
    ]),
  // One after the other: they measure outages, and a neighbour's load would be in the figures.
  system: () => tests('system', ['tests/system/**/*.test.ts'], 1),
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in stages))
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(', ')}; there are: ${Object.keys(stages).join(', ')}`)
  process.exit(1)
}
const start = performance.now()
for (const [name, stage] of Object.entries(stages)) if (chosen.length === 0 || chosen.includes(name)) await stage()

if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`)
if (failures.length > 0) console.log(`\nfailed:\n${failures.map((line) => `  ${line}`).join('\n')}`)
console.log(`\nin ${seconds(start)}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
