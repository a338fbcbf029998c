// What only the machine can say: interfaces, accounts, scripts and their permissions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceWith } from '../test/check.ts'
import { configTestStatus } from './exit-status.ts'
import { checkOnMachine, type MachineFacts, type PathFacts } from './machine.ts'
import { parseText } from './parse.ts'

const directory: PathFacts = { kind: 'directory', ownerId: 0, groupId: 0, mode: 0o755 }
const program: PathFacts = { kind: 'file', ownerId: 0, groupId: 0, mode: 0o755 }

type World = {
  readonly paths?: Readonly<Record<string, PathFacts>>
  readonly links?: readonly string[]
  readonly users?: readonly string[]
}
const machine = ({ paths = {}, links = ['eth0', 'eth1'], users = [] }: World): MachineFacts => ({
  networkInterface: (name) => (links.includes(name) ? { isLoopback: name === 'lo', hasMulticast: true } : undefined),
  account: (user) => (users.includes(user) ? { userId: 1000, groupId: 1000 } : undefined),
  path: (path) => paths[path] ?? { kind: 'missing' },
  resolve: (path) => (paths[path] ? path : undefined),
  routingNumber: (table, word) => (/^[0-9]+$/.test(word) || (table === 'rt_tables' && word === 'main') ? 7 : undefined),
  lookUpCommand: (name) => (paths[`/bin/${name}`] ? `/bin/${name}` : undefined),
  ownUserId: 0,
})

const findings = (text: string, world: World): string[] => {
  const parsed = parseText(text)
  return checkOnMachine({ ...parsed, diagnostics: [] }, machine(world)).map(({ consequence, code, at }) => {
    return `${consequence} ${code} ${JSON.stringify(parsed.texts.get(at.file)?.slice(at.start, at.end))}`
  })
}

test('a missing interface stops the daemon, unless interfaces are dynamic', () => {
  assert.deepEqual(findings(instanceWith(''), { links: [] }), ['refused interface-not-found "VI"'])
  assert.deepEqual(findings(`global_defs {\ndynamic_interfaces\n}\n${instanceWith('')}`, { links: [] }), ['note interface-not-found "VI"'])
  assert.deepEqual(findings(instanceWith(''), {}), [])
})

test('a static address without any interface gives exit status 4', () => {
  const parsed = parseText('static_ipaddress {\n10.0.0.1\n}\n')
  const diagnostics = checkOnMachine({ ...parsed, diagnostics: [] }, machine({ links: [] }))
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['static-without-interface'],
  )
  assert.equal(configTestStatus(diagnostics), 4)
})

const notify = instanceWith('notify "/etc/n.sh x"')
const safe = { '/': directory, '/etc': directory, '/etc/n.sh': program }

test('a script that is there, executable and safe is fine', () => {
  assert.deepEqual(findings(notify, { paths: safe }), [])
})

test('a script that is missing or not executable is named', () => {
  assert.deepEqual(findings(notify, {}), ['note script-not-found "\\"/etc/n.sh x\\""'])
  const paths = { ...safe, '/etc/n.sh': { ...program, mode: 0o644 } as PathFacts }
  assert.deepEqual(findings(notify, { paths }), ['note script-not-executable "\\"/etc/n.sh x\\""'])
})

const tracking = `vrrp_script chk {\nscript "/etc/n.sh x"\n}\n${instanceWith('track_script {\nchk\n}')}`
/** Of `-t`. */
const statusOf = (text: string, world: World): number => configTestStatus(checkOnMachine(parseText(text), machine(world)))

test('a vrrp_script without its program is a problem, tracked or not', () => {
  assert.deepEqual(findings(tracking, {}), ['corrected script-not-found "\\"/etc/n.sh x\\""'])
  const unused = `vrrp_script chk {\nscript "/etc/n.sh x"\n}\n${instanceWith('')}`
  assert.deepEqual(findings(unused, {}), ['corrected script-not-found "\\"/etc/n.sh x\\""'])
})

test('the exit status is keepalived`s: no security is needed for scripts that are not there, nor asked for before the interfaces are', () => {
  assert.equal(statusOf(notify, { paths: safe }), 6)
  assert.equal(statusOf(notify, {}), 0)
  assert.equal(statusOf(tracking, { paths: safe }), 6)
  assert.equal(statusOf(tracking, {}), 5)
  assert.equal(statusOf(notify, { paths: safe, links: [] }), 5)
})

test('a script_user that does not exist is a problem also where no script is', () => {
  const text = `global_defs {\nscript_user bob\n}\n${instanceWith('')}`
  assert.deepEqual(findings(text, {}), ['corrected user-not-found "script_user bob"'])
  assert.deepEqual(findings(text, { users: ['bob'] }), [])
})

test('a script of root below a directory that others can write to is unsafe, and the message says how to mend it', () => {
  const paths = { ...safe, '/etc': { ...directory, mode: 0o777 } as PathFacts }
  assert.deepEqual(findings(notify, { paths }), ['security unsafe-path "\\"/etc/n.sh x\\""'])
  const [first] = checkOnMachine({ ...parseText(notify), diagnostics: [] }, machine({ paths }))
  assert.equal(
    first?.message,
    '/etc/n.sh runs as root, but /etc can be written to by everybody; it runs nevertheless; enable_script_security would refuse it. To mend it: chmod o-w /etc',
  )
})

test('a script of another user may be anywhere', () => {
  const paths = { ...safe, '/etc': { ...directory, mode: 0o777 } as PathFacts }
  assert.deepEqual(findings(instanceWith('notify /etc/n.sh bob'), { paths, users: ['bob'] }), [])
})

test('an argument taken for a user is explained; it is a problem only where the user has a statement of its own', () => {
  assert.deepEqual(findings(instanceWith('notify /etc/n.sh MASTER'), { paths: safe }), ['note user-not-found "/etc/n.sh"'])
  const script = (lines: string): string => `vrrp_script chk {\n${lines}\n}\n${instanceWith('track_script {\nchk\n}')}`
  assert.deepEqual(findings(script('script /etc/n.sh MASTER'), { paths: safe }), ['note user-not-found "/etc/n.sh"'])
  assert.deepEqual(findings(script('script /etc/n.sh\nuser MASTER'), { paths: safe }), ['corrected user-not-found "/etc/n.sh"'])
  assert.deepEqual(findings('global_defs {\nstartup_script /etc/n.sh MASTER\n}\n', { paths: safe }), [
    'corrected user-not-found "/etc/n.sh"',
  ])
})

test('with script security an unsafe script is a problem of the tracker that loses it, and told of a notification', () => {
  const paths = { ...safe, '/etc': { ...directory, mode: 0o777 } as PathFacts }
  const secure = (text: string): string => `global_defs {\nenable_script_security\nscript_user root\n}\n${text}`
  const world = { paths, users: ['root'] }
  const facts = { ...machine(world), account: () => ({ userId: 0, groupId: 0 }) }
  const status = (text: string): number => configTestStatus(checkOnMachine(parseText(secure(text)), facts))
  assert.equal(status(tracking), 5)
  assert.equal(status(notify), 0)
})

test('scripts of LVS need script security, too, also where an interface is missing; those that are not there do not', () => {
  const server = (line: string): string =>
    `virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n${line}\nreal_server 10.0.0.2 80 {\n}\n}\n`
  for (const line of ['quorum_up "/etc/n.sh x"', 'real_server 10.0.0.3 80 {\nMISC_CHECK {\nmisc_path /etc/n.sh\n}\n}']) {
    assert.equal(statusOf(server(line), { paths: safe }), 6, line)
    assert.equal(statusOf(server(line), {}), 0, line)
    assert.equal(statusOf(`${server(line)}${instanceWith('')}`, { paths: safe, links: [] }), 6, line)
  }
})

test('a FIFO script counts though its FIFO is not named; nothing of VRRP counts without an instance', () => {
  const fifo = 'global_defs {\nnotify_fifo_script /etc/n.sh\n}\n'
  assert.equal(statusOf(`${fifo}${instanceWith('')}`, { paths: safe }), 6)
  assert.equal(statusOf(fifo, { paths: safe }), 0)
  assert.equal(statusOf('vrrp_script chk {\nscript /etc/n.sh\n}\n', { paths: safe }), 0)
  assert.equal(statusOf('vrrp_script chk {\nscript /etc/n.sh\n}\n', {}), 0)
  assert.equal(statusOf('global_defs {\nstartup_script /etc/n.sh\n}\n', { paths: safe }), 6)
  // One that cannot be used is one, too.
  assert.equal(statusOf('vrrp_instance VI {\ninterface eth0\nnotify /etc/n.sh\n}\n', { paths: safe }), 6)
})

test('behind a block that is not closed nothing is worse than unknown', () => {
  const open = 'global_defs {\nrouter_id x\n'
  assert.equal(statusOf(`${open}${notify}`, { paths: safe }), 5)
  assert.equal(statusOf(`${open}vrrp_instance VI {\ninterface\n}\n`, {}), 5)
  assert.equal(statusOf('vrrp_instance VI {\ninterface\n', {}), 2)
})

test('the interfaces of rules, next hops and static routes have to be there, too', () => {
  const missing = (text: string): number => findings(text, {}).filter((line) => line.startsWith('refused interface-not-found')).length
  assert.equal(missing(instanceWith('virtual_rules {\nfrom 10.0.0.0/8 iif eth9 oif eth8 table 5 priority 4\n}')), 2)
  assert.equal(missing(instanceWith('virtual_routes {\n10.1.0.0/16 nexthop dev eth9 nexthop dev eth0\n}')), 1)
  assert.equal(missing('static_routes {\n10.1.0.0/16 dev eth9\n}\nstatic_rules {\nfrom 10.0.0.0/8 iif eth9 table 5 priority 4\n}\n'), 2)
})

test('a mail server that the name service does not know is a problem where it is asked', () => {
  const parsed = parseText('global_defs {\nsmtp_server mail.example.org\n}\n')
  const codes = (facts: MachineFacts): string[] => checkOnMachine({ ...parsed, diagnostics: [] }, facts).map(({ code }) => code)
  assert.deepEqual(codes(machine({})), [])
  assert.deepEqual(codes({ ...machine({}), knowsHost: () => true }), [])
  assert.deepEqual(codes({ ...machine({}), knowsHost: () => false }), ['mail-server-not-found'])
  const address = parseText('global_defs {\nsmtp_server 192.0.2.25\n}\n')
  assert.deepEqual(checkOnMachine(address, { ...machine({}), knowsHost: () => false }), [])
})

test('delays and polling of an interface that is not there are a matter of their own status', () => {
  assert.equal(statusOf('interface_up_down_delays {\neth9 1 1\n}\n', {}), 4)
  assert.equal(statusOf('linkbeat_interfaces {\neth9\n}\n', {}), 4)
  assert.equal(statusOf('linkbeat_interfaces {\neth0\n}\n', {}), 0)
})

const signed = instanceWith('auth_hmac {\nkey 1 file:/etc/key\nactive_key 1\n}')
test('a key file that is missing, or that others may read, is told', () => {
  const keyFile = (mode: number, ownerId = 0): World => ({ paths: { '/etc/key': { kind: 'file', ownerId, groupId: 0, mode } } })
  assert.deepEqual(findings(signed, {}), ['corrected key-file-missing "key 1 file:/etc/key"'])
  assert.deepEqual(findings(signed, keyFile(0o640)), ['security key-file-readable "key 1 file:/etc/key"'])
  assert.deepEqual(findings(signed, keyFile(0o600, 1000)), ['security key-file-readable "key 1 file:/etc/key"'])
  assert.deepEqual(findings(signed, keyFile(0o600)), [])
})

test('a name that the machine has no number for leaves the route or rule out, and -t says 5', () => {
  const routes = (line: string): string => instanceWith(`virtual_routes {\n10.1.0.0/16 dev eth0 ${line}\n}`)
  const rules = (line: string): string => instanceWith(`virtual_rules {\nfrom 10.1.0.0/16 priority 7 ${line}\n}`)
  const codes = (text: string): string[] => findings(text, {}).map((line) => line.split(' ').slice(0, 2).join(' '))
  for (const line of ['table none', 'protocol none no_track', 'scope none', 'realms none', 'realms 3/none', 'tos none']) {
    assert.deepEqual(codes(routes(line)), ['corrected routing-name-not-found'], line)
  }
  for (const line of ['table none', 'table 7 protocol none no_track', 'table 7 realms none', 'table 7 suppress_ifgroup none']) {
    assert.deepEqual(codes(rules(line)), ['corrected routing-name-not-found'], line)
  }
  for (const line of ['table main', 'table 7', 'table vrf:red', 'tos 1c', 'realms 3/4']) assert.deepEqual(codes(routes(line)), [], line)
  assert.deepEqual(findings(routes('table none'), {}), ['corrected routing-name-not-found "10.1.0.0/16 dev eth0 table none"'])
})
