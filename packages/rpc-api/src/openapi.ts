// The OpenAPI 3.1 document of the API, made from the action table.
import { type ActionDescription, describeActions, type ParameterDescription } from './table.ts'

type Schema = Readonly<Record<string, unknown>>

/** Every action is its own path, by the fragment that RPC-style APIs are written with; all are sent to `/`. */
export function openApiDocument(server: string): Schema {
  const all = describeActions()
  return {
    openapi: '3.1.0',
    info: {
      title: 'havip',
      version: '0.1.0',
      description:
        'One endpoint, chosen by Version and Action; parameters in the query or in a form; signature version 1.0 or ACS3-HMAC-SHA256.',
    },
    servers: [{ url: server }],
    tags: [...new Set(all.map((one) => one.product))].map((name) => ({ name })),
    paths: Object.fromEntries(all.map((one) => [`/#Version=${one.version}&Action=${one.name}`, { post: operationOf(one) }])),
    components: { schemas: { Error: errorSchema } },
  }
}

const errorSchema: Schema = {
  type: 'object',
  required: ['RequestId', 'HostId', 'Code', 'Message', 'Recommend'],
  properties: Object.fromEntries(['RequestId', 'HostId', 'Code', 'Message', 'Recommend'].map((name) => [name, { type: 'string' }])),
}

const operationOf = (one: ActionDescription): Schema => ({
  operationId: `${one.product}_${one.name}`,
  tags: [one.product],
  summary: one.doc,
  'x-permission': one.permission,
  'x-level': one.level,
  'x-error-codes': one.errors,
  parameters: [
    ...fixed('Action', one.name),
    ...fixed('Version', one.version),
    ...one.parameters.flatMap((parameter) => parametersOf(parameter, '', parameter.isRequired)),
  ],
  responses: {
    '200': {
      description: 'Done, or begun: slow work goes on after the answer.',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['RequestId'], properties: { RequestId: { type: 'string', format: 'uuid' } } },
        },
      },
    },
    default: { description: 'Refused.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
  },
})

const fixed = (name: string, value: string): readonly Schema[] => [
  { name, in: 'query', required: true, schema: { type: 'string', const: value } },
]

/** Lists and objects are flattened as they are on the wire, with N for the index. */
function parametersOf(parameter: ParameterDescription, before: string, isRequired: boolean): readonly Schema[] {
  const name = `${before}${parameter.name}`
  const leaf = (leafName: string, schema: Schema, required = isRequired): Schema => ({
    name: leafName,
    in: 'query',
    required,
    description: parameter.doc,
    schema,
  })
  switch (parameter.kind) {
    case 'integer':
    case 'number':
      return [leaf(name, { type: parameter.kind, ...bounds(parameter) })]
    case 'boolean':
      return [leaf(name, { type: 'boolean' })]
    case 'tags':
      return [leaf(`${name}.N.Key`, { type: 'string' }), leaf(`${name}.N.Value`, { type: 'string' }, false)]
    case 'list':
      if (!parameter.members) return [leaf(`${name}.N`, { type: 'string' })]
      return parameter.members.flatMap((member) => parametersOf(member, `${name}.N.`, isRequired && member.isRequired))
    case 'object':
      if (!parameter.members) return [leaf(name, { type: 'string' })]
      return parameter.members.flatMap((member) => parametersOf(member, `${name}.`, isRequired && member.isRequired))
    case 'string':
    case 'json-list':
    case 'json-map':
    case 'comma-list':
      return [leaf(name, { type: 'string', ...(parameter.values && { enum: parameter.values }) })]
  }
}

const bounds = ({ min, max }: ParameterDescription): Schema => ({
  ...(min !== undefined && { minimum: min }),
  ...(max !== undefined && { maximum: max }),
})
