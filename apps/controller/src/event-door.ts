// GET /events: what happens, as server-sent events that go on where the client left off.
import type { ServerResponse } from 'node:http'
import { type Admitted, admit, eventAction, type Gate, type Identity, visibleKinds } from '@havip/rpc-api'
import { eventJson, type Store } from '@havip/vpc-service'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { EventFeed, Wanted } from './event-feed.ts'
import { isForeign, newRequestId, refusal, requestOf, type Web } from './web.ts'

export type EventDoorParts = {
  readonly gate: Gate
  readonly feed: EventFeed
  readonly store: Store
  /** Whether who was let in still may. */
  readonly isStill: (identity: Identity) => Promise<boolean>
  readonly now: () => number
  /** Names this run of this controller: a client sees that it was started anew. */
  readonly controller: string
  readonly timing?: EventTiming | undefined
}
/** Shorter ones are for tests. */
export type EventTiming = { readonly heartbeatMs?: number; readonly slowMsMax?: number }
export type EventDoor = {
  open(web: Web): Promise<Response>
  /** Ends all streams. */
  close(): void
  readonly streams: number
}

const streamsMax = 500
const streamsPerUserMax = 30
const batchMax = 200
/** Shorter than what proxies and browsers take for silence. */
const heartbeatMsDefault = 15_000
/** A client that takes nothing for so long is cut off; it goes on later where it was. */
const slowMsMaxDefault = 20_000

export function openEventDoor(parts: EventDoorParts): EventDoor {
  const streams = new Map<ServerResponse, string>()
  return {
    open: async (web) => {
      if (isForeign(web)) return refusal(web, { status: 403, code: 'ForeignOrigin', message: 'Only pages of this address may do this.' })
      const request = requestOf(web)
      const admitted = await admit(parts.gate, request, eventAction, newRequestId(), parts.now())
      if (!admitted.ok) return refusal(web, admitted.fault)
      const { identity, query } = admitted.value
      const mine = [...streams.values()].filter((user) => user === identity.user).length
      if (streams.size >= streamsMax || mine >= streamsPerUserMax) {
        return refusal(web, { status: 503, code: 'ServiceUnavailable', message: 'There are too many event streams already.' })
      }
      const given = request.headers.get('last-event-id') ?? query.get('after')
      const from = /^\d{1,15}$/.test(given ?? '') ? Number(given) : undefined
      const { outgoing } = web.env
      const response = outgoing as ServerResponse
      streams.set(response, identity.user)
      response.on('close', () => streams.delete(response))
      stream(response, from, admitted.value, request.remote, parts).catch(() => response.destroy())
      return RESPONSE_ALREADY_SENT
    },
    close: () => {
      for (const response of streams.keys()) response.end()
    },
    get streams() {
      return streams.size
    },
  }
}

async function stream(
  response: ServerResponse,
  from: number | undefined,
  { identity }: Admitted,
  remote: string,
  parts: EventDoorParts,
): Promise<void> {
  const { feed, now } = parts
  const heartbeatMs = parts.timing?.heartbeatMs ?? heartbeatMsDefault
  const wanted: Wanted = { account: identity.account, kinds: visibleKinds({ identity, nowMs: now() }, remote) }
  const oldest = await parts.store.read((tx) => tx.oldestEvent())
  let cursor = from ?? feed.last
  response.writeHead(200, {
    'content-type': 'text/event-stream;charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that gathers output would hold events back.
    'x-accel-buffering': 'no',
  })
  const hello = {
    controller: parts.controller,
    now: new Date(now()).toISOString(),
    /** True: something between the last event of the client and now is no longer known; it has to look at everything. */
    missed: from !== undefined && from + 1 < oldest,
  }
  if (!(await send(response, `retry: 1000\n${frame('hello', cursor, hello)}`, parts))) return
  let beatAt = now()
  while (!response.closed && !response.writableEnded) {
    if (!(await parts.isStill(identity))) return void response.end()
    const { events, seen } = await feed.after(cursor, wanted, batchMax)
    cursor = seen
    const text = events.map((event) => frame('change', event.sequence, eventJson(event))).join('')
    if (text !== '' && !(await send(response, text, parts))) return
    if (now() - beatAt >= heartbeatMs) {
      beatAt = now()
      if (!(await send(response, ': still here\n\n', parts))) return
    }
    if (events.length < batchMax) await feed.next(cursor, heartbeatMs)
  }
}

const frame = (event: string, id: number, data: object): string => `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

/** Waits until the client has taken it. False: it is gone, or was cut off because it did not. */
async function send(response: ServerResponse, text: string, parts: EventDoorParts): Promise<boolean> {
  if (response.closed || response.writableEnded) return false
  if (response.write(text)) return true
  return new Promise((resolve) => {
    const settle = (isTaken: boolean): void => {
      clearTimeout(timer)
      response.off('drain', onDrain)
      response.off('close', onClose)
      resolve(isTaken)
    }
    const onDrain = (): void => settle(true)
    const onClose = (): void => settle(false)
    const timer = setTimeout(() => {
      response.destroy()
      settle(false)
    }, parts.timing?.slowMsMax ?? slowMsMaxDefault)
    response.on('drain', onDrain)
    response.on('close', onClose)
  })
}
