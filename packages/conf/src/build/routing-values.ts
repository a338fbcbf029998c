// What the values of route and rule options look like, where they are no names (reference 3.2 and 3.3).
import { UINT32_MAX } from '../keywords/keyword.ts'

/** What is wanted, said behind "is no". */
type Shape = { readonly wanted: string; readonly isRight: (text: string) => boolean }

const upTo = (max: number, what = `number from 0 to ${max}`): Shape => ({
  wanted: what,
  isRight: (text) => /^[0-9]{1,10}$/.test(text) && Number(text) <= max,
})
const oneOf = (...words: readonly string[]): Shape => ({ wanted: `${words.join(' or ')}`, isRight: (text) => words.includes(text) })
const like = (wanted: string, pattern: RegExp): Shape => ({ wanted, isRight: (text) => pattern.test(text) })

const count = upTo(UINT32_MAX)
const time = like('time as 200ms, 2s or 200', /^[0-9]{1,10}(\.[0-9]+)?(ms|s)?$/)
/** A name is the machine's to know; digits are hexadecimal, with or without 0x. */
const tos: Shape = {
  wanted: 'TOS: 0 to ff',
  isRight: (text) => !/^(0x)?[0-9a-f]+$/i.test(text) || Number.parseInt(text, 16) <= 0xff,
}
const byteOrName: Shape = { wanted: 'number from 0 to 255', isRight: (text) => !/^[0-9]+$/.test(text) || Number(text) <= 255 }
const mark = like('mark: N or N/MASK', /^(0x[0-9a-f]{1,8}|[0-9]{1,10})(\/(0x[0-9a-f]{1,8}|[0-9]{1,10}))?$/i)

export const routeValues: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(
    ['mtu', 'advmss', 'reordering', 'window', 'cwnd', 'ssthresh', 'initcwnd', 'initrwnd', 'expires'].map((name) => [name, count]),
  ),
  rtt: time,
  rttvar: time,
  rto_min: time,
  hoplimit: upTo(255),
  quickack: oneOf('0', '1'),
  features: oneOf('ecn'),
  'ttl-propagate': oneOf('enabled', 'disabled'),
  pref: oneOf('low', 'medium', 'high'),
  tos,
  dsfield: tos,
  scope: byteOrName,
  protocol: byteOrName,
}

export const ruleValues: Readonly<Record<string, Shape>> = {
  tos,
  dsfield: tos,
  fwmark: mark,
  'tunnel-id': count,
  uidrange: like('range of users: A-B', /^[0-9]{1,10}-[0-9]{1,10}$/),
  suppress_prefixlength: count,
  sup_pl: count,
  protocol: byteOrName,
}

/** Of routes of IPv6 only. */
export const ipv6Options: ReadonlySet<string> = new Set(['expires', 'pref'])
