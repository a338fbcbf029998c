// Network namespaces by name, as `ip netns` keeps them.
import { existsSync } from 'node:fs'
import { fail, ok, type Result } from '@havip/base'

/** The file to enter it by, or a sentence that says what is missing. */
export function namespacePath(name: string): Result<string, string> {
  const path = `/run/netns/${name}`
  return existsSync(path) ? ok(path) : fail(`There is no network namespace ${name}: \`ip netns add ${name}\` makes it`)
}
