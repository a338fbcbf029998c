// /metrics and /status over HTTP, where --metrics asks for it. Reading only; on loopback unless told otherwise.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { DaemonStatus } from '@havip/vrrp-runtime'
import { metricsContentType, prometheusText } from './metrics.ts'
import type { Log } from './succession.ts'

export type ListenAddress = { readonly host: string; readonly port: number }

export const defaultMetricsAddress: ListenAddress = { host: '127.0.0.1', port: 9651 }

const connectionsMax = 16
const timeoutMs = 5000
/** A daemon that hands over frees the port in its own time. */
const retryMs = 100
const retriesMax = 50

/** `9100`, `:9100`, `192.0.2.1:9100`, `[::1]:9100`; undefined: no such place. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const found = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text)
  const port = Number(found?.[2])
  if (!found || port < 1 || port > 65535) return undefined
  const host = found[1]?.replace(/^\[|\]$/g, '') ?? ''
  return { host: host === '' ? defaultMetricsAddress.host : host, port }
}

/** Whether it listens or not, the daemon runs: what is wrong is told. */
export async function openMetrics(at: ListenAddress, status: () => DaemonStatus, log: Log): Promise<{ close(): void }> {
  // Loaded only where it is wanted: it costs memory.
  const { createServer } = await import('node:http')
  const server = createServer({ headersTimeout: timeoutMs, requestTimeout: timeoutMs }, (request, response) =>
    answer(request, response, status),
  )
  server.maxConnections = connectionsMax
  listenPatiently(server, at, log)
  return {
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listenPatiently(server: Server, { host, port }: ListenAddress, log: Log): void {
  let retries = 0
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && retries++ < retriesMax) setTimeout(() => server.listen(port, host), retryMs)
    else log(4, `--metrics: ${error.message}: nothing is served there`)
  })
  server.listen(port, host)
}

function answer(request: IncomingMessage, response: ServerResponse, status: () => DaemonStatus): void {
  const send = (code: number, type: string, text: string): void => {
    response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(405, 'text/plain', 'GET only\n')
    return
  }
  switch (request.url?.split('?')[0]) {
    case '/metrics':
      send(200, metricsContentType, prometheusText(status()))
      break
    case '/status':
      send(200, 'application/json', `${JSON.stringify(status())}\n`)
      break
    default:
      send(404, 'text/plain', 'havipd serves /metrics (Prometheus) and /status (JSON)\n')
  }
}
