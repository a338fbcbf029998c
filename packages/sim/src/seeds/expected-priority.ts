// A priority after all trackers, reckoned from the configuration and from what the simulated machine really is: its links,
// its files, its programs. Scripts are taken to succeed, so this counts in calm times only.
import type { Configuration, InstanceConf, TrackConf } from '@havip/conf'
import type { Machine } from '../machine.ts'

/** Undefined: it should be in FAULT. */
export function expectedPriority(machine: Machine, configuration: Configuration, conf: InstanceConf): number | undefined {
  const group = configuration.syncGroups.find(({ members }) => members.some(({ name }) => name === conf.name))
  const both = (own: readonly TrackConf[], shared: readonly TrackConf[] | undefined): readonly TrackConf[] => [
    ...own.filter(({ name }) => !shared?.some((other) => other.name === name)),
    ...(shared ?? []),
  ]
  let sum = 0
  let isFaulty = false
  const add = (isGood: boolean, weight: number): void => {
    if (weight === 0 && !isGood) isFaulty = true
    if (isGood === weight > 0) sum += weight
  }
  for (const { weight } of both(conf.trackScripts, group?.trackScripts)) add(true, weight ?? 0)
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
  if (isFaulty) return undefined
  return conf.priority === 255 ? 255 : Math.max(1, Math.min(254, conf.priority + sum))
}
