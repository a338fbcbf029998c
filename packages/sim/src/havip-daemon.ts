// The real daemon, as a factory for simulated machines.
import type { MachineFacts } from '@havip/conf'
import { createDaemon, type Host } from '@havip/vrrp-runtime'
import type { DaemonFactory } from './daemon.ts'

export const havipDaemon: DaemonFactory = (host, clock, { configFile, pid, onEntry, succession }) => {
  const daemon = createDaemon(host, clock, {
    configFile,
    checksAllIncludes: false,
    env: {},
    machine: factsOf(host),
    release: 'simulated',
    pid,
    logsDetail: true,
    keepsAddresses: false,
    ...(succession ? { succession } : {}),
  })
  daemon.onEvent(onEntry)
  return daemon.start().ok ? daemon : undefined
}

/** A machine that was prepared for the file: its scripts are there, root's and executable, and so are its accounts. */
function factsOf(host: Host): MachineFacts {
  return {
    networkInterface: (name) => host.links().find((link) => link.name === name),
    account: (user, group) => {
      const found = host.lookUpUser(user, group)
      return found.ok ? { userId: found.value.uid, groupId: found.value.gid } : undefined
    },
    path: () => ({ kind: 'file', ownerId: 0, groupId: 0, mode: 0o755 }),
    resolve: (path) => path,
    lookUpCommand: (name) => `/usr/bin/${name}`,
    // Whatever the file names, the machine has.
    routingNumber: () => 0,
    ownUserId: 0,
  }
}
