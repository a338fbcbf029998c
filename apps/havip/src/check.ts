// `havip check`: every problem of a configuration in one run, each with its place and what would be right; with --set also what
// the nodes of a virtual router mean together, and with --fix corrected copies.
import { checkSet, type Diagnostic, type DiagnosticJson, diagnosticJson, formatDiagnostic, type Span } from '@havip/conf'
import type { Command } from 'commander'
import { type Checked, checkInput, type Input, ownFile, readInputs, withMachine, withTexts } from './check-input.ts'
import { type FixedFile, fixInputs, writeFixed } from './fix.ts'
import { sarifLog } from './sarif.ts'
import { unifiedDiff } from './unified-diff.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

type Options = {
  readonly json?: boolean
  readonly sarif?: boolean
  readonly strict?: boolean
  readonly color?: boolean
  readonly set?: boolean
  readonly fix?: boolean
  readonly inPlace?: boolean
  readonly machine?: boolean
  readonly configId?: string
}

export function addCheckCommand(program: Command): void {
  program
    .command('check <files...>')
    .description('what is wrong with configuration files: every problem, with its place and what would be right')
    .option('--set', 'the files are the nodes of one virtual router: check them against each other, too; NAME=FILE names a node')
    .option('--fix', 'write corrected copies, FILE.fixed, and show the differences; between nodes the first file counts')
    .option('--in-place', 'with --fix: overwrite the files themselves')
    .option('--json', 'one JSON document, for programs')
    .option('--sarif', 'SARIF 2.1.0, for code scanning')
    .option('--strict', 'warnings that keepalived does not count fail too')
    .option('--machine', 'also check interfaces, accounts and scripts against this machine')
    .option('--no-machine', `do not, not even for ${ownFile}`)
    .option('--no-color', 'no colours on a terminal')
    .option('--config-id <id>', 'what lines beginning with @ID are compared with (else the host name)')
    .addHelpText(
      'after',
      `
Exit status: as keepalived's -t: 0 clean, 2 an argument is missing, 4 fatal only, 5 other problems (also an error between nodes),
6 script security, or a file that cannot be read. Of several files the highest; with --fix, of what is left.`,
    )
    .action((files: readonly string[], options: Options) => {
      process.exitCode = check(files, options)
    })
}

type Outcome = {
  readonly checked: readonly Checked[]
  /** Between the nodes. */
  readonly between: readonly Diagnostic[]
  readonly status: number
}

function check(files: readonly string[], options: Options): number {
  if (options.json && options.sarif) throw new UsageError('--json and --sarif exclude each other')
  if (options.inPlace && !options.fix) throw new UsageError('--in-place goes with --fix')
  const inputs = readInputs(files, options.configId)
  if (options.set && inputs.length < 2) throw new UsageError('--set needs two files or more: the nodes of one virtual router')
  const before = examine(inputs, options, new Map())
  const fixed = options.fix ? fixInputs(before.checked, options.set === true) : []
  const after = fixed.length === 0 ? before : examine(inputs, options, new Map(fixed.map(({ path, after: text }) => [path, text])))
  writeFixed(fixed, options.inPlace === true)
  if (options.json) console.log(JSON.stringify(jsonDocument(before, after, fixed, options.inPlace === true), undefined, 2))
  else if (options.sarif) {
    const log = sarifLog(allOf(before), textsOf(before.checked), { version, directory: process.cwd(), status: after.status })
    console.log(JSON.stringify(log, undefined, 2))
  } else printText(before, after, fixed, options)
  return after.status
}

function examine(inputs: readonly Input[], options: Options, changed: ReadonlyMap<string, string>): Outcome {
  const wantsMachine = options.machine ?? inputs.some(({ path }) => path === ownFile)
  const sources = withTexts(changed)
  const checked = withMachine(wantsMachine, (facts) =>
    inputs.map((input) => checkInput(input, sources, options.machine || input.path === ownFile ? facts : undefined)),
  )
  const between = options.set ? checkSet(checked.map(({ input, parsed }) => ({ name: input.name, ...parsed }))) : []
  const worst = Math.max(...checked.map(({ status }) => status), between.some(({ severity }) => severity === 'error') ? 5 : 0)
  return {
    checked,
    between,
    status:
      worst === 0 && options.strict && allOf({ checked, between, status: worst }).some(({ severity }) => severity !== 'note') ? 5 : worst,
  }
}

/** Main files as the caller called them. */
type Names = { readonly rename: (one: Diagnostic) => Diagnostic; readonly texts: ReadonlyMap<string, string> }

function namesOf({ checked }: Outcome): Names {
  const names = new Map(checked.map(({ input }) => [input.path, input.file]))
  const place = (at: Span): Span => ({ ...at, file: names.get(at.file) ?? at.file })
  return {
    rename: (one) => ({ ...one, at: place(one.at), related: one.related.map((each) => ({ ...each, at: place(each.at) })) }),
    texts: new Map([...textsOf(checked)].map(([path, text]) => [names.get(path) ?? path, text])),
  }
}

const textsOf = (checked: readonly Checked[]): ReadonlyMap<string, string> => new Map(checked.flatMap(({ parsed }) => [...parsed.texts]))
const allOf = ({ checked, between }: Outcome): readonly Diagnostic[] => [...checked.flatMap(({ diagnostics }) => diagnostics), ...between]

function printText(before: Outcome, after: Outcome, fixed: readonly FixedFile[], options: Options): void {
  const colour = options.color !== false && process.stdout.isTTY && process.env.NO_COLOR === undefined
  const { rename, texts } = namesOf(before)
  const print = (diagnostics: readonly Diagnostic[]): void => {
    for (const one of diagnostics) console.log(`${formatDiagnostic(rename(one), texts, { colour })}\n`)
  }
  for (const { input, diagnostics } of before.checked) {
    print(diagnostics)
    console.log(`${input.file}: ${counted(diagnostics)}`)
  }
  if (options.set) {
    console.log('')
    print(before.between)
    console.log(`between ${before.checked.map(({ input }) => input.name).join(' and ')}: ${counted(before.between)}`)
  }
  if (options.fix) printFixes(after, fixed, options.inPlace === true)
}

function printFixes(after: Outcome, fixed: readonly FixedFile[], inPlace: boolean): void {
  for (const file of fixed) console.log(`\n${unifiedDiff(file.before, file.after, file.path, file.written(inPlace))}`)
  if (fixed.length === 0) console.log('\nnothing here can be mended without a decision of yours')
  else console.log(`\nwritten: ${fixed.map((file) => file.written(inPlace)).join(', ')}; left: ${counted(allOf(after))}`)
}

function counted(diagnostics: readonly Diagnostic[]): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const found = diagnostics.filter((one) => one.severity === severity).length
    return found === 0 ? [] : [`${found} ${severity}${found === 1 ? '' : 's'}`]
  })
  return parts.length === 0 ? 'no problems' : parts.join(', ')
}

type JsonDocument = {
  readonly version: 1
  readonly status: number
  readonly files: readonly { readonly file: string; readonly status: number }[]
  readonly diagnostics: readonly DiagnosticJson[]
  readonly fixes?: readonly { readonly file: string; readonly written: string; readonly diff: string }[]
}

function jsonDocument(before: Outcome, after: Outcome, fixed: readonly FixedFile[], inPlace: boolean): JsonDocument {
  const { rename, texts } = namesOf(before)
  const fixes = fixed.map((file) => {
    const written = file.written(inPlace)
    return { file: file.path, written, diff: unifiedDiff(file.before, file.after, file.path, written) }
  })
  return {
    version: 1,
    status: after.status,
    files: before.checked.map(({ input, status }) => ({ file: input.file, status })),
    diagnostics: allOf(before).map((one) => diagnosticJson(rename(one), texts)),
    ...(fixes.length === 0 ? {} : { fixes }),
  }
}
