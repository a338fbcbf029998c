// The status as Prometheus text (exposition format 0.0.4). Ages are in seconds at the moment of asking; who owns an address is
// what the kernel has then, not what the state machine thinks.
import type { Counters, DaemonStatus, InstanceStatus, WebhookStatus } from '@havip/vrrp-runtime'

type Labels = Readonly<Record<string, string | number>>
type Sample = { readonly labels: Labels; readonly value: number | undefined }
type Metric = {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly Sample[]
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

export const prometheusText = (status: DaemonStatus): string =>
  [...ofDaemon(status), ...ofInstances(status.instances), ...ofGroups(status), ...ofBfd(status), ...ofWebhooks(status)].map(textOf).join('')

function textOf({ name, type, help, samples }: Metric): string {
  const lines = samples.flatMap(({ labels, value }) => (value === undefined ? [] : [`${name}${labelText(labels)} ${numberText(value)}\n`]))
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}
const escapeLabel = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf')

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({ name, type: 'gauge', help, samples })
const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({ name, type: 'counter', help, samples })
const one = (value: number | undefined): readonly Sample[] => [{ labels: {}, value }]
const bit = (value: boolean): number => (value ? 1 : 0)
const seconds = (ms: number): number => ms / 1000
const moment = (iso: string): number => seconds(Date.parse(iso))

function ofDaemon({ daemon }: DaemonStatus): readonly Metric[] {
  const { diagnostics, loop, lastReload } = daemon
  return [
    gauge('havip_info', 'This daemon, always 1.', [
      { labels: { release: daemon.release, host: daemon.hostName, router_id: daemon.routerId, config_file: daemon.configFile }, value: 1 },
    ]),
    gauge('havip_start_time_seconds', 'When the daemon started.', one(moment(daemon.startedAt))),
    gauge('havip_config_load_time_seconds', 'When the running configuration was read.', one(moment(daemon.loadedAt))),
    gauge('havip_config_problems', 'Problems of the running configuration.', [
      { labels: { severity: 'error' }, value: diagnostics.errors },
      { labels: { severity: 'warning' }, value: diagnostics.warnings },
    ]),
    gauge('havip_config_last_reload_accepted', 'Whether the latest reload was accepted.', one(lastReload && bit(lastReload.accepted))),
    gauge('havip_loop_lag_seconds', 'How late the latest timer ran.', one(seconds(loop.lagLastMs))),
    gauge('havip_loop_lag_worst_seconds', 'How late a timer ran at worst since start.', one(seconds(loop.lagWorstMs))),
    counter('havip_loop_wakeups_total', 'Timers that have run.', one(loop.wakeUps)),
    gauge('havip_predecessor_died', 'Whether this daemon goes on in the place of one that died.', one(bit(daemon.guard !== undefined))),
  ]
}

function ofWebhooks({ webhooks = [] }: DaemonStatus): readonly Metric[] {
  const each = (value: (one: WebhookStatus) => number): readonly Sample[] =>
    webhooks.map((one) => ({ labels: { webhook: one.name }, value: value(one) }))
  return [
    gauge(
      'havip_webhook_running',
      'Whether the process that delivers is there.',
      each(({ state }) => bit(state !== 'stopped')),
    ),
    gauge(
      'havip_webhook_pending_events',
      'Events that wait for the receiver.',
      each(({ pending }) => pending),
    ),
    gauge(
      'havip_webhook_failures',
      'Tries that failed since the last that went well.',
      each(({ failures }) => failures),
    ),
    counter(
      'havip_webhook_delivered_events_total',
      'Events that the receiver has taken.',
      each(({ delivered }) => delivered),
    ),
    counter(
      'havip_webhook_refused_events_total',
      'Events that the receiver refused, or that were given up.',
      each(({ refused }) => refused),
    ),
    counter(
      'havip_webhook_dropped_events_total',
      'Numbers that were no longer there when it was their turn.',
      each(({ dropped }) => dropped),
    ),
  ]
}

const states = ['init', 'backup', 'master', 'fault', 'stopped'] as const

const labelsOf = ({ name, vrid, interface: link, family }: InstanceStatus): Labels => ({
  instance: name,
  vrid,
  interface: link ?? '',
  family,
})

function ofInstances(instances: readonly InstanceStatus[]): readonly Metric[] {
  const each = (value: (instance: InstanceStatus) => number | undefined, labels: Labels = {}): readonly Sample[] =>
    instances.map((instance) => ({ labels: { ...labelsOf(instance), ...labels }, value: value(instance) }))
  const addresses = (value: (address: InstanceStatus['addresses'][number]) => number): readonly Sample[] =>
    instances.flatMap((instance) =>
      instance.addresses.map((address) => ({
        labels: { ...labelsOf(instance), address: `${address.address}/${address.prefix}` },
        value: value(address),
      })),
    )
  return [
    gauge(
      'havip_vrrp_state',
      'The state of an instance: 1 for the one it is in.',
      instances.flatMap((instance) =>
        states.map((state) => ({ labels: { ...labelsOf(instance), state }, value: bit(instance.state === state) })),
      ),
    ),
    gauge(
      'havip_vrrp_state_age_seconds',
      'For how long it has been in that state.',
      each(({ sinceMs }) => seconds(sinceMs)),
    ),
    gauge(
      'havip_vrrp_priority_base',
      'The priority of the file.',
      each(({ priority }) => priority.base),
    ),
    gauge(
      'havip_vrrp_priority_effective',
      'The priority after trackers.',
      each(({ priority }) => priority.effective),
    ),
    gauge(
      'havip_vrrp_advert_interval_seconds',
      'advert_int.',
      each(({ advertIntervalMs }) => seconds(advertIntervalMs)),
    ),
    gauge(
      'havip_vrrp_master_is_us',
      'Whether the master that is known is this node.',
      each(({ master }) => master && bit(master.isUs)),
    ),
    gauge(
      'havip_vrrp_master_priority',
      'The priority of the master that is known.',
      each(({ master }) => master?.priority),
    ),
    gauge(
      'havip_vrrp_master_last_heard_seconds',
      'How long ago the master was heard; 0 while this node is master.',
      each(({ master }) => master && seconds(master.lastHeardMs)),
    ),
    gauge(
      'havip_vrrp_owner',
      'Whether the kernel of this node has every address of the instance now.',
      each(({ addresses: list }) => (list.length === 0 ? undefined : bit(list.every(({ present }) => present)))),
    ),
    gauge(
      'havip_vrrp_consistent',
      'Whether the kernel agrees with the state.',
      each(({ consistent }) => bit(consistent)),
    ),
    gauge(
      'havip_vrrp_address_present',
      'Whether the kernel has this address now.',
      addresses(({ present }) => bit(present)),
    ),
    gauge(
      'havip_vrrp_faults',
      'Reasons for FAULT.',
      each(({ faults }) => faults.length),
    ),
    gauge(
      'havip_vrrp_tracker_good',
      'Trackers: 1 good, 0 bad; none while they have not reported.',
      instances.flatMap((instance) =>
        instance.trackers.map(({ kind, name, condition }) => ({
          labels: { ...labelsOf(instance), kind, name },
          value: condition.kind === 'good' ? 1 : condition.kind === 'bad' ? 0 : undefined,
        })),
      ),
    ),
    gauge(
      'havip_vrrp_tracker_value',
      'What a tracked file holds.',
      instances.flatMap((instance) =>
        instance.trackers.map(({ kind, name, condition }) => ({
          labels: { ...labelsOf(instance), kind, name },
          value: condition.kind === 'number' ? condition.value : undefined,
        })),
      ),
    ),
    ...(Object.keys(counterHelp) as (keyof Counters)[]).map((name) =>
      counter(
        `havip_vrrp_${name}_total`,
        counterHelp[name],
        each(({ counters }) => counters[name]),
      ),
    ),
  ]
}

const counterHelp: Readonly<Record<keyof Counters, string>> = {
  advert_rcvd: 'Advertisements received.',
  advert_sent: 'Advertisements sent.',
  become_master: 'Times it became master.',
  release_master: 'Times it ceased to be master.',
  packet_len_err: 'Packets of a wrong length.',
  advert_interval_err: 'Packets with another advertisement interval.',
  ip_ttl_err: 'Packets with a wrong TTL or hop limit.',
  invalid_type_rcvd: 'Packets of another type than advertisement.',
  addr_list_err: 'Packets with another list of addresses.',
  invalid_authtype: 'Packets with an unknown type of authentication.',
  authtype_mismatch: 'Packets with another type of authentication than ours.',
  auth_failure: 'Packets with a wrong password or digest.',
  auth_ext_missing: 'Packets without the auth_hmac trailer.',
  auth_ext_malformed: 'Packets with a malformed auth_hmac trailer.',
  auth_ext_unknown_key: 'Packets with an unknown auth_hmac key.',
  auth_ext_invalid_hmac: 'Packets with a wrong auth_hmac digest.',
  auth_ext_stale: 'Packets outside the time window of auth_hmac.',
  auth_ext_replay: 'Packets that auth_hmac has seen before.',
  pri_zero_rcvd: 'Resignations received.',
  pri_zero_sent: 'Resignations sent.',
  checksum_err: 'Packets with a wrong checksum.',
  version_err: 'Packets of another protocol version.',
  vrid_err: 'Packets of another virtual router.',
  unknown_source: 'Packets from nobody that is a peer.',
  wrong_destination: 'Packets to another address than ours or the group.',
  malformed: 'Packets that are none.',
  ignored: 'Packets while the instance does not listen.',
  send_err: 'Advertisements that could not be sent.',
  announcements_sent: 'Gratuitous ARPs and neighbour advertisements sent.',
  stalls: 'Times this process was frozen for longer than an interval.',
}

function ofGroups({ groups }: DaemonStatus): readonly Metric[] {
  return [
    gauge(
      'havip_sync_group_master',
      'Whether a sync group is master.',
      groups.map(({ name, state }) => ({ labels: { group: name }, value: bit(state === 'master') })),
    ),
    gauge(
      'havip_sync_group_state_age_seconds',
      'For how long it has been in its state.',
      groups.map(({ name, sinceMs }) => ({ labels: { group: name }, value: seconds(sinceMs) })),
    ),
  ]
}

function ofBfd({ bfd }: DaemonStatus): readonly Metric[] {
  return [
    gauge(
      'havip_bfd_session_up',
      'Whether a BFD session is up.',
      bfd.sessions.map(({ name, neighbor, state }) => ({ labels: { session: name, neighbor }, value: bit(state === 'up') })),
    ),
  ]
}
