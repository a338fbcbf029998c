// What clients read beside an instance itself: disk, user data, and things that no instance has here.
import { ok } from '@havip/base'
import type { InstanceView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import {
  answer,
  anyRegion,
  dryRun,
  eitherPageNumbers,
  eitherPageOf,
  emptyPage,
  formatTime,
  inRegion,
  pageNumbers,
  pageOf,
  pageParameters,
  resourceGroup,
  tokenParameters,
} from '../answer.ts'
import { createdBetween, creationFilter } from '../creation-filter.ts'
import { flag, inertTree, jsonList, required, tags, text, texts } from '../parameter.ts'

const diskPrefix = 'd-'
const instancePrefix = 'i-'
/** The instance whose disk that would be; what is no disk's id is nobody's. */
const instanceOfDisk = (disk: string): string => (disk.startsWith(diskPrefix) ? instancePrefix + disk.slice(diskPrefix.length) : disk)

/** The one disk an instance has: its view of the host's files. */
const diskOf = (instance: InstanceView): Body => ({
  DiskId: diskPrefix + instance.id.slice(instancePrefix.length),
  InstanceId: instance.id,
  Type: 'system',
  Category: instance.systemDisk.category,
  Size: instance.systemDisk.sizeGb,
  Status: 'In_use',
  DiskName: instance.systemDisk.name,
  Description: instance.systemDisk.description,
  PerformanceLevel: instance.systemDisk.performanceLevel ?? '',
  Encrypted: false,
  RegionId: instance.region,
  ZoneId: instance.zone,
  Device: '/dev/xvda',
  DeleteWithInstance: true,
  DeleteAutoSnapshot: true,
  EnableAutoSnapshot: false,
  Portable: false,
  MultiAttach: 'Disabled',
  DiskChargeType: 'PostPaid',
  ImageId: instance.image,
  CreationTime: formatTime(instance.createdAt),
  AttachedTime: formatTime(instance.createdAt),
  DetachedTime: '',
  ExpiredTime: '2099-12-31T15:59Z',
  ResourceGroupId: instance.resourceGroup,
  KMSKeyId: '',
  SourceSnapshotId: '',
  AutoSnapshotPolicyId: '',
  OperationLocks: { OperationLock: [] },
  MountInstances: { MountInstance: [] },
  Attachments: { Attachment: [{ InstanceId: instance.id, Device: '/dev/xvda', AttachedTime: formatTime(instance.createdAt) }] },
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

export const instanceReadActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'DescribeDisks',
    level: 'read',
    doc: 'Lists disks: each instance has its system disk.',
    parameters: {
      ...anyRegion,
      InstanceId: text('The instance.', 64),
      DiskIds: jsonList('Up to 100 disks, as JSON text.'),
      DiskType: text('system, data or all.', 64),
      Category: text('Such as cloud_essd.', 64),
      Status: text('In_use is what all are here.', 64),
      ZoneId: text('The zone.', 64),
      Encrypted: flag('Whether they are encrypted; none is here.'),
      Portable: flag('Whether they can be attached elsewhere; none can here.'),
      DiskName: text('Name.'),
      DiskChargeType: text('PostPaid is what all are here.', 64),
      MultiAttach: text('Disabled is what all are here.', 64),
      DeleteWithInstance: flag('Whether they go with their instance; all do here.'),
      DeleteAutoSnapshot: flag('Whether their snapshots go with them; so it is said of all here.'),
      EnableAutoSnapshot: flag('Whether snapshots are made of them; of none here.'),
      EnableAutomatedSnapshotPolicy: flag('The same by a policy; of none here.'),
      EnableShared: flag('Whether instances share them; none here.'),
      AutoSnapshotPolicyId: text('Policy of snapshots; no disk has one here.', 64),
      SnapshotId: text('The snapshot it was made from; no disk here was.', 64),
      KMSKeyId: text('Key it is encrypted with; no disk has one here.', 64),
      LockReason: text('Only locked ones; none ever is here.', 64),
      Filter: creationFilter,
      AdditionalAttributes: inertTree('every attribute is always told'),
      Tag: tags('Tags that the disk must carry; no disk has one here.'),
      ...resourceGroup,
      ...dryRun,
      ...pageParameters(100),
      ...tokenParameters(1, 500),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const created = createdBetween(input.Filter)
      if (!created.ok) return Promise.resolve(created)
      const paging = eitherPageOf(input)
      const isTrueOfNone = [input.EnableAutoSnapshot, input.EnableAutomatedSnapshotPolicy, input.EnableShared].includes(true)
      const matchesNothing =
        isTrueOfNone ||
        [input.DeleteWithInstance, input.DeleteAutoSnapshot].includes(false) ||
        (input.AutoSnapshotPolicyId ?? input.SnapshotId ?? input.KMSKeyId ?? input.LockReason) !== undefined ||
        (input.DiskChargeType ?? 'PostPaid') !== 'PostPaid' ||
        (input.MultiAttach ?? 'Disabled') !== 'Disabled' ||
        !['system', 'all'].includes(input.DiskType ?? 'all') ||
        !['In_use', 'All'].includes(input.Status ?? 'All') ||
        input.Encrypted === true ||
        input.Portable === true ||
        input.Tag !== undefined
      const ofDisks = input.DiskIds?.map(instanceOfDisk)
      const one = input.InstanceId
      const ids = one === undefined ? ofDisks : (ofDisks ?? [one]).filter((id) => id === one)
      const found =
        matchesNothing || ids?.length === 0
          ? Promise.resolve(emptyPage)
          : service.describeInstances(caller, {
              ids,
              zone: input.ZoneId,
              resourceGroup: input.ResourceGroupId,
              created: created.value,
              disk: { category: input.Category === 'all' ? undefined : input.Category, name: input.DiskName },
              paging,
            })
      return answer(found, (page) => ({ ...eitherPageNumbers(page, paging), Disks: { Disk: page.items.map(diskOf) } }))
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
    parameters: {
      ...inRegion,
      InstanceIds: jsonList('Instances, as JSON text.'),
      RamRoleName: text('The role; there is none here.', 64),
      ...pageParameters(50),
    },
    errors: [],
    run: (input) =>
      Promise.resolve(
        ok({ ...pageNumbers(emptyPage.value, pageOf(input)), RegionId: input.RegionId, InstanceRamRoleSets: { InstanceRamRoleSet: [] } }),
      ),
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceMaintenanceAttributes',
    level: 'read',
    doc: 'Lists how instances are maintained: always by recovery.',
    parameters: { ...inRegion, InstanceId: texts('Up to 100 instances.', 100), ...pageParameters(100) },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.describeInstances(caller, { ids: input.InstanceId, paging }), (page) => ({
        ...pageNumbers(page, paging),
        MaintenanceAttributes: { MaintenanceAttribute: page.items.map(({ id }) => maintenanceOf(id)) },
      }))
    },
  }),
  action({
    product: 'ecs',
    name: 'DescribeInstanceAutoRenewAttribute',
    level: 'read',
    doc: 'Lists automatic renewals: everything is paid as it goes, so there are none.',
    parameters: {
      ...inRegion,
      InstanceId: text('Instances, commas between.', 4096),
      RenewalStatus: text('AutoRenewal, Normal or NotRenewal; of no instance here.', 64),
      ...pageParameters(100),
    },
    errors: [],
    run: (input) =>
      Promise.resolve(ok({ ...pageNumbers(emptyPage.value, pageOf(input)), InstanceRenewAttributes: { InstanceRenewAttribute: [] } })),
  }),
]

/** UTF-8 in Base64. */
export function encodeText(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}
