// Masters that say the same again and again, many at the same moment: each of them would wake, find that nothing has changed, and hand over the
// bytes of the last time. Those that share a socket, an interval and a place on the grid of wake-ups are woken as one, and one prepared system call
// sends for all. What was sent is told to each when somebody looks at it, or when it has something else to do and stands alone again.
import { type Instant, isMulticast, later, type Milliseconds, milliseconds } from '@havip/base'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, HostFault, Outgoing, PreparedAdverts } from './host.ts'
import type { Membership } from './transports.ts'

export type Singer = {
  readonly through: Membership
  /** The same each time. */
  readonly outgoing: readonly Outgoing[]
  readonly interval: Milliseconds
  /** When its next advert is due, and when it shall be woken for it: not before, and less than an interval later. */
  readonly due: Instant
  readonly alarm: Instant
  refused(fault: HostFault): void
  /** It has to look after itself from now on: it leaves its seat. */
  standAlone(): void
}

export type Sung = {
  /** Adverts since the last time, 1 or more. */
  readonly count: number
  readonly lastAt: Instant
  /** When the next one is due. */
  readonly nextAt: Instant
}

export type Seat = {
  /** What was sent since it was asked last, or since it was taken. */
  take(): Sung | undefined
  /** Nothing is sent for it any more; `take` tells what was until now. */
  leave(): void
}

type Group = {
  readonly channel: object
  readonly interval: Milliseconds
  readonly toGroup: boolean
  readonly members: Member[]
  alarm: Instant
  appointment: Appointment | undefined
  /** Of all members; undefined: somebody came or went since. */
  ready: Ready | undefined
  rounds: number
  lastAt: Instant
}
type Ready = {
  readonly adverts: PreparedAdverts
  /** Whose each of the datagrams is. */
  readonly owners: readonly Singer[]
  /** Milliseconds from the earliest due member to the alarm. */
  readonly lag: number
}
type Member = {
  readonly singer: Singer
  /** In rounds of the group. */
  readonly joined: number
  taken: number
  left: { readonly rounds: number; readonly at: Instant } | undefined
}

export class Chorus {
  readonly #agenda: Agenda
  readonly #clock: Clock
  readonly #isCrowd: () => boolean
  readonly #broke: (mistake: unknown) => void
  readonly #groups: Group[] = []
  #isBroken = false

  constructor(world: {
    readonly agenda: Agenda
    readonly clock: Clock
    /** So many that it is worth it. */
    readonly isCrowd: () => boolean
    /** Hears of a mistake of ours: from then on everybody stands alone. */
    readonly broke: (mistake: unknown) => void
  }) {
    this.#agenda = world.agenda
    this.#clock = world.clock
    this.#isCrowd = world.isCrowd
    this.#broke = world.broke
  }

  /** False: there is no seat for anybody, and nobody need prepare for one. */
  get isOpen(): boolean {
    return !this.#isBroken && this.#isCrowd()
  }

  /** While it is open. Undefined: it has to go on alone, since the host has no quicker way for several. */
  join(singer: Singer): Seat | undefined {
    const [first] = singer.outgoing
    if (first === undefined) return undefined
    const toGroup = isMulticast(first.destination)
    const group = this.#groupOf(singer, toGroup) ?? this.#open(singer, toGroup)
    if (!group) return undefined
    const member: Member = { singer, joined: group.rounds, taken: group.rounds, left: undefined }
    group.members.push(member)
    group.ready = undefined
    return { take: () => take(group, member), leave: () => this.#leave(group, member) }
  }

  #groupOf({ through, interval, alarm }: Singer, toGroup: boolean): Group | undefined {
    return this.#groups.find(
      (one) => one.alarm === alarm && one.interval === interval && one.channel === through.channel && one.toGroup === toGroup,
    )
  }

  #open({ through, interval, alarm, outgoing }: Singer, toGroup: boolean): Group | undefined {
    if (!through.prepare(outgoing)) return undefined
    const { channel } = through
    const group: Group = {
      channel,
      interval,
      toGroup,
      members: [],
      alarm,
      appointment: undefined,
      ready: undefined,
      rounds: 0,
      lastAt: alarm,
    }
    group.appointment = this.#agenda.schedule(alarm, () => this.#sing(group))
    this.#groups.push(group)
    return group
  }

  #leave(group: Group, member: Member): void {
    if (member.left) return
    member.left = { rounds: group.rounds, at: group.lastAt }
    group.members.splice(group.members.indexOf(member), 1)
    group.ready = undefined
    if (group.members.length > 0) return
    group.appointment?.cancel()
    group.appointment = undefined
    const at = this.#groups.indexOf(group)
    if (at >= 0) this.#groups.splice(at, 1)
  }

  #sing(group: Group): void {
    const now = this.#clock.now()
    try {
      group.ready ??= prepare(group)
      const { ready } = group
      group.rounds++
      group.lastAt = now
      ready?.adverts.send((index, fault) => ready.owners[index]?.refused(fault))
    } catch (mistake) {
      this.#isBroken = true
      this.#broke(mistake)
    }
    const next = later(group.alarm, group.interval)
    // So late that somebody's next one is due already: each finds its rhythm again by itself.
    const isLate = group.ready === undefined || next - group.ready.lag <= now
    if (isLate || this.#isBroken) for (const { singer } of [...group.members]) singer.standAlone()
    if (group.members.length === 0) return
    group.alarm = next
    if (!group.appointment?.again(next)) group.appointment = this.#agenda.schedule(next, () => this.#sing(group))
  }
}

function prepare({ members, alarm, rounds, interval }: Group): Ready | undefined {
  const [first] = members
  const outgoing = members.flatMap(({ singer }) => singer.outgoing)
  const adverts = first?.singer.through.prepare(outgoing)
  if (!adverts) return undefined
  const owners = members.flatMap(({ singer }) => singer.outgoing.map(() => singer))
  const lag = members.reduce((most, { singer, joined }) => Math.max(most, alarm - dueAfter(singer, rounds - joined, interval)), 0)
  return { adverts, owners, lag }
}

const dueAfter = ({ due }: Singer, rounds: number, interval: Milliseconds): Instant => later(due, milliseconds(rounds * interval))

function take({ rounds, lastAt, interval }: Group, member: Member): Sung | undefined {
  const until = member.left ?? { rounds, at: lastAt }
  const count = until.rounds - member.taken
  if (count === 0) return undefined
  member.taken = until.rounds
  const due = dueAfter(member.singer, until.rounds - member.joined, interval)
  return { count, lastAt: until.at, nextAt: due > until.at ? due : later(until.at, interval) }
}
