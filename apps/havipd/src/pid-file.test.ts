import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inheritPidFile, type PidFile, takePidFile } from './pid-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'havipd-pid-'))
after(() => rmSync(directory, { recursive: true }))
let files = 0
const freshPath = (): string => join(directory, `${++files}.pid`)

const takenBy = (result: ReturnType<typeof takePidFile>): number | undefined | 'free' => ('takenBy' in result ? result.takenBy : 'free')
const take = (path: string, pid: number): PidFile => {
  const result = takePidFile(path, pid)
  assert.ok('remove' in result)
  return result
}

/** Another process that holds the file until it is killed. */
async function holder(path: string): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const program = `import { takePidFile } from ${JSON.stringify(join(import.meta.dirname, 'pid-file.ts'))}
    takePidFile(${JSON.stringify(path)}, process.pid); console.log('held'); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    pid: child.pid as number,
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

test('a pid file holds the number and a newline, and everybody may read it', () => {
  const path = freshPath()
  const file = take(path, 4_000_000)
  assert.equal(readFileSync(path, 'utf8'), '4000000\n')
  assert.equal(statSync(path).mode & 0o777, 0o644)
  file.remove()
  assert.throws(() => statSync(path))
})

test('what is left of a dead daemon does not stand in the way, not even the number of a living process', () => {
  for (const text of ['4111222\n', 'rubbish that is longer', '', '1\n', `${process.ppid}\n`]) {
    const path = freshPath()
    writeFileSync(path, text)
    take(path, process.pid).remove()
  }
})

test('a living process that holds the file is named; its death gives it back', async () => {
  const path = freshPath()
  const other = await holder(path)
  assert.equal(takenBy(takePidFile(path, process.pid)), other.pid)
  assert.equal(readFileSync(path, 'utf8'), `${other.pid}\n`)
  await other.kill()
  take(path, process.pid).remove()
})

test('the number of a running keepalived counts without a lock: older ones have none', async () => {
  const path = freshPath()
  const older = spawn('sleep', ['60'], { argv0: 'keepalived', stdio: 'ignore' })
  await new Promise((resolve) => older.once('spawn', resolve))
  writeFileSync(path, `${older.pid}\n`)
  assert.equal(takenBy(takePidFile(path, process.pid)), older.pid)
  const ended = new Promise((resolve) => older.once('exit', resolve))
  older.kill('SIGKILL')
  await ended
  take(path, process.pid).remove()
})

test('whoever goes on waits for the lock of the one before, and not for ever', async () => {
  const path = freshPath()
  const other = await holder(path)
  const given = new Promise<boolean>((resolve) => inheritPidFile(path, 4_000_007, (result) => resolve('remove' in result)))
  await other.kill()
  assert.equal(await given, true)
  assert.equal(readFileSync(path, 'utf8'), '4000007\n')
  const another = freshPath()
  const third = await holder(another)
  assert.equal(await new Promise<boolean>((resolve) => inheritPidFile(another, 1, (result) => resolve('remove' in result), 50)), false)
  await third.kill()
})

test('the process that has it may write another number: it became the daemon', () => {
  const path = freshPath()
  const before = take(path, 4_000_001)
  const now = take(path, 4_000_002)
  assert.equal(readFileSync(path, 'utf8'), '4000002\n')
  before.remove()
  assert.equal(readFileSync(path, 'utf8'), '4000002\n')
  now.remove()
  assert.throws(() => statSync(path))
})

test('a file that has been replaced is left alone', () => {
  const path = freshPath()
  const file = take(path, 4_000_003)
  writeFileSync(`${path}.new`, '4000004\n')
  renameSync(`${path}.new`, path)
  file.remove()
  assert.equal(readFileSync(path, 'utf8'), '4000004\n')
})

test('children do not inherit the lock', () => {
  const path = freshPath()
  const file = take(path, process.pid)
  const listed = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' }).stdout
  assert.ok(listed.length > 0 && !listed.includes(path))
  file.remove()
})
