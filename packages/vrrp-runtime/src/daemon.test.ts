import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant, milliseconds } from '@havip/base'
import { Pair, seedLike } from './testing/pair.ts'

const script = (name: string): string => `/etc/keepalived/${name}.sh`
const notifyLines = `
  notify_master "${script('master')} one"
  notify_backup ${script('backup')}
  notify_fault ${script('fault')}
  notify_stop ${script('stop')}
  notify ${script('any')}`

test('of two that start together only the higher priority becomes master', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.two.host.lines(/Entering MASTER/).length, 0)
})

test('after a power loss the other takes the address, and says since when it heard nothing', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.powerOff()
  pair.time.advance(2600)
  assert.deepEqual(pair.owners(), [])
  pair.time.advance(100)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  const [line] = pair.two.host.lines(/Entering MASTER STATE/)
  assert.match(line ?? '', /^\(VI_1\) Entering MASTER STATE: no advertisement from 192\.168\.0\.209 for 3\.05 s/)
  const status = pair.two.daemon.status()
  assert.equal(status.instances[0]?.state, 'master')
  assert.equal(status.instances[0]?.addresses[0]?.present, true)
  assert.equal(status.instances[0]?.transitions[0]?.reason.kind, 'master-silent')
})

test('a stop resigns before the address goes, and the only peer takes over without waiting', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  let isDone = false
  pair.one.daemon.stop(() => {
    isDone = true
  })
  assert.deepEqual(pair.owners(), [])
  pair.time.advance(1)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.equal(isDone, true)
  assert.equal(pair.one.host.will?.resignations.length, 0)
})

test('the higher priority takes the address back when it returns', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.powerOff()
  pair.time.advance(10_000)
  pair.restart(pair.one)
  assert.equal(pair.one.host.has('192.168.0.88'), false, 'what the power loss left behind is removed at start')
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('nopreempt leaves the address where it is', () => {
  const pair = Pair.ofSeed({ instance: 'nopreempt' }, { instance: 'nopreempt' })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.powerOff()
  pair.time.advance(10_000)
  pair.restart(pair.one)
  pair.time.advance(20_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
})

test('the interface going down is FAULT, and coming up again an ordinary election', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setUp('eth0', false)
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'fault')
  assert.deepEqual(pair.one.daemon.status().instances[0]?.faults, ['interface eth0 is down'])
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  pair.one.host.setUp('eth0', true)
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'backup')
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

const tracked = {
  blocks: `vrrp_script check {\n script ${script('check')}\n interval 1\n fall 2\n rise 2\n }`,
  instance: 'track_script {\n check\n }',
}

test('a failing script of weight 0 moves the address after `fall` failures, and its success moves it back', () => {
  const pair = Pair.ofSeed(tracked)
  let status = 0
  pair.one.host.processScript = () => ({ end: { kind: 'exited', status }, after: 10 })
  pair.start()
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'init', 'held back until the script has reported')
  pair.time.advance(10_500)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  status = 3
  pair.time.advance(1000)
  assert.deepEqual(pair.owners(), ['ecs-1'], 'one failure is not enough')
  pair.time.advance(1000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  const [fault] = pair.one.host.lines(/FAULT/)
  assert.match(fault ?? '', /Entering FAULT STATE: script check failed \(exited with status 3\)/)
  assert.deepEqual(pair.one.host.lines(/VRRP_Script|Script `/), [
    'VRRP_Script(check) succeeded',
    'Script `check` now returning 3',
    'VRRP_Script(check) failed (exited with status 3)',
  ])
  status = 0
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('a script with a weight changes the priority, and the peer takes over when that is enough', () => {
  const weighted = { ...tracked, instance: 'track_script {\n check weight -95\n }' }
  const pair = Pair.ofSeed(weighted)
  let status = 0
  pair.one.host.processScript = () => ({ end: { kind: 'exited', status }, after: 10 })
  pair.start()
  pair.time.advance(10_000)
  status = 1
  pair.time.advance(12_000)
  assert.deepEqual(pair.one.host.lines(/effective priority/), ['(VI_1) Changing effective priority from 100 to 5: script check -95'])
  assert.deepEqual(pair.owners(), ['ecs-2'])
})

test('scripts are told in order: the state`s own, then the generic one with four more arguments', () => {
  const pair = Pair.ofSeed({ instance: notifyLines })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setUp('eth0', false)
  pair.one.daemon.stop(() => {})
  const argv = pair.one.host.started.map(({ spec }) => spec.argv.join(' '))
  assert.deepEqual(argv, [
    script('backup'),
    `${script('any')} INSTANCE VI_1 BACKUP 100`,
    `${script('master')} one`,
    `${script('any')} INSTANCE VI_1 MASTER 100`,
    script('fault'),
    `${script('any')} INSTANCE VI_1 FAULT 100`,
    script('stop'),
    `${script('any')} INSTANCE VI_1 STOP 100`,
  ])
})

test('stop waits for scripts, but no longer than a second', () => {
  const pair = Pair.ofSeed({ instance: notifyLines })
  pair.one.host.processScript = () => ({ end: { kind: 'exited', status: 0 }, after: 60_000 })
  pair.start(pair.one)
  let isDone = false
  pair.one.daemon.stop(() => {
    isDone = true
  })
  pair.time.advance(999)
  assert.equal(isDone, false)
  pair.time.advance(2)
  assert.equal(isDone, true)
})

const mail = `notification_email {
    ops@example.net
  }
  notification_email_from havip@example.net
  smtp_server 192.0.2.25`

test('mail goes out on each transition with smtp_alert, and only with it', () => {
  const pair = Pair.ofSeed({ global: mail, instance: 'smtp_alert' }, { global: mail })
  pair.start()
  pair.time.advance(10_000)
  const subjects = pair.one.host.mails.map(({ headers }) => headers.find(([name]) => name === 'Subject')?.[1])
  assert.deepEqual(subjects, [
    '[LVS_DEVEL] VRRP Instance VI_1 - Entering BACKUP state',
    '[LVS_DEVEL] VRRP Instance VI_1 - Entering MASTER state',
  ])
  assert.deepEqual(pair.two.host.mails, [])
})

test('gratuitous ARP: five at once, five a second later, then one every refresh', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(18_000)
  const first = pair.one.host.announced[0]?.at ?? 0
  const after = pair.one.host.announced.map(({ at }) => Math.round(at - first))
  assert.deepEqual(after, [0, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000, 6000, 11_000])
})

test('an address that something else removes is back at once, announced, and the router stays master', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  const before = pair.one.host.announced.length
  pair.one.host.loseAddress('192.168.0.88')
  pair.time.advance(1)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.one.host.announced.length - before, 5)
  assert.match(pair.one.host.lines(/removed by something else/)[0] ?? '', /192\.168\.0\.88 was removed by something else; it is back/)
  assert.equal(pair.one.daemon.status().instances[0]?.transitions[0]?.to, 'master')
})

test('whoever removes an address again and again gets the better of us: then another router has its chance', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  for (let i = 0; i < 4; i++) {
    pair.one.host.loseAddress('192.168.0.88')
    pair.time.advance(500)
  }
  assert.equal(pair.one.host.lines(/it is back/).length, 3)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('reassert_addresses off: an address that something else removed makes the master step down, say so, and come back', () => {
  const pair = Pair.ofSeed({ instance: 'reassert_addresses off' })
  pair.start()
  pair.time.advance(10_000)
  pair.two.host.powerOff()
  pair.one.host.loseAddress('192.168.0.88')
  pair.time.advance(1)
  assert.match(pair.one.host.lines(/BACKUP STATE/).at(-1) ?? '', /address 192\.168\.0\.88 was removed by something else/)
  pair.time.advance(1000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('our own removal of an address is never taken for a loss', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  for (let i = 0; i < 5; i++) {
    pair.one.host.setUp('eth0', false)
    pair.one.host.setUp('eth0', true)
    pair.time.advance(10_000)
  }
  assert.deepEqual(pair.one.host.lines(/removed by something else/), [])
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('an address that the kernel refuses puts the instance to FAULT with the call and the error', () => {
  const pair = Pair.ofSeed()
  pair.one.host.refuses = { addAddress: { call: 'RTM_NEWADDR', errno: 'EPERM', detail: 'Operation not permitted' } }
  pair.start()
  pair.time.advance(5000)
  assert.deepEqual(pair.one.daemon.status().instances[0]?.faults, ['RTM_NEWADDR: EPERM, Operation not permitted'])
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  pair.one.host.refuses = {}
  pair.time.advance(600_000)
  assert.deepEqual(pair.owners(), ['ecs-1'], 'tried again by itself')
})

test('a socket that the kernel refuses is a fault of that instance, tried again later', () => {
  const pair = Pair.ofSeed()
  pair.one.host.refuses = { openTransport: { call: 'socket', errno: 'EPERM', detail: 'Operation not permitted' } }
  pair.start()
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'fault')
  pair.one.host.refuses = {}
  pair.time.advance(20_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('an unknown sender is counted, told once in a state, and changes nothing', () => {
  const stranger = seedLike(2, { priority: 200 }).replace('unicast_src_ip 192.168.0.210', 'unicast_src_ip 192.168.0.66')
  const pair = new Pair(seedLike(1, { priority: 100 }), stranger)
  pair.two.host.setLink('eth0', ['192.168.0.210', '192.168.0.66'])
  pair.start()
  pair.time.advance(10_000)
  assert.equal(pair.one.host.lines(/192.168.0.66 not a unicast peer/).length, 2, 'as backup and as master')
  pair.one.host.logged.length = 0
  pair.time.advance(10_000)
  assert.deepEqual(pair.one.host.lines(/not a unicast peer/), [])
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'master')
  assert.ok((pair.one.daemon.status().instances[0]?.counters.unknown_source ?? 0) > 5)
})

test('a master that was frozen for longer than the others wait lets go before it says anything', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.clock.freeze(instant(pair.time.now + 8000))
  pair.time.advance(7900)
  assert.deepEqual(pair.two.host.lines(/Entering MASTER/).length, 1)
  pair.time.advance(200)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.match(pair.one.host.lines(/BACKUP STATE/).at(-1) ?? '', /did not run for/)
})

test('startup delay: nothing is claimed before it is over', () => {
  const pair = Pair.ofSeed({ global: 'vrrp_startup_delay 20' })
  pair.start(pair.one)
  // keepalived is BACKUP during the delay and says so at its beginning; the timers start at its end.
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'backup')
  pair.time.advance(20_000 + 3600)
  assert.deepEqual(pair.owners(), [])
  pair.time.advance(10)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('startup delay: a fault that ends during it does not shorten it, and what is heard does not count', () => {
  const pair = Pair.ofSeed({ global: 'vrrp_startup_delay 20' })
  pair.start()
  pair.time.advance(1000)
  pair.one.host.setUp('eth0', false)
  pair.time.advance(1000)
  pair.one.host.setUp('eth0', true)
  pair.time.advance(18_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.equal(pair.one.daemon.status().instances[0]?.counters.advert_rcvd, 0)
  pair.time.advance(4000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('vrrp_delay_after_boot waits for what is left of it', () => {
  const pair = Pair.ofSeed({ global: 'vrrp_delay_after_boot 60' })
  pair.restart(pair.one, { sinceBoot: milliseconds(50_000) })
  pair.time.advance(10_000 + 3600)
  assert.deepEqual(pair.owners(), [])
  pair.time.advance(10)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('the will always says what to undo: the owner`s names its peer, the other`s none', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(
    pair.one.host.will?.resignations.map(({ destination }) => destination),
    ['192.168.0.210'],
  )
  assert.deepEqual(pair.one.host.will?.held, ['192.168.0.88'])
  assert.deepEqual(pair.two.host.will?.resignations, [])
  assert.deepEqual(
    pair.two.host.will?.removeAddresses.map(({ address }) => address),
    ['192.168.0.88'],
  )
})

test('the recording tells the story of a transition, and passwords never appear in it', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.powerOff()
  pair.time.advance(5000)
  const kinds = pair.two.daemon.recording('VI_1').map(({ what }) => what.kind)
  for (const kind of ['event', 'action', 'advert-heard', 'advert-sent']) assert.ok(kinds.includes(kind as never), kind)
  const sequences = pair.two.daemon.recording().map(({ sequence }) => sequence)
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  )
})
