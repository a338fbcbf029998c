// How the simulator starts a daemon: the real one over simulated ports, or another one in a test.
import type { Clock, DaemonStatus, Entry, Host, Succession, SwitchoverReport, SwitchoverRequest } from '@havip/vrrp-runtime'

export type SimulatedDaemon = {
  /** SIGTERM: says goodbye, then calls `done` once. */
  stop(done: () => void): void
  /** SIGHUP. */
  reload(): void
  /** `havip switchover`. `done` is called once. */
  switchOver(request: SwitchoverRequest, done: (report: SwitchoverReport) => void): void
  status(): DaemonStatus
}

/** Returns undefined when the daemon refuses to start; the log says why. */
export type DaemonFactory = (
  host: Host,
  clock: Clock,
  start: {
    readonly configFile: string
    readonly pid: number
    readonly onEntry: (entry: Entry) => void
    /** It goes on where another process ended. */
    readonly succession?: Succession
  },
) => SimulatedDaemon | undefined
