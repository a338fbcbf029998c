// A pair of files as the widely copied cloud sample has them: the model and the findings, exactly (reference 9.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectProblems, onlyInstance } from '../test/check.ts'
import { configTestStatus, mayStart } from './exit-status.ts'
import { formatDiagnostic } from './format-diagnostic.ts'
import { parseText } from './parse.ts'

type Node = { readonly state: string; readonly priority: number; readonly own: string; readonly peer: string }
const node = ({ state, priority, own, peer }: Node): string => `! Configuration of one node
global_defs {
   notification_email {
     ops@example.org
     oncall@example.org
   }
   notification_email_from vrrp@example.org
   smtp_server 192.168.200.1
   smtp_connect_timeout 30
   router_id NODE
   vrrp_skip_check_adv_addr
   vrrp_garp_interval 0
   vrrp_gna_interval 0
}
#vrrp_script check
#{
#    script "/etc/keepalived/check.sh"
#}
vrrp_instance VI_1 {
state ${state}           #one of the two
    interface eth0
    virtual_router_id 51
    nopreempt
#    preempt_delay 10
    priority ${priority}             #the larger value wins
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    unicast_src_ip ${own}   #our own address
    unicast_peer {
        ${peer}           #the other one
    }
    virtual_ipaddress {
        192.168.0.88
    }
    notify_master "/etc/keepalived/notify.sh MASTER"
    notify_backup "/etc/keepalived/notify.sh BACKUP"
    notify_fault "/etc/keepalived/notify.sh FAULT"
    notify_stop "/etc/keepalived/notify.sh STOP"
    garp_master_delay 1
    garp_master_refresh 5

        track_interface {
                eth0                #the same interface
        }
#    track_script {
#        check
#    }
}
`
const first = node({ state: 'MASTER', priority: 100, own: '192.168.0.209', peer: '192.168.0.210' })
const second = node({ state: 'BACKUP', priority: 10, own: '192.168.0.210', peer: '192.168.0.209' })
const common = [
  'note note mail-needs-smtp-alert 8:4 "smtp_server 192.168.200.1"',
  'error corrected zero-interval 12:23 "0"',
  'error corrected zero-interval 13:22 "0"',
]
const ending = [
  'error corrected tracks-own-interface 46:17 "eth0"',
  'warning security no-script-security 38:19 "\\"/etc/keepalived/notify.sh MASTER\\""',
]
const sorted = (list: readonly string[]): string[] => [...list].sort()

test('the first node of the sample has exactly its known mistakes, nopreempt with MASTER among them', () => {
  const parsed = parseText(first)
  const expected = [...common, 'warning corrected nopreempt-with-master 23:5 "nopreempt"', ...ending]
  assert.deepEqual(sorted(parsed.diagnostics.map(({ code }) => code)), sorted(expected.map((line) => line.split(' ')[2] as string)))
  const { preempt, wantsMaster } = onlyInstance(parsed)
  assert.deepEqual({ preempt, wantsMaster }, { preempt: true, wantsMaster: true })
})

test('the second node of the sample keeps its nopreempt', () => {
  const parsed = expectProblems(second, [common[1] as string, common[2] as string, common[0] as string, ...ending])
  assert.equal(onlyInstance(parsed).preempt, false)
})

test('the sample runs although its test says 6', () => {
  const { diagnostics } = parseText(first)
  assert.equal(configTestStatus(diagnostics), 6)
  assert.equal(mayStart(diagnostics), true)
})

test('the sample gives the expected instance', () => {
  const instance = onlyInstance(parseText(first))
  const { name, interface: link, vrid, family, version, priority, advertInterval, source, unicastTtl, authentication, garp } = instance
  assert.deepEqual(
    { name, link, vrid, family, version, priority, advertInterval, source, unicastTtl, authentication, garp },
    {
      name: 'VI_1',
      link: 'eth0',
      vrid: 51,
      family: 'ipv4',
      version: 2,
      priority: 100,
      advertInterval: 1000,
      source: '192.168.0.209',
      unicastTtl: 255,
      authentication: { kind: 'pass', password: '1111' },
      garp: { masterDelay: 1000, masterRepeat: 5, masterRefresh: 5000, masterRefreshRepeat: 1, lowerPrioDelay: 5000, lowerPrioRepeat: 5 },
    },
  )
  assert.deepEqual(
    instance.peers.map(({ address }) => address),
    ['192.168.0.210'],
  )
  assert.deepEqual(
    instance.virtualAddresses.map(({ address, prefix }) => `${address}/${prefix}`),
    ['192.168.0.88/32'],
  )
  assert.deepEqual(instance.notify.master?.argv, ['/etc/keepalived/notify.sh', 'MASTER'])
  assert.deepEqual(instance.trackInterfaces, [])
  assert.equal(instance.skipCheckAdvAddr, true)
  assert.equal(instance.smtpAlert, false)
  assert.equal(instance.solePeerTakeover, true)
})

test('the message about nopreempt says what happens and what to do', () => {
  const { diagnostics, texts } = parseText(first, {}, '/etc/keepalived/keepalived.conf')
  const found = diagnostics.find(({ code }) => code === 'nopreempt-with-master')
  assert.ok(found)
  assert.equal(
    formatDiagnostic(found, texts),
    [
      '/etc/keepalived/keepalived.conf:23:5: warning: (VI_1) nopreempt does not work with `state MASTER` and is cleared: after a restart this node takes the addresses back. To leave them where they are write `state BACKUP` here (on all nodes); to take them back remove nopreempt [nopreempt-with-master]',
      '      nopreempt',
      '      ^^^^^^^^^',
      '/etc/keepalived/keepalived.conf:20:1: note: this is why',
    ].join('\n'),
  )
})
