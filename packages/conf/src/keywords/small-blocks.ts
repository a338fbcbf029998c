// `garp_group` and `track_group` (reference 2.9).
import { type BlockTable, decimal, INT32_MAX, networkInterface, value, wordList } from './keyword.ts'

const gap = decimal('SECONDS', 0, INT32_MAX / 1_000_000)

export const garpGroup: BlockTable = {
  name: 'garp_group',
  title: 'garp_group',
  keywords: [
    value('garp_interval', gap, '1.2.21', 'Gap between gratuitous ARPs; 0 = none.'),
    value('gna_interval', gap, '1.2.21', 'Gap between unsolicited neighbour advertisements; 0 = none.'),
    value('interface', networkInterface(), '1.2.21', 'The interface.'),
    wordList('interfaces', 'INTERFACE', '1.2.21', 'Interfaces that share the gap.'),
  ],
}

export const trackGroup: BlockTable = {
  name: 'track_group',
  title: 'track_group NAME',
  keywords: [wordList('group', 'INSTANCE', '2.0.3', 'Its members.', { once: true })],
}
