// Running scripts: each in a process group of its own, standard files on /dev/null, with a time limit. They inherit
// neither our real-time priority (SCHED_RESET_ON_FORK) nor variables that could change what they run.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { later, milliseconds } from '@havip/base'
import { errnoText } from '@havip/linux'
import type { Clock, HostFault, ProcessEnd, ProcessSpec, RunningProcess, Timer, UserIds } from './port.ts'

export type Scripts = {
  start(spec: ProcessSpec, done: (end: ProcessEnd) => void): RunningProcess | undefined
  /** SIGTERM to every group that still runs. */
  terminateAll(): void
}

const graceAfterTerm = milliseconds(2000)
/** keepalived takes these out of a script's environment. */
const removedVariables = ['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH']
const shell = '/bin/sh'

export function createScripts(clock: Clock): Scripts {
  const running = new Set<RunningProcess>()
  const environment = { ...process.env }
  for (const name of removedVariables) delete environment[name]

  const start = (spec: ProcessSpec, argv: readonly string[], done: (end: ProcessEnd) => void): RunningProcess | undefined => {
    const groups = spec.user?.groups ?? []
    const [program, ...rest] = groups.length === 0 ? argv : withGroups(argv, spec.user as UserIds)
    let child: ChildProcess
    try {
      child = spawn(program as string, rest, {
        detached: true,
        stdio: 'ignore',
        env: environment,
        ...(spec.user === undefined || groups.length > 0 ? {} : { uid: spec.user.uid, gid: spec.user.gid }),
      })
    } catch (error) {
      // Arguments with a NUL byte, for one; told later, as every end is.
      setImmediate(done, { kind: 'not-started', fault: startFault(error, argv[0] as string) })
      return undefined
    }
    return watch(child, spec, argv, done)
  }

  const watch = (
    child: ChildProcess,
    spec: ProcessSpec,
    argv: readonly string[],
    done: (end: ProcessEnd) => void,
  ): RunningProcess | undefined => {
    let timer: Timer | undefined
    let hasTimedOut = false
    const { pid } = child
    const signalGroup = (signal: number): void => {
      try {
        if (pid !== undefined) process.kill(-pid, signal)
      } catch {
        // Ended meanwhile.
      }
    }
    const handle: RunningProcess = { pid: pid ?? 0, kill: signalGroup }
    const finish = (end: ProcessEnd): void => {
      timer?.cancel()
      running.delete(handle)
      done(end)
    }
    child.once('error', (error) => {
      if (child.pid !== undefined) return
      const fault = startFault(error, argv[0] as string)
      // A script without `#!` line: the C library's exec may leave this to us.
      if (fault.errno === 'ENOEXEC' && argv[0] !== shell) start({ ...spec }, [shell, ...argv], done)
      else finish({ kind: 'not-started', fault })
    })
    if (pid === undefined) return undefined
    running.add(handle)
    child.once('exit', (status, signal) => {
      // What the group left behind after its time has to go too.
      if (hasTimedOut) signalGroup(constants.signals.SIGKILL)
      if (hasTimedOut) finish({ kind: 'timed-out' })
      else if (signal !== null) finish({ kind: 'killed', signal: constants.signals[signal] })
      else finish({ kind: 'exited', status: status ?? 0 })
    })
    if (spec.timeout !== undefined) {
      timer = clock.setTimer(later(clock.now(), spec.timeout), () => {
        hasTimedOut = true
        signalGroup(constants.signals.SIGTERM)
        timer = clock.setTimer(later(clock.now(), graceAfterTerm), () => signalGroup(constants.signals.SIGKILL))
      })
    }
    return handle
  }

  return {
    start: (spec, done) => start(spec, spec.argv, done),
    terminateAll: () => {
      for (const one of running) one.kill(constants.signals.SIGTERM)
    },
  }
}

/**
 * Node gives a child a user and a primary group and takes all supplementary groups away. Where some are wanted, setpriv
 * (util-linux, always there on Debian) sets user and groups in one step.
 */
function withGroups(argv: readonly string[], user: UserIds): readonly string[] {
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${user.groups?.join(',')}`, '--', ...argv]
}

function startFault(error: unknown, program: string): HostFault {
  const { code, errno, message } = error as NodeJS.ErrnoException
  return { call: 'spawn', errno: code ?? 'EINVAL', detail: `${program}: ${errno === undefined ? message : errnoText(Math.abs(errno))}` }
}
