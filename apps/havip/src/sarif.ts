// Diagnostics as SARIF 2.1.0 (OASIS), for code scanning services and editors.
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Diagnostic, describeDiagnostic, diagnosticJson, type Span } from '@havip/conf'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

export type SarifOptions = { readonly version: string; readonly directory: string; readonly status: number }

/** One log with one run. Files below `directory` are named relative to it. */
export function sarifLog(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>, options: SarifOptions): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  const location = (at: Span, message?: string): object => {
    const { line, column, endLine, endColumn } = diagnosticJson({ ...PLACE, at }, texts)
    const isEmpty = line === endLine && column === endColumn
    return {
      physicalLocation: {
        artifactLocation: artifact(at.file, options.directory),
        region: { startLine: line, startColumn: column, ...(isEmpty ? {} : { endLine, endColumn }) },
      },
      ...(message === undefined ? {} : { message: { text: message } }),
    }
  }
  const results = diagnostics.map((one) => ({
    ruleId: one.code,
    ruleIndex: codes.indexOf(one.code),
    level: one.severity,
    message: { text: one.message },
    locations: [location(one.at)],
    ...(one.related.length === 0 ? {} : { relatedLocations: one.related.map(({ at, note }, id) => ({ id, ...location(at, note) })) }),
    properties: { consequence: one.consequence },
  }))
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'havip check', version: options.version, rules: codes.map(rule) } },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true, exitCode: options.status }],
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(options.directory).href.replace(/\/$/, '')}/` } },
        results,
      },
    ],
  }
}

const PLACE: Omit<Diagnostic, 'at'> = { code: '', severity: 'note', consequence: 'note', message: '', related: [] }

function rule(id: string): object {
  const { meaning, keepalived, mend } = describeDiagnostic(id)
  return {
    id,
    shortDescription: { text: meaning },
    fullDescription: { text: [meaning, keepalived, mend].filter((text) => text !== '').join(' ') },
  }
}

/** A relative reference is percent-encoded, slashes aside. */
function artifact(file: string, directory: string): object {
  const inside = relative(directory, file)
  if (inside.startsWith('..') || inside === '') return { uri: pathToFileURL(file).href }
  return { uri: inside.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' }
}
