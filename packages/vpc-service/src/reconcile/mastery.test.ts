// An empty database pointed at a host that is in use must not wipe it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from '@havip/base'
import { installationKey } from '@havip/vpc'
import { countingEntropy } from '../testing/fakes.ts'
import { memoryStore } from '../testing/memory-store.ts'
import { codeOf, must, operator, type Rig, rig, tutorial } from '../testing/rig.ts'
import { beginTerm } from './mastery.ts'
import { Reconciler } from './reconciler.ts'

/** A second installation whose controller was given the first one's host. */
async function stranger(of: Rig): Promise<Rig> {
  const other = rig({}, memoryStore())
  const claim = await beginTerm(other.store, of.clock, () => Uint8Array.from({ length: 20 }, (_, i) => i * 7))
  Object.assign(other.plane.index, of.plane.index)
  other.plane.obeys = of.plane.obeys
  for (const [id, machine] of of.compute.machines) other.compute.machines.set(id, machine)
  const { store, plane, compute, clock, events } = other
  other.reconciler = new Reconciler({ store, plane, compute, clock, claim, report: (event) => events.push(event) })
  return other
}

async function scene(): Promise<Rig> {
  const first = rig()
  const { store, plane, compute, clock, events } = first
  const claim = await beginTerm(store, clock, countingEntropy())
  first.reconciler = new Reconciler({ store, plane, compute, clock, claim, report: (event) => events.push(event) })
  await tutorial(first)
  return first
}

test('an empty store on a host of another installation touches nothing, and says so once', async () => {
  const first = await scene()
  const other = await stranger(first)
  for (let round = 0; round < 3; round++) {
    await other.settle()
    other.clock.advance(40_000)
  }
  assert.deepEqual(other.plane.applied, [])
  assert.deepEqual(other.compute.calls, [])
  assert.deepEqual(other.plane.obeys, first.plane.obeys)
  const told = other.events.filter(({ kind }) => kind === 'foreign-plane')
  assert.equal(told.length, 1)
  assert.equal(other.reconciler.standsBack, true)
})

test('a resource that has to wait for it says what to do', async () => {
  const other = await stranger(await scene())
  const { id: vpc } = await must(other.service.createVpc(operator, { cidr: '10.0.0.0/8' }))
  await other.settle()
  const view = await must(other.service.getVpc(operator, { vpc }))
  assert.equal(view.status, 'Pending')
  assert.match(view.problem?.text ?? '', /AdoptPlane/)
  assert.deepEqual(other.plane.applied, [])
})

test('an operator adopts the plane by naming whose it is; then the rows rule', async () => {
  const first = await scene()
  const other = await stranger(first)
  await other.settle()
  const before = await must(other.service.describePlane(operator))
  assert.equal(before.master, first.plane.obeys?.installation)
  assert.ok(before.removals > 0)
  assert.equal(before.machinesRemoved, 2)
  const viewer = { ...operator, kind: 'access-key' } as const
  assert.equal(await codeOf(other.service.adoptPlane(viewer, { master: before.master })), '403 OperationDenied.Administrator')
  assert.equal(await codeOf(other.service.adoptPlane(operator, { master: 'inst-other' })), '409 OperationDenied.PlaneMaster')
  assert.equal(await codeOf(other.service.adoptPlane({ ...operator, dryRun: true }, { master: before.master })), '400 DryRunOperation')
  await other.settle()
  assert.deepEqual(other.plane.applied, [])

  await must(other.service.adoptPlane(operator, { master: before.master }))
  await other.settle()
  assert.equal(other.plane.index.networks.size, 0)
  assert.equal(other.compute.machines.size, 0)
  assert.equal(other.plane.obeys?.installation, before.installation)
  assert.equal(other.reconciler.standsBack, false)
  const audit = await must(other.service.readAudit(operator, { after: 0, max: 100 }))
  assert.equal(audit.at(-1)?.action, 'AdoptPlane')
  assert.equal(audit.at(-1)?.outcome, 'OK')
})

test('a host that nobody is known to own is taken when nothing would be lost', async () => {
  const first = await scene()
  first.plane.obeys = undefined
  first.restart()
  await first.settle()
  assert.ok(first.plane.obeys)
})

test('a host that nobody is known to own, with things that we do not know, is left alone', async () => {
  const other = await stranger(await scene())
  other.plane.obeys = undefined
  await other.settle()
  assert.deepEqual(other.plane.applied, [])
  await must(other.service.adoptPlane(operator, { master: '' }))
  await other.settle()
  assert.equal(other.plane.index.networks.size, 0)
})

test('who was replaced in the same installation changes nothing any more', async () => {
  const first = await scene()
  const applied = first.plane.applied.length
  await beginTerm(first.store, first.clock, countingEntropy())
  const newer = await first.store.read((tx) => tx.get('installation', installationKey))
  first.plane.obeys = { installation: newer?.identity ?? '', term: newer?.term ?? 0 }
  await must(first.service.createVpc(operator, { cidr: '10.0.0.0/8' }))
  first.reconciler.distrust()
  await first.settle()
  assert.equal(first.plane.applied.length, applied)
  assert.equal(first.events.at(-1)?.kind, 'failed')
})

test('each term is one more, and the identity stays', async () => {
  const store = memoryStore()
  const { clock } = rig()
  const one = await beginTerm(store, clock, countingEntropy())
  await store.write(async (tx) => ok(await tx.expireTokens(clock.wallTime())))
  const two = await beginTerm(store, clock, countingEntropy())
  assert.equal(two.installation, one.installation)
  assert.deepEqual([one.term, two.term], [1, 2])
})
