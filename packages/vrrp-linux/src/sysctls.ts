// Kernel settings under /proc/sys that are changed for a while: the old value is remembered and put back, by this process or
// by whoever goes on for it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { BorrowedSetting, KernelSettings } from './port.ts'

export type Sysctls = KernelSettings & {
  /** What it was before anybody of us changed it; undefined when the kernel has no such setting. */
  original(path: string): string | undefined
  giveBackAll(): void
}

type Borrowed = { readonly old: string; readonly ours: string; users: number }

const root = '/proc/sys/net'
/** Undefined when the kernel has no such setting. */
const readSetting = (path: string): string | undefined => {
  try {
    return readFileSync(`${root}/${path}`, 'latin1').trim()
  } catch {
    return undefined
  }
}

/** The names below one of its folders. */
export function listSettings(folder: string): readonly string[] {
  try {
    return readdirSync(`${root}/${folder}`)
  } catch {
    return []
  }
}

/** For a thing that we made ourselves: nothing to put back. False when the kernel has no such setting or refuses. */
export function writeSetting(path: string, value: string): boolean {
  try {
    writeFileSync(`${root}/${path}`, value)
    return true
  } catch {
    return false
  }
}

/** Puts back what a process that is no more had changed, unless something else has changed it since. */
export function restoreSettings(settings: readonly BorrowedSetting[]): void {
  for (const { path, old, ours } of settings.toReversed()) {
    if (old !== ours && readSetting(path) === ours) writeSetting(path, old)
  }
}

/** The same setting may be borrowed several times; it goes back with the last one. */
export function createSysctls(): Sysctls {
  const borrowed = new Map<string, Borrowed>()
  /** A predecessor's, until somebody here borrows the same. */
  const inherited = new Map<string, BorrowedSetting>()
  const original = (path: string): string | undefined => borrowed.get(path)?.old ?? inherited.get(path)?.old ?? readSetting(path)
  const giveBack = (path: string): void => {
    const one = borrowed.get(path)
    if (one === undefined || --one.users > 0) return
    borrowed.delete(path)
    restoreSettings([{ path, old: one.old, ours: one.ours }])
  }
  return {
    borrow(path, value) {
      const known = borrowed.get(path)
      if (known !== undefined) {
        known.users++
        return true
      }
      const old = original(path)
      if (old === undefined || (readSetting(path) !== value && !writeSetting(path, value))) return false
      inherited.delete(path)
      borrowed.set(path, { old, ours: value, users: 1 })
      return true
    },
    original,
    giveBack,
    get borrowed() {
      return [...Array.from(borrowed, ([path, { old, ours }]) => ({ path, old, ours })), ...inherited.values()]
    },
    inherit(settings) {
      for (const one of settings) inherited.set(one.path, one)
    },
    giveBackUnclaimed() {
      restoreSettings([...inherited.values()])
      inherited.clear()
    },
    leave() {
      borrowed.clear()
      inherited.clear()
    },
    giveBackAll() {
      for (const [path, one] of [...borrowed]) {
        one.users = 1
        giveBack(path)
      }
      restoreSettings([...inherited.values()])
    },
  }
}
