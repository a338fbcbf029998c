// Health checks of LVS; recognised, not run (reference 2.10).
import {
  address,
  type BlockTable,
  block,
  bool,
  choice,
  flag,
  INT32_MAX,
  integer,
  type Keyword,
  lenient,
  networkInterface,
  optional,
  TIMER_SECONDS_MAX,
  UINT32_MAX,
  value,
  word,
  words,
} from './keyword.ts'
import { connectTimeout, repetition } from './lvs.ts'

const text = (name: string, meaning: string): Keyword => value(name, words('VALUE', 'a value'), '0.5', meaning)
const perhaps = (name: string, meaning: string): Keyword => value(name, optional(words('VALUE', 'a value')), '0.5', meaning)

const PORT_MAX = 65_535
const LENGTH_MAX = 65_535

/** Of checks that connect to something. */
const connecting: readonly Keyword[] = [
  value('connect_ip', address('ADDRESS'), '0.5', 'Address that is checked.'),
  value('connect_port', integer('PORT', 1, PORT_MAX), '0.5', 'Port that is checked.'),
  value('bindto', address('ADDRESS'), '0.5', 'Source address.'),
  value('bind_port', integer('PORT', 1, PORT_MAX), '0.5', 'Source port.'),
  value('bind_if', networkInterface(), '0.5', 'Source interface.'),
  value('fwmark', integer('MARK', 0, UINT32_MAX), '0.5', 'Mark of its packets.'),
  connectTimeout,
]
/** Of all checks. */
const repeating: readonly Keyword[] = [...repetition(0), bool('log_all_failures', '2.0.0', 'Logs each failure.')]
const common: readonly Keyword[] = [...connecting, ...repeating]

const url: BlockTable = {
  name: 'url',
  title: 'url',
  keywords: [
    text('path', 'What is asked for.'),
    text('digest', 'MD5 of the answer.'),
    perhaps('status_code', 'Status of the answer.'),
    { ...text('virtualhost', 'Host name.'), lenient: true },
    perhaps('regex', 'Pattern that the answer matches.'),
    flag('regex_no_match', '2.0.0', 'The answer must not match.'),
    perhaps('regex_options', 'Options of the pattern.'),
    perhaps('regex_min_offset', 'Where matching begins.'),
    perhaps('regex_max_offset', 'Where matching ends.'),
    perhaps('regex_stack', 'Stack of the matcher.'),
    perhaps('tls_compliant', 'Expects a proper end of TLS.'),
  ],
}

const http: readonly Keyword[] = lenient(
  [
    ...common,
    value('nb_get_retry', integer('N', 0, UINT32_MAX), '0.5', 'How often a failed check is repeated.', { deprecated: 'retry' }),
    text('virtualhost', 'Host name.'),
    value('http_protocol', choice('VERSION', ['1.0', '1.1', '1.0C'], true), '2.1.0', 'Version of HTTP.'),
    bool('enable_sni', '2.0.0', 'Sends the host name within TLS.'),
    text('sni_name', 'That name.'),
    bool('fast_recovery', '2.0.0', 'One success is enough.'),
    perhaps('tls_compliant', 'Expects a proper end of TLS.'),
    block('url', 'url', [], '0.5', 'What is asked for and expected.'),
  ],
  ['virtualhost', 'http_protocol', 'sni_name'],
)

const check = (name: string, keywords: readonly Keyword[]): BlockTable => ({ name, title: name, keywords })

export const checkers: readonly BlockTable[] = [
  check('HTTP_GET', http),
  check('SSL_GET', http),
  check('TCP_CHECK', common),
  check('UDP_CHECK', [
    ...common,
    { ...text('payload', 'What is sent.'), lenient: true },
    perhaps('require_reply', 'Which answer is expected.'),
    value('min_reply_length', integer('BYTES', 0, LENGTH_MAX), '2.1.0', 'Least length of the answer.'),
    value('max_reply_length', integer('BYTES', 0, LENGTH_MAX), '2.1.0', 'Greatest length of the answer.'),
  ]),
  check('SMTP_CHECK', [
    ...common,
    { ...text('helo_name', 'What HELO says.'), lenient: true },
    block('host', 'host', [], '0.5', 'A further server.'),
  ]),
  check('host', common),
  check('DNS_CHECK', [...common, text('type', 'Record type.'), { ...text('name', 'Name that is asked for.'), once: true }]),
  check('MISC_CHECK', [
    ...repeating,
    value('misc_path', { name: 'SCRIPT', type: 'script', optional: true }, '0.5', 'Command.'),
    value('misc_timeout', integer('SECONDS', 0, TIMER_SECONDS_MAX), '0.5', 'How long it may take.'),
    flag('misc_dynamic', '1.1.0', 'Its exit status is a weight.'),
    value('user', [word('USER', 'an account'), optional(word('GROUP', 'a group'))], '1.3.0', 'Who runs it.', { lenient: true }),
  ]),
  check('BFD_CHECK', [
    bool('alpha', '2.0.0', 'Counts as down until the session is up.'),
    { ...text('name', 'Name of the session.'), lenient: true, exact: true },
  ]),
  check('FILE_CHECK', [
    text('track_file', 'Name of the file.'),
    value('weight', [integer('N', -INT32_MAX, INT32_MAX), optional(word('reverse', 'the word reverse'))], '2.1.0', 'Weight.', {
      lenient: true,
    }),
  ]),
  check('PING_CHECK', common),
  url,
]
