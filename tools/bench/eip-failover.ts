// A failover through the EIP as a client on the Internet sees it: the tutorial's scene in network namespaces, its own test of high
// availability as the measurement, several rounds of each fault.
import { randomBytes } from 'node:crypto'
import { agreement, broken, furnish, setUp } from '../lab/ha-scene.ts'
import { createWorld } from '../lab/world.ts'

const faults = ['power-loss', 'stop-daemon', 'kill-daemon', 'switchover'] as const
type Figure = { readonly fault: string; readonly outageMs: number; readonly lost: number }

/** `told` hears each measurement as it is made. Needs root. */
export async function measureEipFailover(rounds: number, told: (figure: Figure) => void): Promise<void> {
  const prefix = `hvb${randomBytes(3).toString('hex')}-`
  const world = await createWorld({ prefix, state: `/var/lib/havip/${prefix}world` })
  try {
    const scene = await furnish(world)
    const { api, instances } = scene
    const { havip } = await setUp(api, scene)
    for (let round = 0; round < rounds; round++) {
      for (const fault of faults) {
        for (const instance of instances) await api.waitForInstance(instance, 'Running')
        await agreement(api, havip)
        const { Status, Error: problem, OutageMs, Lost } = await broken(api, havip, fault)
        if (Status !== 'Finished') throw new Error(`${fault}: ${String(problem)}`)
        told({ fault, outageMs: Number(OutageMs), lost: Number(Lost) })
      }
    }
  } finally {
    await world.destroy()
  }
}
