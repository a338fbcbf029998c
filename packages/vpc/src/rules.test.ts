import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cidr, formatCidr, type Ipv4, parseCidr } from '@havip/base'
import {
  apiFault,
  checkAddress,
  checkHostName,
  checkTags,
  checkTexts,
  decideCreateVpc,
  decideCreateVswitch,
  defaultLimits,
  defaultRegions,
  faultTable,
  gatewayOf,
  havipAddressFaults,
  macOf,
  newId,
  type Region,
  usableCount,
  usableRange,
  type Vpc,
  type Vswitch,
} from './index.ts'

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text)
  assert.ok(parsed.ok, text)
  return parsed.value
}
const codeOf = (result: { ok: true } | { ok: false; fault: { code: string } }): string => (result.ok ? 'OK' : result.fault.code)

test('the first and the last three addresses of a vSwitch are reserved', () => {
  const block = cidr('192.168.0.0/24')
  const codes = ['192.168.0.0', '192.168.0.1', '192.168.0.252', '192.168.0.253', '192.168.0.254', '192.168.0.255', '192.168.1.1'].map(
    (address) => codeOf(checkAddress(block, address, havipAddressFaults)),
  )
  const reserved = 'InvalidIPAddress.NotAvailable'
  assert.deepEqual(codes, [reserved, 'OK', 'OK', reserved, reserved, reserved, 'InvalidIPAddress.OutOfRange'])
})

test('the smallest vSwitch has four addresses, and the gateway is none of them', () => {
  const block = cidr('10.0.0.8/29')
  const { first, last } = usableRange(block)
  assert.deepEqual([last - first + 1, usableCount(block), gatewayOf(block)], [4, 4, '10.0.0.13'])
})

test('the gateway is the third address from the end', () => {
  assert.equal(gatewayOf(cidr('192.168.0.0/24')), '192.168.0.253')
  assert.equal(gatewayOf(cidr('10.0.0.0/16')), '10.0.255.253')
})

const vpc = { id: 'vpc-1', cidr: cidr('172.16.0.0/12'), status: 'Available' } as Vpc
const vswitch = (text: string): Vswitch => ({ id: `vsw-${text}`, cidr: cidr(text) }) as Vswitch
const create = (input: { cidr?: string; maskBits?: number; others?: string[]; vpc?: Vpc; limit?: number }) =>
  decideCreateVswitch({
    vpc: input.vpc ?? vpc,
    region: defaultRegions[0] as Region,
    zone: 'cn-hangzhou-b',
    cidr: input.cidr,
    maskBits: input.maskBits,
    others: (input.others ?? []).map(vswitch),
    limits: { ...defaultLimits, vswitchesPerVpc: input.limit ?? 150 },
  })

test('a vSwitch has a mask from 16 to 29, lies in its VPC and overlaps no other', () => {
  const codes = ['172.16.0.0/15', '172.16.0.0/16', '172.16.0.0/29', '172.16.0.0/30', '10.0.0.0/24', '172.17.0.0/16', '172.18.0.0/24'].map(
    (text) => codeOf(create({ cidr: text, others: ['172.17.8.0/24'] })),
  )
  assert.deepEqual(codes, ['InvalidParameter', 'OK', 'OK', 'InvalidParameter', 'InvalidParameter', 'InvalidCidrBlock.Overlapped', 'OK'])
})

test('a VPC that is not Available takes no vSwitch, and a full one neither', () => {
  assert.equal(codeOf(create({ cidr: '172.16.0.0/24', vpc: { ...vpc, status: 'Pending' } })), 'IncorrectVpcStatus')
  assert.equal(codeOf(create({ cidr: '172.16.0.0/24', others: ['172.17.0.0/24'], limit: 1 })), 'QuotaExceeded.VSwitch')
})

test('a mask instead of a block takes the lowest free block, aligned to its size', () => {
  const blockOf = (maskBits: number, others: string[], outer = vpc) => {
    const decided = create({ maskBits, others, vpc: outer })
    return decided.ok ? formatCidr(decided.value.cidr) : decided.fault.code
  }
  assert.equal(blockOf(24, []), '172.16.0.0/24')
  assert.equal(blockOf(24, ['172.16.1.0/24', '172.16.0.0/29']), '172.16.2.0/24')
  assert.equal(blockOf(24, ['172.16.1.0/24']), '172.16.0.0/24')
  const small = { ...vpc, cidr: cidr('10.0.0.0/24') }
  assert.equal(blockOf(25, ['10.0.0.128/25'], small), '10.0.0.0/25')
  assert.equal(blockOf(25, ['10.0.0.128/25', '10.0.0.0/29'], small), 'InvalidParameter')
  assert.equal(blockOf(30, []), 'InvalidParameter')
})

test('a VPC keeps off reserved ranges, and has a default block', () => {
  const blockOf = (text: string | undefined, count = 0) => {
    const decided = decideCreateVpc({ cidr: text, count, limits: defaultLimits })
    return decided.ok ? formatCidr(decided.value) : decided.fault.code
  }
  assert.equal(blockOf(undefined), '172.16.0.0/12')
  assert.equal(blockOf('10.0.0.0/8'), '10.0.0.0/8')
  for (const bad of ['100.64.0.0/16', '64.0.0.0/2', '127.0.0.0/16', '169.254.0.0/16', '224.0.0.0/8', '10.0.0.0/29', '10.0.0.0/7', 'x']) {
    assert.equal(blockOf(bad), 'InvalidParameter', bad)
  }
  assert.equal(blockOf('10.0.0.0/8', 10), 'QuotaExceeded.Vpc')
})

test('names and descriptions: lengths in characters, no links, no control characters', () => {
  const nameCode = (name: string) => codeOf(checkTexts('havip', { name }))
  assert.equal(nameCode('\u{1f600}'.repeat(128)), 'OK')
  for (const bad of ['x'.repeat(129), 'http://a', 'https://a', 'a\u0000b']) assert.equal(nameCode(bad), 'Abs.Vpc.InvalidName.Malformed')
  assert.equal(codeOf(checkTexts('vswitch', { description: 'x'.repeat(256) })), 'OK')
  assert.equal(codeOf(checkTexts('vswitch', { description: 'https://' })), 'InvalidVSwitchDiscription.Malformed')
  assert.equal(codeOf(checkTexts('instance', { name: 'x' })), 'InvalidInstanceName.Malformed')
})

test('tags: twenty at most, keys that are neither empty, long, reserved nor links; values may be empty', () => {
  const code = (tags: Record<string, string>) => codeOf(checkTags(tags))
  assert.equal(code({ a: '', k: 'v' }), 'OK')
  for (const key of ['', 'k'.repeat(129), 'aliyun-x', 'acs:x', 'see http://x'])
    assert.equal(code({ [key]: '' }), 'InvalidTagKey.Malformed', key)
  assert.equal(code({ a: 'https://x' }), 'InvalidTagValue.Malformed')
  assert.equal(code(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`${i}`, '']))), 'QuotaExceeded.TagsPerResource')
})

test('host names are labels of letters, digits and hyphens', () => {
  for (const good of ['ecs-1', 'a1', 'web.example', 'A-b']) assert.equal(codeOf(checkHostName(good)), 'OK', good)
  for (const bad of ['a', '-ab', 'ab-', 'a..b', '12', 'a b', 'x'.repeat(65), 'a;reboot'])
    assert.equal(codeOf(checkHostName(bad)), 'InvalidHostName.Malformed', bad)
})

test('every refusal has a status of 4xx and a sentence; facts go in', () => {
  for (const [code, { status, message }] of Object.entries(faultTable)) {
    assert.ok(status >= 400 && status < 500 && message.endsWith('.') && code !== '', code)
  }
  assert.deepEqual(apiFault('InvalidVpcId.NotFound', { id: 'vpc-9' }), {
    code: 'InvalidVpcId.NotFound',
    status: 404,
    message: 'The VPC vpc-9 does not exist.',
  })
})

test('ids: the prefix and twenty letters and digits; bytes that would favour some letters are thrown away', () => {
  let calls = 0
  const id = newId('havip', (count) => new Uint8Array(count).fill(calls++ === 0 ? 255 : 35))
  assert.equal(id, `havip-${'z'.repeat(20)}`)
})

test('MAC addresses are local, unicast, and as different as the addresses', () => {
  assert.equal(macOf('192.168.0.209' as Ipv4, 7), '02:07:c0:a8:00:d1')
})
