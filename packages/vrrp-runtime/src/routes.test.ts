import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair, seedLike } from './testing/pair.ts'

const instance = `virtual_routes {
    10.20.0.0/16 via 192.168.0.1 dev eth0
    10.21.0.0/16 dev eth0 no_track
  }
  virtual_rules {
    from 192.168.0.88 table 100 preference 900
  }`

function masterWithRoutes(more = ''): Pair {
  const pair = Pair.ofSeed({ instance: `${instance}\n${more}` })
  pair.start(pair.one)
  pair.time.advance(10_000)
  return pair
}
const log = (pair: Pair): readonly string[] => pair.one.host.parts.routingLog.splice(0)

test('a master adds its routes and then its rules, and takes them away in the reverse sense', () => {
  const pair = masterWithRoutes()
  assert.deepEqual(log(pair), ['add route 10.20.0.0', 'add route 10.21.0.0', 'add rule 900'])
  assert.deepEqual(pair.owners(), ['ecs-1'])
  const hadAddress: boolean[] = []
  const { removeRules } = pair.one.host.parts.routing
  Object.assign(pair.one.host.parts.routing, {
    removeRules: (rules: Parameters<typeof removeRules>[0]) => {
      hadAddress.push(pair.one.host.has('192.168.0.88'))
      return removeRules(rules)
    },
  })
  pair.one.daemon.stop(() => {})
  assert.deepEqual(log(pair), ['remove rule 900', 'remove route 10.21.0.0', 'remove route 10.20.0.0'])
  assert.deepEqual(hadAddress, [true])
})

test('a route that something else removes makes the master start again, one with no_track does not', () => {
  const pair = masterWithRoutes('address_reassertion off')
  log(pair)
  pair.one.host.parts.loseRoute('10.21.0.0')
  assert.deepEqual(log(pair), [])
  pair.one.host.parts.loseRoute('10.20.0.0')
  pair.time.advance(5000)
  assert.ok(pair.one.host.parts.routes.some((route) => route.destination === '10.20.0.0'))
  assert.match(JSON.stringify(pair.one.daemon.recording()), /route 10\.20\.0\.0\/16 via 192\.168\.0\.1/)
})

test('a rule that something else removes is a loss as well', () => {
  const pair = masterWithRoutes()
  pair.one.host.parts.loseRule(900)
  pair.time.advance(5000)
  assert.equal(pair.one.host.parts.rules.length, 1)
})

test('a reload touches only the routes that differ', () => {
  const pair = masterWithRoutes()
  log(pair)
  pair.write(pair.one, seedLike(1, { priority: 100, instance: instance.replace('10.21.0.0/16', '10.22.0.0/16') }))
  pair.one.daemon.reload()
  assert.deepEqual(log(pair), ['remove route 10.21.0.0', 'add route 10.22.0.0'])
})

test('static routes and rules are there from start to stop, and put back', () => {
  const blocks = `static_routes {
  10.30.0.0/16 via 192.168.0.1 dev eth0
}
static_rules {
  from 10.30.0.0/16 table 7 preference 50
}`
  const pair = Pair.ofSeed({ blocks })
  pair.start(pair.one)
  assert.deepEqual(log(pair), ['add route 10.30.0.0', 'add rule 50'])
  pair.one.host.parts.loseRoute('10.30.0.0')
  assert.deepEqual(log(pair), ['add route 10.30.0.0'])
  assert.equal(pair.one.host.lines(/Restoring deleted static route 10\.30\.0\.0\/16 via 192\.168\.0\.1/).length, 1)
  pair.one.daemon.stop(() => {})
  pair.time.advance(2000)
  assert.deepEqual(pair.one.host.parts.routes.length + pair.one.host.parts.rules.length, 0)
})

test('names come from the tables of iproute, and an unknown one costs that route alone', () => {
  const blocks = `static_routes {
  10.30.0.0/16 dev eth0 table blue
  10.31.0.0/16 dev eth0 table green
}`
  const pair = Pair.ofSeed({ blocks })
  pair.one.host.fileTexts.set('/etc/iproute2/rt_tables', '# names\n255 local\n200 blue\n')
  pair.start(pair.one)
  assert.deepEqual(
    pair.one.host.parts.routes.map(({ destination, table }) => [destination, table]),
    [['10.30.0.0', 200]],
  )
  assert.equal(pair.one.host.lines(/route 10\.31\.0\.0\/16 cannot be added: there is no routing table named green/).length, 1)
})

test('the guard is told of routes and rules, whether they are there or not', () => {
  const pair = masterWithRoutes()
  assert.equal(pair.one.host.will?.removeRoutes?.length, 2)
  assert.equal(pair.one.host.will?.removeRules?.[0]?.priority, 900)
})
