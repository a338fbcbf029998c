// Timers ordered by their instant, first set first among equals. Setting and cancelling cost log n.

export type HeapEntry = {
  readonly at: number
  /** Order of setting. */
  readonly sequence: number
  /** Where it is in the heap, −1 when it is not. Written by the heap only. */
  position: number
}

export type TimerHeap<Entry extends HeapEntry> = {
  readonly size: number
  first(): Entry | undefined
  add(entry: Entry): void
  /** No matter whether it is still there. */
  remove(entry: Entry): void
}

const isBefore = (a: HeapEntry, b: HeapEntry): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence)

export function createTimerHeap<Entry extends HeapEntry>(): TimerHeap<Entry> {
  const entries: Entry[] = []
  const place = (entry: Entry, position: number): void => {
    entries[position] = entry
    entry.position = position
  }
  const rise = (entry: Entry, from: number): void => {
    let position = from
    while (position > 0) {
      const parent = (position - 1) >> 1
      const above = entries[parent] as Entry
      if (!isBefore(entry, above)) break
      place(above, position)
      position = parent
    }
    place(entry, position)
  }
  const sink = (entry: Entry, from: number): void => {
    let position = from
    for (;;) {
      let child = 2 * position + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && isBefore(entries[child + 1] as Entry, entries[child] as Entry)) child++
      const below = entries[child] as Entry
      if (!isBefore(below, entry)) break
      place(below, position)
      position = child
    }
    place(entry, position)
  }
  return {
    get size() {
      return entries.length
    },
    first: () => entries[0],
    add(entry) {
      entries.push(entry)
      rise(entry, entries.length - 1)
    },
    remove(entry) {
      const position = entry.position
      if (position < 0) return
      entry.position = -1
      const last = entries.pop() as Entry
      if (last === entry) return
      sink(last, position)
      rise(last, last.position)
    },
  }
}
