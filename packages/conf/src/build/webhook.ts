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
  if (others >= webhooksMax) {
    findings.error('too-many-webhooks', at, `there are ${webhooksMax} webhooks already; ${name} is removed`)
    return undefined
  }
  if (!namePattern.test(name)) {
    findings.error(
      'webhook-name',
      at,
      `\`${name}\` is no name for a webhook: up to 64 letters, digits, dots, dashes and underscores; it is removed`,
    )
    return undefined
  }
  const written = fields.last('url')
  if (!written) {
    findings.error('webhook-without-url', at, `webhook ${name} has no url; it is removed`)
    return undefined
  }
  const url = webhookUrl(String(written.values[0]))
  if (!url.ok) {
    findings.error('webhook-url', written.at, `webhook ${name} is removed, its url does not do: ${url.fault}`)
    return undefined
  }
  const files = [fields.last('secret_file'), fields.last('ca_file'), fields.last('state_file')]
  // The daemon works in another directory than whoever writes the file. Without its secret nothing shall be sent.
  const relative = files.find((field) => field !== undefined && !String(field.values[0]).startsWith('/'))
  if (relative) {
    findings.error('relative-path', relative.at, `${relative.keyword.name} needs a path that begins with /; webhook ${name} is removed`)
    return undefined
  }
  const [secretFile, caFile, stateFile] = files.map((field) => field && { path: String(field.values[0]), at: field.at })
  if (!secretFile) findings.note('webhook-not-signed', at, `webhook ${name} has no secret_file: its receiver cannot tell who sends`)
  return { name, url: url.value, secretFile, caFile, stateFile, events: readKinds(fields.last('events'), findings), at }
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
