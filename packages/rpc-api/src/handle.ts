// The door: one function from a request to a response. It never throws, and answers every fault in the API's own words.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import type { Caller, VpcService } from '@havip/vpc-service'
import { type Action, type ActionContext, type ActionPorts, type Body, versions } from './action.ts'
import { anyRegion, clientToken, dryRun } from './answer.ts'
import type { Authenticator, Claim, Identity } from './authenticate.ts'
import { type Envelope, faultResponse, successResponse } from './envelope.ts'
import { missing, type RequestFault, refuse } from './fault.ts'
import { type FormFault, type Parameters, readParameters } from './form.ts'
import { type Gate, openGate } from './gate.ts'
import type { ApiRequest, ApiResponse, Crypto } from './http.ts'
import { type Input, readInput } from './parameter.ts'
import { checkResources, factsOf } from './policy.ts'
import { resourcesOf } from './resources.ts'
import { findAction, isVersion } from './table.ts'
import type { Throttle } from './throttle.ts'
import { growTree } from './tree.ts'

/** One line of the access log. Holds no parameters and no secrets. */
export type AccessRecord = {
  readonly requestId: string
  readonly action: string
  readonly version: string
  readonly principal: string
  readonly remote: string
  readonly status: number
  /** `OK` or the fault's code. */
  readonly outcome: string
  readonly durationMs: number
  /** What went wrong inside, for a 500. */
  readonly error?: unknown
}

export type DoorParts = {
  readonly service: VpcService
  readonly ports: ActionPorts
  /** Asked in order; the first that knows the request's proof decides. */
  readonly authenticators: readonly Authenticator[]
  readonly throttle: Throttle
  readonly crypto: Crypto
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: (record: AccessRecord) => void
}

export type Door = (request: ApiRequest) => Promise<ApiResponse>

type Seen = { action: string; version: string; identity: Identity | undefined }

export function openDoor(parts: DoorParts): Door {
  const gate = openGate(parts)
  return async (request) => {
    const startedAt = parts.now()
    const envelope: { -readonly [K in keyof Envelope]: Envelope[K] } = {
      format: 'json',
      requestId: parts.crypto.randomUuid().toUpperCase(),
      endpoint: request.headers.get('host') ?? '',
    }
    const seen: Seen = { action: '', version: '', identity: undefined }
    let error: unknown
    let result: Result<Body, RequestFault>
    try {
      result = await serve(request, parts, envelope, seen, gate)
    } catch (thrown) {
      error = thrown
      result = refuse(500, 'InternalError', clientTextOf(thrown))
    }
    const response = result.ok ? successResponse(seen.action, result.value, envelope) : faultResponse(result.fault, envelope)
    parts.log({
      requestId: envelope.requestId,
      action: seen.action,
      version: seen.version,
      principal: seen.identity?.principal ?? '',
      remote: request.remote,
      status: response.status,
      outcome: result.ok ? 'OK' : result.fault.code,
      durationMs: parts.now() - startedAt,
      ...(error !== undefined && { error }),
    })
    return response
  }
}

/** In the documented order: action, system parameters, proof of identity, throttling, permission, parameters, rules. */
async function serve(
  request: ApiRequest,
  parts: DoorParts,
  envelope: { -readonly [K in keyof Envelope]: Envelope[K] },
  seen: Seen,
  gate: Gate,
): Promise<Result<Body, RequestFault>> {
  if (request.method !== 'GET' && request.method !== 'POST') return refuse(400, 'UnsupportedHTTPMethod', 'Use GET or POST.')
  const read = readParameters(request)
  if (!read.ok) return refuse(400, 'InvalidParameter', unreadable[read.fault])
  const parameters = read.value
  envelope.format = formatOf(request, parameters)
  const chosen = chooseAction(request, parameters)
  Object.assign(seen, chosen)
  const known = knownAction(chosen)
  if (!known.ok) return known
  const action = known.value

  const claim: Claim = { request, parameters, ...chosen }
  const identity = await gate.admit(claim, action, envelope.requestId, (known) => {
    seen.identity = known
  })
  return identity.ok ? run(claim, action, identity.value, envelope, parts, gate) : identity
}

async function run(
  claim: Claim,
  action: Action,
  identity: Identity,
  envelope: Envelope,
  parts: DoorParts,
  gate: Gate,
): Promise<Result<Body, ApiFault>> {
  const tree = growTree(claim.parameters.all)
  if (!tree.ok) return refuse(400, 'InvalidParameter', `The parameter ${tree.fault.name} is a value and an object at once.`)
  const common = readInput(commonShape, tree.value)
  if (!common.ok) return common
  const region = common.value.RegionId
  if (region !== undefined && !parts.service.describeRegions().some(({ id }) => id === region)) {
    return fail(apiFault('InvalidRegionId.NotFound', { id: region }))
  }
  const input = readInput(action.parameters, tree.value)
  if (!input.ok) return input
  const regions = region === undefined ? parts.service.describeRegions().map(({ id }) => id) : [region]
  const resources = resourcesOf(action, input.value, { account: identity.account, regions })
  const forbidden = checkResources(identity, action, resources, factsOf(identity, claim.request.remote, parts.now()))
  if (forbidden) {
    await gate.recordRefusal(claim, action, identity, forbidden, envelope.requestId)
    return fail(forbidden)
  }
  const context: ActionContext = {
    service: parts.service,
    caller: callerOf(claim, action, identity, common.value, envelope),
    identity,
    nowMs: parts.now(),
    ports: parts.ports,
    endpoint: envelope.endpoint,
  }
  const done = await action.run(input.value as never, context)
  // A read with DryRun, where the API has that, tells that it would have answered.
  const isDryRead = action.level === 'read' && 'DryRun' in action.parameters && common.value.DryRun === true
  return done.ok && isDryRead ? fail(apiFault('DryRunOperation')) : done
}

/** Read the same way in every action. */
const commonShape = {
  ...anyRegion,
  ...clientToken,
  ...dryRun,
}

function callerOf(claim: Claim, action: Action, identity: Identity, common: Input<typeof commonShape>, envelope: Envelope): Caller {
  return {
    account: identity.account,
    // Who may decide for all accounts is an operator in the service's eyes, for those decisions only.
    kind: action.level === 'administer' ? 'operator' : identity.kind,
    proof: identity.kind,
    name: identity.principal,
    from: claim.request.remote,
    requestId: envelope.requestId,
    region: common.RegionId,
    clientToken: common.ClientToken,
    dryRun: common.DryRun,
  }
}

const unreadable: Readonly<Record<FormFault, string>> = {
  'malformed-encoding': 'The parameters are not properly encoded.',
  'too-many-parameters': 'There are too many parameters.',
  'repeated-name': 'A parameter is given twice.',
}

const isV3 = (request: ApiRequest): boolean => request.headers.get('authorization')?.startsWith('ACS3-') ?? false

/** The path when it chooses; else the signed parameters count, with ACS3 the signed headers. */
function chooseAction(request: ApiRequest, { all }: Parameters): { readonly action: string; readonly version: string } {
  if (request.chosen) return request.chosen
  const header = (name: string): string => request.headers.get(name) ?? ''
  return isV3(request)
    ? { action: header('x-acs-action'), version: header('x-acs-version') }
    : { action: all.get('Action') ?? '', version: all.get('Version') ?? '' }
}

function knownAction({ action, version }: { readonly action: string; readonly version: string }): Result<Action, RequestFault> {
  if (action === '') return fail(missing('Action'))
  if (version === '') return fail(missing('Version'))
  const found = findAction(version, action)
  if (found) return ok(found)
  if (isVersion(version)) return refuse(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.')
  return refuse(
    400,
    'InvalidVersion',
    `Specified parameter Version is not valid; one of ${Object.values(versions).join(', ')} is expected.`,
  )
}

/** JSON unless XML is asked for; signature version 1.0 without Format means XML. */
function formatOf(request: ApiRequest, { all }: Parameters): 'json' | 'xml' {
  const asked = all.get('Format')?.toUpperCase()
  if (asked === 'XML') return 'xml'
  return (asked ?? '') === '' && !isV3(request) && all.has('Signature') ? 'xml' : 'json'
}

/** The world's failures bring a sentence for the caller; our own mistakes don't. */
function clientTextOf(thrown: unknown): string {
  const text = thrown instanceof Error && 'clientText' in thrown ? thrown.clientText : undefined
  return typeof text === 'string' ? text : 'The request processing has failed due to some unknown error.'
}
