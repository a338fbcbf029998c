// Who has a virtual address: as the machines' kernels have it, and as a client in the segment, with a neighbour table of
// its own, would reach it. Both are looked at anew whenever anything moved.
import type { IpAddress, Mac } from '@havip/base'
import { learnFrom } from './datagram.ts'
import type { Machine, Parts } from './machine.ts'
import type { Station } from './network.ts'
import { sameList, Track } from './track.ts'
import type { ClientSpec } from './world.ts'

/**
 * A neighbour entry that leads nowhere is asked for anew after this long: Linux waits 5 s (delay_first_probe_time), then
 * probes three times a second apart. Traffic that expects answers is assumed, so the entry is not fresh by then.
 */
const staleAfter = 8000
/** Between two questions that nobody answers (retrans_time_ms). */
const askAgainAfter = 1000

export type WatchedAddress = { readonly address: IpAddress; readonly segment: string }

type Watch = {
  readonly address: IpAddress
  readonly segment: string
  readonly owners: Track<readonly string[]>
  readonly clients: readonly ClientView[]
}

type ClientView = {
  readonly client: string
  readonly station: Station
  readonly reached: Track<string | null>
  mac: Mac | undefined
  asking: { cancel(): void } | undefined
}

export type OwnershipEvents = {
  owners(address: IpAddress, owners: readonly string[]): void
  reached(client: string, address: IpAddress, node: string | null): void
}

export class Ownership {
  readonly #parts: Parts
  readonly #machines: readonly Machine[]
  readonly #events: OwnershipEvents
  readonly watches: readonly Watch[]
  #isDirty = false

  constructor(
    parts: Parts,
    machines: readonly Machine[],
    clients: readonly ClientSpec[],
    addresses: readonly WatchedAddress[],
    events: OwnershipEvents,
  ) {
    this.#parts = parts
    this.#machines = machines
    this.#events = events
    const stations = clients.map((client) => this.#plug(client))
    this.watches = addresses.map(({ address, segment }) => ({
      address,
      segment,
      owners: new Track<readonly string[]>([], sameList),
      clients: stations
        .filter((station) => station.segment === segment)
        .map((station) => ({
          client: station.name,
          station,
          reached: new Track<string | null>(null),
          mac: undefined,
          asking: undefined,
        })),
    }))
  }

  #plug(client: ClientSpec): Station {
    const station: Station = { name: client.name, segment: client.segment, isOn: () => true }
    this.#parts.network.plug(station)
    this.#parts.listeners.set(station, {
      wants: () => false,
      packet: () => {},
      frame: (bytes) => {
        const learned = learnFrom(bytes)
        if (!learned) return
        for (const watch of this.watches) {
          if (watch.address !== learned.address) continue
          const view = watch.clients.find((one) => one.client === client.name)
          if (view) this.#learn(view, learned.mac)
        }
      },
    })
    return station
  }

  #learn(view: ClientView, mac: Mac): void {
    if (view.mac === mac) return
    view.mac = mac
    this.groundMoved()
  }

  /** Looks again once everything of this instant is done. */
  groundMoved(): void {
    if (this.#isDirty) return
    this.#isDirty = true
    this.#parts.queue.in(0, () => {
      this.#isDirty = false
      for (const watch of this.watches) this.#look(watch)
    })
  }

  #look(watch: Watch): void {
    const { now } = this.#parts.queue
    const owners = this.#machines.filter((machine) => this.#answersFor(machine, watch.address)).map((machine) => machine.name)
    if (watch.owners.set(now, owners)) this.#events.owners(watch.address, owners)
    for (const view of watch.clients) {
      const node = this.#reaches(watch, view)
      if (view.reached.set(now, node)) this.#events.reached(view.client, watch.address, node)
      if (node === null) this.#keepAsking(watch, view)
      else {
        view.asking?.cancel()
        view.asking = undefined
      }
    }
  }

  #answersFor(machine: Machine, address: IpAddress): boolean {
    const link = machine.kernel.linkWith(address)
    return machine.answers && link !== undefined && machine.kernel.isLive(link)
  }

  #reaches(watch: Watch, view: ClientView): string | null {
    const { mac } = view
    if (mac === undefined) return null
    // A virtual MAC may be up on several machines: the switch sends it to where it saw it last.
    const places = this.#machines.filter((machine) => machine.kernel.links.some((link) => link.mac === mac && machine.kernel.isLive(link)))
    const [machine] = places.sort((a, b) => b.spokeAs(mac) - a.spokeAs(mac))
    const station = machine && stationWith(machine, mac)
    return machine && station && this.#canTalk(watch, view, machine, station) ? machine.name : null
  }

  #canTalk(watch: Watch, view: ClientView, machine: Machine, station: Station): boolean {
    return (
      station.segment === watch.segment &&
      station.isOn() &&
      machine.answers &&
      machine.kernel.has(watch.address) &&
      this.#parts.network.hearEachOther(view.client, machine.name)
    )
  }

  /** The client's kernel finds out that its entry leads nowhere, and broadcasts a question. */
  #keepAsking(watch: Watch, view: ClientView): void {
    if (view.asking) return
    const ask = (): void => {
      view.asking = this.#parts.queue.in(askAgainAfter, ask)
      this.#ask(watch, view)
    }
    view.asking = this.#parts.queue.in(view.mac === undefined ? askAgainAfter : staleAfter, ask)
  }

  /** Everybody who has the address answers; the last answer that comes is believed, as by a real neighbour table. */
  #ask(watch: Watch, view: ClientView): void {
    for (const machine of this.#machines) {
      for (const station of machine.stations.values()) {
        if (station.segment !== watch.segment) continue
        this.#parts.network.send(view.station, station, () => {
          const link = machine.kernel.linkWith(watch.address)
          if (!link || !this.#answersFor(machine, watch.address)) return
          this.#parts.network.send(station, view.station, () => {
            machine.speaks(link.mac)
            this.#learn(view, link.mac)
          })
        })
      }
    }
  }
}

function stationWith(machine: Machine, mac: Mac): Station | undefined {
  const link = machine.kernel.links.find((one) => one.mac === mac)
  return link && machine.stations.get((link.parent ?? link).index)
}
