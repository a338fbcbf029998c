// What the parts of an instance share while it is built.
import type { Family } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import type { Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { BfdConf, GlobalDefs, ScriptConf, TrackFileConf, TrackProcessConf } from '../model.ts'
import type { InstanceDefaults } from './global.ts'

export type Trackers = {
  readonly script: Map<string, ScriptConf>
  readonly file: Map<string, TrackFileConf>
  readonly process: Map<string, TrackProcessConf>
  readonly bfd: Map<string, BfdConf>
}

export type InstanceContext = {
  readonly name: string
  /** Of the name, which is where a problem of the whole instance is shown. */
  readonly at: Span
  readonly fields: Fields
  readonly defaults: InstanceDefaults
  readonly global: GlobalDefs
  readonly trackers: Trackers
  readonly findings: Findings
  readonly family: Family
  readonly isStrict: boolean
}

/** Where a keyword of the instance stands, or the instance itself. */
export const placeOf = (context: InstanceContext, name: string): Span => context.fields.at(name) ?? context.at
