import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReloadTime } from './reload-schedule.ts'

const now = Date.UTC(2026, 10, 26, 12, 0, 0)
const utc = (text: string): string | undefined => {
  const time = readReloadTime(text, now)
  return time && `${new Date(time.at).toISOString()}${time.isDaily ? ' daily' : ''}`
}

test('a time alone is the next one that comes', () => {
  assert.equal(utc('12:00:01Z'), '2026-11-26T12:00:01.000Z daily')
  assert.equal(utc('11:59:59Z\n'), '2026-11-27T11:59:59.000Z daily')
})

test('a date with two or four digits of the year', () => {
  assert.equal(utc('26-12-24 08:30:00Z'), '2026-12-24T08:30:00.000Z')
  assert.equal(utc('2027-01-02 00:00:00Z'), '2027-01-02T00:00:00.000Z')
})

test('without Z it is local time', () => {
  const time = readReloadTime('2026-12-24 08:30:00', now)
  assert.equal(time?.at, new Date(2026, 11, 24, 8, 30, 0).getTime())
})

test('anything else is no time', () => {
  for (const text of [
    '',
    '8:30:00',
    '08:30',
    ' 08:30:00',
    '08:30:00 ',
    '24:00:00Z',
    '08:60:00',
    '2026-13-01 00:00:00',
    '2026-02-30 00:00:00Z',
    'soon',
  ]) {
    assert.equal(utc(text), undefined, text)
  }
})
