// The sync groups of a configuration: who is in which, and what a group's trackers are to its members.
import type { Configuration, InstanceConf, SyncGroupConf, TrackConf } from '@havip/conf'
import type { Clock, Host } from './host.ts'
import type { Notifier } from './notify.ts'
import type { VirtualRouter } from './router.ts'
import { SyncGroup } from './sync-group.ts'

/** Puts each router into its group, or out of one. What a group of the same name knew until now goes on. */
export function formGroups(
  confs: readonly SyncGroupConf[],
  routers: ReadonlyMap<string, VirtualRouter>,
  world: { readonly host: Host; readonly clock: Clock; readonly notifier: Notifier },
  before: readonly SyncGroup[],
): readonly SyncGroup[] {
  const grouped = new Set<VirtualRouter>()
  const groups = confs.flatMap((conf) => {
    const members = conf.members.flatMap(({ name }) => routers.get(name) ?? [])
    if (members.length === 0) return []
    const old = before.find((group) => group.conf.name === conf.name)
    const group = new SyncGroup(conf, members, world, old)
    for (const member of members) {
      member.group = group
      grouped.add(member)
    }
    return [group]
  })
  for (const router of routers.values()) if (!grouped.has(router)) router.group = undefined
  return groups
}

/** A group's trackers count for each of its members; where a member has the same one, the group's weight is used. */
export function withGroupTrackers(configuration: Configuration): Configuration {
  const { syncGroups } = configuration
  if (syncGroups.length === 0) return configuration
  const groupOf = new Map(syncGroups.flatMap((group) => group.members.map(({ name }) => [name, group] as const)))
  return { ...configuration, instances: configuration.instances.map((conf) => withTrackersOf(conf, groupOf.get(conf.name))) }
}

function withTrackersOf(conf: InstanceConf, group: SyncGroupConf | undefined): InstanceConf {
  if (!group) return conf
  const both = (own: readonly TrackConf[], shared: readonly TrackConf[]): readonly TrackConf[] =>
    shared.length === 0 ? own : [...own.filter(({ name }) => !shared.some((other) => other.name === name)), ...shared]
  return {
    ...conf,
    trackInterfaces: both(conf.trackInterfaces, group.trackInterfaces),
    trackScripts: both(conf.trackScripts, group.trackScripts),
    trackFiles: both(conf.trackFiles, group.trackFiles),
    trackProcesses: both(conf.trackProcesses, group.trackProcesses),
    trackBfd: both(conf.trackBfd, group.trackBfd),
  }
}
