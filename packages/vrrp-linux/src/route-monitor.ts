// Routes and rules that vanish from the kernel's tables. A socket of its own, opened only where somebody has routes: a
// router with full tables must not wake everybody else.
import { closeDescriptor, onReadable, receive } from '@havip/linux'
import { decodeMessages, decodeRtnetlink, rtnetlinkGroup } from '@havip/wire'
import { notificationBuffer, openNetlink } from './netlink-socket.ts'
import type { GoneRoute } from './port.ts'

const datagramBytes = 65_536
const datagramsMax = 64

/** Throws SyscallError. */
export function watchRoutes(gone: (what: GoneRoute) => void): { close(): void } {
  const { ipv4Route, ipv4Rule, ipv6Route, ipv6Rule } = rtnetlinkGroup
  const fd = openNetlink({ groups: [ipv4Route, ipv4Rule, ipv6Route, ipv6Rule], receiveBuffer: notificationBuffer })
  const buffer = new Uint8Array(new ArrayBuffer(datagramBytes))
  let isOpen = true
  const watch = onReadable(fd, () => {
    for (let i = 0; i < datagramsMax && isOpen; i++) {
      const length = receive(fd, buffer, 0)
      // An overrun loses reports of removals; what is still there when we become master again is added anew anyway.
      if (length < 0) return
      const messages = decodeMessages(buffer.subarray(0, length))
      if (!messages.ok) continue
      for (const message of messages.value) {
        const read = decodeRtnetlink(message)
        if (!read.ok) continue
        if (read.value.kind === 'route' && read.value.change === 'deleted') gone({ kind: 'route', route: read.value.route })
        if (read.value.kind === 'rule' && read.value.change === 'deleted') gone({ kind: 'rule', rule: read.value.rule })
      }
    }
  })
  return {
    close: () => {
      isOpen = false
      watch.close()
      closeDescriptor(fd)
    },
  }
}
