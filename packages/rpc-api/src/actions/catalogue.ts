// What there is to choose from: images, regions and zones as ECS shows them; and security groups.
import { ok } from '@havip/base'
import { apiFault, diskCategories, type Image } from '@havip/vpc'
import type { SecurityGroupView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import {
  answer,
  clientToken,
  done,
  dryRun,
  ecsTags,
  eitherPageNumbers,
  eitherPageOf,
  emptyPage,
  formatTime,
  inRegion,
  pageOf,
  pageParameters,
  resourceGroup,
  tokenParameters,
} from '../answer.ts'
import { commaList, flag, inert, jsonList, required, tags, text, unserved, unservedTree } from '../parameter.ts'
import { oneLanguage, regionsOf } from './vpc.ts'

const imageOf = (image: Image): Body => ({
  ImageId: image.id,
  ImageName: image.name,
  ImageFamily: image.family,
  Description: '',
  Status: 'Available',
  ImageOwnerAlias: 'system',
  OSName: image.osName,
  OSNameEn: image.osName,
  OSType: 'linux',
  Platform: image.osName.split(' ')[0] ?? '',
  Architecture: 'x86_64',
  Size: image.sizeGb,
  CreationTime: '2026-01-01T00:00:00Z',
  IsPublic: true,
  IsSubscribed: false,
  IsCopied: false,
  IsSelfShared: '',
  IsSupportCloudinit: true,
  IsSupportIoOptimized: true,
  Progress: '100%',
  Usage: 'instance',
  ImageVersion: '',
  ProductCode: '',
  ResourceGroupId: '',
  DiskDeviceMappings: { DiskDeviceMapping: [] },
  Tags: { Tag: [] },
})

const groupOf = (group: SecurityGroupView): Body => ({
  SecurityGroupId: group.id,
  SecurityGroupName: group.name,
  SecurityGroupType: group.type,
  Description: group.description,
  VpcId: group.vpc,
  CreationTime: formatTime(group.createdAt),
  ResourceGroupId: group.resourceGroup,
  EcsCount: group.instances,
  AvailableInstanceAmount: 1000,
  RuleCount: 0,
  GroupToGroupRuleCount: 0,
  ServiceManaged: false,
  ServiceID: 0,
  Tags: ecsTags(group.tags),
})

const matches = (pattern: string | undefined, value: string): boolean => pattern === undefined || pattern === value

export const catalogueActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'DescribeImages',
    level: 'read',
    doc: 'Lists the images instances can be made from.',
    parameters: {
      ...inRegion,
      ImageId: commaList('Images.', 100),
      ImageOwnerAlias: text('system, self, others or marketplace; all here are system.', 64),
      ImageName: text('Name; * stands for any text.', 256),
      ImageFamily: text('Family.', 128),
      OSType: text('linux or windows.', 64),
      Architecture: text('x86_64, …', 64),
      Status: text('Available when left out.', 64),
      InstanceType: text('Only images that this instance type can run: all, if there is such a type.', 64),
      Usage: text('instance or none; all here are for instances.', 64),
      IsSupportCloudinit: flag('Whether they run a script at the first boot; all here do.'),
      IsSupportIoOptimized: flag('Whether they run on I/O-optimized instances; all here do.'),
      IsPublic: flag('Whether everybody sees them; all here are public.'),
      ImageOwnerId: text('Account that owns them; these are the system’s.', 64),
      SnapshotId: text('The snapshot it was made from; no image here was.', 64),
      Filter: unservedTree('images are part of the installation and were not made at a time'),
      ActionType: inert('every image can be made instances from'),
      ShowExpired: inert('no image expires'),
      Usable: inert('every image can be used'),
      Tag: tags('Tags that the image must carry; no image has one here.'),
      ...resourceGroup,
      ...dryRun,
      ...pageParameters(100),
    },
    errors: [],
    run: (input, { service }) => {
      const { number, size } = pageOf(input)
      const { InstanceType } = input
      const isConstant =
        ![input.IsSupportCloudinit, input.IsSupportIoOptimized, input.IsPublic].includes(false) &&
        (input.Tag ?? input.ResourceGroupId ?? input.ImageOwnerId ?? input.SnapshotId) === undefined &&
        (InstanceType === undefined || service.describeInstanceTypes().some(({ id }) => id === InstanceType)) &&
        matches(input.Usage, 'instance') &&
        matches(input.ImageOwnerAlias, 'system') &&
        matches(input.OSType, 'linux') &&
        matches(input.Architecture, 'x86_64') &&
        (input.Status ?? 'Available').split(',').includes('Available')
      const name = (input.ImageName ?? '*').split('*')
      const found = service
        .describeImages()
        .filter((image) => isConstant && (input.ImageId?.includes(image.id) ?? true) && matches(input.ImageFamily, image.family))
        .filter((image) => matchesParts(name, image.name))
      const items = found.slice((number - 1) * size, number * size)
      return Promise.resolve(
        ok({
          TotalCount: found.length,
          PageNumber: number,
          PageSize: size,
          RegionId: input.RegionId,
          Images: { Image: items.map(imageOf) },
        }),
      )
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeRegions',
    level: 'read',
    doc: 'Lists the regions that are served.',
    parameters: {
      AcceptLanguage: inert(oneLanguage),
      InstanceChargeType: inert('every region has everything'),
      ResourceType: inert('every region has everything'),
    },
    errors: [],
    run: (_, { service, endpoint }) =>
      Promise.resolve(
        ok({ Regions: { Region: regionsOf(service.describeRegions(), endpoint).map((region) => ({ ...region, Status: 'available' })) } }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DescribeZones',
    level: 'read',
    doc: 'Lists the zones of a region and what can be made there.',
    parameters: {
      ...inRegion,
      InstanceChargeType: unserved('everything is paid as it goes', ['PostPaid']),
      SpotStrategy: unserved('there are no spot instances', ['NoSpot']),
      Verbose: inert('everything is always told'),
      AcceptLanguage: inert(oneLanguage),
    },
    errors: ['InvalidRegionId.NotFound'],
    run: (_, { service, caller }) =>
      answer(Promise.resolve(service.describeZones(caller)), (zones) => ({
        Zones: {
          Zone: zones.map((zone) => ({
            ZoneId: zone.id,
            LocalName: zone.localName,
            ZoneType: 'AvailabilityZone',
            AvailableResourceCreation: { ResourceTypes: ['VSwitch', 'Instance'] },
            AvailableInstanceTypes: { InstanceTypes: service.describeInstanceTypes().map((type) => type.id) },
            AvailableDiskCategories: { DiskCategories: diskCategories },
            AvailableVolumeCategories: { VolumeCategories: [] },
            AvailableResources: { ResourcesInfo: [] },
            AvailableDedicatedHostTypes: { DedicatedHostType: [] },
            DedicatedHostGenerations: { DedicatedHostGeneration: [] },
          })),
        },
      })),
  }),
  action({
    product: 'ecs',
    name: 'CreateSecurityGroup',
    level: 'write',
    doc: 'Creates a security group; groups are named sets of instances here and hold no rules.',
    parameters: {
      ...inRegion,
      VpcId: required(text('The VPC.', 64)),
      SecurityGroupName: text('2 to 128 characters.'),
      SecurityGroupType: text('normal or enterprise.', 64),
      ServiceManaged: unserved('no service manages groups', ['false']),
      Description: text('2 to 256 characters.'),
      ...resourceGroup,
      ...clientToken,
      Tag: tags(),
    },
    errors: ['InvalidVpcId.NotFound', 'IncorrectVpcStatus', 'InvalidSecurityGroupName.Malformed', 'QuotaExceed.SecurityGroup'],
    run: (input, { service, caller }) =>
      answer(
        service.createSecurityGroup(caller, {
          vpc: input.VpcId,
          name: input.SecurityGroupName,
          type: input.SecurityGroupType,
          description: input.Description,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
        }),
        ({ securityGroup }) => ({ SecurityGroupId: securityGroup }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DeleteSecurityGroup',
    level: 'write',
    doc: 'Deletes a security group that no instance is in.',
    parameters: { ...inRegion, SecurityGroupId: required(text('The security group.', 64)) },
    errors: ['InvalidSecurityGroupId.NotFound', 'DependencyViolation'],
    run: (input, { service, caller }) => done(service.deleteSecurityGroup(caller, { securityGroup: input.SecurityGroupId })),
  }),
  action({
    product: 'ecs',
    name: 'DescribeSecurityGroups',
    level: 'read',
    doc: 'Lists security groups.',
    parameters: {
      ...inRegion,
      VpcId: text('The VPC.', 64),
      SecurityGroupId: text('The security group.', 64),
      SecurityGroupIds: jsonList('Security groups, as JSON text.'),
      SecurityGroupName: text('Name.'),
      SecurityGroupType: text('normal or enterprise.', 64),
      NetworkType: text('vpc or classic; all here are of a VPC.', 64),
      ServiceManaged: flag('Only those a service manages; none is here.'),
      FuzzyQuery: unserved('names are compared as a whole', ['false']),
      IsQueryEcsCount: inert('the number of instances is always told'),
      ...resourceGroup,
      ...dryRun,
      Tag: tags('Tags that the resource must carry.'),
      ...pageParameters(50),
      ...tokenParameters(1, 100),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      const ids = input.SecurityGroupIds ?? (input.SecurityGroupId === undefined ? undefined : [input.SecurityGroupId])
      const matchesNothing = (input.NetworkType ?? 'vpc') !== 'vpc' || input.ServiceManaged === true
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeSecurityGroups(caller, {
            ids,
            vpc: input.VpcId,
            name: input.SecurityGroupName,
            type: input.SecurityGroupType,
            resourceGroup: input.ResourceGroupId,
            tags: input.Tag,
            paging,
          })
      return answer(found, (page) => ({
        ...eitherPageNumbers(page, paging),
        RegionId: input.RegionId,
        SecurityGroups: { SecurityGroup: page.items.map(groupOf) },
      }))
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeSecurityGroupAttribute',
    level: 'read',
    doc: 'Describes one security group and its rules, of which there are none.',
    parameters: {
      ...inRegion,
      SecurityGroupId: required(text('The security group.', 64)),
      NicType: inert('a group has no rules'),
      Direction: inert('a group has no rules'),
      Attribute: inert('everything is always told'),
      MaxResults: inert('a group has no rules to page'),
      NextToken: inert('a group has no rules to page'),
    },
    errors: ['InvalidSecurityGroupId.NotFound'],
    run: async (input, { service, caller }) => {
      const found = await service.describeSecurityGroups(caller, {
        ids: [input.SecurityGroupId],
        paging: { kind: 'page', number: 1, size: 1 },
      })
      if (!found.ok) return found
      const group = found.value.items[0]
      if (!group) return { ok: false, fault: apiFault('InvalidSecurityGroupId.NotFound', { id: input.SecurityGroupId }) }
      return ok({
        SecurityGroupId: group.id,
        SecurityGroupName: group.name,
        Description: group.description,
        RegionId: group.region,
        VpcId: group.vpc,
        InnerAccessPolicy: 'Accept',
        Permissions: { Permission: [] },
      })
    },
  }),
]

/** Whether the text is made of the parts in order, with anything between them: `a*b` split at the stars. */
function matchesParts(parts: readonly string[], text: string): boolean {
  if (parts.length === 1) return parts[0] === text
  let at = 0
  for (const [i, part] of parts.entries()) {
    const found = i === 0 ? (text.startsWith(part) ? 0 : -1) : i === parts.length - 1 ? text.length - part.length : text.indexOf(part, at)
    if (found < at || (i === parts.length - 1 && !text.endsWith(part))) return false
    at = found + part.length
  }
  return true
}
