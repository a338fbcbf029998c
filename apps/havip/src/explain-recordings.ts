// `havip explain --recording A --recording B`: what several nodes recorded, as one story in the order of the clock. A
// source is a file of havipd's --record-file, or the status socket of a running one.
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { describeReason } from '@havip/vrrp'
import { type Entry, entryFromJsonLine } from '@havip/vrrp-runtime'
import { readRecording } from './daemon-client.ts'
import { UsageError } from './usage-error.ts'

export type NodeRecording = { readonly node: string; readonly entries: readonly Entry[] }

/** @throws UsageError when it cannot be read, or holds nothing */
export async function readSource(source: string): Promise<NodeRecording> {
  const kind = statSync(source, { throwIfNoEntry: false })
  if (!kind) throw new UsageError(`${source}: there is no such file or socket`)
  return kind.isSocket() ? readRecording(source) : parseRecording(readFileSync(source, 'utf8'), basename(source))
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

/**
 * One line for each thing worth telling, oldest first. The nodes' clocks order them: how far these are apart is not
 * known, so lines of two nodes within a few milliseconds may stand the other way round.
 */
export function tellStory(recordings: readonly NodeRecording[], instance: string | undefined): string {
  const width = Math.max(0, ...recordings.map(({ node }) => node.length))
  const lines = recordings
    .flatMap(({ node, entries }) => entries.map((entry) => ({ node, entry })))
    .filter(({ entry }) => instance === undefined || entry.instance === instance)
    .flatMap(({ node, entry }) => {
      const text = describeEntry(entry)
      return text === undefined ? [] : [{ wall: entry.wall, sequence: entry.sequence, node, text: `${entry.instance}  ${text}` }]
    })
    .sort((a, b) => a.wall - b.wall || a.sequence - b.sequence)
  if (lines.length === 0) return instance === undefined ? 'nothing was recorded' : `nothing was recorded of ${instance}`
  return lines.map(({ wall, node, text }) => `${new Date(wall).toISOString()}  ${node.padEnd(width)}  ${text}`).join('\n')
}

/** Undefined for what a reader of the story need not know. */
export function describeEntry({ what }: Entry): string | undefined {
  switch (what.kind) {
    case 'action': {
      const { action } = what
      if (action.kind === 'transition') {
        return `${action.from.toUpperCase()} → ${action.to.toUpperCase()}: ${describeReason(action.reason)}`
      }
      if (action.kind === 'priority-changed') return `priority ${action.from} → ${action.to}: ${action.because}`
      if (action.kind !== 'remark') return undefined
      return describeRemark(action.remark)
    }
    case 'advert-sent':
      return what.priority === 0 ? 'said goodbye (priority 0)' : undefined
    case 'advert-heard':
      return what.priority === 0 ? `heard the goodbye of ${what.from}` : undefined
    case 'advert-refused':
      return `did not believe ${what.from}: ${what.fault.kind}`
    case 'system-fault':
      return `${what.fault.call}: ${what.fault.detail}`
    case 'late':
      return `did not run for ${Math.round(what.by)} ms`
    case 'group-moved':
      return `sync group ${what.group} ${what.from.toUpperCase()} → ${what.to.toUpperCase()}, begun by ${what.because}`
    case 'guard':
      return what.text
    default:
      return undefined
  }
}

type Remark = Extract<Extract<Entry['what'], { kind: 'action' }>['action'], { kind: 'remark' }>['remark']

function describeRemark(remark: Remark): string | undefined {
  switch (remark.kind) {
    case 'lower-priority-while-master':
      return `${remark.from} claims to be master with ${remark.theirs}, we have ${remark.ours}: announced our addresses again`
    case 'address-reasserted':
      return `${remark.address} was removed by something else and put back`
    case 'announced-after-silence':
      return `announced our addresses again after ${Math.round(remark.silentFor)} ms without an advert of ours`
    case 'two-owners':
      return `${remark.from} is configured as owner, too`
    case 'stalled':
      return `did not run for ${Math.round(remark.frozenFor)} ms, so listened first`
    case 'clock-differs':
      return `the clock of ${remark.from} is ${remark.by / 1000} s away`
    default:
      return undefined
  }
}
