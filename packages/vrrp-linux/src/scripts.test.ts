import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { milliseconds } from '@havip/base'
import { createLinuxClock } from './clock.ts'
import type { LinuxClock } from './options.ts'
import type { ProcessEnd, ProcessSpec } from './port.ts'
import { createScripts, type Scripts } from './scripts.ts'
import { eventually } from './test-network.ts'

let directory: string
let clock: LinuxClock
let scripts: Scripts

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'havip-scripts-'))
  chmodSync(directory, 0o777)
  clock = createLinuxClock()
  process.env.LD_LIBRARY_PATH = '/nowhere'
  process.env.IFS = 'x'
  scripts = createScripts(clock)
})
after(() => {
  scripts.terminateAll()
  clock.close()
  rmSync(directory, { recursive: true })
})

const script = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text, { mode: 0o755 })
  return path
}
const run = (argv: readonly string[], more: Partial<ProcessSpec> = {}): Promise<ProcessEnd> =>
  new Promise((resolve) => scripts.start({ argv, user: undefined, timeout: undefined, ...more }, resolve))
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A zombie that its new parent has not fetched yet is dead enough.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}
const asRoot = process.getuid?.() === 0 ? false : 'needs root to start a process as another user'

test('the exit status comes back', async () => {
  assert.deepEqual(await run(['/bin/sh', '-c', 'exit 7']), { kind: 'exited', status: 7 })
})

test('a bare name is looked up in PATH, and arguments are passed as they are', async () => {
  const out = join(directory, 'args')
  const path = script('args.sh', `#!/bin/sh\nfor a; do echo "[$a]"; done > ${out}\n`)
  assert.deepEqual(await run([path, 'a b', "c'd", '']), { kind: 'exited', status: 0 })
  assert.equal(readFileSync(out, 'utf8'), "[a b]\n[c'd]\n[]\n")
  assert.deepEqual(await run(['true']), { kind: 'exited', status: 0 })
})

test('death by a signal comes back with its number', async () => {
  assert.deepEqual(await run(['/bin/sh', '-c', 'kill -9 $$']), { kind: 'killed', signal: 9 })
})

test('a missing program is told once, as not started, with the reason', async () => {
  const end = await run([join(directory, 'missing')])
  assert.ok(end.kind === 'not-started')
  assert.equal(end.fault.errno, 'ENOENT')
  assert.match(end.fault.detail, /missing: No such file/)
})

test('a script without a shebang line is run by /bin/sh', async () => {
  assert.deepEqual(await run([script('bare', 'exit 4\n')]), { kind: 'exited', status: 4 })
})

test('it leads a process group of its own, its standard files are /dev/null, and dangerous variables are gone', async () => {
  const out = join(directory, 'facts')
  const path = script(
    'facts.sh',
    `#!/bin/sh\n{ cut -d' ' -f5 /proc/$$/stat; echo $$; readlink /proc/$$/fd/0; echo "\${LD_LIBRARY_PATH-none}"; env | grep -c '^IFS='; } > ${out}\n`,
  )
  await run([path])
  const [group, pid, input, library, separators] = readFileSync(out, 'utf8').split('\n')
  assert.equal(group, pid)
  assert.deepEqual([input, library, separators], ['/dev/null', 'none', '0'])
})

test('out of time, the whole group gets SIGTERM', async () => {
  const out = join(directory, 'grandchild')
  const path = script('slow.sh', `#!/bin/sh\nsleep 60 &\necho $! > ${out}\nwait\n`)
  const start = clock.now()
  assert.deepEqual(await run([path], { timeout: milliseconds(150) }), { kind: 'timed-out' })
  const took = clock.now() - start
  assert.ok(took >= 150 && took < 30_000, `took ${took}`)
  const pid = Number(readFileSync(out, 'utf8'))
  await eventually('the grandchild is gone', () => !isAlive(pid))
})

test('one that ignores SIGTERM gets SIGKILL two seconds later', async () => {
  const path = script('stubborn.sh', `#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.05; done\n`)
  const start = clock.now()
  assert.deepEqual(await run([path], { timeout: milliseconds(100) }), { kind: 'timed-out' })
  const took = clock.now() - start
  assert.ok(took >= 2100 && took < 30_000, `took ${took}`)
})

test('a running one can be signalled, and its end is told', async () => {
  let end: ProcessEnd | undefined
  const handle = scripts.start({ argv: ['sleep', '60'], user: undefined, timeout: undefined }, (told) => {
    end = told
  })
  assert.ok(handle !== undefined && handle.pid > 0)
  handle.kill(15)
  await eventually('the end', () => end !== undefined)
  assert.deepEqual(end, { kind: 'killed', signal: 15 })
})

test('as another user it has that user, that group and no supplementary group', { skip: asRoot }, async () => {
  const out = join(directory, 'user')
  const path = script('user.sh', `#!/bin/sh\nid -u > ${out}; id -g >> ${out}; id -G >> ${out}\n`)
  assert.deepEqual(await run([path], { user: { uid: 65534, gid: 65534, groups: undefined } }), { kind: 'exited', status: 0 })
  assert.equal(readFileSync(out, 'utf8'), '65534\n65534\n65534\n')
})

test('supplementary groups are set where they are asked for', { skip: asRoot }, async () => {
  const out = join(directory, 'groups')
  const path = script('groups.sh', `#!/bin/sh\nid -u > ${out}; id -G >> ${out}\n`)
  assert.deepEqual(await run([path], { user: { uid: 65534, gid: 65534, groups: [65534, 4] } }), { kind: 'exited', status: 0 })
  assert.equal(readFileSync(out, 'utf8'), '65534\n65534 4\n')
})

test('a file that may not be executed is told as such', async () => {
  const path = script('plain', '#!/bin/sh\n')
  chmodSync(path, 0o644)
  const end = await run([path])
  assert.equal(end.kind === 'not-started' && end.fault.errno, 'EACCES')
  assert.ok(existsSync(path))
})
