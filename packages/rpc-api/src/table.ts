// The action table: every action that is served, and what can be said of it without calling it.
import { type Action, type Level, type Product, permissionOf, versions } from './action.ts'
import { accessKeyActions } from './actions/access-key.ts'
import { catalogueActions } from './actions/catalogue.ts'
import { commandActions } from './actions/command.ts'
import { eipActions } from './actions/eip.ts'
import { eventActions } from './actions/event.ts'
import { haActions } from './actions/ha.ts'
import { havipActions } from './actions/havip.ts'
import { instanceActions } from './actions/instance.ts'
import { instanceReadActions } from './actions/instance-reads.ts'
import { instanceTypeActions } from './actions/instance-type.ts'
import { launchActions } from './actions/launch.ts'
import { locationActions } from './actions/location.ts'
import { networkInterfaceActions } from './actions/network-interface.ts'
import { ownActions } from './actions/own.ts'
import { policyActions } from './actions/policy.ts'
import { quotaActions } from './actions/quota.ts'
import { tagActions } from './actions/tag.ts'
import { userActions } from './actions/user.ts'
import { vpcActions } from './actions/vpc.ts'
import { vswitchActions } from './actions/vswitch.ts'
import type { ParameterKind, Shape, Standing } from './parameter.ts'

export const actions: readonly Action[] = [
  ...havipActions,
  ...eipActions,
  ...vpcActions,
  ...vswitchActions,
  ...tagActions,
  ...launchActions,
  ...instanceActions,
  ...instanceReadActions,
  ...networkInterfaceActions,
  ...commandActions,
  ...catalogueActions,
  ...instanceTypeActions,
  ...quotaActions,
  ...locationActions,
  ...ownActions,
  ...eventActions,
  ...userActions,
  ...accessKeyActions,
  ...policyActions,
  ...haActions,
]

const keyOf = (version: string, name: string): string => `${version} ${name}`
const byKey = new Map(actions.map((one) => [keyOf(versions[one.product], one.name), one]))

export const findAction = (version: string, name: string): Action | undefined => byKey.get(keyOf(version, name))
export const isVersion = (version: string): boolean => Object.values(versions).some((known) => known === version)

export type ParameterDescription = {
  readonly name: string
  readonly kind: ParameterKind
  readonly doc: string
  readonly isRequired: boolean
  readonly values?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly members?: readonly ParameterDescription[]
  /** Absent: it does what it says. */
  readonly standing?: Standing
}
export type ActionDescription = {
  readonly product: Product
  readonly version: string
  readonly name: string
  readonly doc: string
  readonly level: Level
  /** The right that policies name. */
  readonly permission: string
  readonly parameters: readonly ParameterDescription[]
  readonly errors: readonly string[]
}

/** For the reference page, the command line and OpenAPI. */
export const describeActions = (): readonly ActionDescription[] =>
  actions.map((one) => ({
    product: one.product,
    version: versions[one.product],
    name: one.name,
    doc: one.doc,
    level: one.level,
    permission: permissionOf(one),
    parameters: describeShape(one.parameters),
    errors: one.errors,
  }))

function describeShape(shape: Shape): readonly ParameterDescription[] {
  return Object.entries(shape).map(([name, { kind, doc, isRequired, values, min, max, members, standing }]) => ({
    name,
    kind,
    doc,
    isRequired,
    ...(values && { values }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(members && { members: describeShape(members) }),
    ...(standing && { standing }),
  }))
}
