// What becomes of a packet that was not believed: which counter goes up, and one line in the log for each kind until the
// state or the master changes, as keepalived does.
import { type IpAddress, unreachable } from '@havip/base'
import type { RejectedAdvert } from '@havip/vrrp'
import type { Counters } from './counters.ts'

/** keepalived's counter of a fault, or ours where keepalived counts nothing. */
export function counterOf(fault: RejectedAdvert): keyof Counters {
  switch (fault.kind) {
    case 'too-short':
    case 'wrong-length':
      return 'packet_len_err'
    case 'wrong-version':
    case 'version-differs':
      return 'version_err'
    case 'wrong-type':
      return 'invalid_type_rcvd'
    case 'bad-vrid':
    case 'vrid-differs':
      return 'vrid_err'
    case 'bad-interval':
    case 'interval-differs':
      return 'advert_interval_err'
    case 'unknown-authentication':
      return 'invalid_authtype'
    case 'authentication-type-differs':
    case 'authentication-header':
      return 'authtype_mismatch'
    case 'wrong-password':
    case 'malformed-authentication-header':
    case 'wrong-digest':
    case 'digest-replay':
      return 'auth_failure'
    case 'hmac-missing':
      return 'auth_ext_missing'
    case 'hmac-malformed':
      return 'auth_ext_malformed'
    case 'hmac-unknown-key':
      return 'auth_ext_unknown_key'
    case 'hmac-wrong':
      return 'auth_ext_invalid_hmac'
    case 'hmac-stale':
      return 'auth_ext_stale'
    case 'hmac-replay':
      return 'auth_ext_replay'
    case 'bad-checksum':
      return 'checksum_err'
    case 'bad-ttl':
      return 'ip_ttl_err'
    case 'wrong-transport':
      return 'wrong_destination'
    case 'owner-ignores-adverts':
      return 'ignored'
    case 'unknown-peer':
      return 'unknown_source'
    default:
      return unreachable(fault)
  }
}

/** What RFC 6527 calls a protocol error. */
export type ProtocolError = 'ttl' | 'version' | 'checksum' | 'vrid'
const protocolErrors: Readonly<Partial<Record<keyof Counters, ProtocolError>>> = {
  ip_ttl_err: 'ttl',
  version_err: 'version',
  checksum_err: 'checksum',
  vrid_err: 'vrid',
}
export const protocolErrorOf = (fault: RejectedAdvert): ProtocolError | undefined => protocolErrors[counterOf(fault)]

/** Without the name in front. keepalived's wording where it has one. */
export function rejectionLine(fault: RejectedAdvert, from: IpAddress): string {
  switch (fault.kind) {
    case 'too-short':
      return `VRRP packet too short from ${from}: ${fault.have} bytes, needs ${fault.needed}`
    case 'wrong-length':
      return `invalid packet length from ${from}. received ${fault.have} and expect ${fault.expected}`
    case 'wrong-version':
      return `wrong VRRP version from ${from}. Received ${fault.version}`
    case 'version-differs':
      return `wrong VRRP version from ${from}. Received ${fault.theirs} and expect ${fault.ours}`
    case 'wrong-type':
      return `Invalid VRRP packet type ${fault.type} from ${from}`
    case 'bad-vrid':
      return `VRID 0 from ${from}`
    case 'vrid-differs':
      return `VRID ${fault.theirs} from ${from} is not ours, ${fault.ours}`
    case 'bad-interval':
      return `advertisement interval 0 from ${from}`
    case 'interval-differs':
      return `advertisement interval mismatch with ${from} mine=${fault.ours / 1000} sec rcv'd=${fault.theirs / 1000} sec`
    case 'unknown-authentication':
      return `invalid authentication type ${fault.type} from ${from}`
    case 'authentication-type-differs':
      return `received a ${fault.theirs} auth, expecting ${fault.ours}! from ${from}`
    case 'authentication-header':
      return fault.expected ? `authentication header missing from ${from}` : `unexpected authentication header from ${from}`
    case 'wrong-password':
      return `received an invalid passwd! from ${from}`
    case 'malformed-authentication-header':
      return `IPSEC-AH : malformed authentication header from ${from}`
    case 'wrong-digest':
      return `IPSEC-AH : invalid IPSEC HMAC-MD5 value from ${from}. Due to fields mutation or bad password !`
    case 'digest-replay':
      return `IPSEC-AH : sequence number ${fault.sequence} from ${from} already proceeded. Packet dropped. Last(${fault.last})`
    case 'hmac-missing':
      return `auth_hmac: advert from ${from} is not signed`
    case 'hmac-malformed':
      return `auth_hmac: malformed trailer of ${fault.bytes} bytes from ${from}`
    case 'hmac-unknown-key':
      return `auth_hmac: advert from ${from} is signed with key ${fault.keyId}, which we do not have`
    case 'hmac-wrong':
      return `auth_hmac: invalid signature from ${from}: the keys differ, or the packet was changed`
    case 'hmac-stale':
      return `auth_hmac: advert from ${from} is ${fault.differenceSeconds} s away from our clock, the window is ${fault.window / 1000} s: are both clocks set?`
    case 'hmac-replay':
      return `auth_hmac: advert from ${from} was seen before (replay)`
    case 'bad-checksum':
      return `Invalid VRRP checksum from ${from}`
    case 'bad-ttl':
      return fault.min === fault.max
        ? `invalid TTL/HL from ${from}. Received ${fault.ttl} and expect ${fault.min}`
        : `TTL/HL ${fault.ttl} from ${from} is outside ${fault.min} to ${fault.max}`
    case 'wrong-transport':
      return `advert from ${from} to ${fault.destination}: this instance does not listen there`
    case 'owner-ignores-adverts':
      return `advert from ${from} ignored: we own the addresses`
    case 'unknown-peer':
      return `unicast source address ${from} not a unicast peer`
    default:
      return unreachable(fault)
  }
}

/** Says each thing once, until `forget`. */
export class OnceLog {
  readonly #log: (text: string) => void
  readonly #said = new Set<string>()

  constructor(log: (text: string) => void) {
    this.#log = log
  }

  /** True when it was said now. */
  once(kind: string, text: string | (() => string)): boolean {
    if (this.#said.has(kind)) return false
    this.#said.add(kind)
    this.#log(typeof text === 'string' ? text : text())
    return true
  }

  /** The state or the master changed: everything is worth saying again. */
  forget(): void {
    this.#said.clear()
  }
}
