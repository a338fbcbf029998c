// What several nodes recorded, as one story in the order of the clock.
import type { WallTime } from '@havip/base'
import { describeReason, describeSwitchoverFailure } from '@havip/vrrp'
import type { Entry } from './recorder.ts'

export type NodeRecording = { readonly node: string; readonly entries: readonly Entry[] }

export type StoryLine = {
  readonly wall: WallTime
  readonly sequence: number
  readonly node: string
  readonly instance: string
  readonly text: string
}

/**
 * One line for each thing worth telling, oldest first. The nodes' clocks order them: how far these are apart is not
 * known, so lines of two nodes within a few milliseconds may stand the other way round.
 *
 * @param instance only what was recorded of this one; all when undefined
 */
export function storyOf(recordings: readonly NodeRecording[], instance: string | undefined): readonly StoryLine[] {
  return recordings
    .flatMap(({ node, entries }) => entries.map((entry) => ({ node, entry })))
    .filter(({ entry }) => instance === undefined || entry.instance === instance)
    .flatMap(({ node, entry }) => {
      const text = describeEntry(entry)
      return text === undefined ? [] : [{ wall: entry.wall, sequence: entry.sequence, node, instance: entry.instance, text }]
    })
    .sort((a, b) => a.wall - b.wall || a.sequence - b.sequence)
}

/** Undefined for what a reader of the story need not know. */
function describeEntry({ what }: Entry): string | undefined {
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
    case 'yielding':
      return 'switchover: said goodbye and kept the addresses'
    case 'successor-heard':
      return `switchover: ${remark.from} with priority ${remark.theirs} took over after ${Math.round(remark.after)} ms`
    case 'switchover-given-up':
      return `switchover given up after ${Math.round(remark.after)} ms, stayed master: ${describeSwitchoverFailure(remark.because)}`
    case 'predecessor-released':
      return `${remark.from} had removed its addresses: announced ours again`
    case 'clock-differs':
      return `the clock of ${remark.from} is ${remark.by / 1000} s away`
    default:
      return undefined
  }
}
