// What has to be the same on all nodes of a virtual router: its number, version, password, interval and addresses.
import type { Milliseconds } from '@havip/base'
import type { AddressConf, AuthHmacConf, HmacKeyConf, InstanceConf } from '../model.ts'
import { familyName, listed, type Member, type Report } from './member.ts'

const TWO_OWNERS = 'so each drops the other’s adverts and both hold the addresses at once'

/** @param first the one that the others are compared with. */
export function compareMembers(first: Member, other: Member, report: Report): void {
  const a = first.instance
  const b = other.instance
  const isComparable = compareIdentity(first, other, report)
  if (isComparable) {
    if (a.version === 2) compareAuthentication(first, other, report)
    compareIntervals(first, other, report)
    compareChecksums(first, other, report)
    compareSignatures(first, other, report)
  }
  if (a.family === b.family) {
    compareGroups(first, other, report)
    compareAddresses(first, other, report)
  }
  compareReception(first, other, report)
}

/** False when one of these differs: then nothing else of a packet is looked at. */
function compareIdentity(first: Member, other: Member, report: Report): boolean {
  const a = first.instance
  const b = other.instance
  const differences = [
    ['set-vrid-differs', 'virtual_router_id', a.vrid, b.vrid, ['virtual_router_id']],
    ['set-family-differs', 'the family', familyName(a.family), familyName(b.family), ['virtual_ipaddress']],
    ['set-version-differs', 'version', a.version, b.version, ['version']],
  ] as const
  for (const [code, what, left, right, keywords] of differences) {
    if (left === right) continue
    const message = `${what} is ${right}, but ${left} on ${first.node.name}, ${TWO_OWNERS}`
    report({ code, severity: 'error', at: other, message, keywords, others: [first] })
  }
  return a.vrid === b.vrid && a.family === b.family && a.version === b.version
}

const KINDS = { none: 'none', pass: 'PASS', ah: 'AH' }

function compareAuthentication(first: Member, other: Member, report: Report): void {
  const a = first.instance.authentication
  const b = other.instance.authentication
  const common = { severity: 'error', at: other, others: [first] } as const
  if (a.kind !== b.kind) {
    const message = `auth_type is ${KINDS[b.kind]}, but ${KINDS[a.kind]} on ${first.node.name}, ${TWO_OWNERS}`
    report({ ...common, code: 'set-authentication-differs', message, keywords: ['auth_type', 'authentication'] })
  } else if (a.kind !== 'none' && b.kind !== 'none' && a.password !== b.password) {
    const message = `auth_pass is another than on ${first.node.name}, ${TWO_OWNERS}`
    report({ ...common, code: 'set-password-differs', message, keywords: ['auth_pass'] })
  }
}

export const inSeconds = (time: Milliseconds | number): string => `${Number((time / 1000).toFixed(3))} s`

function compareIntervals(first: Member, other: Member, report: Report): void {
  const a = first.instance.advertInterval
  const b = other.instance.advertInterval
  if (a === b) return
  const common = { code: 'set-interval-differs', at: other, keywords: ['advert_int'], others: [first] } as const
  const message = `advert_int is ${inSeconds(b)}, but ${inSeconds(a)} on ${first.node.name}`
  if (first.instance.version === 2) report({ ...common, severity: 'error', message: `${message}, ${TWO_OWNERS}` })
  else {
    const consequence = 'each node waits by the interval of the master it hears, so how long an outage lasts depends on who fails'
    report({ ...common, severity: 'warning', message: `${message}: ${consequence}` })
  }
}

function compareChecksums(first: Member, other: Member, report: Report): void {
  const a = first.instance
  const b = other.instance
  const others = [first]
  if (a.version === 3 && a.family === 'ipv4' && a.checksumAsV2 !== b.checksumAsV2) {
    const word = (isOn: boolean): string => (isOn ? 'on' : 'off')
    const message = `v3_checksum_as_v2 is ${word(b.checksumAsV2)}, but ${word(a.checksumAsV2)} on ${first.node.name}: one of the two finds every checksum wrong, drops the adverts and becomes master, too`
    report({ code: 'set-checksum-differs', severity: 'error', at: other, message, keywords: ['v3_checksum_as_v2'], others })
  }
  const isUnicast = a.peers.length > 0 && b.peers.length > 0 && a.version === 3 && a.family === 'ipv4'
  const [x, y] = [a.oldUnicastChecksum, b.oldUnicastChecksum]
  if (isUnicast && x !== y && [x, y].includes('always') && [x, y].includes('never')) {
    const message = `old_unicast_checksum is ${y}, but ${x} on ${first.node.name}, ${TWO_OWNERS}`
    report({ code: 'set-checksum-differs', severity: 'error', at: other, message, keywords: ['old_unicast_checksum'], others })
  }
}

function compareGroups(first: Member, other: Member, report: Report): void {
  if (first.instance.peers.length > 0 || other.instance.peers.length > 0) return
  const groupOf = ({ instance, node }: Member): string =>
    instance.mcastDestination ?? node.configuration.global[instance.family === 'ipv4' ? 'mcastGroup4' : 'mcastGroup6']
  const [left, right] = [groupOf(first), groupOf(other)]
  if (left === right) return
  const message = `the multicast group is ${right}, but ${left} on ${first.node.name}, so neither hears the other and both hold the addresses at once`
  report({ code: 'set-multicast-group-differs', severity: 'error', at: other, message, keywords: ['mcast_dst_ip'], others: [first] })
}

type Addresses = ReadonlyMap<string, AddressConf>
const allAddresses = ({ virtualAddresses, excludedAddresses }: InstanceConf): Addresses =>
  new Map([...excludedAddresses, ...virtualAddresses].map((entry) => [entry.address, entry]))

function compareAddresses(first: Member, other: Member, report: Report): void {
  const left = allAddresses(first.instance)
  const right = allAddresses(other.instance)
  for (const [have, lack, here, there] of [
    [left, right, first, other],
    [right, left, other, first],
  ] as const) {
    const missing = [...have.keys()].filter((address) => !lack.has(address))
    if (missing.length === 0) continue
    const message = `${listed(missing)} of ${here.node.name} ${missing.length === 1 ? 'is' : 'are'} missing here: while this node is master nobody answers there`
    report({ code: 'set-addresses-differ', severity: 'error', at: there, message, keywords: ['virtual_ipaddress'], others: [here] })
  }
  compareAdvertised(first, other, report)
  for (const [address, a] of left) {
    const b = right.get(address)
    if (!b || a.prefix === b.prefix) continue
    const message = `${address} has the prefix length ${b.prefix}, but ${a.prefix} on ${first.node.name}: which hosts this machine reaches directly changes with the master`
    report({ code: 'set-prefix-differs', severity: 'warning', at: other, message, keywords: ['virtual_ipaddress'], others: [first] })
  }
}

/** Addresses that both have, in adverts on one side only. */
function compareAdvertised(first: Member, other: Member, report: Report): void {
  const listedIn = ({ instance }: Member): Set<string> => new Set(instance.virtualAddresses.map(({ address }) => address))
  const left = listedIn(first)
  const right = listedIn(other)
  const known = [allAddresses(first.instance), allAddresses(other.instance)]
  const odd = [...left, ...right].filter((address) => left.has(address) !== right.has(address) && known.every((all) => all.has(address)))
  if (odd.length === 0) return
  const message = `${listed(odd)} ${odd.length === 1 ? 'is' : 'are'} in the adverts of one node only and excluded on the other: each change of master logs a wrong address list, and strict implementations drop such adverts`
  report({
    code: 'set-advertised-differ',
    severity: 'warning',
    at: other,
    message,
    keywords: ['virtual_ipaddress_excluded'],
    others: [first],
  })
}

function compareReception(first: Member, other: Member, report: Report): void {
  const a = first.instance
  const b = other.instance
  if (a.accept !== b.accept) {
    const [taking, refusing] = a.accept ? [first, other] : [other, first]
    const message = `drops what is sent to the virtual addresses, and ${taking.node.name} takes it in: after a failover to this node the service does not answer`
    report({ code: 'set-accept-differs', severity: 'warning', at: refusing, message, keywords: ['no_accept'], others: [taking] })
  }
  if ((a.vmac === undefined) !== (b.vmac === undefined)) {
    const [with_, without] = a.vmac ? [first, other] : [other, first]
    const message = `has no use_vmac, but ${with_.node.name} has: the MAC address behind the addresses changes at each failover, and a client that misses the announcement talks to nobody until its entry runs out`
    report({ code: 'set-vmac-differs', severity: 'warning', at: without, message, others: [with_] })
  }
}

function compareSignatures(first: Member, other: Member, report: Report): void {
  compareSecrets(first, other, report)
  for (const [from, to] of [
    [first, other],
    [other, first],
  ] as const) {
    const sent = from.instance.authHmac
    const known = to.instance.authHmac
    const common = { severity: 'error', at: to, others: [from] } as const
    const dropped = 'its adverts are dropped and this node becomes master, too'
    if (!sent || sent.mode === 'receive-only') {
      if (known?.mode !== 'enforce') continue
      const why = sent ? 'only receives signatures (mode receive-only)' : 'does not sign'
      const message = `adverts have to be signed here, and ${from.node.name} ${why}: ${dropped}`
      report({ ...common, code: 'set-hmac-differs', message, keywords: ['auth_hmac'] })
    } else if (!known) {
      const message = `${from.node.name} signs its adverts and this node knows no auth_hmac: a signed advert is longer than the message says, so ${dropped}`
      report({ ...common, code: 'set-hmac-differs', message })
    } else if (!known.keys.some(({ id }) => id === sent.activeKey)) {
      const message = `${from.node.name} signs with key ${sent.activeKey}, which is not defined here: ${dropped}`
      report({ ...common, code: 'set-key-unknown', message, keywords: ['key', 'auth_hmac'] })
    } else if (known.antiReplay === 'time' && sent.antiReplay === 'monotonic') {
      const message = `anti_replay is time here and monotonic on ${from.node.name}: as soon as that node's clock is off by more than time_window (${inSeconds(known.timeWindow)}) ${dropped}`
      report({ ...common, severity: 'warning', code: 'set-replay-differs', message, keywords: ['anti_replay', 'auth_hmac'] })
    }
  }
}

function compareSecrets(first: Member, other: Member, report: Report): void {
  const keysOf = (hmac: AuthHmacConf | undefined): readonly HmacKeyConf[] => hmac?.keys ?? []
  for (const key of keysOf(other.instance.authHmac)) {
    const twin = keysOf(first.instance.authHmac).find(({ id }) => id === key.id)
    if (!twin || key.secret.kind !== 'bytes' || twin.secret.kind !== 'bytes') continue
    const [a, b] = [twin.secret.bytes, key.secret.bytes]
    if (a.length === b.length && a.every((byte, index) => byte === b[index])) continue
    const message = `key ${key.id} is another than on ${first.node.name}: an advert signed with it is dropped by the other node, and both hold the addresses at once`
    report({ code: 'set-key-differs', severity: 'error', at: other, message, keywords: ['key'], others: [first] })
  }
}
