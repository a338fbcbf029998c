// Notifications: what happens to an instance or a sync group, in the words of the three MIBs and with the variables that keepalived
// puts into them.

import { ipToBytes } from '@havip/base'
import type { AgentxValue, Oid, VarBind } from '@havip/wire'
import type { GroupMove, PacketRefused, Transition } from './events.ts'
import { type Facts, type InstanceFacts, instancesOf } from './facts.ts'
import { globalGroup, instanceEntry, stateNumber, syncGroupEntry, vrrpGroup } from './keepalived-mib.ts'
import {
  isOfRfc2787,
  isOfRfc6527,
  newMasterReason,
  operationsEntry,
  operEntry,
  protocolErrorNumber,
  rfc2787Index,
  rfc6527Index,
  statisticsEntry,
  trapAuthErrorType,
  trapPacketSource,
  vrrpMib,
  vrrpv3Mib,
} from './rfc-mibs.ts'
import { integer, ipv4, text } from './values.ts'

/** snmpTrapOID.0 */
const snmpTrapOid: Oid = [1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0]
const keepalivedTraps: Oid = [...vrrpGroup, 10, 0]
const routerId: Oid = [...globalGroup, 2, 0]

const trap = (id: Oid, binds: readonly VarBind[]): readonly VarBind[] => [{ name: snmpTrapOid, value: { kind: 'oid', oid: id } }, ...binds]
const bind = (name: Oid, value: AgentxValue): VarBind => ({ name, value })
const find = (facts: Facts, name: string): InstanceFacts | undefined => instancesOf(facts).find(({ conf }) => conf.name === name)

export function transitionTraps(facts: Facts, { instance: name, to, because }: Transition): readonly (readonly VarBind[])[] {
  const instance = find(facts, name)
  if (!instance) return []
  const { snmp } = facts.configured
  const { conf, now, number } = instance
  const own = snmp.keepalived
    ? [
        trap(
          [...keepalivedTraps, 2],
          [
            // Without the row's number, as keepalived has it.
            bind([...instanceEntry, 2], text(conf.name)),
            bind([...instanceEntry, 4], integer(stateNumber[to])),
            bind([...instanceEntry, 5], integer(stateNumber[conf.wantsMaster ? 'master' : 'backup'])),
            bind(routerId, text(facts.configured.routerId)),
          ],
        ),
      ]
    : []
  if (to !== 'master' || now.source === undefined || number < 1) return own
  const of2787 =
    snmp.rfc2787 && isOfRfc2787(instance)
      ? [trap([...vrrpMib, 0, 1], [bind([...operEntry, 7, ...rfc2787Index(instance)], ipv4(now.source))])]
      : []
  const of6527 =
    snmp.rfc6527 && isOfRfc6527(instance)
      ? [
          trap(
            [...vrrpv3Mib, 0, 1],
            [
              bind([...operationsEntry, 3, ...rfc6527Index(instance)], { kind: 'octets', bytes: ipToBytes(now.source) }),
              bind([...statisticsEntry, 2, ...rfc6527Index(instance)], integer(newMasterReason(because))),
            ],
          ),
        ]
      : []
  return [...own, ...of2787, ...of6527]
}

export function groupTraps(facts: Facts, { group, to }: GroupMove): readonly (readonly VarBind[])[] {
  if (!facts.configured.snmp.keepalived) return []
  return [
    trap(
      [...keepalivedTraps, 1],
      [
        bind([...syncGroupEntry, 2], text(group)),
        // It goes back to its beginning only when it stops.
        bind([...syncGroupEntry, 3], integer(stateNumber[to === 'init' ? 'stopped' : to])),
        bind(routerId, text(facts.configured.routerId)),
      ],
    ),
  ]
}

/** invalidAuthType(1), authTypeMismatch(2), authFailure(3). */
const authErrors: Readonly<Record<string, number>> = {
  'unknown-authentication': 1,
  'authentication-type-differs': 2,
  'authentication-header': 2,
  'wrong-password': 3,
  'malformed-authentication-header': 3,
  'wrong-digest': 3,
  'digest-replay': 3,
}
const protocolErrors: Readonly<Record<string, number>> = {
  'bad-ttl': protocolErrorNumber.ttl,
  'wrong-version': protocolErrorNumber.version,
  'version-differs': protocolErrorNumber.version,
  'bad-checksum': protocolErrorNumber.checksum,
  'bad-vrid': protocolErrorNumber.vrid,
  'vrid-differs': protocolErrorNumber.vrid,
}

/** Of a packet that was not believed. */
export function refusalTraps(facts: Facts, { instance: name, from, fault }: PacketRefused): readonly (readonly VarBind[])[] {
  const instance = find(facts, name)
  if (!instance) return []
  const { snmp } = facts.configured
  const auth = authErrors[fault]
  const protocol = protocolErrors[fault]
  return [
    ...(auth !== undefined && snmp.rfc2787 && isOfRfc2787(instance)
      ? [
          trap(
            [...vrrpMib, 0, 2],
            [
              bind([...trapPacketSource, ...rfc2787Index(instance)], ipv4(from)),
              bind([...trapAuthErrorType, ...rfc2787Index(instance)], integer(auth)),
            ],
          ),
        ]
      : []),
    ...(protocol !== undefined && snmp.rfc6527 && isOfRfc6527(instance)
      ? [trap([...vrrpv3Mib, 0, 2], [bind([...statisticsEntry, 6, ...rfc6527Index(instance)], integer(protocol))])]
      : []),
  ]
}
