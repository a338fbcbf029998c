// Policies in RAM's JSON form: read strictly (what is not understood is refused, never skipped), and asked about one request.
import { fail, ipToBytes, ok, parseIp, type Result } from '@havip/base'

/** Patterns: `*` any text, `?` one character. */
export type Statement = {
  readonly effect: 'Allow' | 'Deny'
  /** Like `vpc:CreateHaVip`; letters match in either case. */
  readonly actions: readonly string[]
  /** True: the actions are those that do not match. */
  readonly notActions: boolean
  /** Like `acs:vpc:cn-hangzhou:1000000000000001:havip/havip-1`. */
  readonly resources: readonly string[]
  readonly notResources: boolean
  readonly conditions: readonly Condition[]
}
export type Condition = { readonly operator: Operator; readonly key: ConditionKey; readonly values: readonly string[] }
export type PolicyDocument = { readonly statements: readonly Statement[] }

const operators = [
  'IpAddress',
  'NotIpAddress',
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'Bool',
  'DateLessThan',
  'DateGreaterThan',
] as const
type Operator = (typeof operators)[number]
const operatorsOf = {
  'acs:SourceIp': ['IpAddress', 'NotIpAddress'],
  'acs:UserName': ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'],
  'acs:MFAPresent': ['Bool'],
  'acs:CurrentTime': ['DateLessThan', 'DateGreaterThan'],
} as const satisfies Readonly<Record<string, readonly Operator[]>>
type ConditionKey = keyof typeof operatorsOf

/** Facts of one request that conditions may ask for. */
export type PolicyFacts = {
  readonly sourceIp: string
  readonly userName: string
  readonly isSecondFactorProved: boolean
  readonly nowMs: number
}

export const documentLengthMax = 6144
const statementsMax = 50
const patternsMax = 100

/** @returns the document, or a sentence that says what is wrong with it */
export function parsePolicy(text: string): Result<PolicyDocument, string> {
  if (text.length > documentLengthMax) return fail(`it has more than ${documentLengthMax} characters`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return fail('it is not JSON')
  }
  if (!isObject(json)) return fail('it is not an object')
  const stranger = Object.keys(json).find((key) => key !== 'Version' && key !== 'Statement')
  if (stranger !== undefined) return fail(`${stranger.slice(0, 64)} is not known; Version and Statement are`)
  if (json.Version !== '1') return fail('Version has to be "1"')
  const list = Array.isArray(json.Statement) ? json.Statement : [json.Statement]
  if (list.length === 0 || list.length > statementsMax) return fail(`Statement has 1 to ${statementsMax} entries`)
  const statements: Statement[] = []
  for (const [index, entry] of list.entries()) {
    const statement = parseStatement(entry)
    if (!statement.ok) return fail(`statement ${index + 1}: ${statement.fault}`)
    statements.push(statement.value)
  }
  return ok({ statements })
}

const statementKeys = ['Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

function parseStatement(entry: unknown): Result<Statement, string> {
  if (!isObject(entry)) return fail('it is not an object')
  const stranger = Object.keys(entry).find((key) => !statementKeys.includes(key))
  if (stranger !== undefined) return fail(`${stranger.slice(0, 64)} is not known`)
  if (entry.Effect !== 'Allow' && entry.Effect !== 'Deny') return fail('Effect is Allow or Deny')
  const action = eitherList(entry, 'Action', 'NotAction', /^(\*|[a-z*?]+:[A-Za-z*?]+)$/)
  if (!action.ok) return action
  const resource = eitherList(entry, 'Resource', 'NotResource', /^(\*|acs:[^\s]{1,512})$/)
  if (!resource.ok) return resource
  const conditions = parseConditions(entry.Condition)
  if (!conditions.ok) return conditions
  return ok({
    effect: entry.Effect,
    actions: action.value.patterns,
    notActions: action.value.isNot,
    resources: resource.value.patterns,
    notResources: resource.value.isNot,
    conditions: conditions.value,
  })
}

type Patterns = { readonly patterns: readonly string[]; readonly isNot: boolean }

/** One of the two has to be there. */
function eitherList(entry: Record<string, unknown>, name: string, notName: string, form: RegExp): Result<Patterns, string> {
  if (name in entry === notName in entry) return fail(`either ${name} or ${notName} is needed`)
  const isNot = notName in entry
  const used = isNot ? notName : name
  const patterns = textList(entry[used])
  if (!patterns) return fail(`${used} is a text or a list of 1 to ${patternsMax} texts`)
  const wrong = patterns.find((pattern) => !form.test(pattern))
  return wrong === undefined ? ok({ patterns, isNot }) : fail(`${used} ${wrong.slice(0, 128)} is not understood`)
}

function parseConditions(given: unknown): Result<readonly Condition[], string> {
  if (given === undefined) return ok([])
  if (!isObject(given)) return fail('Condition is not an object')
  const conditions: Condition[] = []
  for (const [operator, keys] of Object.entries(given)) {
    if (!(operators as readonly string[]).includes(operator)) return fail(`the condition operator ${operator.slice(0, 64)} is not known`)
    if (!isObject(keys)) return fail(`${operator} is not an object`)
    for (const [key, value] of Object.entries(keys)) {
      const allowed: readonly string[] | undefined = Object.hasOwn(operatorsOf, key) ? operatorsOf[key as ConditionKey] : undefined
      if (!allowed) return fail(`the condition key ${key.slice(0, 64)} is not known`)
      if (!allowed.includes(operator)) return fail(`${operator} does not go with ${key}`)
      const values = textList(value)
      if (!values) return fail(`${key} is a text or a list of texts`)
      const wrong = values.find((one) => !isValueOf(key as ConditionKey, one))
      if (wrong !== undefined) return fail(`${key} ${wrong.slice(0, 64)} is not understood`)
      conditions.push({ operator: operator as Operator, key: key as ConditionKey, values })
    }
  }
  return ok(conditions)
}

function isValueOf(key: ConditionKey, value: string): boolean {
  switch (key) {
    case 'acs:SourceIp':
      return readBlock(value) !== undefined
    case 'acs:UserName':
      return value !== ''
    case 'acs:MFAPresent':
      return value === 'true' || value === 'false'
    case 'acs:CurrentTime':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function textList(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.length > 0 && list.length <= patternsMax && list.every((one): one is string => typeof one === 'string') ? list : undefined
}

export type Decision = 'allow' | 'deny' | 'silent'

/** What the documents say of one action on one resource: a Deny beats every Allow; `silent`: no statement speaks of it. */
export function decide(documents: readonly PolicyDocument[], action: string, resource: string, facts: PolicyFacts): Decision {
  let decision: Decision = 'silent'
  for (const { statements } of documents) {
    for (const statement of statements) {
      if (!speaksOf(statement, action, resource, facts)) continue
      if (statement.effect === 'Deny') return 'deny'
      decision = 'allow'
    }
  }
  return decision
}

/** Whether some Allow could match the action, on whatever resource: for a refusal before parameters are looked at. */
export const mayAllow = (documents: readonly PolicyDocument[], action: string): boolean =>
  documents.some(({ statements }) => statements.some((statement) => statement.effect === 'Allow' && matchesAction(statement, action)))

const matchesAction = ({ actions, notActions }: Statement, action: string): boolean =>
  actions.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase())) !== notActions

function speaksOf(statement: Statement, action: string, resource: string, facts: PolicyFacts): boolean {
  if (!matchesAction(statement, action)) return false
  if (statement.resources.some((pattern) => matchesPattern(pattern, resource)) === statement.notResources) return false
  return statement.conditions.every((condition) => holds(condition, facts))
}

function holds({ operator, values, key }: Condition, facts: PolicyFacts): boolean {
  switch (operator) {
    case 'IpAddress':
      return values.some((block) => isInBlock(facts.sourceIp, block))
    case 'NotIpAddress':
      return !values.some((block) => isInBlock(facts.sourceIp, block))
    case 'StringEquals':
      return values.includes(facts.userName)
    case 'StringNotEquals':
      return !values.includes(facts.userName)
    case 'StringLike':
      return values.some((pattern) => matchesPattern(pattern, facts.userName))
    case 'StringNotLike':
      return !values.some((pattern) => matchesPattern(pattern, facts.userName))
    case 'Bool':
      return values.includes(String(facts.isSecondFactorProved))
    case 'DateLessThan':
      return values.some((time) => facts.nowMs < Date.parse(time))
    case 'DateGreaterThan':
      return values.some((time) => facts.nowMs > Date.parse(time))
  }
  throw new TypeError(`${operator} of ${key} is not decided`)
}

/** `*` is any text, `?` one character. Linear in the text for each star: no pattern makes it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let mark = 0
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

type Block = { readonly bytes: Uint8Array; readonly prefix: number }

/** An address, or a block of either family: `192.0.2.0/24`, `2001:db8::/32`. */
function readBlock(text: string): Block | undefined {
  const [address, length, more] = text.split('/')
  const parsed = parseIp(address ?? '')
  if (!parsed.ok || more !== undefined) return undefined
  const bytes = ipToBytes(parsed.value)
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const prefix = length === undefined ? bytes.length * 8 : Number(length)
  return prefix <= bytes.length * 8 ? { bytes, prefix } : undefined
}

/** An IPv4 client of an IPv6 socket shows as ::ffff:a.b.c.d. */
const plainIp = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

function isInBlock(address: string, text: string): boolean {
  const block = readBlock(text)
  const parsed = parseIp(plainIp(address))
  if (!block || !parsed.ok) return false
  const bytes = ipToBytes(parsed.value)
  if (bytes.length !== block.bytes.length) return false
  for (let bit = 0; bit < block.prefix; bit++) {
    const mask = 128 >> (bit & 7)
    if (((bytes[bit >> 3] as number) & mask) !== ((block.bytes[bit >> 3] as number) & mask)) return false
  }
  return true
}
