// `vrrp_script`, `vrrp_track_process` and `track_file` (reference 2.5 to 2.7).
import { type BlockTable, decimal, flag, integer, optional, TIMER_MAX, value, word, words } from './keyword.ts'

const weight = (bound: number) => [word('N', `-${bound} to ${bound}`), optional(word('reverse', 'the word reverse'))] as const
const delay = decimal('SECONDS', 0.000001, 3600)

export const vrrpScript: BlockTable = {
  name: 'vrrp_script',
  title: 'vrrp_script NAME',
  keywords: [
    value('script', { name: 'SCRIPT [USER [GROUP]]', type: 'script', optional: true }, '1.1.13', 'The command; exit status 0 is success.'),
    value(
      'interval',
      decimal('SECONDS', 0, TIMER_MAX),
      '1.1.13',
      'Time between runs; 0 becomes 1; keepalived 2.2.7 takes whole seconds only.',
      { default: '1' },
    ),
    value('timeout', decimal('SECONDS', 0, TIMER_MAX), '1.2.6', 'How long a run may take; 0 becomes 1.', { default: 'interval' }),
    value(
      'weight',
      weight(253),
      '1.1.13',
      'Added to the priority on success, or taken from it on failure when negative; 0 = failure means FAULT.',
      { default: '0' },
    ),
    value('rise', integer('N', 1, 2_147_483_647), '1.1.18', 'Successes in a row that count as success.', { default: '1' }),
    value('fall', integer('N', 1, 2_147_483_647), '1.1.18', 'Failures in a row that count as failure.', { default: '1' }),
    value('user', [word('USER', 'an account'), optional(word('GROUP', 'a group'))], '1.3.0', 'Who runs it.', { default: 'script_user' }),
    flag('init_fail', '1.3.2', 'Counts as failed until it has succeeded.', { default: 'off' }),
  ],
}

export const vrrpTrackProcess: BlockTable = {
  name: 'vrrp_track_process',
  title: 'vrrp_track_process NAME',
  keywords: [
    value('process', words('COMMAND [PARAMETER…]', 'a command'), '2.0.11', 'The process by its name, or by command line and parameters.', {
      once: true,
    }),
    flag('full_command', '2.0.11', "Compares with the command line rather than the kernel's 15 characters.", {
      default: 'off; on with parameters',
    }),
    value(
      'param_match',
      optional(word('initial|partial', 'a way of comparing')),
      '2.0.16',
      'How parameters are compared; alone: there must be none.',
      { default: 'exact' },
    ),
    value('weight', weight(254), '2.0.11', 'Added to the priority while the quorum holds; 0 = otherwise FAULT.', {
      default: '0',
      lenient: true,
    }),
    value('quorum', integer('N', 1, 65_535), '2.0.11', 'How many have to run.', { default: '1' }),
    value('quorum_max', integer('N', 0, 65_535), '2.0.16', 'How many may run; 0 = it must not run.', { default: 'unlimited' }),
    value('delay', delay, '2.0.11', 'Sets both delays.'),
    value('fork_delay', delay, '2.0.16', 'How long a new process waits before it counts.', { default: '0' }),
    value('terminate_delay', delay, '2.0.16', 'How long an ended process goes on counting.', { default: '0' }),
  ],
}

export const trackFile: BlockTable = {
  name: 'track_file',
  title: 'track_file NAME',
  keywords: [
    value('file', word('PATH', 'a file'), '2.1.0', 'The file, watched; it holds a signed number.', { once: true, lenient: true }),
    value('weight', weight(254), '2.1.0', 'Multiplies the number; 0 = another number than 0 means FAULT.', { default: '1', lenient: true }),
    value(
      'init_file',
      [optional(word('VALUE', 'a number')), optional(word('overwrite', 'the word overwrite'))],
      '2.1.0',
      'Makes the file at start.',
      { default: '0' },
    ),
  ],
}
