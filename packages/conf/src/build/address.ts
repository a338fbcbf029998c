// One entry of `virtual_ipaddress`, `virtual_ipaddress_excluded` or `static_ipaddress` (reference 3.1).
import { type Family, familyOf, type IpAddress, ipFromBytes, ipToBytes, parseIp } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import type { Findings } from '../findings.ts'
import type { AddressConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { readInterface } from '../values.ts'

export type AddressEntry = AddressConf & { readonly trackGroup: string | undefined }

/** Kernel scope numbers by the names every system has. */
export const SCOPES: Readonly<Record<string, number>> = { global: 0, universe: 0, nowhere: 255, host: 254, link: 253, site: 200 }
const LABEL_MAX = 15
const LIFETIME_MAX = 4_294_967_295

type Draft = {
  -readonly [Key in keyof AddressEntry]: AddressEntry[Key]
} & { broadcastRule: '+' | '-' | undefined; hasPrefix: boolean; isDropped: boolean; nodad: boolean }

/** Undefined when the entry does not count; why is in the findings. */
export function readAddressEntry(statement: Statement, isStatic: boolean, findings: Findings): AddressEntry | undefined {
  const words = statement.words
  const first = words[0] as Word
  const draft = readPrefixedAddress(first, findings)
  if (!draft) return undefined
  draft.at = statement.at
  for (let i = 1; i < words.length && !draft.isDropped; i++) i = readOption(draft, words, i, isStatic, findings)
  if (draft.isDropped) return undefined
  return finished(draft, first.at, findings)
}

function readPrefixedAddress(word: Word, findings: Findings): Draft | undefined {
  const slash = word.text.indexOf('/')
  const parsed = parseIp(slash < 0 ? word.text : word.text.slice(0, slash))
  if (!parsed.ok) {
    findings.error('bad-address', word.at, `\`${word.text}\` is no IP address; the entry is ignored`)
    return undefined
  }
  const family = familyOf(parsed.value)
  const prefix = slash < 0 ? widest(family) : readPrefix(word.text.slice(slash + 1), family, word.at, findings)
  return {
    address: parsed.value,
    prefix,
    interface: undefined,
    peer: undefined,
    broadcast: undefined,
    label: undefined,
    scope: 0,
    noDad: family === 'ipv6',
    preferredLifetime: undefined,
    flags: [],
    noTrack: false,
    onVmac: false,
    trackGroup: undefined,
    at: word.at,
    broadcastRule: undefined,
    hasPrefix: slash >= 0,
    isDropped: false,
    nodad: true,
  }
}

export const widest = (family: Family): number => (family === 'ipv4' ? 32 : 128)

/** Out of range is an error and becomes the longest prefix, as in keepalived. */
export function readPrefix(text: string, family: Family, at: Span, findings: Findings): number {
  const value = /^[0-9]{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= widest(family)) return value
  findings.error('bad-prefix', at, `\`/${text}\` is no prefix length; 0 to ${widest(family)} is possible, /${widest(family)} is used`)
  return widest(family)
}

/** Reads the option at `index`; answers the index of its last word. */
function readOption(draft: Draft, words: readonly Word[], index: number, isStatic: boolean, findings: Findings): number {
  const option = words[index] as Word
  if (FLAGS.has(option.text)) {
    draft.flags = [...draft.flags, option.text as AddressConf['flags'][number]]
    return index
  }
  switch (option.text) {
    case '-nodad':
      draft.nodad = false
      return index
    case 'no_track':
      draft.noTrack = true
      return index
    case 'use_vmac':
      if (isStatic) findings.error('unknown-option', option.at, 'use_vmac has no meaning for a static address; it is ignored')
      else draft.onVmac = true
      return index
  }
  const reader = READERS[option.text]
  if (!reader || (option.text === 'track_group' && !isStatic)) {
    findings.error('unknown-option', option.at, `an address has no option \`${option.text}\`; it is ignored`)
    return index
  }
  const argument = words[index + 1]
  if (!argument) {
    findings.error('missing-argument', option.at, `${option.text} needs a value; the address is ignored`)
    draft.isDropped = true
    return index
  }
  reader(draft, argument, findings)
  return index + 1
}

const FLAGS = new Set(['home', 'mngtmpaddr', 'noprefixroute', 'autojoin'])

type OptionReader = (draft: Draft, argument: Word, findings: Findings) => void

const READERS: Readonly<Record<string, OptionReader>> = {
  dev: (draft, argument, findings) => {
    if (draft.interface !== undefined) {
      findings.error('already-specified', argument.at, `this address is on ${draft.interface} already; the address is ignored`)
      draft.isDropped = true
      return
    }
    const name = readInterface(argument, findings)
    if (name === undefined) draft.isDropped = true
    else draft.interface = name
  },
  scope: (draft, argument, findings) => {
    const value =
      SCOPES[argument.text] ?? (/^[0-9]{1,3}$/.test(argument.text) && Number(argument.text) <= 255 ? Number(argument.text) : undefined)
    if (familyOf(draft.address) === 'ipv6') {
      findings.error('not-for-ipv6', argument.at, 'an IPv6 address has its scope in itself; `scope` is ignored')
    } else if (value === undefined) {
      findings.error(
        'bad-scope',
        argument.at,
        `\`${argument.text}\` is no scope: global, site, link, host, nowhere or 0 to 255; it is ignored`,
      )
    } else draft.scope = value
  },
  brd: readBroadcast,
  broadcast: readBroadcast,
  label: (draft, argument, findings) => {
    if (familyOf(draft.address) === 'ipv6') {
      findings.error('not-for-ipv6', argument.at, 'an IPv6 address has no label; it is ignored')
    } else if (argument.text.length > LABEL_MAX) {
      findings.error('label-too-long', argument.at, `a label has ${LABEL_MAX} characters at most; the address is ignored`)
      draft.isDropped = true
    } else draft.label = argument.text
  },
  peer: (draft, argument, findings) => {
    const slash = argument.text.indexOf('/')
    const parsed = parseIp(slash < 0 ? argument.text : argument.text.slice(0, slash))
    const family = familyOf(draft.address)
    if (!parsed.ok || familyOf(parsed.value) !== family) {
      findings.error(
        'bad-peer-address',
        argument.at,
        `\`${argument.text}\` is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address; the peer is ignored`,
      )
      return
    }
    if (draft.hasPrefix)
      findings.error(
        'prefix-with-peer',
        argument.at,
        'with a peer the prefix length belongs to the peer; the one of the address is ignored',
      )
    draft.peer = parsed.value
    draft.prefix = slash < 0 ? widest(family) : readPrefix(argument.text.slice(slash + 1), family, argument.at, findings)
  },
  preferred_lft: (draft, argument, findings) => {
    if (argument.text === 'forever') draft.preferredLifetime = LIFETIME_MAX
    else if (/^[0-9]+$/.test(argument.text) && Number(argument.text) <= LIFETIME_MAX) draft.preferredLifetime = Number(argument.text)
    else
      findings.error(
        'bad-lifetime',
        argument.at,
        `\`${argument.text}\` is no lifetime: 0 to ${LIFETIME_MAX} seconds, or forever; it is ignored`,
      )
  },
  track_group: (draft, argument) => {
    draft.trackGroup = argument.text
  },
}

function readBroadcast(draft: Draft, argument: Word, findings: Findings): void {
  if (familyOf(draft.address) === 'ipv6') {
    findings.error('not-for-ipv6', argument.at, 'an IPv6 address has no broadcast address; the address is ignored')
    draft.isDropped = true
  } else if (argument.text === '+' || argument.text === '-') draft.broadcastRule = argument.text
  else {
    const parsed = parseIp(argument.text)
    if (parsed.ok && familyOf(parsed.value) === 'ipv4') draft.broadcast = parsed.value
    else
      findings.error('bad-broadcast', argument.at, `\`${argument.text}\` is no broadcast address: an IPv4 address, + or -; it is ignored`)
  }
}

function finished(draft: Draft, at: Span, findings: Findings): AddressEntry {
  const { broadcastRule, hasPrefix, isDropped, nodad, ...entry } = draft
  const isV6 = familyOf(entry.address) === 'ipv6'
  if (entry.peer !== undefined && (broadcastRule !== undefined || entry.broadcast !== undefined)) {
    findings.error('broadcast-with-peer', at, 'an address with a peer has no broadcast address; it is ignored')
    entry.broadcast = undefined
  } else if (broadcastRule !== undefined) {
    if (entry.prefix <= 30) entry.broadcast = broadcastOf(entry.address, entry.prefix, broadcastRule)
    else
      findings.error(
        'broadcast-needs-network',
        at,
        `\`brd ${broadcastRule}\` needs a prefix length of 30 or less; there is no broadcast address`,
      )
  }
  entry.noDad = isV6 && nodad
  // keepalived: a /128 shall not become the source of what this machine sends.
  if (isV6 && entry.preferredLifetime === undefined && entry.prefix === 128) entry.preferredLifetime = 0
  if (entry.preferredLifetime === LIFETIME_MAX) entry.preferredLifetime = undefined
  return entry
}

function broadcastOf(address: IpAddress, prefix: number, rule: '+' | '-'): IpAddress {
  const bytes = ipToBytes(address)
  for (let bit = prefix; bit < 32; bit++) {
    const mask = 0x80 >> (bit % 8)
    const index = bit >> 3
    bytes[index] = rule === '+' ? (bytes[index] as number) | mask : (bytes[index] as number) & ~mask & 0xff
  }
  return ipFromBytes(bytes, 'ipv4')
}
