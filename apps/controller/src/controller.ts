// The controller put together: the service over its store and planes, the reconciler that carries intent out, and the door.
import { between, type Instant, later, milliseconds } from '@havip/base'
import { type AccessKeys, type AccessRecord, memoryNonceStore, openDoor, signatureAuthenticator, tokenBuckets } from '@havip/rpc-api'
import {
  type Clock,
  CommandRunner,
  type Compute,
  createVpcService,
  type DataPlane,
  type Entropy,
  expireTokens,
  OwnerBoard,
  type ReconcileEvent,
  Reconciler,
  type Settings,
  type Store,
} from '@havip/vpc-service'
import { type HttpServer, listen } from './http-server.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Listen } from './options.ts'
import { openShellDoor, type ShellLog } from './shell-door.ts'

export type ControllerLog = {
  /** A call was answered. */
  access(record: AccessRecord): void
  reconcile(event: ReconcileEvent): void
  shell: ShellLog
  /** Commands could not be looked for; the next change tries again. */
  commandsWait(error: unknown): void
  /** The plane did not say who owns what. */
  ownersUnknown(error: unknown): void
}

export type ControllerParts = {
  readonly listen: Listen
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly compute: Compute
  readonly keys: AccessKeys
  readonly settings: Settings
  readonly clock: Clock
  readonly entropy: Entropy
  readonly log: ControllerLog
  /** Calls a second of one access key; twice as many at once. */
  readonly callsPerSecond: number
}

export type Controller = {
  readonly port: number
  /** Ends what is under way, then everything; the store stays open. */
  stop(): Promise<void>
}

/** How long the plane may be silent before health says so. */
const planeSilenceMaxMs = 10_000
const ownersEveryMs = 2_000
const upkeepEveryMs = 3600_000

export async function startController(parts: ControllerParts): Promise<Controller> {
  const { store, dataPlane, compute, settings, clock, entropy, log } = parts
  const owners = new OwnerBoard(dataPlane, clock)
  const reconciler = new Reconciler({ store, plane: dataPlane, compute, clock, report: log.reconcile })
  const commands = new CommandRunner({ store, compute, clock })
  const runCommands = (): void => void commands.wake().catch(log.commandsWait)
  const changed = (): void => {
    reconciler.wake()
    runCommands()
  }
  const service = createVpcService({ store, clock, entropy, settings, owners, changed })
  const watch = watchOwners(owners, dataPlane, clock, log)
  const shells = openShellDoor(compute, log.shell)
  const door = openDoor({
    service,
    ports: { drops: () => dataPlane.drops(), offerShell: shells.offerShell },
    authenticators: [signatureAuthenticator({ keys: parts.keys, nonces: memoryNonceStore(nodeCrypto), crypto: nodeCrypto })],
    throttle: tokenBuckets({ perSecond: parts.callsPerSecond, burst: 2 * parts.callsPerSecond }),
    crypto: nodeCrypto,
    now: () => clock.wallTime(),
    log: log.access,
  })
  const health = async () => {
    const plane = watch.silentMs() <= planeSilenceMaxMs ? 'ok' : 'not answering'
    const database = await isReadable(store)
    return { ok: database, parts: { store: database ? 'ok' : 'not answering', plane, reconciled: plane === 'ok' && reconciler.isQuiet } }
  }
  reconciler.start()
  runCommands()
  const upkeep = every(clock, upkeepEveryMs, () => expireTokens({ store, clock }).catch(() => undefined))
  const server: HttpServer = await listen(parts.listen, { door, shells, health })
  return {
    port: server.port,
    stop: async () => {
      await server.stop()
      upkeep.cancel()
      watch.stop()
      await Promise.all([reconciler.stop(), commands.stop()])
    },
  }
}

async function isReadable(store: Store): Promise<boolean> {
  try {
    await store.read((tx) => tx.count('vpc', {}))
    return true
  } catch {
    return false
  }
}

type OwnerWatch = { silentMs(): number; stop(): void }

/** Asks who owns what whenever the plane says that it changed, and from time to time besides, so that ages stay true. */
function watchOwners(owners: OwnerBoard, dataPlane: DataPlane, clock: Clock, log: ControllerLog): OwnerWatch {
  let answeredAt: Instant | undefined
  let timer: { cancel(): void } | undefined
  let isStopped = false
  const refresh = (): void => {
    timer?.cancel()
    owners
      .refresh()
      .then(
        () => {
          answeredAt = clock.now()
        },
        (error: unknown) => log.ownersUnknown(error),
      )
      .finally(() => {
        timer?.cancel()
        if (!isStopped) timer = clock.setTimer(later(clock.now(), milliseconds(ownersEveryMs)), refresh)
      })
  }
  const unwatch = dataPlane.watchOwners(refresh)
  refresh()
  return {
    // Until the first answer nothing is known, and must not look well.
    silentMs: () => (answeredAt === undefined ? Number.POSITIVE_INFINITY : between(answeredAt, clock.now())),
    stop: () => {
      isStopped = true
      timer?.cancel()
      unwatch()
    },
  }
}

/** Calls again and again until cancelled; the first time after one interval. */
function every(clock: Clock, intervalMs: number, work: () => unknown): { cancel(): void } {
  let timer = clock.setTimer(later(clock.now(), milliseconds(intervalMs)), function tick() {
    work()
    timer = clock.setTimer(later(clock.now(), milliseconds(intervalMs)), tick)
  })
  return { cancel: () => timer.cancel() }
}
