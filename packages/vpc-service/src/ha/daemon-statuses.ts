// What the VRRP daemon of an instance says of itself, asked through the instance's command channel. Each answer keeps its age.
import { between, type Instant } from '@havip/base'
import type { DaemonWitness, InstanceId } from '@havip/vpc'
import type { Clock } from '../clock.ts'
import type { Compute } from '../ports.ts'
import { askDaemon } from './daemon-request.ts'

/** The parts of the daemon's status document that are used here; the rest goes through untouched. */
export type DaemonDocument = {
  readonly daemon?: { readonly pid?: number; readonly configFile?: string }
  readonly instances?: readonly {
    readonly name?: string
    readonly state?: string
    readonly sinceMs?: number
    /** Since a planned switchover. */
    readonly standsBackForMs?: number
    readonly advertIntervalMs?: number
    readonly addresses?: readonly { readonly address?: string; readonly present?: boolean }[]
    readonly trackers?: readonly { readonly kind?: string; readonly name?: string; readonly condition?: { readonly kind?: string } }[]
    readonly transitions?: readonly { readonly to?: string; readonly agoMs?: number; readonly sentence?: string }[]
  }[]
}

type Said =
  | { readonly kind: 'heard'; readonly document: DaemonDocument }
  | { readonly kind: 'off' }
  | { readonly kind: 'silent'; readonly problem: string }
export type DaemonAnswer = Said & { readonly ageMs: number }

type Kept = { readonly answer: Promise<Said>; readonly at: Instant }

/** An answer serves everybody who asks within so long. */
const freshMs = 700
/** Answers kept; older ones go first. */
const keptMax = 2_000

export class DaemonStatuses {
  readonly #compute: Compute
  readonly #clock: Clock
  readonly #kept = new Map<InstanceId, Kept>()

  constructor(parts: { readonly compute: Compute; readonly clock: Clock }) {
    this.#compute = parts.compute
    this.#clock = parts.clock
  }

  /** Never throws: who cannot be asked is silent, and why. @param maxAgeMs an answer this old will do. */
  async of(instance: InstanceId, maxAgeMs = freshMs): Promise<DaemonAnswer> {
    const now = this.#clock.now()
    let kept = this.#kept.get(instance)
    if (!kept || between(kept.at, now) > maxAgeMs) {
      kept = { answer: this.#ask(instance), at: now }
      this.#kept.delete(instance)
      this.#kept.set(instance, kept)
      const [oldest] = this.#kept.keys()
      if (this.#kept.size > keptMax && oldest) this.#kept.delete(oldest)
    }
    const answer = await kept.answer
    return { ...answer, ageMs: between(kept.at, this.#clock.now()) }
  }

  async #ask(instance: InstanceId): Promise<Said> {
    const said = await askDaemon(this.#compute, instance, { op: 'status' })
    if (said.kind !== 'heard') return said
    const { status } = said.answer as { status?: DaemonDocument }
    return status ? { kind: 'heard', document: status } : { kind: 'silent', problem: 'The daemon answers in another language.' }
  }
}

/** What the daemon says about one address. */
export function witnessOf(instance: InstanceId, address: string, answer: DaemonAnswer): DaemonWitness {
  if (answer.kind === 'off') return { kind: 'off', instance }
  if (answer.kind === 'silent') return { kind: 'unknown', instance }
  const found = routerOf(answer.document, address)
  const place = found?.addresses?.find((entry) => entry.address === address)
  return { kind: 'heard', instance, state: found?.state ?? 'not configured', holds: place?.present === true }
}

/** The virtual router that an address belongs to. */
export const routerOf = (document: DaemonDocument, address: string) =>
  document.instances?.find(({ addresses }) => addresses?.some((entry) => entry.address === address))
