// Kernel settings under /proc/sys that are changed for a while: the old value is remembered and put back.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

export type Sysctls = {
  /** Sets one by its path below /proc/sys/net and remembers what it was. False when the kernel has no such setting or refuses. */
  borrow(path: string, value: string): boolean
  /** Puts back what `borrow` changed, unless something else has changed it since. */
  giveBack(path: string): void
  giveBackAll(): void
}

type Borrowed = { readonly old: string; readonly ours: string; users: number }

const root = '/proc/sys/net'
/** Undefined when the kernel has no such setting. */
export const readSetting = (path: string): string | undefined => {
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

/** The same setting may be borrowed several times; it goes back with the last one. */
export function createSysctls(): Sysctls {
  const borrowed = new Map<string, Borrowed>()
  const giveBack = (path: string): void => {
    const one = borrowed.get(path)
    if (one === undefined || --one.users > 0) return
    borrowed.delete(path)
    if (one.old !== one.ours && readSetting(path) === one.ours) writeSetting(path, one.old)
  }
  return {
    borrow(path, value) {
      const known = borrowed.get(path)
      if (known !== undefined) {
        known.users++
        return true
      }
      const old = readSetting(path)
      if (old === undefined || (old !== value && !writeSetting(path, value))) return false
      borrowed.set(path, { old, ours: value, users: 1 })
      return true
    },
    giveBack,
    giveBackAll() {
      for (const [path, one] of [...borrowed]) {
        one.users = 1
        giveBack(path)
      }
    },
  }
}
