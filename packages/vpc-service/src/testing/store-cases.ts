// What every Store promises, as cases that any implementation is put through. A case throws when a promise is broken.
import { type Cidr, fail, type Ipv4, type Ipv6, ipv4ToNumber, ok, type WallTime, wallTime } from '@havip/base'
import type { AccountId, EipId, Havip, HavipId, InstanceId, RegionId, Vpc, VpcId, VswitchId } from '@havip/vpc'
import type { AuditQuery, EventQuery } from '../events/event.ts'
import { type Store, StoreError, type WriteTransaction } from '../store.ts'

export type StoreCase = { readonly name: string; readonly run: (store: Store) => Promise<void> }

const account = 'a-1' as AccountId
const region = 'cn-hangzhou' as RegionId
const at: WallTime = wallTime(1_768_465_800_000)

export function testHavip(number: number, change: Partial<Havip> = {}): Havip {
  return {
    id: `havip-${String(number).padStart(6, '0')}` as HavipId,
    account,
    region,
    createdAt: at,
    name: `n${number}`,
    description: '',
    resourceGroup: '',
    tags: {},
    problem: undefined,
    vpc: 'vpc-1' as VpcId,
    vswitch: 'vsw-1' as VswitchId,
    address: `10.0.${number >> 8}.${number & 255}` as Ipv4,
    status: 'Available',
    interfaces: [],
    instances: [],
    ...change,
  }
}

function testVpc(name: string): Vpc {
  const { id, vpc, vswitch, address, status, instances, ...common } = testHavip(1)
  const cidr: Cidr = { address: '10.0.0.0' as Ipv4, prefix: 8 }
  return { ...common, name, id: `vpc-${name}` as VpcId, cidr, router: 'vrt-1' as never, routeTable: 'vtb-1' as never, status: 'Available' }
}

function equal(have: unknown, want: unknown): void {
  const [left, right] = [JSON.stringify(have), JSON.stringify(want)]
  if (left !== right) throw new Error(`expected ${right}, have ${left}`)
}

async function done<T>(store: Store, work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
  const result = await store.write<T, never>(async (tx) => ok(await work(tx)))
  if (!result.ok) throw new Error('refused')
  return result.value
}

async function throws(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const idsOf = (entries: readonly { readonly row: { readonly id: string } }[]): string[] => entries.map(({ row }) => row.id)
const find = (store: Store, filter: Parameters<WriteTransaction['find']>[1], slice?: { offset?: number; after?: number; limit: number }) =>
  store.read((tx) => tx.find('havip', filter as never, slice))

export const storeCases: readonly StoreCase[] = [
  {
    name: 'a row that was written is read back as it was',
    run: async (store) => {
      const havip = testHavip(1, {
        tags: { a: 'b', empty: '' },
        instances: ['i-1' as InstanceId],
        description: 'naïve 漢字 \u{1f600} "\' \\ % _',
      })
      await done(store, (tx) => tx.insert('havip', havip))
      equal(await store.read((tx) => tx.get('havip', havip.id)), havip)
      equal(await store.read((tx) => tx.get('havip', 'havip-none')), undefined)
      equal(await store.read((tx) => tx.get('vpc', havip.id)), undefined)
    },
  },
  {
    name: 'a refused write leaves no trace',
    run: async (store) => {
      const result = await store.write(async (tx) => {
        await tx.insert('havip', testHavip(1, { tags: { a: 'b' } }))
        await tx.takeAddress('vsw-1', '10.0.0.1' as Ipv4, 'havip-000001')
        await tx.saveToken(account, 'CreateHaVip', 't', { input: '{}', output: '{}', at })
        return fail('no')
      })
      equal(result, { ok: false, fault: 'no' })
      equal(await store.read((tx) => tx.count('havip', {})), 0)
      equal([...(await store.read((tx) => tx.countAddresses(['vsw-1'])))], [['vsw-1', 0]])
      equal(await done(store, (tx) => tx.token(account, 'CreateHaVip', 't')), undefined)
    },
  },
  {
    name: 'an exception in a write comes out as it is and leaves no trace',
    run: async (store) => {
      const error = await throws(() =>
        store.write(async (tx) => {
          await tx.insert('havip', testHavip(1))
          throw new RangeError('ours')
        }),
      )
      equal(error instanceof RangeError, true)
      equal(await store.read((tx) => tx.count('havip', {})), 0)
    },
  },
  {
    name: 'a refusal undoes nothing of the writes beside it',
    run: async (store) => {
      const results = await Promise.all([
        done(store, (tx) => tx.insert('havip', testHavip(1))),
        store.write(async (tx) => {
          await tx.insert('havip', testHavip(2))
          return fail('no')
        }),
        throws(() => done(store, (tx) => tx.insert('havip', testHavip(1)))),
        done(store, (tx) => tx.insert('havip', testHavip(3))),
      ])
      equal(results[2] instanceof StoreError, true)
      equal(idsOf(await find(store, {})), ['havip-000001', 'havip-000003'])
    },
  },
  {
    name: 'an update of a row that is not there throws',
    run: async (store) => {
      equal((await throws(() => done(store, (tx) => tx.update('havip', testHavip(9))))) instanceof StoreError, true)
    },
  },
  {
    name: 'a write sees what it has written itself',
    run: async (store) => {
      await done(store, async (tx) => {
        await tx.insert('havip', testHavip(1))
        equal(await tx.count('havip', { is: { vpc: 'vpc-1' } }), 1)
        await tx.remove('havip', 'havip-000001')
        equal(await tx.count('havip', { is: { vpc: 'vpc-1' } }), 0)
      })
    },
  },
  {
    name: 'writes happen one after the other',
    run: async (store) => {
      await done(store, (tx) => tx.insert('havip', testHavip(1, { name: '0' })))
      const addOne = () =>
        done(store, async (tx) => {
          const row = await tx.get('havip', 'havip-000001')
          if (row) await tx.update('havip', { ...row, name: String(Number(row.name) + 1) })
        })
      await Promise.all(Array.from({ length: 100 }, addOne))
      equal((await store.read((tx) => tx.get('havip', 'havip-000001')))?.name, '100')
    },
  },
  {
    name: 'filters: all columns hold, values are alternatives, an empty list matches nothing',
    run: async (store) => {
      await done(store, async (tx) => {
        for (let i = 1; i <= 6; i++) {
          await tx.insert('havip', testHavip(i, { vswitch: `vsw-${i % 2}` as VswitchId, status: i < 3 ? 'InUse' : 'Available' }))
        }
      })
      equal(idsOf(await find(store, { is: { vswitch: 'vsw-1', status: 'InUse' } as never })), ['havip-000001'])
      equal(idsOf(await find(store, { is: { status: ['InUse', 'Creating'] } as never })), ['havip-000001', 'havip-000002'])
      equal(idsOf(await find(store, { is: { id: [] } as never })), [])
      equal(idsOf(await find(store, { is: { id: ['havip-000004', 'havip-000002', 'x'] } as never })), ['havip-000002', 'havip-000004'])
      equal(idsOf(await find(store, { is: { vswitch: undefined, id: 'havip-000003' } as never })), ['havip-000003'])
      equal(await store.read((tx) => tx.count('havip', { is: { vswitch: 'vsw-0' }, isNot: { status: 'InUse' } })), 2)
    },
  },
  {
    name: 'lists inside rows can be looked into, and follow changes',
    run: async (store) => {
      const [one, two] = ['i-1', 'i-2'] as [InstanceId, InstanceId]
      await done(store, async (tx) => {
        await tx.insert('havip', testHavip(1, { instances: [one, two] }))
        await tx.insert('havip', testHavip(2, { instances: [two] }))
        await tx.insert('havip', testHavip(3))
      })
      const boundTo = async (instance: string | string[]) => idsOf(await find(store, { is: { instance } as never }))
      equal(await boundTo('i-2'), ['havip-000001', 'havip-000002'])
      await done(store, (tx) => tx.update('havip', testHavip(1, { instances: [one] })))
      equal(await boundTo('i-2'), ['havip-000002'])
      equal(await boundTo(['i-1', 'i-2']), ['havip-000001', 'havip-000002'])
      equal([...(await store.read((tx) => tx.countBy('havip', 'instance', ['i-1', 'i-9'])))], [['i-1', 1]])
      await done(store, (tx) => tx.remove('havip', 'havip-000001'))
      equal(await boundTo('i-1'), [])
    },
  },
  {
    name: 'tags: all that are named have to match, a value may be left open',
    run: async (store) => {
      await done(store, async (tx) => {
        await tx.insert('havip', testHavip(1, { tags: { team: 'a', env: '' } }))
        await tx.insert('havip', testHavip(2, { tags: { team: 'b' } }))
        await tx.insert('vpc', testVpc('x'))
      })
      equal(idsOf(await find(store, { tags: { team: 'a', env: '' } })), ['havip-000001'])
      equal(idsOf(await find(store, { tags: [{ key: 'team', value: undefined }] })), ['havip-000001', 'havip-000002'])
      equal(idsOf(await find(store, { tags: { team: 'a', other: '' } })), [])
      await done(store, (tx) => tx.update('havip', testHavip(1, { tags: { team: 'b' } })))
      equal(idsOf(await find(store, { tags: { team: 'b' } })), ['havip-000001', 'havip-000002'])
    },
  },
  {
    name: 'patterns: * is any text, everything else is itself',
    run: async (store) => {
      await done(store, async (tx) => {
        for (const name of ['web-1', 'web_2', 'WEB%3', 'db\\4']) await tx.insert('vpc', testVpc(name))
      })
      const like = async (name: string) => (await store.read((tx) => tx.find('vpc', { like: { name } }))).map(({ row }) => row.name)
      equal(await like('web*'), ['web-1', 'web_2', 'WEB%3'])
      equal(await like('*_*'), ['web_2'])
      equal(await like('*%*'), ['WEB%3'])
      equal(await like('*\\*'), ['db\\4'])
      equal(await like('web-1'), ['web-1'])
    },
  },
  {
    name: 'pages: in the order of creation, by offset or after a position',
    run: async (store) => {
      await done(store, async (tx) => {
        for (const i of [5, 3, 4, 1, 2]) await tx.insert('havip', testHavip(i))
      })
      await done(store, (tx) => tx.update('havip', testHavip(5, { name: 'later' })))
      const all = ['havip-000005', 'havip-000003', 'havip-000004', 'havip-000001', 'havip-000002']
      equal(idsOf(await find(store, {})), all)
      equal(idsOf(await find(store, {}, { offset: 1, limit: 2 })), all.slice(1, 3))
      const first = await find(store, {}, { limit: 2 })
      equal(idsOf(await find(store, {}, { after: first.at(-1)?.position ?? -1, limit: 9 })), all.slice(2))
      equal(idsOf(await find(store, {}, { offset: 9, limit: 2 })), [])
    },
  },
  {
    name: 'changes: each write of a row gives it a higher number, and what is new can be read',
    run: async (store) => {
      await done(store, async (tx) => {
        await tx.insert('havip', testHavip(1))
        await tx.insert('havip', testHavip(2))
      })
      const changed = (after: number, limit = 10) => store.read((tx) => tx.changedSince('havip', after, limit))
      const seen = await changed(0)
      equal(idsOf(seen), ['havip-000001', 'havip-000002'])
      equal(idsOf(await changed(0, 1)), ['havip-000001'])
      const last = seen.at(-1)?.change ?? -1
      equal(await changed(last), [])
      await done(store, (tx) => tx.update('havip', testHavip(1, { name: 'x' })))
      const again = await changed(last)
      equal(idsOf(again), ['havip-000001'])
      equal(again[0]?.position, seen[0]?.position)
      const [entry] = await store.read((tx) => tx.entries('havip', ['havip-000001', 'havip-none']))
      equal(entry?.change, again[0]?.change)
    },
  },
  {
    name: 'addresses: one holder each, the lowest free one is found, released ones come back',
    run: async (store) => {
      const base = ipv4ToNumber('10.0.0.0' as Ipv4)
      const range = { first: base + 1, last: base + 4 }
      const take = () =>
        done(store, async (tx) => {
          const free = await tx.lowestFreeAddress('s', range)
          if (free && !(await tx.takeAddress('s', free, 'x'))) throw new Error('it was not free')
          return free
        })
      equal(await done(store, (tx) => tx.takeAddress('s', '10.0.0.2' as Ipv4, 'x')), true)
      equal(await done(store, (tx) => tx.takeAddress('s', '10.0.0.2' as Ipv4, 'y')), false)
      equal(await done(store, (tx) => tx.takeAddress('t', '10.0.0.2' as Ipv4, 'y')), true)
      equal([await take(), await take(), await take(), await take()], ['10.0.0.1', '10.0.0.3', '10.0.0.4', undefined])
      await done(store, (tx) => tx.releaseAddress('s', '10.0.0.3' as Ipv4))
      await done(store, (tx) => tx.releaseAddress('s', '10.0.0.1' as Ipv4))
      equal([await take(), await take(), await take()], ['10.0.0.1', '10.0.0.3', undefined])
      equal(
        [...(await store.read((tx) => tx.countAddresses(['s', 't', 'u'])))],
        [
          ['s', 4],
          ['t', 1],
          ['u', 0],
        ],
      )
    },
  },
  {
    name: 'addresses of IPv6: as those of IPv4, and not counted with them; any of 2^64 can be held',
    run: async (store) => {
      const cidr = { address: 'fd00:1:2:301::' as Ipv6, prefix: 64 }
      const take = () =>
        done(store, async (tx) => {
          const free = await tx.lowestFreeAddress6('s', cidr)
          if (free && !(await tx.takeAddress('s', free, 'x'))) throw new Error('it was not free')
          return free
        })
      const far = ['fd00:1:2:301:ffff::2', 'fd00:1:2:301:0:ffff:ffff:ffff', 'fd00:1:2:301:8000::2'] as Ipv6[]
      for (const address of far) {
        equal(await done(store, (tx) => tx.takeAddress('s', address, 'x')), true)
        equal(await done(store, (tx) => tx.takeAddress('s', address, 'y')), false)
      }
      equal(await done(store, (tx) => tx.takeAddress('s', 'fd00:1:2:301::2' as Ipv6, 'x')), true)
      equal([await take(), await take()], ['fd00:1:2:301::1', 'fd00:1:2:301::3'])
      await done(store, (tx) => tx.releaseAddress('s', 'fd00:1:2:301::1' as Ipv6))
      await done(store, (tx) => tx.releaseAddress('s', far[0] as Ipv6))
      equal([await take(), await take()], ['fd00:1:2:301::1', 'fd00:1:2:301::4'])
      equal(await done(store, (tx) => tx.takeAddress('s', far[0] as Ipv6, 'y')), true)
      equal([...(await store.read((tx) => tx.countAddresses(['s'])))], [['s', 0]])
    },
  },
  {
    name: 'a search for a free address that is undone does not hide it',
    run: async (store) => {
      const range = { first: 11, last: 13 }
      await store.write(async (tx) => {
        const free = await tx.lowestFreeAddress('s', range)
        if (free) await tx.takeAddress('s', free, 'x')
        return fail('no')
      })
      equal(await done(store, (tx) => tx.lowestFreeAddress('s', range)), '0.0.0.11')
      equal(await done(store, (tx) => tx.lowestFreeAddress('s', range)), '0.0.0.11')
    },
  },
  {
    name: 'tokens: kept by account, action and token, until they expire',
    run: async (store) => {
      const record = { input: '{"a":1}', output: '{}', at }
      await done(store, (tx) => tx.saveToken(account, 'CreateVpc', 't', record))
      equal(await done(store, (tx) => tx.token(account, 'CreateVpc', 't')), record)
      equal(await done(store, (tx) => tx.token(account, 'CreateHaVip', 't')), undefined)
      equal(await done(store, (tx) => tx.token('a-2' as AccountId, 'CreateVpc', 't')), undefined)
      const later = { ...record, at: wallTime(at + 5) }
      await done(store, (tx) => tx.saveToken(account, 'CreateVpc', 't', later))
      await done(store, (tx) => tx.expireTokens(wallTime(at + 5)))
      equal(await done(store, (tx) => tx.token(account, 'CreateVpc', 't')), later)
      await done(store, (tx) => tx.expireTokens(wallTime(at + 6)))
      equal(await done(store, (tx) => tx.token(account, 'CreateVpc', 't')), undefined)
    },
  },
  {
    name: 'the audit is read in the order it was written',
    run: async (store) => {
      const line = {
        at,
        account,
        who: 'w',
        from: '127.0.0.1',
        requestId: 'r',
        action: 'A',
        resources: 'x y',
        outcome: 'OK',
        message: '',
        input: '{}',
      }
      for (const action of ['A', 'B', 'C']) await done(store, (tx) => tx.appendAudit({ ...line, action }))
      await done(store, (tx) => tx.appendAudit({ ...line, account: 'a-2' as AccountId }))
      const mine = await store.read((tx) => tx.audit(account, 0, 10))
      equal(
        mine.map(({ action }) => action),
        ['A', 'B', 'C'],
      )
      equal({ ...mine[0], sequence: 0 }.from, '127.0.0.1')
      equal(
        (await store.read((tx) => tx.audit(account, mine[0]?.sequence ?? 0, 1))).map(({ action }) => action),
        ['B'],
      )
      equal((await store.read((tx) => tx.audit(undefined, 0, 10))).length, 4)
    },
  },
  {
    name: 'a read sees one state, whatever is written meanwhile',
    run: async (store) => {
      await done(store, (tx) => tx.insert('havip', testHavip(1)))
      let writing: Promise<unknown> | undefined
      const counts = await store.read(async (tx) => {
        const first = await tx.count('havip', {})
        writing = done(store, (writer) => writer.insert('havip', testHavip(2)))
        for (let turn = 0; turn < 50; turn++) await tx.count('vpc', {})
        return [first, await tx.count('havip', {})]
      })
      await writing
      equal(counts, [1, 1])
      equal(await store.read((tx) => tx.count('havip', {})), 2)
    },
  },
  {
    name: 'columns of other kinds are found too',
    run: async (store) => {
      const { id, vpc, vswitch, address, status, instances, ...common } = testHavip(1)
      const eip = {
        ...common,
        id: 'eip-1' as EipId,
        address: '203.0.113.1' as Ipv4,
        bandwidth: 5,
        internetChargeType: 'PayByTraffic' as const,
        deletionProtection: false,
      }
      await done(store, (tx) => tx.insert('eip', { ...eip, status: 'InUse', target: { kind: 'HaVip', id } }))
      equal(idsOf(await store.read((tx) => tx.find('eip', { is: { target: [id], targetKind: 'HaVip' } }))), ['eip-1'])
      equal([...(await store.read((tx) => tx.countBy('eip', 'status', ['InUse', 'Available'])))], [['InUse', 1]])
    },
  },
  {
    name: 'events and the audit are one sequence, read from either end, by kind and by resource',
    run: async (store) => {
      const event = (text: string, id: string, kind: 'resource' | 'owner' = 'resource') =>
        done(store, (tx) => tx.appendEvent({ at, account, kind, resource: { type: 'havip', id }, text, detail: { a: '1' } }))
      const line = { at, account, who: 'session:ann', from: '', requestId: 'r', outcome: 'OK', message: '', input: '{}' }
      await event('one', 'havip-1')
      await done(store, (tx) => tx.appendAudit({ ...line, action: 'DeleteHaVip', resources: 'havip-1 havip-2' }))
      await event('two', 'havip-1', 'owner')
      await event('three', 'havip-2')
      await store.write(async (tx) => {
        await tx.appendEvent({ at, account, kind: 'test', resource: undefined, text: 'undone', detail: {} })
        return fail('no')
      })
      const read = async (query: Partial<EventQuery>) =>
        (await store.read((tx) => tx.events({ range: { after: 0 }, limit: 10, ...query }))).map(({ text }) => text)
      equal(await read({}), ['one', 'ann: DeleteHaVip', 'two', 'three'])
      equal(await read({ range: { before: 1e9 }, limit: 2 }), ['three', 'two'])
      equal(await read({ resource: 'havip-1' }), ['one', 'ann: DeleteHaVip', 'two'])
      equal(await read({ resource: 'havip-2' }), ['ann: DeleteHaVip', 'three'])
      equal(await read({ kinds: ['owner', 'audit'] }), ['ann: DeleteHaVip', 'two'])
      equal(await read({ kinds: [] }), [])
      equal(await read({ account: 'a-2' as AccountId }), [])
      const all = await store.read((tx) => tx.events({ range: { after: 0 }, limit: 10 }))
      equal(
        { ...all[0], sequence: 0 },
        { sequence: 0, at, account, kind: 'resource', resource: { type: 'havip', id: 'havip-1' }, text: 'one', detail: { a: '1' } },
      )
      equal(await read({ range: { after: all[1]?.sequence ?? 0 } }), ['two', 'three'])
      equal(await store.read((tx) => tx.oldestEvent()), all[0]?.sequence)
      await done(store, (tx) => tx.expireEvents(wallTime(at), 1))
      equal(await read({}), ['ann: DeleteHaVip', 'three'])
      await done(store, (tx) => tx.expireEvents(wallTime(at + 1), 10))
      equal(await read({}), ['ann: DeleteHaVip'])
    },
  },
  {
    name: 'the audit is searched by all conditions together, taken literally',
    run: async (store) => {
      const line = { account, from: '', requestId: 'r', message: '', input: '{}' }
      const lines: readonly (readonly [string, string, string, string])[] = [
        ['access-key:LTAI1', 'CreateVpc', 'vpc-1', 'OK'],
        ['session:Ann_b', 'DeleteVpc', 'vpc-1 vsw-1', 'DependencyViolation'],
        ['session:annxb', 'DeleteVpc', 'vpc-12', 'OK'],
      ]
      for (const [index, [who, action, resources, outcome]] of lines.entries()) {
        await done(store, (tx) => tx.appendAudit({ ...line, at: wallTime(at + index), who, action, resources, outcome }))
      }
      const find = async (query: Partial<AuditQuery>) =>
        (await store.read((tx) => tx.searchAudit({ range: { after: 0 }, limit: 10, ...query }))).map(({ who }) => who.split(':')[1])
      equal(await find({}), ['LTAI1', 'Ann_b', 'annxb'])
      equal(await find({ who: 'ann_b' }), ['Ann_b'])
      equal(await find({ who: 'ANN' }), ['Ann_b', 'annxb'])
      equal(await find({ resource: 'vpc-1' }), ['LTAI1', 'Ann_b'])
      equal(await find({ resource: 'vpc_1' }), [])
      equal(await find({ action: 'DeleteVpc', outcome: 'OK' }), ['annxb'])
      equal(await find({ outcome: 'refused' }), ['Ann_b'])
      equal(await find({ from: wallTime(at + 1), to: wallTime(at + 2) }), ['Ann_b'])
      equal(await find({ range: { before: 1e9 }, limit: 1 }), ['annxb'])
      equal(await find({ account: 'a-2' as AccountId }), [])
    },
  },
]
