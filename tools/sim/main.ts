// `make sim SEEDS=1000000 FROM=1`: random worlds under every checker, on all cores, with progress. A failing seed prints the
// line that reproduces it and its world made as small as it still fails.
import { fork } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { formatFailure, runSeeds } from '@havip/sim'

const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '2000' },
    share: { type: 'boolean', default: false },
  },
})
const from = Number(options.from)
const seeds = Number(options.seeds)
if (!Number.isInteger(from) || !Number.isInteger(seeds) || seeds < 1) {
  console.error(`--from ${options.from} --seeds ${options.seeds}: whole numbers, at least one seed`)
  process.exit(1)
}

type Message = { readonly kind: 'progress'; readonly done: number } | { readonly kind: 'failure'; readonly text: string }
/** Seeds that a process works through before it tells how far it is. */
const reportEvery = 50
/** Failing seeds that are shown at most: each is made smaller, which takes dozens of runs. */
const failuresMax = 5

/** One core's share: this process is a child, and its parent does the talking. */
function share(): void {
  const tell = (message: Message): void => void process.send?.(message)
  let done = 0
  const run = runSeeds(
    from,
    seeds,
    () => {
      if (++done % reportEvery === 0) tell({ kind: 'progress', done: reportEvery })
    },
    { failuresMax },
  )
  for (const failure of run.failures) tell({ kind: 'failure', text: formatFailure(failure) })
  tell({ kind: 'progress', done: done % reportEvery })
}

async function all(): Promise<number> {
  const cores = Math.min(cpus().length, seeds)
  const started = performance.now()
  const failures: string[] = []
  let done = 0
  const shown = process.stdout.isTTY
  const progress = (): void => {
    const seconds = (performance.now() - started) / 1000
    const left = done > 0 ? ((seeds - done) * seconds) / done : 0
    process.stdout.write(
      `${shown ? '\r' : ''}${done} of ${seeds} seeds, ${failures.length} failing, ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s left${shown ? '   ' : '\n'}`,
    )
  }
  const timer = setInterval(progress, shown ? 500 : 10_000)
  const each = Math.ceil(seeds / cores)
  const statuses = await Promise.all(
    Array.from({ length: cores }, (_, index) => {
      const first = from + index * each
      const count = Math.min(each, from + seeds - first)
      return new Promise<number>((resolve) => {
        if (count <= 0) {
          resolve(0)
          return
        }
        const child = fork(import.meta.filename, ['--share', '--from', String(first), '--seeds', String(count)])
        child.on('message', (message: Message) => {
          if (message.kind === 'progress') done += message.done
          else failures.push(message.text)
        })
        child.on('exit', (status) => resolve(status ?? 1))
      })
    }),
  )
  clearInterval(timer)
  progress()
  console.log(`${shown ? '\n' : ''}seeds ${from} to ${from + seeds - 1}`)
  for (const failure of failures) console.log(`\n${failure}`)
  // A share that ended by itself is a bug of the simulator, not a finding.
  return failures.length === 0 && statuses.every((status) => status === 0) ? 0 : 1
}

if (options.share) share()
else process.exitCode = await all()
