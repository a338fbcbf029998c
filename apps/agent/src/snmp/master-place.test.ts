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
  for (const wrong of ['', 'unix:relative', 'tcp:', 'tcp:host:0', 'tcp:host:99999', 'tcp:a:b:c', 'udp:127.0.0.1:705'])
    assert.equal(read(wrong), undefined, wrong)
})

test('UDP is refused with what would be right', () => {
  const place = readMasterPlace('udp:127.0.0.1:705')
  assert(!place.ok)
  assert.match(place.fault, /unix:PATH or tcp:HOST:PORT/)
})
