// The official clients' own models name every parameter there is: each is in the action table, so none is ignored in silence.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeActions, type ParameterDescription } from '@havip/rpc-api'
import { load } from '../test/clients.ts'

type Model = { names(): Readonly<Record<string, string>>; types(): Readonly<Record<string, unknown>> }

const clients: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  vpc: load('@alicloud/vpc20160428'),
  ecs: load('@alicloud/ecs20140526'),
}
/** Every action takes these; or, of the account's owner, ignores them as the API says. */
const everywhere = new Set(['RegionId', 'ClientToken', 'DryRun', 'OwnerId', 'OwnerAccount', 'ResourceOwnerId', 'ResourceOwnerAccount'])

const isModel = (type: unknown): type is Model => typeof type === 'function' && 'names' in type

/** What the model of an object or of a list's elements is; undefined: plain values. */
function modelOf(type: unknown): Model | undefined {
  const element = typeof type === 'object' && type !== null && 'itemType' in type ? type.itemType : type
  return isModel(element) ? element : undefined
}

/** Names as on the wire that the table does not know; one that is refused as a whole is known with all its members. */
function unknownTo(parameters: readonly ParameterDescription[], model: Model, before = ''): readonly string[] {
  const types = model.types()
  return Object.entries(model.names()).flatMap(([key, name]) => {
    if (before === '' && everywhere.has(name)) return []
    const parameter = parameters.find((one) => one.name === name)
    if (!parameter) return [`${before}${name}`]
    const inner = modelOf(types[key])
    return inner && parameter.members ? unknownTo(parameter.members, inner, `${before}${name}.`) : []
  })
}

test('every parameter of the official clients is served, refused by name, or said to have no effect', () => {
  let compared = 0
  for (const { product, name, parameters } of describeActions()) {
    const model = Object.entries(clients[product] ?? {}).find(([key]) => key.toLowerCase() === `${name}request`.toLowerCase())?.[1]
    if (!isModel(model)) continue
    compared++
    assert.deepEqual(unknownTo(parameters, model), [], `${product} ${name}`)
  }
  // All that the clients know: a client that names its models otherwise would compare nothing.
  assert.equal(compared, describeActions().filter(({ product }) => product === 'vpc' || product === 'ecs').length)
})

test('a parameter that is not in the table would be found', () => {
  const [described] = describeActions().filter(({ name }) => name === 'RunInstances')
  const model = clients.ecs?.RunInstancesRequest
  assert.ok(described && isModel(model))
  const without = (parameters: readonly ParameterDescription[], left: string): readonly ParameterDescription[] =>
    parameters.filter(({ name }) => name !== left).map((one) => ({ ...one, ...(one.members && { members: without(one.members, left) }) }))
  assert.deepEqual(unknownTo(without(described.parameters, 'HostNames'), model), ['HostNames'])
  assert.deepEqual(unknownTo(without(described.parameters, 'PrimaryIpAddress'), model), ['NetworkInterface.PrimaryIpAddress'])
})
