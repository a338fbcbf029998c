// LVS: recognised so that their mistakes are found; havip does not run them (reference 2.10).
import {
  type BlockTable,
  block,
  bool,
  choice,
  decimal,
  flag,
  INT32_MAX,
  integer,
  type Keyword,
  lenient,
  optional,
  script,
  TIMER_MAX,
  UINT32_MAX,
  value,
  word,
  words,
} from './keyword.ts'

const text = (name: string, meaning: string): Keyword => value(name, word('VALUE', 'a word'), '0.5', meaning)
const number = (name: string, min: number, max: number, meaning: string): Keyword => value(name, integer('N', min, max), '0.5', meaning)
const time = (name: string, min: number, max: number, meaning: string): Keyword => value(name, decimal('SECONDS', min, max), '0.5', meaning)

/** Seconds that fit into 64 bits of microseconds. */
const LONG_MAX = 18_446_744_073_709.55
const LEAST = 0.000001

/** How often and how long; `retryMin` differs between servers and checks. */
const alpha = bool('alpha', '0.5', 'Counts as down until a check has succeeded.')

export const repetition = (retryMin: number): readonly Keyword[] => [
  number('retry', retryMin, UINT32_MAX, 'How often a failed check is repeated.'),
  time('delay_before_retry', 0, LONG_MAX, 'Time before a repetition.'),
  time('warmup', 0, LONG_MAX, 'Random delay of the first check.'),
  time('delay_loop', LEAST, LONG_MAX, 'Time between checks.'),
  alpha,
]

export const connectTimeout = time('connect_timeout', LEAST, TIMER_MAX, 'How long a connection may take.')

const ofServers: readonly Keyword[] = [
  ...repetition(1),
  connectTimeout,
  bool('smtp_alert', '0.5', 'Mail about real servers.'),
  { ...text('virtualhost', 'Host name of HTTP checks.'), lenient: true },
  { ...text('snmp_name', 'Name for SNMP.'), lenient: true, exact: true },
]

const CHECKS = [
  'HTTP_GET',
  'SSL_GET',
  'TCP_CHECK',
  'UDP_CHECK',
  'SMTP_CHECK',
  'DNS_CHECK',
  'MISC_CHECK',
  'BFD_CHECK',
  'FILE_CHECK',
  'PING_CHECK',
]

const ssl: BlockTable = {
  name: 'SSL',
  title: 'SSL',
  keywords: ['password', 'ca', 'certificate', 'key'].map((name) => ({
    ...text(name, 'Client certificate of HTTPS checks.'),
    lenient: true,
  })),
}

const method = value('lvs_method', words('NAT|DR|TUN [options]', 'a forwarding method'), '0.5', 'How packets are forwarded.')

const virtualServer: BlockTable = {
  name: 'virtual_server',
  title: 'virtual_server',
  keywords: lenient(
    [
      value('ip_family', choice('FAMILY', ['inet', 'inet6']), '1.2.5', 'Family of a mark’s virtual server.'),
      ...ofServers.filter((keyword) => keyword !== alpha),
      flag('alpha', '0.5', 'Counts as down until a check has succeeded.'),
      flag('inhibit_on_failure', '0.5', 'Sets the weight to 0 instead of removing a server.'),
      value('lb_algo', word('SCHEDULER', 'a scheduler'), '0.5', 'Scheduler.'),
      value('lvs_sched', word('SCHEDULER', 'a scheduler'), '0.5', 'Scheduler.'),
      ...['hashed', 'ops', 'flag-1', 'flag-2', 'flag-3', 'sh-port', 'sh-fallback', 'mh-port', 'mh-fallback'].map((name) =>
        flag(name, '1.2.5', 'A flag of the scheduler.'),
      ),
      { ...method, name: 'lb_kind' },
      method,
      value('persistence_engine', word('NAME', 'an engine', 15), '0.5', 'Persistence engine.'),
      value('persistence_timeout', optional(words('SECONDS', 'a time')), '0.5', 'How long a client stays with its server.'),
      text('persistence_granularity', 'Which clients count as one.'),
      text('protocol', 'TCP, UDP or SCTP.'),
      flag('ha_suspend', '0.6.0', 'Suspends checks while the address is absent.'),
      flag('omega', '0.5', 'Notifies at stop.'),
      script('quorum_up', '1.1.14', 'Runs when the quorum is reached.'),
      script('quorum_down', '1.1.14', 'Runs when the quorum is lost.'),
      number('quorum', 1, UINT32_MAX, 'Weight that has to be there.'),
      number('hysteresis', 0, UINT32_MAX, 'Distance between losing and gaining the quorum.'),
      number('weight', 1, INT32_MAX, 'Default weight of real servers.'),
      value('sorry_server', words('ADDRESS [PORT]', 'a server'), '0.5', 'Server for when all others are gone.'),
      flag('sorry_server_inhibit', '1.2.5', 'Inhibits instead of removing.'),
      { ...method, name: 'sorry_server_lvs_method' },
      block('real_server', 'real_server', [words('ADDRESS [PORT]', 'a server')], '0.5', 'A server behind the virtual one.'),
    ],
    ['sorry_server_lvs_method'],
  ),
}

const realServer: BlockTable = {
  name: 'real_server',
  title: 'real_server',
  keywords: [
    number('weight', 0, INT32_MAX, 'Its weight.'),
    method,
    number('uthreshold', 0, UINT32_MAX, 'Upper connection threshold.'),
    number('lthreshold', 0, UINT32_MAX, 'Lower connection threshold.'),
    bool('inhibit_on_failure', '0.5', 'Sets the weight to 0 instead of removing it.'),
    script('notify_up', '1.1.0', 'Runs when it comes up.'),
    script('notify_down', '1.1.0', 'Runs when it goes down.'),
    ...ofServers,
    ...CHECKS.map((name) => block(name, name, [], '0.5', 'A health check.')),
  ],
}

export const lvs: readonly BlockTable[] = [ssl, virtualServer, realServer]
