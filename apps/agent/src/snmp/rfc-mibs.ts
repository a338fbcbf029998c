// VRRP-MIB (RFC 2787, version 2) and VRRPV3-MIB (RFC 6527) as keepalived serves them: to be read; VRRPV3-MIB has version 2, too.
import { type IpAddress, ipToBytes, macToBytes } from '@havip/base'
import type { Counters, PresentInstance } from '@havip/vrrp-runtime'
import type { AgentxValue, Oid } from '@havip/wire'
import { type Facts, type InstanceFacts, instancesOf } from './facts.ts'
import { type Cells, type Row, scalars, type Table, table } from './mib.ts'
import { address, addressTypeNumber, bytes, counter, counter64, gauge, integer, ipv4, text, ticks, truth } from './values.ts'

export const vrrpMib: Oid = [1, 3, 6, 1, 2, 1, 68]
export const vrrpv3Mib: Oid = [1, 3, 6, 1, 2, 1, 207]

/** initialize(1), backup(2), master(3); what does not take part is the first. */
const stateNumber = { init: 1, backup: 2, master: 3, fault: 1, stopped: 1 } as const
const active = 1
const nowhere = { ipv4: new Uint8Array(4), ipv6: new Uint8Array(16) } as const

const advertised = ({ conf }: InstanceFacts): readonly IpAddress[] =>
  conf.addresses.filter((entry) => entry.advertised).map((entry) => entry.address)
/** Those with an address, which is what the MIBs know. */
const isShown = (of: InstanceFacts): boolean => advertised(of).length > 0
const sum = (rows: readonly InstanceFacts[], of: keyof Counters): number =>
  rows.reduce((total, { now }) => total + (now.counters[of] ?? 0), 0)
const mac = ({ now }: InstanceFacts): AgentxValue => (now.mac === undefined ? text('') : bytes(macToBytes(now.mac)))

// --- RFC 2787 ----------------------------------------------------------------------------------------------------

export const isOfRfc2787 = (of: InstanceFacts): boolean => of.conf.version === 2 && of.conf.family === 'ipv4' && isShown(of)
export const rfc2787Index = ({ baseIndex, conf }: Pick<InstanceFacts, 'baseIndex' | 'conf'>): Oid => [baseIndex, conf.vrid]
export const operEntry: Oid = [...vrrpMib, 1, 3, 1]
export const trapPacketSource: Oid = [...vrrpMib, 1, 5]
export const trapAuthErrorType: Oid = [...vrrpMib, 1, 6]
const authentication = { none: 1, pass: 2, ah: 3 } as const

const rfc2787Rows = (facts: Facts): readonly Row<InstanceFacts & { readonly startedForMs: number }>[] =>
  instancesOf(facts)
    .filter(isOfRfc2787)
    .map((of) => ({ index: rfc2787Index(of), of: { ...of, startedForMs: facts.now.runningForMs } }))

const operCells: Cells<InstanceFacts & { readonly startedForMs: number }> = {
  2: mac,
  3: ({ now }) => integer(stateNumber[now.state]),
  4: () => integer(active),
  5: ({ now }) => integer(now.basePriority),
  6: (of) => integer(advertised(of).length),
  7: ({ now }) => (now.master ? ipv4(now.master) : { kind: 'ip-address', bytes: nowhere.ipv4 }),
  8: ({ now }) => (now.source ? ipv4(now.source) : { kind: 'ip-address', bytes: nowhere.ipv4 }),
  9: ({ conf }) => integer(authentication[conf.authentication]),
  // The key is nobody's to read.
  10: () => undefined,
  11: ({ conf }) => integer(conf.advertIntervalMs / 1000),
  12: ({ now }) => truth(now.preempt),
  // When it left its initial state, on the daemon's clock.
  13: ({ now, startedForMs }) => ticks(now.upForMs === undefined ? 0 : startedForMs - now.upForMs),
  // ip(1)
  14: () => integer(1),
  15: () => integer(active),
}

const counted =
  (of: keyof Counters) =>
  ({ now }: { readonly now: PresentInstance }): AgentxValue =>
    counter(now.counters[of] ?? 0)

export const rfc2787Tables: readonly Table<Facts>[] = [
  scalars<Facts>([...vrrpMib, 1], { 1: () => integer(2), 2: ({ configured }) => truth(configured.snmp.traps) }),
  table(operEntry, rfc2787Rows, operCells),
  table(
    [...vrrpMib, 1, 4, 1],
    (facts: Facts) =>
      rfc2787Rows(facts).flatMap(({ index, of }) =>
        [...new Set(advertised(of))]
          .filter((one) => addressTypeNumber(one) === 1)
          .map((one) => ({ index: [...index, ...ipToBytes(one)], of: one })),
      ),
    { 2: () => integer(active) },
  ),
  scalars<Facts>([...vrrpMib, 2], {
    1: (facts) => counter(sum(instancesOf(facts).filter(isOfRfc2787), 'checksum_err')),
    2: (facts) => counter(sum(instancesOf(facts).filter(isOfRfc2787), 'version_err')),
    3: (facts) => counter(sum(instancesOf(facts).filter(isOfRfc2787), 'vrid_err')),
  }),
  table([...vrrpMib, 2, 4, 1], rfc2787Rows, {
    1: counted('become_master'),
    2: counted('advert_rcvd'),
    3: counted('advert_interval_err'),
    4: counted('auth_failure'),
    5: counted('ip_ttl_err'),
    6: counted('pri_zero_rcvd'),
    7: counted('pri_zero_sent'),
    8: counted('invalid_type_rcvd'),
    9: counted('addr_list_err'),
    10: counted('invalid_authtype'),
    11: counted('authtype_mismatch'),
    12: counted('packet_len_err'),
  }),
]

// --- RFC 6527 ----------------------------------------------------------------------------------------------------

const familyType = { ipv4: 1, ipv6: 2 } as const
export const rfc6527Index = ({ baseIndex, conf }: Pick<InstanceFacts, 'baseIndex' | 'conf'>): Oid => [
  baseIndex,
  conf.vrid,
  familyType[conf.family],
]
export const operationsEntry: Oid = [...vrrpv3Mib, 1, 1, 1, 1]
export const statisticsEntry: Oid = [...vrrpv3Mib, 1, 2, 5, 1]
export const isOfRfc6527 = isShown

const rfc6527Rows = (facts: Facts): readonly Row<InstanceFacts>[] =>
  instancesOf(facts)
    .filter(isOfRfc6527)
    .map((of) => ({ index: rfc6527Index(of), of }))

/** notMaster(0), priority(1), preempted(2), masterNoResponse(3). */
export function newMasterReason(because: PresentInstance['masterBecause']): number {
  switch (because) {
    case undefined:
      return 0
    case 'master-resigned':
    case 'higher-priority':
      return 1
    case 'address-owner':
    case 'preempted-lower':
    case 'taken-back':
      return 2
    default:
      return 3
  }
}

/** noError(0), ipTtlError(1), versionError(2), checksumError(3), vrIdError(4). */
export const protocolErrorNumber = { ttl: 1, version: 2, checksum: 3, vrid: 4 } as const

const counted64 =
  (of: keyof Counters) =>
  ({ now }: { readonly now: PresentInstance }): AgentxValue =>
    counter64(now.counters[of] ?? 0)
const addressOrNowhere = (value: IpAddress | undefined, { conf }: InstanceFacts): AgentxValue =>
  value === undefined ? bytes(nowhere[conf.family]) : address(value)

const operationsCells: Cells<InstanceFacts> = {
  3: (of) => addressOrNowhere(of.now.master, of),
  4: (of) => addressOrNowhere(of.now.source, of),
  5: mac,
  6: ({ now }) => integer(stateNumber[now.state]),
  7: ({ now }) => gauge(now.basePriority),
  8: (of) => integer(advertised(of).length),
  9: ({ conf }) => integer(conf.advertIntervalMs / 10),
  10: ({ now }) => truth(now.preempt),
  11: ({ conf }) => truth(conf.accept),
  12: ({ now }) => ticks(now.upForMs ?? 0),
  13: () => integer(active),
}

export const rfc6527Tables: readonly Table<Facts>[] = [
  table(operationsEntry, rfc6527Rows, operationsCells),
  table(
    [...vrrpv3Mib, 1, 1, 2, 1],
    (facts: Facts) =>
      rfc6527Rows(facts).flatMap(({ index, of }) =>
        [...new Set(advertised(of))].map((one) => {
          const octets = ipToBytes(one)
          return { index: [...index, octets.length, ...octets], of: one }
        }),
      ),
    { 2: () => integer(active) },
  ),
  scalars<Facts>([...vrrpv3Mib, 1, 2], {
    1: (facts) => counter64(sum(instancesOf(facts).filter(isOfRfc6527), 'checksum_err')),
    2: (facts) => counter64(sum(instancesOf(facts).filter(isOfRfc6527), 'version_err')),
    3: (facts) => counter64(sum(instancesOf(facts).filter(isOfRfc6527), 'vrid_err')),
    4: () => ticks(0),
  }),
  table(statisticsEntry, rfc6527Rows, {
    1: counted('become_master'),
    2: ({ now }) => integer(newMasterReason(now.masterBecause)),
    3: counted64('advert_rcvd'),
    4: counted64('advert_interval_err'),
    5: counted64('ip_ttl_err'),
    6: ({ now }) => integer(now.lastProtocolError ? protocolErrorNumber[now.lastProtocolError] : 0),
    7: counted64('pri_zero_rcvd'),
    8: counted64('pri_zero_sent'),
    9: counted64('invalid_type_rcvd'),
    10: counted64('addr_list_err'),
    11: counted64('packet_len_err'),
    12: () => ticks(0),
    13: ({ conf }) => gauge(conf.advertIntervalMs),
  }),
]
