// One entry of `virtual_rules` or `static_rules` (reference 3.3).
import { type Family, familyOf, type IpAddress, parseIp } from '@havip/base'
import type { Findings } from '../findings.ts'
import type { RuleConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { readPrefix, widest } from './address.ts'
import { ruleValues } from './routing-values.ts'

/** Preferences that keepalived chooses itself count down from here. */
export const PREFERENCE_FIRST = 16_384

const SELECTORS = new Set([
  'tos',
  'dsfield',
  'fwmark',
  'realms',
  'iif',
  'dev',
  'oif',
  'tunnel-id',
  'uidrange',
  'protocol',
  'ipproto',
  'sport',
  'dport',
  'suppress_prefixlength',
  'sup_pl',
  'suppress_ifgroup',
  'sup_group',
])
const ACTIONS = new Set(['nop', 'blackhole', 'unreachable', 'prohibit'])

type Network = { readonly address: IpAddress; readonly prefix: number }
type Draft = {
  family: Family | undefined
  from: Network | undefined
  to: Network | undefined
  negated: boolean
  preference: number | undefined
  action: RuleConf['action'] | undefined
  selectors: RuleConf['selectors'][number][]
  noTrack: boolean
  trackGroup: string | undefined
}

/** Undefined when the rule is dropped. */
export function readRuleEntry(
  entry: Statement,
  isStatic: boolean,
  preferences: { next: number },
  findings: Findings,
): RuleConf | undefined {
  const draft = readWords(entry.words, isStatic, findings)
  if (!draft) return undefined
  const families = new Set([draft.from, draft.to].filter((network) => network !== undefined).map(({ address }) => familyOf(address)))
  if (draft.family !== undefined) families.add(draft.family)
  if (families.size > 1) {
    findings.error('mixed-families', entry.at, 'the selectors have to be of one family; the rule is ignored')
    return undefined
  }
  if (!draft.action) {
    findings.error(
      'rule-without-action',
      entry.at,
      'a rule needs an action: table, goto, nop, blackhole, unreachable or prohibit; it is ignored',
    )
    return undefined
  }
  const preference = draft.preference ?? preferences.next--
  if (draft.preference === undefined) {
    findings.warning(
      'rule-without-preference',
      entry.at,
      `the rule has no preference, so it gets ${preference}, which is probably not meant; write \`preference N\``,
    )
  }
  if (draft.action.kind === 'goto' && draft.action.preference <= preference) {
    findings.error('goto-backwards', entry.at, `goto has to lead to a higher preference than the rule's own ${preference}; it is ignored`)
    return undefined
  }
  const { noTrack, trackGroup, negated, from, to, action } = draft
  const isOther = ({ name, value }: RuleConf['selectors'][number]): boolean =>
    name === 'protocol' && value !== '18' && value !== 'keepalived' && !noTrack
  const selectors = draft.selectors.filter((one) => !isOther(one))
  for (const { value } of draft.selectors.filter(isOther)) {
    findings.warning(
      'tracked-protocol',
      entry.at,
      `a tracked rule has the protocol keepalived (18), not ${value}; write no_track to keep it`,
    )
  }
  return { family: [...families][0] ?? 'ipv4', from, to, negated, preference, action, selectors, noTrack, trackGroup, at: entry.at }
}

function readWords(words: readonly Word[], isStatic: boolean, findings: Findings): Draft | undefined {
  const draft: Draft = {
    family: undefined,
    from: undefined,
    to: undefined,
    negated: false,
    preference: undefined,
    action: undefined,
    selectors: [],
    noTrack: false,
    trackGroup: undefined,
  }
  let index = 0
  const refuse = (code: string, word: Word, why: string): undefined => {
    findings.error(code, word.at, `${why}; the rule is ignored`)
    return undefined
  }
  while (index < words.length) {
    const word = words[index++] as Word
    const text = word.text
    if (text === 'inet' || text === 'inet6') draft.family = text === 'inet' ? 'ipv4' : 'ipv6'
    else if (text === 'not') draft.negated = true
    else if (text === 'no_track') draft.noTrack = true
    else if (text === 'type') continue
    else if (text === 'l3mdev') {
      draft.selectors.push({ name: text, value: undefined })
      draft.action ??= { kind: 'table', table: 'l3mdev' }
    } else if (ACTIONS.has(text)) draft.action = { kind: text as 'nop' }
    else {
      const known = SELECTORS.has(text) || VALUED.has(text)
      if (!known) return refuse('unknown-option', word, `a rule has no option \`${text}\``)
      const argument = words[index++]
      if (!argument) {
        findings.aborted('missing-argument', word.at, `${text} needs a value`)
        return undefined
      }
      const fault = applyOption(draft, text, argument, isStatic, findings)
      if (fault !== undefined) return refuse('bad-option', argument, fault)
    }
  }
  return draft
}

const VALUED = new Set(['from', 'to', 'preference', 'order', 'priority', 'table', 'lookup', 'goto', 'track_group'])

/** What is wrong with the value, if anything. */
function applyOption(draft: Draft, option: string, argument: Word, isStatic: boolean, findings: Findings): string | undefined {
  const { text } = argument
  const shape = ruleValues[option]
  if (shape && !shape.isRight(text)) return `${option}: \`${text}\` is no ${shape.wanted}`
  switch (option) {
    case 'from':
    case 'to': {
      if (text === 'all' || text === 'any' || text === 'default') return undefined
      const [address, length] = text.split('/')
      const parsed = parseIp(address as string)
      if (!parsed.ok) return `\`${text}\` is no address`
      const family = familyOf(parsed.value)
      draft[option] = {
        address: parsed.value,
        prefix: length === undefined ? widest(family) : readPrefix(length, family, argument.at, findings),
      }
      return undefined
    }
    case 'preference':
    case 'order':
    case 'priority':
      if (!/^[0-9]{1,10}$/.test(text)) return `\`${text}\` is no preference`
      draft.preference = Number(text)
      return undefined
    case 'table':
    case 'lookup':
      draft.action = { kind: 'table', table: text }
      return undefined
    case 'goto':
      if (!/^[0-9]{1,10}$/.test(text)) return `\`${text}\` is no preference`
      draft.action = { kind: 'goto', preference: Number(text) }
      return undefined
    case 'track_group':
      if (isStatic) draft.trackGroup = text
      else findings.error('unknown-option', argument.at, 'track_group is for static rules; it is ignored')
      return undefined
    case 'sport':
    case 'dport':
      if (!/^[0-9]{1,5}-[0-9]{1,5}$/.test(text))
        return `\`${text}\` is no range of ports; a single one is written ${/^[0-9]+$/.test(text) ? `${text}-${text}` : '80-80'}`
  }
  draft.selectors.push({ name: option, value: text })
  return undefined
}
