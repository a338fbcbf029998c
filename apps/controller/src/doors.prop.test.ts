// Whatever is sent to the console's doors gets an answer that is no 500, opens no session, and changes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Browser } from '../test/browser.ts'
import { startInMemory } from '../test/in-memory.ts'

const strange = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.json({ maxDepth: 2 }),
  fc.constantFrom('', '{', '{"user":null}', '{"token":""}', '{"token":{}}'),
)
const header = fc.stringMatching(/^[\x20-\x7e]{0,60}$/).map((text) => text.trim())

test('any body, cookie and token at any door', async (context) => {
  const world = await startInMemory(context)
  const browser = new Browser(world.url)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'),
      fc.constantFrom('/session', '/api/vpc/CreateVpc', '/api/havip/CreateUser', '/api/x/y', '/events', '/audit.ndjson', '/api/vpc/'),
      strange,
      header,
      header,
      async (method, path, body, cookie, csrf) => {
        browser.cookie = ''
        const response = await browser.fetch(path, {
          method,
          headers: { cookie: `havip_session=${cookie}`, 'x-havip-csrf': csrf, 'content-type': 'application/json', 'last-event-id': csrf },
          ...(method !== 'GET' && { body }),
        })
        const text = await response.text()
        assert.ok(response.status < 500, `${method} ${path} ${body}: ${response.status} ${text}`)
        // Signing out where nobody is signed in is the only thing that is fine.
        if (!(method === 'DELETE' && path === '/session'))
          assert.ok(response.status >= 400, `${method} ${path}: ${response.status} ${text}`)
        assert.doesNotMatch(response.headers.get('set-cookie') ?? '', /havip_session=[^;]/)
      },
    ),
    { numRuns: 250 },
  )
  assert.deepEqual(world.failures, [])
  assert.equal(await world.store.read((tx) => tx.count('vpc', {})), 0)
  assert.equal(await world.store.read((tx) => tx.count('session', {})), 0)
  assert.equal(await world.store.read((tx) => tx.count('user', {})), 1)
})
