// One Ethernet segment in memory. Every attached machine sees it through its interface eth0.
import type { FakeHost } from './fake-host.ts'
import type { VirtualTime } from './virtual-clock.ts'

export class FakeSegment {
  readonly #time: VirtualTime
  readonly #hosts: FakeHost[] = []
  /** Milliseconds from one machine to another. */
  delay = 0.1
  /** Says which packets get lost. */
  loses: (from: FakeHost, to: FakeHost, datagram: Uint8Array) => boolean = () => false
  /** Everything that was sent, in order. */
  readonly sent: { readonly at: number; readonly from: FakeHost; readonly datagram: Uint8Array }[] = []

  constructor(time: VirtualTime) {
    this.#time = time
  }

  attach(host: FakeHost): void {
    this.#hosts.push(host)
  }

  carry(from: FakeHost, datagram: Uint8Array): void {
    this.sent.push({ at: this.#time.now, from, datagram })
    for (const to of this.#hosts) {
      if (to === from || this.loses(from, to, datagram)) continue
      this.#time.at(this.#time.now + this.delay, () => to.deliver(datagram, 'eth0'))
    }
  }
}
