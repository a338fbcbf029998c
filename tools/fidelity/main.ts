// `make fidelity`: is what the simulator says what really happens? Each fault is made in namespaces with two real havipds, then
// in the simulator with the same files at the same moment of the owner's rhythm, and both are put side by side.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { clearProgress, progress } from '../bench/progress.ts'
import { measure } from './measure.ts'
import { rehearse } from './rehearsal.ts'
import { faults } from './strike.ts'
import { formatRow, header, isClose, type Pair, rowOf } from './table.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    intervals: { type: 'string', default: '1,0.1,0.01' },
    /** A regular expression: only faults with that in their name. */
    only: { type: 'string', default: '' },
    /** Everything, each round too, as JSON. */
    json: { type: 'string' },
  },
})
const rounds = Number(options.rounds)
const intervals = options.intervals.split(',')
const wanted = faults.filter(({ name }) => new RegExp(options.only).test(name))
if (!(rounds >= 1) || wanted.length === 0 || !intervals.every((interval) => Number(interval) > 0)) {
  console.error(`--rounds N --intervals 1,0.1 --only WORDS --json FILE; faults: ${faults.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}

/** Until every takeover is over, and the client's patience with it. */
const settleOf = (interval: string): number => Math.max(2500, 3 * 1000 * Number(interval) + 1800)

console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}, load ${loadavg()[0]?.toFixed(1)}; ${rounds} rounds each; milliseconds\n`)
for (const line of header) console.log(line)
const rows = []
for (const interval of intervals)
  for (const fault of wanted) {
    const pairs: Pair[] = []
    for (let round = 1; round <= rounds; round++) {
      progress(`${fault.name}, advert_int ${interval}: round ${round} of ${rounds}`)
      const settleMs = settleOf(interval)
      const measured = await measure(fault, interval, settleMs)
      pairs.push({ measured, simulated: rehearse(fault, measured.configurations, measured.phase, settleMs, round) })
    }
    const row = rowOf(fault.name, interval, pairs)
    rows.push(row)
    clearProgress()
    console.log(formatRow(row))
  }
const far = rows.filter((row) => !isClose(row))
console.log(
  `\n${rows.length - far.length} of ${rows.length} rows differ by at most 5 ms or 2 %${far.length === 0 ? '' : '; further apart:'}`,
)
for (const { fault, interval } of far) console.log(`  ${fault}, advert_int ${interval}`)
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ cores: cpus().length, rounds, rows }, undefined, 2)}\n`)
