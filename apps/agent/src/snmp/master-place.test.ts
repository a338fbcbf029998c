import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMasterPlace } from './master-place.ts'

test('places of a master agent', () => {
  const read = (text: string) => {
    const place = readMasterPlace(text)
    if (!place.ok) return undefined
    return place.value.kind === 'unix' ? place.value.path : `${place.value.host} ${place.value.port}`
  }
  assert.equal(read('unix:/var/agentx/master'), '/var/agentx/master')
  assert.equal(read('/run/x'), '/run/x')
  assert.equal(read('tcp:localhost:705'), 'localhost 705')
  assert.equal(read('tcp:192.0.2.1'), '192.0.2.1 705')
  assert.equal(read('tcp:1705'), 'localhost 1705')
  assert.equal(read('tcp6:[2001:db8::1]:7'), '2001:db8::1 7')
  assert.equal(read('tcp6:2001:db8::1'), '2001:db8::1 705')
  assert.equal(read('localhost:700'), 'localhost 700')
  for (const wrong of ['', 'unix:relative', 'tcp:', 'tcp:host:0', 'tcp:host:99999', 'tcp:a:b:c'])
    assert.equal(read(wrong), undefined, wrong)
})

test('UDP in both families', () => {
  const read = (text: string) => {
    const place = readMasterPlace(text)
    return place.ok ? place.value : place.fault
  }
  assert.deepEqual(read('udp:127.0.0.1:705'), { kind: 'udp', family: 4, host: '127.0.0.1', port: 705 })
  assert.deepEqual(read('udp6:[::1]:1705'), { kind: 'udp', family: 6, host: '::1', port: 1705 })
  assert.match(String(read('udp:a:b')), /udp:HOST:PORT/)
})
