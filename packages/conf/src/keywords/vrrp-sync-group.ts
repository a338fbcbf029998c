// `vrrp_sync_group` (reference 2.4).
import { type BlockTable, bool, flag, script, wordList } from './keyword.ts'
import { trackBlocks } from './vrrp-instance.ts'

export const vrrpSyncGroup: BlockTable = {
  name: 'vrrp_sync_group',
  title: 'vrrp_sync_group NAME',
  keywords: [
    wordList('group', 'INSTANCE', '0.6.4', 'Its members.', { once: true }),
    ...trackBlocks.map((keyword) => ({ ...keyword, since: keyword.name === 'track_process' ? '2.0.11' : '2.0.0' })),
    script('notify_master', '0.6.4', 'Runs when the group becomes master.'),
    script('notify_backup', '0.6.4', 'Runs when the group becomes backup.'),
    script('notify_fault', '0.6.4', 'Runs when the group goes to FAULT.'),
    script('notify_stop', '2.0.0', 'Runs when the group stops.'),
    script('notify', '1.1.2', 'Runs at each change of state, with type, name, state and 0 appended.'),
    bool('smtp_alert', '1.0.0', 'Sends mail at changes of state.', { default: 'smtp_alert_vrrp, else smtp_alert' }),
    bool('notify_priority_changes', '2.2.0', 'Sets it on the members.'),
    flag('sync_group_tracking_weight', '2.0.0', 'Allows weighted trackers on members.', { default: 'off' }),
    flag('global_tracking', '1.2.3', 'Former name of sync_group_tracking_weight.', { deprecated: 'sync_group_tracking_weight' }),
  ],
}
