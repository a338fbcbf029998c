// Where the SNMP master agent listens for sub-agents, as snmpd and keepalived write it.
import { isIP } from 'node:net'
import { fail, ok, type Result } from '@havip/base'

export type MasterPlace =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Not in RFC 2741; net-snmp, and so keepalived, takes it. */
  | { readonly kind: 'udp'; readonly family: 4 | 6; readonly host: string; readonly port: number }

/** IANA's for AgentX. */
const defaultPort = 705

/** A sentence when it is a place that cannot be reached from here. */
export function readMasterPlace(text: string): Result<MasterPlace, string> {
  const [, scheme, rest = ''] = /^([a-z0-9]+):(.*)$/i.exec(text) ?? []
  switch (scheme?.toLowerCase()) {
    case 'unix':
      return unix(rest, text)
    case 'tcp':
    case 'tcp6':
    case 'tcpv6':
    case 'tcpipv6':
      return tcp(rest, text)
    case 'udp':
      return udp(rest, 4, text)
    case 'udp6':
    case 'udpv6':
    case 'udpipv6':
      return udp(rest, 6, text)
    default:
      return text.includes('/') ? unix(text, text) : tcp(text, text)
  }
}

const unix = (path: string, text: string): Result<MasterPlace, string> =>
  path.startsWith('/') ? ok({ kind: 'unix', path }) : fail(`'${text}': the path of a socket begins with a slash`)

function udp(rest: string, family: 4 | 6, text: string): Result<MasterPlace, string> {
  const place = tcp(rest, text)
  return place.ok && place.value.kind === 'tcp' ? ok({ ...place.value, kind: 'udp', family }) : place
}

/** `HOST:PORT`, `[ADDRESS]:PORT`, `HOST` or `PORT`. */
function tcp(rest: string, text: string): Result<MasterPlace, string> {
  const [, bracketed, named, digits] = /^(?:\[([^\]]+)\]|([^:]*))?(?::(\d+))?$/.exec(rest) ?? []
  const isPortAlone = named !== undefined && /^\d+$/.test(named) && digits === undefined
  const host = isIP(rest) === 6 ? rest : isPortAlone ? 'localhost' : (bracketed ?? named ?? '')
  const port = isPortAlone ? Number(named) : digits === undefined ? defaultPort : Number(digits)
  if (host === '' || port < 1 || port > 0xffff) return fail(`'${text}': a master agent is at unix:PATH, tcp:HOST:PORT or udp:HOST:PORT`)
  return ok({ kind: 'tcp', host, port })
}
