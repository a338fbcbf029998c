import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IfIndex, ok } from '@havip/base'
import type { VmacSpec } from './host.ts'
import { Pair } from './testing/pair.ts'

/** A first node that can make interfaces; `opened` is what it was asked for, `ups` what was set up and down. */
function making(settings: Parameters<typeof Pair.ofSeed>[0], found = false) {
  const pair = Pair.ofSeed(settings)
  const opened: VmacSpec[] = []
  const ups: boolean[] = []
  const { host } = pair.one
  Object.assign(host, {
    vmacs: {
      open: (spec: VmacSpec) => {
        opened.push(spec)
        host.setLink('virtual', [], { index: 50 as IfIndex })
        return ok({ index: 50 as IfIndex, name: 'virtual', isUp: found })
      },
      setUp: (_: IfIndex, isUp: boolean) => {
        ups.push(isUp)
        return ok(undefined)
      },
      remove: () => ok(undefined),
    },
  })
  host.fileTexts.set('/etc/iproute2/group', '7 edge\n')
  pair.start(pair.one)
  pair.time.advance(10_000)
  return { pair, opened, ups }
}
const onVirtual = (pair: Pair): readonly string[] =>
  pair.one.host.links().flatMap((link) => (link.name === 'virtual' ? link.addresses.map(({ address }) => address) : []))
/** The tutorial's addresses, by multicast. */
const multicast = (pair: Pair): string =>
  (pair.one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? '')
    .replace(/unicast_src_ip .*\n/, '')
    .replace(/unicast_peer \{[^}]*\}/, '')

test('use_vmac: prefix, group and the wish for a report reach the kernel', () => {
  const { opened } = making({ global: 'vmac_prefix ha', instance: 'use_vmac netlink_notify_msg group edge\n vmac_xmit_base' })
  assert.deepEqual(
    opened.map(({ prefix, group, notifies, ipvlan, name }) => ({ prefix, group, notifies, ipvlan, name })),
    [{ prefix: 'ha', group: 7, notifies: true, ipvlan: undefined, name: undefined }],
  )
})

test('a group that nobody knows is named, and nothing else happens', () => {
  const { pair, opened } = making({ instance: 'use_vmac group nowhere\n vmac_xmit_base' })
  assert.equal(opened[0]?.group, undefined)
  assert.ok(pair.one.host.lines(/no group of interfaces named nowhere/).length > 0)
})

test('use_ipvlan: the virtual addresses and its own stand on it while it is master', () => {
  const { pair, opened, ups } = making({ instance: 'use_ipvlan iv0 192.168.0.77/24 vepa\n vmac_xmit_base' })
  assert.deepEqual(
    opened.map(({ name, ipvlan }) => ({ name, ipvlan })),
    [{ name: 'iv0', ipvlan: 'vepa' }],
  )
  assert.deepEqual(onVirtual(pair).toSorted(), ['192.168.0.77', '192.168.0.88'])
  assert.deepEqual([...new Set(ups)], [false, true])
})

test('use_ipvlan by multicast sends from its own address, and without one stays in FAULT', () => {
  const sourceOf = (line: string): readonly [string | undefined, string | undefined] => {
    const { pair } = making({ instance: line })
    pair.write(pair.one, multicast(pair))
    pair.one.daemon.reload()
    const [instance] = pair.one.daemon.status().instances
    return [instance?.state === 'fault' ? 'fault' : 'fine', instance?.source]
  }
  assert.deepEqual(sourceOf('use_ipvlan 192.168.0.77'), ['fine', '192.168.0.77'])
  assert.equal(sourceOf('use_ipvlan')[0], 'fault')
})

test('an interface that a predecessor left up is taken down by whoever begins anew', () => {
  const { ups } = making({ instance: 'use_vmac\n vmac_xmit_base' }, true)
  assert.deepEqual(ups, [false, true])
})

test('addresses of its own family stand on it, whether the file names the interface below or not; those of the other stay there', () => {
  const more = 'virtual_ipaddress {\n 192.168.0.89 dev eth0\n }\n virtual_ipaddress_excluded {\n 2001:db8::1\n 2001:db8::2 dev eth0\n }'
  const { pair } = making({ instance: `use_vmac\n vmac_xmit_base\n ${more}` })
  assert.deepEqual(onVirtual(pair).toSorted(), ['192.168.0.88', '192.168.0.89'])
  assert.ok(pair.one.host.has('2001:db8::1') && pair.one.host.has('2001:db8::2'))
})
