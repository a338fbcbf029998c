// `make planted`: each bug of the list in turn is planted, in memory alone, and the checkers have to find it within 2,000
// random worlds or those that once showed a bug (tests/seeds), which run with every test. Prints which seed found it, by which rules. With --model the exhaustive check of the engine is asked as well.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type PlantedBug, plantedBugs } from './planted-bugs.ts'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    /** A regular expression: only bugs with that in their name or file. */
    only: { type: 'string', default: '' },
    /** Ask the exhaustive check as well. */
    model: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(cpus().length) },
    /** This process is a child: plant that one and look for it. */
    plant: { type: 'string' },
  },
})

const only = new RegExp(options.only)
const root = `${import.meta.dirname}/../..`

/** Everything imported from here on sees the bug. */
function plant({ file, search, replacement }: PlantedBug): void {
  const path = new URL(`file://${root}/${file}`).href
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (url !== path) return loaded
      return { ...loaded, source: String(loaded.source).replace(search, () => replacement) }
    },
  })
}

type Found = { readonly seed: number | undefined; readonly rules: readonly string[]; readonly model: string | undefined }

async function look(bug: PlantedBug): Promise<Found> {
  plant(bug)
  const { checkWorld, drawWorld, explore, keptSeeds, modelWorlds } = await import('@havip/sim')
  let found: Pick<Found, 'seed' | 'rules'> = { seed: undefined, rules: [] }
  const kept = keptSeeds(readFileSync(`${root}/tests/seeds/seeds.txt`, 'utf8'))
  const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => ({ seed: i + 1, edition: undefined }))
  for (const { seed, edition } of [...seeds, ...kept]) {
    if (found.seed !== undefined) break
    const { violations } = checkWorld(drawWorld(seed, edition))
    if (violations.length > 0) found = { seed, rules: [...new Set(violations.map(({ rule }) => rule))] }
  }
  // It has the engine alone.
  const worlds = options.model && bug.file.startsWith('packages/vrrp/') ? modelWorlds(1) : []
  const mistakes = worlds.map((world) => ({ world, mistake: explore(world).mistake }))
  const seen = mistakes.find(({ mistake }) => mistake !== undefined)
  return { ...found, model: seen?.mistake && `${seen.world.name}: ${seen.mistake.rule}` }
}

const fits = ({ file, search }: PlantedBug): boolean => readFileSync(`${root}/${file}`, 'utf8').split(search).length === 2

function lookInChild(index: number): Promise<Found | string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [
      import.meta.filename,
      ...['--plant', String(index), '--seeds', options.seeds, ...(options.model ? ['--model'] : [])],
    ])
    let out = ''
    let error = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text
    })
    child.on('close', () => {
      try {
        resolve(JSON.parse(out) as Found)
      } catch {
        resolve(error.trim().split('\n').slice(0, 6).join('\n') || 'it ended without a word')
      }
    })
  })
}

async function all(): Promise<number> {
  const wanted = [...plantedBugs.entries()].filter(([, bug]) => only.test(bug.name) || only.test(bug.file))
  const stale = wanted.filter(([, bug]) => !fits(bug))
  for (const [, bug] of stale) console.log(`${bug.name}: the place is not (or no longer) once in ${bug.file}`)
  const queue = wanted.filter(([, bug]) => fits(bug))
  let missed = 0
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, bug] = next
      const found = await lookInChild(index)
      if (typeof found === 'string') {
        missed++
        console.log(`? ${bug.name}: ${found}`)
        continue
      }
      if (found.seed === undefined) missed++
      const where = found.seed === undefined ? 'NOT FOUND' : `seed ${found.seed}, ${found.rules.join(', ')}`
      console.log(`${found.seed === undefined ? '✗' : '✓'} ${bug.name}: ${where}${found.model ? `; model, ${found.model}` : ''}`)
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, work))
  console.log(`${wanted.length} bugs, ${missed} not found${stale.length > 0 ? `, ${stale.length} out of date` : ''}`)
  return missed + stale.length === 0 ? 0 : 1
}

if (options.plant === undefined) process.exitCode = await all()
else console.log(JSON.stringify(await look(plantedBugs[Number(options.plant)] as PlantedBug)))
