// From keepalived's words to the session's, once.
import { type SessionConfig, ttlMinOf } from '@havip/bfd'
import type { BfdConf } from '@havip/conf'
import { bfdPort } from '@havip/wire'

export const sessionConfig = ({ minTx, minRx, idleTx, multiplier, passive }: BfdConf): SessionConfig => ({
  minTx,
  minRx,
  idleTx,
  multiplier,
  passive,
})

export const destinationPort = (conf: BfdConf): number => (conf.multihop ? bfdPort.multihop : bfdPort.singleHop)

/** keepalived expects its neighbor to send with the TTL that we send with. */
export const ttlMin = (conf: BfdConf): number => ttlMinOf(conf.ttl, conf.maxHops)

/** A session is its addresses; the rest may change at a reload, the name too. */
export const identityOf = ({ neighbor, source, multihop }: BfdConf): string => `${neighbor} ${source ?? '*'} ${multihop}`
