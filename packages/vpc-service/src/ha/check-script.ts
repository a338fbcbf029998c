// The script by which a daemon checks its instance (track_script): which file that is, and how it is made to fail and to work
// again. The file is swapped for one that fails; what it was lies beside the test's name until it is put back.
import { fail, ok } from '@havip/base'
import { parseConfiguration, type SourceReader } from '@havip/conf'
import { type DaemonDocument, routerOf } from './daemon-statuses.ts'
import { shellQuoted } from './instance-scripts.ts'

export type CheckScript = {
  readonly name: string
  /** Words of its command line that may be the file: paths. */
  readonly paths: readonly string[]
  /** How long it may take until enough runs in a row have failed. */
  readonly failsWithinMs: number
}

/** The names of the scripts that the address's virtual router depends on. */
export const trackedScripts = (document: DaemonDocument, address: string): readonly string[] =>
  routerOf(document, address)?.trackers?.flatMap(({ kind, name }) => (kind === 'script' && name !== undefined ? [name] : [])) ?? []

/** The first of these scripts that the file itself (not one it includes) defines by a path. */
export function findCheckScript(text: string, path: string, names: readonly string[]): CheckScript | undefined {
  const reader: SourceReader = { read: (asked) => (asked === path ? ok(text) : fail({ kind: 'not-found' })), glob: () => [] }
  const { configuration } = parseConfiguration(reader, path, { hostName: 'instance' })
  for (const script of configuration.scripts) {
    if (!names.includes(script.name)) continue
    const paths = script.command.argv.filter((word) => word.startsWith('/'))
    const failsWithinMs = script.interval * (script.fall + 1) + script.timeout * script.fall
    if (paths.length > 0) return { name: script.name, paths, failsWithinMs }
  }
  return undefined
}

const folderOf = (test: string): string => `/var/lib/havip-test/${test}`

/** Programs of the system are read-only in an instance, so the first file that may be written is the check. Ends with 9 without one. */
export function breakScript(test: string, script: CheckScript): string {
  const folder = folderOf(test)
  return `set -e
for word in ${script.paths.map(shellQuoted).join(' ')}; do
  file=$(readlink -f "$word") || continue
  { [ -f "$file" ] && [ -w "$file" ]; } || continue
  mkdir -p ${folder}
  [ -e ${folder}/saved ] || cp -p "$file" ${folder}/saved
  printf %s "$file" > ${folder}/path
  cp -p "$file" "$file.failing"
  printf '#!/bin/sh\\nexit 1\\n' > "$file.failing"
  mv -f "$file.failing" "$file"
  exit 0
done
exit 9`
}

/** May be run at any time, and again. */
export function mendScript(test: string): string {
  const folder = folderOf(test)
  return `set -e
[ -e ${folder}/path ] || exit 0
file=$(cat ${folder}/path)
cp -p ${folder}/saved "$file.mended"
mv -f "$file.mended" "$file"
rm -rf ${folder} "$file.failing"
rmdir /var/lib/havip-test 2>/dev/null || true`
}
