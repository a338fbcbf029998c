// A daemon's counters add up: with each other, and with what the network really delivered and took.
import type { InstanceConf } from '@havip/conf'
import type { Knowledge } from './knowledge.ts'

type Counted = { readonly state: string; readonly counters: Readonly<Record<string, number>> }
type Broken = { readonly rule: string; readonly detail: string }

const refusals = [
  'packet_len_err',
  'version_err',
  'invalid_type_rcvd',
  'vrid_err',
  'advert_interval_err',
  'invalid_authtype',
  'authtype_mismatch',
  'auth_failure',
  'checksum_err',
  'ip_ttl_err',
  'wrong_destination',
  'ignored',
  'unknown_source',
  'malformed',
]

/** @param mayLose a frozen daemon's socket may overflow */
export function judgeCounters(conf: InstanceConf, instance: Counted, { packets, sent, isHeir }: Knowledge, mayLose: boolean): Broken[] {
  const broken: Broken[] = []
  const add = (detail: string): void => void broken.push({ rule: 'counters', detail })
  const count = (name: string): number => instance.counters[name] ?? 0
  const held = count('become_master') - count('release_master')
  // An heir's mastership began in another process.
  if (!isHeir && held !== (instance.state === 'master' ? 1 : 0)) {
    add(`became master ${count('become_master')} times, released ${count('release_master')} times, and is ${instance.state}`)
  }
  const judged = refusals.reduce((sum, name) => sum + count(name), count('advert_rcvd'))
  if (judged > packets.all) add(`counts ${judged} packets, and only ${packets.all} came`)
  if (judged < packets.all && !mayLose) add(`counts ${judged} packets of ${packets.all} that came`)
  const isMulticast = conf.peers.length === 0
  if (isMulticast && !mayLose && count('ip_ttl_err') > packets.farAway) {
    add(`counts ${count('ip_ttl_err')} packets from far away of ${packets.farAway}`)
  }
  if (isMulticast && !mayLose && count('ignored') === 0 && count('ip_ttl_err') < packets.farAway) {
    add(`counts ${count('ip_ttl_err')} packets from far away of ${packets.farAway}`)
  }
  if (count('pri_zero_rcvd') > packets.goodbyes) add(`counts ${count('pri_zero_rcvd')} goodbyes heard of ${packets.goodbyes}`)
  if (!mayLose && judged === count('advert_rcvd') && count('pri_zero_rcvd') !== packets.goodbyes) {
    add(`counts ${count('pri_zero_rcvd')} goodbyes heard of ${packets.goodbyes}`)
  }
  const receivers = Math.max(1, conf.peers.length)
  if (count('advert_sent') * receivers !== sent.all) add(`counts ${count('advert_sent')} adverts sent; ${sent.all} left for ${receivers}`)
  if (count('pri_zero_sent') * receivers !== sent.goodbyes) add(`counts ${count('pri_zero_sent')} goodbyes sent; ${sent.goodbyes} left`)
  return broken
}
