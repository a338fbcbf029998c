// All diagnostic codes with what there is to say about them.
import type { CatalogueEntry, CatalogueSection } from './entry.ts'
import { lvs } from './lvs.ts'
import { machine } from './machine.ts'
import { reading } from './reading.ts'
import { routers } from './routers.ts'
import { routing } from './routing.ts'
import { set } from './set.ts'
import { values } from './values.ts'

export type { CatalogueEntry, CatalogueSection } from './entry.ts'

/** In the order in which a reference would show them. */
export const catalogue: readonly CatalogueSection[] = [reading, values, routers, routing, lvs, machine, set]

const byCode = new Map(catalogue.flatMap(({ entries }) => Object.entries(entries)))

/** An include that must succeed has the same codes with this ending. */
const ENFORCED = '-enforced'

/** @returns an empty entry for a code that is not known. */
export function describeDiagnostic(code: string): CatalogueEntry {
  const found = byCode.get(code)
  if (found) return found
  const base = code.endsWith(ENFORCED) ? byCode.get(code.slice(0, -ENFORCED.length)) : undefined
  if (base) return { ...base, meaning: `${base.meaning.replace(/\.$/, '')}, and it has to be there.`, keepalived: 'Refuses to start.' }
  return { meaning: code, keepalived: '', mend: '' }
}
