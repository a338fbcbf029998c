import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { instant, wallTime } from '@havip/base'
import type { Daemon, DaemonEvent } from '@havip/vrrp-runtime'
import { readRecordFile, recordTo } from './record-file.ts'

const entry = (sequence: number, text = 'x'): DaemonEvent => ({
  sequence,
  at: instant(sequence),
  wall: wallTime(1_700_000_000_000 + sequence),
  instance: 'VI_1',
  what: { kind: 'guard', text },
})

/** As much of a daemon as a recording needs. */
function source(): { readonly daemon: Daemon; say(entry: DaemonEvent): void } {
  const listeners = new Set<(entry: DaemonEvent) => void>()
  const daemon = {
    onEvent: (listener: (entry: DaemonEvent) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  } as unknown as Daemon
  return { daemon, say: (one) => listeners.forEach((listener) => void listener(one)) }
}

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'havipd-record-'))
  try {
    await body(join(folder, 'record'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('what one daemon recorded the next one reads, in order, without the line that a crash cut', () =>
  inFolder(async (path) => {
    const { daemon, say } = source()
    recordTo(path, daemon, 'ecs-1', assert.fail)
    for (const n of [1, 2, 3]) say(entry(n))
    await sleep(100)
    writeFileSync(path, '{"sequence":4,"at":4,"wa', { flag: 'a' })
    assert.deepEqual(readRecordFile(path), [entry(1), entry(2), entry(3)])
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? ''), { recording: 1, node: 'ecs-1' })
  }))
test('closing writes what still waits', () =>
  inFolder(async (path) => {
    const { daemon, say } = source()
    const file = recordTo(path, daemon, 'ecs-1', assert.fail)
    say(entry(1))
    file.close()
    say(entry(2))
    assert.deepEqual(readRecordFile(path), [entry(1)])
  }))
test('a file that is full becomes the first of two, and both are read', () =>
  inFolder(async (path) => {
    const { daemon, say } = source()
    recordTo(path, daemon, 'ecs-1', assert.fail)
    const long = 'y'.repeat(500_000)
    for (let n = 1; n <= 12; n++) {
      say(entry(n, long))
      await sleep(30)
    }
    await sleep(200)
    const read = readRecordFile(path)
    assert.equal(read.at(-1)?.sequence, 12)
    assert.equal(read.length, 12)
    assert(readFileSync(path).length < 4 * 1024 * 1024)
  }))
test('a disk that refuses is told once, and nothing else happens', () =>
  inFolder(async (path) => {
    const { daemon, say } = source()
    const problems: string[] = []
    recordTo(join(path, 'no', 'such', 'folder'), daemon, 'ecs-1', (text) => problems.push(text))
    say(entry(1))
    // A busy machine takes its time to refuse.
    for (let waited = 0; problems.length === 0 && waited < 10_000; waited += 20) await sleep(20)
    say(entry(2))
    await sleep(100)
    assert.equal(problems.length, 1)
  }))
