// startup_script and shutdown_script: run once, before everything and after everything, waited for and bounded in time.
import type { CommandConf, GlobalDefs } from '@havip/conf'
import { createLinuxClock, createScripts, lookUpUser } from '@havip/vrrp-linux'
import { describeEnd, type ProcessEnd, scriptUser } from '@havip/vrrp-runtime'
import type { Log } from './succession.ts'

export type LifecycleMoment = 'startup' | 'shutdown'

/** `done` is called exactly once, whatever the script does: it can delay the daemon, and not stop it. */
export function runLifecycleScript(moment: LifecycleMoment, global: GlobalDefs, log: Log, done: () => void): void {
  const { command, timeout } = scriptOf(moment, global)
  if (!command) {
    done()
    return
  }
  const allowed = scriptUser({ lookUpUser }, global, command)
  if ('refused' in allowed) {
    log(3, `${moment} script ${command.argv[0]} is not run: ${allowed.refused}`)
    done()
    return
  }
  log(6, `Running ${moment} script ${command.argv[0]}`)
  const clock = createLinuxClock()
  const ended = (end: ProcessEnd): void => {
    clock.close()
    if (end.kind !== 'exited' || end.status !== 0) log(3, `${moment} script failed: ${failure(end, timeout)}`)
    done()
  }
  createScripts(clock).start({ argv: command.argv, user: allowed.user, timeout }, ended)
}

const scriptOf = (
  moment: LifecycleMoment,
  global: GlobalDefs,
): { readonly command: CommandConf | undefined; readonly timeout: GlobalDefs['startupScriptTimeout'] } =>
  moment === 'startup'
    ? { command: global.startupScript, timeout: global.startupScriptTimeout }
    : { command: global.shutdownScript, timeout: global.shutdownScriptTimeout }

const failure = (end: ProcessEnd, timeout: number): string =>
  end.kind === 'timed-out' ? `it ran longer than ${timeout / 1000} s and was ended` : describeEnd(end)
