// LVS: recognised so that their mistakes are found; havip does not run them (reference 2.10).
import { type BlockTable, block, choice, flag, type Keyword, optional, script, value, word, words } from './keyword.ts'

const text = (name: string, meaning: string): Keyword => value(name, word('VALUE', 'a word'), '0.5', meaning)
const maybe = (name: string, meaning: string): Keyword => value(name, optional(words('VALUE', 'a word')), '0.5', meaning)
const number = (name: string, meaning: string): Keyword => value(name, words('N', 'a number'), '0.5', meaning)

/** Of virtual servers, real servers and most checks. */
export const checkTimes: readonly Keyword[] = [
  number('retry', 'How often a failed check is repeated.'),
  number('delay_before_retry', 'Time before a repetition.'),
  number('warmup', 'Random delay of the first check.'),
  number('connect_timeout', 'How long a connection may take.'),
  number('delay_loop', 'Time between checks.'),
  maybe('alpha', 'Counts as down until a check has succeeded.'),
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
  keywords: ['password', 'ca', 'certificate', 'key'].map((name) => text(name, 'Client certificate of HTTPS checks.')),
}

const method = value('lvs_method', words('NAT|DR|TUN [options]', 'a forwarding method'), '0.5', 'How packets are forwarded.')

const virtualServer: BlockTable = {
  name: 'virtual_server',
  title: 'virtual_server',
  keywords: [
    value('ip_family', choice('FAMILY', ['inet', 'inet6']), '1.2.5', 'Family of a mark’s virtual server.'),
    ...checkTimes,
    maybe('inhibit_on_failure', 'Sets the weight to 0 instead of removing a server.'),
    value('lb_algo', word('SCHEDULER', 'a scheduler'), '0.5', 'Scheduler.'),
    value('lvs_sched', word('SCHEDULER', 'a scheduler'), '0.5', 'Scheduler.'),
    ...['hashed', 'ops', 'flag-1', 'flag-2', 'flag-3', 'sh-port', 'sh-fallback', 'mh-port', 'mh-fallback'].map((name) =>
      flag(name, '1.2.5', 'A flag of the scheduler.'),
    ),
    { ...method, name: 'lb_kind' },
    method,
    text('persistence_engine', 'Persistence engine.'),
    maybe('persistence_timeout', 'How long a client stays with its server.'),
    text('persistence_granularity', 'Which clients count as one.'),
    text('protocol', 'TCP, UDP or SCTP.'),
    flag('ha_suspend', '0.6.0', 'Suspends checks while the address is absent.'),
    maybe('smtp_alert', 'Mail about real servers.'),
    text('virtualhost', 'Host name of HTTP checks.'),
    text('snmp_name', 'Name for SNMP.'),
    maybe('omega', 'Notifies at stop.'),
    script('quorum_up', '1.1.14', 'Runs when the quorum is reached.'),
    script('quorum_down', '1.1.14', 'Runs when the quorum is lost.'),
    number('quorum', 'Weight that has to be there.'),
    number('hysteresis', 'Distance between losing and gaining the quorum.'),
    number('weight', 'Default weight of real servers.'),
    value('sorry_server', words('ADDRESS [PORT]', 'a server'), '0.5', 'Server for when all others are gone.'),
    flag('sorry_server_inhibit', '1.2.5', 'Inhibits instead of removing.'),
    { ...method, name: 'sorry_server_lvs_method' },
    block('real_server', 'real_server', [words('ADDRESS [PORT]', 'a server')], '0.5', 'A server behind the virtual one.'),
  ],
}

const realServer: BlockTable = {
  name: 'real_server',
  title: 'real_server',
  keywords: [
    number('weight', 'Its weight.'),
    method,
    number('uthreshold', 'Upper connection threshold.'),
    number('lthreshold', 'Lower connection threshold.'),
    maybe('inhibit_on_failure', 'Sets the weight to 0 instead of removing it.'),
    script('notify_up', '1.1.0', 'Runs when it comes up.'),
    script('notify_down', '1.1.0', 'Runs when it goes down.'),
    ...checkTimes,
    maybe('log_all_failures', 'Logs each failure of a check.'),
    maybe('smtp_alert', 'Mail about it.'),
    text('virtualhost', 'Host name of HTTP checks.'),
    text('snmp_name', 'Name for SNMP.'),
    ...CHECKS.map((name) => block(name, name, [], '0.5', 'A health check.')),
  ],
}

export const lvs: readonly BlockTable[] = [ssl, virtualServer, realServer]
