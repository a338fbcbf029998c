import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SwitchoverReport, SwitchoverRequest } from './switchover-report.ts'
import type { Node } from './testing/pair.ts'
import { Pair } from './testing/pair.ts'

const ask = (node: Node, over: Partial<SwitchoverRequest> = {}): SwitchoverReport[] => {
  const reports: SwitchoverReport[] = []
  node.daemon.switchOver({ instance: 'VI_1', isReturn: false, isRehearsal: false, ...over }, (report) => reports.push(report))
  return reports
}

/** The seed's pair after ten seconds: the first node has the address. */
const running = (...files: Parameters<typeof Pair.ofSeed>): Pair => {
  const pair = Pair.ofSeed(...files)
  pair.start()
  pair.time.advance(10_000)
  return pair
}

/** Advances by steps of a millisecond; gives the fewest and the most owners at any time. */
function watchOwners(pair: Pair, forMs: number): readonly [number, number] {
  let [least, most] = [9, 0]
  for (let at = 0; at < forMs; at++) {
    pair.time.advance(1)
    const count = pair.owners().length
    least = Math.min(least, count)
    most = Math.max(most, count)
  }
  return [least, most]
}

test('a switchover moves the address at no moment without an owner, and the report says how', () => {
  const pair = running()
  const reports = ask(pair.one)
  assert.deepEqual(watchOwners(pair, 2000), [1, 2])
  assert.deepEqual(pair.owners(), ['ecs-2'])
  const [report] = reports
  assert.equal(reports.length, 1)
  assert.deepEqual(
    { ...report, checks: undefined },
    {
      version: 1,
      instance: 'VI_1',
      members: ['VI_1'],
      direction: 'give',
      outcome: 'moved',
      from: { address: '192.168.0.209', priority: 100 },
      to: { address: '192.168.0.210', priority: 10 },
      checks: undefined,
      measured: report?.measured,
      state: 'backup',
      standsBack: true,
    },
  )
  assert.equal(report?.measured?.bothHeldForMs, 250)
  assert((report?.measured?.tookOverAfterMs ?? 9) < 1)
  assert.equal(pair.one.host.lines(/Entering BACKUP STATE: switched over to 192\.168\.0\.210, priority 10/).length, 1)
  assert.equal(pair.two.host.lines(/192\.168\.0\.209 has removed its addresses; announcing ours again/).length, 1)
})

test('it stays there although the first node preempts, and status says so', () => {
  const pair = running()
  ask(pair.one)
  pair.time.advance(60_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  const status = pair.one.daemon.status().instances[0]
  assert.equal(status?.state, 'backup')
  assert((status?.standsBackForMs ?? 0) > 59_000)
})

test('--return takes it back the same way', () => {
  const pair = running()
  ask(pair.one)
  pair.time.advance(10_000)
  const reports = ask(pair.one, { isReturn: true })
  assert.deepEqual(watchOwners(pair, 1500), [1, 2])
  assert.deepEqual(pair.owners(), ['ecs-1'])
  const [report] = reports
  assert.equal(report?.outcome, 'moved')
  assert.equal(report?.direction, 'return')
  assert.deepEqual(report?.from, { address: '192.168.0.210', priority: 10 })
  assert.deepEqual(report?.to, { address: '192.168.0.209', priority: 100 })
  assert.equal(report?.measured?.uncontradictedForMs, 1150)
  assert.equal(pair.one.daemon.status().instances[0]?.standsBackForMs, undefined)
})

test('at the return the first node announces before the other lets go, and again when it has', () => {
  const pair = running()
  ask(pair.one)
  pair.time.advance(10_300)
  const order: string[] = []
  const { announce } = pair.one.host
  pair.one.host.announce = (announcement) => {
    order.push('announced')
    return announce.call(pair.one.host, announcement)
  }
  const { removeAddress } = pair.two.host
  pair.two.host.removeAddress = (spec) => {
    order.push('let go')
    return removeAddress.call(pair.two.host, spec)
  }
  ask(pair.one, { isReturn: true })
  pair.time.advance(100)
  const lets = order.indexOf('let go')
  assert(lets > 0, 'announced before')
  assert.deepEqual(new Set(order.slice(0, lets)), new Set(['announced']))
  assert.equal(order.at(-1), 'announced')
})

test('with nobody to take over it stays master, and was never without the address', () => {
  const pair = running()
  pair.two.host.powerOff()
  const reports = ask(pair.one)
  assert.deepEqual(watchOwners(pair, 6000), [1, 1])
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(reports[0]?.outcome, 'stayed')
  assert.equal(reports[0]?.reason, 'no other router took over')
  assert.equal(reports[0]?.standsBack, false)
})

test('the other node fails later: the first one takes over', () => {
  const pair = running()
  ask(pair.one)
  pair.time.advance(10_000)
  pair.two.host.powerOff()
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('refusals say what to do', () => {
  const pair = running()
  const reason = (node: Node, over: Partial<SwitchoverRequest>): string | undefined => {
    const [report] = ask(node, over)
    assert.equal(report?.outcome, 'refused')
    return report?.reason
  }
  assert.equal(reason(pair.one, { instance: 'VI_9' }), 'no instance is called VI_9; there are: VI_1')
  assert.match(
    reason(pair.two, {}) ?? '',
    /^VI_1 is BACKUP here and has nothing to give; 192\.168\.0\.209 was heard as master .* ago: ask there$/,
  )
  assert.equal(reason(pair.one, { to: '192.168.0.77' as never }), '192.168.0.77 is no unicast_peer of VI_1: 192.168.0.210')
  assert.equal(reason(pair.one, { isReturn: true }), 'VI_1 is MASTER here already')
  assert.equal(
    reason(pair.two, { isReturn: true }),
    'its priority 100 does not give way to ours, 10: run the switchover on that node instead',
  )
  pair.two.host.powerOff()
  ask(pair.one)
  assert.equal(reason(pair.one, {}), 'another switchover of this instance is under way')
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('a rehearsal looks and does nothing', () => {
  const pair = running()
  const [report] = ask(pair.one, { isRehearsal: true })
  assert.equal(report?.outcome, 'ready')
  assert.deepEqual(
    report?.checks.map(({ name, verdict }) => `${name} ${verdict}`),
    ['state ok', 'peer ok', 'heard unknown', 'expectation ok', 'overlap ok'],
  )
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})

test('a stop or a handover in between is told', () => {
  const pair = running()
  pair.two.host.powerOff()
  const reports = ask(pair.one)
  pair.one.daemon.handOver()
  assert.equal(reports[0]?.outcome, 'interrupted')
  const other = running()
  other.two.host.powerOff()
  const stopped = ask(other.one)
  other.one.daemon.stop(() => {})
  assert.equal(stopped[0]?.outcome, 'interrupted')
})

test('an IPv6 address that is asked about first is never on both', () => {
  const instance = 'virtual_ipaddress_excluded {\n 2001:db8::88/64 -nodad\n }'
  const pair = running({ instance }, { instance })
  assert.deepEqual(pair.owners('2001:db8::88'), ['ecs-1'])
  const reports = ask(pair.one)
  pair.time.advance(1000)
  assert.equal(reports[0]?.measured?.bothHeldForMs, 0)
})
