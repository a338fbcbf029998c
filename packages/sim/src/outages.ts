// Reads outages and split brains, with their causes, from what was owned and reached when.
import type { AddressReport, Cause, Outage, Span, SplitBrain, TimelineEntry } from './report.ts'

/** From when a client had reached somebody once, every time it reaches nobody. */
export function findOutages(addresses: readonly AddressReport[], timeline: readonly TimelineEntry[]): Outage[] {
  const outages: Outage[] = []
  for (const { address, reached } of addresses) {
    for (const { client, spans } of reached) {
      for (const [i, span] of spans.entries()) {
        const before = spans[i - 1]?.value
        if (span.value !== null || before === undefined || before === null) continue
        const after = spans[i + 1]?.value ?? null
        const cause = causeOf(timeline, span, after)
        outages.push({ address, client, from: span.from, to: span.to, lasted: span.to - span.from, before, after, cause })
      }
    }
  }
  return outages.sort((a, b) => a.from - b.from)
}

/**
 * Two owners for no longer than this are a handover: the time that an advertisement may be under way in a room. A planned
 * switchover has its own overlap, and ends with it.
 */
const handoverMax = 5

const isEndOfSwitchover = (entry: TimelineEntry, at: number, nodes: ReadonlySet<string>): boolean =>
  entry.kind === 'life' &&
  entry.life.kind === 'switchover' &&
  entry.life.outcome === 'moved' &&
  nodes.has(entry.node) &&
  Math.abs(entry.at - at) <= handoverMax

/** On the way back the overlap is at its beginning: the other node is told a moment after the addresses are here. */
const takeBackMax = 50 + handoverMax

const isStartOfTakeBack = (entry: TimelineEntry, at: number, nodes: ReadonlySet<string>): boolean =>
  entry.kind === 'state' && entry.reason.kind === 'taken-back' && nodes.has(entry.node) && Math.abs(entry.at - at) <= handoverMax

/** Every time more than one kernel would answer for an address. Neighbouring ones are one. */
export function findSplitBrains(addresses: readonly AddressReport[], timeline: readonly TimelineEntry[]): SplitBrain[] {
  const found: SplitBrain[] = []
  for (const { address, owners } of addresses) {
    let open: { from: number; to: number; nodes: Set<string> } | undefined
    const close = (): void => {
      if (!open) return
      const { from, to, nodes } = open
      found.push({
        address,
        from,
        to,
        lasted: to - from,
        nodes: [...nodes],
        isHandover:
          to - from <= handoverMax ||
          timeline.some((entry) => isEndOfSwitchover(entry, to, nodes)) ||
          (to - from <= takeBackMax && timeline.some((entry) => isStartOfTakeBack(entry, from, nodes))),
        cause: causeOf(timeline, { from, to }, null),
      })
      open = undefined
    }
    for (const span of owners) {
      if (span.value.length < 2) close()
      else {
        open ??= { from: span.from, to: span.to, nodes: new Set() }
        open.to = span.to
        for (const node of span.value) open.nodes.add(node)
      }
    }
    close()
  }
  return found.sort((a, b) => a.from - b.from)
}

function causeOf(timeline: readonly TimelineEntry[], { from, to }: Pick<Span<unknown>, 'from' | 'to'>, taker: string | null): Cause {
  let fault: { readonly at: number; readonly text: string } | undefined
  let takeover: string | null = null
  for (const entry of timeline) {
    if (entry.at > to) break
    if (entry.kind === 'fault' && entry.at <= from) fault = { at: entry.at, text: entry.isEnd ? `end of: ${entry.text}` : entry.text }
    // The new master of this outage is the last one that came before the address was reached again.
    if (entry.kind === 'state' && entry.to === 'master' && entry.at >= from && (taker === null || entry.node === taker)) {
      takeover = `${entry.node}: ${entry.because}`
    }
  }
  return { fault: fault?.text ?? null, faultAt: fault?.at ?? null, takeover }
}
