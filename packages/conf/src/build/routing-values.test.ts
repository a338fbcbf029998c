// Values of routes and rules that keepalived refuses, and their neighbours that it takes (each asked of 2.2.7).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceWith } from '../../test/check.ts'
import { configTestStatus } from '../exit-status.ts'
import { parseText } from '../parse.ts'

const status = (block: string, line: string): number => configTestStatus(parseText(instanceWith(`${block} {\n${line}\n}`)).diagnostics)
const route = (options: string): number => status('virtual_routes', `10.1.0.0/16 dev eth0 ${options}`)
const rule = (options: string): number => status('virtual_rules', `${options} table 5 priority 4`)

const numbers = ['mtu', 'advmss', 'reordering', 'window', 'cwnd', 'ssthresh', 'initcwnd', 'initrwnd']
for (const name of numbers) {
  test(`a route's ${name} is a number`, () => {
    assert.equal(route(`${name} 1400`), 0)
    for (const wrong of ['x', '1.5', '-1', '99999999999']) assert.equal(route(`${name} ${wrong}`), 5, wrong)
  })
}

test('values of routes with a form of their own', () => {
  for (const right of ['rtt 5ms', 'rtt 1.5s', 'rttvar 20', 'rto_min 200ms', 'mtu lock 1400', 'cwnd lock 3', 'hoplimit 255', 'quickack 1'])
    assert.equal(route(right), 0, right)
  for (const right of ['features ecn', 'ttl-propagate enabled', 'tos 10', 'tos 0xff', 'scope 255', 'protocol 99 no_track'])
    assert.equal(route(right), 0, right)
  for (const wrong of ['rtt x', 'rttvar 3x', 'rto_min x', 'hoplimit 300', 'quickack 2', 'features foo', 'ttl-propagate maybe'])
    assert.equal(route(wrong), 5, wrong)
  for (const wrong of ['tos 300', 'scope 300', 'protocol 300 no_track', 'expires 5', 'pref low']) assert.equal(route(wrong), 5, wrong)
  assert.equal(status('virtual_routes', '2001:db8::/32 dev eth0 pref low expires 5'), 0)
})

test('a type without a destination ends the reading', () => {
  assert.equal(status('virtual_routes', 'blackhole'), 2)
  assert.equal(status('virtual_routes', 'blackhole 10.1.0.0/16'), 0)
})

test('values of rules', () => {
  for (const right of ['fwmark 1', 'fwmark 0x10/0xff', 'uidrange 1-2', 'tunnel-id 5', 'from 10.0.0.0/8 suppress_prefixlength 0'])
    assert.equal(rule(right), 0, right)
  for (const wrong of ['fwmark x', 'uidrange 1', 'tunnel-id x', 'from 10.0.0.0/8 suppress_prefixlength x', 'tos 300'])
    assert.equal(rule(wrong), 5, wrong)
})
