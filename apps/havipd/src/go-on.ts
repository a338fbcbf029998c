// This process, which only watched until now, becomes the daemon.
import type { Succession } from '@havip/vrrp-runtime'
import { runDaemon } from './daemon-process.ts'
import type { PlacedSettings } from './run-files.ts'
import { tellServiceManager } from './service-manager.ts'
import { type Death, type Log, wentOn, willOf } from './succession.ts'

export function goOn(settings: PlacedSettings, death: Death, succession: Succession, deaths: readonly number[], log: Log): void {
  log(2, `VRRP process(${death.pid}) died by ${death.how}: process ${process.pid} goes on in its place`)
  void runDaemon(
    { ...settings, handover: false },
    { report: wentOn(death), succession, inheritedWill: willOf(death), deaths, hasGuard: false },
  )
  tellServiceManager(`MAINPID=${process.pid}\nREADY=1`)
}
