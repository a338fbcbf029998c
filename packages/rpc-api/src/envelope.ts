// What goes around an answer: RequestId, the five fields of an error, JSON or XML.
import type { Body } from './action.ts'
import type { RequestFault } from './fault.ts'
import type { ApiResponse } from './http.ts'

export type Envelope = {
  readonly format: 'json' | 'xml'
  /** A UUID in capitals. */
  readonly requestId: string
  /** Host and port as the caller addressed them. */
  readonly endpoint: string
}

export function successResponse(action: string, body: Body, envelope: Envelope): ApiResponse {
  const whole = { RequestId: envelope.requestId, ...body }
  return respond(200, whole, `${action}Response`, envelope)
}

/** All five fields are texts, and Code is never empty: clients crash or misread otherwise. */
export function faultResponse(fault: RequestFault, envelope: Envelope): ApiResponse {
  const whole = {
    RequestId: envelope.requestId,
    HostId: envelope.endpoint,
    Code: fault.code,
    Message: fault.message,
    Recommend: '',
  }
  const response = respond(fault.status, whole, 'Error', envelope)
  if (fault.retryAfterMs === undefined) return response
  return { ...response, headers: { ...response.headers, 'x-acs-retry-after': String(Math.ceil(fault.retryAfterMs)) } }
}

function respond(status: number, body: Body, root: string, { format, requestId }: Envelope): ApiResponse {
  // Without a blank after the semicolon: one client compares the XML type letter by letter.
  const type = format === 'xml' ? 'text/xml;charset=utf-8' : 'application/json;charset=utf-8'
  return {
    status,
    headers: { 'content-type': type, 'x-acs-request-id': requestId, 'cache-control': 'no-store' },
    body: format === 'xml' ? `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, body)}` : JSON.stringify(body),
  }
}

/** A list is its element repeated under the list's own name. */
function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('')
  const inside =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, inner]) => element(child, inner))
          .join('')
      : escapeXml(String(value))
  return `<${name}>${inside}</${name}>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
/** Control characters have no place in XML 1.0, escaped or not. */
const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
