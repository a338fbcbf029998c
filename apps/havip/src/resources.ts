// Friendly verbs over the API's actions: `havip havip list`, `havip ecs start ecs-1`. A name works wherever an id does.
import type { Command } from 'commander'
import { formatAnswer } from './answer-text.ts'
import { type ConnectionOptions, connect, regionOf, withConnection } from './connection.ts'
import { inner, type Kind, kinds, type Row, type Verb } from './resource-kinds.ts'
import type { Parameters, RpcClient } from './rpc-client.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

const pageSize = 50
/** Pages walked at most: 100,000 resources. */
const pagesMax = 2000

/** Everything of one kind, page by page. */
async function listAll(client: RpcClient, kind: Kind, region: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let page = 1; page <= pagesMax; page++) {
    const paging = kind.list.isWhole ? {} : { PageNumber: page, PageSize: pageSize }
    const answer = await client.call(kind.product, kind.list.action, { RegionId: region, ...kind.list.parameters, ...paging })
    const batch = inner(...kind.list.path)(answer)
    if (!Array.isArray(batch)) break
    rows.push(...(batch as Row[]))
    if (kind.list.isWhole || batch.length < pageSize) break
  }
  return rows
}

/** The id that a name or an id means. @throws UsageError when it is none, or several. */
export async function resolve(client: RpcClient, noun: string, given: string, region: string): Promise<string> {
  const kind = kinds.find((candidate) => candidate.noun === noun)
  if (!kind) throw new UsageError(`no kind of resource is called ${noun}`)
  const rows = await listAll(client, kind, region)
  const matches = rows.filter((row) => row[kind.id] === given || row[kind.name] === given)
  if (matches.length === 1) return String(matches[0]?.[kind.id])
  const known = rows
    .map((row) => row[kind.name] || row[kind.id])
    .slice(0, 10)
    .join(', ')
  if (matches.length === 0) throw new UsageError(`no ${noun} is called ${given}; there ${rows.length === 0 ? 'is none' : `are: ${known}`}`)
  throw new UsageError(`${matches.length} ${noun}s are called ${given}: give the id`)
}

type CommandOptions = ConnectionOptions & { readonly json?: boolean } & Readonly<Record<string, string | boolean | undefined>>

export function addResourceCommands(program: Command): Map<string, Command> {
  const nouns = new Map<string, Command>()
  for (const kind of kinds) {
    const noun = program.command(kind.noun).description(kind.what)
    nouns.set(kind.noun, noun)
    withConnection(noun.command('list').description(`list ${kind.what}`))
      .option('--json', 'for programs')
      .action(async (options: CommandOptions) => {
        const rows = await listAll(connect(options), kind, regionOf(options))
        if (options.json) console.log(JSON.stringify(rows, undefined, 2))
        else
          console.log(
            formatTable(
              kind.columns.map(([heading]) => heading),
              rows.map((row) => kind.columns.map(([, cell]) => String(cell(row) ?? ''))),
              `no ${kind.what} yet`,
            ),
          )
      })
    for (const verb of kind.verbs) addVerb(noun, kind, verb)
  }
  return nouns
}

function addVerb(noun: Command, kind: Kind, verb: Verb): void {
  const command = withConnection(noun.command(verb.onResource ? `${verb.verb} <${kind.noun}>` : verb.verb).description(verb.what))
  for (const option of verb.options) {
    if (option.constant !== undefined) continue
    if (option.required) command.requiredOption(option.flag, option.what)
    else command.option(option.flag, option.what)
  }
  command.option('--json', 'for programs')
  command.action(async (...words: readonly unknown[]) => {
    const [target, options] = (verb.onResource ? words : [undefined, ...words]) as [string | undefined, CommandOptions]
    const client = connect(options)
    const region = regionOf(options)
    const parameters: Record<string, string> = { RegionId: region }
    if (target !== undefined) parameters[kind.id] = await resolve(client, kind.noun, target, region)
    const given = (flag: string): unknown => options[/^--([a-z]+)/.exec(flag)?.[1] ?? '']
    if (verb.oneOf && verb.oneOf.filter((flag) => given(flag) !== undefined).length !== 1) {
      throw new UsageError(`${kind.noun} ${verb.verb}: give one of ${verb.oneOf.join(', ')}`)
    }
    for (const option of verb.options) {
      const value = option.constant ?? given(option.flag) ?? option.otherwise
      if (value === undefined) continue
      Object.assign(parameters, option.also)
      parameters[option.parameter] =
        option.fixed ?? (option.names ? await resolve(client, option.names, String(value), region) : String(value))
    }
    const answer = await client.call(kind.product, verb.action, parameters as Parameters)
    const { RequestId: _, ...rest } = answer
    if (options.json) console.log(JSON.stringify(answer, undefined, 2))
    else console.log(Object.keys(rest).length === 0 ? 'done' : formatAnswer(rest))
  })
}
