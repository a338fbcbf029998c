// How long it takes from the start of a program to the first instance in BACKUP, and to test a configuration file. Wall time: a
// busy machine makes both programs slow, and the ratio says more than the figure.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSegment, type Node, type Segment } from '../lab/segment.ts'
import { root } from '../lab/world.ts'
import { manyInstances } from './many-instances.ts'
import type { Program } from './outage.ts'

export type Starts = { readonly untilBackupMs: number; readonly testMs: number; readonly testManyMs: number }

const pathOf = (program: Program): string => (program === 'havipd' ? join(root, 'bin', 'havipd') : 'keepalived')
const startMaxMs = 30_000

/** Of both programs in turns, `rounds` times each, in one namespace. */
export async function measureStarts(
  programs: readonly Program[],
  rounds: number,
  tell: (program: Program, round: number) => void,
): Promise<Record<Program, Starts[]>> {
  const measured: Record<Program, Starts[]> = { havipd: [], keepalived: [] }
  const segment: Segment = await createSegment(2)
  try {
    const [host] = segment.nodes
    const [one, many] = [join(host.folder, 'one.conf'), join(host.folder, 'many.conf')]
    writeFileSync(one, manyInstances(1, '1', 100))
    writeFileSync(many, manyInstances(1000, '1', 100))
    for (let round = 0; round < rounds; round++)
      for (const program of round % 2 ? [...programs].reverse() : programs) {
        tell(program, round)
        measured[program].push({
          untilBackupMs: await startToBackup(host, program, one),
          testMs: await runFor(host.inside([pathOf(program), '-t', '-f', one])),
          testManyMs: await runFor(host.inside([pathOf(program), '-t', '-f', many])),
        })
      }
  } finally {
    await segment.destroy()
  }
  return measured
}

async function runFor(argv: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: 'ignore', timeout: startMaxMs })
  await once(child, 'exit')
  return performance.now() - began
}

async function startToBackup(host: Node, program: Program, file: string): Promise<number> {
  const places = ['-p', join(host.folder, 'start.pid'), '-r', join(host.folder, 'start-vrrp.pid')]
  const own = program === 'havipd' ? ['--status-socket', join(host.folder, 'start.sock')] : ['-P']
  const argv = host.inside([pathOf(program), '-n', '-l', '-D', '-f', file, ...places, ...own])
  const began = performance.now()
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], timeout: startMaxMs })
  let log = ''
  let took = Number.NaN
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
    if (!Number.isNaN(took) || !log.includes('Entering BACKUP STATE')) return
    took = performance.now() - began
    child.kill('SIGTERM')
  })
  await once(child, 'exit')
  return took
}
