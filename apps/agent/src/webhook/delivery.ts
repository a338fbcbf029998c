// One delivery over HTTP, to somebody who is not trusted: nothing of the answer is read but its head, no redirect is followed, and
// everything ends in time.
import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import type { Agent } from 'node:https'

export type Outcome =
  | { readonly kind: 'taken' }
  /** It will never be taken: the receiver says so. */
  | { readonly kind: 'refused'; readonly why: string }
  /** `afterMs`: the receiver asks for a pause of this length. */
  | { readonly kind: 'failed'; readonly why: string; readonly afterMs?: number }

export type Delivery = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** PEM; undefined: the system's certificates. */
  readonly ca: string | undefined
}

const timeoutMs = 10_000
const headBytesMax = 8 * 1024
/** Longer than this nobody is waited for at his word. */
const retryAfterMaxMs = 5 * 60_000

export async function deliver({ url, headers, body, ca }: Delivery, withinMs: number = timeoutMs): Promise<Outcome> {
  const target = new URL(url)
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
    // Each delivery is a connection of its own: they are rare, and one that has been idle may be dead without a word.
    agent: false,
    maxHeaderSize: headBytesMax,
  }
  return target.protocol === 'https:' ? overTls(target, options, ca, body, withinMs) : send(httpRequest(target, options), body, withinMs)
}

async function overTls(target: URL, options: RequestOptions, ca: string | undefined, body: string, withinMs: number): Promise<Outcome> {
  const { request } = await import('node:https')
  let agent: Agent
  try {
    agent = await trusting(ca)
  } catch (error) {
    return { kind: 'failed', why: `ca_file: ${error instanceof Error ? error.message : String(error)}` }
  }
  return send(request(target, { ...options, agent }), body, withinMs)
}

/** Reading a few hundred certificates takes a while; they rarely change. */
let known: { readonly ca: string | undefined; readonly agent: Agent } | undefined

async function trusting(ca: string | undefined): Promise<Agent> {
  if (known && known.ca === ca) return known.agent
  const { Agent } = await import('node:https')
  const { createSecureContext, getCACertificates } = await import('node:tls')
  const agent = new Agent({ keepAlive: false, secureContext: createSecureContext({ ca: ca ?? systemCertificates(getCACertificates) }) })
  known = { ca, agent }
  return agent
}

/** A machine without any has those that came with the program. */
function systemCertificates(read: (kind: 'system' | 'bundled') => string[]): string[] {
  const found = read('system')
  return found.length > 0 ? found : read('bundled')
}

function send(request: ClientRequest, body: string, withinMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer)
      request.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => settle({ kind: 'failed', why: `no answer within ${withinMs / 1000} s` }), withinMs)
    request.on('response', ({ statusCode = 0, headers }) => settle(judge(statusCode, headers['retry-after'])))
    // Somebody who wants another protocol gets none.
    request.on('upgrade', (_, socket) => {
      socket.destroy()
      settle({ kind: 'failed', why: 'the answer was 101' })
    })
    request.on('error', (error) => settle({ kind: 'failed', why: error.message || String(error) }))
    request.on('close', () => settle({ kind: 'failed', why: 'the connection was closed without an answer' }))
    request.end(body)
  })
}

function judge(status: number, retryAfter: string | undefined): Outcome {
  if (status >= 200 && status < 300) return { kind: 'taken' }
  const why = `the answer was ${status}`
  if (status >= 300 && status < 400) return { kind: 'failed', why: `${why}: redirects are not followed` }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return { kind: 'refused', why }
  const seconds = retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : 0
  return { kind: 'failed', why, ...(seconds > 0 && { afterMs: Math.min(seconds * 1000, retryAfterMaxMs) }) }
}
