// Deliveries under failure: growing pauses, a bound, and on with what came later.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { ok, webhookPauseAfter } from '@havip/base'
import { countingEntropy, FakeClock, memoryStore, must, operator, testVault, wholePage } from '../testing/index.ts'
import { WebhookDispatcher } from './dispatcher.ts'
import { createWebhookService } from './webhooks.ts'

async function start(deliver: (body: string) => Promise<number>) {
  const clock = new FakeClock()
  const parts = { store: memoryStore(), clock, vault: testVault() }
  const service = createWebhookService({ ...parts, entropy: countingEntropy(), changed: () => undefined })
  await must(service.createWebhook(operator, { url: 'http://receiver.test/', kinds: ['test'] }))
  const hmacSha256 = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex')
  const dispatcher = new WebhookDispatcher({ ...parts, deliver: (_, __, body) => deliver(body), hmacSha256, isLeader: () => true })
  const { account } = operator
  const tell = (text: string) =>
    parts.store.write(async (tx) =>
      ok(await tx.appendEvent({ at: clock.wallTime(), account, kind: 'test', resource: undefined, text, detail: {} })),
    )
  const run = async (afterMs = 0) => {
    clock.advance(afterMs)
    dispatcher.wake()
    await dispatcher.idle()
  }
  const row = async () => {
    const [first] = (await must(service.listWebhooks(operator, { paging: wholePage }))).items
    return first ?? assert.fail('no webhook')
  }
  return { tell, run, row }
}
const textsOf = (body: string): string[] => JSON.parse(body).events.map((event: { text: string }) => event.text)

test('events that were there before the webhook are not sent, later ones in order and once', async () => {
  const taken: string[] = []
  const { tell, run, row } = await start(async (body) => {
    taken.push(...textsOf(body))
    return 200
  })
  await run()
  for (let i = 0; i < 250; i++) await tell(`${i}`)
  await run()
  await run()
  assert.deepEqual(
    taken,
    Array.from({ length: 250 }, (_, i) => `${i}`),
  )
  assert.equal((await row()).failures, 0)
})
test('a failure is tried again after a pause that grows, and given up after eight tries', async () => {
  let tries = 0
  let isDown = true
  const taken: string[] = []
  const { tell, run, row } = await start(async (body) => {
    tries++
    if (isDown) throw new Error('connection refused')
    taken.push(...textsOf(body))
    return 204
  })
  await tell('lost')
  await run()
  assert.equal(tries, 1)
  await run(webhookPauseAfter(1) - 1)
  assert.equal(tries, 1)
  for (let failures = 1; failures < 8; failures++) {
    assert.equal((await row()).failures, failures)
    await run(webhookPauseAfter(failures))
    assert.equal(tries, failures + 1)
  }
  const { failures, dropped, lastError } = await row()
  assert.deepEqual([failures, dropped, lastError], [0, 1, 'connection refused'])
  isDown = false
  await tell('later')
  await run()
  assert.deepEqual(taken, ['later'])
  assert.equal((await row()).lastError, '')
})
