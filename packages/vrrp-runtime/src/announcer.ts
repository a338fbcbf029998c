// Gratuitous ARP and neighbour advertisements, paced: back to back unless a gap is set for the interface, and then
// round-robin over the instances that want to say something there (keepalived's vrrp_garp_interval).
import { type Family, familyOf, type IfIndex, type Instant, type IpAddress, later, type Milliseconds } from '@havip/base'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, Host, HostFault } from './host.ts'

/** Whose announcement it is; compared by identity. */
export type Announcing = {
  announced(interfaceIndex: IfIndex, address: IpAddress): void
  announcementFailed(address: IpAddress, fault: HostFault): void
}

export type Place = { readonly interface: IfIndex; readonly address: IpAddress }

/** garp_group: gaps of its own, kept over all its interfaces together. Undefined: as everywhere. */
export type AnnouncingGroup = { readonly key: string; readonly ipv4: Milliseconds | undefined; readonly ipv6: Milliseconds | undefined }

type Lane = {
  readonly interface: IfIndex
  readonly family: Family
  /** One queue per owner, served in turn. */
  readonly queues: Map<Announcing, Place[]>
  freeAt: Instant | undefined
  appointment: Appointment | undefined
}

/** An instance may have this many announcements waiting; more would come minutes late and help nobody. */
const queuedPerOwnerMax = 4096

export class Announcer {
  readonly #host: Host
  readonly #clock: Clock
  readonly #agenda: Agenda
  readonly #lanes = new Map<string, Lane>()
  /** Which group an interface is in. */
  groupOf: (index: IfIndex) => AnnouncingGroup | undefined = () => undefined
  #gaps: { readonly ipv4: Milliseconds; readonly ipv6: Milliseconds }

  constructor(host: Host, clock: Clock, agenda: Agenda, gaps: { readonly ipv4: Milliseconds; readonly ipv6: Milliseconds }) {
    this.#host = host
    this.#clock = clock
    this.#agenda = agenda
    this.#gaps = gaps
  }

  set gaps(gaps: { readonly ipv4: Milliseconds; readonly ipv6: Milliseconds }) {
    this.#gaps = gaps
  }

  /** `rounds` times over all the places: A B A B … */
  announce(owner: Announcing, places: readonly Place[], rounds: number): void {
    for (let round = 0; round < rounds; round++) for (const place of places) this.#one(owner, place)
  }

  /** Throws away what `owner` still has queued. */
  cancel(owner: Announcing): void {
    for (const lane of this.#lanes.values()) lane.queues.delete(owner)
  }

  /** Throws away what `owner` still has queued for any other place: it has given those up. */
  keepOnly(owner: Announcing, places: readonly Place[]): void {
    const isKept = (one: Place): boolean =>
      places.some(({ interface: index, address }) => index === one.interface && address === one.address)
    for (const lane of this.#lanes.values()) {
      const kept = lane.queues.get(owner)?.filter(isKept)
      if (kept?.length === 0) lane.queues.delete(owner)
      else if (kept) lane.queues.set(owner, kept)
    }
  }

  #one(owner: Announcing, place: Place): void {
    const family = familyOf(place.address)
    if (this.#gapOf(place.interface, family) <= 0) {
      this.#send(owner, place)
      return
    }
    const lane = this.#lane(place.interface, family)
    const now = this.#clock.now()
    if (lane.queues.size === 0 && (lane.freeAt === undefined || lane.freeAt <= now)) {
      this.#sendInLane(lane, owner, place, now)
      return
    }
    const queue = lane.queues.get(owner) ?? []
    if (queue.length >= queuedPerOwnerMax) return
    queue.push(place)
    lane.queues.set(owner, queue)
    this.#arm(lane)
  }

  #gapOf(index: IfIndex, family: Family): Milliseconds {
    return this.groupOf(index)?.[family] ?? this.#gaps[family]
  }

  #lane(index: IfIndex, family: Family): Lane {
    const group = this.groupOf(index)
    const key = group?.[family] === undefined ? `${family} ${index}` : `${family} ${group.key}`
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = { interface: index, family, queues: new Map(), freeAt: undefined, appointment: undefined }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #arm(lane: Lane): void {
    if (lane.appointment || lane.queues.size === 0) return
    lane.appointment = this.#agenda.schedule(lane.freeAt ?? this.#clock.now(), () => {
      lane.appointment = undefined
      this.#next(lane)
    })
  }

  #next(lane: Lane): void {
    const first = lane.queues.entries().next().value
    if (!first) return
    const [owner, queue] = first
    const place = queue.shift()
    // Back to the end of the line, so that one instance with many addresses does not hold up the others.
    lane.queues.delete(owner)
    if (queue.length > 0) lane.queues.set(owner, queue)
    if (place) this.#sendInLane(lane, owner, place, this.#clock.now())
    this.#arm(lane)
  }

  #sendInLane(lane: Lane, owner: Announcing, place: Place, now: Instant): void {
    lane.freeAt = later(now, this.#gapOf(lane.interface, lane.family))
    this.#send(owner, place)
  }

  #send(owner: Announcing, place: Place): void {
    const sent = this.#host.announce(place)
    if (sent.ok) owner.announced(place.interface, place.address)
    else owner.announcementFailed(place.address, sent.fault)
  }
}
