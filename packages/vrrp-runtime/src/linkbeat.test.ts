import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, ok } from '@havip/base'
import { Pair } from './testing/pair.ts'

const stateOf = (pair: Pair): string | undefined => pair.one.daemon.status().instances[0]?.state

/** A pair whose first node's interfaces can be asked; `links` holds what they say, and `asked` who was asked how. */
function asking(settings: Parameters<typeof Pair.ofSeed>[0]) {
  const pair = Pair.ofSeed(settings)
  const links = new Map([['eth0', true]])
  const asked: string[] = []
  Object.assign(pair.one.host, {
    probeLink: (name: string, method: string | undefined) => {
      asked.push(`${name} ${method ?? 'any'}`)
      const link = links.get(name)
      return link === undefined ? fail({ call: 'ioctl', errno: 'EOPNOTSUPP', detail: name }) : ok(link)
    },
  })
  return { pair, links, asked }
}

for (const [name, settings] of Object.entries({
  'all interfaces': { blocks: 'linkbeat_use_polling' },
  'the interface of an instance': { instance: 'linkbeat_use_polling' },
  'a listed one': { blocks: 'linkbeat_interfaces {\n eth0 ETHTOOL\n}' },
})) {
  test(`${name}: what the interface answers counts, not what the kernel reports`, () => {
    const { pair, links, asked } = asking(settings)
    pair.start(pair.one)
    pair.time.advance(10_000)
    assert.equal(stateOf(pair), 'master')
    pair.one.host.setUp('eth0', false)
    pair.time.advance(3000)
    assert.equal(stateOf(pair), 'master')
    links.set('eth0', false)
    pair.time.advance(1100)
    assert.equal(stateOf(pair), 'fault')
    links.set('eth0', true)
    pair.time.advance(1100)
    assert.equal(stateOf(pair), 'backup')
    assert.deepEqual(new Set(asked), new Set([name === 'a listed one' ? 'eth0 ethtool' : 'eth0 any']))
  })
}

test('an interface that cannot be asked is believed through the kernel, and that is said once', () => {
  const { pair, links } = asking({ blocks: 'linkbeat_use_polling' })
  links.clear()
  pair.start(pair.one)
  pair.time.advance(10_000)
  assert.equal(stateOf(pair), 'master')
  pair.one.host.setUp('eth0', false)
  assert.equal(stateOf(pair), 'fault')
  assert.equal(pair.one.host.lines(/linkbeat polling of eth0/).length, 1)
})

test('a reload without polling believes the kernel again', () => {
  const { pair, links } = asking({ instance: 'linkbeat_use_polling' })
  pair.start(pair.one)
  pair.time.advance(10_000)
  links.set('eth0', false)
  pair.time.advance(1100)
  assert.equal(stateOf(pair), 'fault')
  const file = pair.one.host.fileTexts.get('/etc/keepalived/keepalived.conf') ?? ''
  pair.write(pair.one, file.replace('linkbeat_use_polling', ''))
  pair.one.daemon.reload()
  assert.equal(stateOf(pair), 'backup')
})
