// What many routers do at the same moment, put together: while a round of timers runs, their addresses and announcements wait,
// and at its end the kernel gets them in a few large requests. The order within each router stays: advert, addresses, announcements.
// What is said of it all in the log comes last.
import type { AddressSpec, Host, HostFault } from './host.ts'

type Waiting = { readonly specs: readonly AddressSpec[]; readonly done: (fault: HostFault | undefined) => void }

export class Batch {
  readonly #host: Host
  #isOpen = false
  #hasRead = false
  #adding: Waiting[] = []
  #afterwards: (() => void)[] = []

  constructor(host: Host) {
    this.#host = host
  }

  begin(): void {
    this.#isOpen = true
    this.#hasRead = false
    this.#host.holdLog?.()
    this.#host.holdSends?.()
  }

  end(): void {
    try {
      // The adverts first: the old master lets go before the addresses appear here.
      if (this.#adding.length > 0) this.#host.releaseSends?.()
      this.#addAll()
      // One may bring another: what a fault sets off may want to say something.
      for (let next = this.#afterwards.shift(); next; next = this.#afterwards.shift()) next()
    } finally {
      this.#isOpen = false
      this.#host.releaseSends?.()
      this.#host.releaseLog?.()
    }
  }

  /** Adds them in order; `done` gets the first fault, now or at the end of the round. */
  addAddresses(specs: readonly AddressSpec[], done: (fault: HostFault | undefined) => void): void {
    if (this.#isOpen && this.#host.addAddresses) {
      this.#adding.push({ specs, done })
      return
    }
    done(addNow(this.#host, specs))
  }

  /** What is waiting to be sent leaves now: the interface that it leaves by is about to go down. */
  sendNow(): void {
    if (!this.#isOpen) return
    this.#host.releaseSends?.()
    this.#host.holdSends?.()
  }

  /** After all addresses of this round, or now. */
  afterAddresses(run: () => void): void {
    if (this.#adding.length > 0) this.#afterwards.push(run)
    else run()
  }

  /** What is waiting to be carried out is carried out now: something else depends on it. */
  settle(): void {
    if (this.#adding.length === 0) return
    this.#host.releaseSends?.()
    this.#addAll()
    for (let next = this.#afterwards.shift(); next; next = this.#afterwards.shift()) next()
    if (this.#isOpen) this.#host.holdSends?.()
  }

  /** Packets that came in time are read before a silence is believed: once a round. */
  readPending(): void {
    if (this.#hasRead) return
    this.#hasRead = this.#isOpen
    this.#host.readPending?.()
  }

  #addAll(): void {
    const adding = this.#adding
    if (adding.length === 0) return
    this.#adding = []
    const results = this.#host.addAddresses?.(adding.flatMap(({ specs }) => specs)) ?? []
    let at = 0
    for (const { specs, done } of adding) {
      const mine = results.slice(at, at + specs.length)
      at += specs.length
      const refused = mine.find((result) => !result.ok)
      done(refused && !refused.ok ? refused.fault : undefined)
    }
  }
}

function addNow(host: Host, specs: readonly AddressSpec[]): HostFault | undefined {
  for (const spec of specs) {
    const added = host.addAddress(spec)
    if (!added.ok) return added.fault
  }
  return undefined
}
