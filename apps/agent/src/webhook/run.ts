// The kind `webhook`: a courier for each receiver, none of which waits for another.
import type { AgentLine } from '../agent-line.ts'
import { Courier, type WebhookOptions } from './courier.ts'

export type WebhooksOptions = {
  readonly statusSocket: string
  readonly node: string
  readonly webhooks: readonly WebhookOptions[]
}

/** A burst of events is told of once. */
const reportEveryMs = 100

export function runWebhooks(
  { statusSocket, node, webhooks }: WebhooksOptions,
  { say, report }: Pick<AgentLine, 'say' | 'report'>,
): () => Promise<void> {
  // The daemon's mask takes away what a directory needs.
  process.umask(0o077)
  let isDue = false
  const changed = (): void => {
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      report(couriers.map((courier) => courier.status()))
    }, reportEveryMs)
  }
  const couriers = webhooks.map((options) => new Courier(options, { statusSocket, node, say, changed }))
  for (const courier of couriers) courier.start()
  return async () => {
    await Promise.all(couriers.map((courier) => courier.stop()))
  }
}
