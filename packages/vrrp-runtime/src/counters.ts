// What an instance counts: keepalived's statistics under its names, and ours.

/** keepalived's JSON names (reference: process interface, JSON dump). All count since start or since the last clear. */
export type Counters = {
  advert_rcvd: number
  advert_sent: number
  become_master: number
  release_master: number
  packet_len_err: number
  advert_interval_err: number
  ip_ttl_err: number
  invalid_type_rcvd: number
  addr_list_err: number
  invalid_authtype: number
  authtype_mismatch: number
  auth_failure: number
  auth_ext_missing: number
  auth_ext_malformed: number
  auth_ext_unknown_key: number
  auth_ext_invalid_hmac: number
  auth_ext_stale: number
  auth_ext_replay: number
  pri_zero_rcvd: number
  pri_zero_sent: number
  /** Ours from here: packets that keepalived drops without counting. */
  checksum_err: number
  version_err: number
  vrid_err: number
  unknown_source: number
  wrong_destination: number
  malformed: number
  /** Dropped while the instance does not listen (startup delay, stopped). */
  ignored: number
  send_err: number
  announcements_sent: number
  stalls: number
}

export const newCounters = (): Counters => ({
  advert_rcvd: 0,
  advert_sent: 0,
  become_master: 0,
  release_master: 0,
  packet_len_err: 0,
  advert_interval_err: 0,
  ip_ttl_err: 0,
  invalid_type_rcvd: 0,
  addr_list_err: 0,
  invalid_authtype: 0,
  authtype_mismatch: 0,
  auth_failure: 0,
  auth_ext_missing: 0,
  auth_ext_malformed: 0,
  auth_ext_unknown_key: 0,
  auth_ext_invalid_hmac: 0,
  auth_ext_stale: 0,
  auth_ext_replay: 0,
  pri_zero_rcvd: 0,
  pri_zero_sent: 0,
  checksum_err: 0,
  version_err: 0,
  vrid_err: 0,
  unknown_source: 0,
  wrong_destination: 0,
  malformed: 0,
  ignored: 0,
  send_err: 0,
  announcements_sent: 0,
  stalls: 0,
})

/** The names that keepalived's own JSON has, in its order. */
export const keepalivedCounters = [
  'advert_rcvd',
  'advert_sent',
  'become_master',
  'release_master',
  'packet_len_err',
  'advert_interval_err',
  'ip_ttl_err',
  'invalid_type_rcvd',
  'addr_list_err',
  'invalid_authtype',
  'authtype_mismatch',
  'auth_failure',
  'auth_ext_missing',
  'auth_ext_malformed',
  'auth_ext_unknown_key',
  'auth_ext_invalid_hmac',
  'auth_ext_stale',
  'auth_ext_replay',
  'pri_zero_rcvd',
  'pri_zero_sent',
] as const satisfies readonly (keyof Counters)[]
