// The rules of no_accept, as nft and the kernel take them.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import type { FirewallConf } from '@havip/conf'
import { firewallRules } from '@havip/vrrp-runtime'
import { createTestNetwork, ipv4, ipv6, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

const hasNft = spawnSync('nft', ['--version']).status === 0
const conf: FirewallConf = { isRequested: false, table: 'keepalived', priority: -1, counters: true, byInterfaceIndex: false }

describe('no_accept in the kernel', { skip: skipWithoutNamespaces || (hasNft ? false : 'needs nft') }, () => {
  let network: TestNetwork
  before(() => {
    network = createTestNetwork()
  })
  after(() => network.close())
  const nft = (rules: string): string => network.left.within(() => execFileSync('nft', rules.split('\0'), { encoding: 'utf8' }))
  /** A closed port answers with a refusal; a dropped packet with nothing, until timeout (status 124) ends the wait. */
  const answers = (address: string): boolean =>
    network.right.within(() => spawnSync('timeout', ['0.5', 'bash', '-c', `</dev/tcp/${address}/9`], { stdio: 'ignore' }).status === 1)

  test('an address answers before and after, and not while it accepts nothing', () => {
    network.left.ip('addr add 10.9.0.100/32 dev eth0')
    const vips = [ipv4('10.9.0.100'), ipv6('fe80::100')]
    assert.equal(answers('10.9.0.100'), true)
    for (let i = 0; i < 2; i++) nft(firewallRules(vips, conf))
    assert.match(nft('list\0table\0ip\0keepalived'), /ip daddr @vips counter packets \d+ bytes \d+ drop/)
    assert.match(nft('list\0table\0ip6\0keepalived'), /nd-neighbor-solicit, nd-neighbor-advert } accept/)
    assert.equal(answers('10.9.0.100'), false)
    assert.equal(answers('10.9.0.1'), true)
    nft(firewallRules([], conf))
    assert.equal(nft('list\0ruleset').trim(), '')
    assert.equal(answers('10.9.0.100'), true)
  })
})
