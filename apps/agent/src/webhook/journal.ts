// What a webhook must not forget: how far the daemon was heard, and what the receiver has not taken yet. One small file, replaced
// as a whole, so that whoever is killed at whatever moment leaves the one before or the one after.
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { tryLock } from '@havip/linux'
import type { EventItem } from './event-item.ts'

export type Waiting = { readonly stream: string; readonly item: EventItem }

export type Heard = {
  readonly stream: string
  readonly number: number
  /** Milliseconds. */
  readonly wall: number
  /** Numbers below are of earlier runs, read from the recording on disk; up to there they were heard then. Undefined: they are no news. */
  readonly earlier: { readonly below: number; readonly number: number | undefined; readonly wall: number }
}

export type Memory = {
  /** Undefined before the daemon was heard for the first time. */
  readonly heard: Heard | undefined
  readonly waiting: readonly Waiting[]
  readonly last: { readonly stream: string; readonly number: number; readonly at: string } | undefined
  readonly delivered: number
  readonly refused: number
  readonly dropped: number
}

export const emptyMemory: Memory = { heard: undefined, waiting: [], last: undefined, delivered: 0, refused: 0, dropped: 0 }

/** Far more than what may wait takes; a file beyond it is none of ours. */
const fileBytesMax = 16 * 1024 * 1024
const fileVersion = 1

export class Journal {
  readonly #path: string
  readonly #lock: FileHandle
  #writing: Promise<void> | undefined
  #latest: Memory = emptyMemory
  #asked = 0
  #written = 0

  private constructor(path: string, lock: FileHandle) {
    this.#path = path
    this.#lock = lock
  }

  /** Undefined: another process has it. @throws Error of the file system */
  static async open(path: string): Promise<Journal | undefined> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // A file of its own: the other one is another with each change.
    const lock = await open(`${path}.lock`, 'a', 0o600)
    if (tryLock(lock.fd)) return new Journal(path, lock)
    await lock.close()
    return undefined
  }

  /** @throws Error, for a file that is there and cannot be read as ours */
  async read(): Promise<Memory> {
    let text: string
    const file = await open(this.#path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    if (!file) return emptyMemory
    try {
      if ((await file.stat()).size > fileBytesMax) throw new Error(`more than ${fileBytesMax} bytes`)
      text = await file.readFile('utf8')
    } finally {
      await file.close()
    }
    const { version, ...memory } = JSON.parse(text) as Memory & { readonly version: number }
    if (version !== fileVersion || !Array.isArray(memory.waiting)) throw new Error('it is not of this version')
    return memory
  }

  /** Resolves when this, or something later, would survive. One write at a time; what comes during one is in the next. @throws Error */
  async write(memory: Memory): Promise<void> {
    this.#latest = memory
    const own = ++this.#asked
    while (this.#written < own) {
      this.#writing ??= this.#writeLatest()
      await this.#writing
    }
  }

  /** After the last write. */
  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined)
    await this.#lock.close()
  }

  async #writeLatest(): Promise<void> {
    const asked = this.#asked
    try {
      await this.#replace(this.#latest)
      this.#written = asked
    } finally {
      this.#writing = undefined
    }
  }

  async #replace(memory: Memory): Promise<void> {
    const fresh = `${this.#path}.new`
    await rm(fresh, { force: true })
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify({ version: fileVersion, ...memory }))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
    const directory = await open(dirname(this.#path), 'r')
    await directory.sync().finally(() => directory.close())
  }
}
