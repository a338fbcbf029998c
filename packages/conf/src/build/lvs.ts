// LVS blocks: havip does not run them, but finds the mistakes that keepalived would report.
import { type Family, familyOf, parseIp } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import { type Field, type Fields, readFields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { CommandConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { type CheckReferences, readCheck } from './lvs-checks.ts'
import { isMark, readGroup, readPort, type ServerGroup } from './lvs-groups.ts'
import { INHIBITED_FLAGS, readMethod, SCHEDULERS } from './lvs-methods.ts'

const PROTOCOLS = new Set(['TCP', 'UDP', 'SCTP'])

type Target = {
  readonly kind: 'address' | 'fwmark' | 'group'
  /** Undefined: of its servers. */
  readonly family: Family | undefined
  readonly port: number
  readonly name: string
  readonly group: ServerGroup | undefined
}
type Server = {
  readonly address: string
  readonly port: number | undefined
  readonly method: string
  readonly weight: number
  readonly isInhibited: boolean
  readonly statement: Statement
}

/** What a virtual server may name. */
export type LvsReferences = CheckReferences & { readonly group: (name: string) => ServerGroup | undefined }

/** The groups of the whole file: a virtual server may stand before its own. */
export function readGroups(statements: readonly Statement[], findings: Findings): ReadonlyMap<string, ServerGroup> {
  const groups = new Map<string, ServerGroup>()
  for (const statement of statements) {
    const name = statement.words[1]?.text
    if (statement.keyword?.name === 'virtual_server_group' && name !== undefined) groups.set(name, readGroup(statement, findings))
  }
  return groups
}

/** @returns what keepalived would run for it. */
export function checkLvsBlock(statement: Statement, references: LvsReferences, findings: Findings): readonly CommandConf[] {
  switch (statement.keyword?.name) {
    case 'virtual_server':
      return checkVirtualServer(statement, references, findings)
    case 'SSL':
      checkCertificates(readFields(statement.block, 'SSL', findings), findings)
      return []
    default:
      return []
  }
}

function checkCertificates(fields: Fields, findings: Findings): void {
  for (const name of ['password', 'ca', 'certificate', 'key']) {
    const again = fields.all(name)[1]
    if (again) findings.warning('already-specified', again.at, `${name} is there already; the last one counts`)
  }
}

function checkVirtualServer(statement: Statement, references: LvsReferences, findings: Findings): readonly CommandConf[] {
  const fields = readFields(statement.block, 'virtual_server', findings)
  const read = readTarget(statement.words.slice(1), references, findings)
  if (!read) return []
  const target = withFamily(read, fields, findings)
  const { at } = statement
  checkOrder(statement.block?.statements ?? [], findings)
  checkWords(target, fields, findings)
  const method = methodOf(fields.all('lb_kind', 'lvs_method'), findings)
  const statements = fields.all('real_server').map((field) => field.statement)
  const commands: CommandConf[] = ['quorum_up', 'quorum_down'].flatMap((name) => fields.command(name) ?? [])
  const weight = fields.number('weight') ?? 1
  const servers = statements.flatMap((inner) => {
    const [server, scripts] = readServer(
      inner,
      { target, method: method ?? 'NAT', weight, isInhibited: fields.has('inhibit_on_failure') },
      references,
      findings,
    )
    commands.push(...scripts)
    return server ?? []
  })
  checkSorryServer(target, fields, servers, method ?? 'NAT', findings)
  if (servers.length === 0) {
    findings.error('no-real-server', at, `virtual server ${target.name} has no real servers; it is ignored`)
    return []
  }
  checkProtocol(target, fields, findings, at)
  if (!fields.all('lb_algo', 'lvs_sched').some(isKnownScheduler))
    findings.warning('no-scheduler', at, `virtual server ${target.name} has no lvs_sched; wlc is used`)
  if (method === undefined && !statements.every(({ block }) => block?.statements.some(({ keyword }) => keyword?.name === 'lvs_method')))
    findings.warning('no-method', at, `virtual server ${target.name} has no lvs_method; NAT is used`)
  checkServers(target, servers, findings)
  checkQuorum(target, servers, fields, findings, at)
  return commands
}

function readTarget(words: readonly Word[], references: LvsReferences, findings: Findings): Target | undefined {
  const [first, second] = words
  if (!first) return undefined
  const name = words.map(({ text }) => text).join(' ')
  const none = { family: undefined, port: 0, name, group: undefined }
  if (first.text === 'fwmark') {
    if (second && isMark(second.text)) return { ...none, kind: 'fwmark' }
    findings.error('bad-mark', second?.at ?? first.at, 'fwmark needs a number, 0 to 4294967295; the virtual server is skipped')
    return undefined
  }
  if (first.text === 'group') {
    const group = references.group(second?.text ?? '')
    if (group) return { ...none, kind: 'group', group }
    const message = `there is no virtual_server_group ${second?.text ?? ''}; the virtual server is skipped`
    findings.note('group-not-found', second?.at ?? first.at, message, [], 'warning')
    return undefined
  }
  const parsed = parseIp(first.text.replace(/[/-].*$/, ''))
  const port = second ? readPort(second.text) : 0
  if (parsed.ok && port !== undefined) return { ...none, kind: 'address', family: familyOf(parsed.value), port }
  reportPlace(parsed.ok ? (second as Word) : first, !parsed.ok, 'virtual server', findings)
  return undefined
}

const reportPlace = (wrong: Word, isAddress: boolean, what: string, findings: Findings): void =>
  findings.error(
    isAddress ? 'bad-address' : 'bad-port',
    wrong.at,
    `\`${wrong.text}\` is no ${isAddress ? 'address' : 'port'}; the ${what} is skipped`,
  )

/** `ip_family` says it for a mark; an address says it itself. */
function withFamily(target: Target, fields: Fields, findings: Findings): Target {
  const field = fields.last('ip_family')
  if (!field) return target
  const family = field.values[0] === 'inet6' ? 'ipv6' : 'ipv4'
  if (target.family === undefined) return { ...target, family }
  if (target.family !== family)
    findings.error('wrong-family', field.at, `ip_family ${field.values[0]} contradicts the virtual server's address; it is ignored`)
  return target
}

const isKnownScheduler = (field: Field): boolean => SCHEDULERS.has(String(field.values[0]))

/** What only counts behind something else. */
function checkOrder(statements: readonly Statement[], findings: Findings): void {
  let scheduler = ''
  let hasSorry = false
  for (const { keyword, words, at } of statements) {
    const name = keyword?.name ?? ''
    if (name === 'lb_algo' || name === 'lvs_sched') scheduler = words[1]?.text ?? ''
    else if (name === 'sorry_server') hasSorry = true
    else if (INHIBITED_FLAGS.test(name) && scheduler !== 'sh' && scheduler !== 'mh')
      findings.error('flag-without-scheduler', at, `${name} is for the schedulers sh and mh, which have to stand before it; it is ignored`)
    else if (name.startsWith('sorry_server_') && !hasSorry)
      findings.error('no-sorry-server', at, `${name} is for a sorry_server, which has to stand before it; it is ignored`)
  }
}

/** The last of these keywords that is one. */
function methodOf(fields: readonly Field[], findings: Findings): string | undefined {
  const methods = fields.flatMap(({ at, keyword, statement }) => {
    const method = readMethod(keyword.name, statement.words.slice(1), findings)
    return method === undefined ? [] : [{ method, at }]
  })
  return methods.sort((one, other) => one.at.start - other.at.start).at(-1)?.method
}

function checkWords(target: Target, fields: Fields, findings: Findings): void {
  for (const scheduler of fields.all('lb_algo', 'lvs_sched')) {
    if (!isKnownScheduler(scheduler))
      findings.error(
        'unknown-scheduler',
        scheduler.at,
        `\`${scheduler.values[0]}\` is no scheduler that the kernel comes with; wlc is used`,
      )
  }
  const persistence = fields.last('persistence_timeout')
  const text = persistence?.values[0]
  if (persistence && typeof text === 'string' && !(/^\+?[0-9]+$/.test(text) && Number(text) >= 1 && Number(text) <= 2_678_400))
    findings.error('bad-persistence', persistence.at, `\`${text}\` is no persistence time-out: 1 to 2678400 s; it is ignored`)
  const granularity = fields.last('persistence_granularity')
  const mask = String(granularity?.values[0])
  const isIpv6 = target.family === 'ipv6'
  const isMask = isIpv6 ? /^[0-9]{1,3}$/.test(mask) && Number(mask) >= 1 && Number(mask) <= 128 : parseIp(mask).ok && !mask.includes(':')
  if (granularity && !isMask) {
    const wanted = isIpv6 ? 'a prefix length' : 'a mask as 255.255.255.0'
    findings.error('bad-granularity', granularity.at, `\`${mask}\` is not ${wanted}; it is ignored`)
  }
  if (fields.has('ha_suspend') && target.kind !== 'address' && target.group?.isAddressed !== true)
    findings.warning('suspend-with-mark', fields.at('ha_suspend') as Span, 'a mark has no address to wait for; ha_suspend is cleared')
}

function checkProtocol(target: Target, fields: Fields, findings: Findings, at: Span): void {
  const protocol = fields.last('protocol')
  const text = fields.text('protocol')?.toUpperCase()
  const isKnown = text !== undefined && PROTOCOLS.has(text)
  const isMarked = target.kind === 'fwmark' || (target.group !== undefined && !target.group.isAddressed)
  if (protocol && !isKnown) findings.error('unknown-protocol', protocol.at, `\`${text}\` is no protocol: TCP, UDP or SCTP; it is ignored`)
  if (isMarked) {
    if (protocol)
      findings.warning('protocol-with-mark', protocol.at, 'a mark says already which packets are meant; the protocol is ignored')
    return
  }
  if (!isKnown) findings.warning('no-protocol', at, `virtual server ${target.name} has no protocol; UDP is used`)
  const ops = fields.at('ops')
  if (ops && isKnown && text !== 'UDP') findings.warning('ops-needs-udp', ops, 'ops is for UDP only; it is cleared')
  if (target.kind === 'address' && target.port === 0 && !fields.has('persistence_timeout')) {
    const message = `virtual server ${target.name}: port 0 is for persistent services only; persistence_timeout is set`
    findings.warning('port-0-needs-persistence', at, message)
  }
}

type Around = { readonly target: Target; readonly method: string; readonly weight: number; readonly isInhibited: boolean }

/** The server, unless it does not count, and what it would run. */
function readServer(
  statement: Statement,
  { target, method, weight, isInhibited }: Around,
  references: LvsReferences,
  findings: Findings,
): readonly [Server | undefined, readonly CommandConf[]] {
  const [, first, second] = statement.words
  const fields = readFields(statement.block, 'real_server', findings)
  const parsed = parseIp((first?.text ?? '').replace(/[/-].*$/, ''))
  const family = parsed.ok ? familyOf(parsed.value) : undefined
  const checks = (statement.block?.statements ?? []).filter(({ keyword }) => keyword?.form === 'block')
  const commands = [
    ...['notify_up', 'notify_down'].flatMap((name) => fields.command(name) ?? []),
    ...checks.flatMap((check) => readCheck(check, family, references, findings)),
  ]
  const port = second ? readPort(second.text) : undefined
  if (!first) return [undefined, []]
  if (!parsed.ok || (second && port === undefined)) {
    reportPlace(parsed.ok ? (second as Word) : first, !parsed.ok, 'real server', findings)
    return [undefined, []]
  }
  const own = methodOf(fields.all('lvs_method'), findings) ?? method
  if (target.family !== undefined && family !== target.family && own !== 'TUN') {
    findings.error('wrong-family', first.at, `real server ${first.text} is not of the virtual server's family; it is skipped`)
    return [undefined, []]
  }
  const server = {
    address: parsed.value,
    port,
    method: own,
    weight: fields.number('weight') ?? weight,
    isInhibited: fields.boolean('inhibit_on_failure') ?? isInhibited,
    statement,
  }
  return [server, commands]
}

function checkSorryServer(target: Target, fields: Fields, servers: readonly Server[], method: string, findings: Findings): void {
  const sorry = fields.last('sorry_server')
  if (!sorry) return
  const [, first, second] = sorry.statement.words as [Word, Word, Word | undefined]
  const parsed = parseIp(first.text.replace(/[/-].*$/, ''))
  const port = second ? readPort(second.text) : undefined
  if (!parsed.ok || (second && port === undefined)) {
    reportPlace(parsed.ok ? (second as Word) : first, !parsed.ok, 'sorry server', findings)
    return
  }
  const own = methodOf(fields.all('sorry_server_lvs_method'), findings) ?? method
  if (target.family !== undefined && familyOf(parsed.value) !== target.family && own !== 'TUN')
    findings.error('wrong-family', first.at, `sorry server ${first.text} is not of the virtual server's family; it is skipped`)
  if (port !== undefined && servers.length > 0) checkPort(target, port, own, sorry.statement, findings)
  const same = servers.find((server) => server.address === parsed.value && (server.port ?? target.port) === (port ?? target.port))
  if (same && same.isInhibited !== fields.has('sorry_server_inhibit')) {
    const message = `real server ${first.text} is the sorry server, too, and only one of both is inhibited on failure; both are`
    findings.warning('inhibit-differs', sorry.at, message, [{ at: same.statement.at, note: 'the real server' }])
  }
}

function checkServers(target: Target, servers: readonly Server[], findings: Findings): void {
  const seen = new Map<string, Server>()
  for (const server of servers) {
    if (server.port !== undefined) checkPort(target, server.port, server.method, server.statement, findings)
    const key = `${server.address} ${server.port ?? target.port}`
    const first = seen.get(key)
    if (first)
      findings.error('duplicate-real-server', server.statement.at, 'this real server is there already; it is removed', [
        { at: first.statement.at, note: 'the first one' },
      ])
    else seen.set(key, server)
  }
}

function checkQuorum(target: Target, servers: readonly Server[], fields: Fields, findings: Findings, place: Span): void {
  const wished = fields.number('quorum') ?? 1
  const total = servers.reduce((sum, { weight }) => sum + weight, 0)
  if (wished > total) {
    const message = `virtual server ${target.name}: the real servers weigh ${total} together, less than the quorum ${wished}; it is reduced`
    findings.warning('quorum-too-high', fields.at('quorum') ?? place, message)
  }
  const quorum = Math.min(wished, total)
  const hysteresis = fields.number('hysteresis') ?? 0
  if (hysteresis > 0 && hysteresis >= quorum)
    findings.warning(
      'hysteresis-too-high',
      fields.at('hysteresis') ?? place,
      `hysteresis ${hysteresis} has to be less than the quorum ${quorum}; it is reduced`,
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
