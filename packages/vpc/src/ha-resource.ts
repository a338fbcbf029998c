// Rows that the cloud's own API has no words for: the installation itself, tests of high availability, and whole set-ups of it.
import type { Branded, IpAddress, Ipv4, WallTime } from '@havip/base'
import type { AccountId, EipId, HavipId, InstanceId, RegionId, VpcId, VswitchId } from './resource.ts'

/** The only row of its kind. */
export const installationKey = 'installation'

/** Whose rows these are: planes remember `identity`, and obey no other without being told. */
export type Installation = {
  readonly id: typeof installationKey
  readonly account: AccountId
  readonly identity: string
  /** Counted up by each controller that begins to reconcile. */
  readonly term: number
  /** An operator has decided that the plane of this installation (empty: of one that nobody knows) is ours now. */
  readonly adopts: string | undefined
  readonly createdAt: WallTime
}

/** `hatest-…` */
export type HavipTestId = Branded<string, 'HavipTestId'>

/**
 * What is done to an instance: shut down; all its processes killed and its cable off; its daemon told to end, or killed; its
 * cable off and nothing else; the script that its daemon tracks made to fail; its daemon told to give the address away.
 */
export const havipTestFaults = [
  'stop-instance',
  'power-loss',
  'stop-daemon',
  'kill-daemon',
  'cut-link',
  'fail-script',
  'switchover',
] as const
export type HavipTestFault = (typeof havipTestFaults)[number]

/** One request of a probe. */
export type ProbeSample = {
  /** When it was sent, in milliseconds since the probe began. */
  readonly atMs: number
  /** `refused`: somebody has the address, and nothing listens there. */
  readonly outcome: 'answered' | 'timed-out' | 'refused' | 'broken'
  /** The page's title, else the start of its text; empty when nobody answered. */
  readonly by: string
}

export type HavipTest = {
  readonly id: HavipTestId
  readonly account: AccountId
  readonly region: RegionId
  readonly createdAt: WallTime
  readonly havip: HavipId
  readonly vpc: VpcId
  readonly address: IpAddress
  readonly fault: HavipTestFault
  /** To whom it is done. */
  readonly instance: InstanceId
  readonly status: 'Running' | 'Finished' | 'Failed'
  /** What is going on, in a few words. */
  readonly phase: string
  readonly finishedAt: WallTime | undefined
  /** The fault may have been done, and has not been put right yet. */
  readonly isBroken: boolean
  /** How the daemon was started, for when it has to be started again; empty: not known. */
  readonly daemonCommand: readonly string[]
  readonly samples: readonly ProbeSample[]
  /** The longest time without an answer once the fault was done. */
  readonly outageMs: number | undefined
  readonly lost: number
  /** Why the address moved, in the words of the new owner's daemon. */
  readonly reason: string
  /** Who answered before and after. */
  readonly before: string
  readonly after: string
  /** Why the test failed; empty. */
  readonly error: string
}

/** `hacl-…` */
export type HavipClusterId = Branded<string, 'HavipClusterId'>

/** A whole set-up: address, both daemons with their files, bindings, public address. Made as one, undone as one. */
export type HavipCluster = {
  readonly id: HavipClusterId
  readonly account: AccountId
  readonly region: RegionId
  readonly createdAt: WallTime
  readonly name: string
  readonly vswitch: VswitchId
  /** The first is the preferred owner. */
  readonly instances: readonly [InstanceId, InstanceId]
  readonly wantedAddress: IpAddress | undefined
  /** Mbit/s of the public address; 0: none is wanted. */
  readonly bandwidth: number
  readonly preempt: boolean
  /** TCP port of the service that each node looks at in itself; a node whose service is down gives the address up. 0: none. */
  readonly checkPort: number
  /** Of both files: 1 to 255, and eight characters. */
  readonly vrid: number
  readonly password: string
  /** `Undoing` ends as `Failed` with nothing left behind; `Deleting` ends with the row gone. */
  readonly status: 'Creating' | 'Active' | 'Undoing' | 'Failed' | 'Deleting'
  /** How many of the steps are done, or may be. */
  readonly step: number
  readonly havip: HavipId | undefined
  readonly address: IpAddress | undefined
  readonly eip: EipId | undefined
  readonly eipAddress: Ipv4 | undefined
  /** Why it failed, or what is being waited for; empty. */
  readonly problem: string
}
