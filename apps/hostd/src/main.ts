#!/usr/bin/env node
// hostd: the privileged half of the Linux data plane. Reads its options, takes over what is on this host, listens, stops.
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { findGroup, findUser } from '@havip/linux'
import { claimPrefix, missingTools, namesOf, openHost, parseBind, probeFlag, runProbeChild, serve, wipe } from '@havip/plane-linux'
import { Command, InvalidArgumentError } from 'commander'

const sayIf =
  <T>(read: (value: string) => T) =>
  (value: string): T => {
    try {
      return read(value)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }

const readPrefix = sayIf((value) => namesOf(value).prefix)
const readUser = sayIf((value): number => {
  const uid = /^\d+$/.test(value) ? Number(value) : findUser(value)?.uid
  if (uid === undefined) throw new RangeError(`no user ${value}`)
  return uid
})
const readGroup = sayIf((value): number => {
  const gid = /^\d+$/.test(value) ? Number(value) : findGroup(value)
  if (gid === undefined) throw new RangeError(`no group ${value}`)
  return gid
})
const readSeconds = sayIf((value): number => {
  const seconds = Number(value)
  if (!(seconds >= 0 && seconds <= 600)) throw new RangeError('must be 0 to 600 seconds')
  return seconds
})
const readBind = (value: string, earlier: ReturnType<typeof parseBind>[]) => [...earlier, sayIf(parseBind)(value)]

const command = new Command('hostd')
  .description('Builds networks and instances on this host, at the request of the controller. Needs root.')
  .option('--socket <path>', 'where the controller connects', '/run/havip/hostd.sock')
  .option('--state <directory>', 'disks of the instances', '/var/lib/havip/hostd')
  .option('--prefix <text>', 'begins every name of ours in the kernel', readPrefix, 'hv-')
  .option('--user <name>', 'who may connect, besides root', readUser, 0)
  .option('--group <name>', 'whose members may connect too', readGroup)
  .option('--instance-bind <hostdir:directory>', 'shows a directory of the host in every instance, read-only (repeatable)', readBind, [])
  .option('--stop-timeout <seconds>', 'from SIGTERM to SIGKILL when an instance is stopped', readSeconds, 5)
  .option('--wipe', 'removes everything of this prefix and state directory, then ends')

type Options = {
  socket: string
  state: string
  prefix: string
  user: number
  group?: number
  instanceBind: ReturnType<typeof parseBind>[]
  stopTimeout: number
  wipe?: boolean
}

const log = (line: string): void => void process.stderr.write(`hostd: ${line}\n`)

async function main(options: Options): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('must run as root, since it makes network namespaces and mounts: try sudo')
  const missing = missingTools()
  if (missing.length > 0) throw new Error(`needs ${missing.join(', ')}: apt-get install the packages named`)
  const state = resolve(options.state)
  if (options.wipe) {
    const claim = await claimPrefix(options.prefix)
    await wipe(namesOf(options.prefix), state)
    return claim.release()
  }

  const host = await openHost({
    prefix: options.prefix,
    stateDirectory: state,
    binds: options.instanceBind,
    stopTimeoutMs: options.stopTimeout * 1000,
    log,
  })
  mkdirSync(dirname(resolve(options.socket)), { recursive: true })
  const { user: uid, group: gid } = options
  const server = await serve({ socketPath: resolve(options.socket), uid, gid, dataPlane: host.dataPlane, compute: host.compute, log })
  log(`listening at ${options.socket}`)
  const stop = (): void => {
    // Networks and instances stay: the next start takes them over.
    host.close()
    void server.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

command.action((options: Options) => main(options))
const [, , flag, request] = process.argv
// The same program is the child that probes an address from inside a namespace.
const running = flag === probeFlag ? Promise.resolve(runProbeChild(JSON.parse(request ?? ''))) : command.parseAsync()
running.catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
