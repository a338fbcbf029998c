// VPCs, their route tables, and the regions and zones they are in.
import { fail, formatCidr, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import type { RouteTableView, VpcBlock, VpcView } from '@havip/vpc-service'
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
  unsupported,
  vpcTags,
} from '../answer.ts'
import { choice, commaList, flag, inert, required, tags, text, unserved } from '../parameter.ts'

/** Why AcceptLanguage makes no difference. */
export const oneLanguage = 'local names are in one language'
const vpcId = required(text('The VPC.', 64))
const names = {
  VpcName: text('1 to 128 characters, not beginning with http:// or https://.'),
  Description: text('1 to 256 characters, not beginning with http:// or https://.'),
}

const common = (vpc: VpcView): Body => ({
  VpcId: vpc.id,
  VpcName: vpc.name,
  Description: vpc.description,
  CidrBlock: formatCidr(vpc.cidr),
  Status: vpc.status,
  RegionId: vpc.region,
  CreationTime: formatTime(vpc.createdAt),
  IsDefault: vpc.isDefault === true,
  VRouterId: vpc.router,
  ResourceGroupId: vpc.resourceGroup,
  OwnerId: ownerNumber(vpc.account),
  EnabledIpv6: vpc.cidr6 !== undefined,
  Ipv6CidrBlock: vpc.cidr6 ? formatCidr(vpc.cidr6) : '',
  DhcpOptionsSetId: '',
  DhcpOptionsSetStatus: '',
  DnsHostnameStatus: 'DISABLED',
  VSwitchIds: { VSwitchId: vpc.vswitches },
  SecondaryCidrBlocks: { SecondaryCidrBlock: (vpc.secondary ?? []).map(formatCidr) },
  UserCidrs: { UserCidr: [] },
  Ipv6CidrBlocks: { Ipv6CidrBlock: vpc.cidr6 ? [{ Ipv6CidrBlock: formatCidr(vpc.cidr6), Ipv6Isp: 'BGP' }] : [] },
  Tags: vpcTags(vpc.tags),
})

const inList = (vpc: VpcView): Body => ({
  ...common(vpc),
  CenStatus: 'Detached',
  RouterTableIds: { RouterTableIds: [vpc.routeTable] },
  NatGatewayIds: { NatGatewayIds: [] },
})

const alone = (vpc: VpcView): Body => ({
  ...common(vpc),
  ClassicLinkEnabled: false,
  SupportIpv4Gateway: false,
  Ipv4GatewayId: '',
  CloudResources: {
    CloudResourceSetType: [
      { ResourceType: 'VRouter', ResourceCount: 1 },
      { ResourceType: 'RouteTable', ResourceCount: 1 },
      { ResourceType: 'VSwitch', ResourceCount: vpc.vswitches.length },
    ],
  },
  AssociatedCens: { AssociatedCen: [] },
  AssociatedPropagationSources: { AssociatedPropagationSources: [] },
})

const routeTableOf = (table: RouteTableView, region: string, owner: number): Body => ({
  RouteTableId: table.routeTable,
  RouteTableName: '',
  RouteTableType: 'System',
  RouterId: table.router,
  RouterType: 'VRouter',
  VpcId: table.vpc,
  RegionId: region,
  Status: 'Available',
  Description: '',
  CreationTime: formatTime(table.createdAt),
  ResourceGroupId: table.resourceGroup,
  OwnerId: owner,
  AssociateType: 'VSwitch',
  RoutePropagationEnable: true,
  VSwitchIds: { VSwitchId: table.vswitches },
  GatewayIds: { GatewayIds: [] },
  Tags: vpcTags(table.tags),
})

const secondBlock = {
  IPv6CidrBlock: text('The /56 of IPv6; a VPC has one.', 64),
  IpVersion: choice('IPV6 without a block: one is chosen.', ['IPV4', 'IPV6']),
}
type BlockInput = {
  readonly VpcId: string
  readonly SecondaryCidrBlock?: string | undefined
  readonly IPv6CidrBlock?: string | undefined
  readonly IpVersion?: 'IPV4' | 'IPV6' | undefined
}

/** One range and no more. */
function blockOf({ VpcId: vpc, SecondaryCidrBlock: cidr, IPv6CidrBlock: cidr6, IpVersion }: BlockInput): Result<VpcBlock, ApiFault> {
  if (cidr !== undefined && cidr6 !== undefined) return unsupported('IPv6CidrBlock', 'only one of it and SecondaryCidrBlock is given')
  if (cidr === undefined && cidr6 === undefined && IpVersion !== 'IPV6')
    return fail(apiFault('MissingParameter', { name: 'SecondaryCidrBlock' }))
  return ok({ vpc, cidr, cidr6, family: cidr === undefined ? 'ipv6' : 'ipv4' })
}

export const vpcActions: readonly Action[] = [
  action({
    product: 'vpc',
    name: 'CreateVpc',
    level: 'write',
    doc: 'Creates a VPC with its router and system route table.',
    parameters: {
      ...inRegion,
      CidrBlock: text('Address range, /8 to /28; 172.16.0.0/12 when left out.', 64),
      ...names,
      EnableIpv6: flag('Gives the VPC a /56 of IPv6, from which each vSwitch may have a /64.'),
      UserCidr: unserved('other networks cannot be routed'),
      Ipv6CidrBlock: text('The /56, of 2000::/3 or fc00::/7; left out: one that nobody else has.', 64),
      Ipv6Isp: unserved('there is no provider of IPv6', ['BGP']),
      Ipv4IpamPoolId: unserved('there is no address manager'),
      Ipv4CidrMask: unserved('there is no address manager'),
      Ipv6IpamPoolId: unserved('there is no address manager'),
      Ipv6CidrMask: unserved('there is no address manager'),
      EnableDnsHostname: unserved('there are no DNS names', ['false']),
      ...resourceGroup,
      ...clientToken,
      ...dryRun,
      Tag: tags(),
    },
    errors: [
      'InvalidVpcName.Malformed',
      'InvalidVpcDiscription.Malformed',
      'QuotaExceeded.Vpc',
      'InvalidRegionId.NotFound',
      'DryRunOperation',
    ],
    run: (input, { service, caller }) =>
      answer(
        service.createVpc(caller, {
          cidr: input.CidrBlock,
          ipv6: input.EnableIpv6,
          cidr6: input.Ipv6CidrBlock,
          name: input.VpcName,
          description: input.Description,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
        }),
        (vpc) => ({ VpcId: vpc.id, VRouterId: vpc.router, RouteTableId: vpc.routeTable, ResourceGroupId: vpc.resourceGroup }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'CreateDefaultVpc',
    level: 'write',
    doc: 'Creates the default VPC of a region, 172.16.0.0/12, with its router and system route table.',
    parameters: {
      ...inRegion,
      EnableIpv6: flag('Gives it a /56 of IPv6.'),
      Ipv6CidrBlock: text('The /56; left out: one that nobody else has.', 64),
      ...resourceGroup,
      ...clientToken,
    },
    errors: ['OperationDenied.DefaultVpcExists', 'QuotaExceeded.Vpc', 'InvalidRegionId.NotFound'],
    run: (input, { service, caller }) =>
      answer(
        service.createDefaultVpc(caller, {
          ipv6: input.EnableIpv6,
          cidr6: input.Ipv6CidrBlock,
          resourceGroup: input.ResourceGroupId,
        }),
        (vpc) => ({ VpcId: vpc.id, VRouterId: vpc.router, RouteTableId: vpc.routeTable }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'AssociateVpcCidrBlock',
    level: 'write',
    doc: 'Adds a secondary range to a VPC, or gives it IPv6.',
    parameters: {
      ...anyRegion,
      VpcId: vpcId,
      SecondaryCidrBlock: text('Address range, /16 to /28, beside those that the VPC has.', 64),
      ...secondBlock,
      Ipv6Isp: unserved('there is no provider of IPv6', ['BGP']),
      IpamPoolId: unserved('there is no address manager'),
      SecondaryCidrMask: unserved('there is no address manager'),
      Ipv6CidrMask: unserved('there is no address manager'),
    },
    errors: ['InvalidVpcId.NotFound', 'IncorrectVpcStatus', 'InvalidCidrBlock.Overlapped', 'QuotaExceeded.SecondaryCidrBlock'],
    run: async (input, { service, caller }) => {
      const block = blockOf(input)
      return block.ok ? done(service.addVpcBlock(caller, block.value)) : block
    },
  }),
  action({
    product: 'vpc',
    name: 'UnassociateVpcCidrBlock',
    level: 'write',
    doc: 'Takes a secondary range, or IPv6, from a VPC in which no vSwitch uses it.',
    parameters: { ...anyRegion, VpcId: vpcId, SecondaryCidrBlock: text('The range.', 64), ...secondBlock },
    errors: ['InvalidVpcId.NotFound', 'IncorrectVpcStatus', 'DependencyViolation.VSwitch', 'DependencyViolation'],
    run: async (input, { service, caller }) => {
      const block = blockOf(input)
      return block.ok ? done(service.removeVpcBlock(caller, block.value)) : block
    },
  }),
  action({
    product: 'vpc',
    name: 'DeleteVpc',
    level: 'write',
    doc: 'Deletes an empty VPC.',
    parameters: {
      ...anyRegion,
      VpcId: vpcId,
      ForceDelete: inert('only what the errors name can be in a VPC'),
      ...clientToken,
      ...dryRun,
    },
    errors: [
      'InvalidVpcId.NotFound',
      'IncorrectVpcStatus',
      'DependencyViolation.VSwitch',
      'DependencyViolation.Instance',
      'DependencyViolation.SecurityGroup',
    ],
    run: (input, { service, caller }) => done(service.deleteVpc(caller, { vpc: input.VpcId })),
  }),
  action({
    product: 'vpc',
    name: 'DescribeVpcs',
    level: 'read',
    doc: 'Lists VPCs with their vSwitches.',
    parameters: {
      ...inRegion,
      VpcId: commaList('Up to 20 VPCs.', 20),
      VpcName: text('Name.'),
      IsDefault: flag('Only default VPCs, or only others.'),
      EnableIpv6: flag('Only those with IPv6, or only those without.'),
      DhcpOptionsSetId: text('DHCP options set; there is none here.', 64),
      VpcOwnerId: text('Only those of this account, which sees no others.', 64),
      ...resourceGroup,
      ...dryRun,
      Tag: tags('Tags that the resource must carry.'),
      ...pageParameters(50),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      const found =
        input.DhcpOptionsSetId !== undefined || (input.VpcOwnerId ?? caller.account) !== caller.account
          ? Promise.resolve(emptyPage)
          : service.describeVpcs(caller, {
              ids: input.VpcId,
              name: input.VpcName,
              isDefault: input.IsDefault,
              ipv6: input.EnableIpv6,
              resourceGroup: input.ResourceGroupId,
              tags: input.Tag,
              paging,
            })
      return answer(found, (page) => ({ ...pageNumbers(page, paging), Vpcs: { Vpc: page.items.map(inList) } }))
    },
  }),
  action({
    product: 'vpc',
    name: 'DescribeVpcAttribute',
    level: 'read',
    doc: 'Describes one VPC.',
    parameters: { ...inRegion, VpcId: vpcId, IsDefault: inert('VpcId says which one'), ...dryRun },
    errors: ['InvalidVpcId.NotFound'],
    run: (input, { service, caller }) => answer(service.getVpc(caller, { vpc: input.VpcId }), alone),
  }),
  action({
    product: 'vpc',
    name: 'ModifyVpcAttribute',
    level: 'write',
    doc: 'Changes name, description and range of a VPC, and turns its IPv6 on or off.',
    parameters: {
      ...anyRegion,
      VpcId: vpcId,
      ...names,
      CidrBlock: text('A larger or smaller range that holds every vSwitch.', 64),
      Ipv6CidrBlock: text('The /56 of a VPC that has none yet.', 64),
      Ipv6Isp: unserved('there is no provider of IPv6', ['BGP']),
      EnableDnsHostname: unserved('there are no DNS names', ['false']),
      EnableIPv6: flag('IPv6; it is turned off only when no vSwitch has it.'),
    },
    errors: [
      'InvalidVpcId.NotFound',
      'IncorrectVpcStatus',
      'InvalidVpcName.Malformed',
      'InvalidVpcDiscription.Malformed',
      'DependencyViolation',
    ],
    run: (input, { service, caller }) => {
      const { VpcId: vpc, VpcName: name, Description: description, CidrBlock: cidr, Ipv6CidrBlock: cidr6, EnableIPv6: ipv6 } = input
      return done(service.modifyVpc(caller, { vpc, name, description, cidr, cidr6, ipv6 }))
    },
  }),
  action({
    product: 'vpc',
    name: 'DescribeRouteTableList',
    level: 'read',
    doc: 'Lists route tables: each VPC has its system route table.',
    parameters: {
      ...inRegion,
      VpcId: text('The VPC.', 64),
      RouterId: text('The router.', 64),
      RouterType: text('VRouter.', 64),
      RouteTableId: text('The route table.', 64),
      RouteTableName: text('Name; system route tables have none.'),
      RouteTableType: text('System or Custom.', 64),
      Tag: tags('Tags that the route table must carry.'),
      ...resourceGroup,
      ...pageParameters(50),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      const matchesNothing =
        (input.RouteTableType ?? 'System') !== 'System' ||
        (input.RouterType ?? 'VRouter') !== 'VRouter' ||
        input.RouteTableName !== undefined
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeRouteTables(caller, {
            vpc: input.VpcId,
            router: input.RouterId,
            routeTable: input.RouteTableId,
            resourceGroup: input.ResourceGroupId,
            tags: input.Tag,
            paging,
          })
      return answer(found, (page) => ({
        ...pageNumbers(page, paging),
        RouterTableList: {
          RouterTableListType: page.items.map((table) => routeTableOf(table, input.RegionId, ownerNumber(caller.account))),
        },
      }))
    },
  }),
  action({
    product: 'vpc',
    name: 'DescribeRegions',
    level: 'read',
    doc: 'Lists the regions that are served.',
    parameters: { AcceptLanguage: inert(oneLanguage), ProductType: inert('every region has everything') },
    errors: [],
    run: (_, { service, endpoint }) => Promise.resolve(ok({ Regions: { Region: regionsOf(service.describeRegions(), endpoint) } })),
  }),
  action({
    product: 'vpc',
    name: 'DescribeZones',
    level: 'read',
    doc: 'Lists the zones of a region.',
    parameters: { ...inRegion, AcceptLanguage: inert(oneLanguage), ZoneType: inert('there is one kind of zone') },
    errors: ['InvalidRegionId.NotFound'],
    run: (_, { service, caller }) =>
      answer(Promise.resolve(service.describeZones(caller)), (zones) => ({
        Zones: { Zone: zones.map((zone) => ({ ZoneId: zone.id, LocalName: zone.localName, ZoneType: 'AvailabilityZone' })) },
      })),
  }),
  action({
    product: 'vpc',
    name: 'ModifyRouteTableAttributes',
    level: 'write',
    doc: 'Names of system route tables are fixed: the call checks the table and refuses a change.',
    parameters: {
      ...anyRegion,
      RouteTableId: required(text('The route table.', 64)),
      RouteTableName: text('Name.'),
      Description: text('Description.'),
      RoutePropagationEnable: flag('Only true.'),
    },
    errors: ['InvalidResourceId.NotFound'],
    run: async (input, { service, caller }) => {
      const found = await service.describeRouteTables(caller, {
        routeTable: input.RouteTableId,
        paging: { kind: 'page', number: 1, size: 1 },
      })
      if (!found.ok) return found
      if (found.value.items.length === 0) return { ok: false, fault: apiFault('InvalidResourceId.NotFound', { id: input.RouteTableId }) }
      const change = input.RouteTableName ?? input.Description
      if (change !== undefined) return unsupported('RouteTableName', 'a system route table has neither name nor description here')
      return input.RoutePropagationEnable === false
        ? unsupported('RoutePropagationEnable', 'route propagation cannot be turned off')
        : ok({})
    },
  }),
]

export function regionsOf(regions: readonly { readonly id: string; readonly localName: string }[], endpoint: string): readonly Body[] {
  return regions.map((region) => ({ RegionId: region.id, LocalName: region.localName, RegionEndpoint: endpoint }))
}
