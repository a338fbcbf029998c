import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair, seedLike } from './testing/pair.ts'

const path = '/run/vrrp.fifo'
const fifo = `vrrp_notify_fifo ${path}`
const linesOf = (pair: Pair, at = path): readonly string[] => {
  const one = pair.one.host.parts.fifos.get(at)
  const lines = one?.lines.split('\n').slice(0, -1) ?? []
  if (one) one.lines = ''
  return lines
}

test('every state is a line, written after the scripts were started, the last one at the stop', () => {
  const pair = Pair.ofSeed({ global: fifo })
  pair.start()
  assert.deepEqual(linesOf(pair), ['INSTANCE "VI_1" BACKUP 100'])
  pair.time.advance(10_000)
  assert.deepEqual(linesOf(pair), ['INSTANCE "VI_1" MASTER 100'])
  pair.one.host.setUp('eth0', false)
  assert.deepEqual(linesOf(pair), ['INSTANCE "VI_1" FAULT 100'])
  pair.one.daemon.stop(() => {})
  pair.time.advance(2000)
  assert.deepEqual(linesOf(pair), ['INSTANCE "VI_1" STOP 100'])
})

test('a master that hears a lower one says so, with its own priority', () => {
  const pair = Pair.ofSeed({ global: fifo }, { instance: 'nopreempt' })
  pair.start(pair.one)
  pair.time.advance(10_000)
  linesOf(pair)
  pair.segment.loses = (from) => from === pair.one.host
  pair.start(pair.two)
  pair.time.advance(10_000)
  pair.time.advance(3000)
  assert.ok(linesOf(pair).includes('INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100'))
})

test('a changed priority is a line only with notify_priority_changes', () => {
  const blocks = 'track_file T { file /run/t weight 1 }'
  for (const word of ['', 'notify_priority_changes']) {
    const pair = Pair.ofSeed({ global: fifo, blocks: blocks.replaceAll(/ (?=[fw{}])/g, '\n'), instance: `track_file {\n T\n }\n ${word}` })
    pair.start()
    linesOf(pair)
    pair.one.host.parts.setFile('/run/t', '-20\n')
    assert.deepEqual(linesOf(pair), word ? ['INSTANCE "VI_1" BACKUP_PRIORITY 80'] : [])
    pair.time.advance(10_000)
    linesOf(pair)
    pair.one.host.parts.setFile('/run/t', '-30\n')
    assert.deepEqual(linesOf(pair), word ? ['INSTANCE "VI_1" MASTER_PRIORITY 70'] : [])
  }
})

test('the FIFO of VRRP alone is removed at the end if we made it, the common one and a foreign one are not', () => {
  const pair = Pair.ofSeed({ global: `notify_fifo /run/all.fifo\n${fifo}` })
  pair.start(pair.one)
  const { fifos } = pair.one.host.parts
  assert.deepEqual(linesOf(pair, '/run/all.fifo'), linesOf(pair))
  pair.one.daemon.stop(() => {})
  pair.time.advance(2000)
  assert.deepEqual([fifos.get(path)?.isThere, fifos.get('/run/all.fifo')?.isThere], [false, true])
  assert.equal(fifos.get(path)?.isOpen, false)
  const found = Pair.ofSeed({ global: fifo })
  found.one.host.parts.fifos.set(path, { lines: '', isOpen: false, isThere: true })
  found.start(found.one)
  found.one.daemon.stop(() => {})
  found.time.advance(2000)
  assert.equal(found.one.host.parts.fifos.get(path)?.isThere, true)
})

test('the FIFO script gets the path as its last argument, and SIGTERM before the last lines', () => {
  const pair = Pair.ofSeed({ global: `${fifo}\nvrrp_notify_fifo_script "/etc/keepalived/read.sh now"` })
  pair.one.host.processScript = () => ({ end: { kind: 'exited', status: 0 }, after: 1e9 })
  pair.start(pair.one)
  assert.deepEqual(pair.one.host.started[0]?.spec.argv, ['/etc/keepalived/read.sh', 'now', path])
  pair.one.daemon.stop(() => {})
  assert.equal(pair.one.host.lines(/notify fifo script .* terminated: due to signal 15/).length, 1)
  assert.deepEqual(linesOf(pair).at(-1), 'INSTANCE "VI_1" STOP 100')
})

test('a reload leaves a FIFO and its script alone, tells states again only when asked, and closes what is gone', () => {
  const pair = Pair.ofSeed({ global: fifo })
  pair.start(pair.one)
  linesOf(pair)
  pair.one.daemon.reload()
  assert.deepEqual(linesOf(pair), [])
  pair.write(pair.one, seedLike(1, { priority: 100, global: `${fifo}\nfifo_write_vrrp_states_on_reload` }))
  pair.one.daemon.reload()
  assert.deepEqual(linesOf(pair), ['INSTANCE "VI_1" BACKUP 100'])
  // Groups come first (keepalived).
  const group = 'vrrp_sync_group G {\n group {\n VI_1\n }\n}\n'
  pair.write(pair.one, seedLike(1, { priority: 100, global: `${fifo}\nfifo_write_vrrp_states_on_reload`, blocks: group }))
  pair.one.daemon.reload()
  assert.deepEqual(linesOf(pair), ['GROUP "G" BACKUP 0', 'INSTANCE "VI_1" BACKUP 100'])
  pair.write(pair.one, seedLike(1, { priority: 100 }))
  pair.one.daemon.reload()
  assert.equal(pair.one.host.parts.fifos.get(path)?.isThere, false)
})
