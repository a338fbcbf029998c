// The model of what is tracked: scripts, files, processes, BFD sessions.
import type { IpAddress, Milliseconds } from '@havip/base'
import type { Span } from './diagnostic.ts'
import type { CommandConf } from './model-global.ts'

export type ScriptConf = {
  readonly name: string
  readonly command: CommandConf
  readonly interval: Milliseconds
  readonly timeout: Milliseconds
  readonly weight: number
  readonly reverse: boolean
  readonly rise: number
  readonly fall: number
  readonly initFail: boolean
  readonly at: Span
}

export type TrackFileConf = {
  readonly name: string
  readonly path: string
  readonly weight: number
  readonly reverse: boolean
  readonly init: { readonly value: number; readonly overwrite: boolean } | undefined
  readonly at: Span
}

export type TrackProcessConf = {
  readonly name: string
  readonly argv: readonly string[]
  readonly fullCommand: boolean
  readonly paramMatch: 'none' | 'exact' | 'initial' | 'partial'
  readonly weight: number
  readonly reverse: boolean
  readonly quorum: number
  readonly quorumMax: number | undefined
  readonly forkDelay: Milliseconds
  readonly terminateDelay: Milliseconds
  readonly at: Span
}

export type BfdConf = {
  readonly name: string
  readonly neighbor: IpAddress
  readonly source: IpAddress | undefined
  readonly minRx: Milliseconds
  readonly minTx: Milliseconds
  readonly idleTx: Milliseconds
  readonly multiplier: number
  readonly passive: boolean
  readonly ttl: number
  readonly maxHops: number
  readonly multihop: boolean
  readonly weight: number
  readonly reverse: boolean
  /** Instances may track it; false: `checker` only. */
  readonly forVrrp: boolean
  readonly at: Span
}
