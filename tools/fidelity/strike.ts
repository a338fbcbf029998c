// The faults that are made twice, for real and in the simulator: what each does to a node, how a scenario says the same, and
// which moment of the old owner's life decides about the outcome.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tutorialPair, vip } from '../../tests/system/configurations.ts'
import type { Node } from '../lab/segment.ts'

export type Fault = {
  readonly name: string
  /** As `havip simulate --fault` has it, without the time; n1 is the owner. Several are struck two seconds apart. */
  readonly simulated: readonly string[]
  /** Nobody watches over the daemon in the simulator. */
  readonly isUnguarded?: true
  /** The owner tracks a script: what follows counts from the run that fails. */
  readonly isOfScript?: true
}

export const faults: readonly Fault[] = [
  { name: 'power loss', simulated: ['power-loss n1'] },
  { name: 'interface down', simulated: ['link n1 eth0 down'] },
  { name: 'SIGTERM', simulated: ['stop n1'] },
  { name: 'tracked script fails', simulated: ['script health on n1 fails'], isOfScript: true },
  { name: 'planned switchover', simulated: ['switchover n1'] },
  { name: 'SIGKILL of the daemon', simulated: ['kill n1'] },
  { name: 'SIGKILL, three times', simulated: ['kill n1', 'kill n1', 'kill n1'] },
  { name: 'SIGKILL of the guard, too', simulated: ['kill n1'], isUnguarded: true },
  { name: 'SIGSTOP for good', simulated: ['freeze n1 for 1m'] },
  { name: 'address removed', simulated: [`address-removed n1 ${vip}`] },
  { name: 'reload, nothing changed', simulated: ['reload n1'] },
]

/** Between two strikes of one fault: the next spare stands by then. */
export const strikeEvery = 2000

export const healthFile = (node: Node): string => join(node.folder, 'healthy')
/** Where the script says when it first failed, in seconds since 1970. */
export const failureFile = (node: Node): string => join(node.folder, 'failed')

/** What the nodes are configured with; `folder` has the owner's script. */
export function configurationsFor(fault: Fault, interval: string, owner: Node): readonly [string, string] {
  const timing = interval === '1' ? {} : { version: 3 as const, interval }
  if (!fault.isOfScript) return tutorialPair(timing)
  const failed = failureFile(owner)
  const program = join(owner.folder, 'check.sh')
  writeFileSync(
    program,
    `#!/bin/bash\n[ -e ${healthFile(owner)} ] && exit 0\n[ -e ${failed} ] || echo $EPOCHREALTIME > ${failed}\nexit 1\n`,
    { mode: 0o755 },
  )
  writeFileSync(healthFile(owner), '')
  const script = `vrrp_script health {\n script ${program}\n interval 1\n fall 1\n user root\n}\n`
  const [one] = tutorialPair({ ...timing, extra: 'track_script {\n health\n }' })
  return [script + one, tutorialPair(timing)[1]]
}

export const breakHealth = (owner: Node): void => rmSync(healthFile(owner))
