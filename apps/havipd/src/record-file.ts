// The recording on disk (--record-file): every notable entry as a JSON line, so that `havip explain` still knows after a
// restart why an address moved before it. Two files of bounded size take turns; nothing here waits for the disk.
import { appendFile, closeSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { type Daemon, type Entry, entryFromJsonLine, toJsonLine } from '@havip/vrrp-runtime'

/** At this size the file becomes PATH.1 and a new one is begun. */
const fileBytesMax = 4 * 1024 * 1024
/** Lines that wait for a slow disk; beyond it they are dropped, and the file says so. */
const waitingBytesMax = 1024 * 1024
/** So many of the last entries are taken over at a start. */
const entriesMax = 4096

/** What the daemons before this one wrote, oldest first; a line that is none (a crash cut it) is passed over. */
export function readRecordFile(path: string): readonly Entry[] {
  const lines = [`${path}.1`, path].flatMap((one) => {
    try {
      return readFileSync(one, 'utf8').split('\n')
    } catch {
      return []
    }
  })
  return lines.flatMap((line) => entryFromJsonLine(line) ?? []).slice(-entriesMax)
}

export type RecordFile = {
  /** Writes what still waits, at once. */
  close(): void
}

/** @param problem hears once of a disk that refuses; recording is tried again with the next entry. */
export function recordTo(path: string, daemon: Daemon, node: string, problem: (text: string) => void): RecordFile {
  let waiting: string[] = []
  let waitingBytes = 0
  let dropped = 0
  let isWriting = false
  let hasComplained = false
  const header = `${JSON.stringify({ recording: 1, node })}\n`

  const take = (): string => {
    const note = dropped === 0 ? '' : `${JSON.stringify({ dropped })}\n`
    const text = waiting.join('') + note
    waiting = []
    waitingBytes = 0
    dropped = 0
    return text
  }
  /** What is put before the next lines: the name of the node where a file begins. */
  const rotate = (): string => {
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 }
    if (size < fileBytesMax) return size === 0 ? header : ''
    renameSync(path, `${path}.1`)
    return header
  }
  const complain = (error: Error): void => {
    if (!hasComplained) problem(`Recording to ${path}: ${error.message}`)
    hasComplained = true
  }
  const flush = (): void => {
    if (isWriting || waiting.length === 0) return
    isWriting = true
    try {
      const before = rotate()
      appendFile(path, before + take(), { mode: 0o600 }, (error) => {
        isWriting = false
        if (error) complain(error)
        else {
          hasComplained = false
          flush()
        }
      })
    } catch (error) {
      isWriting = false
      complain(error as Error)
    }
  }
  const stopListening = daemon.onEvent((entry) => {
    const line = `${toJsonLine(entry)}\n`
    if (waitingBytes + line.length > waitingBytesMax) {
      dropped++
      return
    }
    waiting.push(line)
    waitingBytes += line.length
    // After the adverts and addresses of this turn have gone out.
    setImmediate(flush)
  })
  return {
    close() {
      stopListening()
      if (waiting.length === 0) return
      try {
        const fd = openSync(path, 'a', 0o600)
        writeSync(fd, take())
        closeSync(fd)
      } catch (error) {
        complain(error as Error)
      }
    },
  }
}
