// `havip explain --recording A --recording B`: what several nodes recorded, as one story in the order of the clock. A
// source is a file of havipd's --record-file, or the status socket of a running one.
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { entryFromJsonLine, type NodeRecording, storyOf } from '@havip/vrrp-runtime'
import { readRecording } from './daemon-client.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError when it cannot be read, or holds nothing */
export async function readSource(source: string): Promise<NodeRecording> {
  const kind = statSync(source, { throwIfNoEntry: false })
  if (!kind) throw new UsageError(`${source}: there is no such file or socket`)
  if (kind.isSocket()) return readRecording(source)
  // The file before this one: the two take turns.
  const texts = [`${source}.1`, source].filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
  return parseRecording(texts.map((path) => readFileSync(path, 'utf8')).join('\n'), basename(source))
}

/** @param fallback the node's name where the file does not say it */
export function parseRecording(text: string, fallback: string): NodeRecording {
  const lines = text.split('\n')
  const named = lines.map(nodeOf).findLast((node) => node !== undefined)
  return { node: named ?? fallback, entries: lines.flatMap((line) => entryFromJsonLine(line) ?? []) }
}

function nodeOf(line: string): string | undefined {
  if (!line.startsWith('{"recording"')) return undefined
  const head = JSON.parse(line) as { readonly node?: unknown }
  return typeof head.node === 'string' ? head.node : undefined
}

/** One line for each thing worth telling, as text. */
export function tellStory(recordings: readonly NodeRecording[], instance: string | undefined): string {
  const width = Math.max(0, ...recordings.map(({ node }) => node.length))
  const lines = storyOf(recordings, instance)
  if (lines.length === 0) return instance === undefined ? 'nothing was recorded' : `nothing was recorded of ${instance}`
  return lines
    .map(({ wall, node, instance: of, text }) => `${new Date(wall).toISOString()}  ${node.padEnd(width)}  ${of}  ${text}`)
    .join('\n')
}
