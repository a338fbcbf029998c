// A PostgreSQL server of our own for tests: a cluster in a temporary folder, on a Unix socket, gone afterwards.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type PostgresServer = {
  readonly url: string
  /** Ends it as told and starts it again, on the same data. */
  restart(how: 'fast' | 'crash'): Promise<void>
  stop(): Promise<void>
}

/** Where Debian puts the server's programs, the newest first; else what is in the path. */
function findPrograms(): string | undefined {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(base, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((option) => spawnSync('id', [option, user]))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  return undefined
}

/** A text: why there is none. */
export async function startPostgres(): Promise<PostgresServer | string> {
  const programs = findPrograms()
  if (!programs) return 'PostgreSQL is not installed (Debian: apt-get install postgresql)'
  const as = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'havip-pg-'))
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  const options = { ...as, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'havip', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    stdio: 'pipe',
  })
  // No power failure is tested here, and without fsync the cases take a tenth of the time.
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'shared_buffers=16MB', 'max_connections=40', 'fsync=off']
  const start = (): ChildProcess =>
    spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], { ...options, stdio: 'pipe' })
  let server = start()
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill(signal)
    await ended
  }
  try {
    await isReady(server)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    url: `postgres://havip@localhost/postgres?host=${encodeURIComponent(folder)}`,
    restart: async (how) => {
      // Fast and immediate shutdown, in PostgreSQL's words.
      await end(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      server = start()
      await isReady(server)
    },
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const timer = setTimeout(() => {
      server.kill('SIGKILL')
      reject(new Error(`PostgreSQL did not start:\n${log}`))
    }, 30_000)
    server.stderr?.on('data', (chunk: Buffer) => {
      log += String(chunk)
      if (!log.includes('ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
    server.once('exit', () => {
      clearTimeout(timer)
      reject(new Error(`PostgreSQL ended:\n${log}`))
    })
  })
}
