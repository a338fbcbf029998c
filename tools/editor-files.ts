// The generated files of the editor extension: the TextMate grammar, whose keywords come from the tables.
import { blockTables } from '@havip/conf'

/** File name below editors/vscode → text. */
export function vscodeFiles(): ReadonlyMap<string, string> {
  return new Map([['syntaxes/keepalived.tmLanguage.json', `${JSON.stringify(grammar(), undefined, 2)}\n`]])
}

/** Longest first: an alternative must not hide a longer one. */
function alternatives(names: readonly string[]): string {
  const sorted = [...new Set(names)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  return sorted.map((name) => name.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')).join('|')
}

function grammar(): object {
  const keywords = blockTables.flatMap((table) => table.keywords)
  const blocks = keywords.filter(({ form }) => form !== 'value').map(({ name }) => name)
  const old = keywords.filter(({ deprecated }) => deprecated !== undefined).map(({ name }) => name)
  const values = keywords.filter(({ form, deprecated }) => form === 'value' && deprecated === undefined).map(({ name }) => name)
  const start = '(?:^|(?<=[{}]))\\s*'
  return {
    name: 'keepalived',
    scopeName: 'source.keepalived',
    comment: 'Made by tools/reference.ts from the keyword tables; a change here is lost.',
    patterns: [
      { include: '#comment' },
      { include: '#directive' },
      { name: 'string.quoted.double.keepalived', begin: '"', end: '"|$' },
      {
        match: `${start}(${alternatives(blocks)})(?=\\s|\\{|$)(?:\\s+([^\\s{}#!"]+))?`,
        captures: { 1: { name: 'keyword.control.keepalived' }, 2: { name: 'entity.name.section.keepalived' } },
      },
      { match: `${start}(${alternatives(old)})(?=\\s|$)`, captures: { 1: { name: 'invalid.deprecated.keepalived' } } },
      { match: `${start}(${alternatives(values)})(?=\\s|\\}|$)`, captures: { 1: { name: 'support.type.property-name.keepalived' } } },
      { name: 'constant.language.keepalived', match: '\\b(?:MASTER|BACKUP|PASS|AH|true|false|on|off|yes|no)\\b' },
      {
        name: 'constant.numeric.address.keepalived',
        match: '\\b(?:\\d{1,3}\\.){3}\\d{1,3}(?:/\\d{1,2})?\\b|\\b[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:/\\d{1,3})?\\b',
      },
      { name: 'constant.numeric.keepalived', match: '(?<![\\w.-])-?\\d+(?:\\.\\d+)?(?![\\w.])' },
      { name: 'variable.other.keepalived', match: '\\$(?:\\{[^}]*\\}|\\w+)' },
    ],
    repository: {
      comment: { patterns: [{ name: 'comment.line.keepalived', match: '[#!].*$' }] },
      directive: {
        patterns: [
          {
            match: '^\\s*(include[rmwba]?)\\s+(\\S+)',
            captures: { 1: { name: 'keyword.control.import.keepalived' }, 2: { name: 'string.unquoted.keepalived' } },
          },
          {
            match: '^\\s*(\\$\\w+)(=)',
            captures: { 1: { name: 'variable.other.definition.keepalived' }, 2: { name: 'keyword.operator.keepalived' } },
          },
          { match: '^\\s*(@\\^?\\S+)', captures: { 1: { name: 'meta.preprocessor.keepalived' } } },
        ],
      },
    },
  }
}
