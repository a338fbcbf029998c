// Waits for what is about to happen, up to a bound.
import { setTimeout as pause } from 'node:timers/promises'

export async function until<Found>(look: () => Found | undefined): Promise<Found> {
  for (let i = 0; i < 3000; i++) {
    const found = look()
    if (found !== undefined) return found
    await pause(10)
  }
  throw new Error('it did not come')
}
