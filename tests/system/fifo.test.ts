// The lines of a notification FIFO, ours beside keepalived's for the same events: each of the two daemons is driven
// alone through the same faults, and what its FIFO gave is compared.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'

const fileOf = (folder: string): string => `global_defs {
  vrrp_notify_fifo ${join(folder, 'vrrp.fifo')}
  vrrp_notify_priority_changes
}
vrrp_track_file level {
  file ${join(folder, 'level')}
  weight 1
}
vrrp_sync_group G1 {
  group {
    VI_1
  }
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.9.0.100
  }
}
vrrp_instance VI_2 {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority 120
  advert_int 1
  virtual_ipaddress {
    10.9.0.102
  }
  track_file {
    level
  }
  notify_priority_changes
}
`

async function driveThrough(segment: Segment, node: Node, start: Segment['startHavipd']): Promise<{ lines: string[]; isLeft: boolean }> {
  const path = join(node.folder, 'vrrp.fifo')
  await must(['sh', '-c', `echo 0 > ${join(node.folder, 'level')}`])
  const daemon = await start(node, fileOf(node.folder))
  await until('the FIFO is there', async () => (existsSync(path) ? true : undefined), 20_000, 20)
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  reader.stdout.on('data', (data: Buffer) => {
    text += data.toString()
  })
  try {
    for (const address of ['10.9.0.100', '10.9.0.102']) await segment.waitForOwner(node, address)
    await must(['sh', '-c', `echo -30 > ${join(node.folder, 'level')}`])
    await sleep(500)
    await segment.setLink(node, false)
    await sleep(1000)
    await segment.setLink(node, true)
    for (const address of ['10.9.0.100', '10.9.0.102']) await segment.waitForOwner(node, address)
    await daemon.service.stop()
    await sleep(300)
  } finally {
    reader.kill()
  }
  return { lines: text.split('\n').slice(0, -1), isLeft: existsSync(path) }
}

/** Instances that do not depend on one another may come in either order. */
const by = (lines: readonly string[], pattern: RegExp): readonly string[] => lines.filter((line) => pattern.test(line))

test('a FIFO gets the same lines from havipd and from keepalived', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const theirs = await driveThrough(segment, second, segment.startKeepalived)
    const ours = await driveThrough(segment, first, segment.startHavipd)
    assert.ok(theirs.lines.length >= 10, theirs.lines.join('\n'))
    for (const pattern of [/VI_1|G1/, /VI_2/]) assert.deepEqual(by(ours.lines, pattern), by(theirs.lines, pattern))
    assert.equal(ours.isLeft, theirs.isLeft)
  } finally {
    await segment.destroy()
  }
})
