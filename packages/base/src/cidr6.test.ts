import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Cidr6, Ipv6, Mac } from './index.ts'
import {
  addressInCidr6,
  cidr6Contains,
  cidrs6Overlap,
  ipv6FromNumber,
  ipv6ToNumber,
  linkLocalOf,
  network6Of,
  offsetInCidr6,
  parseCidr6,
  partOfCidr6,
  solicitedNodeGroup,
} from './index.ts'

const read = (text: string): Cidr6 => {
  const parsed = parseCidr6(text)
  assert.ok(parsed.ok, text)
  return parsed.value
}

describe('a network of IPv6', () => {
  test('is read strictly', () => {
    assert.deepEqual(read('FD00:0:0:1200::/56'), { address: 'fd00:0:0:1200::', prefix: 56 })
    for (const text of ['fd00::', 'fd00::/129', 'fd00::/07', 'fd00::/-1', '10.0.0.0/8', 'fd00::1::/64', '']) {
      assert.deepEqual(parseCidr6(text), { ok: false, fault: 'not-a-cidr' }, text)
    }
    assert.deepEqual(parseCidr6('fd00::1/64'), { ok: false, fault: 'host-bits-set' })
    assert.deepEqual(read('::/0'), { address: '::', prefix: 0 })
    assert.equal(read('fd00::1/128').prefix, 128)
  })

  test('has parts, and addresses at offsets', () => {
    const block = read('fd00:1:2:300::/56')
    assert.deepEqual(partOfCidr6(block, 64, 0), read('fd00:1:2:300::/64'))
    assert.deepEqual(partOfCidr6(block, 64, 255), read('fd00:1:2:3ff::/64'))
    assert.equal(addressInCidr6(read('fd00::/64'), 2n ** 64n - 3n), 'fd00::ffff:ffff:ffff:fffd')
    assert.equal(offsetInCidr6(read('fd00::/64'), 'fd00::88' as Ipv6), 0x88n)
    assert.equal(cidr6Contains(block, 'fd00:1:2:3ab::1' as Ipv6), true)
    assert.equal(cidr6Contains(block, 'fd00:1:2:400::' as Ipv6), false)
    assert.equal(cidrs6Overlap(block, read('fd00:1:2:3f0::/60')), true)
    assert.equal(cidrs6Overlap(block, read('fd00:1:2:400::/56')), false)
  })

  test('holds each address that is in it, whatever its prefix', () => {
    const bytes = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 128 }), (number, prefix) => {
        const address = ipv6FromNumber(number)
        assert.equal(ipv6ToNumber(address), number)
        const network = network6Of(address, prefix)
        assert.ok(cidr6Contains(network, address))
        assert.equal(addressInCidr6(network, offsetInCidr6(network, address)), address)
        assert.deepEqual(parseCidr6(`${network.address}/${prefix}`), { ok: true, value: network })
      }),
    )
  })
})

test('a link-local address is made of the MAC, a solicited-node group of the address', () => {
  assert.equal(linkLocalOf('00:16:3e:00:00:01' as Mac), 'fe80::216:3eff:fe00:1')
  assert.equal(solicitedNodeGroup('fd00::1234:5678' as Ipv6), 'ff02::1:ff34:5678')
})
