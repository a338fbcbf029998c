// `bfd_instance` (reference 2.8).
import { address, type BlockTable, bool, decimal, flag, integer, optional, value, word } from './keyword.ts'

export const bfdInstance: BlockTable = {
  name: 'bfd_instance',
  title: 'bfd_instance NAME',
  keywords: [
    value('neighbor_ip', address('ADDRESS'), '2.0.0', 'The neighbour; required.'),
    value('neighbour_ip', address('ADDRESS'), '2.0.0', 'The neighbour; another spelling of neighbor_ip.'),
    value('source_ip', address('ADDRESS'), '2.0.0', 'Our own address.', { default: "the kernel's choice" }),
    value('min_rx', decimal('MILLISECONDS', 1, 4_294_967, 'ms'), '2.0.0', 'Least time between control packets we take.', { default: '10' }),
    value('min_tx', decimal('MILLISECONDS', 1, 4_294_967, 'ms'), '2.0.0', 'Least time between control packets we send.', { default: '10' }),
    value('idle_tx', decimal('MILLISECONDS', 1000, 4_294_967, 'ms'), '2.0.0', 'Time between control packets while the session is down.', {
      default: '1000',
    }),
    value('multiplier', integer('N', 1, 255), '2.0.0', 'How many missed packets end the session.', { default: '5' }),
    flag('passive', '2.0.0', 'Waits for the neighbour to begin.', { default: 'off' }),
    value('ttl', integer('N', 1, 255), '2.0.0', 'TTL of what we send, IPv4.', { default: '255' }),
    value('hoplimit', integer('N', 1, 255), '2.0.0', 'Hop limit of what we send, IPv6.', { default: '64' }),
    value('max_hops', integer('N', -1, 255), '2.0.0', 'How many hops the neighbour may be away; -1 = any.', { default: '0' }),
    bool('multihop', '2.2.8', 'UDP port 4784 instead of 3784.'),
    value(
      'weight',
      [word('N', '-253 to 253'), optional(word('reverse', 'the word reverse'))],
      '2.0.0',
      'Added to the priority while the session is up; 0 = otherwise FAULT.',
      { default: '0' },
    ),
    flag('vrrp', '2.0.0', 'VRRP only.', { default: 'both' }),
    flag('checker', '2.0.0', 'LVS checks only.', { default: 'both' }),
  ],
}
