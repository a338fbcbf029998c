// The console's files: what is served, how long it may be kept, and that nothing else can be had.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startInMemory } from '../test/in-memory.ts'
import { openConsole } from './console-files.ts'

const page = '<!doctype html><title>havip</title><script type="module" src="/assets/index-BX9dk2Lq.js"></script>'
const script = `export const x = 1\n${'// filler\n'.repeat(500)}`

function folderOf(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'havip-console-'))
  context.after(() => rmSync(root, { recursive: true }))
  const folder = join(root, 'console')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), page)
  writeFileSync(join(folder, 'assets', 'index-BX9dk2Lq.js'), script)
  writeFileSync(join(folder, 'mark.svg'), '<svg/>')
  writeFileSync(join(root, 'secret.txt'), 'secret')
  symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'))
  return folder
}
const start = async (context: TestContext) => startInMemory(context, undefined, { console: folderOf(context) })

/** As it is on the wire: `fetch` would tidy the path and undo the encoding. */
function raw(port: number, path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, method }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('the page is served with a policy that lets nothing in from elsewhere', async (context) => {
  const { port } = await start(context)
  for (const path of ['/', '/havips', '/havips/havip-1?tab=history', '/index.html']) {
    const { status, headers, body } = await raw(port, path)
    assert.deepEqual([status, body.toString(), headers['cache-control']], [200, page, 'no-cache'], path)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';/)
    assert.ok(!/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/.test(policy), policy)
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
})
test('calls at / go on working, signed or not, beside the page', async (context) => {
  const { port } = await start(context)
  for (const path of ['/?Action=DescribeRegions&Version=2016-04-28', '/?AccessKeyId=x', '/?Signature=x']) {
    const { status, headers } = await raw(port, path)
    assert.equal(status, 400, path)
    assert.match(String(headers['content-type']), /^(application\/json|text\/xml)/)
  }
  assert.equal(JSON.parse((await raw(port, '/', {}, 'POST')).body.toString()).Code, 'MissingParameter')
  assert.equal(JSON.parse((await raw(port, '/', { authorization: 'ACS3-HMAC-SHA256 x' })).body.toString()).Code, 'MissingParameter')
})
test('files whose names carry a hash may be kept for ever, the others are asked for anew', async (context) => {
  const { port } = await start(context)
  const hashed = await raw(port, '/assets/index-BX9dk2Lq.js')
  assert.deepEqual(
    [hashed.headers['cache-control'], hashed.headers['content-type']],
    ['public, max-age=31536000, immutable', 'text/javascript;charset=utf-8'],
  )
  const plain = await raw(port, '/mark.svg')
  assert.equal(plain.headers['cache-control'], 'no-cache')
  const again = await raw(port, '/mark.svg', { 'if-none-match': String(plain.headers.etag) })
  assert.deepEqual([again.status, again.body.length], [304, 0])
})
test('text is compressed as the browser takes it', async (context) => {
  const { port } = await start(context)
  const get = (accept: string) => raw(port, '/assets/index-BX9dk2Lq.js', { 'accept-encoding': accept })
  const [br, gzip, none, refused] = [await get('gzip, br'), await get('gzip'), await get(''), await get('br;q=0, gzip;q=0')]
  assert.deepEqual(
    [br, gzip, none, refused].map(({ headers }) => headers['content-encoding']),
    ['br', 'gzip', undefined, undefined],
  )
  assert.equal(brotliDecompressSync(br.body).toString(), script)
  assert.equal(gunzipSync(gzip.body).toString(), script)
  assert.equal(none.body.toString(), script)
  assert.notEqual(br.headers.etag, gzip.headers.etag)
  assert.equal(br.headers.vary, 'accept-encoding')
})
test('no path leads out of the folder, and a missing file is no page', async (context) => {
  const { port } = await start(context)
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/link.txt',
    '/secret.txt',
    '/assets/none-12345678.js',
    '/%',
    '//etc/passwd.x',
  ]) {
    const { status, body } = await raw(port, path)
    assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    assert.ok(!body.toString().includes('secret\n') && body.toString() !== 'secret', path)
  }
  assert.equal((await raw(port, '/havips', {}, 'POST')).status, 404)
})
test('a folder without a page is no console', () => {
  assert.equal(openConsole('/nonexistent'), undefined)
})
