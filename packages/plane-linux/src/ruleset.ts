// The packet rules of one router as scripts for nft, and read back from it.
import { numberKey } from './address-key.ts'
import { chains, type Family, type SetName, setNames, sets, volatileSets } from './rule-tables.ts'

const families: readonly Family[] = ['bridge', 'ip', 'ip6']

/** A script that makes tables, sets and chains, or mends the chains of existing ones; elements stay. Atomic. */
export function baseScript(): string {
  const lines: string[] = []
  for (const family of families) lines.push(`add table ${family} havip`)
  for (const name of setNames) lines.push(`add ${sets[name].kind} ${sets[name].family} havip ${name} { ${sets[name].body} }`)
  for (const chain of chains) lines.push(`add chain ${chain.family} havip ${chain.name}${chain.hook ? ` { ${chain.hook} }` : ''}`)
  for (const chain of chains) lines.push(`flush chain ${chain.family} havip ${chain.name}`)
  for (const chain of chains) for (const rule of chain.rules) lines.push(`add rule ${chain.family} havip ${chain.name} ${rule}`)
  return `${lines.join('\n')}\n`
}

/** What is in our tables and is not ours: of an earlier version, or somebody's. Goes after the base script, which no longer refers to it. */
export function strayScript(json: string): string {
  const objects = json.trim() === '' ? [] : (JSON.parse(json) as { nftables: JsonObject[] }).nftables
  const isKnown = (family: string, name: string) => chains.some((chain) => chain.family === family && chain.name === name)
  const strayChains = objects.flatMap(({ chain }) => (chain?.table === 'havip' && !isKnown(chain.family, chain.name) ? [chain] : []))
  const straySets = objects.flatMap((object) => {
    const kind = object.map ? 'map' : 'set'
    const set = object.map ?? object.set
    return set?.table === 'havip' && !(set.name in sets && sets[set.name as SetName].family === set.family) ? [{ kind, ...set }] : []
  })
  const lines = [
    ...strayChains.map(({ family, name }) => `flush chain ${family} havip ${name}`),
    ...strayChains.map(({ family, name }) => `delete chain ${family} havip ${name}`),
    ...straySets.map(({ kind, family, name }) => `delete ${kind} ${family} havip ${name}`),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** An element's key as nft writes it, and what belongs to it: `: value` or `comment "…"`. */
export type Limit = { readonly bytesPerSecond: number }

export type RouterRules = {
  readonly elements: Map<SetName, Map<string, string>>
  /** Limits by name. */
  readonly limits: Map<string, Limit>
}

export const noRules = (): RouterRules => ({ elements: new Map(setNames.map((name) => [name, new Map()])), limits: new Map() })

export const copyRules = (rules: RouterRules): RouterRules => ({
  elements: new Map([...rules.elements].map(([name, elements]) => [name, new Map(elements)])),
  limits: new Map(rules.limits),
})

/** Bytes that may pass at once: a tenth of a second of the rate, and never less than a few full segments. */
const burstBytes = (limit: Limit): number => Math.max(Math.floor(limit.bytesPerSecond / 10), 65_536)

/** The script that turns one state of the elements into another; empty when there is nothing to do. Atomic. */
export function differenceScript(before: RouterRules, after: RouterRules): string {
  const isSameLimit = (name: string): boolean => before.limits.get(name)?.bytesPerSecond === after.limits.get(name)?.bytesPerSecond
  const oldLimits = [...before.limits.keys()].filter((name) => !isSameLimit(name))
  const newLimits = [...after.limits].filter(([name]) => !isSameLimit(name))
  // A limit is in use as long as an element names it: elements go first and come last, also those that stay the same but
  // whose limit is made anew.
  const remade = new Set(oldLimits.map((name) => `: "${name}"`))

  const removals: string[] = []
  const additions: string[] = []
  for (const name of setNames) {
    if (volatileSets.has(name)) continue
    const old = before.elements.get(name) ?? new Map<string, string>()
    const now = after.elements.get(name) ?? new Map<string, string>()
    const gone = [...old].filter(([key, rest]) => now.get(key) !== rest || remade.has(rest)).map(([key]) => key)
    const fresh = [...now].filter(([key, rest]) => old.get(key) !== rest || remade.has(rest)).map(elementText)
    if (gone.length > 0) removals.push(`delete element ${sets[name].family} havip ${name} { ${gone.join(', ')} }`)
    if (fresh.length > 0) additions.push(`add element ${sets[name].family} havip ${name} { ${fresh.join(', ')} }`)
  }
  const lines = [
    ...removals,
    ...oldLimits.map((name) => `delete limit ip havip ${name}`),
    ...newLimits.map(([name, limit]) => `add limit ip havip ${name} { ${limitText(limit)} }`),
    ...additions,
  ]
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

const elementText = ([key, rest]: readonly [string, string]): string => (rest === '' ? key : `${key} ${rest}`)
const limitText = (limit: Limit): string => `rate over ${limit.bytesPerSecond} bytes/second burst ${burstBytes(limit)} bytes`

type JsonElement = unknown
const plain = (value: unknown): string => (typeof value === 'string' ? value : String(value))

/** The type of a key's part says whether nft wants it quoted. */
function keyText(value: unknown, types: readonly string[]): string {
  const parts = typeof value === 'object' && value !== null && 'concat' in value ? (value.concat as unknown[]) : [value]
  return parts.map((part, at) => partText(part, types[at])).join(' . ')
}

/** Numbers come as numbers, or as text when they are long. */
function partText(part: unknown, type: string | undefined): string {
  if (type === 'ifname') return `"${plain(part)}"`
  return type === 'integer' ? numberKey(BigInt(plain(part))) : plain(part)
}

function readElement(element: JsonElement, types: readonly string[], isLimit: boolean): [string, string] {
  if (Array.isArray(element)) {
    const [key] = readElement(element[0], types, false)
    return [key, isLimit ? `: "${plain(element[1])}"` : `: ${plain(element[1])}`]
  }
  if (typeof element === 'object' && element !== null && 'elem' in element) {
    const inner = element.elem as { val: unknown; comment?: string }
    return [keyText(inner.val, types), inner.comment === undefined ? '' : `comment "${inner.comment}"`]
  }
  return [keyText(element, types), '']
}

type JsonObject = {
  set?: JsonSet
  map?: JsonSet
  limit?: { name: string; table: string; rate: number; rate_unit?: string }
  rule?: { family: string; table: string; chain: string }
  chain?: { family: string; table: string; name: string; hook?: string }
}
type JsonSet = { family: string; table: string; name: string; type: string | string[]; map?: string; elem?: JsonElement[] }

const unitBytes: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 }

/**
 * Reads `nft -j list ruleset`.
 *
 * @returns the elements and limits; `intact` is false when a chain, a rule or a set is missing (or one too many is there).
 */
export function readRules(json: string): { readonly rules: RouterRules; readonly intact: boolean } {
  const objects = (JSON.parse(json) as { nftables: JsonObject[] }).nftables
  const rules = noRules()
  const seenSets = new Set<string>()
  const ruleCount = new Map<string, number>()
  for (const object of objects) {
    const set = object.set ?? object.map
    if (set && set.table === 'havip' && set.name in sets) {
      seenSets.add(set.name)
      const types = typeof set.type === 'string' ? [set.type] : set.type
      const elements = rules.elements.get(set.name as SetName)
      for (const element of set.elem ?? []) elements?.set(...readElement(element, types, set.map === 'limit'))
    }
    if (object.limit?.table === 'havip')
      rules.limits.set(object.limit.name, { bytesPerSecond: object.limit.rate * (unitBytes[object.limit.rate_unit ?? 'bytes'] ?? 1) })
    if (object.chain?.table === 'havip') {
      const key = `${object.chain.family} ${object.chain.name}`
      ruleCount.set(key, ruleCount.get(key) ?? 0)
    }
    if (object.rule?.table === 'havip') {
      const key = `${object.rule.family} ${object.rule.chain}`
      ruleCount.set(key, (ruleCount.get(key) ?? 0) + 1)
    }
  }
  const intact =
    seenSets.size === setNames.length &&
    ruleCount.size === chains.length &&
    chains.every((chain) => ruleCount.get(`${chain.family} ${chain.name}`) === chain.rules.length)
  return { rules, intact }
}
