// The check script of an instance: found in its configuration, made to fail, put back; the shell is a real one.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { breakScript, findCheckScript, mendScript } from './check-script.ts'

const path = '/etc/keepalived/keepalived.conf'
const configuration = (script: string): string => `
vrrp_script other { script "/etc/other.sh" }
vrrp_script check_web { script "${script}"
  interval 2
  timeout 1
  fall 3
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 192.168.0.88 }
  track_script { check_web }
}
`

test('the tracked script is found with its file and with how long it takes to count as failed', () => {
  assert.deepEqual(findCheckScript(configuration('/etc/keepalived/check.sh 80'), path, ['check_web']), {
    name: 'check_web',
    paths: ['/etc/keepalived/check.sh'],
    failsWithinMs: 2_000 * 4 + 1_000 * 3,
  })
  assert.equal(findCheckScript(configuration('/etc/keepalived/check.sh'), path, ['elsewhere']), undefined)
  assert.equal(findCheckScript(configuration('killall -0 nginx'), path, ['check_web']), undefined)
  assert.equal(findCheckScript('vrrp_script {{{', path, ['check_web']), undefined)
})

/** An instance's files in a folder of their own. */
function instance(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'havip-check-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'var/lib'), { recursive: true })
  const file = join(root, "it's check.sh")
  writeFileSync(file, '#!/bin/sh\nexit 0\n')
  chmodSync(file, 0o750)
  const sh = (script: string) => spawnSync('sh', ['-c', script.replaceAll('/var/lib', join(root, 'var/lib'))], { encoding: 'utf8' })
  const status = (): number | null => spawnSync(file).status
  return { root, file, sh, status }
}
const script = (...paths: string[]) => ({ name: 'check', paths, failsWithinMs: 0 })

test('it fails, with its own mode, and is itself again afterwards, however often either is done', (t) => {
  const { root, file, sh, status } = instance(t)
  symlinkSync(file, join(root, 'link'))
  const before = readFileSync(file, 'utf8')
  for (let round = 0; round < 2; round++) {
    assert.equal(sh(breakScript('hatest-1', script(join(root, 'link')))).status, 0)
    assert.equal(status(), 1)
    assert.equal(statSync(file).mode & 0o777, 0o750)
  }
  for (let round = 0; round < 2; round++) {
    assert.equal(sh(mendScript('hatest-1')).status, 0)
    assert.equal(status(), 0)
  }
  assert.equal(readFileSync(file, 'utf8'), before)
  assert.equal(statSync(file).mode & 0o777, 0o750)
  assert.deepEqual(readdirSync(root).sort(), ["it's check.sh", 'link', 'var'])
  assert.deepEqual(readdirSync(join(root, 'var/lib')), [])
})

test('an interpreter is passed over for the file it runs; without a file of its own nothing is changed', (t) => {
  const { root, file, sh, status } = instance(t)
  assert.equal(sh(breakScript('hatest-2', script('/nowhere/sh', root, file))).status, 0)
  assert.equal(status(), 1)
  assert.equal(sh(mendScript('hatest-2')).status, 0)
  assert.equal(sh(breakScript('hatest-3', script('/nowhere/check', root))).status, 9)
  assert.ok(!existsSync(join(root, 'var/lib/havip-test/hatest-3')))
})
