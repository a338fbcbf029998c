// From a command line to a controller that runs until it is told to stop.
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { connectHostd } from '@havip/plane-linux'
import {
  type KeptNonces,
  openPostgresLeadership,
  openPostgresNonces,
  openPostgresStore,
  openSqliteNonces,
  openSqliteStore,
} from '@havip/store-sql'
import type { RegionId, ZoneId } from '@havip/vpc'
import { defaultSettings, type Leadership, type Settings, type Store, soleLeader } from '@havip/vpc-service'
import { type Controller, startController } from './controller.ts'
import { controllerLog, openLog } from './log.ts'
import { type Options, readOptions } from './options.ts'
import { writePrivateFile } from './private-file.ts'
import { systemClock, systemEntropy } from './system-clock.ts'
import { openVault } from './vault.ts'

/** Resolves when the controller serves; it then lives until SIGTERM or SIGINT. */
export async function run(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv)
  if (process.getuid?.() === 0 && !options.allowRoot) {
    exit('controller: it does not need root, and will not run as root: start it as another user (or give --allow-root)')
  }
  const log = openLog(options.logLevel)
  try {
    prepareData(options.data)
    const store = await (options.database === undefined
      ? openSqliteStore(join(options.data, 'havip.sqlite'))
      : openPostgresStore(options.database))
    const leadership = options.database === undefined ? soleLeader : openPostgresLeadership(options.database)
    const nonces = await (options.database === undefined
      ? openSqliteNonces(join(options.data, 'nonces.sqlite'))
      : openPostgresNonces(options.database))
    const hostd = connectHostd(options.hostd)
    const controller = await startController({
      listen: options.listen,
      store,
      dataPlane: hostd.dataPlane,
      compute: hostd.compute,
      vault: openVault(options.sealKey ?? join(options.data, 'seal.key')),
      nonces,
      keepFirstKey: ({ id, secret }) => {
        const path = join(options.data, 'credentials.json')
        writePrivateFile(path, `${JSON.stringify({ accessKeyId: id, accessKeySecret: secret }, undefined, 2)}\n`)
        log.info({ path }, 'made the first access key')
      },
      // Beside the bundled program; in a checkout there is none until the console was built.
      console: options.console ?? join(import.meta.dirname, 'console'),
      tls: tlsOf(options),
      isSecure: options.tlsCert !== undefined || options.publicUrl?.startsWith('https:') === true,
      settings: settingsOf(options),
      leadership,
      clock: systemClock,
      entropy: systemEntropy,
      log: controllerLog(log),
      callsPerSecond: options.rate,
    })
    log.info({ host: options.listen.host, port: controller.port, hostd: options.hostd }, 'listening')
    if (options.printSignin) process.stdout.write(`Console: ${consoleUrl(options, controller.port)}${await controller.signinPath()}\n`)
    stopOnSignal(log, controller, { store, leadership, nonces }, () => hostd.close())
  } catch (error) {
    log.fatal({ err: error }, 'cannot start')
    exit(`controller: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function exit(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const tlsOf = ({ tlsCert, tlsKey }: Options) =>
  tlsCert === undefined || tlsKey === undefined ? undefined : { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }

function consoleUrl({ publicUrl, listen, tlsCert }: Options, port: number): string {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return publicUrl ?? `${tlsCert === undefined ? 'http' : 'https'}://${host}:${port}`
}

/** For us only: keys and the store are inside. */
function prepareData(data: string): void {
  process.umask(0o077)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if ((statSync(data).mode & 0o077) !== 0) chmodSync(data, 0o700)
}

export function settingsOf(options: Pick<Options, 'regions' | 'eipCidr' | 'autoApproveQuota' | 'havipInstancesMax'>): Settings {
  const { regions, eipCidr, havipInstancesMax } = options
  return {
    ...defaultSettings,
    ...(regions && { regions: regions.map(({ id, zones }) => ({ id: id as RegionId, localName: id, zones: zones.map(zoneOf) })) }),
    ...(eipCidr && { eipPool: eipCidr }),
    limits: { ...defaultSettings.limits, ...(havipInstancesMax !== undefined && { instancesPerHavip: havipInstancesMax }) },
    autoApprove: options.autoApproveQuota,
  }
}
const zoneOf = (id: string) => ({ id: id as ZoneId, localName: id })

/** A manager of services would kill us not much later. */
const stopMsMax = 8_000

function stopOnSignal(
  log: ReturnType<typeof openLog>,
  controller: Controller,
  { store, leadership, nonces }: { readonly store: Store; readonly leadership: Leadership; readonly nonces: KeptNonces },
  closeHostd: () => void,
): void {
  let isStopping = false
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    // A script in an instance may take its time; it is noted as interrupted when we start again.
    setTimeout(() => process.exit(0), stopMsMax).unref()
    await controller.stop()
    await leadership.close()
    closeHostd()
    await nonces.close()
    await store.close()
    log.info('stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, 'did not stop in order')
        process.exit(1)
      })
    })
  }
}
