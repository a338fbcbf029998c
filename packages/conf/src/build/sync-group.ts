// `vrrp_sync_group`, and what membership does to an instance (reference 2.4 and 4.9).
import type { Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { InstanceConf, SyncGroupConf, TrackConf } from '../model.ts'
import type { Trackers } from './context.ts'
import { OWNER_PRIORITY } from './election.ts'
import type { InstanceDefaults } from './global.ts'
import { readNotify } from './instance.ts'
import { membersOf } from './small-blocks.ts'
import { readTrackBlock } from './track.ts'

export function buildSyncGroup(
  name: string,
  at: SyncGroupConf['at'],
  fields: Fields,
  trackers: Trackers,
  defaults: InstanceDefaults,
  findings: Findings,
): SyncGroupConf {
  const owner = { name, interface: undefined }
  return {
    name,
    at,
    members: membersOf(fields),
    trackInterfaces: readTrackBlock(fields, 'interface', owner, trackers, findings),
    trackScripts: readTrackBlock(fields, 'script', owner, trackers, findings),
    trackFiles: readTrackBlock(fields, 'file', owner, trackers, findings),
    trackProcesses: readTrackBlock(fields, 'process', owner, trackers, findings),
    trackBfd: readTrackBlock(fields, 'bfd', owner, trackers, findings),
    notify: readNotify(fields),
    smtpAlert: fields.boolean('smtp_alert') ?? defaults.smtpAlert,
    trackingWeight: fields.has('sync_group_tracking_weight') || fields.has('global_tracking'),
    notifyPriorityChanges: fields.boolean('notify_priority_changes') ?? false,
  }
}

/** Groups with the members they really have. */
export function resolveGroups(
  groups: readonly SyncGroupConf[],
  instances: readonly InstanceConf[],
  findings: Findings,
): readonly SyncGroupConf[] {
  const byName = new Map(instances.map((instance) => [instance.name, instance]))
  const taken = new Map<string, SyncGroupConf>()
  return groups.flatMap((group) => {
    const members = group.members.filter(({ name, at }) => {
      const other = taken.get(name)
      if (!byName.has(name)) findings.error('member-not-found', at, `(${group.name}) there is no vrrp_instance ${name}; it is ignored`)
      else if (other)
        findings.error('member-of-two', at, `(${group.name}) ${name} is in ${other.name} already; it is ignored here`, [
          { at: other.at, note: 'the other group' },
        ])
      else {
        taken.set(name, group)
        return true
      }
      return false
    })
    if (members.length === 0) {
      findings.error('empty-group', group.at, `the sync group ${group.name} has no members; it is removed`)
      return []
    }
    if (members.length === 1)
      findings.warning('group-of-one', group.at, `the sync group ${group.name} has one member only, which is probably not meant`)
    const owners = members.filter(({ name }) => byName.get(name)?.priority === OWNER_PRIORITY).length
    if (owners > 0 && owners < members.length) {
      findings.warning(
        'group-with-some-owners',
        group.at,
        `in the sync group ${group.name} some members own their addresses (priority 255) and others do not; this does not work`,
      )
    }
    return [{ ...group, members }]
  })
}

/** A member without `sync_group_tracking_weight` has no weights of its own, except those of track_process (keepalived). */
export function applyGroup(instance: InstanceConf, groups: readonly SyncGroupConf[], trackers: Trackers, findings: Findings): InstanceConf {
  const group = groups.find(({ members }) => members.some(({ name }) => name === instance.name))
  if (!group) return instance
  const notifyPriorityChanges = instance.notifyPriorityChanges || group.notifyPriorityChanges
  if (group.trackingWeight) return { ...instance, notifyPriorityChanges }
  const report = (entry: TrackConf, what: string): void =>
    findings.warning(
      'weight-in-group',
      entry.at,
      `(${instance.name}) is in the sync group ${group.name}, where members have no weights of their own: ${what}; sync_group_tracking_weight allows them`,
    )
  const unweighted = (list: readonly TrackConf[], known: ReadonlyMap<string, { readonly weight: number }>): readonly TrackConf[] =>
    list.filter((entry) => {
      if ((entry.weight ?? known.get(entry.name)?.weight ?? 0) === 0) return true
      report(entry, `${entry.name} is ignored`)
      return false
    })
  return {
    ...instance,
    notifyPriorityChanges,
    trackInterfaces: instance.trackInterfaces.map((entry) => {
      if ((entry.weight ?? 0) === 0) return entry
      report(entry, `the weight of ${entry.name} is 0`)
      return { ...entry, weight: 0 }
    }),
    trackScripts: unweighted(instance.trackScripts, trackers.script),
    trackBfd: unweighted(instance.trackBfd, trackers.bfd),
    trackFiles: unweighted(
      instance.trackFiles.map((entry) => {
        if (Math.abs(entry.weight ?? trackers.file.get(entry.name)?.weight ?? 1) !== 1) return entry
        report(entry, `the weight of ${entry.name} is 0`)
        return { ...entry, weight: 0 }
      }),
      trackers.file,
    ),
  }
}
