// The whole host: its network, its instances, and how they come up after a start of hostd.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { NamespaceCompute, powerOf } from './compute.ts'
import type { Bind } from './disk.ts'
import { MasterFile } from './master-file.ts'
import { namesOf } from './names.ts'
import { ensureInternet } from './network.ts'
import { LinuxDataPlane } from './plane.ts'
import { Probes } from './probe.ts'
import { probeFlag } from './probe-child.ts'
import { Queue } from './run.ts'
import { HostState } from './state.ts'

export type HostOptions = {
  readonly prefix: string
  readonly stateDirectory: string
  readonly binds: readonly Bind[]
  readonly stopTimeoutMs: number
  /** What runs `runProbeChild`; hostd itself by default. */
  readonly probeProgram?: readonly [string, ...string[]]
  /** A line for the log; unheard by default. */
  readonly log?: (line: string) => void
}

export type Host = { readonly dataPlane: LinuxDataPlane; readonly compute: NamespaceCompute; close(): void }

/** Given back by itself when the process ends, however it ends. */
export type Claim = { release(): void }

/**
 * Makes sure that only one process works under a prefix: two would undo each other's half-made things.
 *
 * @throws Error when there is another one.
 */
export function claimPrefix(prefix: string): Promise<Claim> {
  return new Promise((resolve, reject) => {
    const lock = createServer((socket) => socket.destroy())
    lock.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`another hostd with the prefix ${prefix} is at work: stop it first`) : error),
    )
    // An abstract name: no file that could be left behind.
    lock.listen(`\0havip-hostd-${prefix}`, () => {
      lock.unref()
      resolve({ release: () => void lock.close() })
    })
  })
}

/**
 * Takes over what is there, removes what a killed run left half-made, and interrupts nothing.
 *
 * @throws Error when another process works under the same prefix, or when the host lacks what is needed.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const claim = await claimPrefix(options.prefix)
  try {
    return await openClaimed(options, claim)
  } catch (error) {
    claim.release()
    throw error
  }
}

async function openClaimed(options: HostOptions, claim: Claim): Promise<Host> {
  const { stateDirectory, binds, stopTimeoutMs } = options
  const names = namesOf(options.prefix)
  const state = new HostState(stateDirectory)
  await state.prepare()
  const queue = new Queue()
  const dataPlane = new LinuxDataPlane(names, queue, powerOf(state), {
    master: new MasterFile(join(stateDirectory, 'master.json')),
    probes: new Probes(options.probeProgram ?? [process.execPath, process.argv[1] ?? '', probeFlag]),
    log: options.log ?? (() => undefined),
  })
  await ensureInternet(names)
  await dataPlane.start()
  const compute = new NamespaceCompute({ names, state, queue, binds, stopTimeoutMs }, dataPlane)
  const close = (): void => {
    dataPlane.close()
    claim.release()
  }
  return { dataPlane, compute, close }
}
