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

test('without options the files are keepalived`s own', () => {
  const { configFile, pidFile, vrrpPidFile, statusSocket, respawn, logToSyslog } = settings()
  assert.deepEqual(
    [configFile, pidFile, vrrpPidFile, statusSocket, respawn, logToSyslog],
    ['/etc/keepalived/keepalived.conf', '/run/keepalived.pid', '/run/vrrp.pid', '/run/havipd.sock', true, true],
  )
})

test('the status socket goes beside a given pid file, unless it is named', () => {
  assert.equal(settings('-p', '/run/x/a.pid').statusSocket, '/run/x/havipd.sock')
  assert.equal(settings('-p', '/run/x/a.pid', '--status-socket=/run/s').statusSocket, '/run/s')
})

test('log facilities are numbers, local numbers and two names', () => {
  assert.deepEqual(
    ['3', 'local5', 'user', 'daemon'].map((text) => settings('-S', text).logFacility),
    [19, 21, 1, 3],
  )
  assert.equal(readCommandLine(['-S', 'mail']).kind, 'mistake')
})

test('an option that means nothing here is accepted and said', () => {
  assert.deepEqual(settings('-x').remarks, ['Option --snmp has no effect in havipd (SNMP subsystem)'])
})

test('-t takes an attached file for its messages', () => {
  const request = readCommandLine(['-t/tmp/out', '-f', '/x'])
  assert.equal(request.kind === 'test' ? request.output : undefined, '/tmp/out')
})

test('words that are no options are refused', () => {
  assert.deepEqual(readCommandLine(['stray']), { kind: 'mistake', message: 'Unexpected argument(s): stray' })
})

test('signal numbers are keepalived`s', () => {
  assert.deepEqual(['STOP', 'RELOAD', 'DATA', 'STATS', 'JSON', 'STATS_CLEAR', 'NOPE'].map(signalNumber), [15, 1, 10, 12, 36, 63, undefined])
})

test('no letter and no name stands twice in the table', () => {
  const shorts = optionRows.flatMap((row) => ('short' in row ? [row.short] : []))
  assert.equal(new Set(shorts).size, shorts.length)
  assert.equal(new Set(optionRows.map((row) => row.long)).size, optionRows.length)
})
