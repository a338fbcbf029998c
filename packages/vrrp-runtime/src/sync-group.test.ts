// Three routers in one sync group on each of two machines; the order is that of keepalived 2.2.7 for the same faults.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configPath, type Node, Pair } from './testing/pair.ts'

const script = (name: string): string => `/etc/keepalived/${name}.sh`

type FileOptions = { readonly group?: string; readonly blocks?: string; readonly second?: string; readonly global?: string }

function groupFile(own: 1 | 2, options: FileOptions = {}): string {
  const base = own === 1 ? 180 : 80
  const instance = (n: 1 | 2 | 3, more: string): string => `
vrrp_instance VI_${n} {
  interface eth0
  virtual_router_id ${50 + n}
  priority ${base + 30 - 10 * n}
  unicast_src_ip 192.168.0.${208 + own}
  unicast_peer {
    192.168.0.${211 - own}
  }
  virtual_ipaddress {
    192.168.0.${80 + n}
  }
  sole_peer_takeover off
  notify ${script('any')}
  ${more}
}`
  return `global_defs {
  router_id R
  ${options.global ?? ''}
}
${options.blocks ?? ''}
vrrp_sync_group G1 {
  group { VI_1 VI_2 VI_3 }
  notify ${script('any')}
  notify_master ${script('group-master')}
  ${options.group ?? ''}
}
${instance(1, '')}
${instance(2, options.second ?? '')}
${instance(3, '')}
`
}

const pairOf = (options: FileOptions = {}): Pair => new Pair(groupFile(1, options), groupFile(2, options))
/** What the generic script heard since the last call. */
function told(node: Node): readonly string[] {
  return node.host.started.splice(0).flatMap(({ spec }) => (spec.argv[0] === script('any') ? [spec.argv.slice(1).join(' ')] : []))
}
const owners = (pair: Pair): readonly (readonly string[])[] => [1, 2, 3].map((n) => pair.owners(`192.168.0.${80 + n}`))

test('the slowest member decides when the group becomes master; it goes first, and the group is told last', () => {
  const pair = pairOf()
  pair.start(pair.one)
  assert.deepEqual(told(pair.one), [
    'GROUP G1 BACKUP 0',
    'INSTANCE VI_1 BACKUP 200',
    'INSTANCE VI_2 BACKUP 190',
    'INSTANCE VI_3 BACKUP 180',
  ])
  pair.time.advance(3290)
  assert.deepEqual(owners(pair), [[], [], []])
  pair.time.advance(10)
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
  assert.deepEqual(told(pair.one), [
    'INSTANCE VI_3 MASTER 180',
    'INSTANCE VI_1 MASTER 200',
    'INSTANCE VI_2 MASTER 190',
    'GROUP G1 MASTER 0',
  ])
  assert.deepEqual(
    pair.one.host.lines(/Entering MASTER|VRRP_Group/).map((line) => line.split(':')[0]),
    [
      '(VI_3) Entering MASTER STATE',
      'VRRP_Group(G1) Syncing instances to MASTER state',
      '(VI_1) Entering MASTER STATE',
      '(VI_2) Entering MASTER STATE',
    ],
  )
  const status = pair.one.daemon.status().groups[0]
  assert.equal(status?.state, 'master')
  assert.equal(status?.because, 'VI_3')
})

test('of equal members the one whose timer was set last goes first', () => {
  const equal = (own: 1 | 2): string => groupFile(own).replace(/priority \d+/g, `priority ${own === 1 ? 150 : 100}`)
  const pair = new Pair(equal(1), equal(2))
  pair.start(pair.one)
  pair.time.advance(5000)
  const order = (): readonly string[] => told(pair.one).flatMap((line) => line.match(/(VI_\d) MASTER/)?.[1] ?? [])
  assert.deepEqual(order(), ['VI_3', 'VI_1', 'VI_2'])
  pair.one.host.setUp('eth0', false)
  pair.time.advance(1000)
  pair.one.host.setUp('eth0', true)
  pair.time.advance(5000)
  // VI_3 was the last that was down: its timer was set first, then those of the others in the order of the group.
  assert.deepEqual(order(), ['VI_2', 'VI_1', 'VI_3'])
})

const tracked: FileOptions = {
  blocks: `vrrp_script chk {\n script ${script('chk')}\n interval 1\n fall 1\n rise 1\n}`,
  second: 'track_script {\n chk\n }',
}

test('a fault of one member is the fault of all, and all come back together', () => {
  const pair = pairOf(tracked)
  let status = 0
  pair.one.host.processScript = (spec) => (spec.argv[0] === script('chk') ? { end: { kind: 'exited', status }, after: 10 } : undefined)
  pair.start()
  assert.deepEqual(told(pair.one), [], 'all wait for the script of one')
  pair.time.advance(50)
  assert.deepEqual(told(pair.one), [
    'INSTANCE VI_2 BACKUP 190',
    'INSTANCE VI_1 BACKUP 200',
    'INSTANCE VI_3 BACKUP 180',
    'GROUP G1 BACKUP 0',
  ])
  pair.time.advance(8000)
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
  told(pair.one)
  told(pair.two)
  status = 1
  pair.time.advance(1000)
  assert.deepEqual(told(pair.one), ['INSTANCE VI_2 FAULT 190', 'INSTANCE VI_1 FAULT 200', 'INSTANCE VI_3 FAULT 180', 'GROUP G1 FAULT 0'])
  pair.time.advance(1000)
  assert.deepEqual(owners(pair), [['ecs-2'], ['ecs-2'], ['ecs-2']])
  assert.deepEqual(told(pair.two), ['INSTANCE VI_3 MASTER 80', 'INSTANCE VI_1 MASTER 100', 'INSTANCE VI_2 MASTER 90', 'GROUP G1 MASTER 0'])
  status = 0
  pair.time.advance(1000)
  assert.deepEqual(told(pair.one), [
    'INSTANCE VI_2 BACKUP 190',
    'INSTANCE VI_1 BACKUP 200',
    'INSTANCE VI_3 BACKUP 180',
    'GROUP G1 BACKUP 0',
  ])
  pair.time.advance(5000)
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
  assert.deepEqual(told(pair.two), ['INSTANCE VI_3 BACKUP 80', 'INSTANCE VI_1 BACKUP 100', 'INSTANCE VI_2 BACKUP 90', 'GROUP G1 BACKUP 0'])
})

test('a stop tells each member and then the group', () => {
  const pair = pairOf()
  pair.start(pair.one)
  pair.time.advance(5000)
  told(pair.one)
  pair.one.daemon.stop(() => {})
  assert.deepEqual(told(pair.one), ['INSTANCE VI_1 STOP 200', 'INSTANCE VI_2 STOP 190', 'INSTANCE VI_3 STOP 180', 'GROUP G1 STOP 0'])
})

test('a tracker of the group counts for every member, with its weight', () => {
  const options: FileOptions = {
    blocks: `vrrp_script chk {\n script ${script('chk')}\n interval 1\n }`,
    group: 'track_script {\n chk weight -50\n }\n sync_group_tracking_weight',
  }
  const pair = pairOf(options)
  pair.one.host.processScript = (spec) => (spec.argv[0] === script('chk') ? { end: { kind: 'exited', status: 1 }, after: 10 } : undefined)
  pair.start(pair.one)
  pair.time.advance(100)
  assert.deepEqual(
    pair.one.daemon.status().instances.map(({ priority }) => priority.effective),
    [150, 140, 130],
  )
})

test('the group mails for itself', () => {
  const pair = pairOf({
    group: 'smtp_alert',
    global: 'smtp_server 192.0.2.1\n notification_email {\n a@example.org\n }\n notification_email_from b@example.org',
  })
  pair.start(pair.one)
  pair.time.advance(5000)
  assert.deepEqual(
    pair.one.host.mails.map(({ headers, body }) => [headers.find(([name]) => name === 'Subject')?.[1], body.trim()]),
    [
      ['[R] VRRP Group G1 - Entering BACKUP state', '=> All VRRP group instances are now in BACKUP state <='],
      ['[R] VRRP Group G1 - Entering MASTER state', '=> All VRRP group instances are now in MASTER state <='],
    ],
  )
})

test('a reload that takes a group away leaves its members as they are, and frees those in FAULT because of another', () => {
  const pair = pairOf(tracked)
  pair.one.host.processScript = (spec) => (spec.argv[0] === script('chk') ? { end: { kind: 'exited', status: 1 }, after: 10 } : undefined)
  pair.start(pair.one)
  pair.time.advance(6000)
  assert.deepEqual(
    pair.one.daemon.status().instances.map(({ state }) => state),
    ['fault', 'fault', 'fault'],
  )
  pair.write(pair.one, groupFile(1, tracked).replace(/vrrp_sync_group G1 \{[^}]*\}[^}]*\}/, ''))
  assert.equal(pair.one.daemon.reload().accepted, true)
  assert.deepEqual(
    pair.one.daemon.status().instances.map(({ state }) => state),
    ['backup', 'fault', 'backup'],
  )
  assert.deepEqual(pair.one.daemon.status().groups, [])
})

test('a reload that makes a group of routers in different states lets none be master alone', () => {
  const grouped = groupFile(1)
  const alone = grouped.replace(/vrrp_sync_group G1 \{[^}]*\}[^}]*\}/, '')
  const pair = new Pair(alone, alone)
  pair.start(pair.one)
  pair.time.advance(3230)
  assert.deepEqual(
    pair.one.daemon.status().instances.map(({ state }) => state),
    ['master', 'backup', 'backup'],
  )
  pair.one.host.fileTexts.set(configPath, grouped)
  assert.equal(pair.one.daemon.reload().accepted, true)
  assert.deepEqual(
    pair.one.daemon.status().instances.map(({ state }) => state),
    ['backup', 'backup', 'backup'],
  )
  pair.time.advance(4000)
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
})

test('a member that is ready is so no longer once its master speaks again, and the group does not claim', () => {
  const pair = pairOf()
  pair.start(pair.one)
  pair.start(pair.two)
  pair.time.advance(5000)
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
  // The first two are ready when they hear their master again; the third's was silent all the time, and its timer runs out later.
  const began = pair.time.now
  pair.segment.loses = (from, _, datagram) => {
    const since = pair.time.now - began
    const vrid = datagram[21]
    return from === pair.one.host && (vrid === 53 ? since > 1500 : since < 3500)
  }
  pair.time.advance(20_000)
  assert.deepEqual(pair.two.host.lines(/Entering MASTER/), [])
  assert.deepEqual(owners(pair), [['ecs-1'], ['ecs-1'], ['ecs-1']])
})
