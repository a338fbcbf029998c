// Admission to what is no RPC call but has an action's right: the event stream, the export of the audit.
import { fail, ok, type Result } from '@havip/base'
import type { Action } from './action.ts'
import type { Claim, Identity } from './authenticate.ts'
import { type RequestFault, refuse } from './fault.ts'
import { type Fields, readParameters } from './form.ts'
import type { Gate } from './gate.ts'
import type { ApiRequest } from './http.ts'
import { checkResources, factsOf } from './policy.ts'
import { resourcesOf } from './resources.ts'
import { isVersion } from './table.ts'

export type Admitted = { readonly identity: Identity; readonly query: Fields }

/** A signed query has to name the action, so that what was signed for another purpose opens nothing here. */
export async function admit(
  gate: Gate,
  request: ApiRequest,
  action: Pick<Action, 'product' | 'name' | 'level'>,
  requestId: string,
  nowMs: number,
): Promise<Result<Admitted, RequestFault>> {
  const parameters = readParameters(request)
  if (!parameters.ok) return refuse(400, 'InvalidParameter', 'The parameters are not properly encoded.')
  const { all } = parameters.value
  const claim: Claim = { request, parameters: parameters.value, action: all.get('Action') ?? '', version: all.get('Version') ?? '' }
  if (all.has('Signature') && !(claim.action === action.name && isVersion(claim.version))) {
    return refuse(400, 'InvalidParameter', `The parameter Action has to be ${action.name}.`)
  }
  const identity = await gate.admit(claim, action, requestId, () => undefined)
  if (!identity.ok) return identity
  const resources = resourcesOf(action, {}, { account: identity.value.account, regions: [] })
  const forbidden = checkResources(identity.value, action, resources, factsOf(identity.value, request.remote, nowMs))
  if (!forbidden) return ok({ identity: identity.value, query: all })
  await gate.recordRefusal(claim, action, identity.value, forbidden, requestId)
  return fail(forbidden)
}
