// The `track_…` blocks of instances and sync groups (reference 2.3 and 4.9).

import type { Field, Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { TrackConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'

export type TrackerKind = 'interface' | 'script' | 'file' | 'process' | 'bfd'

const WEIGHT_MAX: Readonly<Record<TrackerKind, number>> = { interface: 253, script: 253, file: 254, process: 254, bfd: 253 }
const KEYWORDS: Readonly<Record<Exclude<TrackerKind, 'interface'>, string>> = {
  script: 'vrrp_script',
  file: 'track_file',
  process: 'vrrp_track_process',
  bfd: 'bfd_instance',
}

/** What is defined so far, by kind: a track entry may only name what stands before it. */
export type KnownTrackers = Readonly<Record<Exclude<TrackerKind, 'interface'>, ReadonlyMap<string, unknown>>>

export function readTrackBlock(
  fields: Fields,
  kind: TrackerKind,
  owner: { readonly name: string; readonly interface: string | undefined },
  known: KnownTrackers,
  findings: Findings,
): readonly TrackConf[] {
  const list: TrackConf[] = []
  const seen = new Map<string, TrackConf>()
  for (const statement of entriesOf(fields.all(`track_${kind}`))) {
    const entry = readEntry(statement, kind, findings)
    if (!entry) continue
    const at = (statement.words[0] as Word).at
    const first = seen.get(entry.name)
    if (kind === 'interface' && entry.name === owner.interface) {
      findings.error(
        'tracks-own-interface',
        at,
        `(${owner.name}) ${entry.name} is the instance's own interface, which is tracked anyway; remove the entry, it is ignored`,
      )
    } else if (kind !== 'interface' && !known[kind].has(entry.name)) {
      findings.error(
        `tracked-${kind}-not-found`,
        at,
        `(${owner.name}) there is no ${KEYWORDS[kind]} ${entry.name} before this line; the entry is ignored`,
      )
    } else if (first) {
      findings.error('duplicate-tracker', at, `(${owner.name}) ${entry.name} is tracked already; the entry is ignored`, [
        { at: first.at, note: 'the first one' },
      ])
    } else {
      seen.set(entry.name, entry)
      list.push(entry)
    }
  }
  return list
}

export const entriesOf = (fields: readonly Field[]): readonly Statement[] =>
  fields.flatMap(({ statement }) => statement.block?.statements ?? [])

function readEntry(statement: Statement, kind: TrackerKind, findings: Findings): TrackConf | undefined {
  const [name, ...options] = statement.words
  let weight: number | undefined
  let reverse = false
  for (let i = 0; i < options.length; i++) {
    const option = options[i] as Word
    if (option.text === 'reverse') reverse = true
    else if (option.text === 'noreverse') reverse = false
    else if (option.text === 'weight') {
      const argument = options[++i]
      if (!argument) {
        findings.error('missing-argument', option.at, 'weight needs a number; it is ignored')
        continue
      }
      const value = readWeight(argument, WEIGHT_MAX[kind], findings)
      if (value === undefined) return undefined
      weight = value
    } else {
      const hint = /^weight[=:]/.test(option.text) ? `; write \`weight ${option.text.slice(7)}\`` : ''
      findings.error(
        'unknown-option',
        option.at,
        `an entry has the options weight N, reverse and noreverse; \`${option.text}\` is ignored${hint}`,
      )
    }
  }
  return { name: (name as Word).text, weight, reverse, at: statement.at }
}

/** One beyond the range is corrected, further out the whole entry goes, as in keepalived. */
export function readWeight(word: Word, max: number, findings: Findings): number | undefined {
  const value = /^[+-]?[0-9]+$/.test(word.text) ? Number(word.text) : Number.NaN
  if (Math.abs(value) <= max) return value
  if (Math.abs(value) === 254) {
    const corrected = Math.sign(value) * max
    findings.warning('weight-out-of-range', word.at, `a weight here is -${max} to ${max}; ${corrected} is used`)
    return corrected
  }
  findings.error('weight-out-of-range', word.at, `\`${word.text}\` is no weight: -${max} to ${max}; the whole entry is ignored`)
  return undefined
}
