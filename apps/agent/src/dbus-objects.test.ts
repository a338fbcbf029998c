import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instancePath, stateOf } from './dbus-objects.ts'

test('paths are keepalived`s; what a path may not hold becomes an underscore', () => {
  const at = (link: string | undefined, family: 'ipv4' | 'ipv6'): string =>
    instancePath({ interface: link, vrid: 51, family }, 'none').slice('/org/keepalived/Vrrp1/Instance/'.length)
  assert.equal(at('eth0', 'ipv4'), 'eth0/51/IPv4')
  assert.equal(at('eth0.100', 'ipv6'), 'eth0_100/51/IPv6')
  assert.equal(at('br-ünd', 'ipv4'), 'br__nd/51/IPv4')
  assert.equal(at(undefined, 'ipv4'), 'none/51/IPv4')
})

test('states have keepalived`s numbers and words', () => {
  assert.deepEqual(
    (['init', 'backup', 'master', 'fault'] as const).map((state) => stateOf({ state })),
    [
      [0, 'Init'],
      [1, 'Backup'],
      [2, 'Master'],
      [3, 'Fault'],
    ],
  )
})
