import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentxValue, compareOids, type Oid, oidBeginsWith, oidText, type VarBind } from '@havip/wire'
import { exampleFacts, overTheWire } from './facts.fixture.ts'
import type { Facts } from './facts.ts'
import { checkerTables, globalTables, keepalivedMib, vrrpTables } from './keepalived-mib.ts'
import { Mib, type MibView, table } from './mib.ts'
import { rfc2787Tables, rfc6527Tables, vrrpMib, vrrpv3Mib } from './rfc-mibs.ts'
import { integer } from './values.ts'

const mib = new Mib<Facts>([...globalTables, ...vrrpTables, ...rfc2787Tables, ...rfc6527Tables])
const view = (): MibView => mib.at(overTheWire(exampleFacts()))

function walk(of: MibView, from: Oid): readonly VarBind[] {
  const found: VarBind[] = []
  let start = from
  for (;;) {
    const next = of.next({ start, isIncluded: false, end: [...from.slice(0, -1), (from.at(-1) as number) + 1] })
    if (next.value.kind === 'end-of-view') return found
    found.push(next)
    start = next.name
  }
}

function shown(value: AgentxValue): string {
  if ('bytes' in value) {
    const isText = value.kind === 'octets' && value.bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    return isText ? JSON.stringify(Buffer.from(value.bytes).toString()) : `${value.kind} ${Buffer.from(value.bytes).toString('hex')}`
  }
  return 'value' in value ? `${value.kind} ${value.value}` : value.kind
}

/** Below `base`, as `COLUMN.INDEX = VALUE`. */
const rows = (base: Oid): readonly string[] =>
  walk(view(), base).map(({ name, value }) => `${oidText(name.slice(base.length))} = ${shown(value)}`)

const entry = (number: number): Oid => [...keepalivedMib, 2, number, 1]

test('a walk is in order, meets each cell once, and each cell is what a question for it says', () => {
  const all = walk(view(), [1, 3, 6, 1])
  assert(all.length > 250)
  for (const [i, { name, value }] of all.entries()) {
    const before = all[i - 1]
    if (before) assert(compareOids(before.name, name) < 0, `${oidText(before.name)} before ${oidText(name)}`)
    assert.deepEqual(view().get(name), value)
  }
})

test('what is asked for and is not there: no such object, or no such instance of one', () => {
  const kind = (oid: Oid): string => view().get(oid).kind
  assert.equal(kind([...entry(3), 2, 9]), 'no-such-instance')
  assert.equal(kind([...entry(3), 17, 1]), 'no-such-instance')
  assert.equal(kind([...entry(3), 99, 1]), 'no-such-object')
  assert.equal(kind([...keepalivedMib, 1, 2]), 'no-such-instance')
  assert.equal(kind([1, 3]), 'no-such-object')
})

test('a search ends before its end, and includes its beginning only when told so', () => {
  const first = [...entry(3), 2, 1]
  const next = (isIncluded: boolean, end: Oid) => view().next({ start: first, isIncluded, end })
  assert.deepEqual(next(true, []).name, first)
  assert.deepEqual(next(false, []).name, [...entry(3), 2, 2])
  assert.equal(next(false, [...entry(3), 2, 2]).value.kind, 'end-of-view')
  assert.deepEqual(next(false, [...entry(3), 2, 2]).name, first)
})

test('rows may come in any order, and a table without rows is passed over', () => {
  const empty = table([1, 2, 1], () => [], { 1: integer })
  const turned = table([1, 3, 1], () => [3, 1, 2].map((of) => ({ index: [of], of })), {
    1: integer,
    2: (of) => (of === 2 ? undefined : integer(of)),
  })
  const found = walk(new Mib([turned, empty]).at(undefined), [1])
  assert.deepEqual(
    found.map(({ name }) => oidText(name)),
    ['1.3.1.1.1', '1.3.1.1.2', '1.3.1.1.3', '1.3.1.2.1', '1.3.1.2.3'],
  )
})

test('the global part', () => {
  assert.deepEqual(rows([...keepalivedMib, 1]), [
    '1.0 = "havipd v1.2.3"',
    '2.0 = "R1"',
    '3.1.0 = integer 2',
    '3.2.0 = octets 20010db8000000000000000000000025',
    '3.3.0 = gauge32 7',
    '3.5.1.2.1 = "a@example.org"',
    '3.5.1.2.2 = "b@example.org"',
    '3.6.0 = gauge32 25',
    '3.7.0 = integer 1',
    '3.8.0 = integer 1',
    '3.9.0 = integer 3',
    '3.10.0 = integer 2',
    '4.0 = integer 1',
    '5.0 = integer 1',
    '6.0 = integer 2',
    '7.0 = integer 1',
    '8.0 = ""',
    '9.0 = integer 2',
    '10.0 = integer 1',
    '11.0 = integer 2',
  ])
})

test('an instance, column by column', () => {
  const cells = rows(entry(3))
  const of = (column: number, row: number): string | undefined =>
    cells.find((cell) => cell.startsWith(`${column}.${row} = `))?.split(' = ')[1]
  assert.deepEqual(
    [2, 3, 4, 5, 6, 7, 8, 9, 10].map((column) => of(column, 1)),
    ['"VI_1"', 'gauge32 51', 'integer 2', 'integer 2', 'integer 2', 'integer 150', 'integer 140', 'integer 1', '"eth0"'],
  )
  assert.equal(of(22, 1), `"'/usr/bin/m' 'a b'"`)
  assert.equal(of(35, 1), 'octets e0000012')
  // Version 3 counts hundredths of a second.
  assert.deepEqual(
    [12, 13].map((column) => of(column, 1)),
    ['gauge32 1', 'integer 1'],
  )
  assert.deepEqual(
    [4, 5, 6, 9, 12, 15].map((column) => of(column, 2)),
    ['integer 3', 'integer 1', 'integer 3', 'integer 2', 'gauge32 50', 'integer 0'],
  )
})

test('addresses of both families, those of the daemon itself under instance 0', () => {
  assert.deepEqual(
    rows(entry(6)).filter((cell) => /^(3|4|6|7|10|11)\./.test(cell)),
    [
      '3.0.1 = octets c6336407',
      '3.1.1 = octets 0a000064',
      '3.2.1 = octets fe800000000000000000000000000006',
      '3.2.2 = octets 0a000006',
      '4.0.1 = octets 00000000',
      '4.1.1 = octets 0a0000ff',
      '4.2.2 = octets 00000000',
      '6.0.1 = integer 1',
      '6.1.1 = integer 14',
      '6.2.1 = integer 2',
      '6.2.2 = integer 14',
      '7.0.1 = integer 4',
      '7.1.1 = integer 3',
      '7.2.1 = integer 3',
      '7.2.2 = integer 3',
      '10.0.1 = integer 1',
      '10.1.1 = integer 1',
      '10.2.1 = integer 2',
      '10.2.2 = integer 2',
      '11.0.1 = integer 2',
      '11.1.1 = integer 1',
      '11.2.1 = integer 1',
      '11.2.2 = integer 2',
    ],
  )
})

test('routes in the units of the MIB, next hops below them, rules', () => {
  const routes = rows(entry(7))
  for (const cell of [
    '3.1.1 = octets cb007100',
    '3.1.2 = octets 00000000',
    '9.1.1 = integer 2',
    '10.1.1 = integer 1',
    '10.1.2 = integer 2',
    '11.1.1 = integer 3',
    '14.1.1 = integer 1',
    '14.1.2 = integer 2',
    '18.1.1 = integer 19',
    '22.1.1 = gauge32 1400',
    '23.1.1 = integer 1',
    '27.1.1 = gauge32 300',
    '28.1.1 = integer 2',
    '46.1.2 = integer 3',
    `54.1.2 = counter64 ${0x1000200030004n}`,
  ])
    assert(routes.includes(cell), `${cell} in\n${routes.join('\n')}`)
  assert.deepEqual(
    rows(entry(11)).filter((cell) => /^[3-7]\./.test(cell)),
    [
      '3.1.2.1 = octets 0a0000fd',
      '3.1.2.2 = octets 0a0000fc',
      '4.1.2.1 = integer 4',
      '5.1.2.1 = "eth1"',
      '6.1.2.1 = gauge32 2',
      '6.1.2.2 = gauge32 5',
      '7.1.2.1 = integer 2',
      '7.1.2.2 = integer 1',
    ],
  )
  assert.deepEqual(rows(entry(8)), [
    '2.1.1 = "from"',
    '3.1.1 = integer 1',
    '4.1.1 = octets 0a000000',
    '5.1.1 = gauge32 8',
    '7.1.1 = integer 1',
    '8.1.1 = integer 2',
    '12.1.1 = integer 1',
    '13.1.1 = octets 0a000000',
    '14.1.1 = gauge32 8',
    '15.1.1 = gauge32 0',
    '22.1.1 = gauge32 700',
    '23.1.1 = integer 2',
    '25.1.1 = gauge32 600',
    '28.1.1 = gauge32 2',
    '29.1.1 = gauge32 5',
    '33.1.1 = integer 19',
  ])
})

test('sync groups and trackers', () => {
  assert.deepEqual(rows(entry(1)), ['2.1 = "G1"', '3.1 = integer 2', '4.1 = integer 1', '5.1 = integer 2', '10.1 = integer 2'])
  assert.deepEqual(rows(entry(2)), ['2.1.1 = "VI_1"', '2.1.2 = "VI_6"'])
  assert.deepEqual(rows(entry(5)), ['2.1.1 = "check"', '3.1.1 = integer -10', '4.1.1 = integer 2'])
  assert.deepEqual(rows(entry(14)), ['1.1.1 = "eth1"', '2.1.1 = integer 0', '3.1.1 = integer 2'])
  assert.deepEqual(rows(entry(9)).slice(2, 5), ['4.1 = integer 2', '5.1 = integer -10', '6.1 = integer 2'])
  assert.deepEqual(rows(entry(13)).slice(1), ['3.1 = "/run/f"', '4.1 = integer -3', '5.1 = integer 1', '6.1 = integer 1'])
  assert.deepEqual(rows(entry(18)), ['2.1 = "b"', '3.1 = integer 1', '4.1 = integer 0', '5.1 = integer 2'])
  assert.deepEqual(rows(entry(21)).slice(1, 4), ['3.1 = "nginx"', '4.1 = "-g x"', '5.1 = integer 3'])
  assert(rows(entry(21)).includes('9.1 = integer -1') && rows(entry(21)).includes('10.1 = gauge32 2000000'))
})

test('RFC 2787 has the instances of version 2, RFC 6527 all, with an index that says how long an address is', () => {
  assert.deepEqual(rows([...vrrpMib, 1, 4]), ['1.2.3.51.10.0.0.100 = integer 1'])
  assert.deepEqual(rows([...vrrpMib, 1, 3, 1]), [
    '2.3.51 = octets 020000000001',
    '3.3.51 = integer 3',
    '4.3.51 = integer 1',
    '5.3.51 = integer 150',
    '6.3.51 = integer 1',
    '7.3.51 = ip-address 0a000001',
    '8.3.51 = ip-address 0a000001',
    '9.3.51 = integer 2',
    '11.3.51 = integer 1',
    '12.3.51 = integer 1',
    '13.3.51 = ticks 400',
    '14.3.51 = integer 1',
    '15.3.51 = integer 1',
  ])
  assert.deepEqual(rows([...vrrpv3Mib, 1, 1, 2]), [
    '1.2.3.6.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.6 = integer 1',
    '1.2.3.51.1.4.10.0.0.100 = integer 1',
  ])
  const operations = rows([...vrrpv3Mib, 1, 1, 1, 1])
  for (const cell of [
    '3.3.6.2 = octets 00000000000000000000000000000000',
    '6.3.6.2 = integer 1',
    '9.3.6.2 = integer 50',
    '12.3.51.1 = ticks 500',
  ])
    assert(operations.includes(cell), cell)
  const statistics = rows([...vrrpv3Mib, 1, 2])
  for (const cell of [
    '5.1.2.3.51.1 = integer 3',
    '5.1.2.3.6.2 = integer 0',
    '5.1.6.3.6.2 = integer 3',
    `5.1.3.3.51.1 = counter64 ${2 ** 32 + 7}`,
  ])
    assert(statistics.includes(cell), cell)
  // A counter of 32 bits goes round.
  assert(rows([...vrrpMib, 2]).includes('4.1.2.3.51 = counter32 7'))
})

test('no part of a walk is outside the subtrees that are registered', () => {
  for (const { name } of walk(view(), [1, 3, 6, 1]))
    assert([keepalivedMib, vrrpMib, vrrpv3Mib].some((subtree) => oidBeginsWith(name, subtree)))
})

test('a script that counts as failed and has not run yet is told from one that has failed', () => {
  const facts = exampleFacts()
  const result = (isInitial: boolean): string => {
    const bad = { kind: 'bad', detail: 'x' } as const
    const scripts = [isInitial ? { ...bad, isInitial: true as const } : bad]
    return shown(mib.at({ ...facts, now: { ...facts.now, scripts } }).get([...entry(9), 6, 1]))
  }
  assert.equal(result(true), 'integer 5')
  assert.equal(result(false), 'integer 2')
})

test('of LVS there is that no daemon synchronises it, and nothing else', () => {
  const checker = new Mib<Facts>(checkerTables).at(exampleFacts())
  assert.deepEqual(
    walk(checker, [...keepalivedMib, 3]).map(({ name, value }) => `${oidText(name.slice(keepalivedMib.length))} = ${shown(value)}`),
    ['3.6.1.0 = integer 2'],
  )
})
