// The parts of the API's answers that the console shows; names are the API's own.

export type Paged = { readonly TotalCount: number; readonly PageNumber: number; readonly PageSize: number }

export type IpVersion = 'IPV4' | 'IPV6'

export type Havip = {
  readonly HaVipId: string
  readonly IpAddress: string
  readonly IpVersion: IpVersion
  readonly Name: string
  readonly Description: string
  readonly Status: string
  readonly VpcId: string
  readonly VSwitchId: string
  readonly CreateTime: string
  readonly MasterInstanceId: string
  readonly AssociatedInstances: { readonly associatedInstance: readonly string[] }
  readonly AssociatedEipAddresses: { readonly associatedEipAddresse: readonly string[] }
}
export type HavipPage = Paged & { readonly HaVips: { readonly HaVip: readonly Havip[] } }

export type Owner = { readonly Source: string; readonly InstanceId: string; readonly SinceMs?: number; readonly LastSeenMs?: number }
export type HavipOwners = {
  readonly HaVipId: string
  readonly IpAddress: string
  readonly Status: string
  readonly Problem: string
  readonly AssociatedInstances: readonly string[]
  readonly Owners: readonly Owner[]
}
export type OwnerPage = Paged & { readonly HaVips: readonly HavipOwners[] }

export type PortDrops = {
  readonly InstanceId: string
  readonly NetworkInterfaceId: string
  readonly Reported: boolean
  readonly SpoofedMac: number
  readonly SpoofedIpv4: number
  readonly SpoofedArp: number
  readonly SpoofedIpv6: number
  readonly SpoofedNd: number
  readonly UnboundHaVip: number
  readonly Ipv6: number
}
export type DropPage = Paged & { readonly Ports: readonly PortDrops[] }

export type Vpc = {
  readonly VpcId: string
  readonly VpcName: string
  readonly CidrBlock: string
  /** Empty: no IPv6. */
  readonly Ipv6CidrBlock: string
  readonly Status: string
  readonly CreationTime: string
  readonly VRouterId: string
  readonly VSwitchIds: { readonly VSwitchId: readonly string[] }
}
export type VpcPage = Paged & { readonly Vpcs: { readonly Vpc: readonly Vpc[] } }

export type VSwitch = {
  readonly VSwitchId: string
  readonly VSwitchName: string
  readonly VpcId: string
  readonly ZoneId: string
  readonly CidrBlock: string
  /** Empty: no IPv6. */
  readonly Ipv6CidrBlock: string
  readonly Status: string
  readonly AvailableIpAddressCount: number
  readonly CreationTime: string
}
export type VSwitchPage = Paged & { readonly VSwitches: { readonly VSwitch: readonly VSwitch[] } }

export type Eip = {
  readonly AllocationId: string
  readonly IpAddress: string
  readonly Name: string
  readonly Status: string
  readonly Bandwidth: string
  readonly InternetChargeType: string
  readonly AllocationTime: string
  readonly InstanceId: string
  readonly InstanceType: string
  readonly PrivateIpAddress: string
}
export type EipPage = Paged & { readonly EipAddresses: { readonly EipAddress: readonly Eip[] } }

export type Instance = {
  readonly InstanceId: string
  readonly InstanceName: string
  readonly HostName: string
  readonly Status: string
  readonly ZoneId: string
  readonly ImageId: string
  readonly InstanceType: string
  readonly Cpu: number
  readonly Memory: number
  readonly OSName: string
  readonly CreationTime: string
  readonly StartTime: string
  readonly DeletionProtection: boolean
  readonly VpcAttributes: {
    readonly VpcId: string
    readonly VSwitchId: string
    readonly PrivateIpAddress: { readonly IpAddress: readonly string[] }
  }
  readonly EipAddress: { readonly AllocationId: string; readonly IpAddress: string }
  readonly NetworkInterfaces: {
    readonly NetworkInterface: readonly {
      readonly NetworkInterfaceId: string
      readonly MacAddress: string
      readonly Ipv6Sets: Ipv6Sets
    }[]
  }
}
export type InstancePage = Paged & { readonly Instances: { readonly Instance: readonly Instance[] } }

type Ipv6Sets = { readonly Ipv6Set: readonly { readonly Ipv6Address: string }[] }
export type NetworkInterface = {
  readonly NetworkInterfaceId: string
  readonly InstanceId: string
  readonly PrivateIpAddress: string
  readonly Ipv6Sets: Ipv6Sets
}
export type NetworkInterfacePage = Paged & {
  readonly NetworkInterfaceSets: { readonly NetworkInterfaceSet: readonly NetworkInterface[] }
}

export type Zone = { readonly ZoneId: string; readonly LocalName: string }
export type Region = { readonly RegionId: string; readonly LocalName: string }

export type Quota = {
  readonly ProductCode: string
  readonly QuotaActionCode: string
  readonly QuotaName: string
  readonly QuotaDescription: string
  readonly QuotaCategory: string
  readonly TotalQuota: number
  readonly TotalUsage: number
  readonly Adjustable: boolean
}
export type QuotaApplication = {
  readonly ApplicationId: string
  readonly QuotaActionCode: string
  readonly QuotaName: string
  readonly DesireValue: number
  readonly Status: 'Process' | 'Agree' | 'Disagree'
  readonly Reason: string
  readonly AuditReason: string
  readonly ApplyTime: string
  readonly AccountId?: string
}

export type AuditEvent = {
  readonly Sequence: number
  readonly Time: string
  readonly AccountId: string
  readonly Principal: string
  readonly SourceAddress: string
  readonly RequestId: string
  readonly Action: string
  readonly Resources: string | readonly string[]
  readonly Outcome: string
  readonly Message: string
  readonly Input: unknown
}

export const faults = ['stop-instance', 'power-loss', 'stop-daemon', 'kill-daemon', 'cut-link', 'fail-script', 'switchover'] as const
export type Fault = (typeof faults)[number]
/** `By`: what the page that answered calls itself. */
export type Sample = { readonly AtMs: number; readonly By: string; readonly Outcome: 'answered' | 'timed-out' | 'refused' | 'broken' }
export type HavipTest = {
  readonly TestId: string
  readonly HaVipId: string
  readonly Fault: Fault
  readonly Status: 'Running' | 'Finished' | 'Failed'
  readonly StartedAt: string
  readonly FinishedAt: string
  readonly Samples: readonly Sample[]
  /** Null: not known, or not yet. */
  readonly OutageMs: number | null
  readonly Lost: number
  readonly Reason: string
  readonly Before: string
  readonly After: string
  /** What went wrong with the test itself. */
  readonly Error?: string
}

/** A one-click set-up. */
export type Cluster = {
  readonly ClusterId: string
  readonly Name: string
  readonly Status: 'Creating' | 'Active' | 'Undoing' | 'Failed' | 'Deleting'
  readonly HaVipId: string
  readonly IpAddress: string
  readonly EipAddress: string
  /** 0: without a public address. */
  readonly Bandwidth: number
  readonly VirtualRouterId: number
  /** How many steps are done, or may be. */
  readonly Step: number
  readonly Problem: string
  readonly CreatedAt: string
}
export type ClusterPage = Paged & { readonly Clusters: readonly Cluster[] }

/** What the daemon of an instance says of itself (`havip status`), as far as it is shown. */
export type DaemonInstance = {
  readonly name: string
  readonly state: string
  readonly sinceMs: number
  readonly vrid: number
  readonly interface?: string
  readonly priority: { readonly base: number; readonly effective: number }
  readonly preempt: boolean
  readonly advertIntervalMs: number
  /** Who was heard last as master, itself included. */
  readonly master?: { readonly address: string; readonly lastHeardMs: number; readonly isUs: boolean }
  readonly consistent: boolean
  readonly faults: readonly string[]
  readonly addresses: readonly { readonly address: string; readonly present: boolean }[]
  readonly trackers: readonly {
    readonly kind: string
    readonly name: string
    /** `value`: of a file; `detail`: what a script that failed ended with. */
    readonly condition: { readonly kind: string; readonly value?: number; readonly detail?: string }
  }[]
  readonly counters: Readonly<Record<string, number>>
  readonly transitions: readonly {
    readonly from: string
    readonly to: string
    readonly at: string
    readonly agoMs: number
    readonly sentence: string
  }[]
}
export type DaemonStatus = {
  readonly daemon: { readonly pid: number; readonly release: string; readonly runningForMs: number; readonly configFile: string }
  readonly instances: readonly DaemonInstance[]
}
/** `Problem`: why there is no status. */
export type DaemonAnswer = { readonly Status: DaemonStatus | null; readonly AgeMs: number; readonly Problem?: string }

/** `Entries`: as the daemon writes them; `Problem`: why there are none. */
export type RecordingAnswer = { readonly Node: string; readonly Entries: readonly unknown[]; readonly Problem: string }

export type InvocationResult = {
  readonly InvocationStatus: string
  readonly ExitCode: number
  readonly Output: string
  readonly ErrorCode: string
  readonly ErrorInfo: string
}
