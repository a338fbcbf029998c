// Builds what users run, under dist/: one file per program, or a few where only some are needed to start. Half the memory and a quarter
// of the start time of the sources.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { build } from 'vite'
import { type Exercise, train } from './launcher.ts'

const root = join(import.meta.dirname, '..')
const programs = ['havipd', 'agent', 'hostd', 'controller', 'havip'] as const
/** These have to be quick to start: see `launcher.ts`. */
const quick: ReadonlySet<string> = new Set(['havipd', 'agent', 'havip'])
/** Native code and what loads it stay outside; node resolves them from node_modules beside dist/. */
const external = [/^node:/, 'koffi', '@lydell/node-pty', 'pg-native']

const builtFile = (program: string): string => join(root, 'dist', `${program}.${quick.has(program) ? 'cjs' : 'mjs'}`)

/**
 * koffi's native part without the script that looks for it: that one copies all of `node:util` and `node:fs`, whose lazy parts take 20 ms
 * to load, and adds only names that koffi no longer wants to be called by. Where the native part is somewhere else, the script finds it.
 */
const bareKoffiId = '\0koffi.cjs'
const bareKoffi = {
  name: 'bare-koffi',
  resolveId(id: string, importer: string | undefined) {
    if (id !== 'koffi') return undefined
    return importer === bareKoffiId ? { id, external: true } : bareKoffiId
  },
  load: (id: string) =>
    id === bareKoffiId
      ? `const find = () => {
  for (const libc of ['linux', 'musl']) {
    try { return require(\`@koromix/koffi-linux-\${process.arch}/\${libc}_\${process.arch}/koffi.node\`) } catch {}
  }
  return require('koffi').default
}
module.exports = find()
`
      : undefined,
}

/** Without whitespace and comments: the text of a program stays in memory. Names stay, for stack traces. */
const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } } as const

/** Only texts and patterns have other characters; in both an escape says the same. */
const inAscii = (code: string): string => code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

async function bundle(program: string): Promise<void> {
  const input = join(root, 'apps', program, 'src', 'main.ts')
  if (!quick.has(program)) {
    const building = await rolldown({ input, external, platform: 'node', logLevel: 'warn' })
    const { output } = await building.generate({ format: 'esm', minify: false, codeSplitting: false })
    await building.close()
    writeFileSync(builtFile(program), output[0].code)
    return
  }
  const transform = { define: { 'import.meta.main': 'true' } }
  const plugins = [bareKoffi]
  const building = await rolldown({
    input,
    external: external.filter((one) => one !== 'koffi'),
    platform: 'node',
    logLevel: 'warn',
    transform,
    plugins,
  })
  // Names without a hash of their content: the cache would keep those of every build.
  const names = { entryFileNames: 'main.cjs', chunkFileNames: '[name].cjs' }
  const { output } = await building.generate({ format: 'cjs', minify, ...names })
  await building.close()
  const folder = join(root, 'dist', program)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const part of output) if (part.type === 'chunk') writeFileSync(join(folder, part.fileName), inAscii(part.code))
  train(root, program, exercises[program] ?? [])
}

const sample = join(root, 'tools', 'demo', 'ecs1.keepalived.conf')

/** What each of them does at a start, for its compiled code. */
const exercises: Readonly<Record<string, readonly Exercise[]>> = {
  havipd: [
    { argv: [join(root, 'bin', 'havipd'), '-t', '-f', sample] },
    ...['early-daemon', 'first'].map((keeps) => ({ argv: ['sh', join(root, 'tools', 'short-life.sh')], keeps })),
  ],
  havip: [{ argv: [join(root, 'bin', 'havip'), 'check', sample] }, { argv: [join(root, 'bin', 'havip'), 'status', '--help'] }],
}

function newest(directory: string): number {
  let latest = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name.endsWith('.test.ts')) continue
    const path = join(directory, entry.name)
    if (path === join(root, 'apps', 'console', 'test')) continue
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

const tools = ['bundle.ts', 'launcher.ts', 'short-life.sh'].map((name) => statSync(join(import.meta.dirname, name)).mtimeMs)
const sources = Math.max(newest(join(root, 'packages')), newest(join(root, 'apps')), ...tools)
const stale = programs.filter((program) => !existsSync(builtFile(program)) || statSync(builtFile(program)).mtimeMs < sources)
if (stale.length === 0) {
  console.log('set-up: programs: up to date')
} else {
  console.log(`set-up: building ${stale.join(', ')}`)
  mkdirSync(join(root, 'dist'), { recursive: true })
  for (const program of stale) await bundle(program)
}

// The console's pages: what a browser loads, with names by content, so that they can be cached for ever.
const page = join(root, 'dist', 'console', 'index.html')
if (!existsSync(page) || statSync(page).mtimeMs < sources) {
  console.log('set-up: building the console')
  await build({
    root: join(root, 'apps', 'console'),
    logLevel: 'warn',
    build: { outDir: join(root, 'dist', 'console'), emptyOutDir: true },
  })
}
