// Whether two configurations mean the same, wherever their texts have it.
import type { Configuration } from '../model.ts'

/** The path of the first difference, such as `instances.0.priority`; undefined when there is none. */
export const firstDifference = (a: Configuration, b: Configuration): string | undefined => difference(a, b, '')

function difference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) {
    // Places are not meaning.
    if (key === 'at') continue
    const inner = path === '' ? key : `${path}.${key}`
    const found = difference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], inner)
    if (found !== undefined) return found
  }
  return undefined
}
