// What the problems of a configuration mean for the process that found them (reference 1.9).
import type { Diagnostic } from './diagnostic.ts'

/** keepalived ranks this class lowest, so alone it gives 4; a warning beside it gives 5. */
const FATAL_ALONE = new Set(['static-without-interface', 'interface-unknown'])
/** An enforced include, or the file itself, could not be read. */
const UNREADABLE = /^(include-.*-enforced|file-.*)$/

/**
 * Exit status of `-t`: 0 clean, 2 a mandatory argument is missing, 4 only fatal problems, 5 any other error or warning,
 * 6 script security, or a file that had to be read. One difference from keepalived: a main file that does not exist is 6,
 * the status of its daemon, not 0.
 */
export function configTestStatus(diagnostics: readonly Diagnostic[]): 0 | 2 | 4 | 5 | 6 {
  const counted = diagnostics.filter(({ consequence }) => consequence !== 'note')
  if (counted.some(({ code }) => UNREADABLE.test(code))) return 6
  if (counted.some(({ consequence }) => consequence === 'aborted')) return 2
  if (counted.some(({ consequence }) => consequence === 'security')) return 6
  if (counted.length === 0) return 0
  return counted.every(({ code }) => FATAL_ALONE.has(code)) ? 4 : 5
}

/** Whether the daemon may start, or take this configuration at a reload. */
export const mayStart = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.every(({ consequence }) => consequence !== 'refused' && consequence !== 'aborted')
