// Undoes the flattening that clients apply: `Filter.1.Value.2=b` is an element of a list in an object in a list.
import { fail, ok, type Result } from '@havip/base'
import type { Fields } from './form.ts'

/** A value, or named children; lists are told from objects by the parameter that reads them. */
export type Tree = string | ReadonlyMap<string, Tree>
type Branch = Map<string, string | Branch>

const depthMax = 6
const nameLengthMax = 200

/** Empty values are absent, as the API defines. Fails with the name of a parameter that is a value and an object at once. */
export function growTree(fields: Fields): Result<ReadonlyMap<string, Tree>, { readonly name: string }> {
  const root: Branch = new Map()
  for (const [name, value] of fields) {
    if (value === '') continue
    const path = name.split('.')
    if (name.length > nameLengthMax || path.length > depthMax || path.includes('')) continue
    let branch = root
    for (const part of path.slice(0, -1)) {
      const next = branch.get(part) ?? new Map()
      if (typeof next === 'string') return fail({ name })
      branch.set(part, next)
      branch = next
    }
    const leaf = path.at(-1) as string
    if (branch.has(leaf)) return fail({ name })
    branch.set(leaf, value)
  }
  return ok(root)
}

/** The elements of `Name.1`, `Name.2`, … in order; gaps are closed. Undefined: this is no list. */
export function elementsOf(tree: Tree): readonly Tree[] | undefined {
  if (typeof tree === 'string') return undefined
  const numbered: [number, Tree][] = []
  for (const [key, child] of tree) {
    if (!/^(0|[1-9]\d{0,5})$/.test(key)) return undefined
    numbered.push([Number(key), child])
  }
  return numbered.sort(([a], [b]) => a - b).map(([, child]) => child)
}
