// Each of these codes was read back by an independent reader (zbarimg) when its sum was written down here.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { encodeQr } from './qr.ts'

const sumOf = (text: string): readonly [size: number, sum: string] => {
  const code = encodeQr(text)
  if (!code) return [0, '']
  const modules = Array.from({ length: code.size ** 2 }, (_, i) => (code.isDark(i % code.size, Math.floor(i / code.size)) ? '1' : '0'))
  return [code.size, createHash('sha256').update(modules.join('')).digest('hex').slice(0, 16)]
}

test('one block and many, short blocks beside long ones, with and without version bits', () => {
  const key = 'otpauth://totp/havip:ann?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=havip&algorithm=SHA1&digits=6&period=30'
  assert.deepEqual(['hi', 'y'.repeat(60), key, 'z'.repeat(150), 'x'.repeat(213)].map(sumOf), [
    [21, '69f439bee9c38226'],
    [33, 'fdc1a02617a8940d'],
    [45, '71694a41cba775f3'],
    [49, 'a3be48e2ab70578d'],
    [57, 'f673820bb5ccd3f0'],
  ])
})

test('what does not fit gives nothing', () => {
  assert.equal(encodeQr('x'.repeat(214)), undefined)
  assert.equal(encodeQr('高'.repeat(72)), undefined)
})
