// Network interfaces: further ones are resources that are made, attached and detached; primary ones come with their instance.
import type { Ipv6 } from '@havip/base'
import { apiFault, type Eip, type NetworkInterface } from '@havip/vpc'
import type { NetworkInterfaceView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import {
  answer,
  clientToken,
  done,
  ecsTags,
  eitherPageNumbers,
  eitherPageOf,
  emptyPage,
  formatTime,
  inRegion,
  pageParameters,
  resourceGroup,
  tokenParameters,
} from '../answer.ts'
import { flag, type Input, inert, integer, required, tags, text, texts, unserved, unservedTree } from '../parameter.ts'

const interfaceId = required(text('The network interface.', 64))
const instanceId = required(text('The instance.', 64))
const fixed = 'network interfaces are the data plane’s own'
const oneAddress = 'an interface has one private address, and of IPv6 one more'
const noTrunk = 'there are no trunk interfaces'
/** What the cloud's own hardware lets one choose. */
const hardware = {
  QueueNumber: unserved(fixed),
  RxQueueSize: unserved(fixed),
  TxQueueSize: unserved(fixed),
  SourceDestCheck: unserved('the source of what an instance sends is always checked', ['true']),
  EnablePrimaryIPv6: unserved(fixed, ['false']),
  EnhancedNetwork: unservedTree(fixed),
  ConnectionTrackingConfiguration: unservedTree(fixed),
  NetworkInterfaceTrafficConfig: unservedTree(fixed),
}
const prefixes = { Ipv6Prefix: unservedTree(oneAddress), Ipv6PrefixCount: unserved(oneAddress, ['0']) }
const called = {
  NetworkInterfaceName: text('2 to 128 characters, not beginning with http:// or https://.'),
  Description: text('2 to 256 characters, not beginning with http:// or https://.'),
}

/** How addresses of IPv6 are listed. */
export const ipv6Sets = (address: Ipv6 | undefined): Body => ({ Ipv6Set: address ? [{ Ipv6Address: address }] : [] })

/** At most one address, given or picked. */
export const ipv6Wishes = {
  Ipv6Address: texts('An address inside the vSwitch’s /64; an interface has one.', 1),
  Ipv6AddressCount: integer('1: the server picks one.', 0, 1),
}
type Ipv6Wishes = Input<typeof ipv6Wishes>
/** What the service is asked for. */
export const ipv6WishOf = ({ Ipv6Address, Ipv6AddressCount }: Ipv6Wishes): string | undefined =>
  Ipv6Address?.[0] ?? (Ipv6AddressCount === 1 ? 'auto' : undefined)

const publicAddress = (eip: Eip | undefined): Body => (eip ? { PublicIpAddress: eip.address, AllocationId: eip.id } : {})

const shared = (row: NetworkInterface, isPrimary: boolean, eip: Eip | undefined): Body => ({
  NetworkInterfaceId: row.id,
  NetworkInterfaceName: row.name,
  Description: row.description,
  Status: row.status,
  Type: isPrimary ? 'Primary' : 'Secondary',
  VpcId: row.vpc,
  VSwitchId: row.vswitch,
  ZoneId: row.zone,
  MacAddress: row.mac,
  PrivateIpAddress: row.address,
  // A text here, a number elsewhere.
  OwnerId: row.account,
  ResourceGroupId: row.resourceGroup,
  ServiceManaged: false,
  ServiceID: 0,
  NetworkInterfaceTrafficMode: 'Standard',
  DeleteOnRelease: row.deleteOnRelease,
  SourceDestCheck: true,
  PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: row.address, Primary: true, AssociatedPublicIp: publicAddress(eip) }] },
  Ipv6Sets: ipv6Sets(row.address6),
  Ipv4PrefixSets: { Ipv4PrefixSet: [] },
  Ipv6PrefixSets: { Ipv6PrefixSet: [] },
  SecurityGroupIds: { SecurityGroupId: row.securityGroups },
  Tags: ecsTags(row.tags),
})

const viewOf = (view: NetworkInterfaceView): Body => ({
  ...shared(view, view.isPrimary, view.eip),
  InstanceId: view.instance ?? '',
  CreationTime: formatTime(view.createdAt),
  QueueNumber: 1,
  QueuePairNumber: 0,
  Attachment: view.instance ? { InstanceId: view.instance, DeviceIndex: view.device, NetworkCardIndex: 0 } : {},
  AssociatedPublicIp: { PublicIpAddress: view.eip?.address ?? '', AllocationId: view.eip?.id ?? '' },
})

export const networkInterfaceActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'CreateNetworkInterface',
    level: 'write',
    doc: 'Creates a further network interface in a vSwitch, for an instance to be given.',
    parameters: {
      ...inRegion,
      VSwitchId: required(text('The vSwitch; it fixes VPC and zone.', 64)),
      PrimaryIpAddress: text('A free address inside the vSwitch; left out: the server picks one.', 64),
      ...ipv6Wishes,
      SecurityGroupId: text('Security group.', 64),
      SecurityGroupIds: texts('Security groups.', 16),
      ...called,
      DeleteOnRelease: flag('It goes with the instance it is attached to; true when left out.'),
      InstanceType: unserved('primary interfaces come with their instances', ['Secondary']),
      NetworkInterfaceTrafficMode: unserved(fixed, ['Standard']),
      QueuePairNumber: unserved(fixed),
      BusinessType: unserved('it is for services of the cloud'),
      Visible: unserved('every interface is seen', ['true']),
      PrivateIpAddress: unservedTree(oneAddress),
      SecondaryPrivateIpAddressCount: unserved(oneAddress, ['0']),
      Ipv4Prefix: unservedTree(oneAddress),
      Ipv4PrefixCount: unserved(oneAddress, ['0']),
      ...prefixes,
      ...hardware,
      ...resourceGroup,
      ...clientToken,
      Tag: tags(),
    },
    errors: [
      'InvalidVSwitchId.NotFound',
      'InvalidVSwitch.Ipv6NotTurnOn',
      'IncorrectVSwitchStatus',
      'InvalidSecurityGroupId.NotFound',
      'OperationDenied.InconsistentNetwork',
      'InvalidPrivateIpAddress',
      'InvalidPrivateIpAddress.Malformed',
      'InvalidPrivateIpAddress.Duplicated',
      'QuotaExceeded.PrivateIpAddress',
      'QuotaExceed.Eni',
      'InvalidEniName.Malformed',
      'InvalidDescription.Malformed',
    ],
    run: (input, { service, caller }) =>
      answer(
        service.createNetworkInterface(caller, {
          vswitch: input.VSwitchId,
          address: input.PrimaryIpAddress,
          address6: ipv6WishOf(input),
          securityGroups: input.SecurityGroupIds ?? (input.SecurityGroupId === undefined ? undefined : [input.SecurityGroupId]),
          name: input.NetworkInterfaceName,
          description: input.Description,
          deleteOnRelease: input.DeleteOnRelease,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
        }),
        (row) => shared(row, false, undefined),
      ),
  }),
  action({
    product: 'ecs',
    name: 'AssignIpv6Addresses',
    level: 'write',
    doc: 'Gives a network interface, also a primary one, an address of IPv6, also while its instance runs.',
    parameters: { ...inRegion, NetworkInterfaceId: interfaceId, ...ipv6Wishes, ...prefixes, ...clientToken },
    errors: [
      'InvalidEniId.NotFound',
      'InvalidVSwitch.Ipv6NotTurnOn',
      'InvalidOperation.Ipv6CountExceeded',
      'InvalidOperation.InvalidEniState',
      'InvalidOperation.InvalidEcsState',
      'InvalidPrivateIpAddress',
      'InvalidPrivateIpAddress.Malformed',
      'InvalidPrivateIpAddress.Duplicated',
    ],
    run: async (input, { service, caller }) => {
      const address6 = ipv6WishOf(input)
      if (address6 === undefined) return { ok: false, fault: apiFault('MissingParameter', { name: 'Ipv6Address.N' }) }
      return answer(service.assignIpv6(caller, { networkInterface: input.NetworkInterfaceId, address6 }), (assigned) => ({
        NetworkInterfaceId: input.NetworkInterfaceId,
        Ipv6Sets: { Ipv6Address: [assigned.address6] },
      }))
    },
  }),
  action({
    product: 'ecs',
    name: 'UnassignIpv6Addresses',
    level: 'write',
    doc: 'Takes the address of IPv6 from a network interface.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: interfaceId,
      Ipv6Address: required(texts('The address.', 1)),
      Ipv6Prefix: prefixes.Ipv6Prefix,
      ...clientToken,
    },
    errors: ['InvalidEniId.NotFound', 'InvalidIp.NotAssigned', 'InvalidOperation.InvalidEniState', 'InvalidOperation.InvalidEcsState'],
    run: (input, { service, caller }) =>
      done(service.unassignIpv6(caller, { networkInterface: input.NetworkInterfaceId, addresses: input.Ipv6Address })),
  }),
  action({
    product: 'ecs',
    name: 'AttachNetworkInterface',
    level: 'write',
    doc: 'Gives a network interface to an instance of the same VPC and zone, also while it runs.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: interfaceId,
      InstanceId: instanceId,
      NetworkCardIndex: unserved(fixed, ['0']),
      TrunkNetworkInstanceId: unserved(noTrunk),
      WaitForNetworkConfigurationReady: inert('it is ready when it is InUse'),
      ...clientToken,
    },
    errors: [
      'InvalidEniId.NotFound',
      'InvalidEcsId.NotFound',
      'InvalidOperation.InvalidEniState',
      'InvalidOperation.InvalidEcsState',
      'InvalidOperation.InvalidEniType',
      'InvalidOperation.VpcMismatch',
      'InvalidOperation.AvailabilityZoneMismatch',
      'InvalidOperation.EniCountExceeded',
    ],
    run: (input, { service, caller }) =>
      done(service.attachNetworkInterface(caller, { networkInterface: input.NetworkInterfaceId, instance: input.InstanceId })),
  }),
  action({
    product: 'ecs',
    name: 'DetachNetworkInterface',
    level: 'write',
    doc: 'Takes a further network interface from an instance.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: interfaceId,
      InstanceId: instanceId,
      TrunkNetworkInstanceId: unserved(noTrunk),
      ...clientToken,
    },
    errors: ['InvalidEniId.NotFound', 'InvalidEcsId.NotFound', 'InvalidOperation.InvalidEniState', 'InvalidOperation.InvalidEniType'],
    run: (input, { service, caller }) =>
      done(service.detachNetworkInterface(caller, { networkInterface: input.NetworkInterfaceId, instance: input.InstanceId })),
  }),
  action({
    product: 'ecs',
    name: 'DeleteNetworkInterface',
    level: 'write',
    doc: 'Deletes a network interface that no instance has.',
    parameters: { ...inRegion, NetworkInterfaceId: interfaceId, ...clientToken },
    errors: ['InvalidEniId.NotFound', 'InvalidOperation.InvalidEniState', 'InvalidOperation.InvalidEniType'],
    run: (input, { service, caller }) => done(service.deleteNetworkInterface(caller, { networkInterface: input.NetworkInterfaceId })),
  }),
  action({
    product: 'ecs',
    name: 'ModifyNetworkInterfaceAttribute',
    level: 'write',
    doc: 'Changes name, description, security groups and what becomes of a network interface when its instance goes.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: interfaceId,
      ...called,
      SecurityGroupId: texts('Security groups, in place of those it has.', 16),
      DeleteOnRelease: flag('It goes with the instance it is attached to.'),
      ...hardware,
      ...clientToken,
    },
    errors: [
      'InvalidEniId.NotFound',
      'InvalidOperation.InvalidEniState',
      'InvalidOperation.InvalidEniType',
      'InvalidSecurityGroupId.NotFound',
      'OperationDenied.InconsistentNetwork',
      'InvalidEniName.Malformed',
      'InvalidDescription.Malformed',
    ],
    run: (input, { service, caller }) =>
      done(
        service.modifyNetworkInterface(caller, {
          networkInterface: input.NetworkInterfaceId,
          name: input.NetworkInterfaceName,
          description: input.Description,
          securityGroups: input.SecurityGroupId,
          deleteOnRelease: input.DeleteOnRelease,
        }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DescribeNetworkInterfaces',
    level: 'read',
    doc: 'Lists network interfaces: the primary ones of instances, then the further ones.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: texts('Network interfaces.', 100),
      InstanceId: text('The instance.', 64),
      VpcId: text('The VPC.', 64),
      VSwitchId: text('The vSwitch.', 64),
      SecurityGroupId: text('Security group.', 64),
      NetworkInterfaceName: text('Name.'),
      PrimaryIpAddress: text('Primary private address.', 64),
      PrivateIpAddress: texts('Private addresses.', 100),
      Ipv6Address: texts('Addresses of IPv6.', 100),
      Type: text('Primary or Secondary.', 64),
      Status: text('Available, Attaching, InUse, Detaching or Deleting.', 64),
      ServiceManaged: flag('Only those a service manages; none is here.'),
      ...resourceGroup,
      Tag: tags('Tags that the resource must carry.'),
      ...pageParameters(500),
      ...tokenParameters(10, 500),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      const found = input.ServiceManaged
        ? Promise.resolve(emptyPage)
        : service.describeNetworkInterfaces(caller, {
            ids: input.NetworkInterfaceId,
            instance: input.InstanceId,
            vpc: input.VpcId,
            vswitch: input.VSwitchId,
            securityGroup: input.SecurityGroupId,
            name: input.NetworkInterfaceName,
            addresses: input.PrimaryIpAddress === undefined ? input.PrivateIpAddress : [input.PrimaryIpAddress],
            addresses6: input.Ipv6Address,
            type: input.Type,
            status: input.Status,
            resourceGroup: input.ResourceGroupId,
            tags: input.Tag,
            paging,
          })
      return answer(found, (page) => ({
        ...eitherPageNumbers(page, paging),
        NetworkInterfaceSets: { NetworkInterfaceSet: page.items.map(viewOf) },
      }))
    },
  }),
]
