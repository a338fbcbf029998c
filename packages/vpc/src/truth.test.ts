import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InstanceId } from './resource.ts'
import { type DaemonWitness, judgeTruth, type PlaneWitness } from './truth.ts'

const [a, b] = ['i-a' as InstanceId, 'i-b' as InstanceId]
const owner = (instance: InstanceId): PlaneWitness => ({ kind: 'owner', instance })
const master = (instance: InstanceId): DaemonWitness => ({ kind: 'heard', instance, state: 'master', holds: true })
const backup = (instance: InstanceId): DaemonWitness => ({ kind: 'heard', instance, state: 'backup', holds: false })
const silent = (instance: InstanceId): DaemonWitness => ({ kind: 'unknown', instance })
const verdictOf = (plane: PlaneWitness, ...daemons: DaemonWitness[]) => judgeTruth(plane, daemons).verdict

test('all sources say the same', () => {
  assert.deepEqual(judgeTruth(owner(a), [master(a), backup(b)]), { verdict: 'agreed', owner: a, problems: [] })
  assert.equal(verdictOf(owner(a), master(a), { kind: 'off', instance: b }), 'agreed')
})
test('two holders disagree, whatever the network says', () => {
  assert.equal(verdictOf(owner(a), master(a), master(b)), 'disagreed')
  assert.equal(verdictOf({ kind: 'unknown' }, master(a), master(b)), 'disagreed')
})
test('the network sends to one and another holds it', () => {
  const judged = judgeTruth(owner(b), [master(a), backup(b)])
  assert.equal(judged.verdict, 'disagreed')
  assert.equal(judged.owner, undefined)
  assert.match(judged.problems.join(' '), /the network sends it to i-b/)
})
test('an owner that is off, or never announced, is no agreement', () => {
  assert.equal(verdictOf(owner(a), { kind: 'off', instance: a }, backup(b)), 'disagreed')
  assert.equal(verdictOf({ kind: 'nobody' }, master(a), backup(b)), 'disagreed')
})
test('a source that is silent is never green', () => {
  assert.equal(verdictOf(owner(a), master(a), silent(b)), 'unknown')
  assert.equal(verdictOf(owner(a), silent(a), backup(b)), 'unknown')
  assert.equal(verdictOf({ kind: 'unknown' }, master(a), backup(b)), 'unknown')
})
test('a daemon that says master without the address is a problem', () => {
  assert.equal(verdictOf({ kind: 'nobody' }, { kind: 'heard', instance: a, state: 'master', holds: false }), 'disagreed')
})
test('nobody is a verdict of its own', () => {
  assert.equal(verdictOf({ kind: 'nobody' }, backup(a), backup(b)), 'nobody')
  assert.equal(verdictOf({ kind: 'nobody' }), 'nobody')
})

test('one that claims the address beside its owner is a problem, though every daemon is content', () => {
  const judged = judgeTruth(owner(a), [master(a), backup(b)], { claimants: [b] })
  assert.equal(judged.verdict, 'disagreed')
  assert.match(judged.problems.join(' '), /i-b claims the address, too/)
})
test('an address at which nothing answers is never green; one that was not asked may be', () => {
  const daemons = [master(a), backup(b)]
  assert.deepEqual(judgeTruth(owner(a), daemons, { claimants: [], isAnswered: false }), {
    verdict: 'unknown',
    owner: a,
    problems: ['Nothing answers at the address.'],
  })
  assert.equal(judgeTruth(owner(a), daemons, { claimants: [], isAnswered: true }).verdict, 'agreed')
  assert.equal(judgeTruth({ kind: 'nobody' }, [backup(a), backup(b)], { claimants: [], isAnswered: false }).verdict, 'nobody')
})
