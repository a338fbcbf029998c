// The same fault in the simulator: the same two files, struck at the same moment of the owner's rhythm.
import { milliseconds } from '@havip/base'
import { parseFault, type Report, simulate, type TimedFault, type World, worldOfFiles } from '@havip/sim'
import type { Entry } from '@havip/vrrp-runtime'
import { vip } from '../../tests/system/configurations.ts'
import { type Outcome, waitedIn } from './measure.ts'
import { type Fault, strikeEvery } from './strike.ts'

const names = ['n1', 'n2'] as const
/** By then the owner has had the address for a while. */
const calmAfter = 12_000

/**
 * @param phase from the owner's last advert until the strike, milliseconds
 * @param seed draws jitter and lag
 */
export function rehearse(fault: Fault, configurations: readonly [string, string], phase: number, settleMs: number, seed: number): Outcome {
  const files = names.map((name, i) => ({ name, path: '/etc/keepalived/keepalived.conf', text: configurations[i] as string }))
  const worldWith = (faults: readonly TimedFault[], duration: number): World =>
    worldOfFiles(files, {
      seed,
      faults,
      duration: milliseconds(duration),
      ...(fault.isUnguarded ? { guardAfter: undefined } : {}),
    })
  const struck = firstHeard(worldWith([], calmAfter + 5000)) + phase
  const timed = fault.simulated.map((text, i): TimedFault => {
    const parsed = parseFault(`${text} @${struck + i * strikeEvery}ms`, names)
    if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`)
    return parsed.value
  })
  const last = struck + (timed.length - 1) * strikeEvery
  const entries: Entry[] = []
  const clock = { now: 0 }
  let ranAt: number | undefined
  const report = simulate(worldWith(timed, last + settleMs), {
    watch: {
      now: (now) => {
        clock.now = now
      },
      entry: (node, entry) => void (node === names[1] && entries.push(entry)),
      ran: (node) => {
        if (node === names[0] && clock.now >= last) ranAt ??= clock.now
      },
    },
  })
  const at = (fault.isOfScript ? ranAt : undefined) ?? last
  return { outage: outageIn(report, struck), movedAfter: movedIn(report, at), waited: waitedIn(entries, at) }
}

/** When the other node first hears an advert in the calm. */
function firstHeard(world: World): number {
  let now = 0
  let found: number | undefined
  simulate(world, {
    watch: {
      now: (time) => {
        now = time
      },
      heard: (node) => {
        if (node === names[1] && now >= calmAfter) found ??= now
      },
    },
  })
  if (found === undefined) throw new Error('the simulated owner does not speak')
  return found
}

const outageIn = ({ outages }: Report, since: number): number =>
  Math.max(0, ...outages.filter(({ from, address }) => from > since - 1 && address === vip).map(({ lasted }) => lasted))

const movedIn = ({ addresses }: Report, since: number): number | undefined => {
  const spans = addresses.find(({ address }) => address === vip)?.reached[0]?.spans ?? []
  const first = spans.find(({ from, value }) => from >= since && value === names[1])
  return first && first.from - since
}
