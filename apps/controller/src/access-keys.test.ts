// Where access keys are kept.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openKeyring } from './access-keys.ts'

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'havip-keys-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

test('the first start makes a key, later ones find it', async (context) => {
  const data = directory(context)
  const first = openKeyring(data)
  assert.equal(first.newCredentials, join(data, 'credentials.json'))
  const { accessKeyId, accessKeySecret } = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
  assert.match(accessKeyId, /^LTAI[A-Za-z0-9]{20}$/)
  assert.match(accessKeySecret, /^[A-Za-z0-9]{30}$/)
  const second = openKeyring(data)
  assert.equal(second.newCredentials, undefined)
  const key = await second.find(accessKeyId)
  assert.equal(key?.secret, accessKeySecret)
  assert.equal(key?.role, 'administrator')
  assert.equal(await second.find('LTAIother'), undefined)
})
test('the files are for us alone, and the store of keys holds no secret in clear', (context) => {
  const data = directory(context)
  openKeyring(data)
  const { accessKeySecret } = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
  for (const name of ['credentials.json', 'access-keys.json', 'seal.key']) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600)
  assert.ok(!readFileSync(join(data, 'access-keys.json'), 'utf8').includes(accessKeySecret))
})
test('a foreign seal key is named as the problem', (context) => {
  const data = directory(context)
  openKeyring(data)
  writeFileSync(join(data, 'seal.key'), Buffer.alloc(32, 1).toString('base64'))
  assert.throws(() => openKeyring(data), /cannot be opened: the file, or seal.key beside it, belongs to another installation/)
})
