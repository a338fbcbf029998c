import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { parseBind, realDirectory, writeUnfollowed } from './disk.ts'
import { makeImage } from './image.ts'
import { interfaceName, namesOf } from './names.ts'
import { missingTools } from './tools.ts'

describe('a disk that an instance wrote to', () => {
  let base: string
  beforeEach(() => {
    base = mkdtempSync('/tmp/havip-disk-')
    mkdirSync(join(base, 'disk'))
    mkdirSync(join(base, 'host'))
  })
  afterEach(() => rmSync(base, { recursive: true }))

  test('cannot lead a directory out of itself', () => {
    symlinkSync(join(base, 'host'), join(base, 'disk/opt'))
    realDirectory(join(base, 'disk'), 'opt/havip')
    assert.ok(lstatSync(join(base, 'disk/opt/havip')).isDirectory())
    assert.equal(existsSync(join(base, 'host/havip')), false)
  })

  test('cannot lead a file out of itself', () => {
    writeFileSync(join(base, 'host/passwd'), 'host')
    symlinkSync(join(base, 'host/passwd'), join(base, 'disk/hosts'))
    writeUnfollowed(join(base, 'disk'), 'hosts', 'mine')
    assert.equal(readFileSync(join(base, 'host/passwd'), 'utf8'), 'host')
    assert.equal(readFileSync(join(base, 'disk/hosts'), 'utf8'), 'mine')
  })

  test('is made from an image without what not everybody may read', () => {
    const source = join(base, 'host')
    mkdirSync(join(source, 'etc/secret'), { recursive: true })
    mkdirSync(join(source, 'var/lib/nginx'), { recursive: true })
    writeFileSync(join(source, 'etc/public'), 'public', { mode: 0o644 })
    writeFileSync(join(source, 'etc/key'), 'key', { mode: 0o640 })
    writeFileSync(join(source, 'etc/secret/open'), 'secret', { mode: 0o644 })
    chmodSync(join(source, 'etc/secret'), 0o700)
    makeImage(join(base, 'image'), source)
    assert.equal(readFileSync(join(base, 'image/etc/public'), 'utf8'), 'public')
    assert.equal(existsSync(join(base, 'image/etc/key')), false)
    assert.equal(existsSync(join(base, 'image/etc/secret')), false)
    assert.ok(existsSync(join(base, 'image/var/lib/nginx')))
  })

  test('shows a directory of the host only where that harms nothing', () => {
    assert.deepEqual(parseBind(`${base}/host:/opt/havip`), { source: `${base}/host`, target: '/opt/havip' })
    for (const wrong of [`${base}/host:/etc`, `${base}/host:/opt/../etc`, `${base}/none:/opt/x`, `${base}/host`, `${base}/host:/opt/a,b`])
      assert.throws(() => parseBind(wrong), RangeError)
  })
})

describe('names', () => {
  test('of interfaces fit, and differ by kind and id', () => {
    const names = new Set([interfaceName('p', 'eni-1'), interfaceName('p', 'eni-2'), interfaceName('b', 'eni-1')])
    assert.equal(names.size, 3)
    for (const name of names) assert.ok(name.length <= 15)
  })

  test('of namespaces give the id back, to their own prefix only', () => {
    const names = namesOf('hv-')
    assert.equal(names.vpcOf('hv-vpc-1'), 'vpc-1')
    assert.equal(names.vpcOf('other-vpc-1'), undefined)
    assert.equal(names.instanceOf('hv-internet'), undefined)
    assert.throws(() => namesOf('../'), RangeError)
  })
})

test('a missing program is named with its package', () => {
  assert.deepEqual(
    missingTools((path) => !path.endsWith('/tini')),
    ['tini (Debian package tini)'],
  )
})
