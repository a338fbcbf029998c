// The controller put together: the service over its store and planes, the reconciler that carries intent out, and the door.
import { between, type Instant, later, milliseconds, ok, wallTime } from '@havip/base'
import {
  type AccessRecord,
  accessKeysOf,
  isStill,
  type NonceStore,
  openDoor,
  openGate,
  sessionAuthenticator,
  signatureAuthenticator,
  tokenBuckets,
} from '@havip/rpc-api'
import type { AccountId } from '@havip/vpc'
import {
  type Clock,
  type Compute,
  createIdentityService,
  createVpcService,
  createWebhookService,
  type DataPlane,
  Duties,
  type Duty,
  type Entropy,
  expireTokens,
  firstUserName,
  haDuties,
  type Leadership,
  type NewKey,
  OwnerBoard,
  type ReconcileEvent,
  recordingStore,
  type Settings,
  type Store,
  type Vault,
  WebhookDispatcher,
  within,
} from '@havip/vpc-service'
import { auditExport } from './audit-export.ts'
import { openConsole } from './console-files.ts'
import { type EventTiming, openEventDoor } from './event-door.ts'
import { EventFeed } from './event-feed.ts'
import { type HttpServer, listen, type Tls } from './http-server.ts'
import { openMetrics } from './metrics.ts'
import { nodeCrypto } from './node-crypto.ts'
import { openObserver } from './observer.ts'
import type { Listen } from './options.ts'
import { resourceGauges } from './resource-gauges.ts'
import { openSessionDoor } from './session-door.ts'
import { openShellDoor, type ShellLog } from './shell-door.ts'
import { deliver, hmacSha256 } from './webhook-sender.ts'

/** The account of this installation. */
export const rootAccount = '1000000000000001' as AccountId

export type ControllerLog = {
  /** A call was answered. */
  access(record: AccessRecord): void
  reconcile(event: ReconcileEvent): void
  shell: ShellLog
  /** Commands could not be looked for; the next change tries again. */
  commandsWait(error: unknown): void
  /** The plane did not say who owns what. */
  ownersUnknown(error: unknown): void
  webhook(event: { readonly webhook: string; readonly error: unknown }): void
  /** A request, or work beside requests, failed by no fault of a caller. */
  failed(what: string, error: unknown): void
}

export type ControllerParts = {
  readonly listen: Listen
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly compute: Compute
  readonly vault: Vault
  readonly nonces: NonceStore & { expire?(nowMs: number): Promise<void> }
  /** Told of the first administrator's key, when there was no user yet. */
  readonly keepFirstKey: (key: NewKey) => void
  /** Folder of the console; undefined: none is served. */
  readonly console: string | undefined
  /** Undefined: HTTP in the clear. */
  readonly tls: Tls | undefined
  /** True when browsers reach us over TLS, our own or a proxy's. */
  readonly isSecure: boolean
  readonly eventTiming?: EventTiming | undefined
  readonly settings: Settings
  /** Whether this controller reconciles, or another on the same store does. */
  readonly leadership: Leadership
  readonly clock: Clock
  readonly entropy: Entropy
  readonly log: ControllerLog
  /** Calls a second of one access key; twice as many at once. */
  readonly callsPerSecond: number
}

export type Controller = {
  readonly port: number
  /** Path of the console that signs the first administrator in, once. */
  signinPath(): Promise<string>
  /** Ends what is under way, then everything; the store stays open. */
  stop(): Promise<void>
}

/** How long the plane may be silent before health says so. */
const planeSilenceMaxMs = 10_000
const ownersEveryMs = 2_000
/** A call has 2.7 s for everything. */
const countersMsMax = 1_800
const upkeepEveryMs = 600_000
const noncesEveryMs = 60_000
const eventAgeMsMax = 90 * 24 * 3600_000
const eventsMax = 200_000

export async function startController(parts: ControllerParts): Promise<Controller> {
  const { dataPlane, compute, settings, clock, entropy, log, leadership, vault } = parts
  const metrics = openMetrics()
  const now = () => clock.wallTime()
  const store = recordingStore({ store: parts.store, now, written: () => feed.wake() })
  const feed = new EventFeed(store, clock, (error) => log.failed('events', error))
  const observer = openObserver({ store, clock, dataPlane, account: rootAccount, troubled: (error) => log.failed('history', error) })
  const owners = new OwnerBoard({ owners: observer.owners }, clock)
  const changed = (): void => duties.wake()
  const service = createVpcService({ store, clock, entropy, settings, owners, plane: dataPlane, compute, changed })
  const access = createIdentityService({ store, clock, entropy, vault, account: rootAccount })
  const webhooks = createWebhookService({ store, clock, entropy, vault, changed })
  await access.checkVault()
  await access.makeFirstKey(parts.keepFirstKey)
  await feed.start()
  const webhookDuty = (): Duty => {
    const report = (event: { readonly webhook: string; readonly error: unknown }): void => {
      metrics.webhookFailed()
      log.webhook(event)
    }
    const dispatcher = new WebhookDispatcher({ store, clock, vault, deliver, hmacSha256, isLeader: () => true, report })
    dispatcher.start()
    return dispatcher
  }
  const duties = new Duties({
    ...{ store, plane: dataPlane, compute, clock, entropy, leadership },
    report: (event) => {
      log.reconcile(event)
      metrics.reconcileEvent(event.kind)
      observer.reconcileEvent(event)
    },
    passed: metrics.reconciled,
    troubled: log.commandsWait,
    more: [...haDuties({ service, owners }), () => observer.duty(), webhookDuty],
  })
  const unwatchLeadership = leadership.watch((event) => {
    if (event === 'written') feed.wake()
  })
  const watch = watchOwners(owners, dataPlane, clock, log)
  const shells = openShellDoor(compute, log.shell)
  const throttle = tokenBuckets({ perSecond: parts.callsPerSecond, burst: 2 * parts.callsPerSecond })
  const signed = signatureAuthenticator({ keys: accessKeysOf(access), nonces: parts.nonces, crypto: nodeCrypto })
  const { sha256, timingSafeEqual } = vault
  const session = (needsCsrfToken: boolean) => sessionAuthenticator({ identity: access, sha256, timingSafeEqual, needsCsrfToken })
  const common = {
    service,
    ports: {
      // A plane that is at work on something else is not reported on; the rows themselves are told in any case.
      drops: () => within(clock, countersMsMax, dataPlane.drops(), []),
      eipCounters: () => within(clock, countersMsMax, dataPlane.eipCounters(), []),
      offerShell: shells.offerShell,
      access,
      webhooks,
      history: {
        events: (query: Parameters<Reader['events']>[0]) => store.read((tx) => tx.events(query)),
        searchAudit: (query: Parameters<Reader['searchAudit']>[0]) => store.read((tx) => tx.searchAudit(query)),
      },
    },
    throttle,
    crypto: nodeCrypto,
    now,
    log: (record: AccessRecord) => {
      metrics.access(record)
      log.access(record)
    },
  }
  const gate = openGate({ service, authenticators: [signed, session(false)], throttle, now })
  const events = openEventDoor({
    ...{ gate, feed, store, now, controller: nodeCrypto.randomUuid(), timing: parts.eventTiming },
    isStill: (identity) => isStill(identity, access, now()),
  })
  const health = async () => {
    const plane = watch.silentMs() <= planeSilenceMaxMs ? 'ok' : 'not answering'
    const database = await isReadable(store)
    return {
      ok: database,
      parts: {
        store: database ? 'ok' : 'not answering',
        plane: duties.standsBack ? 'belongs to another installation' : plane,
        // Who does not lead has nothing to reconcile, and says so.
        leads: duties.isLeader,
        reconciled: plane === 'ok' && duties.isQuiet === true,
      },
    }
  }
  const upkeep = [
    every(clock, upkeepEveryMs, () =>
      duties.isLeader ? keepUp(parts, store, access).catch((error) => log.failed('upkeep', error)) : undefined,
    ),
    every(clock, noncesEveryMs, () => parts.nonces.expire?.(now()).catch((error) => log.failed('upkeep', error))),
  ]
  const server: HttpServer = await listen(parts.listen, {
    door: openDoor({ ...common, authenticators: [signed] }),
    sessionCalls: openDoor({ ...common, authenticators: [session(true)] }),
    sessions: openSessionDoor({ identity: access, vault, isSecure: parts.isSecure, now, tried: metrics.signIn }),
    events,
    auditExport: auditExport({ gate, store, now }),
    metrics: async () => metrics.text(await resourceGauges(store, { streams: events.streams, leads: duties.isLeader })),
    console: parts.console === undefined ? undefined : openConsole(parts.console),
    shells,
    health,
    failed: (error) => log.failed('a request', error),
    tls: parts.tls,
  })
  return {
    port: server.port,
    signinPath: async () => {
      const caller = {
        account: rootAccount,
        kind: 'operator',
        name: 'local',
        from: '',
        requestId: nodeCrypto.randomUuid().toUpperCase(),
      } as const
      const link = await access.createSigninLink(caller, { user: firstUserName })
      if (!link.ok) throw new Error(link.fault.message)
      return `/#signin=${link.value.token}`
    },
    stop: async () => {
      feed.stop()
      await server.stop()
      for (const timer of upkeep) timer.cancel()
      unwatchLeadership()
      watch.stop()
      await duties.stop()
    },
  }
}

type Reader = Parameters<Parameters<Store['read']>[0]>[0]

/** Forgets what has had its time. */
async function keepUp({ clock }: ControllerParts, store: Store, access: { expireSessions(): Promise<void> }): Promise<void> {
  await expireTokens({ store, clock })
  await access.expireSessions()
  await store.write<void, never>(async (tx) => ok(await tx.expireEvents(wallTime(clock.wallTime() - eventAgeMsMax), eventsMax)))
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
