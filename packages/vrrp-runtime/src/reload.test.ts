import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configPath, Pair, seedLike } from './testing/pair.ts'

const running = (): Pair => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  return pair
}

test('a reload of an unchanged file sends every advert on time and tells nobody', () => {
  const pair = running()
  const told = pair.one.host.started.length
  pair.time.advance(350)
  assert.equal(pair.one.daemon.reload().accepted, true)
  pair.time.advance(5000)
  const adverts = pair.segment.sent.filter(({ from }) => from === pair.one.host).map(({ at }) => at)
  const gaps = adverts.slice(1).map((at, i) => Math.round(at - (adverts[i] as number)))
  assert.deepEqual(new Set(gaps), new Set([1000]))
  assert.equal(pair.one.host.started.length, told)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('a file with a fatal mistake changes nothing, and the status says so', () => {
  const pair = running()
  pair.write(pair.one, 'vrrp_instance VI_1 {\n interface eth0\n }\n')
  const result = pair.one.daemon.reload()
  assert.equal(result.accepted, false)
  assert.ok(result.diagnostics.some(({ consequence }) => consequence === 'refused'))
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.one.daemon.status().daemon.lastReload?.accepted, false)
})

test('a file that has vanished changes nothing', () => {
  const pair = running()
  pair.one.host.fileTexts.clear()
  assert.equal(pair.one.daemon.reload().accepted, false)
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('an interface that does not exist is refused at reload', () => {
  const pair = running()
  pair.write(pair.one, seedLike(1, { priority: 100 }).replace('interface eth0', 'interface eth7'))
  assert.equal(pair.one.daemon.reload().accepted, false)
})

test('another address comes and is announced, the old one goes, and the router stays master', () => {
  const pair = running()
  const transitions = pair.one.host.lines(/Entering/).length
  pair.one.host.announced.length = 0
  pair.write(pair.one, seedLike(1, { priority: 100, address: '192.168.0.99' }))
  assert.equal(pair.one.daemon.reload().accepted, true)
  assert.deepEqual(pair.owners('192.168.0.88'), [])
  assert.deepEqual(pair.owners('192.168.0.99'), ['ecs-1'])
  assert.ok(pair.one.host.announced.length > 0)
  assert.ok(pair.one.host.announced.every(({ announcement }) => announcement.address === '192.168.0.99'))
  pair.time.advance(3000)
  assert.equal(pair.one.host.lines(/Entering/).length, transitions)
  assert.deepEqual(pair.one.host.will?.held, ['192.168.0.99'])
})

test('a lower priority takes effect without a restart', () => {
  const pair = running()
  pair.write(pair.one, seedLike(1, { priority: 5 }))
  pair.one.daemon.reload()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
})

test('a renamed instance is the same router', () => {
  const pair = running()
  pair.write(pair.one, seedLike(1, { priority: 100 }).replace('VI_1', 'WEB'))
  pair.one.daemon.reload()
  const [instance] = pair.one.daemon.status().instances
  assert.equal(instance?.name, 'WEB')
  assert.equal(instance?.state, 'master')
})

test('an instance with another VRID is another router: the old one resigns and reports FAULT, the new one starts', () => {
  const pair = running()
  pair.write(pair.one, seedLike(1, { priority: 100, instance: 'notify /etc/keepalived/any.sh' }))
  pair.one.daemon.reload()
  pair.write(pair.one, seedLike(1, { priority: 100 }).replace('virtual_router_id 51', 'virtual_router_id 52'))
  pair.one.daemon.reload()
  const last = pair.one.host.started.at(-1)?.spec.argv.join(' ')
  assert.equal(last, '/etc/keepalived/any.sh INSTANCE VI_1 FAULT 100')
  pair.time.advance(1)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'backup')
})

test('a script that stays the same keeps its result and its rhythm', () => {
  const check = {
    priority: 100,
    blocks: 'vrrp_script check {\n script /etc/keepalived/check.sh\n interval 2\n }',
    instance: 'track_script {\n check\n }',
  }
  const pair = Pair.ofSeed(check)
  pair.start()
  pair.time.advance(10_500)
  const runs = pair.one.host.started.length
  pair.one.daemon.reload()
  assert.equal(pair.one.host.started.length, runs)
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'master')
  pair.time.advance(4000)
  assert.equal(pair.one.host.started.length, runs + 2)
})

test('a new instance begins at once beside the old one', () => {
  const pair = running()
  const second = seedLike(1, { priority: 100, address: '192.168.0.90' })
    .replace('VI_1', 'VI_2')
    .replace('virtual_router_id 51', 'virtual_router_id 52')
  pair.write(pair.one, `${seedLike(1, { priority: 100 })}\n${second.slice(second.indexOf('vrrp_instance'))}`)
  pair.one.daemon.reload()
  pair.time.advance(5000)
  assert.deepEqual(pair.owners('192.168.0.88'), ['ecs-1'])
  assert.deepEqual(pair.owners('192.168.0.90'), ['ecs-1'])
})

test('an instance that a reload removes tells FAULT to the general script alone, or DELETED with notify_deleted', () => {
  const told = (more: string): readonly string[] => {
    const pair = Pair.ofSeed({ instance: `notify /etc/any\n notify_fault /etc/fault\n ${more}` })
    pair.start()
    pair.time.advance(10_000)
    pair.one.host.started.length = 0
    pair.write(pair.one, seedLike(1, { priority: 100 }).replace(/virtual_router_id \d+/, 'virtual_router_id 77'))
    assert.equal(pair.one.daemon.reload().accepted, true)
    return pair.one.host.started.map(({ spec }) => spec.argv.filter((word) => word !== 'INSTANCE' && word !== 'VI_1').join(' '))
  }
  assert.deepEqual(
    told('').filter((line) => /FAULT|fault/.test(line)),
    ['/etc/any FAULT 100'],
  )
  assert.deepEqual(
    told('notify_deleted').filter((line) => /FAULT|fault|DELETED/.test(line)),
    ['/etc/any DELETED 100'],
  )
  assert.deepEqual(
    told('notify_deleted /etc/gone').filter((line) => /FAULT|fault|DELETED|gone/.test(line)),
    ['/etc/gone', '/etc/any DELETED 100'],
  )
})

test('an instance in FAULT that a reload removes has nothing new to tell', () => {
  const pair = Pair.ofSeed({ instance: 'notify /etc/any.sh' })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setUp('eth0', false)
  pair.one.host.started.length = 0
  pair.write(
    pair.one,
    seedLike(1, { priority: 100, instance: 'notify /etc/any.sh' })
      .replace(/vrrp_instance VI_1/, 'vrrp_instance VI_2')
      .replace('_id 51', '_id 77'),
  )
  assert.equal(pair.one.daemon.reload().accepted, true)
  assert.deepEqual(
    pair.one.host.started.map(({ spec }) => spec.argv.slice(1).join(' ')),
    ['INSTANCE VI_2 FAULT 100'],
  )
})

test('what a reload removes twice is missed all the same when something else removes it later', () => {
  const pair = Pair.ofSeed()
  pair.start(pair.one)
  pair.time.advance(6000)
  // Another VRID is another router: the old one takes its addresses away, and the new one looks for leftovers.
  const text = pair.one.host.fileTexts.get(configPath) ?? ''
  pair.one.host.fileTexts.set(configPath, text.replace('virtual_router_id 51', 'virtual_router_id 52'))
  pair.one.daemon.reload()
  pair.time.advance(6000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  pair.one.host.loseAddress('192.168.0.88')
  pair.time.advance(100)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.one.host.lines(/was removed by something else; it is back/).length, 1)
})
