// Instances: made, listed, started, stopped, deleted.
import { apiFault } from '@havip/vpc'
import type { RunInstances } from '@havip/vpc-service'
import { type Action, type ActionContext, action } from '../action.ts'
import {
  answer,
  anyRegion,
  clientToken,
  done,
  dryRun,
  eitherPageNumbers,
  eitherPageOf,
  emptyPage,
  inRegion,
  pageNumbers,
  pageOf,
  pageParameters,
  resourceGroup,
  tokenParameters,
  unsupported,
} from '../answer.ts'
import { createdBetween, creationFilter } from '../creation-filter.ts'
import { missing } from '../fault.ts'
import { choice, flag, type Input, integer, jsonList, objects, required, tags, text, texts, unserved } from '../parameter.ts'
import { instanceAlone, instanceInList } from './instance-view.ts'
import { ipv6Wishes, ipv6WishOf } from './network-interface.ts'

const instanceId = required(text('The instance.', 64))

/** What RunInstances and CreateInstance have in common. */
const making = {
  ...inRegion,
  ImageId: required(text('The image.', 128)),
  InstanceType: required(text('The instance type.', 64)),
  VSwitchId: text('The vSwitch; it fixes VPC and zone.', 64),
  ZoneId: text('Must match the vSwitch.', 64),
  SecurityGroupId: text('Security group.', 64),
  InstanceName: text('2 to 128 characters; the id when left out. name-[1,3]x numbers the instances.'),
  HostName: text('Host name inside.', 256),
  Description: text('2 to 256 characters.'),
  UserData: text('A script for the first boot, in Base64, up to 32 KB.', 65_536),
  PrivateIpAddress: text('Its address; with several instances the first of consecutive ones.', 64),
  ...ipv6Wishes,
  DeletionProtection: flag('Refuse to delete it.'),
  InstanceChargeType: unserved('everything is paid as it goes', ['PostPaid']),
  Password: text('Ignored: nobody signs in to an instance by password; use CreateShellSession or RunCommand.', 256),
  KeyPairName: text('Ignored: there are no key pairs; put the key into UserData.', 128),
  ...resourceGroup,
  ...clientToken,
  ...dryRun,
  Tag: tags(),
}
const running = {
  ...making,
  SecurityGroupIds: texts('Security groups.', 16),
  Amount: integer('How many.', 1, 100),
  MinAmount: integer('All or none are made, so any number up to Amount is met.', 1, 100),
  UniqueSuffix: flag('001, 002, … behind InstanceName and HostName.'),
  LaunchTemplateId: unserved('there are no launch templates'),
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
  }),
}

type Making = Input<typeof making>
function requestOf(input: Making, groups: readonly string[] | undefined): RunInstances {
  return {
    image: input.ImageId,
    type: input.InstanceType,
    vswitch: input.VSwitchId ?? '',
    zone: input.ZoneId,
    securityGroups: groups ?? (input.SecurityGroupId === undefined ? undefined : [input.SecurityGroupId]),
    address: input.PrivateIpAddress,
    address6: ipv6WishOf(input),
    hostName: input.HostName,
    userData: input.UserData,
    deletionProtection: input.DeletionProtection,
    name: input.InstanceName,
    description: input.Description,
    resourceGroup: input.ResourceGroupId,
    tags: input.Tag,
  }
}

const groupsOf = (entry: {
  readonly SecurityGroupId?: string | undefined
  readonly SecurityGroupIds?: readonly string[] | undefined
}): readonly string[] | undefined => entry.SecurityGroupIds ?? (entry.SecurityGroupId === undefined ? undefined : [entry.SecurityGroupId])

async function run(input: Input<typeof running>, { service, caller }: ActionContext) {
  const entries = input.NetworkInterface ?? []
  const [primary, ...tooMany] = entries.filter((entry) => entry.InstanceType === 'Primary')
  if (tooMany.length > 0) return unsupported('NetworkInterface', 'an instance has one primary network interface')
  if (primary && (input.VSwitchId ?? input.PrivateIpAddress ?? input.SecurityGroupId ?? input.SecurityGroupIds?.[0]) !== undefined) {
    return unsupported('NetworkInterface', 'with a Primary entry, VSwitchId, PrivateIpAddress and security groups belong into it')
  }
  const groups = input.SecurityGroupIds ?? (primary && groupsOf(primary))
  const request = {
    ...requestOf(input, groups),
    vswitch: primary?.VSwitchId ?? input.VSwitchId ?? '',
    address: primary?.PrimaryIpAddress ?? input.PrivateIpAddress,
    address6: (primary && ipv6WishOf(primary)) ?? ipv6WishOf(input),
    amount: input.Amount,
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
    return { ok: false, fault: apiFault('InvalidParameter', { name: 'MinAmount', reason: 'it is at most Amount' }) } as const
  }
  if (request.vswitch === '') return { ok: false, fault: missing('VSwitchId') } as const
  return answer(service.runInstances(caller, request), ({ instances }) => ({ InstanceIdSets: { InstanceIdSet: instances } }))
}

const runErrors = [
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
  'OperationDenied.InconsistentNetwork',
  'InvalidInstanceName.Malformed',
  'InvalidHostName.Malformed',
  'InvalidUserData.SizeExceeded',
  'InvalidUserData.Base64FormatInvalid',
  'QuotaExceed.AfterpayInstance',
  'QuotaExceed.Eni',
  'InvalidOperation.EniCountExceeded',
  'InvalidOperation.VpcMismatch',
  'InvalidOperation.AvailabilityZoneMismatch',
  'DryRunOperation',
] as const

const powerErrors = ['InvalidInstanceId.NotFound', 'IncorrectInstanceStatus'] as const
const deleteErrors = [...powerErrors, 'IncorrectInstanceStatus.Initializing', 'InvalidOperation.DeletionProtection'] as const

export const instanceActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'RunInstances',
    level: 'write',
    doc: 'Creates instances and starts them.',
    parameters: running,
    errors: runErrors,
    run,
  }),
  action({
    product: 'ecs',
    name: 'CreateInstance',
    level: 'write',
    doc: 'Creates one instance and leaves it stopped.',
    parameters: making,
    errors: runErrors,
    run: async (input, { service, caller }) =>
      input.VSwitchId === undefined
        ? { ok: false, fault: missing('VSwitchId') }
        : answer(service.runInstances(caller, { ...requestOf(input, undefined), amount: 1, start: false }), ({ instances }) => ({
            InstanceId: instances[0] ?? '',
          })),
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstances',
    level: 'read',
    doc: 'Lists instances with all their attributes.',
    parameters: {
      ...inRegion,
      InstanceIds: jsonList('Up to 100 instances, as JSON text.'),
      VpcId: text('The VPC.', 64),
      VSwitchId: text('The vSwitch.', 64),
      ZoneId: text('The zone.', 64),
      InstanceNetworkType: text('vpc.', 64),
      SecurityGroupId: text('Security group.', 64),
      PrivateIpAddresses: jsonList('Private addresses, as JSON text.'),
      EipAddresses: jsonList('Elastic addresses, as JSON text.'),
      PublicIpAddresses: jsonList('Fixed public addresses, as JSON text; no instance has one here.'),
      InnerIpAddresses: jsonList('Addresses of the classic network, as JSON text; no instance has one here.'),
      RdmaIpAddresses: text('RDMA addresses; no instance has one here.', 4096),
      InstanceChargeType: text('PostPaid.', 64),
      InternetChargeType: text('Of the EIP that is bound to it: PayByBandwidth or PayByTraffic.', 64),
      InstanceName: text('Name; * stands for any text.'),
      ImageId: text('Image.', 128),
      Status: text('Pending, Running, Starting, Stopping or Stopped.', 64),
      InstanceType: text('Instance type.', 64),
      KeyPairName: text('Key pair; no instance has one here.', 128),
      LockReason: text('Only locked ones; none ever is here.', 64),
      HpcClusterId: text('HPC cluster; there is none here.', 64),
      IoOptimized: flag('Whether they are I/O-optimized; all here are.'),
      DeviceAvailable: flag('Whether they are available; all here are.'),
      AdditionalAttributes: texts('Ignored: every attribute is always told.', 100),
      Filter: creationFilter,
      InstanceTypeFamily: text('Family of the type, such as ecs.g7.', 64),
      Tag: tags('Tags that the resource must carry.'),
      ...resourceGroup,
      ...dryRun,
      ...pageParameters(100),
      ...tokenParameters(10, 100),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const created = createdBetween(input.Filter)
      if (!created.ok) return Promise.resolve(created)
      const paging = eitherPageOf(input)
      const matchesNothing =
        (input.InstanceNetworkType ?? 'vpc') !== 'vpc' ||
        (input.InstanceChargeType ?? 'PostPaid') !== 'PostPaid' ||
        [input.IoOptimized, input.DeviceAvailable].includes(false) ||
        (input.PublicIpAddresses ?? input.InnerIpAddresses ?? input.RdmaIpAddresses) !== undefined ||
        (input.KeyPairName ?? input.LockReason ?? input.HpcClusterId) !== undefined
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeInstances(caller, {
            ids: input.InstanceIds,
            vpc: input.VpcId,
            vswitch: input.VSwitchId,
            zone: input.ZoneId,
            securityGroup: input.SecurityGroupId,
            addresses: input.PrivateIpAddresses,
            eipAddresses: input.EipAddresses,
            internetChargeType: input.InternetChargeType,
            name: input.InstanceName,
            image: input.ImageId,
            type: input.InstanceType,
            family: input.InstanceTypeFamily,
            created: created.value,
            status: input.Status,
            tags: input.Tag,
            resourceGroup: input.ResourceGroupId,
            paging,
          })
      return answer(found, (page) => ({ ...eitherPageNumbers(page, paging), Instances: { Instance: page.items.map(instanceInList) } }))
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceStatus',
    level: 'read',
    doc: 'Lists instances with nothing but their status.',
    parameters: { ...inRegion, InstanceId: texts('Up to 100 instances.', 100), ZoneId: text('The zone.', 64), ...pageParameters(50) },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.describeInstances(caller, { ids: input.InstanceId, zone: input.ZoneId, paging }), (page) => ({
        ...pageNumbers(page, paging),
        InstanceStatuses: { InstanceStatus: page.items.map((instance) => ({ InstanceId: instance.id, Status: instance.status })) },
      }))
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceAttribute',
    level: 'read',
    doc: 'Describes one instance.',
    parameters: { ...anyRegion, InstanceId: instanceId },
    errors: ['InvalidInstanceId.NotFound'],
    run: (input, { service, caller }) => answer(service.getInstance(caller, { instance: input.InstanceId }), instanceAlone),
  }),
  action({
    product: 'ecs',
    name: 'StartInstance',
    level: 'write',
    doc: 'Starts a stopped instance.',
    parameters: { ...anyRegion, InstanceId: instanceId, ...dryRun },
    errors: powerErrors,
    run: (input, { service, caller }) => done(service.startInstance(caller, { instance: input.InstanceId })),
  }),
  action({
    product: 'ecs',
    name: 'StopInstance',
    level: 'write',
    doc: 'Stops a running instance; with ForceStop as when the power fails.',
    parameters: {
      ...anyRegion,
      InstanceId: instanceId,
      ForceStop: flag('At once, without a shutdown.'),
      StoppedMode: choice('Ignored: nothing is charged.', ['KeepCharging', 'StopCharging', 'Not-applicable']),
      ConfirmStop: flag('Ignored.'),
      Hibernate: unserved('instances cannot hibernate', ['false']),
      ...dryRun,
    },
    errors: powerErrors,
    run: (input, { service, caller }) => done(service.stopInstance(caller, { instance: input.InstanceId, force: input.ForceStop })),
  }),
  action({
    product: 'ecs',
    name: 'RebootInstance',
    level: 'write',
    doc: 'Restarts a running instance.',
    parameters: { ...anyRegion, InstanceId: instanceId, ForceStop: flag('Without a shutdown.'), ...dryRun },
    errors: powerErrors,
    run: (input, { service, caller }) => done(service.rebootInstance(caller, { instance: input.InstanceId, force: input.ForceStop })),
  }),
  action({
    product: 'ecs',
    name: 'ModifyInstanceAttribute',
    level: 'write',
    doc: 'Changes name, description, security groups and deletion protection of an instance.',
    parameters: {
      ...anyRegion,
      InstanceId: instanceId,
      InstanceName: text('2 to 128 characters.'),
      Description: text('2 to 256 characters.'),
      DeletionProtection: flag('Refuse to delete it.'),
      SecurityGroupIds: texts('Security groups, in place of those it is in.', 16),
      HostName: unserved('an instance keeps the host name it was made with'),
      UserData: unserved('the script of the first boot is given when an instance is made'),
      Password: text('Ignored: nobody signs in to an instance by password.', 256),
      ...dryRun,
    },
    errors: [
      'InvalidInstanceId.NotFound',
      'InvalidInstanceName.Malformed',
      'InvalidDescription.Malformed',
      'InvalidSecurityGroupId.NotFound',
      'OperationDenied.InconsistentNetwork',
    ],
    run: (input, { service, caller }) =>
      done(
        service.modifyInstance(caller, {
          instance: input.InstanceId,
          name: input.InstanceName,
          description: input.Description,
          deletionProtection: input.DeletionProtection,
          securityGroups: input.SecurityGroupIds,
        }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DeleteInstance',
    level: 'write',
    doc: 'Deletes an instance and its disk; a running one only with Force.',
    parameters: { ...anyRegion, InstanceId: instanceId, Force: flag('Also while it runs.'), ...dryRun },
    errors: deleteErrors,
    run: (input, { service, caller }) => done(service.deleteInstances(caller, { instances: [input.InstanceId], force: input.Force })),
  }),
  action({
    product: 'ecs',
    name: 'DeleteInstances',
    level: 'write',
    doc: 'Deletes instances, all or none.',
    parameters: {
      ...inRegion,
      InstanceId: required(texts('Up to 100 instances.', 100)),
      Force: flag('Also while they run.'),
      ...clientToken,
      ...dryRun,
    },
    errors: deleteErrors,
    run: (input, { service, caller }) => done(service.deleteInstances(caller, { instances: input.InstanceId, force: input.Force })),
  }),
]
