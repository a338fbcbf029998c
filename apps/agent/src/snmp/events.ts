// The daemon's events that management systems are told of, read from its stream.
import type { IpAddress } from '@havip/base'
import type { PresentInstance } from '@havip/vrrp-runtime'

export type EventLine = {
  readonly sequence: number
  readonly instance: string
  readonly what: { readonly kind: string; readonly action?: { readonly kind: string } & Readonly<Record<string, unknown>> } & Readonly<
    Record<string, unknown>
  >
}

/** Undefined for what is none: a gap. */
export function readEvent(line: string): EventLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<EventLine>
    return typeof value.sequence === 'number' && value.what !== undefined ? (value as EventLine) : undefined
  } catch {
    return undefined
  }
}

type State = PresentInstance['state']
export type Transition = {
  readonly kind: 'transition'
  readonly instance: string
  readonly to: State
  readonly because: PresentInstance['masterBecause']
}
export type GroupMove = { readonly kind: 'group-moved'; readonly group: string; readonly to: State }
export type PacketRefused = { readonly kind: 'refused'; readonly instance: string; readonly from: IpAddress; readonly fault: string }
export type Told = Transition | GroupMove | PacketRefused

/** Undefined for what nobody is told. */
export function toldOf({ instance, what }: EventLine): Told | undefined {
  switch (what.kind) {
    case 'action': {
      const { action } = what
      if (action?.kind !== 'transition' || action.notify !== true) return undefined
      return {
        kind: 'transition',
        instance,
        to: action.to as State,
        because: (action.reason as { readonly kind: PresentInstance['masterBecause'] }).kind,
      }
    }
    case 'group-moved':
      return { kind: 'group-moved', group: String(what.group), to: what.to as State }
    case 'advert-refused':
      return { kind: 'refused', instance, from: what.from as IpAddress, fault: String((what.fault as { readonly kind: string }).kind) }
    default:
      return undefined
  }
}
