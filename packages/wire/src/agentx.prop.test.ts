import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { agentxHeadBytes, agentxLength, decodeAgentx, encodeAgentx } from './agentx.ts'
import type { AgentxPdu, AgentxValue } from './agentx-pdu.ts'
import { compareOids, type Oid, oidBeginsWith } from './oid.ts'

const record = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true })
const word = fc.integer({ min: 0, max: 0xffffffff })
const byte = fc.nat(255)
const oid: fc.Arbitrary<Oid> = fc.array(word, { maxLength: 20 })
const bytes = fc.uint8Array({ maxLength: 40 })
const value: fc.Arbitrary<AgentxValue> = fc.oneof(
  record({ kind: fc.constant('integer' as const), value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) }),
  record({ kind: fc.constantFrom('octets' as const, 'opaque' as const), bytes }),
  record({ kind: fc.constant('oid' as const), oid }),
  record({ kind: fc.constant('ip-address' as const), bytes: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  record({ kind: fc.constantFrom('counter32' as const, 'gauge32' as const, 'ticks' as const), value: word }),
  record({ kind: fc.constant('counter64' as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  record({ kind: fc.constantFrom('null' as const, 'no-such-object' as const, 'no-such-instance' as const, 'end-of-view' as const) }),
)
const binds = fc.array(record({ name: oid, value }), { maxLength: 5 })
const ranges = fc.array(record({ start: oid, isIncluded: fc.boolean(), end: oid }), { maxLength: 5 })
const pdu: fc.Arbitrary<AgentxPdu> = fc.oneof(
  record({ kind: fc.constant('open' as const), timeout: byte, id: oid, description: bytes }),
  record({ kind: fc.constant('close' as const), reason: byte }),
  record({ kind: fc.constant('register' as const), timeout: byte, priority: byte, subtree: oid }),
  record({ kind: fc.constant('unregister' as const), priority: byte, subtree: oid }),
  record({ kind: fc.constantFrom('get' as const, 'get-next' as const), ranges }),
  record({ kind: fc.constant('get-bulk' as const), nonRepeaters: fc.nat(0xffff), maxRepetitions: fc.nat(0xffff), ranges }),
  record({ kind: fc.constantFrom('test-set' as const, 'notify' as const), binds }),
  record({ kind: fc.constantFrom('commit-set' as const, 'undo-set' as const, 'cleanup-set' as const, 'ping' as const) }),
  record({ kind: fc.constant('response' as const), upTime: word, error: fc.nat(0xffff), index: fc.nat(0xffff), binds }),
)
const head = record({ session: word, transaction: word, packet: word })

test('reading undoes writing, and the head says how long a message is', () => {
  fc.assert(
    fc.property(head, pdu, (head, pdu) => {
      const written = encodeAgentx({ head, pdu })
      assert.deepEqual(agentxLength(written), { ok: true, value: written.length })
      assert.deepEqual(decodeAgentx(written), { ok: true, value: { head, pdu } })
    }),
  )
})

test('any bytes give an answer', () => {
  const nearly = fc
    .tuple(head, pdu, fc.array(fc.tuple(fc.nat(200), byte), { maxLength: 4 }), fc.nat(10))
    .map(([head, pdu, changes, cut]) => {
      const written = encodeAgentx({ head, pdu })
      for (const [at, value] of changes) if (at < written.length) written[at] = value
      return written.subarray(0, Math.max(0, written.length - cut))
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), nearly), (bytes) => {
      const read = decodeAgentx(bytes)
      if (read.ok) assert(bytes.length >= agentxHeadBytes)
    }),
    { numRuns: 500 },
  )
})

test('the other byte order, and a beginning of 1.3.6.1 in short, are read as the same', () => {
  // A Get of 1.3.6.1.4.7 from a little-endian master: session 2, transaction 3, packet 4.
  const little = Uint8Array.of(1, 5, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 12, 0, 0, 0, 1, 4, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0)
  const ranges = [{ start: [1, 3, 6, 1, 4, 7], isIncluded: true, end: [] }]
  assert.deepEqual(decodeAgentx(little), {
    ok: true,
    value: { head: { session: 2, transaction: 3, packet: 4 }, pdu: { kind: 'get', ranges } },
  })
})

test('a context that is not the default one is told', () => {
  const pinged = Uint8Array.of(1, 13, 0x18, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 1, 0x78, 0, 0, 0)
  const read = decodeAgentx(pinged)
  assert(read.ok)
  assert.deepEqual(read.value.pdu, { kind: 'ping', context: Uint8Array.of(0x78) })
})

test('object identifiers are in order, and a beginning comes before what it begins', () => {
  fc.assert(
    fc.property(oid, oid, (a, b) => {
      assert.equal(Math.sign(compareOids(a, b)), -Math.sign(compareOids(b, a)) || 0)
      assert(compareOids(a, [...a, ...b]) <= 0)
      assert(oidBeginsWith([...a, ...b], a))
    }),
  )
  assert(compareOids([1, 3, 10], [1, 3, 9]) > 0)
})
