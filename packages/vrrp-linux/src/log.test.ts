import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AF, bindSocket, closeDescriptor, openSocket, receive, SOCK, unixAddress } from '@havip/linux'
import { createLog } from './log.ts'

test('a line reaches the log service with facility, level, identifier and pid; also after the service came back', () => {
  const directory = mkdtempSync(join(tmpdir(), 'havip-log-'))
  const path = join(directory, 'log')
  const listen = (): number => {
    const fd = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
    bindSocket(fd, unixAddress(path))
    return fd
  }
  const read = (fd: number): string => {
    const buffer = new Uint8Array(9000)
    const length = receive(fd, buffer, 0)
    return length < 0 ? '' : new TextDecoder().decode(buffer.subarray(0, length))
  }
  const log = createLog({
    ident: 'Keepalived_vrrp',
    facility: 3,
    toSyslog: true,
    toStderr: false,
    dateOnStderr: false,
    levelMax: 6,
    socketPath: path,
  })
  log(6, 'nobody listens')
  let fd = listen()
  log(6, '(VI_1) Entering MASTER STATE')
  assert.match(
    read(fd),
    new RegExp(`^<30>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d Keepalived_vrrp\\[${process.pid}\\]: \\(VI_1\\) Entering MASTER STATE$`),
  )
  log(7, 'too detailed')
  assert.equal(read(fd), '')
  closeDescriptor(fd)
  unlinkSync(path)
  fd = listen()
  log(3, 'again')
  assert.match(read(fd), /^<27>.*: again$/)
  for (let i = 0; i < 2000; i++) log(6, 'more than the service reads')
  closeDescriptor(fd)
  rmSync(directory, { recursive: true })
})

test('a log file gets dated lines, or JSON, and survives being rotated away', () => {
  const directory = mkdtempSync(join(tmpdir(), 'havip-log-'))
  try {
    const file = join(directory, 'x.log')
    const common = { ident: 'Keepalived_vrrp', facility: 3, toSyslog: false, toStderr: false, dateOnStderr: false, levelMax: 6 }
    const text = createLog({ ...common, file })
    text(6, '(VI_1) Entering MASTER STATE: because')
    renameSync(file, `${file}.1`)
    text(6, 'later')
    assert.match(
      readFileSync(`${file}.1`, 'utf8'),
      /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: \(VI_1\) Entering MASTER STATE: because\n$/,
    )
    assert.match(readFileSync(file, 'utf8'), /: later\n$/)
    unlinkSync(file)
    const json = createLog({ ...common, file, format: 'json' })
    json(5, '(VI_1) Entering MASTER STATE: because "x"')
    json(3, 'no instance')
    const [first, second] = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { time, pid, ...rest } = first
    assert.equal(new Date(time).toISOString(), time)
    assert.equal(pid, process.pid)
    assert.deepEqual(rest, {
      level: 'notice',
      ident: 'Keepalived_vrrp',
      instance: 'VI_1',
      message: '(VI_1) Entering MASTER STATE: because "x"',
    })
    assert.equal('instance' in second, false)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
