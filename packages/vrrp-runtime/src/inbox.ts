// Events one after the other, although handling one may cause the next: the loop at the heart of a router or a sync group.
import { AssertionError } from '@havip/base'

/** Events that one may cause in a row; more would be a mistake of ours. */
const inboxMax = 1000

export type InboxOwner<Item> = {
  handle(item: Item): void
  /** All that has come is handled. */
  settle(): void
  /** Handling this one went wrong: our own mistake. What waits behind it is handled afterwards. */
  broke(mistake: unknown, item: Item): void
}

export class Inbox<Item> {
  readonly #owner: InboxOwner<Item>
  #items: Item[] = []
  #isWorking = false

  constructor(owner: InboxOwner<Item>) {
    this.#owner = owner
  }

  post(item: Item): void {
    this.#items.push(item)
    if (this.#isWorking) return
    this.#isWorking = true
    let current = item
    let rest: readonly Item[] = []
    try {
      for (let handled = 0; this.#items.length > 0; handled++) {
        current = this.#items.shift() as Item
        if (handled > inboxMax) throw new AssertionError('events cause events without end')
        this.#owner.handle(current)
      }
      this.#owner.settle()
    } catch (mistake) {
      rest = this.#items.splice(0)
      this.#owner.broke(mistake, current)
    } finally {
      this.#isWorking = false
    }
    for (const one of rest) this.post(one)
  }
}
