import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { webhookPauseAfter, webhookSignature, webhookUrl } from './webhook.ts'

test('a webhook has an http or https address without secrets in it', () => {
  assert.deepEqual(webhookUrl('https://alerts.example/a?b=c#d'), { ok: true, value: 'https://alerts.example/a?b=c' })
  assert.deepEqual(webhookUrl('http://[2001:db8::1]:8080'), { ok: true, value: 'http://[2001:db8::1]:8080/' })
  for (const text of [
    '',
    'alerts.example',
    'ftp://x/',
    'file:///etc/passwd',
    'http://u:p@x/',
    'http://u@x/',
    `http://x/${'a'.repeat(1100)}`,
  ])
    assert.equal(webhookUrl(text).ok, false, text)
})

test('the signature covers the time and the body', () => {
  const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')
  assert.equal(
    webhookSignature('key', 1_700_000_000, '{"a":"ü"}', hmac),
    `t=1700000000,v1=${createHmac('sha256', 'key').update('1700000000.{"a":"ü"}').digest('hex')}`,
  )
})

test('pauses double up to five minutes', () => {
  assert.deepEqual([0, 1, 2, 3, 9, 10, 50, 5000].map(webhookPauseAfter), [1000, 1000, 2000, 4000, 256_000, 300_000, 300_000, 300_000])
})
