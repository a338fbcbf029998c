// Whoever stands ready while this process is the daemon: at first the guard that started it. When that one dies, or this process
// has become the daemon in its place, it is a spare that this process starts, and starts again.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '@havip/linux'
import type { Will } from '@havip/vrrp-runtime'
import { childEnd, type GuardLine, openGuardLine, ownEnd, type ToGuard } from './guard-line.ts'
import { spareCommand } from './roles.ts'
import type { PlacedSettings } from './run-files.ts'

export type Companion = {
  tell(message: ToGuard): void
  /** What has to be undone if this process ends now and nobody stands ready to do it. */
  orphanedWill(): Will | undefined
  /** The daemon ends in order: no spare is started any more. */
  dismiss(): void
}

/** A machine whose processes all die at this moment shall not find a new one among them. */
const spareAfterMs = 20
/** A spare that does not live this long is not started again at once. */
const shortLifeMs = 10_000
const spareAgainMs = 5000

export function createCompanion(options: {
  readonly settings: PlacedSettings
  readonly deaths: readonly number[]
  /** Of the daemon in whose place this one goes on. */
  readonly inheritedWill: Will | undefined
  /** Descriptor 3 leads to the guard. */
  readonly hasGuard: boolean
  /** The guard is dead: this process is now what the pid file and systemd mean by havipd. */
  readonly becameMain: () => void
  /** The guard ended on purpose: another havipd is about to take over. */
  readonly awaitsSuccessor: () => boolean
  /** The guard is dead, and no spare is wanted (--dont-respawn): end in order, for nobody would clean up. */
  readonly abandoned: () => void
  readonly log: (level: number, line: string) => void
}): Companion {
  const { settings, deaths, log } = options
  const latest: { will: Will | undefined; isReady: boolean } = { will: options.inheritedWill, isReady: false }
  let line: GuardLine | undefined
  let isDismissed = false

  const startSpare = (): void => {
    if (isDismissed || !settings.respawn) return
    const { program, args, env } = spareCommand(settings, deaths)
    const startedAt = monotonicMilliseconds()
    const child: ChildProcess = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    const socket = child.stdio[3] as Socket
    const fd = descriptorOf(socket)
    child.on('error', (error) => log(3, `cannot start a spare: ${error.message}`))
    child.on('exit', (status, signal) => {
      line?.close()
      line = undefined
      if (isDismissed) return
      const isShort = monotonicMilliseconds() - startedAt < shortLifeMs
      log(4, `The spare process (${child.pid}) ended by ${signal ?? `status ${status}`}: starting another`)
      setTimeout(startSpare, isShort && signal === null ? spareAgainMs : spareAfterMs)
    })
    if (fd === undefined) return
    log(6, `Starting spare process, pid=${child.pid}`)
    line = openGuardLine(childEnd(fd, socket), () => {})
    if (latest.isReady) line.tell({ kind: 'ready' })
    if (latest.will) line.tell({ kind: 'will', will: latest.will })
  }

  if (options.hasGuard) {
    line = openGuardLine(ownEnd(), () => {
      line = undefined
      if (isDismissed) return
      if (options.awaitsSuccessor()) {
        log(5, 'The guard process has ended for a restart')
        return
      }
      if (!settings.respawn) {
        log(4, 'The guard process died: stopping in order')
        options.abandoned()
        return
      }
      log(4, 'The guard process died: going on, and starting a spare')
      options.becameMain()
      setTimeout(startSpare, spareAfterMs)
    })
  } else {
    setTimeout(startSpare, spareAfterMs)
  }

  return {
    tell: (message) => {
      if (message.kind === 'will') latest.will = message.will
      if (message.kind === 'ready') latest.isReady = true
      line?.tell(message)
    },
    orphanedWill: () => (line || isDismissed ? undefined : latest.will),
    dismiss: () => {
      isDismissed = true
    },
  }
}

/** Node gives a pipe's descriptor to nobody; its handle knows it. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } })._handle?.fd
  return typeof handle === 'number' && handle >= 0 ? handle : undefined
}
