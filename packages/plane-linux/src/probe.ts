// Probes as hostd runs them: a child in the namespace, its lines kept until they are fetched.
import { type ChildProcess, spawn } from 'node:child_process'
import type { ProbeSample } from '@havip/vpc'
import { PlaneError, type Probe, type ProbeRequest } from '@havip/vpc-service'
import { netnsPath } from './names.ts'
import { netnsIdentity } from './netns.ts'
import { lineReader } from './protocol.ts'
import { toolEnvironment } from './run.ts'

/** Samples that wait to be fetched; beyond it the oldest go. */
const samplesMax = 100_000
/** Probes at the same time, over all who ask. */
const probesMax = 8

export class Probes {
  readonly #program: readonly [string, ...string[]]
  readonly #running = new Set<ChildProcess>()

  /** @param program what runs `runProbeChild` with its argument, a JSON text. */
  constructor(program: readonly [string, ...string[]]) {
    this.#program = program
  }

  /** @param netns the namespace to ask from. */
  async open(netns: string, { from: _, ...request }: ProbeRequest): Promise<Probe> {
    if (netnsIdentity(netns) === undefined) throw new PlaneError('There is no network to probe from.', `no namespace ${netns}`)
    if (this.#running.size >= probesMax) throw new PlaneError('Too many probes are under way.', `${probesMax} probes`)
    const [program, ...args] = ['nsenter', `--net=${netnsPath(netns)}`, '--', ...this.#program, JSON.stringify(request)] as const
    const child = spawn(program, args, { env: toolEnvironment, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
    this.#running.add(child)
    let samples: ProbeSample[] = []
    let isOver = false
    const over = (): void => {
      isOver = true
      this.#running.delete(child)
    }
    child.on('error', over)
    child.on('close', over)
    child.stdin.on('error', () => undefined)
    child.stdout.setEncoding('utf8')
    const take = lineReader((line) => {
      samples.push(JSON.parse(line) as ProbeSample)
      if (samples.length > samplesMax) samples.shift()
    })
    child.stdout.on('data', (chunk: string) => void (take(chunk) || child.kill('SIGKILL')))
    return {
      read: async () => {
        const taken = samples
        samples = []
        return { samples: taken, isOver }
      },
      close: async () => void child.kill('SIGKILL'),
    }
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}
