// Asking an interface for its link, for linkbeat polling: past netlink, for drivers that do not tell it.
import { fail, ok } from '@havip/base'
import { AF, closeDescriptor, ethtoolLink, interfaceFlags, miiLink, openSocket, SOCK, SyscallError } from '@havip/linux'
import { linkFlag } from '@havip/wire'
import { attempt, toHostFault } from './fault.ts'
import type { HostFault, LinkProbe, Result } from './port.ts'

type Method = Parameters<LinkProbe>[1]
/** In this order, as keepalived finds out which one works. */
const methods = ['mii', 'ethtool', 'ioctl'] as const

export function createLinkProbe(): { readonly probe: LinkProbe; close(): void } {
  let fd: number | undefined
  const ask = (name: string, method: Exclude<Method, undefined>, flags: number): boolean | undefined => {
    if (method === 'ioctl') return (flags & linkFlag.running) !== 0
    return method === 'mii' ? miiLink(fd as number, name) : ethtoolLink(fd as number, name)
  }
  /** The first of the methods that knows. Throws SyscallError when none does. */
  const askEach = (name: string, wanted: readonly Exclude<Method, undefined>[], flags: number): boolean => {
    let refusal: unknown
    for (const method of wanted) {
      try {
        const hasLink = ask(name, method, flags)
        if (hasLink !== undefined) return hasLink
        refusal = new SyscallError('ioctl', 95, `${method} of ${name}`)
      } catch (error) {
        refusal = error
      }
    }
    throw refusal
  }
  return {
    probe(name, method): Result<boolean, HostFault> {
      if (fd === undefined) {
        const opened = attempt(() => openSocket(AF.INET, SOCK.DGRAM, 0))
        if (!opened.ok) return opened
        fd = opened.value
      }
      try {
        const flags = interfaceFlags(fd, name)
        if ((flags & linkFlag.up) === 0) return ok(false)
        return ok(askEach(name, method === undefined ? methods : [method], flags))
      } catch (error) {
        return fail(toHostFault(error))
      }
    },
    close() {
      if (fd !== undefined) closeDescriptor(fd)
      fd = undefined
    },
  }
}
