import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createLinkProbe } from './link-probe.ts'
import { createTestNetwork, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

describe('asking an interface for its link', { skip: skipWithoutNamespaces }, () => {
  let network: TestNetwork
  before(() => {
    network = createTestNetwork()
  })
  after(() => network.close())
  const ask = (method: 'mii' | 'ethtool' | 'ioctl' | undefined, name = 'eth0') =>
    network.left.within(() => {
      const probe = createLinkProbe()
      try {
        return probe.probe(name, method)
      } finally {
        probe.close()
      }
    })

  test('every method that the driver knows says the same, up and down', () => {
    for (const method of ['ethtool', 'ioctl', undefined] as const) assert.deepEqual(ask(method), { ok: true, value: true })
    network.right.ip('link set eth0 down')
    for (const method of ['ethtool', 'ioctl', undefined] as const) assert.deepEqual(ask(method), { ok: true, value: false })
    network.right.ip('link set eth0 up')
    network.left.ip('link set eth0 down')
    for (const method of ['ethtool', 'ioctl', undefined] as const) assert.deepEqual(ask(method), { ok: true, value: false })
    network.left.ip('link set eth0 up')
  })

  test('a driver without a transceiver, and an interface that is not there, are refused with the reason', () => {
    const mii = ask('mii')
    assert.equal(!mii.ok && mii.fault.errno, 'EOPNOTSUPP')
    const missing = ask(undefined, 'eth9')
    assert.equal(!missing.ok && missing.fault.errno, 'ENODEV')
  })
})
