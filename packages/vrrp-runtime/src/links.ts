// The machine's interfaces as last reported, by name and by number, and what a report changes.
import type { IfIndex } from '@havip/base'
import type { Host, Link } from './host.ts'

export class Links {
  readonly #host: Host
  readonly #judge: (link: Link) => Link
  #byName = new Map<string, Link>()
  #byIndex = new Map<IfIndex, Link>()

  /** @param judge how a link counts: a change may be on trial. */
  constructor(host: Host, judge: (link: Link) => Link = (link) => link) {
    this.#host = host
    this.#judge = judge
    this.readAll()
  }

  readAll(): void {
    this.#byName = new Map()
    this.#byIndex = new Map()
    for (const link of this.#host.links()) this.#keep(link)
  }

  /** What it was before, undefined when it is new. */
  changed(link: Link): Link | undefined {
    const before = this.#byIndex.get(link.index)
    if (before && before.name !== link.name) this.#byName.delete(before.name)
    this.#keep(link)
    return before
  }

  removed(index: IfIndex): void {
    const before = this.#byIndex.get(index)
    this.#byIndex.delete(index)
    if (before && this.#byName.get(before.name)?.index === index) this.#byName.delete(before.name)
  }

  /** The addresses of one interface changed: read it again. */
  refresh(index: IfIndex): void {
    const link = this.#host.links().find((candidate) => candidate.index === index)
    if (link) this.#keep(link)
  }

  find(name: string): Link | undefined {
    return this.#byName.get(name)
  }

  withIndex(index: IfIndex): Link | undefined {
    return this.#byIndex.get(index)
  }

  #keep(reported: Link): void {
    const link = this.#judge(reported)
    this.#byName.set(link.name, link)
    this.#byIndex.set(link.index, link)
  }
}
