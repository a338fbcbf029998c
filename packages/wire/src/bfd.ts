// BFD control packets as bytes (RFC 5880 §4.1), and where they are spoken: single hop (RFC 5881) and multihop (RFC 5883).
import { assert, fail, type Microseconds, microseconds, ok, type Result } from '@havip/base'
import { header } from './header.ts'

/** RFC 5880 §4.1. Positions are the bit numbers of the figure there. */
const control = header({
  version: { at: 0, bits: 3 },
  diagnostic: { at: 3, bits: 5 },
  state: { at: 8, bits: 2 },
  poll: { at: 10, bits: 1 },
  final: { at: 11, bits: 1 },
  controlPlaneIndependent: { at: 12, bits: 1 },
  authentication: { at: 13, bits: 1 },
  demand: { at: 14, bits: 1 },
  multipoint: { at: 15, bits: 1 },
  multiplier: { at: 16, bits: 8 },
  length: { at: 24, bits: 8 },
  myDiscriminator: { at: 32, bits: 32 },
  yourDiscriminator: { at: 64, bits: 32 },
  desiredMinTx: { at: 96, bits: 32 },
  requiredMinRx: { at: 128, bits: 32 },
  requiredMinEchoRx: { at: 160, bits: 32 },
})
/** RFC 5880 §4.2 to §4.4: what every authentication section begins with. */
const authenticationSection = header({ type: { at: 0, bits: 8 }, length: { at: 8, bits: 8 } })

const version = 1
export const bfdControlBytes = control.bytes
/** UDP destination ports: RFC 5881 §4 and RFC 5883 §5. */
export const bfdPort = { singleHop: 3784, multihop: 4784 } as const
/** UDP source ports, RFC 5881 §4. */
export const bfdSourcePorts = { min: 49152, max: 65535 } as const

/** Session states by their number on the wire. */
export const bfdStates = ['admin-down', 'down', 'init', 'up'] as const
export type BfdState = (typeof bfdStates)[number]

/** Why a session last went down, by the number on the wire; 9 to 31 are reserved. */
export const bfdDiagnostics = [
  'no-diagnostic',
  'detection-time-expired',
  'echo-failed',
  'neighbor-signaled-down',
  'forwarding-plane-reset',
  'path-down',
  'concatenated-path-down',
  'administratively-down',
  'reverse-concatenated-path-down',
] as const
export type BfdDiagnostic = (typeof bfdDiagnostics)[number] | 'reserved'

export type BfdControl = {
  readonly state: BfdState
  readonly diagnostic: BfdDiagnostic
  readonly poll: boolean
  readonly final: boolean
  readonly controlPlaneIndependent: boolean
  readonly demand: boolean
  /** 1 to 255. */
  readonly multiplier: number
  /** 1 to 2³² − 1. */
  readonly myDiscriminator: number
  /** 0 while the sender does not know ours. */
  readonly yourDiscriminator: number
  readonly desiredMinTx: Microseconds
  /** 0: send us no periodic packets. */
  readonly requiredMinRx: Microseconds
  /** 0: no echo packets, please. */
  readonly requiredMinEchoRx: Microseconds
}

/** Why bytes are no control packet: the checks of RFC 5880 §6.8.6 that ask for nothing but the packet. */
export type BfdFault =
  | { readonly kind: 'too-short'; readonly needed: number; readonly have: number }
  | { readonly kind: 'wrong-version'; readonly version: number }
  /** The length field says less than the packet has to have, or more than there is. */
  | { readonly kind: 'wrong-length'; readonly claimed: number; readonly have: number }
  | { readonly kind: 'zero-multiplier' }
  | { readonly kind: 'multipoint' }
  | { readonly kind: 'zero-my-discriminator' }
  /** A packet for no session in particular, although its sender says that it knows one. */
  | { readonly kind: 'zero-your-discriminator'; readonly state: BfdState }
  | { readonly kind: 'poll-and-final' }
  /** An authentication section, and no session here is configured for one. */
  | { readonly kind: 'authenticated'; readonly type: number }

/** The 24 bytes without authentication. Asserts the ranges, which a session's configuration has been checked for. */
export function encodeBfd(packet: BfdControl): Uint8Array {
  assert(packet.diagnostic !== 'reserved', 'a reserved diagnostic is only ever received')
  assert(packet.multiplier > 0 && packet.myDiscriminator > 0, 'multiplier and discriminator are not zero')
  assert(!packet.poll || !packet.final, 'poll and final exclude each other')
  return control.write({
    version,
    diagnostic: bfdDiagnostics.indexOf(packet.diagnostic),
    state: bfdStates.indexOf(packet.state),
    poll: Number(packet.poll),
    final: Number(packet.final),
    controlPlaneIndependent: Number(packet.controlPlaneIndependent),
    authentication: 0,
    demand: Number(packet.demand),
    multipoint: 0,
    multiplier: packet.multiplier,
    length: control.bytes,
    myDiscriminator: packet.myDiscriminator,
    yourDiscriminator: packet.yourDiscriminator,
    desiredMinTx: packet.desiredMinTx,
    requiredMinRx: packet.requiredMinRx,
    requiredMinEchoRx: packet.requiredMinEchoRx,
  })
}

/**
 * Reads one control packet and makes the checks of RFC 5880 §6.8.6 in their order, as far as they ask for nothing but
 * the packet itself; and keepalived's, that poll and final exclude each other (§6.5). Sessions without authentication
 * take no authenticated packet, so there is no reader for that section.
 *
 * @param payload of UDP; what follows the packet's own length is ignored. Read, never kept.
 */
export function decodeBfd(payload: Uint8Array): Result<BfdControl, BfdFault> {
  const head = control.read(payload)
  if (!head.ok) return head
  const { length, multiplier, myDiscriminator, yourDiscriminator, ...rest } = head.value
  if (rest.version !== version) return fail({ kind: 'wrong-version', version: rest.version })
  const isAuthenticated = rest.authentication === 1
  const lengthMin = control.bytes + (isAuthenticated ? authenticationSection.bytes : 0)
  if (length < lengthMin || length > payload.length) return fail({ kind: 'wrong-length', claimed: length, have: payload.length })
  if (multiplier === 0) return fail({ kind: 'zero-multiplier' })
  if (rest.multipoint === 1) return fail({ kind: 'multipoint' })
  if (myDiscriminator === 0) return fail({ kind: 'zero-my-discriminator' })
  const state = bfdStates[rest.state] as BfdState
  if (yourDiscriminator === 0 && (state === 'init' || state === 'up')) return fail({ kind: 'zero-your-discriminator', state })
  if (isAuthenticated) {
    const section = authenticationSection.read(payload, control.bytes)
    return fail({ kind: 'authenticated', type: section.ok ? section.value.type : 0 })
  }
  if (rest.poll === 1 && rest.final === 1) return fail({ kind: 'poll-and-final' })
  return ok({
    state,
    diagnostic: bfdDiagnostics[rest.diagnostic] ?? 'reserved',
    poll: rest.poll === 1,
    final: rest.final === 1,
    controlPlaneIndependent: rest.controlPlaneIndependent === 1,
    demand: rest.demand === 1,
    multiplier,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTx: microseconds(rest.desiredMinTx),
    requiredMinRx: microseconds(rest.requiredMinRx),
    requiredMinEchoRx: microseconds(rest.requiredMinEchoRx),
  })
}
