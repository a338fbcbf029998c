// `webhook NAME` as a model. One that could not be delivered anywhere is left out, and said.
import { webhookUrl } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import type { Field, Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import { type WebhookEventKind, webhookEventKinds } from '../keywords/webhook.ts'
import type { WebhookConf } from '../model.ts'
import { suggestion } from '../suggestion.ts'

/** Each is a connection to the daemon. */
const webhooksMax = 8
/** Part of a file's name and of a header. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** @param others how many there are already. */
export function buildWebhook(
  { name, at }: { name: string; at: Span },
  fields: Fields,
  others: number,
  findings: Findings,
): WebhookConf | undefined {
  const isNamed = checkName(name, at, findings)
  const url = readUrl(name, at, fields.last('url'), findings)
  const files = readFiles(name, fields, findings)
  const events = readKinds(fields.last('events'), findings)
  if (!isNamed || url === undefined || !files) return undefined
  if (others >= webhooksMax) {
    findings.error('too-many-webhooks', at, `there are ${webhooksMax} webhooks already; ${name} is removed`)
    return undefined
  }
  if (!files.secretFile) findings.note('webhook-not-signed', at, `webhook ${name} has no secret_file: its receiver cannot tell who sends`)
  return { name, url, ...files, events, at }
}

function checkName(name: string, at: Span, findings: Findings): boolean {
  if (namePattern.test(name)) return true
  const message = `\`${name}\` is no name for a webhook: up to 64 letters, digits, dots, dashes and underscores; it is removed`
  findings.error('webhook-name', at, message)
  return false
}

function readUrl(name: string, at: Span, written: Field | undefined, findings: Findings): string | undefined {
  if (!written) {
    findings.error('webhook-without-url', at, `webhook ${name} has no url; it is removed`)
    return undefined
  }
  const url = webhookUrl(String(written.values[0]))
  if (url.ok) return url.value
  findings.error('webhook-url', written.at, `webhook ${name} is removed, its url does not do: ${url.fault}`)
  return undefined
}

type Files = Pick<WebhookConf, 'secretFile' | 'caFile' | 'stateFile'>

/** Undefined where one is no place: the daemon works in another directory than whoever wrote it, and without its secret nothing shall be sent. */
function readFiles(name: string, fields: Fields, findings: Findings): Files | undefined {
  const files = [fields.last('secret_file'), fields.last('ca_file'), fields.last('state_file')]
  const relative = files.filter((field) => field !== undefined && !String(field.values[0]).startsWith('/'))
  for (const field of relative) {
    if (field)
      findings.error('relative-path', field.at, `${field.keyword.name} needs a path that begins with /; webhook ${name} is removed`)
  }
  const [secretFile, caFile, stateFile] = files.map((field) => field && { path: String(field.values[0]), at: field.at })
  return relative.length > 0 ? undefined : { secretFile, caFile, stateFile }
}

function readKinds(field: Field | undefined, findings: Findings): readonly WebhookEventKind[] {
  const standard: readonly WebhookEventKind[] = ['transition']
  if (!field) return standard
  const words = field.statement.words.slice(1)
  if (words.some(({ text }) => text === 'all')) return webhookEventKinds
  const wanted = new Set<string>()
  for (const { text, at } of words) {
    if ((webhookEventKinds as readonly string[]).includes(text)) wanted.add(text)
    else {
      const better = suggestion(text, webhookEventKinds)
      const hint = better === undefined ? '' : `; did you mean ${better}?`
      findings.error('not-a-choice', at, `\`${text}\` is none of all, ${webhookEventKinds.join(', ')}; it is ignored${hint}`)
    }
  }
  const kinds = webhookEventKinds.filter((kind) => wanted.has(kind))
  return kinds.length > 0 ? kinds : standard
}
