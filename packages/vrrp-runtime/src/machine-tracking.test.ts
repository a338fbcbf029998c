import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { numberIn } from './file-tracker.ts'
import { Pair } from './testing/pair.ts'

const priorityOf = (pair: Pair): number | undefined => pair.one.daemon.status().instances[0]?.priority.effective
const stateOf = (pair: Pair): string | undefined => pair.one.daemon.status().instances[0]?.state

describe('tracked files', () => {
  const tracking = (lines: string, entry = 'T'): Pair =>
    Pair.ofSeed({ blocks: `track_file T {\n file /run/t\n ${lines}\n}`, instance: `track_file {\n ${entry}\n}` })

  test('a number is read as C reads it', () => {
    const cases: readonly (readonly [string, number])[] = [
      ['', 0],
      ['12\n', 12],
      [' -12 trailing', -12],
      ['0x1f', 31],
      ['-010', -8],
      ['+7', 7],
      ['seven', 0],
      ['99999999999', 0x7fffffff],
    ]
    for (const [text, value] of cases) assert.equal(numberIn(text), value, text)
  })

  test('value times weight counts at once, and a file that vanishes counts as 0', () => {
    const pair = tracking('weight 2')
    pair.one.host.parts.files.set('/run/t', '-5\n')
    pair.start(pair.one)
    assert.equal(priorityOf(pair), 90)
    pair.one.host.parts.setFile('/run/t', '7')
    assert.equal(priorityOf(pair), 114)
    pair.one.host.parts.setFile('/run/t', undefined)
    assert.equal(priorityOf(pair), 100)
  })

  test('-254 and less is FAULT, and better than that is not', () => {
    const pair = tracking('weight 1')
    pair.start(pair.one)
    pair.one.host.parts.setFile('/run/t', '-254')
    assert.equal(stateOf(pair), 'fault')
    pair.one.host.parts.setFile('/run/t', '-253')
    assert.deepEqual([stateOf(pair), priorityOf(pair)], ['backup', 1])
  })

  test('while a weighted file says FAULT the priority stays what it was, and comes right without a word when it is over', () => {
    const pair = tracking('weight 1')
    pair.one.host.parts.files.set('/run/t', '-10')
    pair.start(pair.one)
    pair.one.host.parts.setFile('/run/t', '-260')
    assert.deepEqual([stateOf(pair), priorityOf(pair)], ['fault', 90])
    pair.one.host.parts.setFile('/run/t', '5')
    assert.deepEqual([stateOf(pair), priorityOf(pair)], ['backup', 105])
    assert.deepEqual(pair.one.host.lines(/effective priority from .* to 105/), [])
    pair.one.host.parts.setFile('/run/t', '-10')
    assert.equal(pair.one.host.lines(/from 105 to 90/).length, 1)
  })

  test('with weight 0 anything but zero is FAULT, and reverse turns that round', () => {
    const plain = tracking('weight 0')
    plain.start(plain.one)
    assert.equal(stateOf(plain), 'backup')
    plain.one.host.parts.setFile('/run/t', '1')
    assert.equal(stateOf(plain), 'fault')
    const reversed = tracking('weight 0 reverse')
    reversed.start(reversed.one)
    assert.equal(stateOf(reversed), 'fault')
    reversed.one.host.parts.setFile('/run/t', '1')
    assert.equal(stateOf(reversed), 'backup')
  })

  test('init_file makes a missing file, and only overwrite replaces one', () => {
    for (const [line, before, after] of [
      ['init_file 3', undefined, '3\n'],
      ['init_file 3', '9', '9'],
      ['init_file 3 overwrite', '9', '3\n'],
    ] as const) {
      const pair = tracking(`weight 1\n ${line}`)
      if (before !== undefined) pair.one.host.parts.files.set('/run/t', before)
      pair.start(pair.one)
      assert.equal(pair.one.host.parts.files.get('/run/t'), after)
    }
  })

  test('a file that a reload begins to track is read then', () => {
    const pair = Pair.ofSeed()
    pair.start(pair.one)
    pair.one.host.parts.files.set('/run/t', '-40')
    pair.write(pair.one, tracking('weight 1').one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? '')
    pair.one.daemon.reload()
    assert.equal(priorityOf(pair), 60)
  })
})

describe('tracked processes', () => {
  const tracking = (lines: string): Pair =>
    Pair.ofSeed({ blocks: `vrrp_track_process P {\n ${lines}\n}`, instance: 'track_process {\n P\n}' })

  test('without a weight a missing process is FAULT, seen at the start and later', () => {
    const pair = tracking('process nginx')
    pair.start(pair.one)
    assert.equal(stateOf(pair), 'fault')
    pair.one.host.parts.setProcesses('/usr/sbin/nginx -g daemon')
    assert.equal(stateOf(pair), 'backup')
    pair.one.host.parts.setProcesses('/usr/sbin/other')
    assert.equal(stateOf(pair), 'fault')
  })

  test('a quorum counts, and quorum_max 0 means it must not run', () => {
    const pair = tracking('process worker\n quorum 2\n weight 20')
    pair.one.host.parts.setProcesses('worker', 'other')
    pair.start(pair.one)
    assert.equal(priorityOf(pair), 100)
    pair.one.host.parts.setProcesses('worker', 'worker')
    assert.equal(priorityOf(pair), 120)
    const none = tracking('process backup-job\n quorum_max 0\n weight -30')
    none.start(none.one)
    assert.equal(priorityOf(none), 100)
    none.one.host.parts.setProcesses('/opt/backup-job')
    assert.equal(priorityOf(none), 70)
  })

  test('parameters are compared exactly, the first of them, or by how they begin', () => {
    const cases: readonly (readonly [lines: string, running: string, matches: boolean])[] = [
      ['process /usr/bin/web -p 80', '/usr/bin/web -p 80', true],
      ['process /usr/bin/web -p 80', '/usr/bin/web -p 80 -v', false],
      ['process /usr/bin/web -p 80\n param_match partial', '/usr/bin/web -p 80 -v', true],
      ['process /usr/bin/web -p 80\n param_match partial', '/usr/bin/web -p 8080', false],
      ['process /usr/bin/web -p 80\n param_match initial', '/usr/bin/web -p 8080', true],
      ['process /usr/bin/web\n param_match', '/usr/bin/web -v', false],
      ['process /usr/bin/web\n full_command', '/opt/web', false],
    ]
    for (const [lines, running, matches] of cases) {
      const pair = tracking(lines)
      pair.one.host.parts.setProcesses(running)
      pair.start(pair.one)
      assert.equal(stateOf(pair), matches ? 'backup' : 'fault', `${lines} and ${running}`)
    }
  })

  test('a change that does not last as long as its delay changes nothing', () => {
    const pair = tracking('process web\n weight -50\n terminate_delay 3\n fork_delay 1')
    pair.one.host.parts.setProcesses('web')
    pair.start(pair.one)
    pair.one.host.parts.setProcesses()
    pair.time.advance(2900)
    pair.one.host.parts.setProcesses('web')
    pair.time.advance(5000)
    assert.equal(priorityOf(pair), 100)
    pair.one.host.parts.setProcesses()
    pair.time.advance(3100)
    assert.equal(priorityOf(pair), 50)
    pair.one.host.parts.setProcesses('web')
    assert.equal(priorityOf(pair), 50)
    pair.time.advance(1100)
    assert.equal(priorityOf(pair), 100)
  })
})

describe('interfaces of addresses, routes and rules', () => {
  const items: readonly (readonly [string, string, string])[] = [
    ['an address', '10.0.0.9/24 dev eth1', ''],
    ['an excluded address', '', 'virtual_ipaddress_excluded {\n 10.0.0.9/24 dev eth1\n }'],
    ['a route', '', 'virtual_routes {\n 10.7.0.0/24 dev eth1 scope link\n }'],
    ['a rule', '', 'virtual_rules {\n from 10.7.0.0/24 iif eth1 lookup 100 priority 77\n }'],
    ['an address, although the interface has a weight', '10.0.0.9/24 dev eth1', 'track_interface {\n eth1 weight 5\n }'],
  ]
  const withItem = (address: string, instance: string): Pair => {
    const pair = Pair.ofSeed({ instance })
    const file = [...pair.one.host.fileTexts][0]
    assert(file)
    pair.one.host.fileTexts.set(file[0], file[1].replace(/(virtual_ipaddress \{\n)/, `$1 ${address}\n`))
    pair.one.host.setLink('eth1', [])
    pair.start(pair.one)
    pair.time.advance(10_000)
    return pair
  }

  for (const [what, address, instance] of items) {
    test(`${what} on another interface: when that is down, FAULT`, () => {
      const pair = withItem(address, instance)
      assert.equal(stateOf(pair), 'master')
      pair.one.host.setUp('eth1', false)
      assert.equal(stateOf(pair), 'fault')
      assert.deepEqual(pair.one.daemon.status().instances[0]?.faults, ['tracked interface eth1 is down'])
      pair.one.host.setUp('eth1', true)
      pair.time.advance(10_000)
      assert.equal(stateOf(pair), 'master')
    })
  }

  test('with no_track nothing happens', () => {
    const pair = withItem('10.0.0.9/24 dev eth1 no_track', '')
    pair.one.host.setUp('eth1', false)
    assert.equal(stateOf(pair), 'master')
  })
})
