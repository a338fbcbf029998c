// The keywords and options about the daemon as a process: when it runs, where, what of it stays in memory. Each is a wish: what
// the system refuses is told with what would allow it, and the daemon runs without.
import type { Configuration } from '@havip/conf'
import { monotonicMilliseconds } from '@havip/linux'
import { allowCoreFiles, bindToProcessors, type LinuxClock, limitRealTime, lockProgramText, raiseScheduling } from '@havip/vrrp-linux'
import type { HostFault } from '@havip/vrrp-runtime'
import type { Settings } from './options.ts'
import type { Log } from './succession.ts'

/** Real-time at the lowest priority, unless the file says otherwise: timers must not wait for somebody's build. */
const defaultRealTimePriority = 1
const overrunLogMs = 60_000
const lookEveryMs = 1000

export function applyProcessKeywords(settings: Settings, { global }: Configuration, clock: LinuxClock, log: Log): void {
  const { cpuAffinity, realTimeLimitUs, maxAutoPriority } = global.process
  const refused = (what: string, fault: HostFault, mend: string): void =>
    log(4, `${what}: ${fault.call}: ${fault.errno} (${fault.detail}): ${mend}`)
  if (settings.dumpsCore) {
    const allowed = allowCoreFiles(settings.corePattern)
    if (!allowed.ok) refused('no core files as asked for', allowed.fault, 'run it as root, or set kernel.core_pattern by sysctl')
  }
  if (cpuAffinity.length > 0) {
    const bound = bindToProcessors(cpuAffinity)
    if (!bound.ok) refused(`vrrp_cpu_affinity ${cpuAffinity.join(' ')}`, bound.fault, 'the daemon runs on any processor')
  }
  if (global.noSwap) {
    const locked = lockProgramText()
    if (locked.ok)
      log(
        6,
        `vrrp_no_swap: ${Math.round(locked.value / 2 ** 20)} MiB of program text stay in memory; the data by MemorySwapMax=0 of the unit`,
      )
    else refused('vrrp_no_swap', locked.fault, 'it needs CAP_IPC_LOCK or a higher LimitMEMLOCK')
  }
  // Only when asked for: we are real-time by default, and a collection of garbage may take longer than keepalived's 10 ms.
  if (realTimeLimitUs !== undefined) {
    const limited = limitRealTime(realTimeLimitUs)
    if (limited.ok) watchOverruns(realTimeLimitUs, log)
    else refused('vrrp_rlimit_rttime', limited.fault, 'the limit stays what it was')
  }
  const realTimePriority = global.realTimePriority ?? defaultRealTimePriority
  const raised = raiseScheduling({ realTimePriority, ...(global.priority === undefined ? {} : { nice: global.priority }) })
  const mend = 'timers may be a few milliseconds late on a busy machine; it needs CAP_SYS_NICE'
  if (!raised.ok) refused('No real-time scheduling', raised.fault, mend)
  if (raised.ok && maxAutoPriority > realTimePriority) raiseWhenLate(global.process, realTimePriority, clock, log)
}

function watchOverruns(limitUs: number, log: Log): void {
  let lastMs = Number.NEGATIVE_INFINITY
  process.on('SIGXCPU', () => {
    const now = monotonicMilliseconds()
    if (now - lastMs < overrunLogMs) return
    lastMs = now
    log(4, `vrrp_rlimit_rttime: ran for ${limitUs} us at real-time priority without a pause`)
  })
}

/** max_auto_priority: one step higher whenever a timer of the last second was later than min_auto_priority_delay. */
function raiseWhenLate(conf: Configuration['global']['process'], from: number, clock: LinuxClock, log: Log): void {
  const { maxAutoPriority, minAutoPriorityDelayUs } = conf
  let current = from
  clock.resetLateness()
  const timer = setInterval(() => {
    const lateUs = clock.lateness().maximum * 1000
    clock.resetLateness()
    if (lateUs < minAutoPriorityDelayUs) return
    const raised = raiseScheduling({ realTimePriority: current + 1 })
    if (raised.ok) {
      current++
      log(4, `A timer was ${Math.round(lateUs)} us late: set the real-time priority to ${current} (max_auto_priority ${maxAutoPriority})`)
    }
    if (!raised.ok || current >= maxAutoPriority) clearInterval(timer)
  }, lookEveryMs)
  timer.unref()
}
