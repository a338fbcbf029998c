// vSwitches: the layer-2 segments of a VPC.
import { formatCidr } from '@havip/base'
import type { VswitchView } from '@havip/vpc-service'
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
  ownerNumber,
  pageNumbers,
  pageOf,
  pageParameters,
  resourceGroup,
  vpcTags,
} from '../answer.ts'
import { missing } from '../fault.ts'
import { flag, integer, required, tags, text } from '../parameter.ts'

const vswitchId = required(text('The vSwitch.', 64))
const names = {
  VSwitchName: text('1 to 128 characters, not beginning with http:// or https://.'),
  Description: text('1 to 256 characters, not beginning with http:// or https://.'),
}

const part6 = integer('Which /64 of the /56 of the VPC: the last eight bits of its network, 0 to 255.', 0, 255)
/** With one block a VPC, and one size of its parts, these say nothing new: they have to be right. */
const ipv6Aids = {
  Ipv6CidrMask: integer('Only 64.', 64, 64),
  VpcIpv6CidrBlock: text('The block of the VPC, which has one; given, it has to be that.', 64),
}

const viewOf = (vswitch: VswitchView): Body => ({
  VSwitchId: vswitch.id,
  VSwitchName: vswitch.name,
  Description: vswitch.description,
  VpcId: vswitch.vpc,
  ZoneId: vswitch.zone,
  CidrBlock: formatCidr(vswitch.cidr),
  Status: vswitch.status,
  AvailableIpAddressCount: vswitch.availableAddresses,
  CreationTime: formatTime(vswitch.createdAt),
  IsDefault: vswitch.isDefault === true,
  ResourceGroupId: vswitch.resourceGroup,
  OwnerId: ownerNumber(vswitch.account),
  NetworkAclId: '',
  ShareType: '',
  Ipv6CidrBlock: vswitch.cidr6 ? formatCidr(vswitch.cidr6) : '',
  EnabledIpv6: vswitch.cidr6 !== undefined,
  RouteTable: { RouteTableId: vswitch.routeTable, RouteTableType: 'System' },
  Tags: vpcTags(vswitch.tags),
})

export const vswitchActions: readonly Action[] = [
  action({
    product: 'vpc',
    name: 'CreateVSwitch',
    level: 'write',
    doc: 'Creates a vSwitch in a zone, with a given range or the lowest free one of a size.',
    parameters: {
      ...anyRegion,
      VpcId: required(text('The VPC.', 64)),
      ZoneId: required(text('The zone.', 64)),
      CidrBlock: text('Address range inside the VPC, /16 to /29.', 64),
      CidrMask: integer('Size in place of CidrBlock: the number of network bits.', 16, 29),
      ...names,
      Ipv6CidrBlock: part6,
      ...ipv6Aids,
      ...clientToken,
      Tag: tags(),
    },
    errors: [
      'InvalidVpcId.NotFound',
      'InvalidZoneId.NotFound',
      'InvalidCidrBlock.Overlapped',
      'QuotaExceeded.VSwitch',
      'InvalidVSwitchName.Malformed',
      'InvalidVSwitchDiscription.Malformed',
    ],
    run: async (input, { service, caller }) => {
      if (input.CidrBlock === undefined && input.CidrMask === undefined) return { ok: false, fault: missing('CidrBlock') }
      return answer(
        service.createVswitch(caller, {
          vpc: input.VpcId,
          zone: input.ZoneId,
          cidr: input.CidrBlock,
          maskBits: input.CidrMask,
          part6: input.Ipv6CidrBlock,
          block6: input.VpcIpv6CidrBlock,
          name: input.VSwitchName,
          description: input.Description,
          tags: input.Tag,
        }),
        ({ vswitch }) => ({ VSwitchId: vswitch }),
      )
    },
  }),
  action({
    product: 'vpc',
    name: 'CreateDefaultVSwitch',
    level: 'write',
    doc: 'Creates the default vSwitch of a zone in the default VPC of its region: the lowest free /20.',
    parameters: { ...inRegion, ZoneId: required(text('The zone.', 64)), Ipv6CidrBlock: part6, ...clientToken },
    errors: ['InvalidDefaultVpc.NotFound', 'OperationDenied.DefaultVSwitchExists', 'InvalidZoneId.NotFound', 'IncorrectVpcStatus'],
    run: (input, { service, caller }) =>
      answer(service.createDefaultVswitch(caller, { zone: input.ZoneId, part6: input.Ipv6CidrBlock }), ({ vswitch }) => ({
        VSwitchId: vswitch,
      })),
  }),
  action({
    product: 'vpc',
    name: 'DeleteVSwitch',
    level: 'write',
    doc: 'Deletes a vSwitch that nothing uses.',
    parameters: { ...anyRegion, VSwitchId: vswitchId, ...dryRun },
    errors: ['InvalidVSwitchId.NotFound', 'IncorrectVSwitchStatus', 'DependencyViolation', 'DependencyViolation.HaVip'],
    run: (input, { service, caller }) => done(service.deleteVswitch(caller, { vswitch: input.VSwitchId })),
  }),
  action({
    product: 'vpc',
    name: 'DescribeVSwitches',
    level: 'read',
    doc: 'Lists vSwitches of a region or a VPC.',
    parameters: {
      ...anyRegion,
      VpcId: text('The VPC; needed when there is no RegionId.', 64),
      VSwitchId: text('The vSwitch.', 64),
      VSwitchName: text('Name.'),
      ZoneId: text('The zone.', 64),
      RouteTableId: text('Its route table.', 64),
      IsDefault: flag('Only default vSwitches, or only others.'),
      VSwitchOwnerId: text('Only those of this account, which sees no others.', 64),
      EnableIpv6: flag('Only those with IPv6, or only those without.'),
      ...resourceGroup,
      ...dryRun,
      Tag: tags('Tags that the resource must carry.'),
      ...pageParameters(50),
    },
    errors: [],
    run: async (input, { service, caller }) => {
      if (input.RegionId === undefined && input.VpcId === undefined) return { ok: false, fault: missing('RegionId') }
      const paging = pageOf(input)
      const isForeign = (input.VSwitchOwnerId ?? caller.account) !== caller.account
      const found = isForeign
        ? Promise.resolve(emptyPage)
        : service.describeVswitches(caller, {
            ids: input.VSwitchId === undefined ? undefined : [input.VSwitchId],
            vpc: input.VpcId,
            zone: input.ZoneId,
            name: input.VSwitchName,
            routeTable: input.RouteTableId,
            isDefault: input.IsDefault,
            ipv6: input.EnableIpv6,
            resourceGroup: input.ResourceGroupId,
            tags: input.Tag,
            paging,
          })
      return answer(found, (page) => ({ ...pageNumbers(page, paging), VSwitches: { VSwitch: page.items.map(viewOf) } }))
    },
  }),
  action({
    product: 'vpc',
    name: 'DescribeVSwitchAttributes',
    level: 'read',
    doc: 'Describes one vSwitch.',
    parameters: { ...anyRegion, VSwitchId: vswitchId, ...dryRun },
    errors: ['InvalidVSwitchId.NotFound'],
    run: (input, { service, caller }) =>
      answer(service.getVswitch(caller, { vswitch: input.VSwitchId }), (vswitch) => ({
        ...viewOf(vswitch),
        RegionId: vswitch.region,
        CloudResources: { CloudResourceSetType: [] },
      })),
  }),
  action({
    product: 'vpc',
    name: 'ModifyVSwitchAttribute',
    level: 'write',
    doc: 'Changes name and description of a vSwitch, and turns its IPv6 on or off.',
    parameters: {
      ...anyRegion,
      VSwitchId: vswitchId,
      ...names,
      EnableIPv6: flag('IPv6; without Ipv6CidrBlock, the lowest free part of the block of the VPC.'),
      Ipv6CidrBlock: part6,
      ...ipv6Aids,
    },
    errors: [
      'InvalidVSwitchId.NotFound',
      'IncorrectVSwitchStatus',
      'InvalidVSwitchName.Malformed',
      'InvalidVSwitchDiscription.Malformed',
      'InvalidCidrBlock.Overlapped',
      'DependencyViolation',
    ],
    run: (input, { service, caller }) => {
      const { VSwitchId: vswitch, VSwitchName: name, Description: description, EnableIPv6: ipv6, Ipv6CidrBlock: part6 } = input
      return done(service.modifyVswitch(caller, { vswitch, name, description, ipv6, part6, block6: input.VpcIpv6CidrBlock }))
    },
  }),
]
