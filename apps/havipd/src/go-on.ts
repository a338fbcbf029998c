// This process, which only watched until now, becomes the daemon.
import { notifyServiceManager } from '@havip/linux'
import type { Succession } from '@havip/vrrp-runtime'
import { runDaemon } from './daemon-process.ts'
import type { Settings } from './options.ts'
import { type Death, type Log, wentOn, willOf } from './succession.ts'

export function goOn(settings: Settings, death: Death, succession: Succession, deaths: readonly number[], log: Log): void {
  log(2, `VRRP process(${death.pid}) died by ${death.how}: process ${process.pid} goes on in its place`)
  void runDaemon(
    { ...settings, handover: false },
    { report: wentOn(death), succession, inheritedWill: willOf(death), deaths, hasGuard: false },
  )
  notifyServiceManager(`MAINPID=${process.pid}\nREADY=1`, process.env.NOTIFY_SOCKET)
}
