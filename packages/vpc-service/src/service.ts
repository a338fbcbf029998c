// The use cases of the control plane: one function each, in typed resources. Whoever speaks the API's own JSON translates.
import type { Cidr, Family, IpAddress, Ipv4, Ipv6, Result, WallTime } from '@havip/base'
import type {
  AccountId,
  ApiFault,
  BoundClaims,
  Command,
  CommandId,
  Eip,
  EipId,
  Havip,
  HavipCluster,
  HavipClusterId,
  HavipId,
  HavipTest,
  HavipTestId,
  Image,
  Instance,
  InstanceId,
  InstanceType,
  InvocationId,
  InvocationResult,
  Judgement,
  NetworkInterface,
  NetworkInterfaceId,
  PlaneWitness,
  ProbeSample,
  QuotaApplication,
  Region,
  RouterId,
  RouteTableId,
  SecurityGroup,
  SecurityGroupId,
  SystemDiskWish,
  Tags,
  Vpc,
  VpcId,
  Vswitch,
  VswitchId,
  Zone,
  ZoneId,
} from '@havip/vpc'

/** Who calls, and how this one call is to be treated. The caller has proved who it is and may do this; rules are checked here. */
export type Caller = {
  readonly account: AccountId
  /** How it proved who it is. Operators are local: they reach the controller through its own machine. */
  readonly kind: 'access-key' | 'session' | 'operator'
  /** What the audit says in place of `operator`: how an administrator who calls from elsewhere proved who it is. */
  readonly proof?: 'access-key' | 'session'
  /** Access key id, user name. Goes to the audit. */
  readonly name: string
  /** From where: address of the client, or empty. Goes to the audit. */
  readonly from: string
  readonly requestId: string
  /** As given in RegionId. Undefined: the configuration's first region for writes, every region for reads. */
  readonly region?: string | undefined
  readonly clientToken?: string | undefined
  readonly dryRun?: boolean | undefined
}

export type Answer<T> = Promise<Result<T, ApiFault>>

/** Ids and addresses come as the caller wrote them. Undefined and empty text mean: not given. */
type Text = string | undefined
type Texts = readonly string[] | undefined

/** Page style (from 1), or token style; the caller has brought the size into the action's range. */
export type Paging =
  | { readonly kind: 'page'; readonly number: number; readonly size: number }
  | { readonly kind: 'token'; readonly max: number; readonly token: Text }

/** A page past the end is empty and no fault. */
export type Page<T> = {
  readonly items: readonly T[]
  /** Of all pages. */
  readonly total: number
  /** Empty on the last page. */
  readonly nextToken: string
}

type Described = { readonly name?: Text; readonly description?: Text }
type Made = Described & { readonly resourceGroup?: Text; readonly tags?: Tags | undefined }
/** Made then, both ends included. */
export type CreatedBetween = { readonly from: WallTime; readonly to: WallTime }

type Listed = { readonly paging: Paging; readonly tags?: Tags | undefined; readonly resourceGroup?: Text }

/** `ipv6`: on or off; undefined: as `cidr6` says, or as it is. */
export type WantIpv6 = { readonly ipv6?: boolean | undefined }
export type CreateVpc = Made & WantIpv6 & { readonly cidr?: Text; readonly cidr6?: Text }
/** One of the two; `family` alone: IPv6 with a block that is chosen. */
export type VpcBlock = { readonly vpc: string; readonly cidr?: Text; readonly cidr6?: Text; readonly family?: Family | undefined }
export type DescribeVpcs = Listed & { readonly ids?: Texts; readonly name?: Text; readonly isDefault?: boolean | undefined } & WantIpv6
export type VpcView = Vpc & { readonly vswitches: readonly VswitchId[] }
export type RouteTableView = {
  readonly routeTable: RouteTableId
  readonly router: RouterId
  readonly vpc: VpcId
  readonly createdAt: WallTime
  readonly resourceGroup: string
  readonly vswitches: readonly VswitchId[]
  readonly tags: Tags
}

/** `maskBits` may be given in place of `cidr`: the lowest free block of that size. */
export type CreateVswitch = Made & {
  readonly vpc: string
  readonly zone: string
  readonly cidr?: Text
  readonly maskBits?: number | undefined
  /** The block of its VPC, which has to be this one. */
  readonly block6?: Text
  /** Which of the 256 parts of the block of its VPC; left out: no IPv6. */
  readonly part6?: number | undefined
}
export type ModifyVswitch = Described & WantIpv6 & { readonly vswitch: string; readonly block6?: Text; readonly part6?: number | undefined }
export type DescribeVswitches = Listed &
  WantIpv6 & {
    readonly ids?: Texts
    readonly vpc?: Text
    readonly zone?: Text
    readonly name?: Text
    readonly routeTable?: Text
    readonly isDefault?: boolean | undefined
  }
export type VswitchView = Vswitch & { readonly availableAddresses: number; readonly routeTable: RouteTableId }

/** `family`: of an address that is chosen; that of `address` when it is given. */
export type CreateHavip = Made & { readonly vswitch: string; readonly address?: Text; readonly family?: Family | undefined }
/** Values of one key are alternatives; keys are conditions that all hold. */
export type HavipFilter = {
  readonly key: string
  readonly values: readonly string[]
}
export type DescribeHavips = Listed & { readonly filters?: readonly HavipFilter[] }
export type HavipView = Havip & {
  /** Who announces the address now, as the plane sees it (`target`: the instance or interface that is bound); ages in milliseconds, up to now. */
  readonly owner:
    | {
        readonly target: InstanceId | NetworkInterfaceId
        readonly instance: InstanceId
        readonly sinceMs: number
        readonly lastSeenMs: number
      }
    | undefined
  readonly eips: readonly Ipv4[]
}
export type AssociateHavip = { readonly havip: string; readonly instance: string; readonly instanceType?: Text }
export type UnassociateHavip = AssociateHavip & { readonly force?: boolean | undefined }

export type AllocateEip = Made & {
  readonly bandwidth?: number | undefined
  readonly internetChargeType?: Text
  readonly instanceChargeType?: Text
  /** Ask for this address. */
  readonly address?: Text
}
export type DescribeEips = Listed & {
  readonly ids?: Texts
  readonly addresses?: Texts
  readonly name?: Text
  readonly status?: Text
  /** `HaVip`, `EcsInstance`; other types of the API match nothing. */
  readonly instanceType?: Text
  readonly instance?: Text
  readonly chargeType?: Text
  readonly created?: CreatedBetween | undefined
}
export type EipView = Eip & { readonly vpc: VpcId | undefined; readonly privateAddress: Ipv4 | undefined }
export type AssociateEip = {
  readonly eip: string
  readonly instance: string
  readonly instanceType?: Text
  readonly privateAddress?: Text
  readonly instanceRegion?: Text
}
export type UnassociateEip = BoundClaims & { readonly eip: string }
export type ModifyEip = Described & { readonly eip: string; readonly bandwidth?: number | undefined }

export type RunInstances = Made & {
  /** By id, or by `imageFamily`. */
  readonly image?: Text
  readonly imageFamily?: Text
  readonly type: string
  readonly vswitch: string
  readonly zone?: Text
  readonly securityGroups?: Texts
  readonly address?: Text
  /** `auto`: one that is free. With several instances only `auto`. */
  readonly address6?: Text
  readonly hostName?: Text
  /** One for each instance, in order; in place of `hostName`. */
  readonly hostNames?: Texts
  readonly systemDisk?: SystemDiskWish | undefined
  /** Base64, as the API carries it. */
  readonly userData?: Text
  readonly amount?: number | undefined
  /** `001`, `002`, … behind name and host name. */
  readonly uniqueSuffix?: boolean | undefined
  readonly deletionProtection?: boolean | undefined
  /** Further interfaces, made and attached with each instance; `vswitch` empty: the instance's own. */
  readonly interfaces?: readonly CreateNetworkInterface[]
  /** CreateInstance leaves it off. Default: start. */
  readonly start?: boolean | undefined
}
export type DescribeInstances = Listed & {
  readonly ids?: Texts
  readonly vpc?: Text
  readonly vswitch?: Text
  readonly zone?: Text
  readonly securityGroup?: Text
  readonly addresses?: Texts
  /** Of IPv6, of any of its interfaces. */
  readonly addresses6?: Texts
  readonly eipAddresses?: Texts
  /** Of the EIP bound to it. */
  readonly internetChargeType?: Text
  /** `*` stands for any text. */
  readonly name?: Text
  readonly image?: Text
  readonly type?: Text
  /** Of the type. */
  readonly family?: Text
  readonly status?: Text
  readonly created?: CreatedBetween | undefined
  /** Of the system disk. */
  readonly disk?: DiskCondition | undefined
}
/** What is left out counts as any. */
export type DiskCondition = {
  readonly category?: Text
  readonly name?: Text
}
export type InstanceView = Instance & {
  readonly eip: Eip | undefined
  /** Its further interfaces, those that come and go too. */
  readonly interfaces: readonly NetworkInterface[]
  readonly cpus: number
  readonly memoryMb: number
  readonly osName: string
}
export type DescribeNetworkInterfaces = Listed & {
  readonly ids?: Texts
  readonly instance?: Text
  readonly vpc?: Text
  readonly vswitch?: Text
  readonly securityGroup?: Text
  readonly addresses?: Texts
  /** Of IPv6. */
  readonly addresses6?: Texts
  readonly type?: Text
  readonly status?: Text
  readonly name?: Text
}
/** A further interface, or the primary one of an instance, which is made and removed with it. */
export type NetworkInterfaceView = NetworkInterface & { readonly isPrimary: boolean; readonly eip: Eip | undefined }
export type NetworkInterfaceTexts = Described & {
  readonly securityGroups?: Texts
  readonly deleteOnRelease?: boolean | undefined
}
export type CreateNetworkInterface = NetworkInterfaceTexts &
  Made & {
    readonly vswitch: string
    readonly address?: Text
    /** `auto`: one that is free. */
    readonly address6?: Text
  }

export type CreateSecurityGroup = Made & { readonly vpc: string; readonly type?: Text }
export type DescribeSecurityGroups = Listed & { readonly ids?: Texts; readonly vpc?: Text; readonly name?: Text; readonly type?: Text }
export type SecurityGroupView = SecurityGroup & { readonly instances: number }

export type TaggedType = 'HAVIP' | 'EIP' | 'VPC' | 'VSWITCH' | 'INSTANCE' | 'SECURITYGROUP' | 'ENI' | 'ROUTETABLE'
/** `type` in any case. */
export type TagResources = { readonly type: string; readonly ids: readonly string[]; readonly tags: Tags }
export type UntagResources = {
  readonly type: string
  readonly ids: readonly string[]
  readonly keys: readonly string[]
  readonly all: boolean
}
export type ListTags = {
  readonly type: string
  readonly ids?: Texts
  /** An undefined value: any. */
  readonly tags?: readonly { readonly key: string; readonly value: Text }[]
  readonly max: number
  readonly token?: Text
}
export type TagRow = { readonly id: string; readonly type: TaggedType; readonly key: string; readonly value: string }

export type CreateCommand = {
  readonly name?: Text
  readonly description?: Text
  readonly type: string
  readonly content: string
  /** How `content` is written; the caller has put the action's own default in. */
  readonly encoding: 'PlainText' | 'Base64'
  readonly directory?: Text
  readonly timeoutSeconds?: number | undefined
  readonly hasParameters?: boolean | undefined
}
export type InvokeCommand = {
  readonly command: string
  readonly instances: readonly string[]
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly user?: Text
  readonly directory?: Text
  readonly timeoutSeconds?: number | undefined
  readonly repeatMode?: Text
}
export type RunCommand = CreateCommand &
  Omit<InvokeCommand, 'command'> & {
    readonly keep?: boolean | undefined
  }
export type DescribeInvocationResults = {
  readonly paging: Paging
  readonly invocation?: Text
  readonly command?: Text
  readonly instance?: Text
  /** InvokeRecordStatus of a run, InvokeStatus of an invocation. */
  readonly status?: Text
}
export type DescribeInvocations = DescribeInvocationResults & { readonly name?: Text }
export type InvocationView = { readonly invocation: InvocationId; readonly command: Command; readonly results: readonly InvocationResult[] }

export type ProductQuota = {
  readonly product: 'vpc' | 'ecs'
  readonly action: string
  readonly category: 'WhiteListLabel' | 'CommonQuota'
  readonly name: string
  readonly description: string
  readonly total: number
  readonly used: number
  readonly isAdjustable: boolean
}

/** The first instance is the preferred owner. `bandwidth`: of the public address in Mbit/s, 5 when left out; 0: none. */
export type CreateHavipCluster = Described & {
  readonly vswitch: string
  readonly instances: readonly string[]
  readonly address?: Text
  readonly bandwidth?: number | undefined
  /** The preferred owner takes the address back when it returns. */
  readonly preempt?: boolean | undefined
  /** TCP port that each node checks in itself; 0 or left out: none. */
  readonly checkPort?: number | undefined
}

/** `probe`: also ask each address itself, which takes a moment. */
export type DescribeHavipTruth = { readonly ids?: Texts; readonly probe?: boolean | undefined; readonly paging: Paging }
/** One HaVip, by every source that can tell. Ages in milliseconds; undefined: that source has never said anything. */
export type HavipTruth = Judgement & {
  readonly havip: Havip
  readonly plane: {
    readonly witness: PlaneWitness
    readonly ageMs: number | undefined
    readonly sinceMs: number | undefined
    readonly lastSeenMs: number | undefined
    /** Conflicts: two that both held the address took it from each other. */
    readonly conflicts: number
    /** The one that lasts: whose claims are refused, and since when. */
    readonly conflict: { readonly losers: readonly InstanceId[]; readonly sinceMs: number } | undefined
    /** Bound instances that claim the address in vain. */
    readonly claimants: readonly { readonly instance: InstanceId; readonly lastSeenMs: number }[]
  }
  readonly daemons: readonly {
    readonly instance: InstanceId
    /** The daemon's own word; `off`, `not configured`, `unknown`. */
    readonly state: string
    /** Undefined: not known. */
    readonly holds: boolean | undefined
    readonly ageMs: number
    readonly sinceMs: number | undefined
    readonly problem: string
  }[]
  readonly probe: { readonly state: ProbeSample['outcome'] | 'unknown'; readonly by: string; readonly ageMs: number } | undefined
}

/** Whose the plane is, what it has, and what reconciling would take away from it. */
export type PlaneView = {
  readonly installation: string
  /** The installation it obeys; empty: none that is known. */
  readonly master: string
  readonly term: number
  readonly networks: number
  readonly ports: number
  readonly havips: number
  readonly eips: number
  readonly machines: number
  /** Parts of the network, and machines with their disks, that our rows do not speak of. */
  readonly removals: number
  readonly machinesRemoved: number
}

/** One line of the audit: append-only, the newest last. */
export type AuditRecord = {
  /** Counts up over the whole store. */
  readonly sequence: number
  readonly at: WallTime
  readonly account: AccountId
  readonly who: string
  readonly from: string
  readonly requestId: string
  readonly action: string
  /** Ids of what was changed, or was to be; space between. */
  readonly resources: string
  /** `OK`, or the code of the refusal. */
  readonly outcome: string
  readonly message: string
  /** JSON of the parameters; content of scripts left out. */
  readonly input: string
}

/** Every write is acknowledged only when it is on disk, and recorded in the audit with its outcome, refusals too. */
export type VpcService = {
  // Configuration
  describeRegions(): readonly Region[]
  /** Refuses an unknown or missing region. */
  describeZones(caller: Caller): Result<readonly Zone[], ApiFault>
  describeImages(): readonly Image[]
  describeInstanceTypes(): readonly InstanceType[]

  // Quota Center
  createQuotaApplication(
    caller: Caller,
    input: {
      product: string
      action: string
      desired: number
      reason: string
      dimensions?: Readonly<Record<string, string>> | undefined
      noticeType?: number | undefined
    },
  ): Answer<QuotaApplication>
  getQuotaApplication(caller: Caller, input: { application: string }): Answer<QuotaApplication>
  listQuotaApplications(
    caller: Caller,
    input: { product?: Text; action?: Text; status?: Text; keyWord?: Text; paging: Paging; everyAccount?: boolean },
  ): Answer<Page<QuotaApplication>>
  /** Operators only. */
  decideQuotaApplication(caller: Caller, input: { application: string; agree: boolean; auditReason: string }): Answer<QuotaApplication>
  listProductQuotas(caller: Caller, input: { product: string; action?: Text }): Answer<readonly ProductQuota[]>

  // VPC
  createVpc(caller: Caller, input: CreateVpc): Answer<Vpc>
  /** One for each region of an account. */
  createDefaultVpc(caller: Caller, input: WantIpv6 & { cidr6?: Text; resourceGroup?: Text }): Answer<Vpc>
  /** Adds a secondary range, or turns IPv6 on with `cidr6` or without. */
  addVpcBlock(caller: Caller, input: VpcBlock): Answer<void>
  removeVpcBlock(caller: Caller, input: VpcBlock): Answer<void>
  deleteVpc(caller: Caller, input: { vpc: string }): Answer<void>
  modifyVpc(caller: Caller, input: Described & WantIpv6 & { vpc: string; cidr?: Text; cidr6?: Text }): Answer<void>
  describeVpcs(caller: Caller, input: DescribeVpcs): Answer<Page<VpcView>>
  /** DescribeVpcAttribute: an unknown id is a fault here. */
  getVpc(caller: Caller, input: { vpc: string }): Answer<VpcView>
  describeRouteTables(
    caller: Caller,
    input: { vpc?: Text; router?: Text; routeTable?: Text; resourceGroup?: Text; tags?: Tags | undefined; paging: Paging },
  ): Answer<Page<RouteTableView>>

  // vSwitch
  createVswitch(caller: Caller, input: CreateVswitch): Answer<{ vswitch: VswitchId }>
  /** One for each zone, in the default VPC of its region: the lowest free /20. */
  createDefaultVswitch(caller: Caller, input: { zone: string; part6?: number | undefined }): Answer<{ vswitch: VswitchId }>
  deleteVswitch(caller: Caller, input: { vswitch: string }): Answer<void>
  modifyVswitch(caller: Caller, input: ModifyVswitch): Answer<void>
  describeVswitches(caller: Caller, input: DescribeVswitches): Answer<Page<VswitchView>>
  getVswitch(caller: Caller, input: { vswitch: string }): Answer<VswitchView>

  // HaVip
  createHavip(caller: Caller, input: CreateHavip): Answer<{ havip: HavipId; address: IpAddress }>
  deleteHavip(caller: Caller, input: { havip: string }): Answer<void>
  modifyHavip(caller: Caller, input: Described & { havip: string }): Answer<void>
  describeHavips(caller: Caller, input: DescribeHavips): Answer<Page<HavipView>>
  associateHavip(caller: Caller, input: AssociateHavip): Answer<void>
  unassociateHavip(caller: Caller, input: UnassociateHavip): Answer<void>

  // EIP
  allocateEip(caller: Caller, input: AllocateEip): Answer<{ eip: EipId; address: Ipv4; resourceGroup: string }>
  releaseEip(caller: Caller, input: { eip: string }): Answer<void>
  modifyEip(caller: Caller, input: ModifyEip): Answer<void>
  setEipDeletionProtection(caller: Caller, input: { eip: string; enable: boolean }): Answer<void>
  describeEips(caller: Caller, input: DescribeEips): Answer<Page<EipView>>
  associateEip(caller: Caller, input: AssociateEip): Answer<void>
  unassociateEip(caller: Caller, input: UnassociateEip): Answer<void>

  // Instances
  runInstances(caller: Caller, input: RunInstances): Answer<{ instances: readonly InstanceId[] }>
  startInstance(caller: Caller, input: { instance: string }): Answer<void>
  stopInstance(caller: Caller, input: { instance: string; force?: boolean | undefined }): Answer<void>
  modifyInstance(
    caller: Caller,
    input: Pick<Described, 'name' | 'description'> & {
      readonly instance: string
      readonly deletionProtection?: boolean | undefined
      /** In place of those it is in. */
      readonly securityGroups?: Texts
    },
  ): Answer<void>
  rebootInstance(caller: Caller, input: { instance: string; force?: boolean | undefined }): Answer<void>
  /** All or nothing. */
  deleteInstances(caller: Caller, input: { instances: readonly string[]; force?: boolean | undefined }): Answer<void>
  describeInstances(caller: Caller, input: DescribeInstances): Answer<Page<InstanceView>>
  /** DescribeInstanceAttribute and its like: an unknown id is a fault here. */
  getInstance(caller: Caller, input: { instance: string }): Answer<InstanceView>

  // Network interfaces
  createNetworkInterface(caller: Caller, input: CreateNetworkInterface): Answer<NetworkInterface>
  deleteNetworkInterface(caller: Caller, input: { networkInterface: string }): Answer<void>
  modifyNetworkInterface(caller: Caller, input: NetworkInterfaceTexts & { networkInterface: string }): Answer<void>
  /** Of any interface, a primary one too; `address6` as for a new one. */
  assignIpv6(caller: Caller, input: { networkInterface: string; address6: string }): Answer<{ address6: Ipv6 }>
  unassignIpv6(caller: Caller, input: { networkInterface: string; addresses: readonly string[] }): Answer<void>
  attachNetworkInterface(caller: Caller, input: { networkInterface: string; instance: string }): Answer<void>
  detachNetworkInterface(caller: Caller, input: { networkInterface: string; instance: string }): Answer<void>
  describeNetworkInterfaces(caller: Caller, input: DescribeNetworkInterfaces): Answer<Page<NetworkInterfaceView>>

  // Security groups
  createSecurityGroup(caller: Caller, input: CreateSecurityGroup): Answer<{ securityGroup: SecurityGroupId }>
  deleteSecurityGroup(caller: Caller, input: { securityGroup: string }): Answer<void>
  describeSecurityGroups(caller: Caller, input: DescribeSecurityGroups): Answer<Page<SecurityGroupView>>

  // Tags
  tagResources(caller: Caller, input: TagResources): Answer<void>
  untagResources(caller: Caller, input: UntagResources): Answer<void>
  listTags(caller: Caller, input: ListTags): Answer<{ items: readonly TagRow[]; nextToken: string }>
  moveResourceGroup(caller: Caller, input: { type: string; id: string; resourceGroup: string }): Answer<void>

  // Cloud Assistant
  createCommand(caller: Caller, input: CreateCommand): Answer<{ command: CommandId }>
  invokeCommand(caller: Caller, input: InvokeCommand): Answer<{ invocation: InvocationId }>
  runCommand(caller: Caller, input: RunCommand): Answer<{ command: CommandId; invocation: InvocationId }>
  describeInvocationResults(caller: Caller, input: DescribeInvocationResults): Answer<Page<InvocationResult>>
  describeInvocations(caller: Caller, input: DescribeInvocations): Answer<Page<InvocationView>>

  // High availability
  describeHavipTruth(caller: Caller, input: DescribeHavipTruth): Answer<Page<HavipTruth>>
  describeDaemonStatus(
    caller: Caller,
    input: { instance: string },
  ): Answer<{ readonly status: unknown; readonly ageMs: number; readonly problem: string }>
  /** `entries` as the daemon writes them, oldest first; `problem` says why there are none. */
  describeDaemonRecording(
    caller: Caller,
    input: { instance: string; router?: Text },
  ): Answer<{ readonly node: string; readonly entries: readonly unknown[]; readonly problem: string }>
  startHavipTest(caller: Caller, input: { havip: string; fault: string; instance?: Text }): Answer<{ test: HavipTestId }>
  describeHavipTests(caller: Caller, input: { havip?: Text; test?: Text; paging: Paging }): Answer<Page<HavipTest>>

  /** Begins; `describeHavipClusters` tells how it goes. Undone whole when a step fails. */
  createHavipCluster(caller: Caller, input: CreateHavipCluster): Answer<{ cluster: HavipClusterId }>
  deleteHavipCluster(caller: Caller, input: { cluster: string }): Answer<void>
  describeHavipClusters(caller: Caller, input: { cluster?: Text; paging: Paging }): Answer<Page<HavipCluster>>

  // The data plane as a whole
  /** Throws when the plane does not answer. */
  describePlane(caller: Caller): Answer<PlaneView>
  /** Operators only. `master`: whose it is now (empty: nobody knows), so that nothing else is taken over by mistake. */
  adoptPlane(caller: Caller, input: { master: string }): Answer<void>

  // Audit
  /** For the door: a call that was turned away before it came here (bad signature, no permission). */
  recordRefusal(caller: Caller, action: string, fault: ApiFault): Promise<void>
  /** Oldest first, after `after` (0: from the start), at most `max`. */
  readAudit(caller: Caller, input: { after: number; max: number; everyAccount?: boolean }): Answer<readonly AuditRecord[]>
}

// Types that show up in the views above, for whoever translates them.
export type { Cidr, ZoneId }
