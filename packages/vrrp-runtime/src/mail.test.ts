import assert from 'node:assert/strict'
import { test } from 'node:test'
import { milliseconds, wallTime } from '@havip/base'
import type { MailConf } from '@havip/conf'
import { mailDate, transitionMail } from './mail.ts'

const conf: MailConf = {
  to: ['ops@example.net'],
  from: undefined,
  server: { host: '192.0.2.25', port: 25 },
  helo: undefined,
  connectTimeout: milliseconds(30_000),
  noFaultMail: false,
}
const make = (change: Partial<MailConf>, state: 'MASTER' | 'FAULT' = 'MASTER') =>
  transitionMail('VI_1', state, { mail: { ...conf, ...change }, routerId: 'R1', hostName: 'node1' }, wallTime(0))

test('the mail has keepalived`s headers in its order, and its body', () => {
  const mail = make({})
  assert.deepEqual(
    mail?.headers.map(([name]) => name),
    ['Date', 'From', 'Subject', 'X-Mailer'],
  )
  assert.equal(mail?.headers[2]?.[1], '[R1] VRRP Instance VI_1 - Entering MASTER state')
  assert.equal(mail?.body, '=> VRRP Instance is now owning VRRP VIPs <=\n')
})

test('the sender is root at this host when none is configured, and the host says HELO', () => {
  assert.deepEqual([make({})?.from, make({})?.helo], ['root@node1', 'node1'])
})

test('no server or no recipient: no mail', () => {
  assert.equal(make({ server: undefined }), undefined)
  assert.equal(make({ to: [] }), undefined)
})

test('no_email_faults leaves out FAULT only', () => {
  assert.equal(make({ noFaultMail: true }, 'FAULT'), undefined)
  assert.ok(make({ noFaultMail: true }, 'MASTER'))
})

test('a date is written as RFC 5322 wants it', () => {
  assert.match(mailDate(wallTime(Date.UTC(2026, 10, 2, 12, 5, 9))), /^(Sun|Mon|Tue), 0[123] Nov 2026 \d\d:\d\d:09 [+-]\d{4}$/)
})
