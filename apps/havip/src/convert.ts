// `havip convert`: keepalived.conf to YAML or JSON and back. What is written is read again first: it means the same, or nothing is
// written.
import { hostname } from 'node:os'
import { extname, resolve } from 'node:path'
import { firstDifference, fromDocument, mayStart, type ParsedConfiguration, parseConfiguration, parseText, toDocument } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import { type Command, Option } from 'commander'
import { readText } from './fmt.ts'
import { UsageError } from './usage-error.ts'
import { writeWhole } from './whole-file.ts'

const forms = ['conf', 'yaml', 'json'] as const
type Form = (typeof forms)[number]
type Options = { readonly from?: Form; readonly to?: Form; readonly output?: string; readonly configId?: string }

export function addConvertCommand(program: Command): void {
  program
    .command('convert <file>')
    .description('keepalived.conf to YAML or JSON and back (docs/reference/document.md); definitions and includes are resolved')
    .addOption(new Option('--from <form>', 'of the file (else by its ending)').choices(forms))
    .addOption(new Option('--to <form>', 'what to write (else yaml for a configuration, conf for a document)').choices(forms))
    .option('-o, --output <file>', 'where to (else standard output)')
    .option('--config-id <id>', 'what lines beginning with @ID are compared with (else the host name)')
    .action(async (file: string, options: Options) => {
      const text = await convert(file, options)
      if (options.output === undefined) process.stdout.write(text)
      else writeWhole(options.output, text)
    })
}

const formOf = (file: string): Form => {
  const ending = extname(file).toLowerCase()
  return ending === '.json' ? 'json' : ending === '.yaml' || ending === '.yml' ? 'yaml' : 'conf'
}

/** @throws UsageError when the file cannot be read, or what it says cannot be written in that form */
export async function convert(file: string, options: Options): Promise<string> {
  const from = options.from ?? formOf(file)
  const to = options.to ?? (options.output === undefined ? (from === 'conf' ? 'yaml' : 'conf') : formOf(options.output))
  const document = from === 'conf' ? readConfiguration(file, options) : await readDocument(file, from)
  const made = fromDocument(document)
  if (!made.ok) throw new UsageError(made.fault.map(({ path, message }) => `${file}: ${path}: ${message}`).join('\n'))
  if (to === 'conf') return made.value
  return await writeDocument(from === 'conf' ? document : toDocument(parseText(made.value)), to)
}

function readConfiguration(file: string, { configId }: Options): object {
  const path = resolve(file)
  const parsed = parseConfiguration(diskSources, path, { hostName: hostname(), configId, env: process.env })
  const count = parsed.diagnostics.filter(({ severity }) => severity === 'error').length
  if (!mayStart(parsed.diagnostics)) throw new UsageError(`${file}: no daemon starts with this: see havip check ${file}`)
  if (count > 0) console.error(`havip: ${file}: ${count} ${count === 1 ? 'error' : 'errors'}; what does not count is left out`)
  const document = toDocument(parsed)
  assertSame(file, parsed, document)
  return document
}

function assertSame(file: string, parsed: ParsedConfiguration, document: unknown): void {
  const made = fromDocument(document)
  const difference = made.ok ? firstDifference(parsed.configuration, parseText(made.value).configuration) : made.fault[0]?.path
  if (difference === undefined) return
  throw new UsageError(`${file}: ${difference} would come back as something else; mend what havip check reports there, then convert`)
}

async function readDocument(file: string, form: 'yaml' | 'json'): Promise<unknown> {
  const text = readText(file)
  try {
    if (form === 'json') return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
}

async function writeDocument(document: unknown, form: 'yaml' | 'json'): Promise<string> {
  if (form === 'json') return `${JSON.stringify(document, undefined, 2)}\n`
  const { stringify } = await import('yaml')
  return stringify(document, { lineWidth: 0 })
}
