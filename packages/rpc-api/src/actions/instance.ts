// Instances: listed, started, stopped, changed, deleted.
import { type Action, action } from '../action.ts'
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
} from '../answer.ts'
import { createdBetween, creationFilter } from '../creation-filter.ts'
import { flag, inert, inertTree, integer, jsonList, required, tags, text, texts, unserved, unservedTree } from '../parameter.ts'
import { instanceAlone, instanceInList } from './instance-view.ts'

const instanceId = required(text('The instance.', 64))

/** How an instance ends that is deleted while it runs. */
const ending = {
  ForceStop: unserved('what is deleted while it runs is not shut down first', ['true']),
  TerminateSubscription: inert('everything is paid as it goes'),
}
const powerErrors = ['InvalidInstanceId.NotFound', 'IncorrectInstanceStatus'] as const
const deleteErrors = [...powerErrors, 'IncorrectInstanceStatus.Initializing', 'InvalidOperation.DeletionProtection'] as const

export const instanceActions: readonly Action[] = [
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
      Ipv6Address: texts('Addresses of IPv6.', 100),
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
      HttpEndpoint: text('Of the metadata server: disabled is what it is here.', 64),
      HttpTokens: text('Of the metadata server: optional is what it is here.', 64),
      HttpPutResponseHopLimit: integer('Of the metadata server: 0 here.', 0, 64),
      NeedSaleCycle: inert('nothing is sold'),
      AdditionalAttributes: inertTree('every attribute is always told'),
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
        (input.KeyPairName ?? input.LockReason ?? input.HpcClusterId) !== undefined ||
        (input.HttpEndpoint ?? 'disabled') !== 'disabled' ||
        (input.HttpTokens ?? 'optional') !== 'optional' ||
        (input.HttpPutResponseHopLimit ?? 0) !== 0
      const found = matchesNothing
        ? Promise.resolve(emptyPage)
        : service.describeInstances(caller, {
            ids: input.InstanceIds,
            vpc: input.VpcId,
            vswitch: input.VSwitchId,
            zone: input.ZoneId,
            securityGroup: input.SecurityGroupId,
            addresses: input.PrivateIpAddresses,
            addresses6: input.Ipv6Address,
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
    parameters: {
      ...inRegion,
      InstanceId: texts('Up to 100 instances.', 100),
      ZoneId: text('The zone.', 64),
      ClusterId: unserved('there are no clusters of instances'),
      ...pageParameters(50),
    },
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
    parameters: { ...anyRegion, InstanceId: instanceId, InitLocalDisk: inert('instances have no local disks'), ...dryRun },
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
      StoppedMode: inert('nothing is charged'),
      ConfirmStop: inert('a call is confirmation enough'),
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
      Password: inert('nobody signs in to an instance by password'),
      CpuOptions: unservedTree('the instance type says what processors there are'),
      CreditSpecification: unserved('processors are not credited'),
      EnableJumboFrame: unserved('network interfaces are the data plane’s own', ['false']),
      EnableNetworkEncryption: unserved('network interfaces are the data plane’s own', ['false']),
      NetworkInterfaceQueueNumber: unserved('network interfaces are the data plane’s own'),
      PrivateDnsNameOptions: unservedTree('instances have no names in DNS'),
      Recyclable: unserved('there is no recycle bin', ['false']),
      RemoteConnectionOptions: unservedTree('use CreateShellSession'),
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
    parameters: { ...anyRegion, InstanceId: instanceId, Force: flag('Also while it runs.'), ...ending, ...dryRun },
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
      ...ending,
      ...clientToken,
      ...dryRun,
    },
    errors: deleteErrors,
    run: (input, { service, caller }) => done(service.deleteInstances(caller, { instances: input.InstanceId, force: input.Force })),
  }),
]
