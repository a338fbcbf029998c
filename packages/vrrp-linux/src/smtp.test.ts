import assert from 'node:assert/strict'
import { test } from 'node:test'
import { milliseconds } from '@havip/base'
import type { Mail } from './port.ts'
import { createDialogue, messageText } from './smtp.ts'

const mail: Mail = {
  server: { host: '127.0.0.1', port: 25 },
  helo: 'ecs-1',
  from: 'havip@example.org',
  to: ['a@example.org', 'b@example.org'],
  headers: [
    ['Date', 'Sun, 22 Nov 2026 22:00:00 +0000'],
    ['From', 'havip@example.org'],
    ['Subject', '[LVS] VRRP Instance VI_1 - Entering MASTER state'],
    ['X-Mailer', 'Keepalived'],
  ],
  body: '=> VRRP Instance is now owning VRRP VIPs <=\n.\n..two',
  connectTimeout: milliseconds(1000),
}

test('the dialogue is HELO, MAIL FROM, one RCPT TO each, DATA, message, QUIT', () => {
  const dialogue = createDialogue(mail)
  const sent = ['220 ready', '250 hello', '250 ok', '250 ok', '251 forwarded', '354 go', '250 queued'].map(
    (reply) => dialogue.receive(`${reply}\r\n`).send,
  )
  assert.deepEqual(sent, [
    'HELO ecs-1\r\n',
    'MAIL FROM:<havip@example.org>\r\n',
    'RCPT TO:<a@example.org>\r\n',
    'RCPT TO:<b@example.org>\r\n',
    'DATA\r\n',
    messageText(mail),
    'QUIT\r\n',
  ])
  assert.equal(dialogue.receive('221 bye\r\n').outcome, 'accepted')
})

test('the message has the headers, folded recipients, an empty line, doubled dots and the final dot', () => {
  assert.equal(
    messageText(mail),
    [
      'Date: Sun, 22 Nov 2026 22:00:00 +0000',
      'From: havip@example.org',
      'Subject: [LVS] VRRP Instance VI_1 - Entering MASTER state',
      'X-Mailer: Keepalived',
      'To: a@example.org,',
      ' b@example.org',
      '',
      '=> VRRP Instance is now owning VRRP VIPs <=',
      '..',
      '...two',
      '.',
      '',
    ].join('\r\n'),
  )
})

test('a reply of several lines and in several pieces counts once', () => {
  const dialogue = createDialogue(mail)
  assert.equal(dialogue.receive('220-mail.example.org\r\n22').send, '')
  assert.equal(dialogue.receive('0-second\r\n220 third').send, '')
  assert.equal(dialogue.receive('\r\n').send, 'HELO ecs-1\r\n')
})

test('a refusal ends it with the reply that said so', () => {
  const dialogue = createDialogue(mail)
  dialogue.receive('220 ready\r\n250 hello\r\n250 ok\r\n')
  assert.deepEqual(dialogue.receive('550 no such user\r\n'), { send: 'QUIT\r\n', outcome: 'refused', reply: '550 no such user' })
})

test('a line break in a name cannot become a command', () => {
  const dialogue = createDialogue({ ...mail, helo: 'x\r\nRSET' })
  assert.equal(dialogue.receive('220 ready\r\n').send, 'HELO x  RSET\r\n')
})

test('a reply without end is given up', () => {
  assert.equal(createDialogue(mail).receive('2'.repeat(70_000)).outcome, 'refused')
})
