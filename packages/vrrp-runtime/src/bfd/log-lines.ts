// What sessions say in the log: keepalived's wording, our reason after it.
import { type DeliveryFault, describeReason, diagnosticName, type State, stateName, type TransitionReason } from '@havip/bfd'
import type { BfdFault, BfdState } from '@havip/wire'

export function transitionText(
  name: string,
  state: State,
  { to, reason }: { readonly from: BfdState; readonly to: BfdState; readonly reason: TransitionReason },
): string {
  if (to === 'up') return `(${name}) Entering Up state: ${describeReason(reason)}`
  const local = diagnosticName[state.diagnostic]
  const remote = diagnosticName[remoteDiagnostic(state, reason)]
  return `(${name}) Entering ${stateName[to]} state (Local diagnostic - ${local}, Remote diagnostic - ${remote}): ${describeReason(reason)}`
}

const remoteDiagnostic = (state: State, reason: TransitionReason): keyof typeof diagnosticName =>
  reason.kind === 'neighbor-says'
    ? reason.diagnostic
    : ((state.kind === 'admin-down' ? undefined : state.neighbor)?.diagnostic ?? 'no-diagnostic')

/** keepalived's own line about a silence, ahead of the one about the state; undefined for other reasons. */
export const expiryText = (name: string, reason: TransitionReason): string | undefined =>
  reason.kind === 'detection-time-expired'
    ? `(${name}) Expired after ${Math.round(reason.detectionTime)} ms (${Math.round(1000 * reason.lateBy)} usec overdue)`
    : undefined

/** Why a packet was not believed, behind "BFD packet from ADDRESS discarded: ". */
export function refusalText(fault: BfdFault | DeliveryFault): string {
  switch (fault.kind) {
    case 'too-short':
      return `${fault.have} bytes, ${fault.needed} are needed`
    case 'wrong-version':
      return `version ${fault.version}, only 1 is known`
    case 'wrong-length':
      return `its length field says ${fault.claimed} bytes, there are ${fault.have}`
    case 'zero-multiplier':
      return 'its detection multiplier is zero'
    case 'multipoint':
      return 'it has the multipoint bit'
    case 'zero-my-discriminator':
      return "its sender's discriminator is zero"
    case 'zero-your-discriminator':
      return `it is for no session in particular, although its state is ${stateName[fault.state]}`
    case 'poll-and-final':
      return 'it has both poll and final'
    case 'authenticated':
      return `it has authentication of type ${fault.type}, and no session is configured for that`
    case 'no-session':
      return `no session has the discriminator 0x${fault.yourDiscriminator.toString(16).padStart(8, '0')}`.replace(
        'the discriminator 0x00000000',
        'these addresses',
      )
    case 'wrong-addresses':
      return 'it names a session with another neighbor'
    case 'ttl-too-low':
      return `TTL ${fault.ttl}, at least ${fault.ttlMin} is asked for (ttl less max_hops)`
  }
}
