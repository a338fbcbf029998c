import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { equalBytes, hmacMd5, hmacSha256 } from './hmac.ts'
import { md5 } from './md5.ts'
import { sha256 } from './sha256.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test('SHA-256: the examples of FIPS 180-4', () => {
  assert.equal(hex(sha256(text(''))), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(hex(sha256(text('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(
    hex(sha256(text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})
test('MD5: the examples of RFC 1321 §A.5', () => {
  assert.equal(hex(md5(text(''))), 'd41d8cd98f00b204e9800998ecf8427e')
  assert.equal(hex(md5(text('abc'))), '900150983cd24fb0d6963f7d28e17f72')
  assert.equal(hex(md5(text('message digest'))), 'f96b697d7cb7938d525a2f31aaf161d0')
})
test('HMAC-SHA256: cases 1 and 6 of RFC 4231', () => {
  assert.equal(
    hex(hmacSha256(new Uint8Array(20).fill(0x0b), text('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
  assert.equal(
    hex(hmacSha256(new Uint8Array(131).fill(0xaa), text('Test Using Larger Than Block-Size Key - Hash Key First'))),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  )
})
test('HMAC-MD5: case 2 of RFC 2202', () => {
  assert.equal(hex(hmacMd5(text('Jefe'), text('what do ya want for nothing?'))), '750c783e6ab0b503eaa86e310a5db738')
})
test('both hashes and their keyed forms agree with the platform on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (message, key) => {
      assert.equal(hex(sha256(message)), createHash('sha256').update(message).digest('hex'))
      assert.equal(hex(md5(message)), createHash('md5').update(message).digest('hex'))
      assert.equal(hex(hmacSha256(key, message)), createHmac('sha256', key).update(message).digest('hex'))
      assert.equal(hex(hmacMd5(key, message)), createHmac('md5', key).update(message).digest('hex'))
    }),
  )
})
test('bytes of different length are not equal, nor is a beginning', () => {
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true)
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)), false)
  assert.equal(equalBytes(Uint8Array.of(1, 2, 0), Uint8Array.of(1, 2)), false)
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
})
