// Keywords of `global_defs` that are about IPVS: checked for form, and not used.
import { isMulticast, parseIp } from '@havip/base'
import type { Field, Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { Word } from '../text/words.ts'
import { INTERFACE_NAME_MAX } from '../values.ts'

export function checkLvsGlobals(fields: Fields, findings: Findings): void {
  const timeouts = fields.last('lvs_timeouts')
  if (timeouts) checkTimeouts(timeouts, findings)
  const daemon = fields.last('lvs_sync_daemon')
  if (daemon) checkSyncDaemon(daemon, findings)
}

const TIMEOUTS: Readonly<Record<string, number>> = { tcp: 2_147_483, tcpfin: 2_147_483, udp: 2_147_483 }

function checkTimeouts(field: Field, findings: Findings): void {
  const words = field.statement.words.slice(1)
  if (words.length < 2)
    findings.error('missing-argument', field.at, 'lvs_timeouts needs at least one time-out, as `tcp 900`; it is ignored')
  else checkPairs('lvs_timeouts', words, TIMEOUTS, findings)
}

/** Highest value of each option that is a number. */
const SYNC_OPTIONS: Readonly<Record<string, number>> = { id: 255, maxlen: 65_507, port: 65_535, ttl: 255 }

function checkSyncDaemon(field: Field, findings: Findings): void {
  const [device, ...options] = field.statement.words.slice(1)
  if (device && device.text.length > INTERFACE_NAME_MAX)
    findings.error('bad-interface-name', device.at, `\`${device.text}\` is no name of an interface; lvs_sync_daemon is ignored`)
  // The instance may be named without the word `inst`.
  const isNamed = options[0] !== undefined && !(options[0].text in SYNC_OPTIONS) && options[0].text !== 'group'
  const skipped = isNamed ? (options[0]?.text === 'inst' ? 2 : 1) : 0
  checkPairs('lvs_sync_daemon', options.slice(skipped), SYNC_OPTIONS, findings)
}

function checkPairs(keyword: string, words: readonly Word[], options: Readonly<Record<string, number>>, findings: Findings): void {
  for (let i = 0; i < words.length; i++) {
    const option = words[i] as Word
    const max = options[option.text]
    const isGroup = option.text === 'group' && keyword === 'lvs_sync_daemon'
    if (max === undefined && !isGroup) {
      findings.error('unknown-option', option.at, `${keyword} has no option \`${option.text}\`; it is ignored`)
      continue
    }
    const argument = words[++i]
    if (isGroup && !isGroupAddress(argument))
      findings.error('not-multicast', argument?.at ?? option.at, `group of ${keyword} needs a multicast address; it is ignored`)
    else if (max !== undefined && !(argument && /^[0-9]{1,10}$/.test(argument.text) && Number(argument.text) <= max))
      findings.error('not-a-number', argument?.at ?? option.at, `${option.text} of ${keyword} needs a number up to ${max}; it is ignored`)
  }
}

function isGroupAddress(word: Word | undefined): boolean {
  const parsed = parseIp(word?.text ?? '')
  return parsed.ok && isMulticast(parsed.value)
}
