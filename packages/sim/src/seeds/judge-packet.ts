// What a node's advertisement says of itself, read byte by byte against its file: RFC 9568 §5.2, RFC 3768 §5.3.
import type { InstanceConf } from '@havip/conf'
import { hearingOf } from './knowledge.ts'

type Broken = { readonly rule: string; readonly detail: string }

/** @param message without the IP header */
export function judgePacket(conf: InstanceConf, message: Uint8Array): readonly Broken[] {
  const [first = 0, , , addresses = 0, type = 0] = message
  const said: readonly (readonly [what: string, theirs: number, ours: number])[] = [
    ['version', first >> 4, conf.version],
    ['type', first & 15, 1],
    ['interval in ms', hearingOf(message, 0).interval, conf.advertInterval],
    ['number of addresses', addresses, conf.virtualAddresses.length],
    ...(conf.version === 2 ? [['authentication type', type, conf.authentication.kind === 'pass' ? 1 : 0] as const] : []),
  ]
  return said.flatMap(([what, theirs, ours]) =>
    theirs === ours ? [] : [{ rule: 'wrong-advert', detail: `it says ${what} ${theirs}; its file says ${ours}` }],
  )
}
