// Files that nobody else may read, whole or not there at all.
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Mode 0600. On disk when it returns; a crash leaves the old file or the new one. */
export function writePrivateFile(path: string, text: string): void {
  put(path, text, renameSync)
}

/** The same, but a file that is there already stays, though another process made it at this moment. */
export function makePrivateFile(path: string, text: string): void {
  put(path, text, (temporary) => {
    try {
      linkSync(temporary, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    rmSync(temporary)
  })
}

function put(path: string, text: string, place: (temporary: string, path: string) => void): void {
  const temporary = `${path}.new-${process.pid}`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  place(temporary, path)
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
