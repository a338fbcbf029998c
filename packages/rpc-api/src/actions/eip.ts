// EIP: a public address, bound one to one to a HaVip or an instance.
import type { EipView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import {
  answer,
  anyRegion,
  clientToken,
  done,
  dryRun,
  emptyPage,
  formatTime,
  inRegion,
  pageNumbers,
  pageOf,
  pageParameters,
  resourceGroup,
  unsupported,
  vpcTags,
} from '../answer.ts'
import { createdBetween, creationFilter } from '../creation-filter.ts'
import { commaList, flag, inert, integer, required, tags, text, unserved, unservedTree } from '../parameter.ts'

const allocationId = required(text('The EIP.', 64))
const instanceType = text('EcsInstance (when left out), HaVip or NetworkInterface.', 64)
const bandwidth = integer('Mbit/s.', 1, 1_000_000)

const viewOf = (eip: EipView): Body => ({
  AllocationId: eip.id,
  IpAddress: eip.address,
  Name: eip.name,
  Description: eip.description,
  Status: eip.status,
  RegionId: eip.region,
  AllocationTime: formatTime(eip.createdAt),
  ChargeType: 'PostPaid',
  InternetChargeType: eip.internetChargeType,
  Bandwidth: String(eip.bandwidth),
  EipBandwidth: String(eip.bandwidth),
  ISP: 'BGP',
  Netmode: 'public',
  ExpiredTime: '',
  ResourceGroupId: eip.resourceGroup,
  InstanceId: eip.target?.id ?? '',
  InstanceType: eip.target?.kind ?? '',
  InstanceRegionId: eip.target ? eip.region : '',
  PrivateIpAddress: eip.privateAddress ?? '',
  VpcId: eip.vpc ?? '',
  Mode: eip.target ? 'NAT' : '',
  BusinessStatus: 'Normal',
  DeletionProtection: eip.deletionProtection,
  SecondLimited: false,
  HasReservationData: 'false',
  HDMonitorStatus: 'OFF',
  BandwidthPackageId: '',
  BandwidthPackageType: '',
  BandwidthPackageBandwidth: '',
  SegmentInstanceId: '',
  ServiceManaged: 0,
  PublicIpAddressPoolId: '',
  Zone: '',
  BizType: '',
  ReservationActiveTime: '',
  ReservationBandwidth: '',
  ReservationInternetChargeType: '',
  ReservationOrderType: '',
  OperationLocks: { LockReason: [] },
  SecurityProtectionTypes: { SecurityProtectionType: [] },
  Tags: vpcTags(eip.tags),
})

export const eipActions: readonly Action[] = [
  action({
    product: 'vpc',
    name: 'AllocateEipAddress',
    level: 'write',
    doc: 'Allocates a public address.',
    parameters: {
      ...inRegion,
      Bandwidth: bandwidth,
      InternetChargeType: text('PayByBandwidth (when left out) or PayByTraffic.', 64),
      InstanceChargeType: text('PostPaid, the only one there is here.', 64),
      ISP: unserved('there is one kind of line', ['BGP']),
      Netmode: unserved('addresses are public', ['public']),
      InstanceId: unserved('an EIP cannot be asked for by its id; ask for its IpAddress'),
      PublicIpAddressPoolId: unserved('there is one pool'),
      SecurityProtectionTypes: unservedTree('there is no DDoS protection'),
      ActivityId: unserved('there are no promotions'),
      Zone: unserved('addresses belong to the region, not to a zone'),
      Period: unserved('everything is paid as it goes'),
      PricingCycle: unserved('everything is paid as it goes', ['Month', 'Year']),
      AutoPay: unserved('everything is paid as it goes', ['true', 'false']),
      IpAddress: text('Ask for this address.', 64),
      Name: text('0 to 128 characters, not beginning with http:// or https://.'),
      Description: text('0 to 256 characters, not beginning with http:// or https://.'),
      ...clientToken,
      ...resourceGroup,
      Tag: tags(),
    },
    errors: ['QuotaExceeded.Eip', 'InvalidBandwidth.Malformed', 'ReserveIpFail', 'InvalidRegionId.NotFound'],
    run: (input, { service, caller }) =>
      answer(
        service.allocateEip(caller, {
          bandwidth: input.Bandwidth,
          internetChargeType: input.InternetChargeType,
          instanceChargeType: input.InstanceChargeType,
          address: input.IpAddress,
          name: input.Name,
          description: input.Description,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
        }),
        (made) => ({ AllocationId: made.eip, EipAddress: made.address, ResourceGroupId: made.resourceGroup }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'ReleaseEipAddress',
    level: 'write',
    doc: 'Gives an unbound public address back.',
    parameters: { ...anyRegion, AllocationId: allocationId },
    errors: ['InvalidAllocationId.NotFound', 'IncorrectEipStatus', 'InvalidOperation.DeletionProtection'],
    run: (input, { service, caller }) => done(service.releaseEip(caller, { eip: input.AllocationId })),
  }),
  action({
    product: 'vpc',
    name: 'DescribeEipAddresses',
    level: 'read',
    doc: 'Lists public addresses and what they are bound to.',
    parameters: {
      ...inRegion,
      AllocationId: commaList('Up to 50 EIPs.', 50),
      EipAddress: commaList('Up to 50 addresses.', 50),
      EipName: text('Name.'),
      Status: text('Associating, Unassociating, InUse, Available or Releasing.', 64),
      AssociatedInstanceType: text('Kind of what it is bound to, such as HaVip.', 64),
      AssociatedInstanceId: text('What it is bound to.', 64),
      ChargeType: text('PostPaid or PrePaid.', 64),
      ISP: text('Kind of line; BGP is what there is here.', 64),
      LockReason: text('Only locked ones; none ever is here.', 64),
      SegmentInstanceId: text('Contiguous group; there is none here.', 64),
      PublicIpAddressPoolId: text('Pool; there is none here.', 64),
      ServiceManaged: flag('Only those a service manages; none is here.'),
      SecurityProtectionEnabled: flag('Only protected ones; none is here.'),
      Filter: creationFilter,
      IncludeReservationData: inert('nothing is reserved'),
      Tag: tags('Tags that the resource must carry.'),
      ...resourceGroup,
      ...dryRun,
      ...pageParameters(100),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const created = createdBetween(input.Filter)
      if (!created.ok) return Promise.resolve(created)
      const paging = pageOf(input)
      const matchesNothing =
        (input.ISP ?? 'BGP') !== 'BGP' ||
        (input.LockReason ?? input.SegmentInstanceId ?? input.PublicIpAddressPoolId) !== undefined ||
        input.ServiceManaged === true ||
        input.SecurityProtectionEnabled === true
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeEips(caller, {
            ids: input.AllocationId,
            addresses: input.EipAddress,
            name: input.EipName,
            status: input.Status,
            instanceType: input.AssociatedInstanceType,
            instance: input.AssociatedInstanceId,
            chargeType: input.ChargeType,
            created: created.value,
            tags: input.Tag,
            resourceGroup: input.ResourceGroupId,
            paging,
          })
      return answer(found, (page) => ({ ...pageNumbers(page, paging), EipAddresses: { EipAddress: page.items.map(viewOf) } }))
    },
  }),
  action({
    product: 'vpc',
    name: 'AssociateEipAddress',
    level: 'write',
    doc: 'Binds a public address to a HaVip, an instance or a further network interface.',
    parameters: {
      ...anyRegion,
      AllocationId: allocationId,
      InstanceId: required(text('The HaVip, instance or network interface.', 64)),
      InstanceType: instanceType,
      PrivateIpAddress: text('Private address of the target; given, it has to be that.', 64),
      Mode: unserved('an EIP is a 1:1 NAT', ['NAT']),
      VpcId: inert('the target says it itself'),
      InstanceRegionId: text('Region of the target: that of the EIP.', 64),
      ...clientToken,
    },
    errors: [
      'InvalidAllocationId.NotFound',
      'IncorrectEipStatus',
      'InvalidAssociation.Duplicated',
      'OperationDenied.Ipv6HaVip',
      'InvalidInstanceId.NotFound',
      'InvalidHaVipId.NotFound',
      'IncorrectInstanceStatus',
      'InvalidInstanceType.ValueNotSupported',
      'InvalidParameter.Mismatch',
    ],
    run: (input, { service, caller }) =>
      done(
        service.associateEip(caller, {
          eip: input.AllocationId,
          instance: input.InstanceId,
          instanceType: input.InstanceType,
          privateAddress: input.PrivateIpAddress,
          instanceRegion: input.InstanceRegionId,
        }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'UnassociateEipAddress',
    level: 'write',
    doc: 'Unbinds a public address.',
    parameters: {
      ...anyRegion,
      AllocationId: allocationId,
      InstanceId: text('What it is bound to; left out: whatever it is.', 64),
      InstanceType: text('EcsInstance, HaVip or NetworkInterface; left out: whatever it is.', 64),
      PrivateIpAddress: text('Private address of the target; given, it has to be that.', 64),
      Force: inert('there is no NAT gateway'),
      ...clientToken,
    },
    errors: ['InvalidAllocationId.NotFound', 'IncorrectEipStatus', 'InvalidBindingStatus', 'InvalidInstanceType.ValueNotSupported'],
    run: (input, { service, caller }) =>
      done(
        service.unassociateEip(caller, {
          eip: input.AllocationId,
          instance: input.InstanceId,
          instanceType: input.InstanceType,
          privateAddress: input.PrivateIpAddress,
        }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'ModifyEipAddressAttribute',
    level: 'write',
    doc: 'Changes bandwidth, name and description of a public address.',
    parameters: {
      ...anyRegion,
      AllocationId: allocationId,
      Bandwidth: bandwidth,
      Name: text('0 to 128 characters.'),
      Description: text('0 to 256 characters.'),
    },
    errors: ['InvalidAllocationId.NotFound', 'IncorrectEipStatus', 'InvalidBandwidth.Malformed'],
    run: (input, { service, caller }) =>
      done(
        service.modifyEip(caller, {
          eip: input.AllocationId,
          bandwidth: input.Bandwidth,
          name: input.Name,
          description: input.Description,
        }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'ModifyEipForwardMode',
    level: 'write',
    doc: 'Checks the EIP and that the mode is the one there is: NAT.',
    parameters: { ...anyRegion, InstanceId: allocationId, Mode: required(unserved('an EIP is a 1:1 NAT', ['NAT'])), ...clientToken },
    errors: ['InvalidAllocationId.NotFound'],
    run: (input, { service, caller }) => done(service.modifyEip(caller, { eip: input.InstanceId })),
  }),
  action({
    product: 'vpc',
    name: 'DeletionProtection',
    level: 'write',
    doc: 'Protects an EIP from being released, or ends the protection.',
    parameters: {
      ...anyRegion,
      InstanceId: required(text('The EIP.', 64)),
      Type: required(text('EIP.', 64)),
      ProtectionEnable: required(flag('Whether it is protected.')),
      ...clientToken,
    },
    errors: ['InvalidAllocationId.NotFound'],
    run: (input, { service, caller }) =>
      input.Type.toUpperCase() === 'EIP'
        ? done(service.setEipDeletionProtection(caller, { eip: input.InstanceId, enable: input.ProtectionEnable }))
        : Promise.resolve(unsupported('Type', 'only an EIP can be protected here')),
  }),
]
