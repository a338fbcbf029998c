import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TimedFault } from './fault.ts'
import { formatFault, parseFault } from './fault-text.ts'

const names = ['ecs1', 'ecs2', 'node-1', 'node-2', 'client']
const parse = (text: string): TimedFault => {
  const fault = parseFault(text, names)
  assert(fault.ok, fault.ok ? '' : fault.fault.message)
  return fault.value
}

test('every form of the language is read, and written so that it reads back the same', () => {
  const texts = [
    'kill ecs1 @5s',
    'power-loss ecs1 for 1m30s @250ms',
    'freeze ecs1 for 5s @1s',
    'pause ecs2 for 200ms',
    'cut ecs1-ecs2 @1s',
    'cut ecs1->client for 3s @1s',
    'cut node-1-node-2',
    'cut node-1 <-> node-2',
    'isolate ecs2 for 1s',
    'heal',
    'heal ecs1-ecs2 @9s',
    'loss 12.5% @0',
    'loss 10% ecs1->ecs2 for 5s @1s',
    'delay 20ms ecs1',
    'jitter 3ms',
    'link ecs1 eth0 down for 2s @4s',
    'flap ecs1 eth0 5 times every 200ms @2s',
    'script check_http fails @3s',
    "script '/usr/bin/check http' on ecs1 fails with 3 for 4s @3s",
    'script check_http hangs',
    'script check_http takes 300ms',
    'address-removed ecs1 192.168.0.88 @3s',
    'reload ecs1 @3s',
    'reload ecs1 new.conf @3s',
    'switchover ecs1 @3s',
    'switchover ecs1 back @9s',
    'switchover ecs1 VI_1 back',
    "write ecs1 /var/lib/weight '-20' @3s",
    'clock ecs1 -30s @3s',
    'hostile higher-priority 50 times every 10ms @3s',
    'hostile random-bytes',
  ]
  for (const text of texts) {
    const fault = parse(text)
    assert.deepEqual(parse(formatFault(fault)), fault, text)
  }
})

test('one direction and both are told apart', () => {
  assert.deepEqual(parse('cut ecs1->ecs2 @1s').fault, { kind: 'cut', from: 'ecs1', to: 'ecs2', oneWay: true })
  assert.deepEqual(parse('cut node-1-node-2 @1s').fault, { kind: 'cut', from: 'node-1', to: 'node-2', oneWay: false })
})

test('a mistake is named with its place and with what would be right', () => {
  const cases: readonly (readonly [string, RegExp, string])[] = [
    ['kil ecs1 @5s', /did you mean “kill”/, 'kil'],
    ['kill esc1 @5s', /nobody is called “esc1”.*did you mean “ecs1”/, 'esc1'],
    ['kill ecs1 @5', /write 5s or 5ms/, '@5'],
    ['freeze ecs1 @5s', /how long\?/, 'freeze'],
    ['start ecs1 for 5s', /cannot last/, 'for'],
    ['loss ten% @1s', /write it as 10%/, 'ten%'],
    ['kill ecs1 now @5s', /too much.*kill NODE/, 'now'],
    ['link ecs1 eth0 sideways', /none of down, up/, 'sideways'],
    ['address-removed ecs1 300.1.1.1', /not an address/, '300.1.1.1'],
    ['clock ecs1 30s', /forwards or back/, '30s'],
    ['kill ecs1 @5s @6s', /one time/, '@6s'],
    ['cut ecs1-ecs1', /hears itself/, 'ecs1-ecs1'],
  ]
  for (const [text, message, place] of cases) {
    const fault = parseFault(text, names)
    assert(!fault.ok, text)
    assert.match(fault.fault.message, message)
    assert.equal(text.slice(fault.fault.start, fault.fault.end), place)
  }
  const empty = parseFault('', names)
  assert(!empty.ok)
})
