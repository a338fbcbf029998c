// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language under test has the same syntax
// One rule of the configuration language a test; mistakes are asserted with their place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectProblems, instanceWith, onlyInstance, statusOf, summaries } from '../test/check.ts'
import { parseConfiguration, parseText } from './parse.ts'
import type { SourceReader } from './source.ts'

const addressesOf = (text: string, options = {}): string[] =>
  onlyInstance(parseText(text, options)).virtualAddresses.map(({ address }) => address)

const files = (texts: Readonly<Record<string, string>>): SourceReader => ({
  read: (path) => (path in texts ? { ok: true, value: texts[path] as string } : { ok: false, fault: { kind: 'not-found' } }),
  glob: (pattern) => {
    const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
    return Object.keys(texts)
      .filter((path) => expression.test(path))
      .sort()
  },
})

// Lines, words, comments

test('# and ! begin a comment anywhere outside double quotes, even inside a word', () => {
  const instance = onlyInstance(expectProblems(instanceWith('priority 10#0\nnopreempt!{'), []))
  assert.equal(instance.priority, 10)
})

test('a backslash does not protect a comment sign', () => {
  const { configuration } = expectProblems('global_defs {\nrouter_id a\\#b\n}\n', [])
  assert.equal(configuration.global.routerId, 'a')
})

test('double quotes keep comment signs, braces and blanks in one word', () => {
  const { configuration } = expectProblems('global_defs {\nrouter_id "a # { b"\n}\n', [])
  assert.equal(configuration.global.routerId, 'a # { b')
})

test('a quotation mark that is not closed is reported where it opens', () => {
  expectProblems('global_defs {\nrouter_id "abc\n}\n', ['error corrected unterminated-quote 2:11 "\\"abc"'])
})

test('behind a quotation mark that is not closed there is no word, so that reading may end there', () => {
  const status = (line: string): number => statusOf(instanceWith(line))
  assert.equal(status('priority "100'), 2)
  assert.equal(status('notify_master "/bin/true'), 5)
  assert.equal(status('priority "100"'), 0)
})

test('a name of a parameter may be made of another', () => {
  const { configuration } = expectProblems(['~SEQ(i,1,3) $X${i}=${i}0', instanceWith('priority ${X2}')].join('\n'), [])
  assert.equal(configuration.instances[0]?.priority, 20)
})

test('CRLF files read like others', () => {
  assert.deepEqual(addressesOf(instanceWith('priority 7').replaceAll('\n', '\r\n')), ['10.0.0.9'])
})

test('a byte order mark is reported, and the first keyword is known nevertheless', () => {
  const { configuration } = expectProblems('\ufeffglobal_defs {\nrouter_id x\n}\n', ['error corrected byte-order-mark 1:1 "\ufeff"'])
  assert.equal(configuration.global.routerId, 'x')
})

test('a line with a NUL byte is ignored whole', () => {
  const { configuration } = expectProblems('global_defs {\nrouter_id x\0y\n}\n', ['error corrected nul-byte 2:1 "router_id x\\u0000y"'])
  assert.equal(configuration.global.routerId, undefined)
})

test('a line over 1022 bytes is reported', () => {
  const long = `router_id ${'x'.repeat(1100)}`
  expectProblems(`global_defs {\n${long}\n}\n`, [`error corrected line-too-long 2:1 ${JSON.stringify(long)}`])
})

test('a no-break space is named and read as a blank', () => {
  const parsed = expectProblems(instanceWith('priority\u00a050'), ['error corrected unusual-blank 7:9 "\u00a0"'])
  assert.equal(onlyInstance(parsed).priority, 50)
  assert.match(parsed.diagnostics[0]?.message ?? '', /U\+00A0/)
})

test('full-width punctuation gets a hint', () => {
  const parsed = parseText('global_defs \uff5b\n')
  assert.ok(summaries(parsed).includes('warning note unusual-punctuation 1:13 "\uff5b"'))
})

// Blocks and braces

test('the brace may stand on the line, on the next one, glued, or with others', () => {
  for (const text of [
    'global_defs {\nrouter_id x\n}',
    'global_defs\n\n# c\n{\nrouter_id x\n}',
    'global_defs{\nrouter_id x }',
    'global_defs { router_id x }',
  ]) {
    assert.equal(expectProblems(text, []).configuration.global.routerId, 'x')
  }
})

test('a statement may follow a closing brace on its line', () => {
  assert.equal(onlyInstance(parseText(instanceWith('track_interface {\neth1\n} priority 5'))).priority, 5)
})

test('every word of a group is a member', () => {
  const two = `${instanceWith('')}${instanceWith('').replace('VI', 'V2').replace('51', '52')}`
  const { configuration } = expectProblems(`${two}vrrp_sync_group G {\ngroup { VI V2 }\n}\n`, [])
  assert.deepEqual(
    configuration.syncGroups[0]?.members.map(({ name }) => name),
    ['VI', 'V2'],
  )
})

test('a brace that is missing at the end is reported with the blocks that are open', () => {
  expectProblems('global_defs {\nnotification_email {\nops@example.org\n', ['error corrected unclosed-block 2:1 "notification_email"'])
})

test('a brace too many is reported at its place', () => {
  expectProblems('global_defs {\n}\n}\n', ['error corrected extra-close 3:1 "}"'])
})

test('a missing opening brace is reported and the block is read', () => {
  const { configuration } = expectProblems('global_defs\nrouter_id x\n}\n', ['error corrected missing-open 1:1 "global_defs"'])
  assert.equal(configuration.global.routerId, 'x')
})

test('an instance that is not closed ends where the next one begins', () => {
  const text = `${instanceWith('').replace(/\}\n$/, '')}${instanceWith('').replace('VI', 'V2').replace('51', '52')}`
  const { configuration } = expectProblems(text, ['error corrected missing-close 8:1 "vrrp_instance"'])
  assert.deepEqual(
    configuration.instances.map(({ name }) => name),
    ['VI', 'V2'],
  )
})

test('an unknown keyword gets a suggestion, and its block is skipped without a cascade', () => {
  const parsed = expectProblems(instanceWith('track_scrip {\nchk\n}\npriority 7'), ['error corrected unknown-keyword 7:1 "track_scrip"'])
  assert.match(parsed.diagnostics[0]?.message ?? '', /whole block is skipped; did you mean track_script\?$/)
  assert.equal(onlyInstance(parsed).priority, 7)
})

test('net_namespace inside global_defs is unknown there', () => {
  expectProblems('global_defs {\nnet_namespace x\n}\n', ['error corrected unknown-keyword 2:1 "net_namespace"'])
})

test('a missing mandatory argument would end keepalived: exit status 2', () => {
  expectProblems(instanceWith('state'), ['error aborted missing-argument 7:1 "state"'])
  assert.equal(statusOf(instanceWith('state')), 2)
})

test('a second instance of the same name is skipped', () => {
  expectProblems(`${instanceWith('')}${instanceWith('')}`, ['error corrected already-defined 9:15 "VI"'])
})

// Parameters, sequences, conditions, includes

test('parameters are replaced when used, also inside words and quotes', () => {
  const { configuration } = expectProblems('$A=1\n$B=x${A}\n$A=2\nglobal_defs {\nrouter_id "y${B}z"\n}\n', [])
  assert.equal(configuration.global.routerId, 'yx2z')
})

test('a problem in a replaced word points to the use', () => {
  expectProblems(`$P=900\n${instanceWith('priority ${P}')}`, ['error corrected bad-priority 8:1 "priority ${P}"'])
})

test('a parameter that nobody defined is named', () => {
  expectProblems('global_defs {\nrouter_id ${X}\n}\n', ['error corrected undefined-parameter 2:11 "${X}"'])
})

test('definitions that name each other end with a message', () => {
  expectProblems('$A=${B}\n$B=${A}\nglobal_defs {\nrouter_id ${A}\n}\n', ['error corrected parameter-recursion 4:1 "router_id ${A}"'])
})

test('a multi-line parameter at the end of a line becomes several lines', () => {
  const text = `$E=10.0.0.1 \\\n10.0.0.2 \\\n10.0.0.3\n${instanceWith('').replace('10.0.0.9', '${E}')}`
  assert.deepEqual(addressesOf(text), ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

test('the built-in parameters are replaced', () => {
  const text = 'global_defs {\nrouter_id "${_INSTANCE}-${_ENV ZONE}-${_PWD}-${_RANDOM 5 5}"\n}\n'
  const { configuration } = expectProblems(text, [], { configId: 'n1', env: { ZONE: 'b' } })
  assert.equal(configuration.global.routerId, 'n1-b-/-5'.replace('/-', '/-'))
})

test('~SEQ repeats the line for each number, and several make the product', () => {
  const text = instanceWith('').replace('10.0.0.9', '~SEQ(a,1,2)~SEQ(b,8,-2,4) 10.0.${a}.${b}')
  assert.deepEqual(addressesOf(text), ['10.0.1.8', '10.0.1.6', '10.0.1.4', '10.0.2.8', '10.0.2.6', '10.0.2.4'])
})

test('~LST goes through lists of values', () => {
  const text = instanceWith('').replace('10.0.0.9', '~LST({a,b},{1,2},{3,4}) 10.0.${a}.${b}')
  assert.deepEqual(addressesOf(text), ['10.0.1.2', '10.0.3.4'])
})

test('a sequence without end is refused', () => {
  expectProblems('~SEQ(a,1,0,5) x\n', ['error corrected bad-sequence 1:1 "~SEQ(a,1,0,5) x"'])
})

test('conditional lines count for their configuration id only', () => {
  const text = instanceWith('@n1 priority 1\n@^n1 priority 2')
  assert.equal(onlyInstance(parseText(text, { configId: 'n1' })).priority, 1)
  assert.equal(onlyInstance(parseText(text, { hostName: 'n2.example.org' })).priority, 2)
})

test('an include is read from the directory of its file, in sorted order', () => {
  const reader = files({
    '/etc/k/k.conf': 'include conf.d/*.conf\n',
    '/etc/k/conf.d/a.conf': 'global_defs {\nrouter_id a\n}\n',
    '/etc/k/conf.d/b.conf': 'global_defs {\nrouter_id ${_PWD}\n}\n',
  })
  const { configuration, diagnostics } = parseConfiguration(reader, '/etc/k/k.conf', { hostName: 'h' })
  assert.deepEqual(diagnostics, [])
  assert.equal(configuration.global.routerId, '/etc/k/conf.d')
})

test('a problem in an included file points into that file', () => {
  const reader = files({ '/k.conf': 'include a.conf\n', '/a.conf': '\nfoo\n' })
  const parsed = parseConfiguration(reader, '/k.conf', { hostName: 'h' })
  assert.deepEqual(summaries(parsed), ['error corrected unknown-keyword 2:1 "foo"'])
  assert.equal(parsed.diagnostics[0]?.at.file, '/a.conf')
})

test('a file that includes itself is stopped with a message', () => {
  const parsed = parseConfiguration(files({ '/k.conf': 'include ./k.conf\n' }), '/k.conf', { hostName: 'h' })
  assert.deepEqual(summaries(parsed), ['error corrected include-cycle 1:1 "include ./k.conf"'])
})

test('an include that finds nothing is a warning, and stops the daemon when it must succeed', () => {
  const soft = parseConfiguration(files({ '/k.conf': 'include x.conf\n' }), '/k.conf', { hostName: 'h' })
  assert.deepEqual(summaries(soft), ['warning note include-not-found 1:1 "include x.conf"'])
  const hard = parseConfiguration(files({ '/k.conf': 'includem x.conf\n' }), '/k.conf', { hostName: 'h' })
  assert.deepEqual(summaries(hard), ['error refused include-not-found-enforced 1:1 "includem x.conf"'])
})

test('include_check makes later includes of the same file strict', () => {
  const parsed = parseConfiguration(files({ '/k.conf': 'global_defs {\ninclude_check\n}\ninclude *.x\n' }), '/k.conf', { hostName: 'h' })
  assert.deepEqual(summaries(parsed), ['error refused include-no-match-enforced 4:1 "include *.x"'])
})

test('a main file that does not exist is an error, unlike in keepalived', () => {
  const parsed = parseConfiguration(files({}), '/k.conf', { hostName: 'h' })
  assert.deepEqual(
    parsed.diagnostics.map(({ code, consequence }) => ({ code, consequence })),
    [{ code: 'file-not-found', consequence: 'refused' }],
  )
})

// Scripts

test('a quoted script is cut into program and arguments', () => {
  const instance = onlyInstance(parseText(instanceWith(`notify_master "/x/n.sh m 'a b' \\x41"`)))
  assert.deepEqual(instance.notify.master?.argv, ['/x/n.sh', 'm', 'a b', 'A'])
})

test('words after an unquoted script are user and group', () => {
  const instance = onlyInstance(parseText(instanceWith('notify_master /x/n.sh m g')))
  assert.deepEqual(instance.notify.master?.argv, ['/x/n.sh'])
  assert.deepEqual(instance.notify.master?.user, { user: 'm', group: 'g' })
})

test('a second script of the same kind is ignored', () => {
  const text = `global_defs {\nenable_script_security\n}\n${instanceWith('notify /a\nnotify /b')}`
  assert.deepEqual(onlyInstance(expectProblems(text, ['error corrected already-specified 11:1 "notify /b"'])).notify.any?.argv, ['/a'])
})

test('scripts without script security give exit status 6', () => {
  assert.equal(statusOf(instanceWith('notify /a')), 6)
})
