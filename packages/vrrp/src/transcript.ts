// A router's history as lines of JSON: what the daemon records, what a test replays. Times are the clock's, never the wall's.
import type { Instant } from '@havip/base'
import type { Action, PublicState } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { initialState, publicState } from './state.ts'
import { step } from './step.ts'

export type EventLine = { readonly at: Instant; readonly event: Event }
export type ActionLine = { readonly at: Instant; readonly state: PublicState; readonly actions: readonly Action[] }

/** Runs the events through the engine; steps without actions leave no line. */
export function replay(config: InstanceConfig, events: readonly EventLine[]): readonly ActionLine[] {
  let current = config
  let state = initialState(config)
  const lines: ActionLine[] = []
  for (const { at, event } of events) {
    const result = step(current, state, event, at)
    if (event.kind === 'reconfigured') current = event.config
    state = result.state
    if (result.actions.length > 0) lines.push({ at, state: publicState(state), actions: result.actions })
  }
  return lines
}

/** JSON, with bytes as `{"$hex": "31313131"}`. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? { $hex: hexOf(each) } : each), indent)

/** What `toJson` wrote. Throws SyntaxError on anything but JSON; the shape is the caller's to trust. */
export const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, each: unknown) => {
    const hex = typeof each === 'object' && each !== null && '$hex' in each ? each.$hex : undefined
    return typeof hex === 'string' ? bytesOf(hex) : each
  })

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const toJsonLines = (values: readonly unknown[]): string => values.map((value) => `${toJson(value)}\n`).join('')
export const fromJsonLines = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(fromJson)
