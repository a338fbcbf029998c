import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentxValue, agentxError, type Oid } from '@havip/wire'
import { Changes, type Wish } from './changes.ts'
import { exampleFacts } from './facts.fixture.ts'
import { instanceEntry } from './keepalived-mib.ts'
import { gauge, integer } from './values.ts'

type Asked = { readonly instance: string; readonly wish: Wish }
function example(refuses: (asked: Asked) => boolean = () => false): { readonly changes: Changes; readonly asked: Asked[] } {
  const asked: Asked[] = []
  const changes = new Changes(
    async () => exampleFacts(),
    async (instance, wish) => {
      if (refuses({ instance, wish })) throw new Error('refused')
      asked.push({ instance, wish })
    },
  )
  return { changes, asked }
}
const priority = (row: number, value: AgentxValue) => ({ name: [...instanceEntry, 7, row], value })
const preempt = (row: number, value: AgentxValue) => ({ name: [...instanceEntry, 13, row], value })
const of = (name: Oid, value: AgentxValue) => ({ name, value })

test('priority and preemption are set when the master says so, and not before', async () => {
  const { changes, asked } = example()
  assert.equal((await changes.test(1, [priority(1, integer(77)), preempt(2, integer(2))])).error, agentxError.none)
  assert.deepEqual(asked, [])
  assert.equal((await changes.commit(1)).error, agentxError.none)
  assert.deepEqual(asked, [
    { instance: 'VI_1', wish: { priority: 77 } },
    { instance: 'VI_6', wish: { preempt: false } },
  ])
})

test('what may not be set is refused with the variable that it is about', async () => {
  const { changes } = example()
  const verdict = async (...binds: Parameters<Changes['test']>[1]) => {
    const { error, index } = await changes.test(1, binds)
    return [error, index]
  }
  assert.deepEqual(await verdict(priority(1, integer(1)), priority(1, integer(0))), [agentxError.wrongValue, 2])
  assert.deepEqual(await verdict(priority(1, integer(256))), [agentxError.wrongValue, 1])
  assert.deepEqual(await verdict(priority(1, gauge(7))), [agentxError.wrongType, 1])
  assert.deepEqual(await verdict(preempt(1, integer(3))), [agentxError.wrongValue, 1])
  assert.deepEqual(await verdict(priority(9, integer(7))), [agentxError.notWritable, 1])
  assert.deepEqual(await verdict(of([...instanceEntry, 8, 1], integer(7))), [agentxError.notWritable, 1])
  assert.deepEqual(await verdict(of([...instanceEntry, 7, 1, 0], integer(7))), [agentxError.notWritable, 1])
})

test('when a part of it fails, what was done is taken back', async () => {
  const { changes, asked } = example(({ instance }) => instance === 'VI_6')
  await changes.test(4, [priority(1, integer(77)), priority(2, integer(78))])
  assert.deepEqual(await changes.commit(4), { error: agentxError.commitFailed, index: 2 })
  assert.equal((await changes.undo(4)).error, agentxError.none)
  assert.deepEqual(asked, [
    { instance: 'VI_1', wish: { priority: 77 } },
    { instance: 'VI_1', wish: { priority: 150 } },
  ])
  assert.equal((await changes.commit(4)).error, agentxError.commitFailed)
})
