import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine, type Settings } from './options.ts'
import { dumpFiles, placeFiles } from './run-files.ts'

const place = (args: readonly string[], daemon: Partial<Parameters<typeof placeFiles>[1]> = {}) => {
  const request = readCommandLine(args)
  assert.equal(request.kind, 'run')
  const { settings } = request as { readonly settings: Settings }
  const { pidFile, vrrpPidFile, statusSocket, identSuffix } = placeFiles(settings, {
    netNamespace: undefined,
    instanceName: undefined,
    usePidDir: false,
    ...daemon,
  })
  return [pidFile, vrrpPidFile, statusSocket, identSuffix]
}

// As keepalived 2.2.7 was seen to name them.
test('names without any keyword, and with each', () => {
  assert.deepEqual(place([]), ['/run/keepalived.pid', '/run/vrrp.pid', '/run/havipd.sock', ''])
  const apart = '/run/keepalived'
  assert.deepEqual(place([], { usePidDir: true }), [`${apart}/keepalived.pid`, `${apart}/vrrp.pid`, `${apart}/havipd.sock`, ''])
  assert.deepEqual(place([], { instanceName: 'I' }), [`${apart}/keepalived_I.pid`, `${apart}/vrrp_I.pid`, `${apart}/havipd_I.sock`, '_I'])
  assert.deepEqual(place([], { netNamespace: 'n' }), [`${apart}/n/keepalived.pid`, `${apart}/n/vrrp.pid`, `${apart}/n/havipd.sock`, '_n'])
  assert.deepEqual(place(['-s', 'm'], { netNamespace: 'n', instanceName: 'I' }), [
    `${apart}/m/keepalived_I.pid`,
    `${apart}/m/vrrp_I.pid`,
    `${apart}/m/havipd_I.sock`,
    '_m_I',
  ])
})

test('what the command line names stays; the status socket goes beside a given pid file', () => {
  assert.deepEqual(place(['-p', '/run/x/a.pid'], { instanceName: 'I' }), [
    '/run/x/a.pid',
    '/run/keepalived/vrrp_I.pid',
    '/run/x/havipd.sock',
    '_I',
  ])
  assert.deepEqual(place(['-p', '/a', '-r', '/b', '--status-socket=/c'], { usePidDir: true }), ['/a', '/b', '/c', ''])
})

const files = { configSaveDirectory: undefined, statsDump: undefined, jsonDump: undefined, iprouteDirectories: [] }
const names = { namespace: 'n', instance: 'I' }

test('dump files: instance and namespace only when asked for, state_dump_file as a folder and as a file', () => {
  assert.deepEqual(dumpFiles('/tmp', { ...files, dataUsesInstance: false, stateDump: undefined }, names), {
    data: '/tmp/keepalived.data',
    parentData: '/tmp/keepalived_parent.data',
    bfdData: '/tmp/keepalived_bfd.data',
    stats: '/tmp/keepalived.stats',
    json: '/tmp/keepalived.json',
  })
  const named = dumpFiles('/tmp', { ...files, dataUsesInstance: true, stateDump: undefined }, names)
  assert.deepEqual([named.data, named.parentData], ['/tmp/keepalived.n_I.data', '/tmp/keepalived_parent.n_I.data'])
  const folder = dumpFiles('/tmp', { ...files, dataUsesInstance: false, stateDump: '/var/d/' }, names)
  assert.deepEqual(
    [folder.data, folder.bfdData, folder.stats],
    ['/var/d/keepalived.data', '/var/d/keepalived_bfd.data', '/tmp/keepalived.stats'],
  )
  const file = dumpFiles('/tmp', { ...files, dataUsesInstance: true, stateDump: '/var/d/x' }, names)
  assert.deepEqual([file.data, file.parentData], ['/var/d/x', '/var/d/x_parent'])
})
