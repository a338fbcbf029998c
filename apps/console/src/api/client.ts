// The way to the controller: signed-in calls of the API's own actions, and the session they belong to.

export type Product = 'vpc' | 'ecs' | 'quotas' | 'havip'
export type Value = string | number | boolean | undefined | readonly Value[] | { readonly [name: string]: Value }
export type Parameters = { readonly [name: string]: Value }

export type Session = {
  readonly account: string
  readonly user: string
  readonly role: 'administrator' | 'operator' | 'viewer' | 'restricted'
  readonly csrf: string
  readonly expiresAt: string
}

/** A refusal of the API, in its own words; `code` is `Network` when the controller could not be reached at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  readonly requestId: string
  constructor(code: string, message: string, status: number, requestId = '') {
    super(message)
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

/** The action is none that this controller serves. */
export const isUnknownAction = (error: unknown): boolean => error instanceof ApiError && error.code === 'InvalidAction.NotFound'

let csrf = ''
let onSignedOut: () => void = () => undefined
export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener
}

/** Lists and objects become the flat names of the SDKs: `InstanceId.1`, `Filter.1.Key`. */
export function flatten(parameters: Parameters, form = new URLSearchParams(), prefix = ''): URLSearchParams {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    if (Array.isArray(value)) flatten(Object.fromEntries(value.map((item, i) => [String(i + 1), item as Value])), form, `${prefix}${name}.`)
    else if (typeof value === 'object') flatten(value as Parameters, form, `${prefix}${name}.`)
    else form.set(prefix + name, String(value))
  }
  return form
}

async function send(path: string, init: RequestInit): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch {
    throw new ApiError('Network', '', 0)
  }
  const text = await response.text()
  try {
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  } catch {
    throw new ApiError(response.status >= 500 ? 'Network' : 'UnreadableAnswer', '', response.status)
  }
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

function check(status: number, body: Record<string, unknown>): void {
  if (status < 400) return
  const code = word(body.Code) || word(body.code) || `Http${status}`
  throw new ApiError(code, word(body.Message) || word(body.message), status, word(body.RequestId))
}

export async function call<T>(product: Product, action: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  const { status, body } = await send(`/api/${product}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-havip-csrf': csrf },
    body: flatten(parameters).toString(),
    ...(signal && { signal }),
  })
  if (status === 401) onSignedOut()
  check(status, body)
  return body as T
}

async function session(method: string, body?: object): Promise<Session> {
  const answer = await send('/session', {
    method,
    headers: { 'content-type': 'application/json', ...(csrf !== '' && { 'x-havip-csrf': csrf }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  check(answer.status, answer.body)
  const found = answer.body as unknown as Session
  csrf = found.csrf ?? ''
  return found
}

export const signIn = (proof: { user: string; password: string; totp?: string } | { token: string }): Promise<Session> =>
  session('POST', proof)
export const currentSession = (): Promise<Session> => session('GET')
export async function signOut(): Promise<void> {
  await session('DELETE')
  onSignedOut()
}
