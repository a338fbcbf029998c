import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAlive, letGo } from './early-daemon.ts'
import type { PlacedSettings } from './run-files.ts'

const start = (): ReturnType<typeof spawn> => {
  const text = `import { waitForGuard } from ${JSON.stringify(join(import.meta.dirname, 'early-daemon.ts'))}; process.exit(waitForGuard()?.pidFile === '/run/x.pid' ? 7 : 9)`
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
}

test('a daemon that was started early goes on at the guard’s word', async () => {
  const child = start()
  assert.equal(isAlive(child), true)
  letGo(child, { pidFile: '/run/x.pid' } as PlacedSettings)
  assert.deepEqual(await once(child, 'exit'), [7, null])
  assert.equal(isAlive(child), false)
})

test('it ends when the guard does without a word', async () => {
  const child = start()
  const line = child.stdio[3]
  assert(line && 'destroy' in line)
  line.destroy()
  assert.deepEqual(await once(child, 'exit'), [9, null])
})

test('a program that cannot be started is not alive', async () => {
  const child = spawn('/no/such/program')
  child.on('error', () => {})
  assert.equal(isAlive(child), false)
})
