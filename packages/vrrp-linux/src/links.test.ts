import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IfIndex, IpAddress } from '@havip/base'
import { type AddressEntry, addressFlag, type Change, type LinkEntry, linkFlag, type RtnetlinkMessage } from '@havip/wire'
import { createLinkTable } from './links.ts'

const eth0 = 2 as IfIndex
const up = linkFlag.up | linkFlag.running | linkFlag.multicast
const link = (more: Partial<LinkEntry> = {}, change: Change = 'new'): RtnetlinkMessage => ({
  kind: 'link',
  change,
  link: { index: eth0, name: 'eth0', flags: up, type: 1, mtu: 1500, operState: 'up', ...more },
})
const address = (text: string, more: Partial<AddressEntry> = {}, change: Change = 'new'): RtnetlinkMessage => ({
  kind: 'address',
  change,
  address: {
    family: text.includes(':') ? 'ipv6' : 'ipv4',
    index: eth0,
    address: text as IpAddress,
    prefix: 24,
    scope: 0,
    flags: addressFlag.permanent,
    ...more,
  },
})

test('a link is news when it appears, changes in what counts, or goes', () => {
  const table = createLinkTable()
  assert.equal(table.apply(link())?.kind, 'link-changed')
  assert.equal(table.apply(link()), undefined)
  assert.equal(table.apply(link({ operState: 'unknown' })), undefined)
  const down = table.apply(link({ flags: linkFlag.up | linkFlag.multicast }))
  assert.equal(down?.kind === 'link-changed' && down.link.isUp, false)
  assert.deepEqual(table.apply(link({}, 'deleted')), { kind: 'link-removed', index: eth0, name: 'eth0' })
  assert.equal(table.apply(link({}, 'deleted')), undefined)
})

test('up means IFF_UP and IFF_RUNNING', () => {
  const isUp = (flags: number): boolean | undefined => {
    const table = createLinkTable()
    table.apply(link({ flags }))
    return table.byIndex(eth0)?.isUp
  }
  assert.deepEqual([isUp(linkFlag.up | linkFlag.running), isUp(linkFlag.up), isUp(linkFlag.running), isUp(0)], [true, false, false, false])
})

test('secondary addresses stay behind the first ones, as in the kernel', () => {
  const table = createLinkTable()
  table.apply(link())
  table.apply(address('10.0.0.1'))
  table.apply(address('10.0.0.2', { flags: addressFlag.secondary }))
  table.apply(address('10.1.0.1'))
  assert.deepEqual(
    table.byIndex(eth0)?.addresses.map((one) => one.address),
    ['10.0.0.1', '10.1.0.1', '10.0.0.2'],
  )
})

test('an address is news once, and again when duplicate detection ends', () => {
  const table = createLinkTable()
  table.apply(link())
  const added = { kind: 'address-added', interface: eth0, address: 'fe80::1' }
  assert.deepEqual(table.apply(address('fe80::1', { flags: addressFlag.tentative })), added)
  assert.equal(table.byIndex(eth0)?.addresses[0]?.isTentative, true)
  assert.equal(table.apply(address('fe80::1', { flags: addressFlag.tentative })), undefined)
  assert.deepEqual(table.apply(address('fe80::1')), added)
  assert.equal(table.apply(address('fe80::1')), undefined)
})

test('the same address with two prefixes is removed when the last of them goes', () => {
  const table = createLinkTable()
  table.apply(link())
  table.apply(address('10.0.0.1', { prefix: 24 }))
  table.apply(address('10.0.0.1', { prefix: 32 }))
  assert.equal(table.apply(address('10.0.0.1', { prefix: 24 }, 'deleted')), undefined)
  assert.equal(table.apply(address('10.0.0.1', { prefix: 32 }, 'deleted'))?.kind, 'address-removed')
  assert.equal(table.apply(address('10.0.0.1', { prefix: 32 }, 'deleted')), undefined)
})

test('an address of an unknown link is ignored', () => {
  assert.equal(createLinkTable().apply(address('10.0.0.1')), undefined)
})
