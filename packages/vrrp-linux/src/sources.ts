// Configuration files on disk.
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fail, ok, type Result } from '@havip/base'
import type { SourceFault, SourceReader } from '@havip/conf'

/** Far above any real configuration: a mistaken path must not fill the memory. */
const bytesMax = 64 << 20
const executeBits = 0o111
/** A byte order mark is text as any other here, as it is for keepalived. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export const diskSources: SourceReader = { read: readSource, glob: globSources }

function readSource(path: string): Result<string, SourceFault> {
  try {
    // Non-blocking, so that a FIFO by that name cannot hold us up.
    const fd = openSync(path, 0o4000)
    try {
      const status = fstatSync(fd)
      if (!status.isFile()) return fail({ kind: 'not-a-file' })
      if (status.mode & executeBits) return fail({ kind: 'executable' })
      if (status.size > bytesMax) return fail({ kind: 'too-large', bytes: status.size })
      return ok(decoder.decode(readFileSync(fd)))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return fail(code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'not-found' } : { kind: 'not-readable', detail: message })
  }
}

/** As glob(3): `*` and `?` stop at slashes and skip names with a leading dot; matches are sorted by byte. */
function globSources(pattern: string): readonly string[] {
  let found: string[] = ['/']
  const segments = pattern.split('/').filter((segment) => segment !== '')
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    found = found.flatMap((directory) => matchesIn(directory, segment)).filter((path) => exists(path, isLast))
  }
  return segments.length === 0 ? [] : found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function matchesIn(directory: string, segment: string): string[] {
  const join = (name: string): string => (directory === '/' ? `/${name}` : `${directory}/${name}`)
  if (!/[*?[\\]/.test(segment)) return [join(segment)]
  const matcher = segmentMatcher(segment)
  try {
    const showsHidden = segment.startsWith('.')
    return readdirSync(directory)
      .filter((name) => (showsHidden || !name.startsWith('.')) && matcher.test(name))
      .map(join)
  } catch {
    return []
  }
}

function exists(path: string, isLast: boolean): boolean {
  const status = statSync(path, { throwIfNoEntry: false })
  return status !== undefined && (isLast || status.isDirectory())
}

/** One path segment as a regular expression: `*`, `?`, `[a-z]`, `[!a-z]`, and backslash for the next character. */
function segmentMatcher(segment: string): RegExp {
  let source = ''
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i] as string
    const closing = char === '[' ? segment.indexOf(']', i + (/[!^]/.test(segment[i + 1] ?? '') ? 3 : 2)) : -1
    if (char === '*') source += '.*'
    else if (char === '?') source += '.'
    else if (closing > 0) {
      const body = segment.slice(i + 1, closing).replace(/[\\\]]/g, '\\$&')
      source += /^[!^]/.test(body) ? `[^${body.slice(1)}]` : `[${body}]`
      i = closing
    } else {
      const literal = char === '\\' && i + 1 < segment.length ? (segment[++i] as string) : char
      source += literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    }
  }
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    // A range such as [z-a]: matches nothing.
    return /^(?!)$/
  }
}
