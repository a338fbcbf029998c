import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkTotp, fromBase32, type HmacSha1, hotp, stepAt, toBase32, totpUri } from './totp.ts'

const hmacSha1: HmacSha1 = (key, data) => createHmac('sha1', key).update(data).digest()
const rfcKey = new TextEncoder().encode('12345678901234567890')

test('the values of RFC 4226, appendix D', () => {
  const values = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489']
  assert.deepEqual(
    values.map((_, count) => hotp(rfcKey, count, hmacSha1)),
    values,
  )
})
test('the values of RFC 6238, appendix B, for SHA-1', () => {
  for (const [seconds, code] of [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ] as const)
    assert.equal(hotp(rfcKey, stepAt(seconds * 1000), hmacSha1, 8), code)
})
test('the code of one step before and after counts, two away does not', () => {
  const now = 1_700_000_000_000
  const at = (steps: number) => checkTotp(hotp(rfcKey, stepAt(now) + steps, hmacSha1), rfcKey, now, -1, hmacSha1)
  assert.deepEqual(
    [-2, -1, 0, 1, 2].map((steps) => at(steps) !== undefined),
    [false, true, true, true, false],
  )
})
test('a code counts once, and so does none older than it', () => {
  const now = 1_700_000_000_000
  const step = checkTotp(hotp(rfcKey, stepAt(now), hmacSha1), rfcKey, now, -1, hmacSha1)
  assert.equal(step, stepAt(now))
  assert.equal(checkTotp(hotp(rfcKey, stepAt(now), hmacSha1), rfcKey, now, step as number, hmacSha1), undefined)
  assert.equal(checkTotp(hotp(rfcKey, stepAt(now) - 1, hmacSha1), rfcKey, now, step as number, hmacSha1), undefined)
})
test('what is no code is none', () => {
  for (const code of ['', '00000', '0000000', 'abcdef', ' 123456']) assert.equal(checkTotp(code, rfcKey, 0, -1, hmacSha1), undefined)
})
test('the values of RFC 4648, section 10, without padding', () => {
  const values = { f: 'MY', fo: 'MZXQ', foo: 'MZXW6', foob: 'MZXW6YQ', fooba: 'MZXW6YTB', foobar: 'MZXW6YTBOI' }
  for (const [text, coded] of Object.entries(values)) assert.equal(toBase32(new TextEncoder().encode(text)), coded)
})
test('Base32 comes back as it was', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assert.deepEqual(fromBase32(toBase32(bytes)), bytes)))
  assert.equal(fromBase32('a1'), undefined)
})
test('the address for apps names issuer and user', () => {
  assert.match(totpUri('havip', 'a b', toBase32(randomBytes(20))), /^otpauth:\/\/totp\/havip:a%20b\?secret=[A-Z2-7]{32}&issuer=havip&/)
})
