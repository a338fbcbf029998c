// The health checks of a real server: what keepalived would report of each.
import { type Family, familyOf, type IpAddress, isLinkLocal } from '@havip/base'
import { type Field, type Fields, readFields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { CommandConf } from '../model.ts'
import type { Statement } from '../tree.ts'
import { withUser } from './command.ts'
import { checkBehindWeight } from './trackers.ts'

/** What checks may name, as far as it stands before them. */
export type CheckReferences = { readonly hasFile: (name: string) => boolean; readonly hasSession: (name: string) => boolean }

/** @returns what it would run. */
export function readCheck(
  statement: Statement,
  server: Family | undefined,
  references: CheckReferences,
  findings: Findings,
): readonly CommandConf[] {
  const fields = readFields(statement.block, statement.words[0]?.text ?? '', findings)
  checkPlace(statement, fields, server, findings)
  switch (statement.keyword?.name) {
    case 'HTTP_GET':
    case 'SSL_GET':
      checkUrls(statement, findings)
      return []
    case 'SMTP_CHECK':
      for (const { statement: host } of fields.all('host')) checkPlace(host, readFields(host.block, 'host', findings), server, findings)
      return []
    case 'UDP_CHECK':
      checkDatagrams(fields, findings)
      return []
    case 'DNS_CHECK':
      checkQuestion(fields, findings)
      return []
    case 'FILE_CHECK':
      checkReference(statement, fields.last('track_file'), references.hasFile, findings)
      checkWeights(fields, findings)
      return []
    case 'BFD_CHECK':
      checkReference(statement, fields.last('name'), references.hasSession, findings)
      return []
    case 'MISC_CHECK':
      return readMisc(statement, fields, findings)
    default:
      return []
  }
}

/** Both ends of a connection are of one family, and a link-local one is on a link. */
function checkPlace(statement: Statement, fields: Fields, server: Family | undefined, findings: Findings): void {
  const target = fields.address('connect_ip')
  const source = fields.address('bindto')
  const family = target === undefined ? server : familyOf(target)
  if (source !== undefined && family !== undefined && familyOf(source) !== family) {
    const at = fields.at('bindto') ?? statement.at
    findings.error('wrong-family', at, `bindto ${source} is not of the family of what is checked; it is ignored`)
  } else if ([target, source].some(isOnLink) && !fields.has('bind_if')) {
    findings.error(
      'link-local-without-interface',
      statement.at,
      'a link-local address is checked only with bind_if: it exists on every link',
    )
  }
}

const isOnLink = (address: IpAddress | undefined): boolean => address?.includes(':') === true && isLinkLocal(address)

function checkUrls(statement: Statement, findings: Findings): void {
  const name = statement.words[0]?.text ?? ''
  const urls = (statement.block?.statements ?? []).filter(({ keyword }) => keyword?.name === 'url')
  const usable = urls.filter((url) => {
    const fields = readFields(url.block, 'url', findings)
    checkAnswer(fields, findings)
    if (fields.has('path')) return true
    findings.error('check-incomplete', url.at, 'a url needs its path; it is ignored')
    return false
  })
  if (usable.length === 0) findings.error('check-incomplete', statement.at, `${name} needs a url; the check is ignored`)
}

function checkAnswer(fields: Fields, findings: Findings): void {
  const digests = new Set<string>()
  for (const { statement } of fields.all('digest')) {
    const word = statement.words[1]
    if (!word) continue
    if (!/^[0-9a-f]{32}$/i.test(word.text))
      findings.error('bad-digest', word.at, `\`${word.text}\` is no MD5: 32 hexadecimal digits; it is ignored`)
    else if (digests.has(word.text)) findings.warning('already-specified', word.at, 'this digest is there already')
    digests.add(word.text)
  }
  for (const { statement } of fields.all('status_code')) {
    for (const word of statement.words.slice(1)) {
      const match = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(word.text)
      if (match && Number(match[2] ?? match[1]) >= Number(match[1])) continue
      findings.error('bad-status-code', word.at, `\`${word.text}\` is no status of HTTP: 100 to 599, or a range as 200-299; it is ignored`)
    }
  }
}

function checkDatagrams(fields: Fields, findings: Findings): void {
  for (const name of ['payload', 'require_reply']) {
    const text = fields.all(name).flatMap(({ statement: { words } }) => words.slice(1))
    for (const word of text) {
      if (word.text.split(' ').every((part) => /^(0x)?$|^[0-9a-f]+$/i.test(part))) continue
      findings.error('bad-hex', word.at, `\`${word.text}\` is no string of hexadecimal digits; ${name} is ignored`)
    }
  }
  const least = fields.number('min_reply_length')
  const most = fields.number('max_reply_length')
  if (least === undefined || most === undefined || least <= most) return
  findings.warning(
    'length-impossible',
    (fields.last('max_reply_length') as Field).at,
    `no reply has ${least} bytes and more, and ${most} at most`,
  )
}

const RECORD_TYPES = ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY']

function checkQuestion(fields: Fields, findings: Findings): void {
  const type = fields.last('type')?.statement.words[1]
  if (type && !RECORD_TYPES.includes(type.text.toUpperCase()))
    findings.error('not-a-choice', type.at, `\`${type.text}\` is none of ${RECORD_TYPES.join(', ')}; it is ignored`)
  const name = fields.last('name')?.statement.words[1]
  if (name && /^\.[^.]|\.\./.test(name.text)) findings.error('bad-host-name', name.at, `\`${name.text}\` has an empty label; it is ignored`)
}

function checkReference(statement: Statement, field: Field | undefined, isKnown: (name: string) => boolean, findings: Findings): void {
  const name = statement.words[0]?.text ?? ''
  const word = field?.statement.words[1]
  if (!word) {
    const needed = statement.keyword?.name === 'FILE_CHECK' ? 'track_file' : 'name'
    findings.error('check-incomplete', statement.at, `${name} needs ${needed}; the check is ignored`)
  } else if (!isKnown(word.text)) {
    const what = statement.keyword?.name === 'FILE_CHECK' ? 'track_file' : 'bfd_instance'
    findings.error('check-target-not-found', word.at, `there is no ${what} ${word.text} before this line; the check is ignored`)
  }
}

function checkWeights(fields: Fields, findings: Findings): void {
  for (const { statement } of fields.all('weight')) checkBehindWeight(statement.words[2], findings)
}

function readMisc(statement: Statement, fields: Fields, findings: Findings): readonly CommandConf[] {
  const command = fields.command('misc_path')
  if (!command) {
    findings.error('check-incomplete', statement.at, 'MISC_CHECK needs misc_path; the check is ignored')
    return []
  }
  const user = fields.last('user')
  return [user ? withUser(command, user) : command]
}
