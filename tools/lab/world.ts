// A whole havip on this machine: the host daemon with its privilege, the controller without, and a client that signs.
// The demo walks the tutorial in one; the system tests make one each, under a prefix of their own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type Credentials, type RpcClient, rpcClient } from '../../apps/havip/src/rpc-client.ts'
import { must, run, type Service, sleep, startService, startTimeOf, tailOf, until } from './processes.ts'

export const root = join(import.meta.dirname, '..', '..')
const node = join(root, 'node_modules', '.bin', 'node')
/** Where the clone is seen by those who may not look into the folder it lies in. */
const programPath = '/opt/havip'

export type WorldOptions = {
  /** Tells this world's namespaces from others' on the same machine; letters, digits and a hyphen at the end. */
  readonly prefix: string
  /** A folder of its own; removed at the end. */
  readonly state: string
  /** Quota applications are approved at once (default), or wait for an operator. */
  readonly autoApproveQuota?: boolean
}

export type World = {
  readonly prefix: string
  readonly state: string
  readonly endpoint: string
  readonly credentialsFile: string
  readonly client: RpcClient
  hostd(): Service
  controller(): Service
  /** Starts a service again that was killed. */
  restartHostd(): Promise<void>
  restartController(): Promise<void>
  /** Runs a program on the Internet's side. */
  onInternet(argv: readonly string[]): readonly string[]
  /** Ends everything and removes whatever was made. Safe to call twice, and after a start that failed half-way. */
  destroy(): Promise<void>
}

export const hostdProgram = join(root, 'dist', 'hostd.mjs')

/** @throws Error with the end of the log of the part that did not come up */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { prefix, state } = options
  const socket = join(state, 'hostd.sock')
  const data = join(state, 'controller')
  const application = join(state, 'app')
  const credentialsFile = join(data, 'credentials.json')
  mkdirSync(state, { recursive: true, mode: 0o711 })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  mkdirSync(application, { recursive: true })
  writeFileSync(join(state, 'prefix'), prefix)
  await must(['chown', '-R', 'havip:havip', data])
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`

  const hostdArgv = (extra: readonly string[] = []): string[] => [
    node,
    hostdProgram,
    '--socket',
    socket,
    '--state',
    join(state, 'hostd'),
    '--prefix',
    prefix,
    '--user',
    'havip',
    '--instance-bind',
    `${root}:${programPath}`,
    ...extra,
  ]
  const startHostd = async (): Promise<Service> => {
    const service = startService('hostd', hostdArgv(), join(state, 'hostd.log'))
    remember(state, service)
    await up(service, async () => ((await run(['test', '-S', socket])).status === 0 ? true : undefined))
    return service
  }
  const startController = async (): Promise<Service> => {
    // The clone may lie where the user havip cannot look (/root): it sees it through a mount of its own, and nothing else changes.
    const script = `mount --bind "$1" "$2" && shift 2 && exec setpriv --reuid=havip --regid=havip --init-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"`
    const argv = [
      ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'controller', root, application],
      ...[join(application, 'node_modules/.bin/node'), join(application, 'dist/controller.mjs')],
      ...['--listen', `127.0.0.1:${port}`, '--data', data, '--hostd', socket],
      ...(options.autoApproveQuota === false ? [] : ['--auto-approve-quota']),
    ]
    const service = startService('controller', argv, join(state, 'controller.log'))
    remember(state, service)
    await up(service, async () => {
      const answer = await fetch(`${endpoint}/healthz`).catch(() => undefined)
      return answer?.ok ? true : undefined
    })
    return service
  }

  const services: { hostd?: Service; controller?: Service } = {}
  const destroy = async (): Promise<void> => {
    await services.controller?.stop()
    await services.hostd?.stop()
    await wipeWorld(prefix, state)
  }
  try {
    services.hostd = await startHostd()
    services.controller = await startController()
    const credentials = JSON.parse(readFileSync(credentialsFile, 'utf8')) as Credentials
    return {
      prefix,
      state,
      endpoint,
      credentialsFile,
      client: rpcClient(endpoint, credentials),
      hostd: () => services.hostd as Service,
      controller: () => services.controller as Service,
      restartHostd: async () => {
        services.hostd = await startHostd()
      },
      restartController: async () => {
        services.controller = await startController()
      },
      onInternet: (argv) => ['ip', 'netns', 'exec', `${prefix}internet`, ...argv],
      destroy,
    }
  } catch (error) {
    await destroy()
    throw error
  }
}

/** Removes everything that a world of this prefix has made: its services, processes, namespaces, mounts, files. */
export async function wipeWorld(prefix: string, state: string): Promise<void> {
  for (const { pid, startTime } of remembered(state).reverse()) await end(pid, startTime)
  await must(
    [node, hostdProgram, '--wipe', '--state', join(state, 'hostd'), '--prefix', prefix, '--socket', join(state, 'hostd.sock')],
    60_000,
  )
  rmSync(state, { recursive: true, force: true })
}

type Remembered = { readonly name: string; readonly pid: number; readonly startTime: string }
const servicesFile = (state: string): string => join(state, 'services.json')

/** Kept on disk, so that a world whose maker is gone can still be ended, and nothing else by mistake. */
function remember(state: string, service: Service): void {
  const startTime = startTimeOf(service.pid)
  if (startTime !== undefined)
    writeFileSync(servicesFile(state), JSON.stringify([...remembered(state), { name: service.name, pid: service.pid, startTime }]))
}

function remembered(state: string): Remembered[] {
  if (!existsSync(servicesFile(state))) return []
  return JSON.parse(readFileSync(servicesFile(state), 'utf8')) as Remembered[]
}

async function end(pid: number, startTime: string): Promise<void> {
  for (const [signal, graceMs] of [
    ['SIGTERM', 5000],
    ['SIGKILL', 2000],
  ] as const) {
    if (startTimeOf(pid) !== startTime) return
    process.kill(pid, signal)
    const deadline = performance.now() + graceMs
    while (startTimeOf(pid) === startTime && performance.now() < deadline) await sleep(20)
  }
}

async function up(service: Service, ask: () => Promise<true | undefined>): Promise<void> {
  try {
    await until(`${service.name} comes up`, async () => {
      if (!service.isRunning()) throw new Error(`${service.name} ended`)
      return await ask()
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}; its log ends:\n${tailOf(service.log)}`)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
