// Instances are made: RunInstances and the older CreateInstance, with everything that the API lets one ask for.
import { fail } from '@havip/base'
import { apiFault, diskCategories, performanceLevels } from '@havip/vpc'
import type { RunInstances } from '@havip/vpc-service'
import { type Action, type ActionContext, action } from '../action.ts'
import { answer, clientToken, dryRun, inRegion, resourceGroup, unsupported } from '../answer.ts'
import { missing } from '../fault.ts'
import { choice, flag, type Input, inert, integer, members, objects, tags, text, texts, unserved, unservedTree } from '../parameter.ts'
import { ipv6Wishes, ipv6WishOf } from './network-interface.ts'

const systemDisk = members('The system disk: told again by DescribeDisks. The host’s files are behind it.', {
  Category: choice('cloud_essd when left out.', diskCategories),
  Size: integer('GiB: what the image needs, at most 2048, with category cloud 500; 40 when left out.', 1, 1_000_000),
  DiskName: text('2 to 128 characters.'),
  Description: text('2 to 256 characters.'),
  PerformanceLevel: choice('Of cloud_essd: PL1 when left out, PL0 when Category is left out as well.', performanceLevels),
  AutoSnapshotPolicyId: unserved('there are no snapshots'),
  BurstingEnabled: unserved('no disk is faster than the host’s', ['false']),
  ProvisionedIops: unserved('no disk is faster than the host’s', ['0']),
  Encrypted: unserved('disks are not encrypted', ['false']),
  EncryptAlgorithm: unserved('disks are not encrypted'),
  KMSKeyId: unserved('disks are not encrypted'),
  StorageClusterId: unserved('there are no storage clusters'),
})

const payment = 'everything is paid as it goes'
const spot = 'there are no spot instances'
const placement = 'one host runs all instances'
const template = 'there are no launch templates'
const network = 'network interfaces are the data plane’s own'
const noMetadata = 'there is no metadata server'

/** What RunInstances and CreateInstance have in common. */
const making = {
  ...inRegion,
  ImageId: text('The image.', 128),
  ImageFamily: text('In place of the image: the newest of this family.', 128),
  InstanceType: text('The instance type.', 64),
  VSwitchId: text('The vSwitch; it fixes VPC and zone.', 64),
  ZoneId: text('Must match the vSwitch.', 64),
  SecurityGroupId: text('Security group.', 64),
  InstanceName: text('2 to 128 characters; the id when left out. name-[1,3]x numbers the instances.'),
  HostName: text('Host name inside; name-[1,3]x numbers the instances.', 256),
  Description: text('2 to 256 characters.'),
  UserData: text('A script for the first boot, in Base64, up to 32 KB.', 65_536),
  PrivateIpAddress: text('Its address; with several instances the first of consecutive ones.', 64),
  SystemDisk: systemDisk,
  DataDisk: unservedTree('an instance has its system disk and no other'),
  DeletionProtection: flag('Refuse to delete it.'),
  InternetMaxBandwidthOut: unserved('instances have no public address of their own; bind an EIP with AssociateEipAddress', ['0']),
  InternetMaxBandwidthIn: inert('it limits a public address, and instances have none of their own'),
  InternetChargeType: inert('it is about a public address, and instances have none of their own'),
  Isp: unserved('there is one kind of line'),
  Password: inert('nobody signs in to an instance by password; use CreateShellSession or RunCommand'),
  PasswordInherit: inert('nobody signs in to an instance by password'),
  KeyPairName: inert('nobody signs in to an instance by a key of the cloud; put the key into UserData'),
  RamRoleName: text('Instances have no roles, so none is found.', 64),
  InstanceChargeType: unserved(payment, ['PostPaid']),
  Period: inert(payment),
  PeriodUnit: inert(payment),
  AutoRenew: inert(payment),
  AutoRenewPeriod: inert(payment),
  SpotStrategy: unserved(spot, ['NoSpot']),
  SpotPriceLimit: inert(spot),
  SpotDuration: inert(spot),
  SpotInterruptionBehavior: inert(spot),
  CreditSpecification: unserved('processors are not credited'),
  IoOptimized: unserved('all instances are I/O-optimized', ['optimized']),
  SecurityEnhancementStrategy: inert('images hold no security agent'),
  HttpEndpoint: inert(noMetadata),
  HttpTokens: inert(noMetadata),
  HttpPutResponseHopLimit: inert(noMetadata),
  HibernationOptions: members('Hibernation.', { Configured: unserved('instances cannot hibernate', ['false']) }),
  PrivatePoolOptions: members('Capacity set aside.', {
    Id: unserved('there are no private pools'),
    MatchCriteria: unserved('there are no private pools', ['Open', 'None']),
  }),
  Tenancy: unserved(placement, ['default']),
  Affinity: unserved(placement, ['default']),
  DedicatedHostId: unserved(placement),
  ManagedHostId: unserved(placement),
  DeploymentSetId: unserved(placement),
  DeploymentSetGroupNo: unserved(placement),
  HpcClusterId: unserved(placement),
  StorageSetId: unserved('there are no storage sets'),
  StorageSetPartitionNumber: unserved('there are no storage sets'),
  Arn: unservedTree('it is for services of the cloud'),
  ...ipv6Wishes,
  ...resourceGroup,
  ...clientToken,
  ...dryRun,
  Tag: tags(),
}
const creating = {
  ...making,
  ClusterId: unserved(placement),
  NodeControllerId: unserved(placement),
  VlanId: unserved('there is no classic network'),
  InnerIpAddress: unserved('there is no classic network'),
  UseAdditionalService: inert('it is for services of the cloud'),
}
const running = {
  ...making,
  SecurityGroupIds: texts('Security groups.', 16),
  Amount: integer('How many.', 1, 100),
  MinAmount: integer('All or none are made, so any number up to Amount is met.', 1, 100),
  HostNames: texts('A host name for each instance, in order, in place of HostName.', 100),
  UniqueSuffix: flag('001, 002, … behind InstanceName and HostName.'),
  AutoPay: inert(payment),
  AutoReleaseTime: unserved('no instance is deleted by the clock; call DeleteInstance'),
  LaunchTemplateId: unserved(template),
  LaunchTemplateName: unserved(template),
  LaunchTemplateVersion: unserved(template),
  CpuOptions: unservedTree('the instance type says what processors there are'),
  ClockOptions: members('The clock inside.', { PtpStatus: unserved('the clock is the host’s', ['disabled']) }),
  ImageOptions: members('About the image.', { LoginAsNonRoot: unserved('nobody signs in to an instance', ['false']) }),
  NetworkInterfaceQueueNumber: unserved(network),
  NetworkOptions: members('About the network.', {
    BandwidthWeighting: unserved(network),
    EnableJumboFrame: unserved(network, ['false']),
    EnableNetworkEncryption: unserved(network, ['false']),
  }),
  PrivateDnsNameOptions: unservedTree('instances have no names in DNS'),
  SchedulerOptions: unservedTree(placement),
  SecurityOptions: members('About the machine.', {
    ConfidentialComputingMode: unserved('instances share the host’s kernel'),
    TrustedSystemMode: unserved('instances share the host’s kernel'),
    EnableSecureBoot: unserved('instances share the host’s kernel', ['false']),
  }),
  NetworkInterface: objects('A Primary entry in place of the top level, and Secondary ones, which make further interfaces.', 8, {
    InstanceType: choice('Secondary when left out.', ['Primary', 'Secondary']),
    VSwitchId: text('The vSwitch.', 64),
    PrimaryIpAddress: text('The address.', 64),
    ...ipv6Wishes,
    SecurityGroupId: text('Security group.', 64),
    SecurityGroupIds: texts('Security groups.', 16),
    NetworkInterfaceName: text('Name of a Secondary one.'),
    Description: text('Description of a Secondary one.'),
    DeleteOnRelease: flag('A Secondary one goes with the instance; true when left out.'),
    NetworkInterfaceId: unserved('attach one that exists with AttachNetworkInterface'),
    NetworkInterfaceTrafficMode: unserved(network, ['Standard']),
    NetworkCardIndex: unserved(network, ['0']),
    QueueNumber: unserved(network),
    QueuePairNumber: unserved(network),
    RxQueueSize: unserved(network),
    TxQueueSize: unserved(network),
    SecondaryPrivateIpAddressCount: unserved('an interface has one private address', ['0']),
    SourceDestCheck: unserved('the source of what an instance sends is always checked', ['true']),
  }),
}

type Making = Input<typeof making>
const groupsOf = (entry: {
  readonly SecurityGroupId?: string | undefined
  readonly SecurityGroupIds?: readonly string[] | undefined
}): readonly string[] | undefined => entry.SecurityGroupIds ?? (entry.SecurityGroupId === undefined ? undefined : [entry.SecurityGroupId])

function requestOf(input: Making): RunInstances {
  return {
    image: input.ImageId,
    imageFamily: input.ImageFamily,
    type: input.InstanceType ?? '',
    vswitch: input.VSwitchId ?? '',
    zone: input.ZoneId,
    securityGroups: groupsOf(input),
    address: input.PrivateIpAddress,
    address6: ipv6WishOf(input),
    hostName: input.HostName,
    userData: input.UserData,
    systemDisk: input.SystemDisk && {
      category: input.SystemDisk.Category,
      sizeGb: input.SystemDisk.Size,
      name: input.SystemDisk.DiskName,
      description: input.SystemDisk.Description,
      performanceLevel: input.SystemDisk.PerformanceLevel,
    },
    deletionProtection: input.DeletionProtection,
    name: input.InstanceName,
    description: input.Description,
    resourceGroup: input.ResourceGroupId,
    tags: input.Tag,
  }
}

/** What has to be there, what excludes each other, and what is named and does not exist; undefined: nothing is wrong. */
function faultOf(input: Making) {
  if (input.ImageId !== undefined && input.ImageFamily !== undefined) {
    return apiFault('InvalidParameter.Conflict', { one: 'ImageId', other: 'ImageFamily' })
  }
  if ((input.ImageId ?? input.ImageFamily) === undefined) return missing('ImageId')
  if (input.InstanceType === undefined) return missing('InstanceType')
  return input.RamRoleName === undefined ? undefined : apiFault('InvalidRamRole.NotFound', { name: input.RamRoleName })
}

async function run(input: Input<typeof running>, { service, caller }: ActionContext) {
  const fault = faultOf(input)
  if (fault) return fail(fault)
  const entries = input.NetworkInterface ?? []
  const [primary, ...tooMany] = entries.filter((entry) => entry.InstanceType === 'Primary')
  if (tooMany.length > 0) return unsupported('NetworkInterface', 'an instance has one primary network interface')
  if (primary && (input.VSwitchId ?? input.PrivateIpAddress ?? input.SecurityGroupId ?? input.SecurityGroupIds?.[0]) !== undefined) {
    return unsupported('NetworkInterface', 'with a Primary entry, VSwitchId, PrivateIpAddress and security groups belong into it')
  }
  const request = {
    ...requestOf(input),
    securityGroups: groupsOf(primary ?? input),
    vswitch: primary?.VSwitchId ?? input.VSwitchId ?? '',
    address: primary?.PrimaryIpAddress ?? input.PrivateIpAddress,
    address6: (primary && ipv6WishOf(primary)) ?? ipv6WishOf(input),
    amount: input.Amount,
    hostNames: input.HostNames,
    uniqueSuffix: input.UniqueSuffix,
    interfaces: entries
      .filter((entry) => entry !== primary)
      .map((entry) => ({
        vswitch: entry.VSwitchId ?? '',
        address: entry.PrimaryIpAddress,
        address6: ipv6WishOf(entry),
        securityGroups: groupsOf(entry),
        name: entry.NetworkInterfaceName,
        description: entry.Description,
        deleteOnRelease: entry.DeleteOnRelease,
      })),
  }
  if ((input.MinAmount ?? 1) > (input.Amount ?? 1)) {
    return fail(apiFault('InvalidParameter', { name: 'MinAmount', reason: 'it is at most Amount' }))
  }
  if (request.vswitch === '') return fail(missing('VSwitchId'))
  return answer(service.runInstances(caller, request), ({ instances }) => ({ InstanceIdSets: { InstanceIdSet: instances } }))
}

async function create(input: Making, { service, caller }: ActionContext) {
  const fault = faultOf(input) ?? (input.VSwitchId === undefined ? missing('VSwitchId') : undefined)
  if (fault) return fail(fault)
  const request = { ...requestOf(input), amount: 1, start: false }
  return answer(service.runInstances(caller, request), ({ instances }) => ({ InstanceId: instances[0] ?? '' }))
}

const errors = [
  'InvalidImageId.NotFound',
  'InvalidInstanceType.ValueNotSupported',
  'InvalidVSwitchId.NotFound',
  'InvalidVSwitch.Ipv6NotTurnOn',
  'InvalidSecurityGroupId.NotFound',
  'InvalidPrivateIpAddress',
  'InvalidPrivateIpAddress.Malformed',
  'InvalidPrivateIpAddress.Duplicated',
  'QuotaExceeded.PrivateIpAddress',
  'IncorrectVSwitchStatus',
  'InvalidParameter.Mismatch',
  'InvalidParameter.Conflict',
  'OperationDenied.InconsistentNetwork',
  'InvalidInstanceName.Malformed',
  'InvalidHostName.Malformed',
  'InvalidUserData.SizeExceeded',
  'InvalidUserData.Base64FormatInvalid',
  'InvalidSystemDiskSize.ValueNotSupported',
  'InvalidSystemDiskSize.LessThanImageSize',
  'InvalidDiskName.Malformed',
  'InvalidDiskDescription.Malformed',
  'InvalidRamRole.NotFound',
  'QuotaExceed.AfterpayInstance',
  'QuotaExceed.Eni',
  'InvalidOperation.EniCountExceeded',
  'InvalidOperation.VpcMismatch',
  'InvalidOperation.AvailabilityZoneMismatch',
  'DryRunOperation',
] as const

export const launchActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'RunInstances',
    level: 'write',
    doc: 'Creates instances and starts them.',
    parameters: running,
    errors,
    run,
  }),
  action({
    product: 'ecs',
    name: 'CreateInstance',
    level: 'write',
    doc: 'Creates one instance and leaves it stopped.',
    parameters: creating,
    errors,
    run: create,
  }),
]
