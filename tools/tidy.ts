// The layer check: reads every import and names each arrow that points the wrong way. A package imports lower layers only,
// never a sibling, lists what it imports in its own package.json, and only the starred ones touch the outside world.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
/** These may say `node:`, `process`, `Date.now` and the like (docs/architecture.md). */
const starred = new Set(['linux', 'vrrp-linux', 'plane-linux', 'plane-ovn', 'store-sql'])

type Unit = {
  readonly name: string
  readonly folder: string
  readonly layer: number
  readonly listed: ReadonlySet<string>
  readonly pure: boolean
}
type Manifest = { readonly name: string; readonly havip: { readonly layer: number }; readonly dependencies?: Record<string, string> }

function units(): Unit[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, parent, folder, 'package.json'), 'utf8')) as Manifest
      return {
        name: manifest.name,
        folder: join(root, parent, folder),
        layer: manifest.havip.layer,
        listed: new Set(Object.keys(manifest.dependencies ?? {})),
        pure: parent === 'packages' && !starred.has(folder),
      }
    }),
  )
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** Comments and the insides of strings gone, so that words in them are no findings; imports are read before. */
const stripText = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '')
const outsideWorld =
  /\b(Date\.now|Math\.random|setTimeout|setInterval|setImmediate|fetch)\s*\(|(?<![.\w])process\.(?:argv|cwd|env|exit|hrtime|kill|memoryUsage|nextTick|on|once|pid|platform|std\w+|version)\b|\bBuffer\b/
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

const findings: string[] = []
const all = units()
const byName = new Map(all.map((unit) => [unit.name, unit]))

for (const unit of all) {
  const used = new Set<string>()
  for (const file of sourceFiles(unit.folder)) {
    const text = readFileSync(file, 'utf8')
    const place = relative(root, file)
    // Tests and their aids may touch the world, and may use what the whole project has for development.
    const isTest = /\.test\.tsx?$|\/test\/|\/testing[/-]|\/test-|\.config\.ts$/.test(place)
    for (const match of text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    )) {
      const specifier = (match[1] ?? match[2] ?? match[3]) as string
      if (specifier.startsWith('.')) {
        if (!isTest && !join(file, '..', specifier).startsWith(`${unit.folder}/`))
          findings.push(`${place}: ${specifier} leaves the package: import it by name`)
        continue
      }
      if (specifier.startsWith('node:')) {
        if (unit.pure && !isTest) findings.push(`${place}: ${specifier}: ${unit.name} is pure and may not touch the outside world`)
        continue
      }
      const name = packageOf(specifier)
      used.add(name)
      if (!unit.listed.has(name) && !isTest) findings.push(`${place}: imports ${name}, which its package.json does not list`)
      const target = byName.get(name)
      if (target && target.layer >= unit.layer && !isTest)
        findings.push(`${place}: ${unit.name} (layer ${unit.layer}) imports ${name} (layer ${target.layer}): arrows point down`)
      if (target && specifier !== name && !(isTest && specifier === `${name}/testing`))
        findings.push(`${place}: ${specifier}: import ${name} through its index`)
    }
    const world = outsideWorld.exec(stripText(text))
    if (unit.pure && !isTest && world) findings.push(`${place}: ${world[0]}: ${unit.name} is pure; such things come in through a port`)
  }
  for (const name of unit.listed)
    if (!used.has(name)) findings.push(`${relative(root, unit.folder)}/package.json lists ${name}, which nothing imports`)
}

for (const finding of findings) console.log(finding)
console.log(findings.length === 0 ? `layers: ${all.length} packages, every arrow points down` : `layers: ${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1
