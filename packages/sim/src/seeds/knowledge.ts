// What the checkers know of one instance in one run of a node's daemon: what they saw themselves, never what the engine says.
import type { IpAddress, Priority } from '@havip/base'
import type { PublicState } from '@havip/vrrp'
import type { Giving, TakenBack } from './planned-moves.ts'

export type Hearing = {
  readonly at: number
  readonly priority: number
  /** As the packet announces it, milliseconds; 0 when it is too short to say. */
  readonly interval: number
}

/** Byte 5 counts seconds in version 2; the lower 12 bits of bytes 4 and 5 count centiseconds in version 3. */
export function hearingOf(payload: Uint8Array, at: number): Hearing {
  const [version = 0, , priority = -1, , high = 0, low = 0] = payload
  const interval = version >> 4 === 2 ? 1000 * low : 10 * (((high & 15) << 8) | low)
  return { at, priority, interval }
}

export type Knowledge = {
  readonly startedAt: number
  /** The last packet from each address that got to a socket. */
  readonly heard: Map<IpAddress, Hearing>
  /** The last one that was no goodbye. */
  readonly spoke: Map<IpAddress, Hearing>
  /** When each address last resigned. */
  readonly resigned: Map<IpAddress, number>
  /** The first goodbye of each that has not spoken since. */
  readonly leaving: Map<IpAddress, number>
  state: PublicState
  /** It became backup then. */
  listensSince: number
  /** As its daemon last told it; undefined: never. */
  priority: Priority | undefined
  priorityChangedAt: number | undefined
  stalledAt: number | undefined
  readonly notified: (readonly string[])[]
  readonly expected: { readonly at: number; readonly state: PublicState }[]
  /** Words that came out of the named pipe, and subjects of mails. */
  readonly piped: string[]
  readonly mailed: string[]
  /** The latest advertisement it sent, and the latest goodbye. */
  sentAt: number | undefined
  resignedAt: number | undefined
  /** Datagrams, goodbyes among them. */
  readonly sent: { all: number; goodbyes: number }
  announcedAt: number | undefined
  /** While it is master: since when, and each announcement. */
  masterSince: number | undefined
  /** As master it got another priority by a reload then, and has not said so yet. */
  owesAdvertSince: number | undefined
  /** When its daemon last noticed that an address had gone while it was master. */
  lost: { readonly address: IpAddress; readonly at: number } | undefined
  announcements: { readonly at: number; readonly address: IpAddress }[]
  /** When it last heard a lower advertisement while it was master; it has to object. */
  contradictedAt: number | undefined
  hasAnswered: boolean
  /** What it heard then was a goodbye. */
  owesAnswer: boolean
  owesAdvert: boolean
  /** It goes on where another process ended. */
  isHeir: boolean
  giving: Giving | undefined
  /** Nobody had taken over then, so it went on. */
  gaveUpAt: number | undefined
  /** It was asked to take the addresses back then. */
  askedBackAt: number | undefined
  /** Of its present time as master. */
  takenBack: TakenBack | undefined
  /** It was asked to give the addresses away, and has not had them since. */
  standsBack: boolean
  /** What a process that goes on in this one's place knows of that. */
  readonly stoodBack: boolean
  readonly packets: { all: number; farAway: number; goodbyes: number }
}

export const newKnowledge = (now: number, before?: Knowledge): Knowledge => ({
  startedAt: now,
  heard: new Map(before?.heard),
  spoke: new Map(before?.spoke),
  resigned: new Map(),
  leaving: new Map(),
  state: 'init',
  listensSince: now,
  priority: undefined,
  priorityChangedAt: undefined,
  stalledAt: undefined,
  notified: [],
  expected: [],
  piped: [],
  mailed: [],
  sentAt: undefined,
  resignedAt: undefined,
  sent: { all: 0, goodbyes: 0 },
  announcedAt: undefined,
  masterSince: undefined,
  owesAdvertSince: undefined,
  lost: undefined,
  announcements: [],
  contradictedAt: undefined,
  hasAnswered: false,
  owesAnswer: false,
  owesAdvert: false,
  isHeir: false,
  giving: undefined,
  gaveUpAt: undefined,
  askedBackAt: undefined,
  takenBack: undefined,
  standsBack: false,
  stoodBack: before?.standsBack === true,
  packets: { all: 0, farAway: 0, goodbyes: 0 },
})
