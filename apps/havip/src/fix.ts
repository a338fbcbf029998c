// `havip check --fix`: mends what needs no decision, round by round until nothing more changes, and writes the copies.
import { statSync } from 'node:fs'
import { applyEdits, fixFile, fixSet } from '@havip/conf'
import { type Checked, checkInput, withTexts } from './check-input.ts'
import { writeWhole } from './whole-file.ts'

export type FixedFile = {
  readonly path: string
  readonly before: string
  readonly after: string
  /** Where it is written. */
  written(inPlace: boolean): string
}

/** Each round mends what the last one has uncovered; more than a few mean that two edits chase each other. */
const ROUNDS_MAX = 10

export function fixInputs(checked: readonly Checked[], isSet: boolean): readonly FixedFile[] {
  const original = new Map(checked.flatMap(({ parsed }) => [...parsed.texts]))
  const changed = new Map<string, string>()
  let current = checked
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const nodes = current.map(({ input, parsed }) => ({ name: input.name, parsed }))
    const edits = [...nodes.flatMap(({ parsed }) => fixFile(parsed)), ...(isSet && nodes.length > 1 ? fixSet(nodes) : [])]
    const mended = applyEdits(new Map(nodes.flatMap(({ parsed }) => [...parsed.texts])), edits)
    if (mended.size === 0) break
    for (const [path, text] of mended) changed.set(path, text)
    const sources = withTexts(changed)
    current = current.map(({ input }) => checkInput(input, sources, undefined))
  }
  return [...changed].map(([path, after]) => ({
    path,
    before: original.get(path) ?? '',
    after,
    written: (inPlace) => (inPlace ? path : `${path}.fixed`),
  }))
}

/** With the permissions of the files they stand for. */
export function writeFixed(files: readonly FixedFile[], inPlace: boolean): void {
  for (const file of files) writeWhole(file.written(inPlace), file.after, statSync(file.path).mode & 0o7777)
}
