// What systemd is told (sd_notify(3)): states by whoever is the main process, a line of status and the watchdog's pings by
// the process that speaks VRRP.
import { later, milliseconds } from '@havip/base'
import { notifyServiceManager } from '@havip/linux'
import type { LinuxClock } from '@havip/vrrp-linux'
import type { Daemon } from '@havip/vrrp-runtime'

export const tellServiceManager = (state: string): void => {
  notifyServiceManager(state, process.env.NOTIFY_SOCKET)
}

/** With the time that systemd needs to tell this reload's READY from an older one. */
export const reloadingState = (): string => `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`

/** Half of `WATCHDOG_USEC` in milliseconds, systemd's advice; undefined: no watchdog. */
export function watchdogInterval(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const micros = env.WATCHDOG_USEC
  if (micros === undefined || !/^[1-9]\d{0,15}$/.test(micros)) return undefined
  return Number(micros) / 2000
}

/**
 * Pings for as long as the loop is healthy: the ping comes by the same timers that adverts are sent by, and is left out when
 * these run later than a whole interval. A loop that hangs pings nobody, and systemd ends the process; the guard, or the
 * restart, does the rest.
 */
export function keepWatchdogQuiet(clock: LinuxClock, everyMs: number, ping: () => void): void {
  const again = (): void => {
    const due = later(clock.now(), milliseconds(everyMs))
    clock.setTimer(due, () => {
      if (clock.now() - due < everyMs) ping()
      again()
    })
  }
  ping()
  again()
}

/** `3 instances: 1 MASTER, 2 BACKUP`, told at each change. */
export function tellStates(daemon: Daemon): void {
  let told = ''
  const tell = (): void => {
    const text = statesOf(daemon)
    if (text === told) return
    told = text
    tellServiceManager(`STATUS=${text}`)
  }
  tell()
  let isDue = false
  daemon.onEvent((entry) => {
    if (isDue || entry.what.kind !== 'action' || entry.what.action.kind !== 'transition') return
    isDue = true
    // After the event, when the state is what it says; once, however many change together.
    setImmediate(() => {
      isDue = false
      tell()
    })
  })
}

export function statesOf({ routers }: Pick<Daemon, 'routers'>): string {
  const counts = new Map<string, number>()
  for (const { publicState } of routers) counts.set(publicState, (counts.get(publicState) ?? 0) + 1)
  const parts = [...counts].map(([state, count]) => `${count} ${state.toUpperCase()}`)
  return `${routers.length} ${routers.length === 1 ? 'instance' : 'instances'}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}
