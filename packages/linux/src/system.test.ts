import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { findGroup, findUser, findUserById, groupsOf } from './accounts.ts'
import { notifyServiceManager } from './datagram.ts'
import { SyscallError } from './library.ts'
import {
  effectiveCapabilities,
  getSchedulerPolicy,
  hasCapability,
  SCHED,
  setNice,
  setScheduler,
  setThreadName,
  setUmask,
} from './process.ts'
import {
  AF,
  bindSocket,
  closeDescriptor,
  interfaceIndex,
  interfaceName,
  internetAddress,
  openSocket,
  receive,
  SOCK,
  unixAddress,
} from './sockets.ts'
import { monotonicMilliseconds } from './time.ts'

const asRoot = process.getuid?.() === 0 ? false : 'needs root'

test('a refused call says which call, which errno and on what', () => {
  const fd = openSocket(AF.INET, SOCK.DGRAM, 0)
  assert.throws(
    () => bindSocket(fd, internetAddress('192.0.2.77' as never), '192.0.2.77'),
    (error) => {
      assert.ok(error instanceof SyscallError)
      assert.deepEqual([error.call, error.errno, error.detail], ['bind', 'EADDRNOTAVAIL', '192.0.2.77: Cannot assign requested address'])
      return true
    },
  )
  closeDescriptor(fd)
})

test('users and groups come from the system’s accounts', () => {
  assert.deepEqual(findUser('root'), { name: 'root', uid: 0, gid: 0, home: '/root', shell: findUserById(0)?.shell })
  assert.equal(findUser('no-such-user'), undefined)
  assert.equal(findGroup('root'), 0)
  assert.equal(findGroup('no-such-group'), undefined)
  assert.ok(groupsOf('root', 0).includes(0))
})

test('interfaces by number and by name', () => {
  assert.equal(interfaceName(interfaceIndex('lo')), 'lo')
  assert.throws(() => interfaceIndex('no-such-interface'), /ENODEV/)
  assert.throws(() => interfaceName(987654), /ENXIO/)
})

test('the thread name is what ps shows, cut to 15 bytes', () => {
  const old = readFileSync('/proc/self/comm', 'latin1').trim()
  setThreadName('a-name-that-is-too-long')
  assert.equal(readFileSync('/proc/self/comm', 'latin1').trim(), 'a-name-that-is-')
  setThreadName(old)
})

test('capabilities are read as the kernel has them', () => {
  const shown = /^CapEff:\s+([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  assert.equal(effectiveCapabilities().toString(16).padStart(16, '0'), shown)
  assert.equal(hasCapability('NET_RAW'), ((BigInt(`0x${shown}`) >> 13n) & 1n) === 1n)
})

test('real-time scheduling of this thread alone', { skip: asRoot }, (context) => {
  try {
    setScheduler(0, SCHED.RR | SCHED.RESET_ON_FORK, 1)
  } catch (error) {
    assert.ok(error instanceof SyscallError)
    context.skip(`not permitted here: ${error.message}`)
    return
  }
  assert.equal(getSchedulerPolicy(0), SCHED.RR)
  setScheduler(0, SCHED.OTHER, 0)
  assert.equal(getSchedulerPolicy(0), SCHED.OTHER)
})

test('an impossible nice value or priority is refused with the reason', () => {
  assert.throws(() => setScheduler(0, SCHED.RR, 1000), /sched_setscheduler: EINVAL \(policy 2, priority 1000/)
  setNice(0, 0)
})

test('the mask for new files is set and told', () => {
  const old = setUmask(0o177)
  assert.equal(setUmask(old), 0o177)
})

test('the monotonic clock is CLOCK_MONOTONIC', () => {
  assert.ok(Math.abs(monotonicMilliseconds() - Number(process.hrtime.bigint()) / 1e6) < 5)
})

test('the service manager gets its message; without one nothing happens', () => {
  const path = `@havip-notify-${process.pid}`
  const fd = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  bindSocket(fd, unixAddress(path))
  assert.equal(notifyServiceManager('READY=1\nMAINPID=42', path), true)
  const buffer = new Uint8Array(100)
  assert.equal(new TextDecoder().decode(buffer.subarray(0, receive(fd, buffer, 0))), 'READY=1\nMAINPID=42')
  closeDescriptor(fd)
  assert.equal(notifyServiceManager('READY=1', path), false)
  assert.equal(notifyServiceManager('READY=1', undefined), false)
})
