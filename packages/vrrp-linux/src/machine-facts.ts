// What the configuration's checks ask of this machine, answered by its file system and account tables.
import { accessSync, constants, lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineFacts, PathFacts } from '@havip/conf'
import { RouteNames } from '@havip/vrrp-runtime'
import type { Host } from './port.ts'

export const machineFacts = (host: Host): MachineFacts => ({
  networkInterface: (name) => host.links().find((link) => link.name === name),
  account: (user, group) => {
    const found = host.lookUpUser(user, group)
    return found.ok ? { userId: found.value.uid, groupId: found.value.gid } : undefined
  },
  path: pathFacts,
  resolve: (path) => attempt(() => realpathSync(path)),
  lookUpCommand: (name) =>
    (process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin')
      .split(':')
      .map((directory) => join(directory, name))
      .find((path) => attempt(() => accessSync(path, constants.X_OK) ?? true)),
  routingNumber: (table, word, directories) => new RouteNames(host.files, directories).find(table, word),
  ownUserId: process.getuid?.() ?? 0,
})

function pathFacts(path: string): PathFacts {
  const status = attempt(() => lstatSync(path))
  if (!status) return { kind: 'missing' }
  const kind = status.isSymbolicLink() ? 'symbolic-link' : status.isDirectory() ? 'directory' : status.isFile() ? 'file' : 'other'
  return { kind, ownerId: status.uid, groupId: status.gid, mode: status.mode & 0o7777 }
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
