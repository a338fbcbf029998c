// Where adverts go and come from: group or peers, source address, VRF (reference 4.3).
import { type Family, familyOf, type IpAddress, isLinkLocal, parseIp } from '@havip/base'
import type { PeerConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { withoutPrefix } from '../values.ts'
import { type InstanceContext, placeOf } from './context.ts'
import { isLinkLocalGroup } from './global.ts'
import { entriesOf } from './track.ts'

export type Transport = {
  readonly interface: string | undefined
  readonly source: IpAddress | undefined
  readonly trackSource: boolean
  readonly mcastDestination: IpAddress | undefined
  readonly peers: readonly PeerConf[]
  readonly unicastTtl: number | undefined
  readonly checkUnicastSource: boolean
  readonly unicastFaultNoPeer: boolean
  readonly vrf: string | undefined
}

/** Each says that unicast is meant; `unicast_fault_no_peer` alone does not. */
const UNICAST_KEYWORDS = ['unicast_peer', 'unicast_src_ip', 'check_unicast_src', 'unicast_ttl', 'old_unicast_checksum']

export function buildTransport(context: InstanceContext): Transport {
  const { fields, defaults } = context
  const peers = readPeers(context)
  const wantsUnicast = UNICAST_KEYWORDS.some((name) => fields.has(name))
  reportNoPeers(context, peers, wantsUnicast)
  const networkInterface = fields.text('interface')
  const transport: Transport = {
    interface: networkInterface,
    source: readSource(context),
    trackSource: fields.has('track_src_ip'),
    mcastDestination: readGroup(context, peers.length > 0),
    peers,
    unicastTtl: readTtl(context, peers.length > 0),
    checkUnicastSource: fields.has('check_unicast_src') || defaults.checkUnicastSource || peers.some(hasTtlLimit),
    unicastFaultNoPeer: wantsUnicast && fields.has('unicast_fault_no_peer'),
    vrf: readVrf(context, peers.length > 0),
  }
  checkPlace(context, transport)
  return transport
}

const hasTtlLimit = (peer: PeerConf): boolean => peer.ttlMin !== undefined || peer.ttlMax !== undefined

function readPeers(context: InstanceContext): readonly PeerConf[] {
  const { fields, findings, name, family } = context
  const peers: PeerConf[] = []
  for (const entry of entriesOf(fields.all('unicast_peer'))) {
    const peer = readPeer(entry, context)
    if (!peer) continue
    const at = (entry.words[0] as Word).at
    const first = peers.find((known) => known.address === peer.address)
    if (familyOf(peer.address) !== family)
      findings.error('wrong-family', at, `(${name}) ${peer.address} is not of the instance's family, ${family}; the peer is ignored`)
    else if (first)
      findings.error('duplicate-peer', at, `(${name}) ${peer.address} is a peer already; it is ignored`, [
        { at: first.at, note: 'the first one' },
      ])
    else peers.push(peer)
  }
  return peers
}

function readPeer(entry: Statement, { findings, name }: InstanceContext): PeerConf | undefined {
  const [first, ...options] = entry.words
  const word = first as Word
  const parsed = parseIp(withoutPrefix(word, findings))
  if (!parsed.ok) {
    findings.error('bad-peer', word.at, `(${name}) \`${word.text}\` is no IP address; the peer is ignored`)
    return undefined
  }
  let ttlMin: number | undefined
  let ttlMax: number | undefined
  for (let i = 0; i < options.length; i++) {
    const option = options[i] as Word
    if (option.text !== 'min_ttl' && option.text !== 'max_ttl') {
      findings.error('unknown-option', option.at, `(${name}) a peer has the options min_ttl N and max_ttl N; \`${option.text}\` is ignored`)
      continue
    }
    const argument = options[++i]
    const value = argument && /^[0-9]{1,3}$/.test(argument.text) ? Number(argument.text) : Number.NaN
    if (!(value <= 255)) findings.error('bad-ttl', argument?.at ?? option.at, `(${name}) ${option.text} takes 0 to 255; it is ignored`)
    else if (option.text === 'min_ttl') ttlMin = value
    else ttlMax = value
  }
  if (ttlMin !== undefined && ttlMax !== undefined && ttlMin > ttlMax) {
    findings.warning(
      'ttl-range-empty',
      entry.at,
      `(${name}) min_ttl ${ttlMin} is above max_ttl ${ttlMax}: every advert of ${parsed.value} will be dropped`,
    )
  }
  return { address: parsed.value, ttlMin, ttlMax, at: entry.at }
}

function reportNoPeers(context: InstanceContext, peers: readonly PeerConf[], wantsUnicast: boolean): void {
  const { fields, findings, name } = context
  if (peers.length > 0 || !wantsUnicast) return
  const word = UNICAST_KEYWORDS.find((keyword) => fields.has(keyword))
  const what = fields.has('unicast_fault_no_peer') ? 'the instance will be in FAULT' : 'adverts are sent by multicast'
  findings.warning(
    'no-peer',
    placeOf(context, word ?? ''),
    `(${name}) there is a unicast keyword but no valid peer in unicast_peer, so ${what}`,
  )
}

function readSource(context: InstanceContext): IpAddress | undefined {
  const { fields, findings, name, family } = context
  const field = [...fields.all('mcast_src_ip', 'unicast_src_ip')].sort((a, b) => a.at.start - b.at.start).at(-1)
  const address = field?.values[0] as IpAddress | undefined
  if (!field || address === undefined || familyOf(address) === family) return address
  findings.error('wrong-family', field.at, `(${name}) ${address} is not of the instance's family, ${family}; it is ignored`)
  return undefined
}

function readGroup(context: InstanceContext, isUnicast: boolean): IpAddress | undefined {
  const { fields, findings, name, family } = context
  const address = fields.address('mcast_dst_ip')
  if (address === undefined) return undefined
  const why = isUnicast
    ? 'adverts go to the peers'
    : familyOf(address) !== family
      ? `it is not of the instance's family, ${family}`
      : isLinkLocalGroup(address)
        ? undefined
        : `it is no ${family === 'ipv6' ? 'link-local ' : ''}multicast address`
  if (why === undefined) return address
  findings.error('bad-group', placeOf(context, 'mcast_dst_ip'), `(${name}) mcast_dst_ip ${address} is ignored: ${why}`)
  return undefined
}

function readTtl(context: InstanceContext, isUnicast: boolean): number | undefined {
  const { fields, findings, name, family } = context
  const value = fields.number('unicast_ttl')
  if (value !== undefined && !isUnicast) {
    findings.warning(
      'ttl-without-peers',
      placeOf(context, 'unicast_ttl'),
      `(${name}) unicast_ttl has no meaning without unicast_peer; it is ignored`,
    )
    return undefined
  }
  return value ?? (isUnicast && family === 'ipv4' ? 255 : undefined)
}

function readVrf(context: InstanceContext, isUnicast: boolean): string | undefined {
  const { fields, findings, name } = context
  const vrf = fields.text('vrf')
  if (vrf === undefined || (isUnicast && !fields.has('interface'))) return vrf
  findings.error('vrf-needs-unicast', placeOf(context, 'vrf'), `(${name}) vrf is for unicast without \`interface\`; it is ignored`)
  return undefined
}

function checkPlace(context: InstanceContext, transport: Transport): void {
  const { findings, name, at, family, isStrict } = context
  const isUnicast = transport.peers.length > 0
  if (isStrict && isUnicast && transport.interface !== undefined) {
    findings.refused(
      'strict-with-unicast',
      placeOf(context, 'unicast_peer'),
      `(${name}) strict mode has no unicast: remove unicast_peer, or vrrp_strict and strict_mode`,
    )
  }
  if (transport.interface !== undefined) return
  if (!isUnicast) {
    findings.refused('no-interface', at, `(${name}) there is no \`interface\`; only unicast with unicast_src_ip works without`)
  } else if (transport.source === undefined) {
    findings.refused('no-interface', at, `(${name}) unicast needs \`interface\` or unicast_src_ip`)
  } else if (family === 'ipv6' && isAnyLinkLocal(transport, family)) {
    findings.refused('link-local-without-interface', at, `(${name}) link-local addresses need \`interface\`: they exist on every one`)
  }
}

const isAnyLinkLocal = ({ source, peers }: Transport, family: Family): boolean =>
  family === 'ipv6' && [source, ...peers.map(({ address }) => address)].some((address) => address !== undefined && isLinkLocal(address))
