// How IPVS schedules and forwards: the words for both.
import type { Findings } from '../findings.ts'
import type { Word } from '../text/words.ts'

export const SCHEDULERS = new Set(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq', 'twos', 'lb'])
/** Flags that one scheduler or the other gives a meaning. */
export const INHIBITED_FLAGS = /^(hashed|[sm]h-(port|fallback))$/

const METHODS = new Set(['NAT', 'DR', 'TUN'])
const TUNNELS = new Set(['ipip', 'gue', 'gre'])
const CHECKSUMS = new Set(['nocsum', 'csum', 'remcsum'])

/** `NAT`, `DR`, or `TUN [type ipip|gue port N|gre [nocsum|csum|remcsum]]`. Undefined: none of them. */
export function readMethod(keyword: string, words: readonly Word[], findings: Findings): string | undefined {
  const [first, ...options] = words
  if (!first) return undefined
  if (!METHODS.has(first.text)) {
    findings.error('unknown-method', first.at, `\`${first.text}\` is no forwarding method: NAT, DR or TUN; ${keyword} is ignored`)
    return undefined
  }
  checkTunnel(options, findings)
  return first.text
}

function checkTunnel(options: readonly Word[], findings: Findings): void {
  for (let i = 0; i < options.length; i++) {
    const option = options[i] as Word
    const argument = option.text === 'type' || option.text === 'port' ? options[++i] : undefined
    const isRight =
      option.text === 'type'
        ? TUNNELS.has(argument?.text ?? '')
        : option.text === 'port'
          ? /^[0-9]{1,5}$/.test(argument?.text ?? '')
          : CHECKSUMS.has(option.text)
    if (!isRight)
      findings.error(
        'unknown-option',
        argument?.at ?? option.at,
        'TUN has the options type ipip, gue or gre, port N, and nocsum, csum or remcsum',
      )
  }
}
