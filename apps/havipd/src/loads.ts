// What is done around each reading of the configuration: reload_file stands there meanwhile, and config_save_dir gets a copy.
import { rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { type Configuration, parseConfiguration } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import type { PlacedSettings } from './run-files.ts'
import type { Log } from './succession.ts'

export class Loads {
  readonly #settings: PlacedSettings
  readonly #log: Log
  #count = 0

  constructor(settings: PlacedSettings, log: Log) {
    this.#settings = settings
    this.#log = log
  }

  /** @param before the configuration that was read last: it says where the mark is. */
  around<T>(before: Configuration, load: () => T): T {
    const mark = this.#markOf(before)
    if (mark !== undefined) this.#attempt(`reload_file ${mark}`, () => writeFileSync(mark, ''))
    try {
      return load()
    } finally {
      if (mark !== undefined) this.#attempt(`reload_file ${mark}`, () => rmSync(mark, { force: true }))
    }
  }

  /** After a load that was accepted: every file that was read, one after the other. */
  save({ global }: Configuration): void {
    const directory = global.files.configSaveDirectory
    if (directory === undefined) return
    const { configFile, configId } = this.#settings
    const { texts } = parseConfiguration(diskSources, configFile, { hostName: hostname(), configId, env: process.env })
    const copy = [...texts].map(([path, text]) => `# ${path}\n${text.endsWith('\n') ? text : `${text}\n`}`).join('')
    const path = join(directory, `keepalived.conf.${process.pid}.${this.#count++}`)
    this.#attempt(`config_save_dir ${directory}`, () => writeFileSync(path, copy))
  }

  #markOf({ global }: Configuration): string | undefined {
    const { file } = global.reload
    return file === true ? join(dirname(this.#settings.pidFile), 'keepalived.reload') : file
  }

  #attempt(what: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#log(3, `${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
