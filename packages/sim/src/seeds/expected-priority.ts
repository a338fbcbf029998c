// A priority after all trackers, reckoned from the configuration and from what the simulated machine really is: its links,
// its files, its programs, and what its scripts' runs were.
import type { Configuration, InstanceConf, TrackConf } from '@havip/conf'
import type { Machine } from '../machine.ts'
import type { ScriptVerdict } from './script-ledger.ts'

export type ExpectedPriority =
  | { readonly kind: 'priority'; readonly priority: number }
  | { readonly kind: 'fault' }
  /** A script of weight 0 has not answered yet, or nobody can tell. */
  | { readonly kind: 'open' }

export function expectedPriority(
  machine: Machine,
  configuration: Configuration,
  conf: InstanceConf,
  verdictOf: (script: string) => ScriptVerdict,
): ExpectedPriority {
  const group = configuration.syncGroups.find(({ members }) => members.some(({ name }) => name === conf.name))
  const both = (own: readonly TrackConf[], shared: readonly TrackConf[] | undefined): readonly TrackConf[] => [
    ...own.filter(({ name }) => !shared?.some((other) => other.name === name)),
    ...(shared ?? []),
  ]
  let sum = 0
  let isFaulty = machine.kernel.linkNamed(conf.interface ?? '')?.isUp === false
  let isOpen = false
  const add = (isGood: boolean, weight: number): void => {
    if (weight === 0 && !isGood) isFaulty = true
    if (isGood === weight > 0) sum += weight
  }
  for (const { name, weight } of both(conf.trackScripts, group?.trackScripts)) {
    const verdict = verdictOf(name)
    if (verdict === 'unknown' || (verdict === 'none' && (weight ?? 0) === 0)) isOpen = true
    else if (verdict !== 'none') add(verdict === 'good', weight ?? 0)
  }
  for (const { name, weight } of both(conf.trackInterfaces, group?.trackInterfaces)) {
    add(machine.kernel.linkNamed(name)?.isUp === true, weight ?? 0)
  }
  for (const { name, weight } of both(conf.trackProcesses, group?.trackProcesses)) {
    const program = configuration.processes.find((one) => one.name === name)
    const running = machine.runningPrograms().find(({ argv }) => argv.join(' ') === program?.argv.join(' '))
    add((running?.count ?? 0) >= (program?.quorum ?? 1), weight ?? 0)
  }
  for (const { name, weight } of both(conf.trackFiles, group?.trackFiles)) {
    const value = Number.parseInt(machine.files.get(configuration.files.find((one) => one.name === name)?.path ?? '') ?? '0', 10) || 0
    if ((weight ?? 0) === 0 ? value !== 0 : value * (weight ?? 0) <= -254) isFaulty = true
    else sum += Math.min(253, value * (weight ?? 0))
  }
  if (isOpen) return { kind: 'open' }
  if (isFaulty) return { kind: 'fault' }
  return { kind: 'priority', priority: conf.priority === 255 ? 255 : Math.max(1, Math.min(254, conf.priority + sum)) }
}
