// Turns what the plane observes into history: an owner that changed, frames that were dropped.
import { ok, type WallTime } from '@havip/base'
import type { DropFact, Havip, Instance, OwnerFact } from '@havip/vpc'
import { holdersOf } from '../port-holders.ts'
import type { ReadTransaction, Store } from '../store.ts'
import type { NewEvent } from './event.ts'

type Parts = { readonly store: Store; readonly now: () => WallTime }

/** Dropped frames of one port make one event in so long, however many there are. */
const dropEveryMs = 10_000

export class Observations {
  readonly #parts: Parts
  /** The port that owned each HaVip when we last looked. */
  readonly #owners = new Map<string, string>()
  readonly #drops = new Map<string, { readonly fact: DropFact; readonly toldAt: number }>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Compares with what was seen before; what was last written counts for the first look after a start. */
  async owners(facts: readonly OwnerFact[]): Promise<void> {
    const changed = facts.filter(({ havip, port }) => this.#owners.get(havip) !== (port ?? ''))
    if (changed.length === 0) return
    const { store, now } = this.#parts
    await store.write<void, never>(async (tx) => {
      for (const { havip, port } of changed) {
        const row = await tx.get('havip', havip)
        if (!row) continue
        const owner = port ? (await holdersOf(tx, [port])).get(port) : undefined
        const before = this.#owners.has(havip) ? undefined : await lastOwner(tx, row)
        if (before !== undefined && before === (owner?.id ?? '')) continue
        if (before === undefined && !this.#owners.has(havip) && !owner) continue
        await tx.appendEvent(ownerEvent(row, owner, now()))
      }
      return ok(undefined)
    })
    for (const { havip, port } of changed) this.#owners.set(havip, port ?? '')
  }

  async drops(facts: readonly DropFact[]): Promise<void> {
    const now = this.#parts.now()
    const grown: { readonly fact: DropFact; readonly counts: Readonly<Record<string, string>> }[] = []
    for (const fact of facts) {
      const known = this.#drops.get(fact.port)
      // The first look only tells what was before; counters that went back were set anew.
      if (!known) this.#drops.set(fact.port, { fact, toldAt: 0 })
      if (!known || now - known.toldAt < dropEveryMs) continue
      const counts = growth(known.fact, fact)
      this.#drops.set(fact.port, { fact, toldAt: Object.keys(counts).length > 0 ? now : known.toldAt })
      if (Object.keys(counts).length > 0) grown.push({ fact, counts })
    }
    const present = new Set<string>(facts.map(({ port }) => port))
    for (const port of this.#drops.keys()) if (!present.has(port)) this.#drops.delete(port)
    if (grown.length === 0) return
    await this.#parts.store.write<void, never>(async (tx) => {
      for (const { fact, counts } of grown) {
        const instance = (await holdersOf(tx, [fact.port])).get(fact.port)
        if (instance) await tx.appendEvent(dropEvent(instance, counts, now))
      }
      return ok(undefined)
    })
  }
}

async function lastOwner(tx: ReadTransaction, havip: Havip): Promise<string | undefined> {
  const [last] = await tx.events({ resource: havip.id, kinds: ['owner'], range: { before: Number.MAX_SAFE_INTEGER }, limit: 1 })
  return last?.detail.instance
}

function ownerEvent(havip: Havip, owner: Instance | undefined, at: WallTime): NewEvent {
  const who = owner ? (owner.name === '' ? owner.id : owner.name) : 'nobody'
  const { account, id } = havip
  const name = havip.name === '' ? id : havip.name
  const text = owner ? `${who} announces ${havip.address} (HaVip ${name}).` : `Nobody announces ${havip.address} (HaVip ${name}) any more.`
  return {
    at,
    account,
    kind: 'owner',
    resource: { type: 'havip', id },
    text,
    detail: { instance: owner?.id ?? '', address: havip.address },
  }
}

const words: Readonly<Record<string, string>> = {
  spoofedMac: 'with a false MAC address',
  spoofedIpv4: 'with a false IPv4 address',
  spoofedArp: 'with a false ARP announcement',
  spoofedIpv6: 'with a false IPv6 address',
  spoofedNd: 'of false neighbour discovery',
  unboundHavip: 'for a HaVip that is not bound to it',
  ipv6: 'of IPv6',
  fenced: 'from or for a HaVip that another instance owns',
  forbidden: 'of a kind that no instance may send',
}

/** Every counter of a port but its name; those that are unknown here are told by their own names. */
function growth(before: DropFact, now: DropFact): Readonly<Record<string, string>> {
  const old = before as unknown as Readonly<Record<string, unknown>>
  const grown = Object.entries(now as unknown as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    const earlier = old[name]
    return typeof value === 'number' && typeof earlier === 'number' && value > earlier ? [[name, String(value - earlier)] as const] : []
  })
  return Object.fromEntries(grown)
}

function dropEvent(instance: Instance, counts: Readonly<Record<string, string>>, at: WallTime): NewEvent {
  const list = Object.entries(counts).map(([name, count]) => `${count} ${words[name] ?? name}`)
  return {
    at,
    account: instance.account,
    kind: 'drop',
    resource: { type: 'instance', id: instance.id },
    text: `Frames of ${instance.name === '' ? instance.id : instance.name} were dropped: ${list.join(', ')}.`,
    detail: counts,
  }
}
