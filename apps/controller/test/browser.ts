// A browser as far as the doors see one: a cookie, the token against forgery, forms and event streams.
import type { TestContext } from 'node:test'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at places that each test names.
export type Json = any
export type Answered = { readonly status: number; readonly body: Json; readonly headers: Headers }

export class Browser {
  readonly #url: string
  cookie = ''
  csrf = ''
  constructor(url: string) {
    this.#url = url
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(this.cookie !== '' && { cookie: this.cookie }), ...(init.headers as Record<string, string>) }
    const response = await fetch(`${this.#url}${path}`, { redirect: 'manual', ...init, headers })
    const set = response.headers.get('set-cookie')
    if (set) this.cookie = set.slice(0, set.indexOf(';'))
    return response
  }
  async json(path: string, init: RequestInit = {}): Promise<Answered> {
    const response = await this.fetch(path, init)
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
  async signIn(proof: object): Promise<Answered> {
    const answer = await this.json('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(proof),
    })
    if (answer.status === 200) this.csrf = answer.body.csrf
    return answer
  }
  signOut(): Promise<Answered> {
    return this.json('/session', { method: 'DELETE', headers: { 'x-havip-csrf': this.csrf } })
  }
  call(product: string, action: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answered> {
    return this.json(`/api/${product}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-havip-csrf': this.csrf, ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  }
}

export type Frame = { readonly event: string; readonly id: string; readonly data: Json }

/** Follows /events until it is closed; `next` waits for a frame. */
export async function follow(context: TestContext, browser: Browser, path = '/events', headers: Record<string, string> = {}) {
  const abort = new AbortController()
  context.after(() => abort.abort())
  const response = await browser.fetch(path, { headers, signal: abort.signal })
  const frames: Frame[] = []
  let isEnded = false
  let comments = 0
  const reading = (async () => {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        const lines = part.split('\n')
        const value = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
        if (value('event') === '') comments++
        else frames.push({ event: value('event'), id: value('id'), data: JSON.parse(value('data')) })
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      isEnded = true
    })
  const until = async (what: string, found: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 3000; turn++) {
      if (found()) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`never: ${what}; came: ${JSON.stringify(frames).slice(0, 500)}`)
  }
  return {
    response,
    frames,
    /** The first frame that fits. */
    find: async (what: string, fits: (frame: Frame) => boolean): Promise<Frame> => {
      await until(what, () => frames.some(fits))
      return frames.find(fits) as Frame
    },
    ended: () => until('the stream ends', () => isEnded),
    comments: () => comments,
    close: async () => {
      abort.abort()
      await reading
    },
  }
}
