// `havip fmt`, `convert` and `new` as a user calls them.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkSet, firstDifference, parseText } from '@havip/conf'
import { commandLine, first } from './cli-test.ts'
import { addConvertCommand } from './convert.ts'
import { addFormatCommand } from './fmt.ts'
import { addNewCommand, askForMissing } from './new.ts'

const inDirectory = commandLine((program) => {
  addFormatCommand(program)
  addConvertCommand(program)
  addNewCommand(program)
})
const uneven = first.replaceAll('    ', '\t ')

test('fmt lays files out and names those it changed', () =>
  inDirectory({ 'a.conf': uneven, 'b.conf': first }, async ({ run }) => {
    assert.deepEqual(await run('fmt', 'a.conf', 'b.conf'), { status: 0, out: 'a.conf\n', err: '' })
    assert.equal(readFileSync('a.conf', 'utf8'), first)
    assert.deepEqual(await run('fmt', 'a.conf'), { status: 0, out: '', err: '' })
  }))

test('fmt --check changes nothing and ends with 1', () =>
  inDirectory({ 'a.conf': uneven }, async ({ run }) => {
    assert.deepEqual(await run('fmt', '--check', 'a.conf'), { status: 1, out: 'a.conf\n', err: '' })
    assert.equal(readFileSync('a.conf', 'utf8'), uneven)
  }))

test('fmt keeps permissions, and refuses what is no text', () =>
  inDirectory({ 'a.conf': uneven, 'b.conf': Uint8Array.of(0xff, 0xfe, 0x41) }, async ({ run }) => {
    writeFileSync('c.conf', uneven, { mode: 0o640 })
    await run('fmt', 'c.conf')
    assert.equal(statSync('c.conf').mode & 0o777, 0o640)
    assert.match((await run('fmt', 'b.conf')).err, /^b\.conf: this is no UTF-8 text$/)
  }))

for (const form of ['yaml', 'json']) {
  test(`convert to ${form} and back gives the same configuration`, () =>
    inDirectory({ 'a.conf': first }, async ({ run }) => {
      assert.equal((await run('convert', 'a.conf', '-o', `a.${form}`)).status, 0)
      assert.equal((await run('convert', `a.${form}`, '-o', 'b.conf')).status, 0)
      const [a, b] = ['a.conf', 'b.conf'].map((file) => parseText(readFileSync(file, 'utf8')).configuration)
      assert.equal(a && b && firstDifference(a, b), undefined)
      assert.equal(a?.instances[0]?.priority, 100)
    }))
}

test('convert names what is wrong in a document', () =>
  inDirectory({ 'a.yaml': 'format: havip-configuration/1\nvrrp_instance:\n  V:\n    priorty: 5\n' }, async ({ run }) => {
    const { status, err } = await run('convert', 'a.yaml', '-o', 'b.conf')
    assert.equal(status, 2)
    assert.equal(err, 'a.yaml: vrrp_instance.V.priorty: there is no keyword priorty here; did you mean priority?')
  }))

test('convert refuses what would come back as something else', () =>
  inDirectory(
    { 'a.conf': `${first.replace(/\}\n$/, '    track_script {\n        late\n    }\n}\n')}vrrp_script late {\n    script /bin/true\n}\n` },
    async ({ run }) => {
      const { status, err } = await run('convert', 'a.conf', '-o', 'a.yaml')
      assert.equal(status, 2)
      assert.match(err, /^a\.conf: instances\.0\.trackScripts\.0 would come back as something else/)
    },
  ))

const answers = ['--node', 'ecs1=10.0.0.1', '--node', 'ecs2=10.0.0.2', '--address', '10.0.0.9', '--interface', 'eth0']

test('new writes files that pass every check, with a key of their own', () =>
  inDirectory({}, async ({ run }) => {
    assert.equal((await run('new', ...answers, '--check', '/etc/check.sh', '--notify', '/etc/notify.sh')).status, 0)
    const nodes = ['ecs1', 'ecs2'].map((name) => ({ name, ...parseText(readFileSync(`${name}.conf`, 'utf8'), {}, `/${name}.conf`) }))
    assert.deepEqual(
      nodes.flatMap(({ diagnostics }) => diagnostics),
      [],
    )
    assert.deepEqual(
      checkSet(nodes).filter(({ code }) => code !== 'set-predicted-outage'),
      [],
    )
    const [one, other] = nodes.map(({ configuration }) => configuration.instances[0])
    assert.equal(one?.authentication.kind, 'pass')
    assert.match(one?.authentication.kind === 'pass' ? one.authentication.password : '', /^[a-zA-Z2-9]{8}$/)
    assert.deepEqual(one?.authentication, other?.authentication)
    assert.equal(one?.preempt, false)
    assert.equal(statSync('ecs1.conf').mode & 0o777, 0o600)
  }))

test('new takes no VRID that another file has', () => {
  const taken = Array.from({ length: 255 }, (_, index) => index + 1).filter((vrid) => vrid !== 77)
  const text = taken.map(
    (vrid) => `vrrp_instance V${vrid} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n10.9.0.${vrid}\n}\n}\n`,
  )
  return inDirectory({ 'others.conf': text.join('') }, async ({ run }) =>
    assert.match((await run('new', ...answers, '--beside', 'others.conf')).out, /^VRID 77;/),
  )
})

test('new writes version 3, signatures, a switch back and three nodes', () =>
  inDirectory({}, async ({ run }) => {
    const more = ['--node', 'ecs3=10.0.0.3', '--protocol', '3', '--hmac', '--switch-back', '--interval', '0.2', '--vrid', '7']
    assert.equal((await run('new', ...answers, ...more)).status, 0)
    const [instance] = parseText(readFileSync('ecs1.conf', 'utf8')).configuration.instances
    assert.deepEqual(
      [instance?.version, instance?.vrid, instance?.advertInterval, instance?.preempt, instance?.wantsMaster, instance?.peers.length],
      [3, 7, 200, true, true, 2],
    )
    assert.ok(instance?.authHmac)
  }))

test('new overwrites nothing unasked, and repeats the checks’ words for bad answers', () =>
  inDirectory({ 'ecs1.conf': 'mine\n' }, async ({ run }) => {
    assert.match((await run('new', ...answers)).err, /^ecs1\.conf: there already; --force overwrites$/)
    assert.equal(readFileSync('ecs1.conf', 'utf8'), 'mine\n')
    assert.match((await run('new', ...answers, '--address', 'fe80::1', '--force')).err, /not of the instance's family/)
    assert.match((await run('new', '--node', 'a=10.0.0.1')).err, /^new needs --node \(two or more\), --address, --interface/)
  }))

test('new asks for what is missing, and again where an answer cannot be one', async () => {
  const questions: string[] = []
  const given = ['ecs1', 'ecs1=10.0.0.1', '', 'ecs2=10.0.0.2', '', '', '10.0.0.9, 10.0.0.8', '', '/etc/check.sh']
  const ask = (question: string): Promise<string> => {
    questions.push(question)
    return Promise.resolve(given.shift() ?? '')
  }
  const answers = await askForMissing({ node: [], address: [] }, ask)
  assert.deepEqual(answers, {
    node: ['ecs1=10.0.0.1', 'ecs2=10.0.0.2'],
    address: ['10.0.0.9', '10.0.0.8'],
    interface: 'eth0',
    check: '/etc/check.sh',
  })
  assert.deepEqual(given, [])
  assert.equal(questions[4], 'Node 3, name=address (empty: that is all):')
})
