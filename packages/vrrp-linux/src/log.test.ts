import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, unlinkSync } from 'node:fs'
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
