// What can be made to fail in a test of high availability: each fault with what it needs, how it is done, when it has been done,
// and how it is put right again.
import { between } from '@havip/base'
import type { HavipTestFault, Instance } from '@havip/vpc'
import type { DutyParts } from '../duties.ts'
import { boundPort } from '../port-holders.ts'
import type { VpcService } from '../service.ts'
import { breakScript, type CheckScript, findCheckScript, mendScript, trackedScripts } from './check-script.ts'
import { askDaemon } from './daemon-request.ts'
import { type DaemonDocument, type DaemonStatuses, routerOf } from './daemon-statuses.ts'
import { daemonCommand, runInside, shellQuoted, signalDaemon, startDaemon } from './instance-scripts.ts'
import { TestFault, type TestRun } from './test-run.ts'

export type FaultContext = DutyParts & {
  readonly service: VpcService
  readonly daemons: DaemonStatuses
  readonly run: TestRun
}

/** A fault that can be done now. */
type Ready = {
  /** Returns what is worth telling beside the daemon's own reason. */
  readonly strike: () => Promise<string | undefined>
  /** Whether it has been done; at once when left out. */
  readonly isEffective?: () => Promise<boolean>
  readonly effectiveWithinMs?: number
}

export type FaultKind = {
  /** Looks whether it can be done, and breaks nothing. @throws TestFault when it cannot */
  readonly prepare: (context: FaultContext) => Promise<Ready>
  /** May be called at any point after, and again. Throws when it cannot be done now. */
  readonly putRight: (context: FaultContext, instance: Instance) => Promise<void>
}

const stopMaxMs = 60_000
const putRightMaxMs = 60_000
/** Longer than a daemon gives its successor. */
const switchoverMaxMs = 25_000
/** A guard may start the daemon by itself; only then we do. */
const guardMs = 3_000

export const faultKinds: Readonly<Record<HavipTestFault, FaultKind>> = {
  'stop-instance': stopping(false),
  'power-loss': stopping(true),
  'stop-daemon': signalling('TERM'),
  'kill-daemon': signalling('KILL'),
  'cut-link': {
    prepare: async (context) => {
      await noteDaemon(context)
      return { strike: () => setCable(context, false) }
    },
    putRight: async (context) => {
      await setCable(context, true)
      await bringDaemonBack(context)
    },
  },
  'fail-script': {
    prepare: async (context) => {
      const script = await checkScriptOf(context)
      const { row } = context.run
      return {
        strike: async () => {
          if ((await runInside(context.compute, row.instance, breakScript(row.id, script))) === undefined)
            throw new TestFault(
              `The check ${script.name} of ${row.instance} runs ${script.paths.join(' ')}, which cannot be changed there. Let it run a script of its own, such as /etc/keepalived/check.sh.`,
            )
          return `the check script ${script.name} was made to fail`
        },
        isEffective: async () => (await trackerOf(context, script.name)) === 'bad',
        effectiveWithinMs: script.failsWithinMs + 5_000,
      }
    },
    putRight: async (context) => {
      const { row } = context.run
      if ((await runInside(context.compute, row.instance, mendScript(row.id))) === undefined)
        throw new Error('the check script stays broken')
      const isWell = async (): Promise<boolean> => {
        const answer = await context.daemons.of(row.instance, 0)
        return answer.kind !== 'heard' || !hasFailedScript(answer.document, row.address)
      }
      await context.run.listen(isWell, putRightMaxMs)
    },
  },
  switchover: {
    prepare: async (context) => {
      const { row } = context.run
      const name = await routerNameOf(context)
      return {
        strike: async () => {
          const report = await switchOver(context, name, false)
          if (report.outcome === 'moved' || report.outcome === 'moved-elsewhere') return undefined
          const failed = report.checks?.filter(({ verdict }) => verdict === 'failed').map(({ text }) => text) ?? []
          throw new TestFault(`${row.instance} keeps the address: ${report.reason ?? (failed.join('; ') || report.outcome)}.`)
        },
      }
    },
    putRight: async (context) => {
      const { row } = context.run
      const answer = await context.daemons.of(row.instance, 0)
      const router = answer.kind === 'heard' ? routerOf(answer.document, row.address) : undefined
      // It is for whoever has taken it to keep it, unless this one still waits to be told.
      if (router?.name !== undefined && router.standsBackForMs !== undefined) await switchOver(context, router.name, true)
    },
  },
}

function stopping(force: boolean): FaultKind {
  return {
    prepare: async (context) => {
      await noteDaemon(context)
      const { row, caller } = context.run
      return {
        strike: async () => {
          const stopped = await context.service.stopInstance(caller, { instance: row.instance, force })
          if (!stopped.ok) throw new TestFault(stopped.fault.message)
          return undefined
        },
        isEffective: async () => (await instanceOf(context))?.status === 'Stopped',
        effectiveWithinMs: stopMaxMs,
      }
    },
    putRight: async (context) => {
      const { row, caller } = context.run
      const isRunning = async (): Promise<boolean> => {
        const instance = await instanceOf(context)
        if (!instance || instance.wanted === 'deleted' || instance.status === 'Running') return true
        if (instance.status === 'Stopped') await context.service.startInstance(caller, { instance: row.instance })
        return false
      }
      await context.run.listen(isRunning, putRightMaxMs)
      await bringDaemonBack(context)
    },
  }
}

function signalling(signal: 'TERM' | 'KILL'): FaultKind {
  return {
    prepare: async (context) => {
      const { row } = context.run
      const command = await noteDaemon(context)
      if (command.length === 0 || (await context.daemons.of(row.instance, 0)).kind !== 'heard')
        throw new TestFault(`No havip daemon runs on ${row.instance}.`)
      return {
        strike: async () => {
          await signalDaemon(context.compute, row.instance, signal)
          return undefined
        },
      }
    },
    putRight: bringDaemonBack,
  }
}

async function routerNameOf({ daemons, run }: FaultContext): Promise<string> {
  const { instance, address } = run.row
  const answer = await daemons.of(instance, 0)
  const router = answer.kind === 'heard' ? routerOf(answer.document, address) : undefined
  if (router?.name === undefined) throw new TestFault(`No havip daemon on ${instance} is configured for ${address}.`)
  if (router.state !== 'master')
    throw new TestFault(`${instance} does not have the address: a planned switchover begins where it is. Choose the instance that has it.`)
  return router.name
}

/** The parts of the daemon's report that are used here. */
type SwitchoverReport = {
  readonly outcome?: string
  readonly reason?: string
  readonly checks?: readonly { readonly verdict?: string; readonly text?: string }[]
}

/** The daemon answers when it has ended. @throws TestFault when it cannot be asked */
async function switchOver({ compute, run }: FaultContext, instance: string, isReturn: boolean): Promise<SwitchoverReport> {
  const request = { op: 'switchover', instance, return: isReturn }
  const said = await askDaemon(compute, run.row.instance, request, switchoverMaxMs)
  if (said.kind === 'off') throw new TestFault(`The instance ${run.row.instance} is off.`)
  if (said.kind === 'silent') throw new TestFault(`The switchover was refused: ${said.problem}`)
  return (said.answer.report ?? {}) as SwitchoverReport
}

const instanceOf = ({ store, run }: FaultContext): Promise<Instance | undefined> => store.read((tx) => tx.get('instance', run.row.instance))

async function setCable(context: FaultContext, isIn: boolean): Promise<undefined> {
  const instance = await instanceOf(context)
  if (!instance) throw new TestFault(`The instance ${context.run.row.instance} is gone.`)
  const { row } = context.run
  const port = await context.store.read(async (tx) => boundPort(tx, await tx.get('havip', row.havip), instance))
  await context.plane.setCable(row.vpc, port, isIn)
}

/** Writes down how the daemon was started, for when it has to be started again; empty: none runs. */
async function noteDaemon({ compute, run }: FaultContext): Promise<readonly string[]> {
  const command = await daemonCommand(compute, run.row.instance)
  await run.save({ daemonCommand: command })
  return command
}

/** An instance starts its daemon at boot; what was stopped by itself is started as it was. */
async function bringDaemonBack({ run, clock, compute, daemons }: FaultContext): Promise<void> {
  const { row } = run
  if (row.daemonCommand.length === 0) return
  const since = clock.now()
  let isStarted = false
  const isHeard = async (): Promise<boolean> => {
    if ((await daemons.of(row.instance, 0)).kind === 'heard') return true
    if (!isStarted && between(since, clock.now()) >= guardMs) {
      isStarted = true
      await startDaemon(compute, row.instance, row.daemonCommand)
    }
    return false
  }
  await run.listen(isHeard, putRightMaxMs)
}

async function checkScriptOf({ daemons, compute, run }: FaultContext): Promise<CheckScript> {
  const { instance, address } = run.row
  const answer = await daemons.of(instance, 0)
  if (answer.kind !== 'heard') throw new TestFault(`No havip daemon runs on ${instance}.`)
  const names = trackedScripts(answer.document, address)
  if (names.length === 0)
    throw new TestFault(
      `The daemon of ${instance} checks nothing: its keepalived.conf has no track_script in the vrrp_instance of ${address}. Add a vrrp_script and track it.`,
    )
  const path = answer.document.daemon?.configFile ?? '/etc/keepalived/keepalived.conf'
  const text = await runInside(compute, instance, `cat ${shellQuoted(path)}`)
  const script = text === undefined ? undefined : findCheckScript(text, path, names)
  if (!script) throw new TestFault(`The check ${names.join(', ')} of ${instance} runs no file that ${path} names by its path.`)
  return script
}

const trackersOf = (document: DaemonDocument, address: string) =>
  routerOf(document, address)?.trackers?.filter(({ kind }) => kind === 'script') ?? []
const hasFailedScript = (document: DaemonDocument, address: string): boolean =>
  trackersOf(document, address).some(({ condition }) => condition?.kind === 'bad')

async function trackerOf({ daemons, run }: FaultContext, name: string): Promise<string | undefined> {
  const answer = await daemons.of(run.row.instance, 0)
  if (answer.kind !== 'heard') return undefined
  return trackersOf(answer.document, run.row.address).find((one) => one.name === name)?.condition?.kind
}
