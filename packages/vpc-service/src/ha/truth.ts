// Where each HaVip really is, from every source that can tell, each with its age; and the alarm when they disagree.
import { fail, type IpAddress, later, milliseconds, ok } from '@havip/base'
import {
  apiFault,
  type Havip,
  type HavipId,
  type InstanceId,
  type Judgement,
  judgeTruth,
  type PlaneWitness,
  type ProbeSample,
} from '@havip/vpc'
import { type Clock, type Timer, within } from '../clock.ts'
import type { Duty, DutyParts } from '../duties.ts'
import type { OwnerBoard } from '../owner-board.ts'
import { holdersOf, instancesOf } from '../port-holders.ts'
import type { DataPlane } from '../ports.ts'
import type { HavipTruth, VpcService } from '../service.ts'
import type { Store } from '../store.ts'
import { given, owned, type Parts, page, scopeOf } from '../use-cases/parts.ts'
import { askDaemon } from './daemon-request.ts'
import { type DaemonAnswer, DaemonStatuses, routerOf, witnessOf } from './daemon-statuses.ts'

/** What the plane said longer ago says nothing about now. */
const planeAgeMaxMs = 10_000
/** How often each HaVip in use is looked at, and how often in a row sources must disagree: during a failover they do, for a moment. */
const watchEveryMs = 5_000
const alarmAfter = 2
/** HaVips looked at in one round; the others follow in the next. */
const roundMax = 50
/** A source that takes longer is silent: one that hangs must not keep the others from being told, within one call. */
const sourceMsMax = 1_800
const isLate = { kind: 'silent', problem: 'The daemon does not answer in time.' } as const
const lateDaemon = { ...isLate, ageMs: 0 } as const satisfies DaemonAnswer
const noAnswer = { state: 'unknown', by: '', ageMs: 0 } as const

type Sources = {
  readonly store: Store
  readonly owners: OwnerBoard
  readonly plane: DataPlane
  readonly daemons: DaemonStatuses
  readonly clock: Clock
}

export function truthUseCases(parts: Parts): Pick<VpcService, 'describeHavipTruth' | 'describeDaemonStatus' | 'describeDaemonRecording'> {
  const sources: Sources = { ...parts, daemons: new DaemonStatuses(parts) }
  return {
    describeHavipTruth: async (caller, input) => {
      const found = await parts.store.read((tx) =>
        page(tx, 'havip', { is: { ...scopeOf(caller), ...(input.ids && { id: input.ids }) } }, input.paging),
      )
      if (!found.ok) return found
      const items = await Promise.all(found.value.items.map((havip) => truthOf(sources, havip, input.probe === true)))
      return ok({ ...found.value, items })
    },
    describeDaemonStatus: async (caller, input) => {
      const instance = await parts.store.read((tx) => owned<'instance'>(tx, 'instance', input.instance, caller))
      if (!instance) return fail(apiFault('InvalidInstanceId.NotFound', { id: input.instance }))
      const answer = await daemonIn(sources, instance.id)
      const problem = answer.kind === 'off' ? 'The instance is off.' : answer.kind === 'silent' ? answer.problem : ''
      return ok({ status: answer.kind === 'heard' ? answer.document : undefined, ageMs: answer.ageMs, problem })
    },
    describeDaemonRecording: async (caller, input) => {
      const instance = await parts.store.read((tx) => owned<'instance'>(tx, 'instance', input.instance, caller))
      if (!instance) return fail(apiFault('InvalidInstanceId.NotFound', { id: input.instance }))
      const question = askDaemon(parts.compute, instance.id, { op: 'recording', instance: given(input.router) })
      const said = await within(parts.clock, sourceMsMax, question, isLate)
      const entries = said.kind === 'heard' && Array.isArray(said.answer.entries) ? (said.answer.entries as readonly unknown[]) : []
      const problem = said.kind === 'off' ? 'The instance is off.' : said.kind === 'silent' ? said.problem : ''
      return ok({ node: instance.name === '' ? instance.id : instance.name, entries, problem })
    },
  }
}

const daemonIn = ({ clock, daemons }: Sources, instance: InstanceId): Promise<DaemonAnswer> =>
  within(clock, sourceMsMax, daemons.of(instance), lateDaemon)

async function truthOf(sources: Sources, havip: Havip, isProbed: boolean): Promise<HavipTruth> {
  const instances = await sources.store.read((tx) => instancesOf(tx, havip))
  const [plane, answers, probe] = await Promise.all([
    planeWitness(sources, havip),
    Promise.all(instances.map(async (instance) => [instance, await daemonIn(sources, instance)] as const)),
    isProbed ? within(sources.clock, sourceMsMax, probeOnce(sources, havip), noAnswer) : undefined,
  ])
  const judgement = judgeTruth(
    plane.witness,
    answers.map(([instance, answer]) => witnessOf(instance, havip.address, answer)),
    {
      claimants: plane.claimants.map(({ instance }) => instance),
      // Refused is an answer: somebody has the address, and no service there.
      isAnswered: probe && (probe.state === 'answered' || probe.state === 'refused' || probe.state === 'broken'),
    },
  )
  return { havip, plane, daemons: answers.map(([instance, answer]) => daemonTruth(instance, havip.address, answer)), probe, ...judgement }
}

function conflictText({ address }: Havip, { witness, conflict }: HavipTruth['plane']): string {
  const text = `Two instances held ${address} and took it from each other.`
  if (!conflict || witness.kind !== 'owner') return text
  return `${text} ${witness.instance} keeps it; the claims of ${conflict.losers.join(', ')} are refused.`
}

async function planeWitness({ owners, store }: Sources, havip: Havip): Promise<HavipTruth['plane']> {
  const ageMs = owners.ageMs
  const nothing = { ageMs, sinceMs: undefined, lastSeenMs: undefined, conflicts: 0, conflict: undefined, claimants: [] }
  if (ageMs === undefined || ageMs > planeAgeMaxMs) return { ...nothing, witness: { kind: 'unknown' } }
  const known = owners.of(havip.id)
  const { conflict, claimants = [] } = owners.rivalsOf(havip.id)
  const ports = [...(known ? [known.port] : []), ...(conflict?.losers ?? []), ...claimants.map(({ port }) => port)]
  const holders = await store.read((tx) => holdersOf(tx, ports))
  const rivals = {
    conflicts: owners.conflictsOf(havip.id),
    conflict: conflict && { ...conflict, losers: conflict.losers.flatMap((port) => holders.get(port)?.id ?? []) },
    claimants: claimants.flatMap(({ port, lastSeenMs }) => {
      const instance = holders.get(port)?.id
      return instance ? [{ instance, lastSeenMs }] : []
    }),
  }
  const found = known && holders.get(known.port)
  if (!found) return { ...nothing, ...rivals, witness: { kind: 'nobody' } }
  const witness: PlaneWitness = { kind: 'owner', instance: found.id }
  return { ...rivals, witness, ageMs, sinceMs: known.sinceMs, lastSeenMs: known.lastSeenMs }
}

function daemonTruth(instance: InstanceId, address: IpAddress, answer: DaemonAnswer): HavipTruth['daemons'][number] {
  const { ageMs } = answer
  if (answer.kind === 'off') return { instance, state: 'off', holds: false, ageMs, sinceMs: undefined, problem: '' }
  if (answer.kind === 'silent') return { instance, state: 'unknown', holds: undefined, ageMs, sinceMs: undefined, problem: answer.problem }
  const witness = witnessOf(instance, address, answer)
  const isHeard = witness.kind === 'heard'
  const router = routerOf(answer.document, address) as { readonly sinceMs?: number } | undefined
  return {
    instance,
    state: isHeard ? witness.state : 'unknown',
    holds: isHeard && witness.holds,
    ageMs,
    sinceMs: router?.sinceMs,
    problem: '',
  }
}

/** Asks the address itself, from the router of its VPC: who answers there now. */
async function probeOnce({ plane, clock }: Sources, havip: Havip): Promise<HavipTruth['probe']> {
  try {
    const request = { from: havip.vpc, address: havip.address, port: 80, everyMs: 50, timeoutMs: 1_000, durationMs: 3_000 }
    const probe = await plane.probe(request)
    try {
      let samples: readonly ProbeSample[] = []
      for (let turn = 0; turn < 40 && samples.length === 0; turn++) {
        await new Promise<void>((go) => void clock.setTimer(later(clock.now(), milliseconds(50)), go))
        samples = (await probe.read()).samples
      }
      const last = samples.at(-1)
      return last ? { state: last.outcome, by: last.by, ageMs: 0 } : noAnswer
    } finally {
      await probe.close()
    }
  } catch {
    return noAnswer
  }
}

/** Looks at every HaVip in use, and records when its sources begin and cease to disagree. */
export class TruthWatch implements Duty {
  readonly #parts: DutyParts & { readonly owners: OwnerBoard }
  readonly #sources: Sources
  /** How often in a row each disagreed; from `alarmAfter` on it is told. */
  readonly #disagreed = new Map<HavipId, number>()
  /** Counted by the plane when we last looked. */
  readonly #conflicts = new Map<HavipId, number>()
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #offset = 0
  #isStopped = false

  constructor(parts: DutyParts & { readonly owners: OwnerBoard }) {
    this.#parts = parts
    this.#sources = { ...parts, daemons: new DaemonStatuses(parts) }
    this.#schedule()
  }

  wake(): void {}

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#round
  }

  #schedule(): void {
    if (this.#isStopped) return
    const { clock } = this.#parts
    this.#timer = clock.setTimer(later(clock.now(), milliseconds(watchEveryMs)), () => {
      this.#round = this.look()
        .catch(() => undefined)
        .finally(() => this.#schedule())
    })
  }

  /** One round. */
  async look(): Promise<void> {
    const slice = { offset: this.#offset, limit: roundMax }
    const found = await this.#parts.store.read((tx) => tx.find('havip', { is: { status: 'InUse' } }, slice))
    this.#offset = found.length === roundMax ? this.#offset + roundMax : 0
    // One after the other: asking starts a process in each instance.
    for (const { row } of found) if (!this.#isStopped) await this.#judge(row)
  }

  async #judge(havip: Havip): Promise<void> {
    const { verdict, problems, plane } = await truthOf(this.#sources, havip, false)
    const conflicts = plane.conflicts - (this.#conflicts.get(havip.id) ?? plane.conflicts)
    this.#conflicts.set(havip.id, plane.conflicts)
    if (conflicts > 0) await this.#tell(havip, 'disagreed', conflictText(havip, plane))
    const before = this.#disagreed.get(havip.id) ?? 0
    const now = verdict === 'disagreed' ? before + 1 : 0
    if (now === 0) this.#disagreed.delete(havip.id)
    else this.#disagreed.set(havip.id, now)
    if (now === alarmAfter) await this.#tell(havip, verdict, `Sources disagree about ${havip.address}: ${problems.join(' ')}`)
    else if (now === 0 && before >= alarmAfter) await this.#tell(havip, verdict, `Sources do not disagree about ${havip.address} any more.`)
  }

  async #tell(havip: Havip, verdict: Judgement['verdict'], text: string): Promise<void> {
    const { store, clock } = this.#parts
    const { account, id } = havip
    const detail = { alarm: verdict === 'disagreed' ? 'owner-disagreement' : '', verdict }
    await store.write(async (tx) =>
      ok(await tx.appendEvent({ at: clock.wallTime(), account, kind: 'resource', resource: { type: 'havip', id }, text, detail })),
    )
  }
}
