// What clients read beside an instance itself: interfaces, disk, user data, and things that no instance has here.
import { ok, type Result } from '@havip/base'
import type { ApiFault, Eip } from '@havip/vpc'
import type { InstanceView, NetworkInterfaceView } from '@havip/vpc-service'
import { type Action, type ActionContext, action, type Body } from '../action.ts'
import {
  answer,
  anyRegion,
  eitherPageNumbers,
  eitherPageOf,
  formatTime,
  inRegion,
  pageParameters,
  resourceGroup,
  tokenParameters,
} from '../answer.ts'
import { flag, jsonList, required, tags, text, texts } from '../parameter.ts'

const publicAddress = (eip: Eip | undefined): Body => (eip ? { PublicIpAddress: eip.address, AllocationId: eip.id } : {})

const interfaceOf = ({ id, instance, mac, address, status, eip }: NetworkInterfaceView): Body => ({
  NetworkInterfaceId: id,
  NetworkInterfaceName: '',
  Description: '',
  Status: status,
  Type: 'Primary',
  VpcId: instance.vpc,
  VSwitchId: instance.vswitch,
  ZoneId: instance.zone,
  MacAddress: mac,
  PrivateIpAddress: address,
  InstanceId: instance.id,
  CreationTime: formatTime(instance.createdAt),
  // A text here, a number elsewhere.
  OwnerId: instance.account,
  ResourceGroupId: instance.resourceGroup,
  ServiceManaged: false,
  ServiceID: 0,
  QueueNumber: 1,
  QueuePairNumber: 0,
  NetworkInterfaceTrafficMode: 'Standard',
  DeleteOnRelease: true,
  SourceDestCheck: true,
  Attachment: { InstanceId: instance.id, DeviceIndex: 0, NetworkCardIndex: 0 },
  AssociatedPublicIp: { PublicIpAddress: eip?.address ?? '', AllocationId: eip?.id ?? '' },
  PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: address, Primary: true, AssociatedPublicIp: publicAddress(eip) }] },
  Ipv6Sets: { Ipv6Set: [] },
  Ipv4PrefixSets: { Ipv4PrefixSet: [] },
  Ipv6PrefixSets: { Ipv6PrefixSet: [] },
  SecurityGroupIds: { SecurityGroupId: instance.securityGroups },
  Tags: { Tag: [] },
})

/** The one disk an instance has: its view of the host's files. */
const diskOf = (instance: InstanceView): Body => ({
  DiskId: `d-${instance.id.slice(2)}`,
  InstanceId: instance.id,
  Type: 'system',
  Category: 'cloud_essd',
  Size: 40,
  Status: 'In_use',
  DiskName: '',
  Description: '',
  PerformanceLevel: 'PL0',
  Encrypted: false,
  RegionId: instance.region,
  ZoneId: instance.zone,
  Device: '/dev/xvda',
  DeleteWithInstance: true,
  Tags: { Tag: [] },
})

const maintenanceOf = (instance: string): Body => ({
  InstanceId: instance,
  MaintenanceWindows: { MaintenanceWindow: [] },
  ActionOnMaintenance: {
    Value: 'AutoRecover',
    DefaultValue: 'AutoRecover',
    SupportedValues: { SupportedValue: ['Stop', 'AutoRecover', 'AutoRedeploy'] },
  },
  NotifyOnMaintenance: false,
})

/** The instances asked for by id; ids that do not exist find nothing. */
async function find(
  ids: readonly string[] | undefined,
  { service, caller }: ActionContext,
): Promise<Result<readonly InstanceView[], ApiFault>> {
  const found = await service.describeInstances(caller, { ids, paging: { kind: 'page', number: 1, size: 100 } })
  return found.ok ? ok(found.value.items) : found
}
const whole = (items: readonly unknown[]): Body => ({ TotalCount: items.length, PageNumber: 1, PageSize: Math.max(10, items.length) })

export const instanceReadActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'DescribeNetworkInterfaces',
    level: 'read',
    doc: 'Lists network interfaces: each instance has one.',
    parameters: {
      ...inRegion,
      NetworkInterfaceId: texts('Network interfaces.', 100),
      InstanceId: text('The instance.', 64),
      VpcId: text('The VPC.', 64),
      VSwitchId: text('The vSwitch.', 64),
      SecurityGroupId: text('Security group.', 64),
      PrimaryIpAddress: text('Primary private address.', 64),
      PrivateIpAddress: texts('Private addresses.', 100),
      Type: text('Primary or Secondary.', 64),
      Status: text('InUse, Available, …', 64),
      ServiceManaged: flag('Only those a service manages; none is here.'),
      ...resourceGroup,
      Tag: tags('Tags that the resource must carry.'),
      ...pageParameters(100),
      ...tokenParameters(10, 500),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = eitherPageOf(input)
      return answer(
        service.describeNetworkInterfaces(caller, {
          ids: input.NetworkInterfaceId,
          instance: input.InstanceId,
          vpc: input.VpcId,
          vswitch: input.VSwitchId,
          securityGroup: input.SecurityGroupId,
          address: input.PrimaryIpAddress ?? input.PrivateIpAddress?.[0],
          type: input.Type,
          status: input.Status,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
          paging,
        }),
        (page) => ({ ...eitherPageNumbers(page, paging), NetworkInterfaceSets: { NetworkInterfaceSet: page.items.map(interfaceOf) } }),
      )
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeDisks',
    level: 'read',
    doc: 'Lists disks: each instance has its system disk.',
    parameters: { ...anyRegion, InstanceId: text('The instance.', 64), DiskType: text('system, data or all.', 64) },
    errors: [],
    run: async (input, context) => {
      if (input.DiskType === 'data') return ok({ ...whole([]), Disks: { Disk: [] } })
      const found = await find(input.InstanceId === undefined ? undefined : [input.InstanceId], context)
      return found.ok ? ok({ ...whole(found.value), Disks: { Disk: found.value.map(diskOf) } }) : found
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeUserData',
    level: 'read',
    doc: 'Gives back the first-boot script of an instance, in Base64.',
    parameters: { ...inRegion, InstanceId: required(text('The instance.', 64)) },
    errors: ['InvalidInstanceId.NotFound'],
    run: (input, { service, caller }) =>
      answer(service.getInstance(caller, { instance: input.InstanceId }), (instance) => ({
        RegionId: instance.region,
        InstanceId: instance.id,
        UserData: encodeText(instance.userData),
      })),
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceRamRole',
    level: 'read',
    doc: 'Lists roles given to instances: none has one here.',
    parameters: { ...inRegion, InstanceIds: jsonList('Instances, as JSON text.') },
    errors: [],
    run: (input) => Promise.resolve(ok({ RegionId: input.RegionId, TotalCount: 0, InstanceRamRoleSets: { InstanceRamRoleSet: [] } })),
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceMaintenanceAttributes',
    level: 'read',
    doc: 'Lists how instances are maintained: always by recovery.',
    parameters: { ...inRegion, InstanceId: texts('Up to 100 instances.', 100) },
    errors: [],
    run: async (input, context) => {
      const found = await find(input.InstanceId, context)
      if (!found.ok) return found
      return ok({ ...whole(found.value), MaintenanceAttributes: { MaintenanceAttribute: found.value.map(({ id }) => maintenanceOf(id)) } })
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceAutoRenewAttribute',
    level: 'read',
    doc: 'Lists automatic renewals: everything is paid as it goes, so there are none.',
    parameters: { ...inRegion, InstanceId: text('Instances, commas between.', 4096) },
    errors: [],
    run: () => Promise.resolve(ok({ ...whole([]), InstanceRenewAttributes: { InstanceRenewAttribute: [] } })),
  }),
]

/** UTF-8 in Base64. */
export function encodeText(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}
