import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { closeDescriptor, getOption, SyscallError } from '@havip/linux'
import { rtnetlinkGroup } from '@havip/wire'
import { openNetlink } from './netlink-socket.ts'

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

test('a netlink socket has the buffer that was asked for', () => {
  const fd = openNetlink({ groups: [rtnetlinkGroup.link], receiveBuffer: { bytes: 65_536, force: false } })
  // The kernel doubles it.
  assert.equal(getOption(fd, 'SO_RCVBUF'), 131_072)
  closeDescriptor(fd)
})

test('one that cannot be had as it is wanted is not left open', () => {
  const before = openDescriptors()
  assert.throws(() => openNetlink({ protocol: 31 }), SyscallError)
  assert.throws(() => openNetlink({ groups: [100_000] }), SyscallError)
  assert.throws(
    () =>
      openNetlink({
        answerWithin: 10,
        prepare: () => {
          throw new SyscallError('sendto', 1, 'refused')
        },
      }),
    SyscallError,
  )
  assert.equal(openDescriptors(), before)
})
