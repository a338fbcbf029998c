// `webhook`: ours. A block at the top level, so that keepalived, which says of each line that it knows no such keyword, runs all the rest.
import { webhookUrlLengthMax } from '@havip/base'
import { type BlockTable, value, word, words } from './keyword.ts'

/** What may be asked for by name in `events`. */
export const webhookEventKinds = [
  'transition',
  'priority',
  'remark',
  'goodbye',
  'refused',
  'fault',
  'late',
  'group',
  'guard',
  'bfd',
] as const
export type WebhookEventKind = (typeof webhookEventKinds)[number]

export const webhook: BlockTable = {
  name: 'webhook',
  title: 'webhook NAME',
  keywords: [
    value('url', word('URL', 'an address', webhookUrlLengthMax), 'havip', 'Where events are sent to by POST: http or https.'),
    value('secret_file', word('FILE', 'a path'), 'havip', 'The text in it signs each delivery; only its owner may be able to read it.', {
      default: 'deliveries are not signed',
    }),
    value('ca_file', word('FILE', 'a path'), 'havip', 'Certificates (PEM) that vouch for an https receiver.', {
      default: "the system's",
    }),
    value(
      'events',
      words('KIND…', 'kinds of events'),
      'havip',
      `What is sent: \`all\`, or some of ${webhookEventKinds.map((kind) => `\`${kind}\``).join(', ')}.`,
      { default: 'transition' },
    ),
    value('state_file', word('FILE', 'a path'), 'havip', 'Keeps how far the receiver has come, over restarts.', {
      default: '/var/lib/havip/webhook[_NAMESPACE][_INSTANCE]_NAME.json',
    }),
  ],
}
