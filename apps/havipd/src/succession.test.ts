import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyWill, willToJson } from '@havip/vrrp-runtime'
import { deathsMax, recentDeaths, successionOf } from './succession.ts'

const heritage = { version: 1 as const, routers: [], scripts: [], bfd: [] }
const death = (will: object) => ({ how: 'signal SIGKILL', pid: 1, willJson: willToJson({ ...emptyWill, ...will }) })

test('deaths of more than ten seconds ago do not count', () => {
  assert.deepEqual(recentDeaths([0, 5000], 12_000), [5000, 12_000])
})

test('the first deaths are followed by an heir, the third by goodbye', () => {
  assert.equal(successionOf(death({ heritage }), [1])?.how, 'signal SIGKILL')
  assert.ok(successionOf(death({ heritage }), [1, 2]))
  assert.equal(
    successionOf(
      death({ heritage }),
      Array.from({ length: deathsMax }, (_, i) => i),
    ),
    undefined,
  )
})

test('without heritage, or with one of another version, there is nothing to go on with', () => {
  assert.equal(successionOf(death({}), [1]), undefined)
  assert.equal(successionOf(death({ heritage: { ...heritage, version: 2 } }), [1]), undefined)
  assert.equal(successionOf({ how: 'exit status 70', pid: 1, willJson: undefined }, [1]), undefined)
})
