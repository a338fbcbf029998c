import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, ok } from '@havip/base'
import { Batch } from './batch.ts'
import type { AddressSpec, Host, HostFault } from './host.ts'

const spec = (address: string) => ({ address, prefix: 32 }) as unknown as AddressSpec
const fault: HostFault = { call: 'RTM_NEWADDR', errno: 'EPERM', detail: '' }

/** Notes what the host is asked for; `refuses` is an address that it does not take. */
function hostOf(refuses?: string): { readonly host: Host; readonly asked: string[] } {
  const asked: string[] = []
  const add = (one: AddressSpec) => (one.address === refuses ? fail(fault) : ok(undefined))
  const host = {
    addAddress: (one: AddressSpec) => {
      asked.push(`add ${one.address}`)
      return add(one)
    },
    addAddresses: (all: readonly AddressSpec[]) => {
      asked.push(`add ${all.map((one) => one.address).join(' ')}`)
      return all.map(add)
    },
    holdSends: () => void asked.push('hold'),
    releaseSends: () => void asked.push('release'),
    readPending: () => void asked.push('read'),
  } as unknown as Host
  return { host, asked }
}

test('addresses of one round go to the kernel together, after the adverts and before the announcements', () => {
  const { host, asked } = hostOf()
  const batch = new Batch(host)
  batch.begin()
  batch.addAddresses([spec('10.0.0.1')], () => {})
  batch.afterAddresses(() => asked.push('announce'))
  batch.addAddresses([spec('10.0.0.2'), spec('10.0.0.3')], () => {})
  batch.end()
  assert.deepEqual(asked, ['hold', 'release', 'add 10.0.0.1 10.0.0.2 10.0.0.3', 'announce', 'release'])
})

test('each router hears of its own fault, not of the others', () => {
  const { host } = hostOf('10.0.0.2')
  const batch = new Batch(host)
  const heard: (string | undefined)[] = []
  batch.begin()
  batch.addAddresses([spec('10.0.0.1')], (refused) => heard.push(refused?.errno))
  batch.addAddresses([spec('10.0.0.2')], (refused) => heard.push(refused?.errno))
  batch.end()
  assert.deepEqual(heard, [undefined, 'EPERM'])
})

test('outside a round everything is done at once', () => {
  const { host, asked } = hostOf()
  const batch = new Batch(host)
  batch.addAddresses([spec('10.0.0.1')], () => asked.push('done'))
  batch.afterAddresses(() => asked.push('announce'))
  assert.deepEqual(asked, ['add 10.0.0.1', 'done', 'announce'])
})

test('who needs the addresses at once can have what waits carried out', () => {
  const { host, asked } = hostOf()
  const batch = new Batch(host)
  batch.begin()
  batch.addAddresses([spec('10.0.0.1')], () => {})
  batch.settle()
  asked.push('remove')
  batch.end()
  assert.deepEqual(asked, ['hold', 'release', 'add 10.0.0.1', 'hold', 'remove', 'release'])
})

test('pending packets are read once a round', () => {
  const { host, asked } = hostOf()
  const batch = new Batch(host)
  batch.begin()
  batch.readPending()
  batch.readPending()
  batch.end()
  assert.deepEqual(
    asked.filter((what) => what === 'read'),
    ['read'],
  )
})

test('what waits to be sent can leave before the end of the round, and outside of one nothing waits', () => {
  const { host, asked } = hostOf()
  const batch = new Batch(host)
  batch.sendNow()
  batch.begin()
  batch.sendNow()
  batch.end()
  assert.deepEqual(asked, ['hold', 'release', 'hold', 'release'])
})

test('the log waits for the end of a round, also when the round fails', () => {
  const { host, asked } = hostOf()
  const batch = new Batch({ ...host, holdLog: () => void asked.push('hold log'), releaseLog: () => void asked.push('release log') } as Host)
  batch.begin()
  batch.addAddresses([spec('10.0.0.1')], () => {
    throw new Error('a mistake of ours')
  })
  assert.throws(() => batch.end(), /a mistake of ours/)
  assert.deepEqual(asked, ['hold log', 'hold', 'release', 'add 10.0.0.1', 'release', 'release log'])
})
