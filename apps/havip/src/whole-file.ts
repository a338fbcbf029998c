// Writing a file whole or not at all: beside it first, then in its place.
import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** @param mode permissions; undefined: those of the file that is replaced. */
export function writeWhole(path: string, text: string, mode?: number): void {
  const temporary = `${path}.${process.pid}.new`
  try {
    writeFileSync(temporary, text, { mode: 0o600 })
    chmodSync(temporary, mode ?? (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o7777)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
