// `vrrp_instance` as a model: its parts put together, then the checks that need several of them (reference 4).
import { type Family, familyOf, isLinkLocal, type Milliseconds, milliseconds, parseIp, type Vrid, vrid } from '@havip/base'
import type { Fields } from '../fields.ts'
import type { AddressConf, GarpConf, InstanceConf, NotifyConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { readAddressEntry } from './address.ts'
import { allowedAuthentication, readAuthentication, readAuthHmac } from './authentication.ts'
import { type InstanceContext, placeOf } from './context.ts'
import { buildElection, OWNER_PRIORITY, readAdvertInterval } from './election.ts'
import { atLeastOne, readExtraGarp } from './global.ts'
import { readRouteEntry } from './route.ts'
import { PREFERENCE_FIRST, readRuleEntry } from './rule.ts'
import { entriesOf, readTrackBlock, type TrackerKind } from './track.ts'
import { buildTransport } from './transport.ts'
import { buildVirtualMac } from './virtual-mac.ts'

/** The first statement that names an address decides, in the order of the text. */
export function familyOfInstance(statements: readonly Statement[]): Family {
  for (const statement of statements) {
    switch (statement.keyword?.name) {
      case 'native_ipv6':
        return 'ipv6'
      case 'mcast_src_ip':
      case 'unicast_src_ip': {
        const family = familyOfWord(statement.words[1])
        if (family) return family
        break
      }
      case 'unicast_peer':
      case 'virtual_ipaddress':
        for (const entry of statement.block?.statements ?? []) {
          const family = familyOfWord(entry.words[0])
          if (family) return family
        }
    }
  }
  return 'ipv4'
}

function familyOfWord(word: Word | undefined): Family | undefined {
  const parsed = parseIp((word?.text ?? '').split('/')[0] as string)
  return parsed.ok ? familyOf(parsed.value) : undefined
}

/** Undefined when there is no virtual router without it: the VRID. The daemon does not start then. */
export function buildInstance(context: InstanceContext): InstanceConf | undefined {
  const { fields, findings, defaults, name, at, isStrict } = context
  const id = readVrid(context)
  const transport = buildTransport(context)
  const isUnicast = transport.peers.length > 0
  const version = readVersion(context)
  const advertInterval = readAdvertInterval(fields, context, version)
  const authHmac = readAuthHmac(context, advertInterval)
  const authentication = allowedAuthentication(readAuthentication(context), version, authHmac !== undefined, context)
  const election = buildElection(context, authentication.kind === 'ah')
  const isOwner = election.priority === OWNER_PRIORITY
  const addresses = readAddresses(context, version, authentication.kind === 'ah', authHmac !== undefined)
  const mayHaveNoAddress = fields.has('no_virtual_ipaddress') && !isStrict
  checkAddresses(context, addresses.virtual, version, isUnicast, mayHaveNoAddress)
  const instance: Omit<InstanceConf, 'vrid'> = {
    name,
    at,
    family: context.family,
    version,
    advertInterval,
    ...election,
    ...transport,
    ...buildVirtualMac(context, isUnicast),
    strict: isStrict,
    accept: readAccept(context, isOwner, version),
    dontTrackPrimary: fields.has('dont_track_primary'),
    authentication,
    authHmac,
    checksumAsV2: fields.boolean('v3_checksum_as_v2') ?? defaults.checksumAsV2,
    oldUnicastChecksum: fields.has('old_unicast_checksum')
      ? fields.text('old_unicast_checksum') === 'never'
        ? 'never'
        : 'always'
      : undefined,
    skipCheckAdvAddr: fields.has('skip_check_adv_addr') || defaults.skipCheckAdvAddr,
    virtualAddresses: addresses.virtual,
    excludedAddresses: addresses.excluded,
    mayHaveNoAddress,
    ...readRouting(context),
    garp: readGarp(context),
    extraGarp: fields.last('garp_extra_if', 'vmac_garp_intvl')
      ? readExtraGarp(fields.last('garp_extra_if', 'vmac_garp_intvl'), 0, findings)
      : defaults.extraGarp,
    trackInterfaces: readTrackers(context, 'interface', isOwner),
    trackScripts: readTrackers(context, 'script', isOwner),
    trackFiles: readTrackers(context, 'file', isOwner),
    trackProcesses: readTrackers(context, 'process', isOwner),
    trackBfd: readTrackers(context, 'bfd', isOwner),
    notify: readNotify(fields),
    reportsDeleted: fields.has('notify_deleted'),
    smtpAlert: fields.boolean('smtp_alert') ?? defaults.smtpAlert,
    notifyPriorityChanges: fields.boolean('notify_priority_changes') ?? defaults.notifyPriorityChanges,
    reassertsAddresses: !isStrict && (fields.boolean('reassert_addresses') ?? true),
    solePeerTakeover: !isStrict && (fields.boolean('sole_peer_takeover') ?? true),
    receiveBufferBytes: fields.number('kernel_rx_buf_size') || undefined,
    linkbeatPolling: fields.has('linkbeat_use_polling'),
  }
  return id === undefined ? undefined : { vrid: id, ...instance }
}

function readVrid({ fields, findings, name, at }: InstanceContext): Vrid | undefined {
  const field = fields.last('virtual_router_id')
  if (!field) {
    findings.refused('no-vrid', at, `(${name}) there is no virtual_router_id: 1 to 255, the same on all nodes of this virtual router`)
    return undefined
  }
  const text = String(field.values[0])
  const id = vrid(/^\+?[0-9]+$/.test(text) ? Number(text) : Number.NaN)
  if (id.ok) return id.value
  findings.refused('bad-vrid', field.at, `(${name}) \`${text}\` is no virtual router identifier: 1 to 255`)
  return undefined
}

function readVersion(context: InstanceContext): 2 | 3 {
  const { fields, findings, defaults, name, family, isStrict } = context
  const own = fields.number('version')
  const isV6 = family === 'ipv6'
  if (own === 2 && isV6 && isStrict) {
    findings.warning('strict-version', placeOf(context, 'version'), `(${name}) in strict mode IPv6 has version 3 only; 3 is used`)
    return 3
  }
  return (own as 2 | 3 | undefined) ?? (isV6 ? 3 : (defaults.version ?? 2))
}

function readAccept(context: InstanceContext, isOwner: boolean, version: 2 | 3): boolean {
  const { fields, findings, name, isStrict } = context
  const accept = fields.last('accept')
  const no = fields.last('no_accept')
  const own = accept && no ? accept.at.start > no.at.start : accept ? true : no ? false : undefined
  if (isStrict && version === 2 && own === true) {
    findings.warning('strict-accept', placeOf(context, 'accept'), `(${name}) VRRP version 2 in strict mode has no accept; it is cleared`)
    return isOwner
  }
  return own ?? (!isStrict || isOwner)
}

type Addresses = { readonly virtual: readonly AddressConf[]; readonly excluded: readonly AddressConf[] }

/** Ethernet's MTU; the interface's own is not known here. */
const MTU = 1500

/** How many addresses an advert has room for, counted as keepalived counts. */
export function addressesMax(family: Family, version: 2 | 3, isAh: boolean, hasHmac: boolean): number {
  const auth = (version === 2 ? 8 : 0) + (isAh ? 24 : 0) + (hasHmac ? 28 : 0)
  const [ip, size] = family === 'ipv4' ? [20, 4] : [40, 16]
  return Math.min(255, Math.floor((MTU - 14 - ip - 8 - auth) / size))
}

function readAddresses(context: InstanceContext, version: 2 | 3, isAh: boolean, hasHmac: boolean): Addresses {
  const { findings, name, family, fields } = context
  const virtual = readList(context, 'virtual_ipaddress', []).filter((entry) => {
    if (familyOf(entry.address) === family) return true
    findings.error(
      'wrong-family',
      entry.at,
      `(${name}) ${entry.address} is not of the instance's family, ${family}; it is ignored (virtual_ipaddress_excluded takes both)`,
    )
    return false
  })
  const excluded = readList(context, 'virtual_ipaddress_excluded', virtual)
  const max = addressesMax(family, version, isAh, hasHmac)
  if (virtual.length <= max) return { virtual, excluded }
  const message = `(${name}) an advert has room for ${max} addresses, not ${virtual.length}; the last ${virtual.length - max} are treated as virtual_ipaddress_excluded`
  findings.warning('too-many-addresses', fields.at('virtual_ipaddress') ?? context.at, message)
  return { virtual: virtual.slice(0, max), excluded: [...virtual.slice(max), ...excluded] }
}

function readList(context: InstanceContext, keyword: string, others: readonly AddressConf[]): AddressConf[] {
  const { fields, findings, name } = context
  const list: AddressConf[] = []
  const seen = new Map(others.map((entry) => [entry.address, entry]))
  const hasInterface = fields.has('interface')
  for (const statement of entriesOf(fields.all(keyword))) {
    const read = readAddressEntry(statement, false, findings)
    if (!read) continue
    const { trackGroup: _, ...entry } = read
    const first = seen.get(entry.address)
    if (first && (!others.includes(first) || entry.interface === first.interface)) {
      findings.warning('duplicate-address', entry.at, `(${name}) ${entry.address} is there already; this one is ignored`, [
        { at: first.at, note: 'the first one' },
      ])
    } else if (!hasInterface && entry.interface === undefined) {
      findings.error(
        'address-without-interface',
        entry.at,
        `(${name}) without \`interface\` each address needs \`dev\`; ${entry.address} is ignored`,
      )
    } else {
      if (!first) seen.set(entry.address, entry)
      list.push(entry)
    }
  }
  return list
}

function checkAddresses(
  context: InstanceContext,
  list: readonly AddressConf[],
  version: 2 | 3,
  isUnicast: boolean,
  mayHaveNone: boolean,
): void {
  const { findings, name, at, family, isStrict } = context
  const first = list[0]
  if (!first) {
    if (mayHaveNone) return
    if (version === 3 || isStrict)
      findings.refused(
        'no-address',
        at,
        `(${name}) there is no virtual address; at least one is needed in virtual_ipaddress, or no_virtual_ipaddress`,
      )
    else findings.warning('no-address', at, `(${name}) there is no virtual address; at least one in virtual_ipaddress makes sense`)
  } else if (family === 'ipv6' && !isUnicast && !isLinkLocal(first.address)) {
    const message = `(${name}) the first IPv6 address has to be link-local (RFC 9568 §5.2.9), and ${first.address} is not`
    if (isStrict) findings.error('first-address-not-link-local', first.at, message)
    else findings.note('first-address-not-link-local', first.at, message, [], 'warning')
  }
}

function readRouting({ fields, findings }: InstanceContext): Pick<InstanceConf, 'virtualRoutes' | 'virtualRules'> {
  const preferences = { next: PREFERENCE_FIRST }
  return {
    virtualRoutes: entriesOf(fields.all('virtual_routes')).flatMap((entry) => readRouteEntry(entry, false, findings) ?? []),
    virtualRules: entriesOf(fields.all('virtual_rules')).flatMap((entry) => readRuleEntry(entry, false, preferences, findings) ?? []),
  }
}

function readGarp(context: InstanceContext): GarpConf {
  const { fields, findings, defaults, name, isStrict } = context
  const masterDelay = fields.seconds('garp_master_delay') ?? defaults.garp.masterDelay
  const masterRepeat = atLeastOne(fields, 'garp_master_repeat', findings) ?? defaults.garp.masterRepeat
  for (const keyword of isStrict ? ['garp_lower_prio_delay', 'garp_lower_prio_repeat'] : []) {
    const value = fields.number(keyword)
    if (value !== undefined && value !== 0)
      findings.warning('strict-garp', placeOf(context, keyword), `(${name}) in strict mode ${keyword} is 0`)
  }
  const none: Milliseconds = milliseconds(0)
  return {
    masterDelay,
    masterRepeat,
    masterRefresh: fields.seconds('garp_master_refresh') ?? defaults.garp.masterRefresh,
    masterRefreshRepeat: atLeastOne(fields, 'garp_master_refresh_repeat', findings) ?? defaults.garp.masterRefreshRepeat,
    lowerPrioDelay: isStrict
      ? none
      : (fields.seconds('garp_lower_prio_delay') ?? defaults.garp.lowerPrioDelay ?? defaults.garp.masterDelay),
    lowerPrioRepeat: isStrict
      ? 0
      : (fields.number('garp_lower_prio_repeat') ?? defaults.garp.lowerPrioRepeat ?? defaults.garp.masterRepeat),
  }
}

/** The owner's priority never changes, so weighted trackers have no use there. */
function readTrackers(context: InstanceContext, kind: TrackerKind, isOwner: boolean): InstanceConf['trackScripts'] {
  const { fields, findings, name, trackers } = context
  const list = readTrackBlock(fields, kind, { name, interface: fields.text('interface') }, trackers, findings)
  if (!isOwner) return list
  return list.filter((entry) => {
    const own = kind === 'interface' ? 0 : (trackers[kind].get(entry.name)?.weight ?? 0)
    if ((entry.weight ?? own) === 0) return true
    findings.warning(
      'weight-with-owner',
      entry.at,
      `(${name}) the owner of the addresses (priority 255) has no weighted trackers; ${entry.name} is ignored`,
    )
    return false
  })
}

export function readNotify(fields: Fields): NotifyConf {
  return {
    master: fields.command('notify_master'),
    backup: fields.command('notify_backup'),
    fault: fields.command('notify_fault'),
    stop: fields.command('notify_stop'),
    deleted: fields.command('notify_deleted'),
    any: fields.command('notify'),
    masterRxLowerPri: fields.command('notify_master_rx_lower_pri'),
  }
}
