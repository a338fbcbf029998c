import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { createProcesses } from './processes.ts'
import { createTestNetwork, eventually, skipWithoutNamespaces } from './test-network.ts'

test('a process that begins, becomes another program and ends is told by the kernel', async (t) => {
  const processes = createProcesses()
  let told = 0
  const watch = processes.watch(() => told++, { bytes: 200_000, force: false })
  try {
    if (watch.fault) {
      t.skip(`process events are refused here: ${watch.fault.errno}`)
      return
    }
    const mine = (): readonly (readonly string[])[] => processes.list().flatMap(({ pid, argv }) => (pid === child.pid ? [argv] : []))
    const child = spawn('sh', ['-c', 'read line; exec sleep 100'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await eventually('the shell is there', () => mine()[0]?.[0] === 'sh', 5000)
    assert.ok(told > 0)
    child.stdin?.end('go\n')
    await eventually('it is another program now', () => mine()[0]?.[0] === 'sleep', 5000)
    child.kill('SIGKILL')
    await eventually('it is gone', () => mine().length === 0, 5000)
  } finally {
    processes.close()
  }
})

test('in a network namespace of its own the kernel tells nothing, and a second is enough all the same', {
  skip: skipWithoutNamespaces,
}, async () => {
  const network = createTestNetwork()
  const processes = createProcesses()
  try {
    let told = 0
    const watch = network.left.within(() => processes.watch(() => told++))
    assert.ok(watch.fault)
    await eventually('it is looked at', () => told > 0, 5000)
    assert.ok(processes.list().some(({ pid }) => pid === process.pid))
    watch.close()
  } finally {
    processes.close()
    network.close()
  }
})
