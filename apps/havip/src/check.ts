// `havip check`: every problem of a configuration in one run, each with its place and what would be right.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { configTestStatus, type Diagnostic, diagnosticJson, formatDiagnostic, parseConfiguration, type Span } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import type { Command } from 'commander'

type Options = { readonly json?: boolean; readonly strict?: boolean; readonly configId?: string }

export function addCheckCommand(program: Command): void {
  program
    .command('check <files...>')
    .description('what is wrong with configuration files: every problem, with its place and what would be right')
    .option('--json', 'for programs')
    .option('--strict', 'warnings that keepalived does not count fail too')
    .option('--config-id <id>', 'what lines beginning with @ID are compared with (else the host name)')
    .addHelpText(
      'after',
      "\nExit status: as keepalived's -t: 0 clean, 2 an argument is missing, 4 fatal only, 5 other problems, 6 script security.",
    )
    .action((files: readonly string[], options: Options) => {
      process.exitCode = check(files, options)
    })
}

function check(files: readonly string[], options: Options): number {
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
  let worst = 0
  for (const file of files) {
    const path = resolve(file)
    const parsed = parseConfiguration(diskSources, path, { hostName: hostname(), configId: options.configId, env: process.env })
    // Places in the main file are named as the caller named it.
    const texts = new Map([...parsed.texts].map(([name, text]) => [name === path ? file : name, text]))
    const place = (at: Span): Span => (at.file === path ? { ...at, file } : at)
    const diagnostics = parsed.diagnostics.map((one) => ({
      ...one,
      at: place(one.at),
      related: one.related.map((each) => ({ ...each, at: place(each.at) })),
    }))
    for (const diagnostic of diagnostics)
      console.log(options.json ? JSON.stringify(diagnosticJson(diagnostic, texts)) : `${formatDiagnostic(diagnostic, texts, { colour })}\n`)
    if (!options.json) console.log(verdict(file, diagnostics))
    const status = configTestStatus(diagnostics)
    worst = Math.max(worst, status === 0 && options.strict && diagnostics.some((one) => one.severity !== 'note') ? 5 : status)
  }
  return worst
}

function verdict(file: string, diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity'], word: string): string | undefined => {
    const found = diagnostics.filter((one) => one.severity === severity).length
    return found === 0 ? undefined : `${found} ${word}${found === 1 ? '' : 's'}`
  }
  const parts = [count('error', 'error'), count('warning', 'warning'), count('note', 'note')].filter((part) => part !== undefined)
  return `${file}: ${parts.length === 0 ? 'no problems' : parts.join(', ')}`
}
