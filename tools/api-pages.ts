// The pages of docs/api and the OpenAPI document, made from the action table.
import { type ActionDescription, describeActions, openApiDocument, type ParameterDescription, type Product, versions } from '@havip/rpc-api'
import { faultTable } from '@havip/vpc'

export const API_NOTICE = '<!-- made by tools/reference.ts from the action table; do not edit -->'

const titles: Readonly<Record<Product, string>> = {
  vpc: 'VPC, vSwitch, HaVip, EIP',
  ecs: 'Instances, network interfaces, security groups, Cloud Assistant',
  quotas: 'Quota Center',
  location: 'Endpoints',
  sts: 'Temporary credentials',
  havip: 'Our own: high availability, events, users, policies, the data plane',
}

/** By file name. */
export function apiPages(): ReadonlyMap<string, string> {
  const all = describeActions()
  const products = Object.keys(versions) as Product[]
  return new Map([
    ['README.md', indexPage(products, all)],
    ...products.map(
      (product) =>
        [
          `${product}.md`,
          productPage(
            product,
            all.filter((one) => one.product === product),
          ),
        ] as const,
    ),
    ['openapi.json', openApiText()],
  ])
}

/** A line for each action, so that a change of one is a change of one line. The server is whichever one the reader has. */
function openApiText(): string {
  const { paths, ...rest } = openApiDocument('http://127.0.0.1:8380') as { readonly paths: Readonly<Record<string, unknown>> }
  const lines = Object.entries(paths).map(([path, item]) => `  ${JSON.stringify(path)}: ${JSON.stringify(item)}`)
  return `${JSON.stringify(rest).slice(0, -1)},\n "paths": {\n${lines.join(',\n')}\n }\n}\n`
}

const page = (parts: readonly string[]): string => `${API_NOTICE}\n\n${parts.join('\n\n')}\n`
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function indexPage(products: readonly Product[], all: readonly ActionDescription[]): string {
  const rows = products.map((product) => {
    const mine = all.filter((one) => one.product === product)
    return `| [${product}](${product}.md) | ${versions[product]} | ${mine.length} | ${titles[product]} |`
  })
  return page([
    '# The actions of the API',
    'Every action is one `POST` or `GET` of `/` with `Action`, `Version` and its parameters, signed as [the API\u2019s doors](../api.md) say. `havip api ACTION --help` shows the same as these pages. [openapi.json](openapi.json) is the whole as OpenAPI 3.1; a running controller serves it at `/openapi.json`.',
    ['| product | Version | actions | what it is about |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    'These parameters every action takes: `RegionId`; `ClientToken` (a repeated write with the same token gives the first answer again, for a day); `DryRun` (everything is checked, nothing is changed, and `DryRunOperation` says that it would have succeeded); `Format` (`JSON`, the default of ACS3, or `XML`).',
  ])
}

function productPage(product: Product, actions: readonly ActionDescription[]): string {
  const index = actions.map(({ name, doc }) => `- [${name}](#${name.toLowerCase()}): ${doc}`).join('\n')
  return page([`# ${titles[product]}`, `Product \`${product}\`, Version \`${versions[product]}\`.`, index, ...actions.map(actionPart)])
}

function actionPart(action: ActionDescription): string {
  const { name, doc, permission, level, parameters, errors } = action
  const parts = [`## ${name}`, doc, `Right: \`${permission}\` (${level}).`]
  if (parameters.length > 0) {
    const rows = parameters.flatMap((parameter) => parameterRows(parameter, '', parameter.isRequired))
    const table = (which: readonly ParameterRow[], head: string): string => `${head}\n${which.map(({ text }) => text).join('\n')}`
    const [served, others] = [rows.filter(({ isServed }) => isServed), rows.filter(({ isServed }) => !isServed)]
    if (served.length > 0) parts.push(table(served, '| parameter | type | needed | meaning |\n| --- | --- | --- | --- |'))
    if (others.length > 0) parts.push(table(others, '| known, and without a use here | why |\n| --- | --- |'))
  }
  if (errors.length > 0) {
    const rows = errors.map((code) => {
      const entry = faultTable[code as keyof typeof faultTable]
      return `| \`${code}\` | ${entry.status} | ${cell(entry.message)} |`
    })
    parts.push(['| may be refused with | status | |', '| --- | --- | --- |', ...rows].join('\n'))
  }
  return parts.join('\n\n')
}

type ParameterRow = { readonly text: string; readonly isServed: boolean }

function parameterRows(parameter: ParameterDescription, before: string, isNeeded: boolean): readonly ParameterRow[] {
  const name = `${before}${parameter.name}`
  if (parameter.standing) return [{ text: `| \`${name}\` | ${cell(parameter.doc)} |`, isServed: false }]
  const row = (wire: string, type: string, needed = isNeeded, doc = parameter.doc): ParameterRow => ({
    text: `| \`${wire}\` | ${cell(type)} | ${needed ? 'yes' : ''} | ${cell(doc)} |`,
    isServed: true,
  })
  switch (parameter.kind) {
    case 'tags':
      return [row(`${name}.N.Key`, 'text'), row(`${name}.N.Value`, 'text', false, '')]
    case 'list':
      if (!parameter.members) return [row(`${name}.N`, 'text')]
      return parameter.members.flatMap((member) => parameterRows(member, `${name}.N.`, isNeeded && member.isRequired))
    case 'object':
      if (!parameter.members) return [row(name, 'text')]
      return parameter.members.flatMap((member) => parameterRows(member, `${name}.`, isNeeded && member.isRequired))
    default:
      return [row(name, typeOf(parameter))]
  }
}

function typeOf({ kind, values, min, max }: ParameterDescription): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ')
  if (kind === 'integer') return `whole number, ${min ?? ''} to ${max ?? ''}`
  if (kind === 'number') return `number, ${min ?? ''} to ${max ?? ''}`
  if (kind === 'boolean') return '`true`, `false`'
  if (kind === 'json-list') return 'JSON list of texts'
  if (kind === 'json-map') return 'JSON object of texts'
  if (kind === 'comma-list') return 'texts, commas between'
  return 'text'
}
