// `virtual_server_group`: its entries, and which families they are of.
import { familyOf, parseIp } from '@havip/base'
import type { Findings } from '../findings.ts'
import { UINT32_MAX } from '../keywords/keyword.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'

/** What the entries of a group are. */
export type ServerGroup = { readonly isAddressed: boolean; readonly hasMarks: boolean }

type EntryKind = 'ipv4' | 'ipv6' | 'mark' | 'mark-of-family'

export const readPort = (text: string): number | undefined =>
  /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined

export const isMark = (text: string): boolean => /^[0-9]{1,10}$/.test(text) && Number(text) <= UINT32_MAX

export function readGroup(statement: Statement, findings: Findings): ServerGroup {
  const name = statement.words[1]?.text ?? ''
  const kinds = new Set<EntryKind>()
  for (const entry of statement.block?.statements ?? []) {
    const kind = readEntry(entry, name, findings)
    if (kind) kinds.add(kind)
  }
  if (kinds.size === 0) findings.error('empty-list', statement.at, `virtual_server_group ${name} has no entries; it is removed`)
  if (kinds.has('ipv4') && kinds.has('ipv6') && kinds.has('mark')) {
    const message = `virtual_server_group ${name} has addresses of both families, so its marks need one: \`fwmark N inet6\`; it is removed`
    findings.error('mark-without-family', statement.at, message)
  }
  return { isAddressed: kinds.has('ipv4') || kinds.has('ipv6'), hasMarks: kinds.has('mark') || kinds.has('mark-of-family') }
}

function readEntry(entry: Statement, name: string, findings: Findings): EntryKind | undefined {
  const [first, second, third] = entry.words as [Word, Word | undefined, Word | undefined]
  if (first.text === 'fwmark') {
    const isFamily = third === undefined || third.text === 'inet' || third.text === 'inet6'
    if (second && isMark(second.text) && isFamily) return third ? 'mark-of-family' : 'mark'
    findings.error('bad-mark', entry.at, `(${name}) fwmark needs a number, and may have inet or inet6 after it; the entry is ignored`)
    return undefined
  }
  const kind = readRange(first.text)
  const port = second ? readPort(second.text) : 0
  if (kind === undefined)
    findings.error('bad-address', first.at, `(${name}) \`${first.text}\` is no address and no range of addresses; the entry is ignored`)
  else if (port === undefined || (second && port === 0))
    findings.error('bad-port', (second as Word).at, `(${name}) \`${second?.text}\` is no port; the entry is ignored`)
  else return kind
  return undefined
}

/** `ADDRESS`, `NETWORK/PREFIX`, or `ADDRESS-END` with the last part of an address, greater than the first one's. */
function readRange(text: string): 'ipv4' | 'ipv6' | undefined {
  const [, address, prefix, end] = /^([^/-]+)(?:\/([0-9]{1,3}))?(?:-(.*))?$/.exec(text) ?? []
  const parsed = parseIp(address ?? '')
  if (!parsed.ok || (prefix !== undefined && end !== undefined)) return undefined
  const family = familyOf(parsed.value)
  const isIpv4 = family === 'ipv4'
  if (prefix !== undefined) return isNetwork(parsed.value, Number(prefix)) ? family : undefined
  if (end === undefined) return family
  const last = lastPartOf(parsed.value, isIpv4)
  const complete = parseIp(end)
  if (complete.ok && familyOf(complete.value) !== family) return undefined
  const to = complete.ok ? lastPartOf(complete.value, isIpv4) : isIpv4 ? decimal(end) : hexadecimal(end)
  return to > last && to <= (isIpv4 ? 255 : 0xffff) ? family : undefined
}

const decimal = (text: string): number => (/^[0-9]{1,3}$/.test(text) ? Number(text) : Number.NaN)
const hexadecimal = (text: string): number => (/^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN)
const lastPartOf = (address: string, isIpv4: boolean): number =>
  isIpv4 ? decimal(address.slice(address.lastIndexOf('.') + 1)) : hexadecimal(address.slice(address.lastIndexOf(':') + 1) || '0')

/** An IPv4 network's bits behind the prefix are zero; of IPv6 only the length is looked at. */
function isNetwork(address: string, prefix: number): boolean {
  if (address.includes(':')) return prefix <= 128
  if (prefix > 32) return false
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return bits % 2 ** (32 - prefix) === 0
}
