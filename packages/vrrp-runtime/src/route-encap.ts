// The words after `encap` of a route or a next hop, as the kernel is told them.
import { fail, familyOf, type IpAddress, ok, parseIp, type Result } from '@havip/base'
import type { Encapsulation } from '@havip/wire'

const labelMax = 0xfffff
type Tunnel = {
  -readonly [Name in keyof Extract<Encapsulation, { kind: 'ip' | 'ip6' }>]: Extract<Encapsulation, { kind: 'ip' | 'ip6' }>[Name]
}

/**
 * `ip` or `ip6` with `id`, `dst`, `src`, `tos` or `tc`, `ttl` or `hoplimit`, `flags`; `mpls LABEL[/LABEL…]`; `ila LOCATOR`.
 *
 * @param tosOf throws as its caller likes when there is no such name
 */
export function readEncapsulation(words: readonly string[], tosOf: (text: string) => number): Result<Encapsulation, string> {
  const [kind, ...rest] = words
  switch (kind) {
    case 'ip':
    case 'ip6':
      return readTunnel(kind, rest, tosOf)
    case 'mpls':
      return readLabels(rest[0] ?? '')
    case 'ila':
      return readLocator(rest[0] ?? '')
    default:
      return fail(`there is no encapsulation \`${kind ?? ''}\`; it is ip, ip6, mpls or ila`)
  }
}

function readTunnel(kind: 'ip' | 'ip6', words: readonly string[], tosOf: (text: string) => number): Result<Encapsulation, string> {
  const tunnel: Tunnel = { kind }
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', value = ''] = [words[i], words[i + 1]]
    const number = numberOf(value)
    if (name === 'dst' || name === 'src') {
      const address = addressOf(value, kind)
      if (address === undefined)
        return fail(`\`${value}\` is no ${kind === 'ip' ? 'IPv4' : 'IPv6'} address for the ${name} of an encapsulation`)
      if (name === 'dst') tunnel.destination = address
      else tunnel.source = address
    } else if (name === 'tos' || name === 'tc') tunnel.tos = tosOf(value)
    else if (number === undefined) return fail(`\`${value}\` is no number for the ${name} of an encapsulation`)
    else if (name === 'id') tunnel.id = number
    else if (name === 'flags') tunnel.flags = number
    else tunnel.ttl = number
  }
  return ok(tunnel)
}

function readLabels(text: string): Result<Encapsulation, string> {
  const labels = text.split('/').map(Number)
  const isRight = labels.length > 0 && labels.every((label) => Number.isInteger(label) && label >= 0 && label <= labelMax)
  return isRight && text !== ''
    ? ok({ kind: 'mpls', labels })
    : fail(`\`${text}\` is no stack of MPLS labels (0 to ${labelMax}, as in 100/200)`)
}

function readLocator(text: string): Result<Encapsulation, string> {
  const groups = text.split(':')
  if (groups.length !== 4 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) {
    return fail(`\`${text}\` is no ILA locator (four groups of hexadecimal digits, as in 1:2:3:4)`)
  }
  return ok({ kind: 'ila', locator: groups.map((group) => Number.parseInt(group, 16)) })
}

const numberOf = (text: string): number | undefined => (/^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : undefined)

function addressOf(text: string, kind: 'ip' | 'ip6'): IpAddress | undefined {
  const parsed = parseIp(text)
  return parsed.ok && familyOf(parsed.value) === (kind === 'ip' ? 'ipv4' : 'ipv6') ? parsed.value : undefined
}
