// What starts a program under dist/: loads its parts together with their compiled code. Node's own cache of compiled code keeps only what
// is compiled when a file is loaded; most functions are compiled when they are first called, and a start is nothing but first calls. So
// each program runs a few times while it is built, and the code of every function that was called then is kept beside it.
import { spawnSync } from 'node:child_process'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Node's loader, for the parts of one program only: CommonJS, since node's own modules can then be loaded when they are first used: `node:net` and
 * what starts processes take 5 ms, `node:http` (as an ES module) 130. The text is ASCII, so that it is read and kept as one byte a character. Code
 * that another version of V8, or V8 with other flags, has made is no code, and no fault.
 */
const loader = (program: string): string => `const later = (id) => new Proxy({}, { get: (_, name) => require(id)[name] })
const late = new Map(['node:child_process', 'node:net'].map((id) => [id, later(id)]))
const { readFileSync } = require('node:fs')
const { constants, Script } = require('node:vm')
const parts = new Map()
function read(path) { try { return readFileSync(path) } catch {} }
function load(name) {
  const known = parts.get(name)
  if (known) return known.module.exports
  const filename = __dirname + '/${program}/' + name
  const text = readFileSync(filename, 'latin1')
  const script = new Script('(function (exports, require, module, __filename, __dirname) {' + text + '\\n})', {
    filename,
    cachedData: read(filename + '.code'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const module = { exports: {} }
  parts.set(name, { module, script })
  const find = (id) => (id.startsWith('./') ? load(id.slice(2)) : late.get(id) ?? require(id))
  script.runInThisContext()(module.exports, find, module, filename, __dirname)
  return module.exports
}
`

export const launcher = (program: string): string => `// Starts ${program}; written by tools/launcher.ts.
${loader(program)}load('main.cjs')
`

/** Which process of the program keeps its code: the others only run. */
const trainee = 'TRAINEE'

/** Called functions must not be forgotten before they are written down; the flag is set back, since compiled code is tied to the flags. */
const trainer = (program: string): string => `${loader(program)}
const { setFlagsFromString } = require('node:v8')
if (process.env.${trainee} === (process.env.HAVIPD_ROLE || 'first')) {
  setFlagsFromString('--no-flush-bytecode')
  process.on('exit', () => {
    setFlagsFromString('--flush-bytecode')
    // For everybody to read, whatever the mask of the program's own files is.
    process.umask(0o022)
    for (const [name, { script }] of parts) require('node:fs').writeFileSync(__dirname + '/${program}/' + name + '.code', script.createCachedData())
  })
}
load('main.cjs')
`

export type Exercise = {
  readonly argv: readonly string[]
  /** The `HAVIPD_ROLE` of the process whose code is kept; default: the one that is started. */
  readonly keeps?: string
}

/** Runs the exercises one after the other; each adds to what the ones before have left. One that fails has taught less, that is all. */
export function train(root: string, program: string, exercises: readonly Exercise[]): void {
  const file = join(root, 'dist', `${program}.cjs`)
  writeFileSync(file, trainer(program))
  // Should this process be killed meanwhile, the program is out of date and built anew.
  utimesSync(file, 0, 0)
  try {
    for (const { argv, keeps = 'first' } of exercises)
      spawnSync(argv[0] as string, argv.slice(1), { stdio: 'ignore', timeout: 20_000, env: { ...process.env, [trainee]: keeps } })
  } finally {
    writeFileSync(file, launcher(program))
  }
}
