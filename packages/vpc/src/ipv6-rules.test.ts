import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Cidr6, formatCidr, parseCidr6 } from '@havip/base'
import {
  checkAddress6,
  decideChangeVswitchIpv6,
  decideVpcIpv6,
  decideVswitchIpv6,
  gateway6Of,
  havipAddressFaults,
  type Vpc,
  type Vswitch,
} from './index.ts'

const read = (text: string): Cidr6 => {
  const parsed = parseCidr6(text)
  assert.ok(parsed.ok)
  return parsed.value
}
const entropy = (count: number) => Uint8Array.from({ length: count }, (_, at) => at + 1)
const block = read('fd00:1:2:300::/56')
const vpc = { id: 'vpc-1', cidr6: block } as Vpc
const vswitch = (id: string, text?: string) => ({ id, ...(text && { cidr6: read(text) }) }) as Vswitch
const codeOf = (result: { readonly ok: boolean; readonly fault?: { readonly code: string } }) => (result.ok ? 'ok' : result.fault?.code)

describe('the block of a VPC', () => {
  test('is one that nobody else has, unless one is named', () => {
    const made = decideVpcIpv6(undefined, { isOn: true, block: undefined }, [], entropy)
    assert.ok(made.ok && made.value)
    assert.equal(formatCidr(made.value), 'fd01:203:405:600::/56')
    const named = decideVpcIpv6(undefined, { isOn: undefined, block: '2001:DB8:0:a00::/56' }, [], entropy)
    assert.deepEqual(named, { ok: true, value: read('2001:db8:0:a00::/56') })
  })

  test('is a /56 of unicast addresses', () => {
    for (const text of ['fd00::/48', 'fe80::/56', 'ff00::/56', '::/56', 'fd00:0:0:1::/56', 'x', '10.0.0.0/8'])
      assert.equal(codeOf(decideVpcIpv6(undefined, { isOn: true, block: text }, [], entropy)), 'InvalidParameter', text)
  })

  test('stays as long as a vSwitch has a part of it, and is kept when it is turned on again', () => {
    const others = [vswitch('vsw-1', 'fd00:1:2:301::/64')]
    assert.equal(codeOf(decideVpcIpv6(block, { isOn: false, block: undefined }, others, entropy)), 'DependencyViolation')
    assert.deepEqual(decideVpcIpv6(block, { isOn: false, block: undefined }, [vswitch('vsw-1')], entropy), { ok: true, value: undefined })
    for (const isOn of [true, undefined])
      assert.deepEqual(decideVpcIpv6(block, { isOn, block: undefined }, others, entropy), { ok: true, value: block })
    assert.equal(codeOf(decideVpcIpv6(block, { isOn: true, block: 'fd00:9:9:900::/56' }, [], entropy)), 'InvalidParameter')
    assert.deepEqual(decideVpcIpv6(undefined, { isOn: undefined, block: undefined }, [], entropy), { ok: true, value: undefined })
  })
})

describe('the block of a vSwitch', () => {
  test('is the part with its number, or the lowest that is free', () => {
    const others = [vswitch('vsw-0', 'fd00:1:2:300::/64'), vswitch('vsw-1', 'fd00:1:2:301::/64'), vswitch('vsw-2')]
    assert.deepEqual(decideVswitchIpv6(vpc, 255, others), { ok: true, value: read('fd00:1:2:3ff::/64') })
    assert.deepEqual(decideVswitchIpv6(vpc, undefined, others), { ok: true, value: read('fd00:1:2:302::/64') })
    assert.equal(codeOf(decideVswitchIpv6(vpc, 1, others)), 'InvalidCidrBlock.Overlapped')
    assert.equal(codeOf(decideVswitchIpv6(vpc, 256, others)), 'InvalidParameter')
    assert.equal(codeOf(decideVswitchIpv6({ id: 'vpc-2' } as Vpc, 1, [])), 'InvalidParameter')
  })

  test('is neither changed nor given up while addresses are in use', () => {
    const own = vswitch('vsw-1', 'fd00:1:2:301::/64')
    const change = (isOn: boolean | undefined, index: number | undefined, users: number) =>
      codeOf(decideChangeVswitchIpv6(own, vpc, { isOn, index }, [], users))
    assert.equal(change(false, undefined, 1), 'DependencyViolation')
    assert.equal(change(true, 7, 1), 'DependencyViolation')
    assert.equal(change(true, 1, 1), 'ok')
    assert.equal(change(true, 7, 0), 'ok')
    assert.deepEqual(decideChangeVswitchIpv6(own, vpc, { isOn: false, index: undefined }, [], 0), { ok: true, value: undefined })
    assert.deepEqual(decideChangeVswitchIpv6(vswitch('vsw-2'), vpc, { isOn: undefined, index: undefined }, [], 0), {
      ok: true,
      value: undefined,
    })
  })
})

test('an address is inside its vSwitch, and neither the first nor one of the last three', () => {
  const cidr = read('fd00:1:2:301::/64')
  assert.equal(gateway6Of(cidr), 'fd00:1:2:301:ffff:ffff:ffff:fffd')
  const check = (text: string) => codeOf(checkAddress6(cidr, text, havipAddressFaults))
  assert.equal(check('fd00:1:2:301::88'), 'ok')
  assert.equal(check('FD00:1:2:301:0::88'), 'ok')
  assert.equal(check('fd00:1:2:301::'), 'InvalidIPAddress.NotAvailable')
  assert.equal(check('fd00:1:2:301:ffff:ffff:ffff:fffd'), 'InvalidIPAddress.NotAvailable')
  assert.equal(check('fd00:1:2:301:ffff:ffff:ffff:fffc'), 'ok')
  assert.equal(check('fd00:1:2:302::1'), 'InvalidIPAddress.OutOfRange')
  assert.equal(check('fd00::1::1'), 'InvalidIPAddress.Malformed')
  assert.equal(codeOf(checkAddress6(undefined, 'fd00::1', havipAddressFaults)), 'InvalidVSwitch.Ipv6NotTurnOn')
})
