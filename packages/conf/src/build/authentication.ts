// `authentication` and `auth_hmac` of an instance (reference 4.5).
import { type Milliseconds, seconds } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import { type Fields, readFields } from '../fields.ts'
import type { AuthHmacConf, HmacKeyConf, InstanceConf } from '../model.ts'
import type { InstanceContext } from './context.ts'

type Authentication = InstanceConf['authentication']

const NONE: Authentication = { kind: 'none' }
const PASSWORD_BYTES = 8
const KEY_BYTES_MIN = 32
const KEY_BYTES_MAX = 64
const TIME_WINDOW_MAX = 300

const blocksOf = (context: InstanceContext, name: string): Fields | undefined => {
  const list = context.fields.all(name)
  if (list.length === 0) return undefined
  const all = list.map(({ statement }) => statement.block).filter((block) => block !== undefined)
  const merged = {
    ...(all[0] ?? { table: name, open: undefined, close: undefined }),
    statements: all.flatMap(({ statements }) => statements),
  }
  return readFields({ ...merged, table: name }, name, context.findings)
}

/** The words as they stand; what the version and strict mode make of them comes later. */
export function readAuthentication(context: InstanceContext): Authentication {
  const { findings, name, family } = context
  const fields = blocksOf(context, 'authentication')
  if (!fields) return NONE
  const type = fields.last('auth_type')
  const pass = fields.last('auth_pass')
  const password = pass ? cutPassword(String(pass.values[0]), context, pass.at) : ''
  if (!type) {
    if (pass)
      findings.note(
        'password-without-type',
        pass.at,
        `(${name}) auth_pass without auth_type is ignored: adverts carry no password; write \`auth_type PASS\``,
        [],
        'warning',
      )
    return NONE
  }
  const kind = type.values[0] === 'PASS' ? 'pass' : type.values[0] === 'AH' ? 'ah' : undefined
  if (kind === undefined) {
    findings.error(
      'unknown-authentication',
      type.at,
      `(${name}) \`${type.values[0]}\` is no authentication type: PASS or AH; adverts carry no password`,
    )
    return NONE
  }
  if (password === '') {
    findings.error('type-without-password', type.at, `(${name}) auth_type ${type.values[0]} needs auth_pass; authentication is dropped`)
    return NONE
  }
  if (kind === 'ah' && family === 'ipv6') {
    findings.error('ah-with-ipv6', type.at, `(${name}) AH is for IPv4 only; authentication is dropped`)
    return NONE
  }
  return { kind, password }
}

function cutPassword(text: string, { findings, name }: InstanceContext, at: Span): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= PASSWORD_BYTES) return text
  const message = `(${name}) a password has ${PASSWORD_BYTES} bytes and this one ${bytes.length}; the rest is cut off, so that a peer with another ending matches, too`
  findings.warning('password-too-long', at, message)
  let cut = text
  while (new TextEncoder().encode(cut).length > PASSWORD_BYTES) cut = cut.slice(0, -1)
  return cut
}

/** Version 3 has no authentication, nor has strict mode. */
export function allowedAuthentication(read: Authentication, version: 2 | 3, hasHmac: boolean, context: InstanceContext): Authentication {
  const { findings, fields, name, isStrict, at } = context
  if (read.kind === 'none') return read
  const place = fields.at('authentication') ?? at
  const why = isStrict
    ? 'strict mode has none'
    : version === 3
      ? 'VRRP version 3 has none'
      : hasHmac
        ? 'auth_hmac takes its place'
        : undefined
  if (why === undefined) return read
  findings.error('authentication-dropped', place, `(${name}) authentication is dropped: ${why}`)
  return NONE
}

export function readAuthHmac(context: InstanceContext, interval: Milliseconds): AuthHmacConf | undefined {
  const { findings, name, isStrict } = context
  const fields = blocksOf(context, 'auth_hmac')
  const place = context.fields.at('auth_hmac')
  if (!fields || !place) return undefined
  const keys = readKeys(fields, context)
  const activeKey = fields.number('active_key')
  if (activeKey === undefined || !keys.some(({ id }) => id === activeKey)) {
    const what = activeKey === undefined ? 'there is no active_key' : `active_key ${activeKey} is not defined`
    findings.error('no-active-key', fields.at('active_key') ?? place, `(${name}) ${what}; auth_hmac is dropped and adverts are not signed`)
    return undefined
  }
  const mode = (fields.text('mode') ?? 'enforce') as AuthHmacConf['mode']
  if (isStrict && mode !== 'enforce')
    findings.warning('strict-hmac', fields.at('mode') ?? place, `(${name}) in strict mode \`mode\` is enforce`)
  return {
    keys,
    activeKey,
    antiReplay: (fields.text('anti_replay') ?? 'time') as AuthHmacConf['antiReplay'],
    timeWindow: fields.seconds('time_window') ?? seconds(Math.min(TIME_WINDOW_MAX, Math.max((3 * interval) / 1000, 5))),
    mode: isStrict ? 'enforce' : mode,
  }
}

function readKeys(fields: Fields, { findings, name }: InstanceContext): readonly HmacKeyConf[] {
  const keys: HmacKeyConf[] = []
  for (const field of fields.all('key')) {
    const id = field.values[0] as number
    const first = keys.find((key) => key.id === id)
    if (first) {
      findings.error('duplicate-key', field.at, `(${name}) key ${id} is there already; this one is ignored`, [
        { at: first.at, note: 'the first one' },
      ])
      continue
    }
    const secret = readSecret(String(field.values[1]))
    if (typeof secret === 'string') findings.error('bad-key', field.at, `(${name}) key ${id} is dropped: ${secret}`)
    else keys.push({ id, secret, at: field.at })
  }
  return keys
}

/** The secret, or what is wrong with it. */
function readSecret(text: string): HmacKeyConf['secret'] | string {
  if (text.startsWith('file:')) return text.length > 5 ? { kind: 'file', path: text.slice(5) } : 'there is no path after file:'
  const bytes = text.startsWith('hex:') ? bytesOfHex(text.slice(4)) : new TextEncoder().encode(text)
  if (!bytes) return 'after hex: come pairs of hexadecimal digits'
  if (bytes.length >= KEY_BYTES_MIN && bytes.length <= KEY_BYTES_MAX) return { kind: 'bytes', bytes }
  return `a key has ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes and this one ${bytes.length}`
}

function bytesOfHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined
  return Uint8Array.from({ length: text.length / 2 }, (_, index) => Number.parseInt(text.slice(2 * index, 2 * index + 2), 16))
}
