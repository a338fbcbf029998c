// The ports of the control plane to what carries its intent out. Implementations: plane-linux (one host), plane-ovn.
import type { IpAddress, Ipv4, Mac } from '@havip/base'
import type { DropFact, EipFact, InstanceId, NetworkInterfaceId, OwnerFact, PlaneChange, PlaneState, ProbeSample, VpcId } from '@havip/vpc'

/** The world failed: in words a caller of the API may read, and the detail for the log. */
export class PlaneError extends Error {
  override readonly name = 'PlaneError'
  /** No paths, no commands. */
  readonly clientText: string
  constructor(clientText: string, detail: string, options?: { readonly cause?: unknown }) {
    super(detail, options)
    this.clientText = clientText
  }
}

/** In whose name a plane is changed. `term` grows with each reconciler of an installation: one that was replaced is turned away. */
export type Claim = { readonly installation: string; readonly term: number }

export type ProbeRequest = {
  /** From the Internet's side, or from the router of a VPC. */
  readonly from: 'internet' | VpcId
  readonly address: IpAddress
  readonly port: number
  /** A new request each so many milliseconds, 5 to 10,000; they overlap. */
  readonly everyMs: number
  /** A request without a whole answer by then is lost; 10 to 10,000. */
  readonly timeoutMs: number
  /** Ends by itself after so long, 1 to 300,000. */
  readonly durationMs: number
}

export type Probe = {
  /** Requests that have ended since the last call, in any order. Throws when the probe was lost. */
  read(): Promise<{ readonly samples: readonly ProbeSample[]; readonly isOver: boolean }>
  close(): Promise<void>
}

/** Every method may be repeated after a crash at any point; none trusts what an earlier run remembered. */
export type DataPlane = {
  /** What is really there now, read from the kernel (not from memory). */
  inspect(): Promise<PlaneState>
  /** Applies changes in order. Throws a PlaneError at the first that fails; those before it stay done. */
  apply(changes: readonly PlaneChange[]): Promise<void>
  owners(): Promise<readonly OwnerFact[]>
  drops(): Promise<readonly DropFact[]>
  eipCounters(): Promise<readonly EipFact[]>
  /** Whom the plane obeyed last; kept with the plane, over restarts. Undefined: nobody yet. */
  master(): Promise<Claim | undefined>
  /**
   * From now on changes are made in this name. A plane without a master takes it; another installation's plane only with
   * `adopt`. Throws a PlaneError when the plane is another's, or has seen a higher term of the same installation.
   */
  claim(claim: Claim, adopt: boolean): Promise<void>
  /** Pulls the plug of one network interface, or puts it back; the port of a machine that is off stays off. */
  setCable(vpc: VpcId, port: NetworkInterfaceId, isOn: boolean): Promise<void>
  /** Asks an address over HTTP, again and again. */
  probe(request: ProbeRequest): Promise<Probe>
  /** Calls `listener` soon after an owner changed, and when the connection to the plane was lost. Returns how to stop. */
  watchOwners(listener: () => void): () => void
}

/** What an instance is started with. */
export type InstanceSpec = {
  readonly instance: InstanceId
  readonly vpc: VpcId
  readonly port: NetworkInterfaceId
  readonly hostName: string
  readonly mac: Mac
  readonly address: Ipv4
  readonly prefix: number
  readonly gateway: Ipv4
  /** A script for the first boot, run as root; empty: none. */
  readonly userData: string
}

export type ComputeFact = {
  readonly instance: InstanceId
  /** `gone` never appears in a list: it is what a missing entry means. */
  readonly power: 'running' | 'stopped'
  /** The boot number that was given when it was last started. */
  readonly boot: number
}

export type CommandResult =
  | { readonly kind: 'exited'; readonly status: number; readonly output: string; readonly truncated: boolean }
  | { readonly kind: 'timed-out'; readonly output: string; readonly truncated: boolean }
  | { readonly kind: 'not-running' }

/** Machines. Starting what runs and stopping what is stopped are no faults. */
export type Compute = {
  list(): Promise<readonly ComputeFact[]>
  /** Creates its disk if there is none, and starts it. */
  start(spec: InstanceSpec, boot: number): Promise<void>
  /** With force: every process killed and the port down at once, as when the power fails. */
  stop(instance: InstanceId, force: boolean): Promise<void>
  /** Stops by force and removes the disk. */
  remove(instance: InstanceId): Promise<void>
  /** Runs a shell script inside, as `user`; output is what it wrote to both streams, cut at `outputMax` bytes. */
  run(
    instance: InstanceId,
    command: {
      readonly script: string
      readonly user: string
      readonly directory: string
      readonly timeoutMs: number
      readonly outputMax: number
    },
  ): Promise<CommandResult>
  /** A terminal with a login shell inside. */
  openShell(instance: InstanceId, size: { readonly columns: number; readonly rows: number }): Promise<Shell>
}

export type Shell = {
  write(data: Uint8Array): void
  resize(size: { readonly columns: number; readonly rows: number }): void
  onData(listener: (data: Uint8Array) => void): void
  /** Status of the shell when it ended. */
  onEnd(listener: (status: number) => void): void
  close(): void
}
