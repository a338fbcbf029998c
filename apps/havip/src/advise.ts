// `havip advise`: what another advert_int would mean on this network and machine, from what the running havipd has measured.
import { type Advice, adviceFor, type DaemonStatus, type InstanceStatus } from '@havip/vrrp-runtime'
import type { Command } from 'commander'
import { defaultSocket, readStatus } from './daemon-client.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

type Options = { readonly socket: string; readonly json?: boolean }

export function addAdviseCommand(program: Command): void {
  program
    .command('advise [instance]')
    .description('which advert_int this network allows: outage and false failovers for each, from measured loss and jitter (ask a BACKUP)')
    .option('--socket <path>', 'its status socket', defaultSocket)
    .option('--json', 'for programs')
    .action(async (name: string | undefined, options: Options) => {
      const status = await readStatus(options.socket)
      const chosen = status.instances.filter((instance) => name === undefined || instance.name === name)
      if (name !== undefined && chosen.length === 0)
        throw new UsageError(`no instance is called ${name}; there are: ${status.instances.map((one) => one.name).join(', ') || 'none'}`)
      const advices = chosen.map((instance) => ({ instance: instance.name, ...adviceFor(instance) }))
      console.log(
        options.json
          ? JSON.stringify(advices, undefined, 2)
          : chosen.map((instance, i) => formatAdvice(instance, advices[i] as Advice, status)).join('\n\n'),
      )
    })
}

export function formatAdvice(instance: InstanceStatus, advice: Advice, status: Pick<DaemonStatus, 'daemon'>): string {
  const { rhythm } = instance
  const { evidence, candidates, recommendedMs } = advice
  const measured = rhythm
    ? `${evidence.gaps} gaps between adverts of ${rhythm.from} (each ${seconds(rhythm.intervalMs)}), ${evidence.lost} lost, longest gap ${seconds(rhythm.longestGapMs)}, late by less than ${seconds(rhythm.lateness.at(-1)?.belowMs ?? 0)}`
    : 'no adverts of another router: ask the node where the instance is BACKUP'
  const rows = candidates.map((one) => [
    `${seconds(one.intervalMs)}${one.isCurrent ? ' *' : ''}`,
    `${seconds(one.outageMs.least)} to ${seconds(one.outageMs.most)}`,
    rhythm === undefined ? 'not known' : one.wouldHaveFailed ? 'seen: it would have happened' : rate(one.falseFailoversPerDay),
  ])
  const verdict =
    recommendedMs !== undefined
      ? `the shortest with at most one false failover a year: advert_int ${recommendedMs / 1000}`
      : evidence.isEnough
        ? 'none of these keeps false failovers below one a year on what was measured'
        : `too little evidence for advice: ${evidence.gaps} of ${evidence.gapsWanted} gaps wanted; the bounds below are loose because of it`
  return [
    `${instance.name}  ${verdict}`,
    `  measured: ${measured}; own scheduling delay at worst ${seconds(status.daemon.loop.lagWorstMs)}`,
    formatTable(
      ['  advert_int', 'outage at a power loss', 'false failovers, at most (95 %)'],
      rows.map(([first, ...rest]) => [`  ${first}`, ...rest]),
      '',
    ),
    '  * configured now. Losses are taken as independent; the master has to be able to send that often, too.',
  ].join('\n')
}

const seconds = (ms: number): string => (ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toFixed(2))} s`)

function rate(perDay: number): string {
  if (perDay >= 1) return `${perDay >= 100 ? Math.round(perDay) : perDay.toFixed(1)} a day`
  const perYear = perDay * 365
  if (perYear >= 1) return `${perYear.toFixed(1)} a year`
  return `one in ${perYear <= 0 ? 'ages' : `${Math.round(Math.min(1e6, 1 / perYear))} years`}`
}
