// An event of the daemon as a receiver gets it: which kind it is, in words, and with its facts.
import type { WebhookEventKind } from '@havip/conf'
import { type Entry, storyOf } from '@havip/vrrp-runtime'

export type EventItem = {
  /** The daemon's number; with the stream it names the event. 0 in the first item of a new stream. */
  readonly id: number
  /** ISO 8601. */
  readonly at: string
  /** `dropped`: numbers that the daemon no longer had; `restarted`: numbers begin anew. */
  readonly kind: WebhookEventKind | 'dropped' | 'restarted'
  readonly instance?: string
  /** A sentence for people. */
  readonly text: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** Facts longer than this stay where they are: `havip events` has them. */
const detailLengthMax = 16 * 1024

/** Undefined for what is no event to anybody out there. */
export function itemOf(entry: Entry): EventItem | undefined {
  const told = kindOf(entry.what)
  if (!told) return undefined
  const [line] = storyOf([{ node: '', entries: [entry] }], undefined)
  const { sequence: id, wall, instance } = entry
  const { kind: _, ...detail } = told.facts
  const isShort = JSON.stringify(detail).length <= detailLengthMax
  return {
    id,
    at: new Date(wall).toISOString(),
    kind: told.kind,
    instance,
    text: line?.text ?? told.text ?? told.facts.kind,
    detail: isShort ? detail : {},
  }
}

type Told = { readonly kind: WebhookEventKind; readonly facts: { readonly kind: string }; readonly text?: string }

function kindOf(what: Entry['what']): Told | undefined {
  switch (what.kind) {
    case 'action':
      return kindOfAction(what.action)
    case 'advert-sent':
    case 'advert-heard':
      return { kind: 'goodbye', facts: what }
    case 'advert-refused':
      return { kind: 'refused', facts: what }
    case 'system-fault':
      return { kind: 'fault', facts: what }
    case 'late':
      return { kind: 'late', facts: what }
    case 'group-moved':
      return { kind: 'group', facts: what }
    case 'guard':
      return { kind: 'guard', facts: what }
    case 'bfd-transition':
      return { kind: 'bfd', facts: what, text: `${what.from.toUpperCase()} → ${what.to.toUpperCase()}` }
    default:
      return undefined
  }
}

function kindOfAction(action: Extract<Entry['what'], { kind: 'action' }>['action']): Told | undefined {
  switch (action.kind) {
    case 'transition':
      return { kind: 'transition', facts: action }
    case 'priority-changed':
      return { kind: 'priority', facts: action }
    case 'remark':
      return { kind: 'remark', facts: action, text: action.remark.kind }
    default:
      return undefined
  }
}
