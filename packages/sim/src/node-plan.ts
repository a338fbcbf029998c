// What a node's configuration says that the simulator has to know: its virtual routers and their addresses.

import { fail, ok } from '@havip/base'
import { type Configuration, type Diagnostic, parseConfiguration, type SourceReader } from '@havip/conf'
import type { NodeSpec } from './world.ts'

export type NodePlan = { readonly configuration: Configuration; readonly diagnostics: readonly Diagnostic[]; readonly reader: SourceReader }

export function planOf(node: Pick<NodeSpec, 'name' | 'files' | 'configFile'>): NodePlan {
  const reader: SourceReader = {
    read: (path) => {
      const text = node.files[path]
      return text === undefined ? fail({ kind: 'not-found' }) : ok(text)
    },
    glob: (pattern) => (node.files[pattern] === undefined ? [] : [pattern]),
  }
  return { ...parseConfiguration(reader, node.configFile, { hostName: node.name }), reader }
}

/** What a node's file tracks runs, as often as it must. */
export const programsOf = ({ configuration }: NodePlan): NonNullable<NodeSpec['runningPrograms']> =>
  configuration.processes.map(({ argv, quorum, quorumMax }) => ({ argv, count: quorumMax === 0 ? 0 : quorum }))
