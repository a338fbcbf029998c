// Tracked files on disk: read from the start, watched through their directory, so that a file that comes, goes or is
// replaced is seen as well.
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fail, ok } from '@havip/base'
import { addInotifyWatch, decodeInotify, IN, onReadable, openInotify, type Readable, removeInotifyWatch } from '@havip/linux'
import { toHostFault } from './fault.ts'
import type { HostFault, TrackedFiles } from './port.ts'

/** A number and a line end are far shorter. */
const readBytes = 128
/** Not IN_MODIFY: between the emptying of a file and the writing of its new number it means nothing. */
const watchedFor = IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO | IN.DELETE | IN.ONLYDIR

type Directory = { readonly watch: number; readonly listeners: Set<{ readonly name: string; readonly changed: () => void }> }

export function createTrackedFiles(): TrackedFiles & { close(): void } {
  const directories = new Map<string, Directory>()
  const buffer = new Uint8Array(4096)
  let inotify: { readonly fd: number; readonly readable: Readable } | undefined

  const readable = (fd: number): void => {
    let length = 0
    try {
      length = readSync(fd, buffer)
    } catch {
      return // Nothing there any more.
    }
    const events = decodeInotify(buffer.subarray(0, length))
    // One call for a file, however many of its events came at once.
    const calls = new Set<() => void>()
    for (const { watch, name } of events) {
      const directory = [...directories.values()].find((one) => one.watch === watch)
      for (const listener of directory?.listeners ?? []) if (listener.name === name) calls.add(listener.changed)
    }
    for (const changed of calls) changed()
  }
  const open = (): number => {
    if (!inotify) {
      const fd = openInotify()
      inotify = { fd, readable: onReadable(fd, () => readable(fd)) }
    }
    return inotify.fd
  }

  return {
    read(path) {
      try {
        // Non-blocking, so that a FIFO by that name cannot hold us up.
        const fd = openSync(path, 0o4000)
        try {
          return new TextDecoder().decode(buffer.subarray(0, readSync(fd, buffer, 0, readBytes, 0)))
        } finally {
          closeSync(fd)
        }
      } catch {
        return undefined
      }
    },
    write(path, text) {
      try {
        writeFileSync(path, text)
        return ok(undefined)
      } catch (error) {
        return fail(fileFault(error, path))
      }
    },
    watch(path, changed) {
      try {
        const fd = open()
        const place = dirname(path)
        const directory = directories.get(place) ?? { watch: addInotifyWatch(fd, place, watchedFor), listeners: new Set() }
        directories.set(place, directory)
        const listener = { name: basename(path), changed }
        directory.listeners.add(listener)
        return ok({
          close: () => {
            directory.listeners.delete(listener)
            if (directory.listeners.size > 0) return
            directories.delete(place)
            removeInotifyWatch(fd, directory.watch)
          },
        })
      } catch (error) {
        return fail(toHostFault(error))
      }
    },
    close() {
      directories.clear()
      inotify?.readable.close()
      if (inotify) closeSync(inotify.fd)
      inotify = undefined
    },
  }
}

function fileFault(error: unknown, path: string): HostFault {
  const { syscall, code, message } = error as NodeJS.ErrnoException
  return { call: syscall ?? 'open', errno: code ?? 'EINVAL', detail: `${path}: ${message}` }
}
