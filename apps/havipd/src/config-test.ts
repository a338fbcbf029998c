// `-t`: reads the configuration as the daemon would, against the real interfaces, prints every problem and says by the exit
// status what keepalived's would say. One difference on purpose: a file that does not exist fails.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { checkOnMachine, configTestStatus, formatDiagnostic, type ParsedConfiguration, pathTo } from '@havip/conf'
import { enterNamespace } from '@havip/linux'
import { createLinuxClock, createLinuxHost, machineFacts } from '@havip/vrrp-linux'
import { readEarly } from './early-configuration.ts'
import { namespacePath } from './namespace.ts'
import type { Settings } from './options.ts'

/** keepalived's: something is wrong, though nothing that keeps the daemon from running. */
const statusProblems = 5
const statusFatal = 1
/** Of `getent`. */
const hostNotFound = 2
/** The resolver's own patience, more or less: a test should end. */
const nameServiceTimeoutMs = 15_000
/** keepalived's: reading ended at a keyword without its argument. */
const statusMissing = 2

export function testConfiguration(settings: Settings, output: string | undefined): number {
  if (output !== undefined && !canWrite(output)) return statusFatal
  const clock = createLinuxClock()
  try {
    const told = settings.remarks.map((remark) => `${remark}\n`)
    const { diagnostics, texts, status } = check(settings, clock, told)
    const text = [...told, ...diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic, texts)}\n`)].join('')
    if (output === undefined) process.stderr.write(text)
    else writeFileSync(output, text)
    return status === 0 && settings.problems.length > 0 ? statusProblems : status
  } finally {
    clock.close()
  }
}

type Checked = Pick<ParsedConfiguration, 'diagnostics' | 'texts'> & { readonly status: number }

/** @param told gets what is to be said before the problems. */
function check(settings: Settings, clock: ReturnType<typeof createLinuxClock>, told: string[]): Checked {
  const parsed = readEarly(settings)
  const { texts } = parsed
  const name = settings.namespace ?? parsed.configuration.daemon.netNamespace
  const path = name === undefined ? undefined : namespacePath(name)
  if (path?.ok === false) {
    told.push(
      `${path.fault}. keepalived's test ends here and passes, and so does this one; what is said below comes from the files alone.\n`,
    )
    return { diagnostics: parsed.diagnostics, texts, status: endsBefore(parsed) ? statusMissing : 0 }
  }
  if (path?.ok) enterNamespace(path.value)
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const diagnostics = checkOnMachine(parsed, { ...machineFacts(host), knowsHost })
    return { diagnostics, texts, status: configTestStatus(diagnostics) }
  } finally {
    host.close()
  }
}

/** Asks as every program does, by the C library's own tool; a machine without it is not asked. */
const knowsHost = (name: string): boolean =>
  spawnSync('getent', ['ahosts', name], { stdio: 'ignore', timeout: nameServiceTimeoutMs }).status !== hostNotFound

/** Before it enters its namespace keepalived has read what stands outside of all blocks but global_defs. */
const endsBefore = ({ tree, diagnostics }: ParsedConfiguration): boolean =>
  diagnostics.some(({ consequence, at }) => {
    const [first] = pathTo(tree, at.file, at.start)
    return consequence === 'aborted' && (first?.keyword?.name === 'global_defs' || first?.keyword?.form === 'value')
  })

function canWrite(path: string): boolean {
  try {
    writeFileSync(path, '')
    return true
  } catch (error) {
    process.stderr.write(`Unable to open config-test log file: ${error instanceof Error ? error.message : String(error)}\n`)
    return false
  }
}
