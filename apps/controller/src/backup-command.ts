// `controller backup FILE` and `controller restore FILE`: the whole store in one file, taken while the controller runs.
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type BackupPlace, backUp, restore } from '@havip/store-sql'
import { Command } from 'commander'

type BackupOptions = { readonly data?: string; readonly database?: string }

/** @returns false: the words are none of these commands */
export async function runBackupCommand(argv: readonly string[]): Promise<boolean> {
  if (argv[0] !== 'backup' && argv[0] !== 'restore') return false
  process.umask(0o077)
  const program = new Command('controller')
  withPlace(program.command('backup <file>').description('write the whole store to a file; controllers may go on meanwhile')).action(
    async (file: string, options: BackupOptions) => {
      const { rows, migration } = await writeBackup(file, placeOf(program, options))
      console.log(`${file}: ${rows} rows (${migration}).`)
      console.log('Secrets in it are sealed: keep seal.key of the data directory with it, in another place.')
    },
  )
  withPlace(program.command('restore <file>').description('read a backup into a new store, of either database')).action(
    async (file: string, options: BackupOptions) => {
      const place = placeOf(program, options)
      if (place.kind === 'sqlite') await mkdir(dirname(place.path), { recursive: true, mode: 0o700 })
      const { rows, migration } = await restore(place, createInterface({ input: createReadStream(file, 'utf8') }))
      console.log(`${rows} rows restored (${migration}).`)
      console.log(
        'Put the seal.key of that installation into the data directory before the controller starts: without it no access key works.',
      )
    },
  )
  await program.parseAsync([...argv], { from: 'user' })
  return true
}

const withPlace = (command: Command): Command =>
  command
    .option('--data <dir>', 'data directory of a controller with SQLite')
    .option('--database <url>', 'PostgreSQL in place of SQLite: postgres://user@host/name')

function placeOf(program: Command, { data, database }: BackupOptions): BackupPlace {
  if (database !== undefined) return { kind: 'postgresql', url: database }
  if (data === undefined) return program.error('error: give --data DIR (SQLite) or --database URL (PostgreSQL)')
  return { kind: 'sqlite', path: join(data, 'havip.sqlite') }
}

/** Under another name until it is whole and on the disk: what has the name is a backup. */
async function writeBackup(file: string, place: BackupPlace) {
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  const handle = await open(unfinished, 'wx', 0o600)
  try {
    let waiting = ''
    const flush = async (): Promise<void> => {
      const text = waiting
      waiting = ''
      await handle.write(text)
    }
    const summary = await backUp(
      place,
      async (line) => {
        waiting += line
        if (waiting.length > 1_000_000) await flush()
      },
      new Date(),
    )
    await flush()
    await handle.sync()
    await handle.close()
    await rename(unfinished, file)
    return summary
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(unfinished, { force: true })
    throw error
  }
}
