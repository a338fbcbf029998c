// `havip explain --replay` and `--what-if`: the recordings of real daemons, lived again through the engine.
import { answerWhatIf, formatVerification, formatWhatIf, parseWhatIf, verify, type WhatIf } from '@havip/sim'
import type { NodeRecording } from '@havip/vrrp-runtime'
import { UsageError } from './usage-error.ts'

export type ReplayOptions = { readonly whatIf?: readonly string[]; readonly json?: boolean }

/**
 * Prints the answer.
 *
 * @returns 1 when the engine does not reach the recorded transitions, or there is nothing to replay
 * @throws UsageError for a setting that is none
 */
export function runReplay(recordings: readonly NodeRecording[], instance: string | undefined, options: ReplayOptions): number {
  const nodes = distinct(recordings)
  if (nodes.every(({ entries }) => entries.length === 0))
    throw new UsageError('nothing was recorded: was havipd started with --record-file?')
  const whatIfs = (options.whatIf ?? []).map((text) => whatIfOf(text, nodes))
  const verification = verify(nodes, instance)
  const isSame = verification.comparisons.length > 0 && verification.comparisons.every(({ differsAt }) => differsAt === undefined)
  const answer = whatIfs.length === 0 || verification.comparisons.length === 0 ? undefined : answerWhatIf(nodes, whatIfs, instance)
  if (options.json) console.log(JSON.stringify({ version: 1, ...verification, ...(answer ? { whatIf: answer } : {}) }, undefined, 2))
  else {
    console.log(formatVerification(verification))
    if (answer) console.log(`\n${formatWhatIf(answer, whatIfs)}`)
  }
  return isSame ? 0 : 1
}

function whatIfOf(text: string, nodes: readonly NodeRecording[]): WhatIf {
  const parsed = parseWhatIf(
    text,
    nodes.map(({ node }) => node),
  )
  if (!parsed.ok) throw new UsageError(parsed.fault)
  return parsed.value
}

/** Containers may all be called the same. */
const distinct = (recordings: readonly NodeRecording[]): readonly NodeRecording[] =>
  recordings.map((recording, i) => {
    const before = recordings.slice(0, i).filter(({ node }) => node === recording.node).length
    return before === 0 ? recording : { ...recording, node: `${recording.node}#${before + 1}` }
  })
