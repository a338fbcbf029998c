// LVS blocks: havip does not run them, but finds the mistakes that keepalived would report.
import { type Family, familyOf, parseIp } from '@havip/base'
import { type Fields, readFields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'

const SCHEDULERS = new Set(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq', 'twos', 'lb'])
const METHODS = new Set(['NAT', 'DR', 'TUN'])
const PROTOCOLS = new Set(['TCP', 'UDP', 'SCTP'])

type Target = {
  readonly kind: 'address' | 'fwmark' | 'group'
  readonly family: Family | undefined
  readonly port: number
  readonly name: string
}
type Server = {
  readonly family: Family
  readonly port: number | undefined
  readonly method: string
  readonly weight: number
  readonly statement: Statement
}

export function checkLvsBlock(statement: Statement, findings: Findings): void {
  const name = statement.keyword?.name
  if (name === 'virtual_server_group') checkGroup(statement, findings)
  else if (name === 'virtual_server') checkVirtualServer(statement, findings)
  else checkForm(statement, findings)
}

/** By the keyword tables alone, block by block. */
function checkForm(statement: Statement, findings: Findings): Fields {
  const fields = readFields(statement.block, statement.words[0]?.text ?? '', findings)
  for (const inner of statement.block?.statements ?? []) {
    if (inner.keyword?.form !== 'block') continue
    const below = checkForm(inner, findings)
    checkChecker(inner, below, findings)
  }
  return fields
}

function checkChecker(statement: Statement, fields: Fields, findings: Findings): void {
  const name = statement.keyword?.name
  const needed = name === 'MISC_CHECK' ? 'misc_path' : name === 'FILE_CHECK' ? 'track_file' : name === 'BFD_CHECK' ? 'name' : undefined
  if (needed === undefined || fields.has(needed)) return
  findings.error('check-incomplete', statement.at, `${name} needs ${needed}; the check is ignored`)
}

function checkGroup(statement: Statement, findings: Findings): void {
  const name = statement.words[1]?.text ?? ''
  const entries = statement.block?.statements ?? []
  for (const entry of entries) {
    const [first, second] = entry.words as [Word, Word | undefined]
    if (first.text === 'fwmark') {
      if (!second || !/^[0-9]+$/.test(second.text)) findings.error('bad-mark', entry.at, 'fwmark needs a number; the entry is ignored')
      continue
    }
    const [from, to] = first.text.split('-')
    const parsed = parseIp((from as string).split('/')[0] as string)
    const isRange = to === undefined || /^([0-9]{1,3}|[0-9a-f]{1,4})$/i.test(to) || parseIp(to).ok
    if (!parsed.ok || !isRange) {
      findings.error('bad-address', first.at, `(${name}) \`${first.text}\` is no address and no range of addresses; the entry is ignored`)
    } else if (second && readPort(second.text) === undefined) {
      findings.error('bad-port', second.at, `(${name}) \`${second.text}\` is no port; the entry is ignored`)
    }
  }
  if (entries.length === 0) findings.error('empty-list', statement.at, `virtual_server_group ${name} has no entries; it is removed`)
}

const readPort = (text: string): number | undefined => (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined)

function readTarget(words: readonly Word[], findings: Findings): Target | undefined {
  const [first, second] = words
  if (!first) return undefined
  const name = words.map(({ text }) => text).join(' ')
  if (first.text === 'fwmark') return { kind: 'fwmark', family: undefined, port: 0, name }
  if (first.text === 'group') return { kind: 'group', family: undefined, port: 0, name }
  const parsed = parseIp(first.text)
  const port = second ? readPort(second.text) : 0
  if (parsed.ok && port !== undefined) return { kind: 'address', family: familyOf(parsed.value), port, name }
  const wrong = parsed.ok ? (second as Word) : first
  findings.error(
    parsed.ok ? 'bad-port' : 'bad-address',
    wrong.at,
    `\`${wrong.text}\` is no ${parsed.ok ? 'port' : 'address'}; the virtual server is skipped`,
  )
  return undefined
}

function checkVirtualServer(statement: Statement, findings: Findings): void {
  const fields = checkForm(statement, findings)
  const target = readTarget(statement.words.slice(1), findings)
  if (!target) return
  const at = statement.at
  checkProtocol(target, fields, findings, statement)
  checkWords(fields, findings)
  const method = fields.text('lb_kind') ?? fields.text('lvs_method')
  if (!fields.has('lb_algo') && !fields.has('lvs_sched'))
    findings.warning('no-scheduler', at, `virtual server ${target.name} has no lvs_sched; wlc is used`)
  const servers = (statement.block?.statements ?? []).flatMap((inner) =>
    inner.keyword?.name === 'real_server' ? (readServer(inner, target, method ?? 'NAT', findings) ?? []) : [],
  )
  if (
    method === undefined &&
    !servers.every(({ statement: { block } }) => block?.statements.some(({ keyword }) => keyword?.name === 'lvs_method'))
  ) {
    findings.warning('no-method', at, `virtual server ${target.name} has no lvs_method; NAT is used`)
  }
  const sorry = fields.last('sorry_server')
  if (servers.length === 0) {
    findings.error('no-real-server', at, `virtual server ${target.name} has no real servers; it is ignored`)
    return
  }
  checkQuorum(target, servers, fields, findings)
  const sorryPort = sorry ? readPort(sorry.statement.words[2]?.text ?? '') : undefined
  if (sorry && sorryPort !== undefined)
    checkPort(target, sorryPort, fields.text('sorry_server_lvs_method') ?? method ?? 'NAT', sorry.statement, findings)
  for (const server of servers) if (server.port !== undefined) checkPort(target, server.port, server.method, server.statement, findings)
}

function checkProtocol(target: Target, fields: Fields, findings: Findings, statement: Statement): void {
  const protocol = fields.last('protocol')
  const text = fields.text('protocol')?.toUpperCase()
  if (protocol && text !== undefined && !PROTOCOLS.has(text))
    findings.error('unknown-protocol', protocol.at, `\`${text}\` is no protocol: TCP, UDP or SCTP; it is ignored`)
  if (target.kind === 'fwmark' && protocol)
    findings.warning('protocol-with-mark', protocol.at, 'a mark says already which packets are meant; the protocol is ignored')
  if (target.kind !== 'address') return
  if (text === undefined || !PROTOCOLS.has(text))
    findings.warning('no-protocol', statement.at, `virtual server ${target.name} has no protocol; UDP is used`)
  if (target.port === 0 && !fields.has('persistence_timeout')) {
    findings.warning(
      'port-0-needs-persistence',
      statement.at,
      `virtual server ${target.name}: port 0 is for persistent services only; persistence_timeout is set`,
    )
  }
}

function checkWords(fields: Fields, findings: Findings): void {
  const scheduler = fields.last('lb_algo', 'lvs_sched')
  if (scheduler && !SCHEDULERS.has(String(scheduler.values[0]))) {
    findings.error('unknown-scheduler', scheduler.at, `\`${scheduler.values[0]}\` is no scheduler that the kernel comes with; wlc is used`)
  }
  const method = fields.last('lb_kind', 'lvs_method')
  if (method && !METHODS.has(String(method.values[0])))
    findings.error('unknown-method', method.at, `\`${method.values[0]}\` is no forwarding method: NAT, DR or TUN; it is ignored`)
  const persistence = fields.last('persistence_timeout')
  const text = persistence?.values[0]
  if (persistence && typeof text === 'string' && !(/^[0-9]+$/.test(text) && Number(text) >= 1 && Number(text) <= 2_678_400)) {
    findings.error('bad-persistence', persistence.at, `\`${text}\` is no persistence time-out: 1 to 2678400 s; it is ignored`)
  }
  const inhibit = fields.last('inhibit_on_failure')
  const value = inhibit?.values[0]
  if (inhibit && typeof value === 'string' && !['true', 'on', 'yes', 'false', 'off', 'no'].includes(value)) {
    findings.error('not-a-switch', inhibit.at, `\`${value}\` is no switch; inhibit_on_failure is ignored`)
  }
}

function readServer(statement: Statement, target: Target, method: string, findings: Findings): Server | undefined {
  const [, first, second] = statement.words
  if (!first) return undefined
  const parsed = parseIp(first.text)
  const port = second ? readPort(second.text) : undefined
  if (!parsed.ok || (second && port === undefined)) {
    const wrong = parsed.ok ? (second as Word) : first
    findings.error(
      parsed.ok ? 'bad-port' : 'bad-address',
      wrong.at,
      `\`${wrong.text}\` is no ${parsed.ok ? 'port' : 'address'}; the real server is skipped`,
    )
    return undefined
  }
  const wordAfter = (name: string): string | undefined =>
    statement.block?.statements.filter(({ keyword }) => keyword?.name === name).at(-1)?.words[1]?.text
  const own = wordAfter('lvs_method') ?? method
  const family = familyOf(parsed.value)
  if (target.family !== undefined && family !== target.family && own !== 'TUN') {
    findings.error('wrong-family', first.at, `real server ${first.text} is not of the virtual server's family; it is skipped`)
    return undefined
  }
  return { family, port, method: own, weight: Number(wordAfter('weight') ?? 1) || 0, statement }
}

function checkQuorum(target: Target, servers: readonly Server[], fields: Fields, findings: Findings): void {
  const field = fields.last('quorum')
  const quorum = Number(field?.values[0] ?? 1)
  const total = servers.reduce((sum, { weight }) => sum + weight, 0)
  if (!field || !(quorum > total)) return
  findings.warning(
    'quorum-too-high',
    field.at,
    `virtual server ${target.name}: the real servers weigh ${total} together, less than the quorum ${quorum}; it is reduced`,
  )
}

/** Only NAT can change the port of a packet. */
function checkPort(target: Target, port: number, method: string, statement: Statement, findings: Findings): void {
  if (method === 'NAT' || port === 0) return
  if (target.kind === 'fwmark')
    findings.warning('port-with-mark', statement.at, `with ${method} a server of a mark has no port of its own; it is cleared`)
  else if (target.kind === 'address' && port !== target.port) {
    findings.warning(
      'port-differs',
      statement.at,
      `with ${method} the port cannot change from ${target.port} to ${port}; ${target.port} is used`,
    )
  }
}
