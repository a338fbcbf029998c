// An address that somebody removes on a real machine is back within a few milliseconds, and nothing else moves.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, sleep } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

test('a removed address is put back, announced and recorded; the recording outlives the daemon', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const record = join(first.folder, 'record')
    await segment.startHavipd(second, two)
    const ours = await segment.startHavipd(first, one, ['--record-file', record])
    await segment.waitForOwner(first, vip)
    await sleep(500)
    await must(['ip', '-n', first.namespace, 'address', 'del', `${vip}/32`, 'dev', 'eth0'])
    await segment.waitForOwner(first, vip)
    const [instance] = (await segment.status(first)).instances
    assert.equal(instance?.state, 'master')
    assert.equal(instance?.transitions[0]?.to, 'master')
    assert.match(ours.log(), /was removed by something else; it is back/)
    await ours.service.stop()
    assert.match(readFileSync(record, 'utf8'), /"address-reasserted"/)
    assert.match(readFileSync(record, 'utf8'), /"to":"stopped"/)
  } finally {
    await segment.destroy()
  }
})
