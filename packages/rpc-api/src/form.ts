// Reading the query and the form body of a request: percent-decoding, and one merged set of parameters.
import { fail, ok, type Result } from '@havip/base'
import type { ApiRequest } from './http.ts'

/** No real request comes near: RunInstances with everything has about 300. */
const parametersMax = 2000

export type Fields = ReadonlyMap<string, string>
export type FormFault = 'malformed-encoding' | 'too-many-parameters' | 'repeated-name'

/** Decodes `application/x-www-form-urlencoded` text. A name that comes twice is a fault: which of the two was signed is anybody's guess. */
export function parseForm(text: string): Result<Fields, FormFault> {
  const fields = new Map<string, string>()
  let count = 0
  for (const pair of text.split('&')) {
    if (pair === '') continue
    if (++count > parametersMax) return fail('too-many-parameters')
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1))
    if (name === undefined || value === undefined) return fail('malformed-encoding')
    if (fields.has(name)) return fail('repeated-name')
    fields.set(name, value)
  }
  return ok(fields)
}

/** `+` is a space in what Go sends; JavaScript escapes it, so a bare one means nothing else. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

export type Parameters = {
  readonly query: Fields
  /** Empty unless the content type says that it is a form. */
  readonly form: Fields
  /** Both; the form wins, as clients do when they sign. */
  readonly all: Fields
}

export function readParameters(request: ApiRequest): Result<Parameters, FormFault> {
  const mark = request.target.indexOf('?')
  const query = parseForm(mark < 0 ? '' : request.target.slice(mark + 1))
  if (!query.ok) return query
  const isForm = (request.headers.get('content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
  const text = isForm ? decodeUtf8(request.body) : ''
  if (text === undefined) return fail('malformed-encoding')
  const form = parseForm(text)
  if (!form.ok) return form
  return ok({ query: query.value, form: form.value, all: new Map([...query.value, ...form.value]) })
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
