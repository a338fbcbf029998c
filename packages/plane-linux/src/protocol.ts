// What goes over hostd's socket: one JSON object a line. A request has a number, its answer carries the same one; what comes
// unasked is an event. Both ends use this file, so they cannot drift apart.

import type { DropFact, EipFact, InstanceId, NetworkInterfaceId, OwnerFact, PlaneChange, PlaneState, ProbeSample, VpcId } from '@havip/vpc'
import type { Claim, CommandResult, ComputeFact, InstanceSpec, ProbeRequest } from '@havip/vpc-service'

export type TerminalSize = { readonly columns: number; readonly rows: number }

export type RunCommand = {
  readonly script: string
  readonly user: string
  readonly directory: string
  readonly timeoutMs: number
  readonly outputMax: number
}

/** Command name → what it takes and what it gives. */
export type Commands = {
  inspect: { takes: Record<string, never>; gives: PlaneState }
  apply: { takes: { readonly changes: readonly PlaneChange[] }; gives: null }
  owners: { takes: Record<string, never>; gives: readonly OwnerFact[] }
  drops: { takes: Record<string, never>; gives: readonly DropFact[] }
  'eip-counters': { takes: Record<string, never>; gives: readonly EipFact[] }
  master: { takes: Record<string, never>; gives: Claim | null }
  claim: { takes: { readonly claim: Claim; readonly adopt: boolean }; gives: null }
  'set-cable': { takes: { readonly vpc: VpcId; readonly port: NetworkInterfaceId; readonly isOn: boolean }; gives: null }
  'probe-open': { takes: { readonly request: ProbeRequest }; gives: { readonly probe: number } }
  'probe-read': { takes: { readonly probe: number }; gives: { readonly samples: readonly ProbeSample[]; readonly isOver: boolean } }
  'probe-close': { takes: { readonly probe: number }; gives: null }
  list: { takes: Record<string, never>; gives: readonly ComputeFact[] }
  start: { takes: { readonly spec: InstanceSpec; readonly boot: number }; gives: null }
  stop: { takes: { readonly instance: InstanceId; readonly force: boolean }; gives: null }
  remove: { takes: { readonly instance: InstanceId }; gives: null }
  run: { takes: { readonly instance: InstanceId; readonly command: RunCommand }; gives: CommandResult }
  'shell-open': { takes: { readonly instance: InstanceId; readonly size: TerminalSize }; gives: { readonly shell: number } }
  'shell-write': { takes: { readonly shell: number; readonly data: string }; gives: null }
  'shell-resize': { takes: { readonly shell: number; readonly size: TerminalSize }; gives: null }
  'shell-close': { takes: { readonly shell: number }; gives: null }
}
export type CommandName = keyof Commands

export type Request = { readonly id: number; readonly command: CommandName; readonly params: unknown }

export type Fault = {
  /** `refused`: the request itself is wrong; `failed`: the world is. */
  readonly kind: 'refused' | 'failed'
  /** No paths, no commands. */
  readonly clientText: string
  readonly detail: string
}

export type Message =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly fault: Fault }
  | { readonly event: 'owners' }
  | { readonly event: 'shell-data'; readonly shell: number; readonly data: string }
  | { readonly event: 'shell-end'; readonly shell: number; readonly status: number }

/** Longest line either side accepts, in characters. */
export const lineLengthMax = 8 * 1024 * 1024
/** Changes in one request; the client splits longer lists, which keeps their order. */
export const changesMax = 1000
/** Requests of one connection that may be under way at once; further ones are answered with a fault. */
export const requestsMax = 64
/** Open terminals of one connection. */
export const shellsMax = 64
/** Bytes of a script or of user data; below what the kernel takes as one argument. */
export const scriptLengthMax = 96 * 1024
/** Bytes of output that a command may ask for. */
export const outputLengthMax = 1024 * 1024

/**
 * Cuts a byte stream into lines.
 *
 * @returns a function that takes text as it comes, and calls `onLine` for each whole line; false once a line is too long.
 */
export function lineReader(onLine: (line: string) => void, lengthMax = lineLengthMax): (chunk: string) => boolean {
  let rest: string[] = []
  let length = 0
  return (chunk) => {
    let from = 0
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
      const line = rest.join('') + chunk.slice(from, at)
      rest = []
      length = 0
      from = at + 1
      if (line.length > lengthMax) return false
      if (line !== '') onLine(line)
    }
    if (from < chunk.length) {
      rest.push(chunk.slice(from))
      length += chunk.length - from
    }
    return length <= lengthMax
  }
}
