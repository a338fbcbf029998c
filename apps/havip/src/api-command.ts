// `havip api Action --Parameter value …`: any action by its own name, checked and explained from the action table.
import { type ActionDescription, describeActions, type ParameterDescription } from '@havip/rpc-api'
import type { Command } from 'commander'
import { formatAnswer } from './answer-text.ts'
import { type ConnectionOptions, connect, regionOf, withConnection } from './connection.ts'
import { apiVersions, type Product } from './rpc-client.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

type ApiOptions = ConnectionOptions & {
  readonly product?: string
  readonly list?: boolean
  readonly json?: boolean
  readonly help?: boolean
}

export function addApiCommand(program: Command): void {
  withConnection(program.command('api [action] [parameters...]'))
    .description('call any action: havip api DescribeHaVips --PageSize 50; havip api CreateHaVip --help explains one')
    .option('--product <name>', `where two products have an action of that name: ${Object.keys(apiVersions).join(', ')}`)
    .option('--list', 'what actions there are')
    .option('--json', 'for programs')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name: string | undefined, words: readonly string[], given: ApiOptions) => {
      const { options, rest } = splitOptions(words, given)
      if (name === undefined || options.list) {
        console.log(actionList(options.json === true))
        return
      }
      const action = findAction(name, options.product)
      if (options.help) {
        console.log(actionHelp(action))
        return
      }
      const parameters = readParameters(rest)
      checkParameters(action, parameters)
      const hasRegion = action.parameters.some((parameter) => parameter.name === 'RegionId')
      const all = { ...(hasRegion && { RegionId: regionOf(options) }), ...parameters }
      const answer = await connect(options).call(action.product, action.name, all)
      console.log(options.json ? JSON.stringify(answer, undefined, 2) : formatAnswer(answer))
    })
}

/** Our own options may stand behind the action too: parameters of the API begin with a capital. */
function splitOptions(words: readonly string[], given: ApiOptions): { readonly options: ApiOptions; readonly rest: readonly string[] } {
  const options: Record<string, string | boolean | undefined> = { ...given }
  const rest: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const [, name = '', value] = /^--?(json|list|help|h|endpoint|credentials|region|product)(?:=(.*))?$/s.exec(word) ?? []
    if (name === '') {
      rest.push(word)
      // What follows a parameter is its value, whatever it looks like.
      if (/^--[A-Z][^=]*$/.test(word) && i + 1 < words.length) rest.push(words[++i] as string)
    } else if (['json', 'list', 'help', 'h'].includes(name)) options[name === 'h' ? 'help' : name] = true
    else if (value !== undefined) options[name] = value
    else if (i + 1 < words.length) options[name] = words[++i]
    else throw new UsageError(`--${name} needs a value`)
  }
  return { options, rest }
}

const actionList = (isJson: boolean): string =>
  isJson
    ? JSON.stringify(describeActions(), undefined, 2)
    : formatTable(
        ['ACTION', 'PRODUCT', 'WHAT IT DOES'],
        describeActions().map((one) => [one.name, one.product, one.doc]),
        'no actions',
      )

/** @throws UsageError when no product has the action, or several do */
export function findAction(name: string, product: string | undefined): ActionDescription {
  const all = describeActions()
  if (product !== undefined && !(product in apiVersions))
    throw new UsageError(`--product ${product}: ${Object.keys(apiVersions).join(', ')}`)
  const found = all.filter((one) => one.name === name && (product === undefined || one.product === product))
  const [only, ...others] = found
  if (only === undefined) {
    const near = nearest(
      name,
      all.map((one) => one.name),
    )
    throw new UsageError(`no action is called ${name}; ${near === undefined ? '' : `is it ${near}? `}havip api --list names them all`)
  }
  if (others.length === 0) return only
  const products: readonly Product[] = found.map((one) => one.product)
  throw new UsageError(`${products.join(' and ')} both have ${name}: say which, havip api --product ${only.product} ${name}`)
}

/** `--Name value` pairs; `--Name=value` works too. @throws UsageError */
export function readParameters(words: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const match = /^--([A-Za-z][A-Za-z0-9.]*)(?:=(.*))?$/s.exec(word)
    if (!match) throw new UsageError(`${word}: parameters are given as --Name value`)
    const value = match[2] ?? words[++i]
    if (value === undefined) throw new UsageError(`--${match[1]} needs a value`)
    parameters[match[1] as string] = value
  }
  return parameters
}

/** Before anything is sent: names the action does not have, and those it cannot do without. @throws UsageError */
export function checkParameters(action: ActionDescription, parameters: Readonly<Record<string, string>>): void {
  const known = new Map(action.parameters.map((one) => [one.name, one]))
  for (const given of Object.keys(parameters)) {
    const top = given.split('.')[0] as string
    const parameter = known.get(top) ?? (['ClientToken', 'DryRun', 'RegionId'].includes(top) ? 'common' : undefined)
    if (parameter === undefined) {
      const near = nearest(top, [...known.keys()])
      throw new UsageError(
        `${action.name} has no parameter ${top}${near === undefined ? '' : `; is it ${near}?`} (havip api ${action.name} --help)`,
      )
    }
    if (parameter !== 'common' && isIndexed(parameter) && !/^[^.]+\.\d+/.test(given)) {
      throw new UsageError(`${top} is a list: --${wireNames(parameter)[0]?.replace('N', '1')}`)
    }
  }
  const missing = action.parameters.find(
    ({ name, isRequired }) => isRequired && name !== 'RegionId' && !Object.keys(parameters).some((given) => given.split('.')[0] === name),
  )
  if (missing) throw new UsageError(`${action.name} needs --${wireNames(missing)[0]?.replace('N', '1')}: ${missing.doc}`)
}

const isIndexed = ({ kind }: ParameterDescription): boolean => kind === 'list' || kind === 'tags'

/** How a parameter is written, N standing for 1, 2, …, with the one that says what it is: `Tag.N.Key`, `SystemDisk.Size`. */
function wireParameters(parameter: ParameterDescription, before = ''): readonly (readonly [name: string, what: ParameterDescription])[] {
  const { kind, members } = parameter
  const name = `${before}${parameter.name}`
  if (kind === 'tags') return [`${name}.N.Key`, `${name}.N.Value`].map((each) => [each, parameter])
  const place = kind === 'list' ? `${name}.N` : name
  return members ? members.flatMap((member) => wireParameters(member, `${place}.`)) : [[place, parameter]]
}
export const wireNames = (parameter: ParameterDescription): readonly string[] => wireParameters(parameter).map(([name]) => name)

const kindWords: Readonly<Record<ParameterDescription['kind'], string>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'true or false',
  'json-list': 'JSON list',
  'json-map': 'JSON object',
  'comma-list': 'a,b,c',
  list: 'text',
  object: 'object',
  tags: 'text',
}

function actionHelp(action: ActionDescription): string {
  const all = action.parameters.flatMap((parameter) =>
    wireParameters(parameter).map(([name, what], index) => ({ parameter, name, what, index })),
  )
  const rows = all
    .filter(({ what }) => what.standing === undefined)
    .map(({ parameter, name, what, index }) => [
      `--${name}`,
      parameter.isRequired && index === 0 ? 'needed' : '',
      what.values ? what.values.join('|') : kindWords[what.kind],
      what !== parameter || index === 0 ? what.doc : '',
    ])
  const others = all.filter(({ what }) => what.standing !== undefined).map(({ name, what }) => [`--${name}`, what.doc])
  const parts = [
    `${action.name} (${action.product} ${action.version}): ${action.doc}`,
    `Right: ${action.permission}, level ${action.level}`,
    rows.length === 0 ? 'It has no parameters.' : formatTable(['PARAMETER', '', 'VALUE', 'WHAT IT IS'], rows, ''),
  ]
  if (others.length > 0) parts.push(formatTable(['KNOWN, AND WITHOUT A USE HERE', 'WHY'], others, ''))
  if (action.errors.length > 0) parts.push(`It may be refused with: ${action.errors.join(', ')}`)
  return parts.join('\n\n')
}

/** The one that differs least, when that is little: at most a third of its letters. */
export function nearest(word: string, among: readonly string[]): string | undefined {
  const ranked = among.map((one) => [editDistance(word.toLowerCase(), one.toLowerCase()), one] as const).sort(([a], [b]) => a - b)
  const [best] = ranked
  return best && best[0] <= Math.max(1, Math.floor(best[1].length / 3)) ? best[1] : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
