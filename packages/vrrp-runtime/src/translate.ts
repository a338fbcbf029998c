// The one place where keepalived's words become the RFC's: from an instance of the configuration to what the engine, the
// sockets and the kernel are given.
import { type Family, type IfIndex, type IpAddress, isIpv6, type Milliseconds, milliseconds } from '@havip/base'
import type { AddressConf, AuthHmacConf, GlobalDefs, InstanceConf } from '@havip/conf'
import type { FaultCause, HmacConfig, InstanceConfig, Peer } from '@havip/vrrp'
import { ipProtocol, ipv4HeaderBytes, vrrpHeaderBytes } from '@havip/wire'
import type { AddressSpec, Link, TransportSpec } from './host.ts'
import type { Spot } from './virtual-macs.ts'

/** Beyond the missed adverts of a sole peer: enough for the jitter of a busy host, and never more than the skew. */
export const solePeerMarginMax = milliseconds(50)

export function translateInstance(conf: InstanceConf, global: GlobalDefs): InstanceConfig {
  return {
    version: conf.version,
    family: conf.family,
    vrid: conf.vrid,
    priority: conf.priority,
    interval: conf.advertInterval,
    downTimerAdverts: conf.downTimerAdverts,
    preempt: conf.preempt,
    preemptDelay: conf.preemptDelay,
    wantsMaster: conf.wantsMaster,
    addresses: conf.virtualAddresses.map((entry) => entry.address),
    transport: transportOf(conf, global),
    authentication: authenticationOf(conf),
    ...(conf.authHmac ? { hmac: hmacOf(conf.authHmac) } : {}),
    checksum: checksumOf(conf),
    // Strict nodes say what the RFC says, and no more.
    tellsConflicts: !conf.strict,
    ...(conf.oldUnicastChecksum === 'never' ? { neverSwitchesChecksum: true } : {}),
    skipsAddressCheck: conf.skipCheckAdvAddr,
    lowerPriorityNoAdvert: conf.lowerPrioNoAdvert,
    higherPrioritySendAdvert: conf.higherPrioSendAdvert,
    ownerIgnoresAdverts: conf.ownerIgnoreAdverts,
    takeover: takeoverOf(conf),
    reassertsAddresses: conf.reassertsAddresses,
    ...(conf.timerExpiredBackup === undefined ? {} : { timerExpiredBackup: conf.timerExpiredBackup }),
    announcing: {
      delay: conf.garp.masterDelay,
      repeat: conf.garp.masterRepeat,
      refresh: conf.garp.masterRefresh,
      refreshRepeat: conf.garp.masterRefreshRepeat,
      lowerPriorityDelay: conf.garp.lowerPrioDelay,
      lowerPriorityRepeat: conf.garp.lowerPrioRepeat,
    },
  }
}

function authenticationOf({ authentication }: InstanceConf): InstanceConfig['authentication'] {
  switch (authentication.kind) {
    case 'none':
      return { kind: 'none' }
    case 'pass':
      return { kind: 'pass', password: passwordBytes(authentication.password) }
    case 'ah':
      return { kind: 'ah', key: passwordBytes(authentication.password) }
  }
}

/** Keys in files have been read by `withKeyFiles`. */
const hmacOf = ({ keys, activeKey, antiReplay, timeWindow, mode }: AuthHmacConf): HmacConfig => ({
  keys: keys.flatMap(({ id, secret }) => (secret.kind === 'bytes' ? [{ id, secret: secret.bytes }] : [])),
  activeKeyId: activeKey,
  mode,
  window: antiReplay === 'time' ? timeWindow : undefined,
})

function checksumOf(conf: InstanceConf): InstanceConfig['checksum'] {
  if (conf.checksumAsV2) return 'message-only'
  const isOld = conf.oldUnicastChecksum === 'always' && conf.peers.length > 0 && conf.family === 'ipv4'
  return isOld ? 'multicast-pseudo-header' : 'pseudo-header'
}

function transportOf(conf: InstanceConf, global: GlobalDefs): InstanceConfig['transport'] {
  if (conf.peers.length === 0) return { kind: 'multicast', group: groupOf(conf, global) }
  const peers: Peer[] = conf.peers.map((peer) => ({
    address: peer.address,
    ...(peer.ttlMin === undefined ? {} : { ttlMin: peer.ttlMin }),
    ...(peer.ttlMax === undefined ? {} : { ttlMax: peer.ttlMax }),
  }))
  // keepalived believes a unicast advertisement from anyone unless check_unicast_src is set; whoever can reach the node
  // could take the address away. Here the peers that the file names are the only ones believed.
  return { kind: 'unicast', peers, checksSource: true, ttl: conf.unicastTtl ?? (conf.family === 'ipv6' ? kernelHopLimit : 255) }
}

const groupOf = (conf: InstanceConf, global: GlobalDefs): IpAddress =>
  conf.mcastDestination ?? (conf.family === 'ipv4' ? global.mcastGroup4 : global.mcastGroup6)

/** With exactly one unicast peer there is nobody to race for the addresses, so the skew is needless waiting. */
function takeoverOf(conf: InstanceConf): InstanceConfig['takeover'] {
  if (!conf.solePeerTakeover || conf.peers.length !== 1 || conf.strict) return { kind: 'skew' }
  return { kind: 'sole-peer', margin: milliseconds(Math.min(solePeerMarginMax, skewOf(conf))) }
}

/** RFC 3768 §6.1 and RFC 9568 §6.1, with our own interval. */
function skewOf(conf: InstanceConf): Milliseconds {
  const part = (256 - conf.priority) / 256
  return milliseconds(conf.version === 2 ? part * 1000 : part * conf.advertInterval)
}

/** Eight bytes, padded with zeros or cut, as both versions of keepalived do. */
export function passwordBytes(password: string): Uint8Array {
  const bytes = new Uint8Array(8)
  bytes.set(new TextEncoder().encode(password).subarray(0, 8))
  return bytes
}

export function transportSpec(conf: InstanceConf, global: GlobalDefs, link: Link | undefined): TransportSpec {
  return {
    family: conf.family,
    protocol: conf.authentication.kind === 'ah' ? ipProtocol.authenticationHeader : ipProtocol.vrrp,
    interface: link?.index,
    groups: conf.peers.length === 0 ? [groupOf(conf, global)] : [],
  }
}

/** kernel_rx_buf_size, else what vrrp_rx_bufs_policy makes of it; undefined: the system's default. */
export function receiveBufferOf(conf: InstanceConf, { process }: GlobalDefs, link: Link | undefined): number | undefined {
  if (conf.receiveBufferBytes !== undefined) return conf.receiveBufferBytes
  const { receiveBufferPolicy: policy, receiveBufferMultiplier: times } = process
  if (typeof policy === 'number' || policy === undefined) return policy
  return times * (policy === 'mtu' ? (link?.mtu ?? usualMtu) : advertBytes(conf))
}

const usualMtu = 1500
const ipv6HeaderBytes = 40
const authenticationHeaderBytes = 24
const passwordFieldBytes = 8
const trailerBytes = 28

/** The longest that an advertisement of this instance gets, its IP header included. */
function advertBytes({ family, version, authentication, authHmac, virtualAddresses }: InstanceConf): number {
  const header = family === 'ipv4' ? ipv4HeaderBytes + (authentication.kind === 'ah' ? authenticationHeaderBytes : 0) : ipv6HeaderBytes
  const addresses = virtualAddresses.length * (family === 'ipv4' ? 4 : 16)
  return header + vrrpHeaderBytes + addresses + (version === 2 ? passwordFieldBytes : 0) + (authHmac ? trailerBytes : 0)
}

/** One address of an instance, and where it goes. */
export type Placement = {
  readonly conf: AddressConf
  /** In the advertisement; an excluded one is not. */
  readonly advertised: boolean
  readonly interfaceName: string
  /** Undefined while its interface does not exist. */
  readonly spec: AddressSpec | undefined
}

/** In keepalived's order: the virtual addresses, then the excluded ones. */
export function placementsOf(
  conf: InstanceConf,
  findLink: (name: string) => Link | undefined,
  spotOf: (entry: AddressConf) => Spot | undefined = () => undefined,
): readonly Placement[] {
  const place = (entry: AddressConf, advertised: boolean): Placement => {
    const spot = spotOf(entry)
    if (spot) return { conf: entry, advertised, interfaceName: spot.name, spec: addressSpec(entry, spot.index) }
    const interfaceName = entry.interface ?? conf.interface ?? ''
    const link = findLink(interfaceName)
    return { conf: entry, advertised, interfaceName, spec: link && addressSpec(entry, link.index) }
  }
  return [...conf.virtualAddresses.map((entry) => place(entry, true)), ...conf.excludedAddresses.map((entry) => place(entry, false))]
}

export function addressSpec(entry: AddressConf, index: IfIndex): AddressSpec {
  return {
    interface: index,
    address: entry.address,
    prefix: entry.prefix,
    ...(entry.peer === undefined ? {} : { peer: entry.peer }),
    ...(entry.broadcast === undefined ? {} : { broadcast: entry.broadcast }),
    ...(entry.label === undefined ? {} : { label: entry.label }),
    scope: entry.scope,
    noDad: entry.noDad,
    // An IPv4 address never gets a lifetime (keepalived), although the kernel would take one.
    ...(entry.preferredLifetime === undefined || !isIpv6(entry.address) ? {} : { preferredLifetime: entry.preferredLifetime }),
    flags: entry.flags,
  }
}

export const sameAddressSpec = (a: AddressSpec, b: AddressSpec): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Of IPv6: what the interface's hop_limit says, 64 unless somebody has changed it (keepalived). */
const kernelHopLimit = -1

/**
 * Where our advertisements come from: the configured address, else the interface's first IPv4 address that is not one of
 * the virtual ones, else its link-local IPv6 address. Another one is looked for only when `before` is gone (keepalived).
 *
 * @param isElsewhere whether another instance here has put this address there: it goes away again with its mastership
 */
export function sourceOf(
  conf: InstanceConf,
  link: Link | undefined,
  before: IpAddress | undefined,
  isElsewhere: (address: IpAddress) => boolean,
): IpAddress | undefined {
  // Of the ipvlan, where it stands only while we are master.
  if (conf.ipvlan?.address !== undefined && !conf.vmacTransmitsOnBase) return conf.ipvlan.address
  if (conf.source) {
    const isThere = link === undefined || link.addresses.some((entry) => entry.address === conf.source)
    return conf.trackSource && !isThere ? undefined : conf.source
  }
  if (!link) return undefined
  const virtual = new Set<IpAddress>([...conf.virtualAddresses, ...conf.excludedAddresses].map((entry) => entry.address))
  const usable = link.addresses.filter((entry) => matches(entry.address, conf.family) && !virtual.has(entry.address) && !entry.isTentative)
  if (before !== undefined && usable.some(({ address }) => address === before)) return before
  return usable.find(({ address }) => !isElsewhere(address))?.address
}

const matches = (address: IpAddress, family: Family): boolean => (family === 'ipv4' ? !address.includes(':') : /^fe[89ab]/.test(address))

/** What is wrong with the machine's side of an instance, trackers aside. */
export function machineFaults(conf: InstanceConf, link: Link | undefined, source: IpAddress | undefined): readonly FaultCause[] {
  const faults: FaultCause[] = []
  const name = conf.interface
  const { authHmac } = conf
  if (authHmac && !authHmac.keys.some(({ id, secret }) => id === authHmac.activeKey && secret.kind === 'bytes')) {
    // keepalived goes on without signatures then, and believes anybody.
    faults.push({ kind: 'configuration', detail: `the active key ${authHmac.activeKey} of auth_hmac cannot be read` })
  }
  if (conf.ipvlan && conf.ipvlan.address === undefined && conf.family === 'ipv4')
    faults.push({ kind: 'configuration', detail: 'use_ipvlan needs an address for IPv4' })
  if (conf.unicastFaultNoPeer && conf.peers.length === 0)
    faults.push({ kind: 'configuration', detail: 'unicast_fault_no_peer and no unicast peer' })
  if (name !== undefined) {
    if (!link) faults.push({ kind: 'interface-missing', interface: name })
    else if (!link.isUp && !conf.dontTrackPrimary) faults.push({ kind: 'interface-down', interface: name })
    if (link && !link.hasMulticast && conf.peers.length === 0) {
      faults.push({ kind: 'configuration', detail: `interface ${name} cannot multicast and there are no unicast peers` })
    }
  }
  if (source === undefined && (name === undefined || link)) faults.push({ kind: 'no-source-address', interface: name ?? '' })
  return faults
}
