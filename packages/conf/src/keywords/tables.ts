// All keyword tables by name, and the questions the parser asks them.
import { bfdInstance } from './bfd.ts'
import { checkers } from './checkers.ts'
import { globalDefs } from './global-defs.ts'
import type { BlockTable, Keyword } from './keyword.ts'
import { lvs } from './lvs.ts'
import { root } from './root.ts'
import { garpGroup, trackGroup } from './small-blocks.ts'
import { trackFile, vrrpScript, vrrpTrackProcess } from './trackers.ts'
import { authentication, authHmac, vrrpInstance } from './vrrp-instance.ts'
import { vrrpSyncGroup } from './vrrp-sync-group.ts'
import { webhook } from './webhook.ts'

export const ROOT = 'root'

/** In the order in which a reference would show them. */
export const blockTables: readonly BlockTable[] = [
  root,
  globalDefs,
  vrrpInstance,
  authentication,
  authHmac,
  vrrpSyncGroup,
  vrrpScript,
  vrrpTrackProcess,
  trackFile,
  bfdInstance,
  garpGroup,
  trackGroup,
  webhook,
  ...lvs,
  ...checkers,
]

const byTable = new Map(blockTables.map((table) => [table.name, new Map(table.keywords.map((keyword) => [keyword.name, keyword]))]))
const rootBlocks = new Set(root.keywords.filter((keyword) => keyword.form !== 'value').map((keyword) => keyword.name))

export const findKeyword = (table: string, name: string): Keyword | undefined => byTable.get(table)?.get(name)
export const keywordsOf = (table: string): readonly Keyword[] => blockTables.find(({ name }) => name === table)?.keywords ?? []
/** Opens a block at the top level. */
export const isRootBlock = (name: string): boolean => rootBlocks.has(name)
