import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DaemonStatus, newCounters } from '@havip/vrrp-runtime'
import { prometheusText } from './metrics.ts'
import { readListenAddress } from './metrics-server.ts'

const status: DaemonStatus = {
  version: 1,
  daemon: {
    pid: 7,
    release: '1.2.3',
    hostName: 'node "one"\\',
    routerId: 'R\n1',
    startedAt: '2026-11-26T12:00:00.000Z',
    runningForMs: 5000,
    configFile: '/etc/keepalived/keepalived.conf',
    loadedAt: '2026-11-26T12:00:00.500Z',
    diagnostics: { errors: 1, warnings: 2 },
    loop: { lagLastMs: 0.25, lagWorstMs: 3, wakeUps: 44 },
  },
  instances: [
    {
      name: 'VI_1',
      state: 'master',
      sinceMs: 1500,
      since: '2026-11-26T12:00:03.500Z',
      vrid: 51,
      protocolVersion: 2,
      family: 'ipv4',
      interface: 'eth0',
      source: '10.9.0.1',
      priority: { base: 100, effective: 98 },
      preempt: true,
      advertIntervalMs: 1000,
      downTimerAdverts: 3,
      takeover: 'skew',
      master: { address: '10.9.0.1', priority: 98, lastHeardMs: 0, isUs: true },
      addresses: [
        { address: '10.9.0.100', prefix: 32, interface: 'eth0', present: true, advertised: true },
        { address: '10.9.0.101', prefix: 24, interface: 'eth0', present: false, advertised: true },
      ],
      consistent: false,
      faults: [],
      waitingFor: [],
      trackers: [
        { kind: 'script', name: 'chk', weight: -2, reverse: false, condition: { kind: 'bad', detail: 'exited' } },
        { kind: 'file', name: 'f', weight: 1, reverse: false, condition: { kind: 'number', value: 5 } },
        { kind: 'script', name: 'new', weight: 1, reverse: false, condition: { kind: 'pending' } },
      ],
      counters: { ...newCounters(), advert_sent: 12, pri_zero_rcvd: 3 },
      transitions: [],
      nextDeadlineMs: 400,
    },
  ],
  groups: [{ name: 'G', state: 'master', sinceMs: 1000, since: '2026-11-26T12:00:04.000Z', members: ['VI_1'] }],
  bfd: { sessions: [], refused: {}, listenFaults: [] },
  webhooks: [
    { name: 'ops', to: 'https://alerts.example', state: 'pausing', pending: 3, delivered: 40, refused: 1, dropped: 0, failures: 2 },
    { name: 'new', to: 'http://10.0.0.1', state: 'stopped', pending: 0, delivered: 0, refused: 0, dropped: 0, failures: 0 },
  ],
}

const text = prometheusText(status)
const labels = '{instance="VI_1",vrid="51",interface="eth0",family="ipv4"'

test('every counter, ages in seconds, and what the kernel has', () => {
  for (const name of Object.keys(newCounters())) assert.match(text, new RegExp(`^havip_vrrp_${name}_total\\{.*\\} \\d+$`, 'm'))
  for (const line of [
    `havip_vrrp_advert_sent_total${labels}} 12`,
    `havip_vrrp_state${labels},state="master"} 1`,
    `havip_vrrp_state${labels},state="backup"} 0`,
    `havip_vrrp_state_age_seconds${labels}} 1.5`,
    `havip_vrrp_owner${labels}} 0`,
    `havip_vrrp_address_present${labels},address="10.9.0.100/32"} 1`,
    `havip_vrrp_address_present${labels},address="10.9.0.101/24"} 0`,
    `havip_vrrp_consistent${labels}} 0`,
    `havip_vrrp_tracker_good${labels},kind="script",name="chk"} 0`,
    `havip_vrrp_tracker_value${labels},kind="file",name="f"} 5`,
    'havip_loop_lag_seconds 0.00025',
    'havip_start_time_seconds 1795694400',
    'havip_sync_group_master{group="G"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\n\n${text}`)
  }
  assert.doesNotMatch(text, /name="new"/)
})

test('the text is well formed: HELP and TYPE once, before all samples of that name, labels escaped', () => {
  const seen = new Set<string>()
  let current = ''
  assert.ok(text.endsWith('\n'))
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP ([a-z_]+) \S.*$/.exec(line)
    if (help) {
      current = help[1] as string
      assert.ok(!seen.has(current), current)
      seen.add(current)
      continue
    }
    if (line.startsWith('#')) {
      assert.match(line, new RegExp(`^# TYPE ${current} ${current.endsWith('_total') ? 'counter' : 'gauge'}$`))
      continue
    }
    assert.match(line, new RegExp(`^${current}(\\{([a-z_]+="(?:[^"\\\\\\n]|\\\\[\\\\"n])*",?)+\\})? -?[0-9.e+-]+$`))
  }
  assert.match(text, /host="node \\"one\\"\\\\",router_id="R\\n1"/)
})

test('where to listen', () => {
  assert.deepEqual(readListenAddress('9100'), { host: '127.0.0.1', port: 9100 })
  assert.deepEqual(readListenAddress(':9100'), { host: '127.0.0.1', port: 9100 })
  assert.deepEqual(readListenAddress('192.0.2.1:80'), { host: '192.0.2.1', port: 80 })
  assert.deepEqual(readListenAddress('[::1]:9100'), { host: '::1', port: 9100 })
  for (const wrong of ['', 'x', '0', '70000', '::1:9100', 'a:b:1', '1.2.3.4']) assert.equal(readListenAddress(wrong), undefined, wrong)
})

test('webhooks: how far each receiver has come, and whether anybody delivers', () => {
  assert.match(text, /^havip_webhook_running\{webhook="ops"\} 1\nhavip_webhook_running\{webhook="new"\} 0$/m)
  assert.match(text, /^havip_webhook_pending_events\{webhook="ops"\} 3$/m)
  assert.match(text, /^havip_webhook_delivered_events_total\{webhook="ops"\} 40$/m)
  assert.match(text, /^havip_webhook_failures\{webhook="ops"\} 2$/m)
})
