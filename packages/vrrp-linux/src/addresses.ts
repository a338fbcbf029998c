// Adding and removing addresses: one netlink batch for any number of them.
import { familyOf } from '@havip/base'
import { type AddressRequest, addressFlag, encodeAddAddress, encodeDeleteAddress } from '@havip/wire'
import type { AddressSpec, HostFault, Removal, Result } from './port.ts'
import { answerOf, type Rtnetlink, removalOf, requestEach } from './rtnetlink.ts'

const flagBits: Readonly<Record<AddressSpec['flags'][number], number>> = {
  home: addressFlag.homeAddress,
  mngtmpaddr: addressFlag.manageTemporaryAddress,
  noprefixroute: addressFlag.noPrefixRoute,
  autojoin: addressFlag.multicastAutoJoin,
}

export function toAddressRequest(spec: AddressSpec): AddressRequest {
  let flags = 0
  for (const flag of spec.flags) flags |= flagBits[flag]
  if (spec.noDad && familyOf(spec.address) === 'ipv6') flags |= addressFlag.noDad
  return {
    index: spec.interface,
    address: spec.address,
    prefix: spec.prefix,
    scope: spec.scope,
    flags,
    ...(spec.peer === undefined ? {} : { peer: spec.peer }),
    ...(spec.broadcast === undefined ? {} : { broadcast: spec.broadcast }),
    ...(spec.label === undefined ? {} : { label: spec.label }),
    ...(spec.preferredLifetime === undefined ? {} : { preferredLifetime: spec.preferredLifetime }),
  }
}

/** The kernel finds an address by itself, its prefix and its label; without the label it finds any of that name. */
function toRemovalRequest(spec: AddressSpec): AddressRequest {
  const { label: _, ...request } = toAddressRequest(spec)
  return request
}

/** Already there is as good as added. */
const addedBy: readonly string[] = ['EEXIST']
/** Not there, or its whole interface gone, is as good as removed. */
const absentBy: readonly string[] = ['EADDRNOTAVAIL', 'ENODEV']

export function addAddresses(rtnetlink: Rtnetlink, specs: readonly AddressSpec[]): readonly Result<void, HostFault>[] {
  return requestEach(
    rtnetlink,
    specs,
    (spec) => {
      const request = toAddressRequest(spec)
      return (sequence) => encodeAddAddress(sequence, request)
    },
    (spec, answer) => answerOf('RTM_NEWADDR', describe(spec), answer, addedBy),
  )
}

export function removeAddresses(rtnetlink: Rtnetlink, specs: readonly AddressSpec[]): readonly Result<Removal, HostFault>[] {
  return requestEach(
    rtnetlink,
    specs,
    (spec) => {
      const request = toRemovalRequest(spec)
      return (sequence) => encodeDeleteAddress(sequence, request)
    },
    (spec, answer) => removalOf('RTM_DELADDR', describe(spec), answer, absentBy),
  )
}

const describe = (spec: AddressSpec): string => `${spec.address}/${spec.prefix} on interface ${spec.interface}`
