// Writes docs/reference from the keyword tables and the catalogue of diagnostics, docs/api from the action table; with --check only says what is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_NOTICE, apiPages } from './api-pages.ts'
import { vscodeFiles } from './editor-files.ts'
import { NOTICE, referencePages } from './reference-pages.ts'

const root = join(import.meta.dirname, '..')
const directory = join(root, 'docs', 'reference')
const apiDirectory = join(root, 'docs', 'api')
const wanted = new Map([
  ...[...referencePages()].map(([name, text]) => [join(directory, name), text] as const),
  ...[...apiPages()].map(([name, text]) => [join(apiDirectory, name), text] as const),
  ...[...vscodeFiles()].map(([name, text]) => [join(root, 'editors', 'vscode', name), text] as const),
])
const stale = [...wanted].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text).map(([path]) => path)
/** Pages that were made once and are not any more. */
const leftIn = (folder: string, notice: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .map((name) => join(folder, name))
        .filter((path) => path.endsWith('.md') && !wanted.has(path) && readFileSync(path, 'utf8').startsWith(notice))
    : []
const left = [...leftIn(directory, NOTICE), ...leftIn(apiDirectory, API_NOTICE)]

if (process.argv.includes('--check')) {
  for (const path of [...stale, ...left]) console.log(`${path}: stale; run node tools/reference.ts`)
  process.exitCode = stale.length + left.length > 0 ? 1 : 0
} else {
  for (const path of stale) {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, wanted.get(path) ?? '')
    console.log(path)
  }
  for (const path of left) rmSync(path)
}
