// GET /audit.ndjson: the audit as one JSON object a line, oldest first, with the filters of DescribeAuditEvents.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { admit, auditAction, auditOf, auditQueryOf, type Gate } from '@havip/rpc-api'
import type { Store } from '@havip/vpc-service'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { isForeign, newRequestId, refusal, requestOf, type Web } from './web.ts'

const batchMax = 500
/** A client that takes nothing for so long is cut off. */
const silenceMsMax = 60_000

export type AuditExportParts = { readonly gate: Gate; readonly store: Store; readonly now: () => number }

export function auditExport(parts: AuditExportParts): (web: Web) => Promise<Response> {
  return async (web) => {
    if (isForeign(web)) return refusal(web, { status: 403, code: 'ForeignOrigin', message: 'Only pages of this address may do this.' })
    const admitted = await admit(parts.gate, requestOf(web), auditAction, newRequestId(), parts.now())
    if (!admitted.ok) return refusal(web, admitted.fault)
    const { query } = admitted.value
    const given = (name: string): string | undefined => query.get(name) || undefined
    const after = /^\d{1,15}$/.test(query.get('After') ?? '') ? Number(query.get('After')) : 0
    const read = auditQueryOf(
      {
        After: after,
        ActionName: given('ActionName'),
        Principal: given('Principal'),
        ResourceId: given('ResourceId'),
        Outcome: given('Outcome'),
        StartTime: given('StartTime'),
        EndTime: given('EndTime'),
      },
      batchMax,
    )
    if (!read.ok) return refusal(web, read.fault)
    const response = web.env.outgoing as ServerResponse
    response.setTimeout(silenceMsMax, () => response.destroy())
    response.writeHead(200, {
      'content-type': 'application/x-ndjson;charset=utf-8',
      'content-disposition': 'attachment; filename="havip-audit.ndjson"',
      'cache-control': 'no-store',
    })
    write(response, after, (from) => parts.store.read((tx) => tx.searchAudit({ ...read.value, range: { after: from } }))).catch(() =>
      response.destroy(),
    )
    return RESPONSE_ALREADY_SENT
  }
}

/** Batch by batch, as fast as the client takes it. */
async function write(
  response: ServerResponse,
  after: number,
  read: (after: number) => Promise<readonly Parameters<typeof auditOf>[0][]>,
): Promise<void> {
  for (let from = after; !response.closed; ) {
    const records = await read(from)
    const text = records.map((record) => `${JSON.stringify(auditOf(record))}\n`).join('')
    if (text !== '' && !response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    if (records.length < batchMax) return void response.end()
    from = records.at(-1)?.sequence ?? from
  }
}
