// Which problems of a configuration let a daemon start, and how they read in its log.
import type { CommandConf, Configuration, Diagnostic } from '@havip/conf'

/** keepalived's F and X: it must not run. */
export const isFatal = (diagnostic: Diagnostic): boolean => diagnostic.consequence === 'refused' || diagnostic.consequence === 'aborted'

/** Anything that `-t` would complain about; `reload_check_config` makes these fatal too. */
export const isProblem = (diagnostic: Diagnostic): boolean => diagnostic.consequence !== 'note'

export const countSeverities = (diagnostics: readonly Diagnostic[]): { readonly errors: number; readonly warnings: number } => ({
  errors: diagnostics.filter((one) => one.severity === 'error').length,
  warnings: diagnostics.filter((one) => one.severity === 'warning').length,
})

/** One line for the log: `(/etc/keepalived/keepalived.conf: Line 12) message`. */
export function diagnosticLine({ at, message }: Diagnostic, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(at.file)
  const line = text === undefined ? undefined : text.slice(0, at.start).split('\n').length
  return line === undefined ? `(${at.file}) ${message}` : `(${at.file}: Line ${line}) ${message}`
}

/** Says of a script whether it is not to be run. */
export type DisabledScripts = (command: CommandConf) => boolean

const scriptFaults = new Set(['script-not-found', 'script-not-a-file', 'script-not-executable', 'user-not-found'])

/** Scripts that the checks found unusable; an unsafe path counts only with enable_script_security (keepalived). */
export function disabledScripts({ global }: Configuration, diagnostics: readonly Diagnostic[]): DisabledScripts {
  const places = new Set<string>()
  for (const { code, at } of diagnostics) {
    if (scriptFaults.has(code) || (code === 'unsafe-path' && global.scriptSecurity)) places.add(`${at.file}:${at.start}`)
  }
  return ({ at }) => places.has(`${at.file}:${at.start}`)
}
