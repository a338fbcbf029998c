// `havip fmt`: configuration files laid out evenly; what they mean, their words and their comments stay.
import { readFileSync } from 'node:fs'
import { formatConfiguration } from '@havip/conf'
import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'
import { writeWhole } from './whole-file.ts'

type Options = { readonly check?: boolean; readonly stdin?: boolean }

export function addFormatCommand(program: Command): void {
  program
    .command('fmt [files...]')
    .description('lay configuration files out evenly; comments and meaning stay')
    .option('--check', 'change nothing: name the files that would change, and end with 1 if there are any')
    .option('--stdin', 'read standard input, write standard output')
    .action((files: readonly string[], options: Options) => {
      process.exitCode = options.stdin ? formatInput(options) : formatFiles(files, options)
    })
}

function formatInput({ check }: Options): number {
  const text = readFileSync(0, 'utf8')
  const formatted = formatConfiguration(text)
  if (check) return text === formatted ? 0 : 1
  process.stdout.write(formatted)
  return 0
}

function formatFiles(files: readonly string[], { check }: Options): number {
  if (files.length === 0) throw new UsageError('fmt needs files, or --stdin')
  let changed = 0
  for (const file of files) {
    const text = readText(file)
    const formatted = formatConfiguration(text)
    if (formatted === text) continue
    changed++
    console.log(file)
    if (!check) writeWhole(file, formatted)
  }
  return check && changed > 0 ? 1 : 0
}

/** @throws UsageError, also for what is no UTF-8: written back it would be another file. */
export function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`${file}: ${code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'this is no UTF-8 text' : message}`)
  }
}
