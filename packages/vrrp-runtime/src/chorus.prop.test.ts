import { test } from 'node:test'
import fc from 'fast-check'
import { alike, count, file, type Scene, strangersAdvert } from './testing/crowd.ts'
import { configPath } from './testing/pair.ts'

type Deed = (scene: Scene) => void

const which = fc.nat(count - 1)
const wait: fc.Arbitrary<Deed> = fc.integer({ min: 0, max: 4000 }).map(
  (ms) =>
    ({ time }) =>
      time.advance(ms),
)
const looks: fc.Arbitrary<Deed> = fc.constant(({ daemon }) => void daemon.status())
const clears: fc.Arbitrary<Deed> = fc.constant(({ daemon }) => daemon.clearCounters())
const reloads: fc.Arbitrary<Deed> = fc
  .record({
    changed: which,
    gone: fc.option(which, { nil: undefined }),
    line: fc.constantFrom('garp_master_refresh 1', 'notify_master /bin/true', 'garp_lower_prio_delay 2', ''),
    grouped: fc.option(fc.uniqueArray(which, { minLength: 2, maxLength: 4 }), { nil: undefined }),
  })
  .map(({ changed, gone, line, grouped = [] }) => {
    const members = grouped.filter((index) => index !== gone)
    const group = members.length < 2 ? '' : `vrrp_sync_group G {\n group {\n ${members.map((index) => `VI_${index}`).join('\n ')}\n }\n}\n`
    const text = group + file((index) => (index === gone ? undefined : index === changed ? line : ''))
    return ({ host, daemon }: Scene) => {
      host.fileTexts.set(configPath, text)
      daemon.reload()
    }
  })
const cable: fc.Arbitrary<Deed> = fc.boolean().map(
  (isUp) =>
    ({ host }) =>
      host.setLink('eth0', ['10.0.0.1'], { isUp }),
)
const stranger: fc.Arbitrary<Deed> = which.map((index) => (scene: Scene) => {
  if (scene.segment.sent.some(({ datagram }) => datagram[21] === index + 1)) scene.host.deliver(strangersAdvert(scene, index + 1), 'eth0')
})
/** Nobody does anything to a process that stands still, as long as it does. */
const freezes: fc.Arbitrary<Deed> = fc.integer({ min: 1, max: 3000 }).map((ms) => ({ host, time }: Scene) => {
  host.clock.freeze((time.now + ms) as typeof time.now)
  time.advance(ms)
})
const refuses: fc.Arbitrary<Deed> = fc.boolean().map((does) => ({ host }: Scene) => {
  if (does) host.refuses.send = { call: 'sendto', errno: 'EPERM', detail: 'Operation not permitted' }
  else delete host.refuses.send
})
const deed = fc.oneof({ arbitrary: wait, weight: 8 }, looks, clears, reloads, cable, stranger, freezes, refuses)

test('whatever happens to a crowd of masters, it is the same with and without the quicker way to send', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      alike((scene) => {
        scene.time.advance(12_000)
        for (const each of deeds) each(scene)
        scene.time.advance(9000)
      })
    }),
    { numRuns: 40 },
  )
})
