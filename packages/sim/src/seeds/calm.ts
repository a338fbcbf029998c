// When a world is calm: nothing has happened for so long that everybody must agree. What "long" is follows from the
// configurations, by the protocol's own arithmetic, not from the code under test.
import type { InstanceConf, ScriptConf } from '@havip/conf'
import type { TimedFault } from '../fault.ts'
import type { NodePlan } from '../node-plan.ts'
import type { World } from '../world.ts'

/** RFC 9568 §6.1 and RFC 3768 §6.1; keepalived's effective priority. Milliseconds. */
export const skewOf = (instance: Pick<InstanceConf, 'version'>, priority: number, masterInterval: number): number =>
  ((256 - priority) * (instance.version === 2 ? 1000 : masterInterval)) / 256

/** How long nobody's adverts may stay out before this node must have claimed, with the worst skew. */
export const longestDown = (instance: InstanceConf, longestInterval: number): number =>
  instance.downTimerAdverts * longestInterval + skewOf(instance, 1, longestInterval)

const scriptNotices = (script: ScriptConf): number => (Math.max(script.rise, script.fall) + 1) * script.interval + script.timeout

/** From the last disturbance until everybody must agree. */
export function settlingTime(world: World, plans: ReadonlyMap<string, NodePlan>): number {
  let down = 0
  let delays = 0
  let scripts = 0
  const configurations = [...plans.values()].map((plan) => plan.configuration)
  const longestInterval = Math.max(0, ...configurations.flatMap((one) => one.instances.map((instance) => instance.advertInterval)))
  for (const { instances, global, scripts: checks } of configurations) {
    for (const instance of instances) {
      down = Math.max(down, longestDown(instance, longestInterval))
      delays = Math.max(delays, instance.preemptDelay + global.startupDelay)
    }
    for (const script of checks) scripts = Math.max(scripts, scriptNotices(script))
  }
  const startUp = Math.max(0, ...world.nodes.map((node) => node.startUp))
  // One election that was under way, one more because of what it decided, and the wire.
  return 2 * down + delays + scripts + startUp + 500
}

/** When anything begins or ends: world's start, switching on, faults. Sorted, milliseconds. */
export function disturbances(world: World): number[] {
  const times = [0, ...world.nodes.flatMap((node) => (node.startsAt === undefined ? [] : [node.startsAt]))]
  for (const timed of world.faults) times.push(...timesOf(timed))
  return times.sort((a, b) => a - b)
}

export function timesOf({ at, fault, lasts }: TimedFault): number[] {
  const times: number[] = [at]
  if (lasts !== undefined) times.push(at + lasts)
  if (fault.kind === 'hostile' || fault.kind === 'flap') for (let i = 1; i <= fault.times; i++) times.push(at + i * fault.every)
  return times
}
