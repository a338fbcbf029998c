// What an interface says of its link when it is asked: its flags, its driver (ethtool), its transceiver (MII).

import { type Mac, macFromBytes } from '@havip/base'
import { layout, viewOf } from './layout.ts'
import { addressOf, bindPrototypes, bytes, check } from './library.ts'

const libc = bindPrototypes({ ioctl: 'int ioctl(int fd, uint64_t request, void *argument)' })

/** `struct ifreq`; the union begins with flags, a pointer, or what MII is asked. */
const ifreq = layout('ifreq', { name: ['uint8_t', 16], value: 'uint64_t', more: 'uint64_t', rest: 'uint64_t' }, 40)
const mii = { register: 18, out: 22 } as const
const request = { flags: 0x8913, hardwareAddress: 0x8927, ethtool: 0x8946, miiPhy: 0x8947, miiRegister: 0x8948 } as const
/** ETHTOOL_GLINK, and where its answer stands in `struct ethtool_value`. */
const ethtoolLinkCommand = 0x0a
/** MII_BMSR and its bit for a link; what a transceiver that is not there answers. */
const statusRegister = 1
const statusLink = 0x4
const nobody = 0xffff
const nameMax = 15

function ask(name: string): Uint8Array {
  const argument = bytes(ifreq.size)
  argument.set(new TextEncoder().encode(name).subarray(0, nameMax))
  return argument
}

/** IFF_* of an interface. Throws SyscallError: ENODEV. @param fd any socket */
export function interfaceFlags(fd: number, name: string): number {
  const argument = ask(name)
  check(libc.ioctl(fd, request.flags, argument), 'ioctl', `SIOCGIFFLAGS ${name}`)
  return viewOf(argument).getUint16(ifreq.at.value, true)
}

/** Of an Ethernet interface. Throws SyscallError: ENODEV. @param fd any socket */
export function hardwareAddress(fd: number, name: string): Mac {
  const argument = ask(name)
  check(libc.ioctl(fd, request.hardwareAddress, argument), 'ioctl', `SIOCGIFHWADDR ${name}`)
  // A `struct sockaddr`: its family, then the address.
  return macFromBytes(argument, ifreq.at.value + 2)
}

/** Throws SyscallError: ENODEV, EOPNOTSUPP where the driver does not know. */
export function ethtoolLink(fd: number, name: string): boolean {
  const argument = ask(name)
  const value = bytes(8)
  viewOf(value).setUint32(0, ethtoolLinkCommand, true)
  viewOf(argument).setBigUint64(ifreq.at.value, addressOf(value), true)
  check(libc.ioctl(fd, request.ethtool, argument), 'ioctl', `ETHTOOL_GLINK ${name}`)
  return viewOf(value).getUint32(4, true) !== 0
}

/** Throws SyscallError: ENODEV, EOPNOTSUPP where there is no transceiver to ask. Undefined: one that does not answer. */
export function miiLink(fd: number, name: string): boolean | undefined {
  const argument = ask(name)
  const view = viewOf(argument)
  check(libc.ioctl(fd, request.miiPhy, argument), 'ioctl', `SIOCGMIIPHY ${name}`)
  let status = 0
  // The bit remembers that the link was lost until it is read: the second answer is the present.
  for (let i = 0; i < 2; i++) {
    view.setUint16(mii.register, statusRegister, true)
    check(libc.ioctl(fd, request.miiRegister, argument), 'ioctl', `SIOCGMIIREG ${name}`)
    status = view.getUint16(mii.out, true)
  }
  return status === 0 || status === nobody ? undefined : (status & statusLink) !== 0
}
