// What the address bar holds besides the path: everything a page shows can be sent to somebody else as a link.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { createContext, use } from 'react'

/** Values are plain text; an absent one stands for the page's default. */
export type Search = {
  readonly region?: string | undefined
  /** The tutorial's panel is open at this step. */
  readonly guide?: string | undefined
  readonly dialog?: string | undefined
  readonly page?: string | undefined
  readonly find?: string | undefined
  readonly vpc?: string | undefined
  readonly vswitch?: string | undefined
  readonly tab?: string | undefined
  readonly fault?: string | undefined
  readonly test?: string | undefined
  readonly peer?: string | undefined
  readonly before?: string | undefined
  readonly kind?: string | undefined
  readonly target?: string | undefined
  readonly cluster?: string | undefined
  readonly move?: string | undefined
}
const names = [
  'region',
  'guide',
  'dialog',
  'page',
  'find',
  'vpc',
  'vswitch',
  'tab',
  'fault',
  'test',
  'peer',
  'before',
  'kind',
  'target',
  'cluster',
  'move',
] as const

export function readSearch(raw: Record<string, unknown>): Search {
  return Object.fromEntries(names.flatMap((name) => (typeof raw[name] === 'string' && raw[name] !== '' ? [[name, raw[name]]] : [])))
}
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))
export function formatSearch(search: Record<string, unknown>): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') form.set(name, value)
  const text = form.toString()
  return text === '' ? '' : `?${text}`
}

/** What stays when one goes to another page. */
export const kept = ({ region, guide }: Search): Search => ({ region, guide })

export const useAddress = (): Search => useSearch({ strict: false }) as Search

/** Changes a part of the address; `undefined` takes it away. Steps one may want to go back over push, the rest replaces. */
export function useSetAddress(): (change: Search, options?: { readonly push?: boolean }) => void {
  const navigate = useNavigate()
  return (change, { push = false } = {}) =>
    void navigate({ to: '.', search: ((old: Search) => ({ ...old, ...change })) as never, replace: !push, resetScroll: false })
}

/** The first region served, for addresses that name none. */
export const FirstRegion = createContext('')
export function useRegion(): string {
  const first = use(FirstRegion)
  return useAddress().region ?? first
}
