import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { outages, type ProbeResult, probe } from './probe.ts'

const answered = (startedAt: number, by: string): ProbeResult => ({ startedAt, endedAt: startedAt + 1, outcome: 'answered', by })
const lost = (startedAt: number): ProbeResult => ({ startedAt, endedAt: startedAt + 250, outcome: 'timed-out', by: '' })

test('an outage reaches from the last answer to the first request that is answered again', () => {
  const results = [answered(0, 'ECS 1'), lost(5), lost(10), answered(15, 'ECS 2'), answered(20, 'ECS 2')]
  assert.deepEqual(outages(results), [{ from: 1, to: 15, durationMs: 14, before: 'ECS 1', after: 'ECS 2', lost: 2 }])
})

test('a change of the server without a lost request is no outage', () => {
  assert.deepEqual(outages([answered(0, 'ECS 1'), answered(5, 'ECS 2')]), [])
})

test('results count in the order the requests were started, not in which they ended', () => {
  const results = [answered(0, 'A'), answered(15, 'B'), lost(5)]
  assert.equal(outages(results).length, 1)
})

test('lost requests before the first and after the last answer are no outage: nobody knows how long it was', () => {
  assert.deepEqual(outages([lost(0), answered(5, 'A'), lost(10)]), [])
})

test('the probe names who answered and ends when it is told to', async () => {
  const server = createServer((_, response) => response.end('<html><title>ECS 1</title></html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const results: ProbeResult[] = []
  await new Promise<void>((resolve) => {
    const running = probe(
      { host: '127.0.0.1', port, path: '/', everyMs: 5, timeoutMs: 1000 },
      (result) => {
        results.push(result)
        if (results.length === 3) running.stop()
      },
      resolve,
    )
  })
  server.close()
  assert.deepEqual(new Set(results.map((result) => `${result.outcome} ${result.by}`)), new Set(['answered ECS 1']))
})

test('a port where nobody listens is refused, not timed out', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const result = await new Promise<ProbeResult>((resolve) => {
    const running = probe(
      { host: '127.0.0.1', port, path: '/', everyMs: 5, timeoutMs: 1000 },
      (one) => {
        running.stop()
        resolve(one)
      },
      () => undefined,
    )
  })
  assert.equal(result.outcome, 'refused')
})
