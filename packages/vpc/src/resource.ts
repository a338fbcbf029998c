// The resources of the cloud and their identities, as the API names them.
import type { Branded, Cidr, Cidr6, IpAddress, Ipv4, Ipv6, Mac, WallTime } from '@havip/base'

export type AccountId = Branded<string, 'AccountId'>
export type RegionId = Branded<string, 'RegionId'>
export type ZoneId = Branded<string, 'ZoneId'>
/** `vpc-` and 20 lower-case letters and digits; likewise the others with their own prefix. */
export type VpcId = Branded<string, 'VpcId'>
/** `vsw-…` */
export type VswitchId = Branded<string, 'VswitchId'>
/** `vrt-…` */
export type RouterId = Branded<string, 'RouterId'>
/** `vtb-…` */
export type RouteTableId = Branded<string, 'RouteTableId'>
/** `i-…` */
export type InstanceId = Branded<string, 'InstanceId'>
/** `eni-…` */
export type NetworkInterfaceId = Branded<string, 'NetworkInterfaceId'>
/** `sg-…` */
export type SecurityGroupId = Branded<string, 'SecurityGroupId'>
/** `havip-…` */
export type HavipId = Branded<string, 'HavipId'>
/** `eip-…` */
export type EipId = Branded<string, 'EipId'>

export type Tags = Readonly<Record<string, string>>

/** Why the resource is not yet as intended: what the data plane said last. Cleared as soon as it is. */
export type Problem = { readonly text: string; readonly since: WallTime }

type Common = {
  readonly account: AccountId
  readonly region: RegionId
  readonly createdAt: WallTime
  readonly name: string
  readonly description: string
  readonly resourceGroup: string
  readonly tags: Tags
  /** Undefined: nothing is wrong. */
  readonly problem: Problem | undefined
}

export type Vpc = Common & {
  readonly id: VpcId
  readonly cidr: Cidr
  /** Further ranges, in which vSwitches may be as well. */
  readonly secondary?: readonly Cidr[]
  /** A /56; absent: no IPv6. */
  readonly cidr6?: Cidr6
  /** The one of its region that was made as such. */
  readonly isDefault?: true
  readonly router: RouterId
  readonly routeTable: RouteTableId
  /** Of the route table, which is a part of its VPC and tagged by itself. */
  readonly routeTableTags?: Tags
  readonly status: 'Pending' | 'Available' | 'Deleting'
}

export type Vswitch = Common & {
  readonly id: VswitchId
  readonly vpc: VpcId
  readonly zone: ZoneId
  readonly cidr: Cidr
  /** A /64 of its VPC's; absent: no IPv6. */
  readonly cidr6?: Cidr6
  /** The one of its zone in the default VPC. */
  readonly isDefault?: true
  readonly status: 'Pending' | 'Available' | 'Deleting'
}

export const diskCategories = ['cloud_essd', 'cloud_efficiency', 'cloud_ssd', 'cloud_auto', 'cloud_essd_entry', 'cloud'] as const
export type DiskCategory = (typeof diskCategories)[number]
export const performanceLevels = ['PL0', 'PL1', 'PL2', 'PL3'] as const
export type PerformanceLevel = (typeof performanceLevels)[number]

/** What an instance's system disk was asked to be, told again. Behind it are the host's files: nothing makes it as fast or as full. */
export type SystemDisk = {
  readonly category: DiskCategory
  readonly sizeGb: number
  /** Empty: none. */
  readonly name: string
  readonly description: string
  /** Of an ESSD. */
  readonly performanceLevel?: PerformanceLevel
}

export type InstanceStatus = 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped'

export type Instance = Common & {
  readonly id: InstanceId
  readonly vpc: VpcId
  readonly vswitch: VswitchId
  readonly zone: ZoneId
  readonly hostName: string
  readonly image: string
  readonly type: string
  readonly networkInterface: NetworkInterfaceId
  readonly mac: Mac
  readonly address: Ipv4
  readonly address6?: Ipv6
  readonly securityGroups: readonly SecurityGroupId[]
  /** The script itself, decoded; empty: none. */
  readonly userData: string
  readonly systemDisk: SystemDisk
  readonly deletionProtection: boolean
  /** What the caller asked for; the reconciler makes it so. */
  readonly wanted: 'running' | 'stopped' | 'deleted'
  /** Counted up by each RebootInstance: an instance whose boot is older is started again. */
  readonly bootWanted: number
  /** Deleted and stopped by force: no time to shut down. */
  readonly forced: boolean
  readonly status: InstanceStatus
  readonly startedAt: WallTime | undefined
}

/** `Deleting` and `Detaching` end when the data plane has taken the port away. */
export type NetworkInterfaceStatus = 'Available' | 'Attaching' | 'InUse' | 'Detaching' | 'Deleting'

/** A further interface, with a life of its own; the primary one of an instance is a part of its instance. */
export type NetworkInterface = Common & {
  readonly id: NetworkInterfaceId
  readonly vpc: VpcId
  readonly vswitch: VswitchId
  readonly zone: ZoneId
  readonly mac: Mac
  readonly address: Ipv4
  readonly address6?: Ipv6
  readonly securityGroups: readonly SecurityGroupId[]
  readonly status: NetworkInterfaceStatus
  /** Kept until the detaching is done. */
  readonly instance: InstanceId | undefined
  /** Its place in the instance, 1 to 7; 0: in none. */
  readonly device: number
  /** It goes with the instance that it is attached to. */
  readonly deleteOnRelease: boolean
}

export type HavipStatus = 'Creating' | 'Available' | 'Associating' | 'InUse' | 'Unassociating' | 'Deleting'

export type Havip = Common & {
  readonly id: HavipId
  readonly vpc: VpcId
  readonly vswitch: VswitchId
  readonly address: IpAddress
  readonly status: HavipStatus
  /** In the order of binding; also those that are being bound. */
  readonly instances: readonly InstanceId[]
  /** The same for network interfaces; one of the two lists is always empty. */
  readonly interfaces: readonly NetworkInterfaceId[]
}

export type EipStatus = 'Available' | 'Associating' | 'InUse' | 'Unassociating' | 'Releasing'

export type EipTarget =
  | { readonly kind: 'HaVip'; readonly id: HavipId }
  | { readonly kind: 'EcsInstance'; readonly id: InstanceId }
  | { readonly kind: 'NetworkInterface'; readonly id: NetworkInterfaceId }

export type Eip = Common & {
  readonly id: EipId
  readonly address: Ipv4
  /** Mbit/s, 1 to 1000. */
  readonly bandwidth: number
  readonly internetChargeType: 'PayByBandwidth' | 'PayByTraffic'
  readonly deletionProtection: boolean
  readonly status: EipStatus
  /** Kept until the unbinding is done. */
  readonly target: EipTarget | undefined
}

export type SecurityGroup = Common & { readonly id: SecurityGroupId; readonly vpc: VpcId; readonly type: 'normal' | 'enterprise' }

/** `c-…` */
export type CommandId = Branded<string, 'CommandId'>
/** `t-…` */
export type InvocationId = Branded<string, 'InvocationId'>

/** A stored script (Cloud Assistant). */
export type Command = {
  readonly id: CommandId
  readonly account: AccountId
  readonly region: RegionId
  readonly createdAt: WallTime
  readonly name: string
  readonly description: string
  readonly type: 'RunShellScript'
  /** Decoded. */
  readonly content: string
  readonly directory: string
  readonly timeoutSeconds: number
  readonly hasParameters: boolean
  /** False: it was made by RunCommand without KeepCommand, and is not listed. */
  readonly isKept: boolean
}

export type InvocationStatus = 'Pending' | 'Running' | 'Success' | 'Failed' | 'Error' | 'Timeout'

/** One run of a command on one instance. */
export type InvocationResult = {
  /** Invocation and instance: `t-…/i-…`. */
  readonly id: string
  readonly invocation: InvocationId
  readonly command: CommandId
  readonly account: AccountId
  readonly region: RegionId
  readonly instance: InstanceId
  readonly createdAt: WallTime
  /** After the parameters were put in; what is run. */
  readonly script: string
  readonly user: string
  readonly directory: string
  readonly timeoutSeconds: number
  readonly status: InvocationStatus
  readonly exitCode: number | undefined
  readonly output: string
  /** Bytes of output that were cut off are counted as 1 when their number is not known. */
  readonly dropped: number
  readonly errorCode: string
  readonly errorInfo: string
  readonly startedAt: WallTime | undefined
  readonly finishedAt: WallTime | undefined
}

export type QuotaApplication = {
  readonly id: string
  readonly account: AccountId
  readonly product: string
  readonly action: string
  readonly desired: number
  readonly reason: string
  readonly status: 'Process' | 'Agree' | 'Disagree'
  readonly appliedAt: WallTime
  readonly auditReason: string
  /** What the caller said it is for, such as `regionId`: told again, without an effect. */
  readonly dimensions: Readonly<Record<string, string>>
  /** Whether and how the caller asked to be told: told again, without an effect. */
  readonly noticeType: number
}

/** What an instance may be made from and how large it may be: configuration, not rows. */
export type Image = {
  readonly id: string
  readonly name: string
  readonly osName: string
  readonly family: string
  readonly sizeGb: number
}
export type InstanceType = { readonly id: string; readonly family: string; readonly cpus: number; readonly memoryMb: number }
export type Zone = { readonly id: ZoneId; readonly localName: string }
export type Region = { readonly id: RegionId; readonly localName: string; readonly zones: readonly Zone[] }
