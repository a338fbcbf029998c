// One node of a set, one of its instances, and how a finding about them is reported.
import type { Diagnostic, Span } from '../diagnostic.ts'
import type { Configuration, InstanceConf } from '../model.ts'
import type { Block, Statement } from '../tree.ts'

/** One node of a set; the name is how findings call it. With the tree of the parse, findings point at the very keyword. */
export type SetNode = { readonly name: string; readonly configuration: Configuration; readonly tree?: Block }

/** A virtual router as one node has it. */
export type Member = { readonly node: SetNode; readonly instance: InstanceConf }

export type Finding = {
  readonly code: string
  readonly severity: Diagnostic['severity']
  readonly at: Member
  /** What is there, and what happens in operation, in one sentence; the name of the node comes before it. */
  readonly message: string
  /** Where it stands: the first of these keywords that the instance has, else the instance's name. */
  readonly keywords?: readonly string[]
  readonly others?: readonly Member[]
}
export type Report = (finding: Finding) => void

export function toDiagnostic({ code, severity, at, message, keywords = [], others = [] }: Finding): Diagnostic {
  return {
    code,
    severity,
    consequence: 'note',
    message: `${at.node.name} (${at.instance.name}): ${message}`,
    at: placeOf(at, keywords),
    related: others.map((other) => ({ at: placeOf(other, keywords), note: `${other.node.name} has it here` })),
  }
}

export function placeOf(member: Member, keywords: readonly string[]): Span {
  const block = statementOf(member)?.block
  for (const keyword of keywords) {
    const found = findStatement(block, keyword)
    if (found) return found.words[0]?.at && found.block ? found.words[0].at : found.at
  }
  return member.instance.at
}

/** The `vrrp_instance` statement that became this instance. */
export const statementOf = ({ node, instance }: Member): Statement | undefined =>
  node.tree?.statements.find(({ words }) => words[1]?.at.file === instance.at.file && words[1]?.at.start === instance.at.start)

/** The last statement of this keyword in the block, or in one of the blocks within it. */
export function findStatement(block: Block | undefined, keyword: string): Statement | undefined {
  let found: Statement | undefined
  for (const statement of block?.statements ?? []) {
    if (statement.keyword?.name === keyword) found = statement
    else found = findStatement(statement.keyword?.form === 'block' ? statement.block : undefined, keyword) ?? found
  }
  return found
}

export const familyName = (family: InstanceConf['family']): string => (family === 'ipv4' ? 'IPv4' : 'IPv6')

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}
