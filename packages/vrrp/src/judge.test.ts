// Which packet counts, and with which fault it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centiseconds, type IpAddress, instant, wallTime } from '@havip/base'
import { type Advert, type ChecksumForm, encodeAdvert } from '@havip/wire'
import fc from 'fast-check'
import type { InstanceConfig } from './config.ts'
import { advertOf, configOf, Driver, heard, lowerPeer, ms, ours, peer, prio, virtual } from './fixture.ts'
import { initialJudgeMemory, judgeAdvert, type PacketFacts, vridOf } from './judge.ts'
import { initialState, type State } from './state.ts'

const multicast: InstanceConfig['transport'] = { kind: 'multicast', group: '224.0.0.18' as IpAddress }
const bytes = (text: string): Uint8Array => {
  const password = new Uint8Array(8)
  password.set(Buffer.from(text))
  return password
}

type PacketOptions = { readonly over?: Partial<Advert>; readonly form?: ChecksumForm; readonly facts?: Partial<PacketFacts> }
function packetOf(config: InstanceConfig, { over = {}, form = 'pseudo-header', facts = {} }: PacketOptions = {}): PacketFacts {
  const destination = config.transport.kind === 'multicast' ? config.transport.group : ours
  const envelope = { family: config.family, source: peer, destination, ttl: 255 }
  const payload = encodeAdvert(advertOf(config, 100, over), envelope, { checksum: form })
  return { ...envelope, protocol: 112, header: new Uint8Array(20), payload, ...facts }
}
function verdict(config: InstanceConfig, options?: PacketOptions, state: State = initialState(config)) {
  return judgeAdvert(config, state, initialJudgeMemory(config), packetOf(config, options), wallTime(0)).verdict
}
const faultOf = (config: InstanceConfig, options?: PacketOptions) => {
  const judged = verdict(config, options)
  assert(judged.kind === 'rejected', 'was accepted')
  return judged.fault
}
const remarksOf = (config: InstanceConfig, options?: PacketOptions, state?: State) => {
  const judged = verdict(config, options, state)
  assert(judged.kind === 'accepted', JSON.stringify(judged))
  return judged.remarks
}

const v2 = configOf()
const v3 = configOf({ version: 3 })
const onGroup = configOf({ transport: multicast })

test('a right advert is accepted without remark', () => {
  for (const config of [v2, v3, onGroup, configOf({ version: 3, transport: multicast })]) assert.deepEqual(remarksOf(config), [])
})
test('multicast with a TTL below 255 was routed and does not count', () => {
  assert.deepEqual(faultOf(onGroup, { facts: { ttl: 254 } }), { kind: 'bad-ttl', ttl: 254, min: 255, max: 255 })
})
test('the TTL of unicast is free, unless the peer has limits', () => {
  assert.deepEqual(remarksOf(v2, { facts: { ttl: 3 } }), [])
  const limited = configOf({
    transport: { kind: 'unicast', peers: [{ address: peer, ttlMin: 250, ttlMax: 254 }], checksSource: true, ttl: 255 },
  })
  assert.deepEqual(faultOf(limited, { facts: { ttl: 255 } }), { kind: 'bad-ttl', ttl: 255, min: 250, max: 254 })
  assert.deepEqual(faultOf(limited, { facts: { ttl: 249 } }), { kind: 'bad-ttl', ttl: 249, min: 250, max: 254 })
  assert.deepEqual(remarksOf(limited, { facts: { ttl: 250 } }), [])
})
test('another version does not count', () => {
  assert.deepEqual(faultOf(v2, { over: { version: 3 } }), { kind: 'version-differs', theirs: 3, ours: 2 })
})
test('another VRID does not count', () => {
  assert.deepEqual(faultOf(v2, { over: { vrid: 52 as never } }), { kind: 'vrid-differs', theirs: 52, ours: 51 })
})
test('a password must be expected, and must be the same in all eight bytes', () => {
  const secured = configOf({ authentication: { kind: 'pass', password: bytes('1111') } })
  assert.deepEqual(remarksOf(secured), [])
  assert.deepEqual(faultOf(secured, { over: { authentication: { kind: 'none' } } }), {
    kind: 'authentication-type-differs',
    theirs: 0,
    ours: 1,
  })
  assert.deepEqual(faultOf(secured, { over: { authentication: { kind: 'pass', password: bytes('11111') } } }), { kind: 'wrong-password' })
  assert.deepEqual(faultOf(v2, { over: { authentication: secured.authentication } }), {
    kind: 'authentication-type-differs',
    theirs: 1,
    ours: 0,
  })
})
test('version 2 with another interval does not count; version 3 does, with a remark', () => {
  assert.deepEqual(faultOf(v2, { over: { interval: centiseconds(200) } }), { kind: 'interval-differs', theirs: 2000, ours: 1000 })
  assert.deepEqual(remarksOf(v3, { over: { interval: centiseconds(200) } }), [
    { kind: 'interval-differs', from: peer, theirs: 2000, ours: 1000 },
  ])
})
test('bytes behind the advert do not count', () => {
  const { payload } = packetOf(v2)
  const longer = new Uint8Array(payload.length + 3)
  longer.set(payload)
  assert.deepEqual(faultOf(v2, { facts: { payload: longer } }), { kind: 'wrong-length', expected: 20, have: 23 })
})
test('unicast for a multicast router does not count, nor the reverse', () => {
  assert.deepEqual(faultOf(onGroup, { facts: { destination: ours } }), { kind: 'wrong-transport', destination: ours })
  assert.equal(faultOf(v2, { facts: { destination: '224.0.0.18' as IpAddress } }).kind, 'wrong-transport')
})
test('an owner that ignores adverts ignores them', () => {
  assert.deepEqual(faultOf(configOf({ priority: prio(255), ownerIgnoresAdverts: true })), { kind: 'owner-ignores-adverts' })
})
test('a source that is no peer does not count where sources are checked', () => {
  assert.deepEqual(faultOf(v2, { facts: { source: lowerPeer } }), { kind: 'unknown-peer', source: lowerPeer })
  const open = configOf({ transport: { kind: 'unicast', peers: [{ address: peer }], checksSource: false, ttl: 255 } })
  assert.deepEqual(remarksOf(open, { facts: { source: lowerPeer } }), [])
})
test('another list of addresses is remarked and counts; the order is free', () => {
  const config = configOf({ addresses: [virtual, lowerPeer] })
  assert.deepEqual(remarksOf(config, { over: { addresses: [lowerPeer, virtual] } }), [])
  assert.deepEqual(remarksOf(config, { over: { addresses: [virtual] } }), [{ kind: 'address-list-differs', from: peer, theirs: [virtual] }])
})
test("the address list of a master that we follow is not compared again when told so, a new one's is", () => {
  const config = configOf({ skipsAddressCheck: true })
  const other = { over: { addresses: [lowerPeer] } }
  const followed = new Driver(config).start().send(heard(config, peer, 200)).state
  assert.deepEqual(remarksOf(config, other, followed), [])
  const another = new Driver(config).start().send(heard(config, lowerPeer, 200)).state
  assert.equal(remarksOf(config, other, another).length, 1)
})
test('a wrong checksum does not count', () => {
  const { payload } = packetOf(v3)
  const broken = payload.slice()
  broken[2] = 99
  assert.equal(faultOf(v3, { facts: { payload: broken } }).kind, 'bad-checksum')
})
test('a unicast peer with the old checksum is followed, once for all', () => {
  const packet = packetOf(v3, { form: 'multicast-pseudo-header' })
  const first = judgeAdvert(v3, initialState(v3), initialJudgeMemory(v3), packet, wallTime(0))
  assert.equal(first.memory.checksum, 'multicast-pseudo-header')
  assert(first.verdict.kind === 'accepted')
  assert.deepEqual(first.verdict.remarks, [{ kind: 'checksum-form-switched', from: peer, to: 'multicast-pseudo-header' }])
  const second = judgeAdvert(v3, initialState(v3), first.memory, packet, wallTime(0))
  assert(second.verdict.kind === 'accepted')
  assert.deepEqual(second.verdict.remarks, [])
})
test('a unicast peer with the old checksum does not count when told never to switch', () => {
  assert.equal(faultOf(configOf({ version: 3, neverSwitchesChecksum: true }), { form: 'multicast-pseudo-header' }).kind, 'bad-checksum')
})
test('v3_checksum_as_v2 takes any of the three checksums, and keeps its own', () => {
  const config = configOf({ version: 3, checksum: 'message-only' })
  for (const form of ['message-only', 'pseudo-header', 'multicast-pseudo-header'] as const) {
    const judged = judgeAdvert(config, initialState(config), initialJudgeMemory(config), packetOf(config, { form }), wallTime(0))
    assert.deepEqual([judged.verdict.kind, judged.memory.checksum], ['accepted', 'message-only'])
  }
})
test('without v3_checksum_as_v2 a checksum over the message alone does not count', () => {
  assert.equal(faultOf(v3, { form: 'message-only' }).kind, 'bad-checksum')
})
test('an authentication header does not count where none is configured', () => {
  assert.deepEqual(faultOf(v2, { facts: { protocol: 51 } }), { kind: 'authentication-header', expected: false })
})
test('the VRID of a packet is found behind an authentication header too', () => {
  assert.equal(vridOf(112, Uint8Array.of(0x21, 51)), 51)
  const inside = new Uint8Array(32)
  inside[25] = 51
  assert.equal(vridOf(51, inside), 51)
  assert.equal(vridOf(112, Uint8Array.of(0x21)), undefined)
})
test('any bytes get a verdict, and what is accepted leads to a step', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(112, 51, 1), fc.nat({ max: 255 }), (payload, protocol, ttl) => {
      for (const config of [v2, v3, onGroup]) {
        const judged = verdict(config, { facts: { payload, protocol, ttl } })
        if (judged.kind === 'accepted')
          new Driver(config).start().send({ kind: 'advert', advert: judged.advert, envelope: judged.envelope })
      }
    }),
    { numRuns: 300 },
  )
})
test("hostile packets of every kind leave the master's next advert where it was", () => {
  const driver = new Driver(v2).start().until(20_000)
  const due = driver.state.kind === 'master' ? driver.state.advertiseAt : undefined
  const hostile: PacketOptions[] = [
    { facts: { payload: new Uint8Array(3) } },
    { over: { version: 3 } },
    { over: { interval: centiseconds(200) } },
    { facts: { source: lowerPeer } },
    { facts: { protocol: 51 } },
    { over: { authentication: { kind: 'pass', password: bytes('x') } } },
  ]
  for (const options of hostile) {
    const judged = verdict(v2, options, driver.state)
    assert.equal(judged.kind, 'rejected')
  }
  assert.equal(driver.now, instant(20_000))
  assert.equal(driver.state.kind === 'master' && driver.state.advertiseAt, due)
})
test('the interval of the engine is in milliseconds, that of the wire in centiseconds', () => {
  assert.deepEqual(remarksOf(configOf({ version: 3, interval: ms(40_950) }), {}), [])
})
