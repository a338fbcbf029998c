// Health checks of LVS; recognised, not run (reference 2.10).
import { type BlockTable, block, flag, type Keyword, optional, value, word, words } from './keyword.ts'
import { checkTimes } from './lvs.ts'

const text = (name: string, meaning: string): Keyword => value(name, words('VALUE', 'a value'), '0.5', meaning)
const maybe = (name: string, meaning: string): Keyword => value(name, optional(words('VALUE', 'a value')), '0.5', meaning)

const common: readonly Keyword[] = [
  text('connect_ip', 'Address that is checked.'),
  text('connect_port', 'Port that is checked.'),
  text('bindto', 'Source address.'),
  text('bind_port', 'Source port.'),
  text('bind_if', 'Source interface.'),
  text('fwmark', 'Mark of its packets.'),
  ...checkTimes,
  maybe('log_all_failures', 'Logs each failure.'),
]

const url: BlockTable = {
  name: 'url',
  title: 'url',
  keywords: [
    text('path', 'What is asked for.'),
    text('digest', 'MD5 of the answer.'),
    text('status_code', 'Status of the answer.'),
    text('virtualhost', 'Host name.'),
    text('regex', 'Pattern that the answer matches.'),
    flag('regex_no_match', '2.0.0', 'The answer must not match.'),
    text('regex_options', 'Options of the pattern.'),
    text('regex_min_offset', 'Where matching begins.'),
    text('regex_max_offset', 'Where matching ends.'),
    text('regex_stack', 'Stack of the matcher.'),
    maybe('tls_compliant', 'Expects a proper end of TLS.'),
  ],
}

const http: readonly Keyword[] = [
  ...common,
  value('nb_get_retry', words('N', 'a number'), '0.5', 'How often a failed check is repeated.', { deprecated: 'retry' }),
  text('virtualhost', 'Host name.'),
  text('http_protocol', 'Version of HTTP.'),
  flag('enable_sni', '2.0.0', 'Sends the host name within TLS.'),
  text('sni_name', 'That name.'),
  maybe('fast_recovery', 'One success is enough.'),
  maybe('tls_compliant', 'Expects a proper end of TLS.'),
  block('url', 'url', [], '0.5', 'What is asked for and expected.'),
]

const check = (name: string, keywords: readonly Keyword[]): BlockTable => ({ name, title: name, keywords })

export const checkers: readonly BlockTable[] = [
  check('HTTP_GET', http),
  check('SSL_GET', http),
  check('TCP_CHECK', common),
  check('UDP_CHECK', [
    ...common,
    text('payload', 'What is sent.'),
    maybe('require_reply', 'Which answer is expected.'),
    text('min_reply_length', 'Least length of the answer.'),
    text('max_reply_length', 'Greatest length of the answer.'),
  ]),
  check('SMTP_CHECK', [...common, text('helo_name', 'What HELO says.'), block('host', 'host', [], '0.5', 'A further server.')]),
  check('host', common),
  check('DNS_CHECK', [...common, text('type', 'Record type.'), text('name', 'Name that is asked for.')]),
  check('MISC_CHECK', [
    ...common,
    value('misc_path', { name: 'SCRIPT', type: 'script' }, '0.5', 'Command.'),
    text('misc_timeout', 'How long it may take.'),
    flag('misc_dynamic', '1.1.0', 'Its exit status is a weight.'),
    value('user', [word('USER', 'an account'), optional(word('GROUP', 'a group'))], '1.3.0', 'Who runs it.'),
  ]),
  check('BFD_CHECK', [...common, text('name', 'Name of the session.')]),
  check('FILE_CHECK', [...common, text('track_file', 'Name of the file.'), text('weight', 'Weight.')]),
  check('PING_CHECK', common),
  url,
]
