// Trackers and what they do to an instance: a contribution to its priority, or FAULT (keepalived, "Tracking and effective
// priority"). A tracker only knows its own condition; weights belong to whoever tracks it.
import { type Priority, priority } from '@havip/base'
import type { FaultCause } from '@havip/vrrp'

/** `pending`: it has not reported yet. A number is the content of a tracked file. */
export type Condition =
  | { readonly kind: 'pending' }
  | { readonly kind: 'good' }
  /** `isInitial`: as configured, before anything has been found out. */
  | { readonly kind: 'bad'; readonly detail: string; readonly isInitial?: true }
  | { readonly kind: 'number'; readonly value: number }

export type TrackerKind = 'script' | 'interface' | 'file' | 'process' | 'bfd'

export type Tracker = {
  readonly kind: TrackerKind
  readonly name: string
  readonly condition: Condition
  /** Its own weight, for those who track it without saying one. */
  readonly defaults: TrackedBy
}

export type TrackedBy = { readonly weight: number; readonly reverse: boolean }

export type Effect =
  | { readonly kind: 'contributes'; readonly amount: number }
  | { readonly kind: 'fault' }
  /** Weight 0 and no report yet: the instance is held in INIT. */
  | { readonly kind: 'awaited' }

/** keepalived's table of weight and condition. */
export function effectOf(condition: Condition, { weight, reverse }: TrackedBy): Effect {
  switch (condition.kind) {
    case 'pending':
      return weight === 0 ? { kind: 'awaited' } : contributes(0)
    case 'number':
      return effectOfNumber(condition.value, { weight, reverse })
    case 'good':
      if (weight === 0) return reverse ? { kind: 'fault' } : contributes(0)
      return contributes(weight > 0 ? (reverse ? -weight : weight) : 0)
    case 'bad':
      if (weight === 0) return reverse ? contributes(0) : { kind: 'fault' }
      return contributes(weight < 0 ? (reverse ? -weight : weight) : 0)
  }
}

/** A tracked file: value × weight; -254 or less is FAULT; weight 0 asks only whether the value is zero. */
function effectOfNumber(value: number, { weight, reverse }: TrackedBy): Effect {
  if (weight === 0) return (value !== 0) !== reverse ? { kind: 'fault' } : contributes(0)
  const amount = value * weight * (reverse ? -1 : 1)
  return amount <= -254 ? { kind: 'fault' } : contributes(Math.min(253, amount))
}

const contributes = (amount: number): Effect => ({ kind: 'contributes', amount: amount === 0 ? 0 : amount })

/** Base 255 owns the addresses and stays 255; anything else is kept within 1 to 254. */
export function effectivePriority(base: Priority, contributions: number): Priority {
  if (base === 255) return base
  const result = priority(Math.max(1, Math.min(254, base + contributions)))
  return result.ok ? result.value : base
}

/** The cause of FAULT that a failed tracker of weight 0 is. */
export function faultOf(tracker: Tracker): FaultCause {
  const { condition, name } = tracker
  const detail = condition.kind === 'bad' ? condition.detail : ''
  switch (tracker.kind) {
    case 'script':
      return { kind: 'script-failed', script: name, detail }
    case 'interface':
      return { kind: 'tracked-interface-down', interface: name }
    case 'file':
      return { kind: 'file-bad', file: name, value: condition.kind === 'number' ? condition.value : 0 }
    case 'process':
      return { kind: 'process-missing', process: name }
    case 'bfd':
      return { kind: 'bfd-down', session: name, detail }
  }
}
