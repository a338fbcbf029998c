// `make bench`: havipd and Debian's keepalived in the same run, alternating, in namespaces. Prints ratios with their spread and
// writes all figures to out/bench.json. Nothing here is asserted: a loaded machine tells a story of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../lab/processes.ts'
import { root } from '../lab/world.ts'
import { type Figure, figure, formatFigure, formatRatio } from './figures.ts'
import { faultKinds, type Measured, measureOutage, type Program } from './outage.ts'
import { clearProgress, progress } from './progress.ts'
import { type Cost, measureCosts } from './resources.ts'
import { measureStarts, type Starts } from './start.ts'
import { measureBusy, measureFlood, measureFreeze, type PairKind, type Pressure } from './stress.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    intervals: { type: 'string', default: '1,0.1,0.01' },
    instances: { type: 'string', default: '1,50,255,500,1000' },
    only: { type: 'string', default: 'start,outage,cost,stress' },
    faults: { type: 'string', default: faultKinds.join(',') },
    'flood-rate': { type: 'string', default: '50000' },
  },
})
const rounds = Number(options.rounds)
const programs: readonly Program[] = ['havipd', 'keepalived']
const only = options.only.split(',')

type Row = {
  readonly what: string
  readonly unit: string
  readonly havipd: Figure | undefined
  readonly keepalived: Figure | undefined
  readonly note: string
}
const rows: Row[] = []

const byProgram = <T>(): Record<Program, T[]> => ({ havipd: [], keepalived: [] })
const figureOf = (values: readonly number[]): Figure | undefined => (values.length > 0 ? figure(values) : undefined)

function add(what: string, unit: string, values: Record<Program, readonly number[]>, note = ''): void {
  const row = { what, unit, havipd: figureOf(values.havipd), keepalived: figureOf(values.keepalived), note }
  rows.push(row)
  clearProgress()
  console.log(
    `${what.padEnd(52)} ${formatFigure(row.havipd).padStart(22)} ${formatFigure(row.keepalived).padStart(22)} ${unit.padEnd(4)} ${formatRatio(row.havipd, row.keepalived).padStart(6)}  ${note}`,
  )
}

async function outages(): Promise<void> {
  for (const interval of options.intervals.split(','))
    for (const fault of faultKinds.filter((kind) => options.faults.includes(kind))) {
      const measured = byProgram<Measured>()
      for (let round = 0; round < rounds; round++)
        for (const program of round % 2 ? [...programs].reverse() : programs) {
          progress(`outage, ${fault}, advert_int ${interval}: ${program}, round ${round + 1} of ${rounds}`)
          measured[program].push(await measureOutage(program, interval, fault))
        }
      const owners = programs.map((program) => `${program} ${Math.max(...measured[program].map((one) => one.owners))}`).join(', ')
      const values = { havipd: measured.havipd.map((one) => one.outageMs), keepalived: measured.keepalived.map((one) => one.outageMs) }
      const lost = programs.map((program) => `${program} ${figureOf(measured[program].map((one) => one.lost))?.median}`).join(', ')
      add(`outage, ${fault}, advert_int ${interval}`, 'ms', values, `owners afterwards: ${owners}; requests lost: ${lost}`)
    }
}

async function starts(): Promise<void> {
  const measured = await measureStarts(programs, rounds, (program, round) => progress(`start: ${program}, round ${round + 1} of ${rounds}`))
  const pick = (of: (one: Starts) => number): Record<Program, number[]> => ({
    havipd: measured.havipd.map(of),
    keepalived: measured.keepalived.map(of),
  })
  add(
    'start until BACKUP, 1 instance',
    'ms',
    pick((one) => one.untilBackupMs),
  )
  add(
    'test of a file (-t), 1 instance',
    'ms',
    pick((one) => one.testMs),
  )
  add(
    'test of a file (-t), 1,000 instances: more than for 1',
    'ms',
    pick((one) => one.testManyMs - one.testMs),
  )
}

async function costs(): Promise<void> {
  const counts = options.instances.split(',').map(Number)
  const most = Math.max(...counts)
  for (const count of counts)
    for (const [role, interval] of [
      ['master', '1'],
      ['backup', '1'],
      ['master', '0.1'],
      ['backup', '0.1'],
    ] as const) {
      if (interval === '0.1' && count < most) continue
      const what = `${count} instances, ${role}, advert_int ${interval}`
      const cost = await measureCosts(programs, count, interval, role, rounds, (text) => progress(`${what}: ${text}`))
      const pick = (of: (one: Cost) => readonly number[]): Record<Program, readonly number[]> => ({
        havipd: cost.havipd ? of(cost.havipd) : [],
        keepalived: cost.keepalived ? of(cost.keepalived) : [],
      })
      const changes = programs.map((program) => `${program} ${cost[program]?.changes ?? 0}`).join(', ')
      add(
        `${what}: processor`,
        '%',
        pick((one) => one.cpuPercent),
        `changes of state meanwhile: ${changes}`,
      )
      if (role !== 'master' || interval !== '1') continue
      add(
        `${count} instances: start until all are BACKUP`,
        'ms',
        pick((one) => [one.startMs]),
      )
      add(
        `${count} instances: from the first to the last takeover`,
        'ms',
        pick((one) => [one.spreadMs]),
      )
      add(
        `${count} instances: private memory of the daemon`,
        'kB',
        pick((one) => [one.daemonPrivateKb]),
      )
      add(
        `${count} instances: private memory, all processes`,
        'kB',
        pick((one) => [one.privateKb]),
      )
      add(
        `${count} instances: resident memory, all processes`,
        'kB',
        pick((one) => [one.residentKb]),
      )
    }
}

async function stress(): Promise<void> {
  const tutorial: PairKind = { version: 2, interval: '1', multicast: false }
  const group: PairKind = { version: 3, interval: '0.1', multicast: true }
  const quick: PairKind = { version: 3, interval: '0.01', multicast: false }
  const rate = Number(options['flood-rate'])
  const cases: readonly (readonly [what: string, measure: (program: Program) => Promise<Pressure>])[] = [
    ['flood 10 s, unicast v2, advert_int 1', (program) => measureFlood(program, tutorial, rate, 10)],
    ['flood 10 s, multicast v3, advert_int 0.1', (program) => measureFlood(program, group, rate, 10)],
    ['both processors busy 30 s, v3, advert_int 0.01', (program) => measureBusy(program, quick, 30)],
    ['backup frozen 5 s, unicast v2', (program) => measureFreeze(program, tutorial, 'backup', 5)],
    ['master frozen 5 s, unicast v2', (program) => measureFreeze(program, tutorial, 'master', 5)],
  ]
  for (const [what, measure] of cases) {
    const measured = byProgram<Pressure>()
    for (const program of programs) {
      progress(`${what}: ${program}`)
      measured[program].push(await measure(program))
    }
    const pick = (key: 'advertsPercent' | 'longestGap' | 'transitions' | 'cpuPercent'): Record<Program, number[]> => ({
      havipd: measured.havipd.map((one) => one[key]),
      keepalived: measured.keepalived.map((one) => one[key]),
    })
    const note = programs.map((program) => `${program}: ${measured[program][0]?.note}, ${measured[program][0]?.owners} owner(s)`).join('; ')
    add(`${what}: changes of state`, '', pick('transitions'), note)
    add(`${what}: adverts of those due`, '%', pick('advertsPercent'))
    add(`${what}: longest gap of the master`, 'int.', pick('longestGap'))
    add(`${what}: processor of a daemon`, '%', pick('cpuPercent'))
  }
}

const version = (await run(['keepalived', '-v'])).output.split('\n')[0] ?? ''
console.log(`havipd against ${version}; ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}; ${rounds} rounds: median (min–max)\n`)
console.log(`${''.padEnd(52)} ${'havipd'.padStart(22)} ${'keepalived'.padStart(22)} ${''.padEnd(4)} ${'ratio'.padStart(6)}`)
if (only.includes('start')) await starts()
if (only.includes('outage')) await outages()
if (only.includes('cost')) await costs()
if (only.includes('stress')) await stress()
mkdirSync(join(root, 'out'), { recursive: true })
writeFileSync(join(root, 'out', 'bench.json'), `${JSON.stringify({ peer: version, cores: cpus().length, rounds, rows }, undefined, 2)}\n`)
console.log(`\nfigures: out/bench.json`)
