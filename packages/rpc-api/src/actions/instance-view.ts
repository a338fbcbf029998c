// How an instance looks in the answers of ECS.
import type { Eip, NetworkInterface } from '@havip/vpc'
import type { InstanceView } from '@havip/vpc-service'
import type { Body } from '../action.ts'
import { ecsTags, formatMinute } from '../answer.ts'
import { ipv6Sets } from './network-interface.ts'

/** What DescribeInstances and DescribeInstanceAttribute have in common. */
const common = (instance: InstanceView): Body => ({
  InstanceId: instance.id,
  InstanceName: instance.name,
  Description: instance.description,
  HostName: instance.hostName,
  RegionId: instance.region,
  ZoneId: instance.zone,
  Status: instance.status,
  ImageId: instance.image,
  InstanceType: instance.type,
  Cpu: instance.cpus,
  Memory: instance.memoryMb,
  CreationTime: formatMinute(instance.createdAt),
  // The API's own far future for what is paid as it goes.
  ExpiredTime: '2099-12-31T15:59Z',
  InstanceChargeType: 'PostPaid',
  InternetChargeType: instance.eip?.internetChargeType ?? '',
  InternetMaxBandwidthIn: 0,
  InternetMaxBandwidthOut: 0,
  InstanceNetworkType: 'vpc',
  SerialNumber: instance.id.slice(2),
  StoppedMode: instance.status === 'Stopped' ? 'KeepCharging' : 'Not-applicable',
  VlanId: '',
  ClusterId: '',
  CreditSpecification: '',
  VpcAttributes: {
    VpcId: instance.vpc,
    VSwitchId: instance.vswitch,
    PrivateIpAddress: { IpAddress: [instance.address] },
    NatIpAddress: '',
  },
  SecurityGroupIds: { SecurityGroupId: instance.securityGroups },
  InnerIpAddress: { IpAddress: [] },
  PublicIpAddress: { IpAddress: [] },
  OperationLocks: { LockReason: [] },
  DedicatedHostAttribute: { DedicatedHostId: '', DedicatedHostName: '', DedicatedHostClusterId: '' },
})

const eipOf = (eip: Eip | undefined): Body => ({
  AllocationId: eip?.id ?? '',
  IpAddress: eip?.address ?? '',
  InternetChargeType: eip?.internetChargeType ?? '',
  Bandwidth: eip?.bandwidth ?? 0,
})

const interfaceOf = (row: Pick<NetworkInterface, 'id' | 'mac' | 'address' | 'address6'>, type: 'Primary' | 'Secondary'): Body => ({
  NetworkInterfaceId: row.id,
  MacAddress: row.mac,
  PrimaryIpAddress: row.address,
  Type: type,
  PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: row.address, Primary: true }] },
  Ipv6Sets: ipv6Sets(row.address6),
  Ipv4PrefixSets: { Ipv4PrefixSet: [] },
  Ipv6PrefixSets: { Ipv6PrefixSet: [] },
})

export const instanceInList = (instance: InstanceView): Body => ({
  ...common(instance),
  InstanceTypeFamily: instance.type.split('.').slice(0, 2).join('.'),
  OSName: instance.osName,
  OSNameEn: instance.osName,
  OSType: 'linux',
  StartTime: instance.startedAt === undefined ? '' : formatMinute(instance.startedAt),
  AutoReleaseTime: '',
  IoOptimized: true,
  DeletionProtection: instance.deletionProtection,
  Recyclable: false,
  DeviceAvailable: true,
  KeyPairName: '',
  ResourceGroupId: instance.resourceGroup,
  SpotStrategy: 'NoSpot',
  SpotPriceLimit: 0,
  SpotDuration: 0,
  SaleCycle: '',
  GPUAmount: 0,
  GPUSpec: '',
  LocalStorageAmount: 0,
  LocalStorageCapacity: 0,
  HpcClusterId: '',
  DeploymentSetId: '',
  ISP: '',
  RdmaIpAddress: { IpAddress: [] },
  EipAddress: { ...eipOf(instance.eip), IsSupportUnassociate: true },
  NetworkInterfaces: {
    NetworkInterface: [
      interfaceOf({ ...instance, id: instance.networkInterface }, 'Primary'),
      ...instance.interfaces.map((row) => interfaceOf(row, 'Secondary')),
    ],
  },
  Tags: ecsTags(instance.tags),
  DedicatedInstanceAttribute: { Affinity: '', Tenancy: '' },
  EcsCapacityReservationAttr: { CapacityReservationId: '', CapacityReservationPreference: '' },
  HibernationOptions: { Configured: false },
  CpuOptions: { CoreCount: instance.cpus, ThreadsPerCore: 1, Numa: '' },
  MetadataOptions: { HttpEndpoint: 'disabled', HttpTokens: 'optional', HttpPutResponseHopLimit: 0 },
  ImageOptions: { LoginAsNonRoot: false },
  AdditionalInfo: { EnableHighDensityMode: false },
})

export const instanceAlone = (instance: InstanceView): Body => ({
  ...common(instance),
  // A boolean in DescribeInstances, a word here.
  IoOptimized: 'optimized',
  EnableJumboFrame: false,
  EipAddress: eipOf(instance.eip),
})
