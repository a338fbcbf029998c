// Where an address really is, from sources that know nothing of each other. Who cannot be asked says nothing: silence is never
// taken for agreement.
import type { InstanceId } from './resource.ts'

/** What the plane saw announced. */
export type PlaneWitness =
  | { readonly kind: 'owner'; readonly instance: InstanceId }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unknown' }

/** What the daemon of one bound instance says. */
export type DaemonWitness =
  /** `holds`: the kernel of that instance has the address now. */
  | { readonly kind: 'heard'; readonly instance: InstanceId; readonly state: string; readonly holds: boolean }
  /** The instance is off: it cannot hold anything. */
  | { readonly kind: 'off'; readonly instance: InstanceId }
  | { readonly kind: 'unknown'; readonly instance: InstanceId }

/** What else is known. */
export type FurtherWitness = {
  /** Bound instances that claimed the address while another owns it; the plane cut them off. */
  readonly claimants: readonly InstanceId[]
  /** Whether anything answered at the address when it was asked; undefined: it was not asked. */
  readonly isAnswered?: boolean | undefined
}

/** `agreed`: every source was heard, and says the same. */
export type Verdict = 'agreed' | 'disagreed' | 'nobody' | 'unknown'

export type Judgement = { readonly verdict: Verdict; readonly owner: InstanceId | undefined; readonly problems: readonly string[] }

export function judgeTruth(
  plane: PlaneWitness,
  daemons: readonly DaemonWitness[],
  { claimants, isAnswered }: FurtherWitness = { claimants: [] },
): Judgement {
  const holders = daemons.flatMap((one) => (one.kind === 'heard' && one.holds ? [one.instance] : []))
  const problems: string[] = []
  if (holders.length > 1) problems.push(`Several instances hold the address: ${holders.join(', ')}.`)
  const [holder] = holders
  if (plane.kind === 'owner') {
    const own = daemons.find(({ instance }) => instance === plane.instance)
    if (own?.kind === 'heard' && !own.holds) problems.push(`${plane.instance} announced the address last, and does not hold it now.`)
    if (own?.kind === 'off') problems.push(`${plane.instance} announced the address last, and is off.`)
    if (holder !== undefined && !holders.includes(plane.instance))
      problems.push(`${holder} holds the address, but the network sends it to ${plane.instance}.`)
  }
  if (plane.kind === 'nobody' && holder !== undefined)
    problems.push(`${holder} holds the address, but has not announced it to the network.`)
  for (const one of daemons)
    if (one.kind === 'heard' && (one.state === 'master') !== one.holds)
      problems.push(`The daemon of ${one.instance} is ${one.state}, but the instance ${one.holds ? 'holds' : 'does not hold'} the address.`)
  for (const claimant of claimants) problems.push(`${claimant} claims the address, too; what it sends from there is dropped.`)
  if (problems.length > 0) return { verdict: 'disagreed', owner: undefined, problems }

  const silent = daemons.flatMap((one) => (one.kind === 'unknown' ? [one.instance] : []))
  if (plane.kind === 'unknown') problems.push('The data plane does not say who owns the address.')
  if (silent.length > 0) problems.push(`Nothing is heard from the daemon of ${silent.join(', ')}.`)
  if (daemons.length === 0) problems.push('No instance is bound.')
  if (isAnswered === false) problems.push('Nothing answers at the address.')
  const owner = plane.kind === 'owner' ? plane.instance : holder
  if (plane.kind === 'unknown' || silent.length > 0 || (isAnswered === false && owner !== undefined))
    return { verdict: 'unknown', owner, problems }
  if (owner === undefined) return { verdict: 'nobody', owner, problems: [...problems, 'Nobody holds the address.'] }
  return { verdict: 'agreed', owner, problems }
}
