// Words as numbers, times, switches and addresses, with the messages for what is none (reference 1.8).
import { familyOf, type IpAddress, parseIp } from '@havip/base'
import type { Findings } from './findings.ts'
import type { Argument } from './keywords/keyword.ts'
import type { Word } from './text/words.ts'

/** Microseconds are the finest step of any time. */
const DECIMAL_PLACES_MAX = 6

type Numeric = Extract<Argument, { type: 'integer' | 'decimal' }>

const rangeOf = ({ min, max }: { readonly min: number; readonly max: number }, unit: string): string =>
  `${min} to ${max}${unit === '' ? '' : ` ${unit}`}`

/** A whole decimal number; trailing rubbish is an error, but keepalived's daemon reads on, and so do we. Nothing in quotes is 0, as there. */
export function readInteger(word: Word, argument: Extract<Argument, { type: 'integer' }>, findings: Findings): number | undefined {
  const match = /^[+-]?[0-9]+/.exec(word.text === '' ? '0' : word.text)
  if (!match) {
    findings.error(
      'not-a-number',
      word.at,
      `\`${word.text}\` is no whole number; ${rangeOf(argument, argument.unit ?? '')} is possible here`,
    )
    return undefined
  }
  const value = Number(match[0])
  if (match[0].length < word.text.length) {
    findings.error('trailing-characters', word.at, `\`${word.text}\` is read as ${value}; remove \`${word.text.slice(match[0].length)}\``)
  }
  return inRange(value, word, argument, argument.unit ?? '', findings)
}

/** A decimal number in the argument's unit; more than microseconds are rounded with an error. */
export function readDecimal(word: Word, argument: Extract<Argument, { type: 'decimal' }>, findings: Findings): number | undefined {
  if (!/^([+-]?([0-9]+\.?[0-9]*|\.[0-9]+))?$/.test(word.text)) {
    findings.error('not-a-number', word.at, `\`${word.text}\` is no number; ${rangeOf(argument, argument.unit)} is possible here`)
    return undefined
  }
  const places = word.text.split('.')[1]?.length ?? 0
  const placesMax = argument.unit === 's' ? DECIMAL_PLACES_MAX : DECIMAL_PLACES_MAX - 3
  const value = roundTo(Number(word.text), placesMax)
  if (places > placesMax && value !== Number(word.text)) {
    findings.warning(
      'too-many-decimal-places',
      word.at,
      `\`${word.text}\` has ${places} decimal places, more than ${placesMax}; it is read as ${value}`,
    )
  }
  return inRange(value, word, argument, argument.unit, findings)
}

function roundTo(value: number, places: number): number {
  const scale = 10 ** places
  return Math.floor(value * scale + 0.5) / scale
}

function inRange(value: number, word: Word, argument: Numeric, unit: string, findings: Findings): number | undefined {
  if (value >= argument.min && value <= argument.max) return value
  const range = rangeOf(argument, unit)
  if (argument.type === 'integer' && argument.outside === 'clamped') {
    const clamped = Math.min(argument.max, Math.max(argument.min, value))
    findings.warning('out-of-range', word.at, `\`${word.text}\` is outside ${range}; ${clamped} is used`)
    return clamped
  }
  findings.error(
    'out-of-range',
    word.at,
    `\`${word.text}\` is outside ${range}; it is ignored and what was set before, or the default, stays`,
  )
  return undefined
}

const TRUE = ['true', 'on', 'yes']
const FALSE = ['false', 'off', 'no']

export function readBoolean(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true
  return FALSE.includes(text) ? false : undefined
}

/** keepalived takes a prefix length where none has a meaning, and never looks at it. */
export function withoutPrefix(word: Word, findings: Findings): string {
  const match = /^(.+)\/[0-9]{1,3}$/.exec(word.text)
  if (!match) return word.text
  findings.note('prefix-without-meaning', word.at, `a prefix length has no meaning here; write \`${match[1]}\``, [], 'warning')
  return match[1] as string
}

export function readAddress(word: Word, family: 'ipv4' | 'ipv6' | undefined, findings: Findings): IpAddress | undefined {
  const parsed = parseIp(withoutPrefix(word, findings))
  if (!parsed.ok) {
    findings.error('bad-address', word.at, `\`${word.text}\` is no IP address; it is ignored`)
    return undefined
  }
  if (family !== undefined && familyOf(parsed.value) !== family) {
    findings.error('wrong-family', word.at, `\`${word.text}\` is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address; it is ignored`)
    return undefined
  }
  return parsed.value
}

/** Lower and upper bound of an interface name's length: IFNAMSIZ less its NUL. */
export const INTERFACE_NAME_MAX = 15

export function readInterface(word: Word, findings: Findings): string | undefined {
  if (word.text.length > 0 && word.text.length <= INTERFACE_NAME_MAX && !word.text.includes('/')) return word.text
  findings.error(
    'bad-interface-name',
    word.at,
    `\`${word.text}\` is no name of an interface: 1 to ${INTERFACE_NAME_MAX} characters; it is ignored`,
  )
  return undefined
}
