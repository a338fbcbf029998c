import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionRows, readCommandLine, type Settings, signalNumber } from './options.ts'

const settings = (...args: string[]): Settings => {
  const request = readCommandLine(args)
  assert.equal(request.kind, 'run')
  return (request as Extract<typeof request, { kind: 'run' }>).settings
}

test('keepalived`s usual foreground line is understood', () => {
  const { foreground, logToConsole, logDetail, configFile } = settings('-nlD', '-f', '/etc/k.conf')
  assert.deepEqual([foreground, logToConsole, logDetail, configFile], [true, true, true, '/etc/k.conf'])
})

test('without options nothing is decided that the configuration may decide', () => {
  const { configFile, pidFile, vrrpPidFile, statusSocket, respawn, logToSyslog } = settings()
  assert.deepEqual(
    [configFile, pidFile, vrrpPidFile, statusSocket, respawn, logToSyslog],
    ['/etc/keepalived/keepalived.conf', undefined, undefined, undefined, true, true],
  )
})

test('log facilities are numbers, local numbers and two names; anything else is said, and daemon it is', () => {
  assert.deepEqual(
    ['3', 'local5', 'user', 'daemon', 'mail', '8'].map((text) => settings('-S', text).logFacility),
    [19, 21, 1, 3, 3, 3],
  )
  assert.deepEqual(settings('-S', '9').problems, ["Invalid log facility '9'"])
})

test('a umask is a number as C writes it; anything else is said, and none it is', () => {
  assert.deepEqual(
    ['022', '22', '0x3f', '0', '0777'].map((text) => settings('-u', text).umask),
    [0o22, 22, 0o77, 0, 0o777],
  )
  for (const text of ['01777', 'rw', '-1', '512', '08']) {
    assert.equal(settings('-u', text).umask, undefined)
    assert.match(settings('-u', text).remarks.join(), /^Invalid --umask option/)
  }
})

test('an option that means nothing here is accepted and said', () => {
  assert.deepEqual(settings('-I').remarks, ['Option --dont-release-ipvs has no effect in havipd (for LVS)'])
})

test('what only LVS has is refused, not started as something else', () => {
  for (const args of [['-C'], ['-T', '-S', '-s', '127.0.0.1']]) assert.equal(readCommandLine(args).kind, 'mistake')
  assert.equal(readCommandLine(['-C', '-P']).kind, 'run')
  assert.equal(readCommandLine(['-C', '-t']).kind, 'test')
})

test('log files, formats and core files', () => {
  const { logFile, logFormat } = settings('-g', '--log-format=json')
  assert.deepEqual([logFile, logFormat], ['/tmp/keepalived.log', 'json'])
  assert.equal(settings('-g/x/y.log').logFile, '/x/y.log')
  assert.equal(readCommandLine(['--log-format=xml']).kind, 'mistake')
  assert.deepEqual([settings('-m').dumpsCore, settings('-m').corePattern], [true, undefined])
  assert.deepEqual([settings('-M').dumpsCore, settings('-M').corePattern, settings('-Mc.%p').corePattern], [true, 'core', 'c.%p'])
})

test('-t takes an attached file for its messages', () => {
  const request = readCommandLine(['-t/tmp/out', '-f', '/x'])
  assert.equal(request.kind === 'test' ? request.output : undefined, '/tmp/out')
})

test('words that are no options are said, and the rest of the line counts', () => {
  const { remarks, foreground, problems } = settings('stray', '-n', 'word')
  assert.deepEqual([remarks, foreground, problems], [['Unexpected argument(s): stray word'], true, []])
})

test('signal numbers are keepalived`s', () => {
  assert.deepEqual(['STOP', 'RELOAD', 'DATA', 'STATS', 'JSON', 'STATS_CLEAR', 'NOPE', 'toString'].map(signalNumber), [
    15,
    1,
    10,
    12,
    36,
    63,
    undefined,
    undefined,
  ])
})

test('no letter and no name stands twice in the table', () => {
  const shorts = optionRows.flatMap((row) => ('short' in row ? [row.short] : []))
  assert.equal(new Set(shorts).size, shorts.length)
  assert.equal(new Set(optionRows.map((row) => row.long)).size, optionRows.length)
})
