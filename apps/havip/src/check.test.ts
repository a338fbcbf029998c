// `havip check` as a user calls it: what it prints, in each form, and how it ends.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue } from '@havip/conf'
import { addCheckCommand } from './check.ts'
import { commandLine, first, nodeFile, second } from './cli-test.ts'

const inDirectory = commandLine(addCheckCommand)

const state = (text: string, word: string): string => text.replace('    interface', `    state ${word}\n    nopreempt\n    interface`)

test('a clean file has no problems and ends with 0', () =>
  inDirectory({ 'a.conf': first }, async ({ run }) =>
    assert.deepEqual(await run('check', 'a.conf'), { status: 0, out: 'a.conf: no problems\n', err: '' }),
  ))

test('a problem has place, line, caret and code', () =>
  inDirectory({ 'a.conf': state(first, 'MASTER') }, async ({ run }) => {
    const { status, out } = await run('check', 'a.conf')
    assert.equal(status, 5)
    assert.match(out, /^a\.conf:3:5: warning: \(VI\) nopreempt does not work .* \[nopreempt-with-master\]\n {6}nopreempt\n {6}\^{9}\n/)
    assert.match(out, /a\.conf: 1 warning\n$/)
  }))

test('--strict fails for what keepalived only mentions', () =>
  inDirectory({ 'a.conf': first.replace('10.0.0.2\n', '10.0.0.2/24\n') }, async ({ run }) => {
    assert.equal((await run('check', 'a.conf')).status, 0)
    assert.equal((await run('check', '--strict', 'a.conf')).status, 5)
  }))

test('the statuses are those of keepalived’s -t', () =>
  inDirectory({ 'a.conf': 'vrrp_instance V {\n virtual_router_id\n}\n', 'b.conf': `${first}vrrp_instance X {\n` }, async ({ run }) => {
    assert.equal((await run('check', 'a.conf')).status, 2)
    assert.equal((await run('check', 'b.conf')).status, 5)
    assert.equal((await run('check', 'nowhere.conf')).status, 6)
  }))

test('--json is one document', () =>
  inDirectory({ 'a.conf': state(first, 'MASTER') }, async ({ run }) => {
    const document = JSON.parse((await run('check', '--json', 'a.conf')).out)
    assert.deepEqual([document.version, document.status, document.files], [1, 5, [{ file: 'a.conf', status: 5 }]])
    const [one] = document.diagnostics
    assert.deepEqual([one.file, one.line, one.column, one.endColumn, one.code], ['a.conf', 3, 5, 14, 'nopreempt-with-master'])
  }))

test('--sarif is a log of version 2.1.0 whose rules and places hold together', () =>
  inDirectory({ 'a b.conf': state(first, 'MASTER').replace('priority 100', 'prio 100') }, async ({ run }) => {
    const log = JSON.parse((await run('check', '--sarif', 'a b.conf')).out)
    assert.equal(log.version, '2.1.0')
    assert.match(log.$schema, /sarif-schema-2\.1\.0\.json$/)
    const [{ tool, results, columnKind, originalUriBaseIds }] = log.runs
    assert.equal(columnKind, 'utf16CodeUnits')
    assert.match(originalUriBaseIds.ROOT.uri, /^file:\/\/\/.*\/$/)
    assert.ok(results.length >= 1)
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      const rule = tool.driver.rules[ruleIndex]
      assert.equal(rule.id, ruleId)
      assert.ok(rule.shortDescription.text.length > 0)
      assert.ok(['error', 'warning', 'note'].includes(level))
      assert.ok(message.text.length > 0)
      const [{ physicalLocation }] = locations
      assert.deepEqual(physicalLocation.artifactLocation, { uri: 'a%20b.conf', uriBaseId: 'ROOT' })
      assert.ok(physicalLocation.region.startLine >= 1 && physicalLocation.region.startColumn >= 1)
    }
    assert.ok(catalogue.length > 0)
  }))

test('--set finds what differs between the nodes', () =>
  inDirectory({ 'ecs1.conf': first, 'ecs2.keepalived.conf': second.replace('id 51', 'id 52') }, async ({ run }) => {
    const { status, out } = await run('check', '--set', 'ecs1.conf', 'ecs2.keepalived.conf')
    assert.equal(status, 5)
    assert.match(out, /ecs2\.keepalived\.conf:3:5: error: ecs2 \(VI\): virtual_router_id is 52, but 51 on ecs1, /)
    assert.match(out, /between ecs1 and ecs2: 1 error\n$/)
  }))

test('--set finds nothing but its predictions in a good pair', () =>
  inDirectory({ 'a.conf': first, 'b.conf': second }, async ({ run }) => {
    const { status, out } = await run('check', '--set', 'a.conf', 'b.conf')
    assert.equal(status, 0)
    assert.match(out, /between a and b: 2 notes\n$/)
  }))

test('one file with lines for each node is checked as several nodes', () => {
  const both = nodeFile('10.0.0.1', '10.0.0.2', 100)
    .replace(/^( *)(priority 100)$/m, '@a priority 100\n@b priority 50')
    .replace(/^ *unicast_src_ip.*$/m, '@a unicast_src_ip 10.0.0.1\n@b unicast_src_ip 10.0.0.2')
    .replace(/^ *10\.0\.0\.2$/m, '@a 10.0.0.2\n@b 10.0.0.1')
  return inDirectory({ 'k.conf': both }, async ({ run }) => {
    const { status, out } = await run('check', '--set', 'a=k.conf', 'b=k.conf')
    assert.equal(status, 0)
    assert.match(out, /between a and b: 2 notes\n$/)
  })
})

test('--fix writes corrected copies, shows the difference and leaves the files alone', () =>
  inDirectory(
    { 'a.conf': state(first, 'MASTER'), 'b.conf': state(second, 'BACKUP').replace('id 51', 'id 52') },
    async ({ run, directory }) => {
      const before = readFileSync(join(directory, 'a.conf'), 'utf8')
      const { status, out } = await run('check', '--set', '--fix', 'a.conf', 'b.conf')
      assert.equal(status, 0)
      assert.match(out, /\n- {4}state MASTER\n\+ {4}state BACKUP\n/)
      assert.match(out, /\n- {4}virtual_router_id 52\n\+ {4}virtual_router_id 51\n/)
      assert.equal(readFileSync(join(directory, 'a.conf'), 'utf8'), before)
      assert.equal(readFileSync(join(directory, 'a.conf.fixed'), 'utf8'), before.replace('MASTER', 'BACKUP'))
      assert.match(readFileSync(join(directory, 'b.conf.fixed'), 'utf8'), /virtual_router_id 51/)
    },
  ))

test('--fix --in-place overwrites', () =>
  inDirectory({ 'a.conf': state(first, 'MASTER') }, async ({ run, directory }) => {
    assert.equal((await run('check', '--fix', '--in-place', 'a.conf')).status, 0)
    assert.match(readFileSync(join(directory, 'a.conf'), 'utf8'), /state BACKUP/)
    assert.ok(!existsSync(join(directory, 'a.conf.fixed')))
  }))

test('--machine looks for the interface', () =>
  inDirectory({ 'a.conf': first.replace('eth0', 'nosuch7') }, async ({ run }) => {
    assert.equal((await run('check', 'a.conf')).status, 0)
    assert.match((await run('check', '--machine', 'a.conf')).out, /\[interface-not-found\]/)
  }))

test('a binary file, endless includes and self-referential definitions end with their own message', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919 + (index >> 3)) & 0xff)
  const files = {
    'bin.conf': bytes,
    'loop.conf': 'include loop.conf\n',
    'self.conf': '$A=$B\n$B=$A\n$A\n',
    'nbsp.conf': first.replace(' 51', '\u00a051'),
  }
  return inDirectory(files, async ({ run }) => {
    assert.notEqual((await run('check', 'bin.conf')).status, 0)
    assert.match((await run('check', 'loop.conf')).out, /\[include-cycle\]/)
    assert.match((await run('check', 'self.conf')).out, /\[(parameter-recursion|undefined-parameter|expansion-too-large)\]/)
    assert.match((await run('check', 'nbsp.conf')).out, /\[unusual-blank\]/)
  })
})

test('options that exclude each other are refused', () =>
  inDirectory({ 'a.conf': first }, async ({ run }) => {
    assert.equal((await run('check', '--json', '--sarif', 'a.conf')).status, 2)
    assert.equal((await run('check', '--set', 'a.conf')).status, 2)
  }))
