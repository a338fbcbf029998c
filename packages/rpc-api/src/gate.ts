// The gate before every action: who is it, does it come too often, may it do this. Refusals go to the audit.
import { fail, ok, type Result } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import type { Caller, VpcService } from '@havip/vpc-service'
import type { Action } from './action.ts'
import type { Authenticator, Claim, Identity } from './authenticate.ts'
import { type RequestFault, refuse } from './fault.ts'
import { checkPermission } from './policy.ts'
import { type Throttle, tokenBuckets } from './throttle.ts'

export type GateParts = {
  readonly service: Pick<VpcService, 'recordRefusal'>
  /** Asked in order; the first that knows the request's proof decides. */
  readonly authenticators: readonly Authenticator[]
  readonly throttle: Throttle
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Asked = Pick<Action, 'product' | 'name' | 'level'>

export type Gate = {
  /** `seen` is told who it is as soon as that is known, also when the call is refused after that. */
  admit(claim: Claim, action: Asked, requestId: string, seen: (identity: Identity) => void): Promise<Result<Identity, RequestFault>>
  /** For refusals that are found later: a policy, once the resources are known. */
  recordRefusal(claim: Claim, action: Asked, identity: Identity | undefined, fault: RequestFault, requestId: string): Promise<void>
}

/** Refusals of people nobody knows that are written to the audit: enough to see an attack, too few to fill a disk. */
const anonymousRefusals = { perSecond: 1, burst: 60 }
/** The same for people who are known: a script that is not allowed something asks again and again. */
const knownRefusals = { perSecond: 10, burst: 200 }

export function openGate(parts: GateParts): Gate {
  const strangers = tokenBuckets(anonymousRefusals, 1)
  const known = tokenBuckets(knownRefusals, 1_000)
  const record = async (
    claim: Claim,
    action: Asked,
    identity: Identity | undefined,
    fault: RequestFault,
    requestId: string,
  ): Promise<void> => {
    const bucket = identity ? known : strangers
    if (bucket.take(identity?.principal ?? '', parts.now()) !== undefined) return
    // Not the signature's own text: it holds every parameter.
    const { code, status, message } = fault
    const told = { code, status, message: code === 'SignatureDoesNotMatch' ? '' : message }
    await parts.service.recordRefusal(callerOf(claim, identity, requestId), action.name, told)
  }
  return {
    admit: async (claim, action, requestId, seen) => {
      const identity = await identify(claim, parts.authenticators, parts.now())
      if (!identity.ok) {
        await record(claim, action, undefined, identity.fault, requestId)
        return identity
      }
      seen(identity.value)
      const waitMs = parts.throttle.take(identity.value.principal, parts.now())
      if (waitMs !== undefined) {
        return fail({ status: 400, code: 'Throttling.User', message: 'Request was denied due to user flow control.', retryAfterMs: waitMs })
      }
      const forbidden = checkPermission(identity.value, action)
      if (!forbidden) return ok(identity.value)
      await record(claim, action, identity.value, forbidden, requestId)
      return fail(forbidden)
    },
    recordRefusal: record,
  }
}

async function identify(claim: Claim, authenticators: readonly Authenticator[], nowMs: number): Promise<Result<Identity, RequestFault>> {
  for (const authenticate of authenticators) {
    const result = await authenticate(claim, nowMs)
    if (result !== undefined) return result
  }
  return refuse(400, 'IncompleteSignature', 'The request is not signed.')
}

function callerOf(claim: Claim, identity: Identity | undefined, requestId: string): Caller {
  const stranger = claim.parameters.all.get('AccessKeyId') ?? ''
  return {
    account: identity?.account ?? ('' as AccountId),
    kind: identity?.kind ?? 'access-key',
    name: identity?.principal ?? stranger.slice(0, 64),
    from: claim.request.remote,
    requestId,
  }
}
