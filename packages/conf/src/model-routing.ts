// The model of routes and policy rules.
import type { Family, IpAddress } from '@havip/base'
import type { Span } from './diagnostic.ts'

/** A route as written; names of tables, protocols and scopes are the machine's to resolve. */
export type RouteConf = {
  readonly family: Family
  readonly type: string
  readonly destination: IpAddress | 'default'
  readonly prefix: number
  readonly gateway: IpAddress | undefined
  readonly interface: string | undefined
  readonly source: IpAddress | undefined
  readonly table: string | undefined
  readonly metric: number | undefined
  readonly scope: string | undefined
  readonly protocol: string | undefined
  readonly nextHops: readonly NextHopConf[]
  /** All other options, by their word, as written. */
  readonly options: readonly { readonly name: string; readonly value: string | undefined; readonly isLocked: boolean }[]
  readonly mode: 'add' | 'append' | 'prepend'
  readonly noTrack: boolean
  readonly trackGroup: string | undefined
  readonly at: Span
}
export type NextHopConf = {
  readonly gateway: IpAddress | undefined
  readonly interface: string | undefined
  /** 1 to 256. */
  readonly weight: number
  readonly onLink: boolean
  readonly encapsulation: readonly string[]
  readonly realms: string | undefined
}
export type RuleConf = {
  readonly family: Family
  readonly from: { readonly address: IpAddress; readonly prefix: number } | undefined
  readonly to: { readonly address: IpAddress; readonly prefix: number } | undefined
  readonly negated: boolean
  readonly preference: number
  readonly action:
    | { readonly kind: 'table'; readonly table: string }
    | { readonly kind: 'goto'; readonly preference: number }
    | { readonly kind: 'nop' | 'blackhole' | 'unreachable' | 'prohibit' }
  /** All other selectors, by their word, as written. */
  readonly selectors: readonly { readonly name: string; readonly value: string | undefined }[]
  readonly noTrack: boolean
  readonly trackGroup: string | undefined
  readonly at: Span
}
