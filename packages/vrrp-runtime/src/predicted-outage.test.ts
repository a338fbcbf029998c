// What `havip check --set` predicts is what the engine will do: one arithmetic, told twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseText, takeoverOf } from '@havip/conf'
import { effectivePriority, masterDownInterval, skewTime } from '@havip/vrrp'
import { translateInstance } from './translate.ts'

const node = (name: string, lines: string) => {
  const { configuration, diagnostics } = parseText(
    `vrrp_script s {\nscript /bin/true\nweight 5\n}\nvrrp_instance V {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress {\n10.0.0.9\n}\n${lines}\n}\n`,
  )
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  )
  const [instance] = configuration.instances
  assert.ok(instance)
  return { node: { name, configuration }, instance }
}
const peers = (...addresses: readonly string[]): string => `unicast_peer {\n${addresses.join('\n')}\n}`
const cases: readonly (readonly [name: string, best: string, next: string, added: number])[] = [
  ['the plain pair of version 2', 'priority 100', 'priority 10', 0],
  ['a sole peer of version 2', `priority 100\n${peers('10.0.0.2')}`, `priority 10\n${peers('10.0.0.1')}`, 0],
  ['a sole peer whose skew is less than the margin', `priority 254\n${peers('10.0.0.2')}`, `priority 250\n${peers('10.0.0.1')}`, 0],
  [
    'a sole peer that waits the skew all the same',
    `priority 100\n${peers('10.0.0.2')}`,
    `priority 10\nsole_peer_takeover off\n${peers('10.0.0.1')}`,
    0,
  ],
  ['two peers', `priority 100\n${peers('10.0.0.2', '10.0.0.3')}`, `priority 10\n${peers('10.0.0.1', '10.0.0.3')}`, 0],
  ['version 3 with the master’s interval', 'version 3\nadvert_int 0.2\npriority 100', 'version 3\nadvert_int 2\npriority 10', 0],
  ['another number of missed adverts', 'priority 100', 'priority 10\ndown_timer_adverts 5', 0],
  ['a tracker’s weight', 'priority 100', 'priority 10\ntrack_script {\ns\n}', 5],
]
for (const [name, one, other, added] of cases) {
  test(`${name}: prediction and engine agree`, () => {
    const [best, next] = [node('a', one), node('b', other)]
    const predicted = takeoverOf(best, next)
    const config = translateInstance(next.instance, next.node.configuration.global)
    const own = effectivePriority(config.priority, [added])
    const masterInterval = config.version === 3 ? best.instance.advertInterval : config.interval
    assert.equal(predicted.masterDownInterval, masterDownInterval(config, own, masterInterval, 'alone'))
    assert.equal(predicted.skew, skewTime(config, own, masterInterval))
    assert.equal(predicted.isSolePeer, config.takeover.kind === 'sole-peer')
  })
}
