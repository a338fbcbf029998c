import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KernelSettings } from './host.ts'
import { Pair } from './testing/pair.ts'

/** Settings in memory; paths in `refuses` cannot be set. */
function fakeSettings(refuses = ''): KernelSettings & { readonly values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    borrow: (path, value) => path !== refuses && values.set(path, value) !== undefined,
    giveBack: (path) => void values.delete(path),
    borrowed: [],
    inherit: () => {},
    giveBackUnclaimed: () => {},
    leave: () => {},
  }
}
const running = (settings: KernelSettings, global: string, instance: string): Pair => {
  const pair = Pair.ofSeed({ global, instance })
  Object.assign(pair.one.host, { settings })
  pair.start(pair.one)
  return pair
}
const promote = 'ipv4/conf/eth0/promote_secondaries'
const reports = 'ipv4/igmp_link_local_mcast_reports'

test('settings are ours from start to stop', () => {
  const settings = fakeSettings()
  const pair = running(settings, 'disable_local_igmp', 'promote_secondaries')
  assert.deepEqual(Object.fromEntries(settings.values), { [promote]: '1', [reports]: '0' })
  pair.one.daemon.stop(() => {})
  assert.equal(settings.values.size, 0)
})

test('an interface that comes back gets its setting again', () => {
  const settings = fakeSettings()
  const pair = running(settings, 'dynamic_interfaces', 'promote_secondaries')
  pair.one.host.removeLink('eth0')
  settings.values.clear()
  pair.one.host.setLink('eth0', ['192.168.0.1'], { index: 99 as never })
  assert.deepEqual([...settings.values.keys()], [promote])
})

test('a kernel that refuses is told of once', () => {
  const pair = running(fakeSettings(promote), '', 'promote_secondaries')
  pair.one.host.setUp('eth0', false)
  pair.one.host.setUp('eth0', true)
  assert.equal(pair.one.host.lines(/promote_secondaries of VI_1 is not carried out: the kernel does not let/).length, 1)
})

test('disable_local_igmp is refused at a reload', () => {
  const pair = running(fakeSettings(), '', '')
  pair.write(
    pair.one,
    (pair.one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? '').replace('global_defs {', 'global_defs {\n disable_local_igmp'),
  )
  assert.match(pair.one.daemon.reload().message, /disable_local_igmp cannot change/)
})
