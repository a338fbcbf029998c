// A daemon's inventory for the tests of the tables: two instances in a group, a tracker of each kind, a route and a rule.
import type { IpAddress, Mac } from '@havip/base'
import type { ConfiguredInstance, Inventory, PresentInstance } from '@havip/vrrp-runtime'
import type { Facts } from './facts.ts'

const ip = (text: string): IpAddress => text as IpAddress
const nothing = { interface: [], script: [], file: [], process: [], bfd: [] }

const configured = (change: Partial<ConfiguredInstance>): ConfiguredInstance => ({
  name: 'VI_1',
  vrid: 51,
  family: 'ipv4',
  version: 2,
  wantsMaster: true,
  isUnicast: false,
  group: ip('224.0.0.18'),
  baseInterface: 'eth0',
  advertIntervalMs: 1000,
  preemptDelayMs: 0,
  garpDelayMs: 5000,
  authentication: 'pass',
  syncGroup: 'G1',
  smtpAlert: false,
  accept: true,
  promoteSecondaries: false,
  linkbeatPolling: false,
  reportsDeleted: false,
  notify: { master: "'/usr/bin/m' 'a b'" },
  tracked: nothing,
  addresses: [],
  routes: [],
  rules: [],
  ...change,
})

const present = (change: Partial<PresentInstance>): PresentInstance => ({
  state: 'master',
  wanted: 'master',
  basePriority: 150,
  effectivePriority: 140,
  preempt: true,
  interface: 'eth0',
  mac: '02:00:00:00:00:01' as Mac,
  source: ip('10.0.0.1'),
  master: ip('10.0.0.1'),
  isHolding: true,
  upForMs: 5000,
  masterBecause: 'master-silent',
  lastProtocolError: undefined,
  counters: { become_master: 1, advert_rcvd: 2 ** 32 + 7 },
  addresses: [],
  routes: [],
  rules: [],
  ...change,
})

export function exampleFacts(): Facts {
  const script = { name: 'check', weight: -10, reverse: false }
  return {
    configured: {
      release: '1.2.3',
      routerId: 'R1',
      mail: {
        to: ['a@example.org', 'b@example.org'],
        from: undefined,
        server: { host: '2001:db8::25', port: 25 },
        helo: undefined,
        connectTimeout: 7000 as never,
        noFaultMail: false,
      },
      mailAlerts: { all: true, vrrp: undefined, checker: false },
      snmp: { keepalived: true, checker: false, rfc2787: true, rfc6527: true, traps: true, socket: undefined },
      dbus: false,
      dynamicInterfaces: true,
      linkbeatPolling: false,
      netNamespace: '',
      statics: {
        addresses: [
          {
            address: ip('198.51.100.7'),
            prefix: 24,
            broadcast: undefined,
            peer: undefined,
            label: undefined,
            scope: 254,
            advertised: false,
          },
        ],
        routes: [],
        rules: [],
      },
      groups: [
        {
          name: 'G1',
          members: ['VI_1', 'VI_6'],
          notify: {},
          smtpAlert: true,
          trackingWeight: false,
          tracked: { ...nothing, interface: [{ name: 'eth1', weight: 0, reverse: false }] },
        },
      ],
      instances: [
        configured({
          tracked: { ...nothing, script: [script] },
          addresses: [
            {
              address: ip('10.0.0.100'),
              prefix: 24,
              broadcast: ip('10.0.0.255'),
              peer: undefined,
              label: 'eth0:1',
              scope: 0,
              advertised: true,
            },
          ],
          routes: [
            {
              interface: 'eth0',
              hopInterfaces: [],
              family: 'ipv4',
              request: {
                family: 'ipv4',
                destination: ip('203.0.113.0'),
                prefix: 24,
                gateway: ip('10.0.0.254'),
                type: 1,
                scope: 253,
                metrics: [
                  { name: 'mtu', value: 1400, isLocked: true },
                  { name: 'rtt', value: 2400, isLocked: false },
                ],
              },
            },
            {
              interface: undefined,
              hopInterfaces: ['eth1', ''],
              family: 'ipv4',
              request: {
                family: 'ipv4',
                prefix: 0,
                nextHops: [
                  { gateway: ip('10.0.0.253'), weight: 2, isOnLink: false },
                  { gateway: ip('10.0.0.252'), weight: 5, isOnLink: true },
                ],
                encapsulation: { kind: 'ila', locator: [1, 2, 3, 4] },
              },
            },
          ],
          rules: [
            {
              family: 'ipv4',
              action: 'goto',
              request: {
                family: 'ipv4',
                table: 0,
                priority: 600,
                goto: 700,
                tunnelId: 2 ** 33 + 5,
                source: { address: ip('10.0.0.0'), prefix: 8 },
              },
            },
          ],
        }),
        configured({
          name: 'VI_6',
          vrid: 6,
          family: 'ipv6',
          version: 3,
          wantsMaster: false,
          advertIntervalMs: 500,
          group: ip('ff02::12'),
          authentication: 'none',
          addresses: [
            { address: ip('fe80::6'), prefix: 64, broadcast: undefined, peer: undefined, label: undefined, scope: 253, advertised: true },
            { address: ip('10.0.0.6'), prefix: 24, broadcast: undefined, peer: undefined, label: undefined, scope: 0, advertised: false },
          ],
          notify: {},
        }),
      ],
      scripts: [{ ...script, command: "'/usr/bin/check'", intervalMs: 2500, rise: 1, fall: 2, initFail: false }],
      files: [{ name: 'f', weight: 1, reverse: true, path: '/run/f' }],
      bfdSessions: [{ name: 'b', weight: 0, reverse: false }],
      processes: [
        {
          name: 'p',
          weight: 2,
          reverse: false,
          argv: ['nginx', '-g', 'x'],
          paramMatch: 'initial',
          quorum: 1,
          quorumMax: undefined,
          forkDelayMs: 2000,
          terminateDelayMs: 0,
          fullCommand: true,
        },
      ],
    },
    now: {
      runningForMs: 9000,
      links: [
        { name: 'eth0', index: 3 as never, mac: '02:00:00:00:00:01' as Mac },
        { name: 'eth1', index: 4 as never, mac: undefined },
      ],
      statics: { addresses: [{ interface: 'eth1', isSet: true }], routes: [], rules: [] },
      groups: [{ name: 'G1', state: 'master' }],
      instances: [
        present({ addresses: [{ interface: 'eth0', isSet: true }], routes: [true, false], rules: [true] }),
        present({
          state: 'fault',
          wanted: 'fault',
          basePriority: 90,
          source: undefined,
          master: undefined,
          isHolding: false,
          upForMs: undefined,
          masterBecause: undefined,
          lastProtocolError: 'checksum',
          addresses: [
            { interface: 'eth0', isSet: false },
            { interface: 'eth0', isSet: false },
          ],
        }),
      ],
      scripts: [{ kind: 'bad', detail: 'exit 1' }],
      files: [{ kind: 'number', value: -3 }],
      bfdSessions: [{ kind: 'good' }],
      processes: [{ condition: { kind: 'good' }, count: 2 }],
    },
  }
}

/** As it comes over the daemon's socket. */
export const overTheWire = ({ configured, now }: Facts): Facts => {
  const inventory = JSON.parse(JSON.stringify({ revision: '1', configured, now })) as Required<Inventory>
  return { configured: inventory.configured, now: inventory.now }
}
