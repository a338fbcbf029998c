// What names, descriptions and tags may look like. Lengths count characters, not bytes.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault, type FaultCode } from './faults.ts'
import type { Tags } from './resource.ts'

const looksLikeUrl = (text: string): boolean => text.startsWith('http://') || text.startsWith('https://')
const length = (text: string): number => [...text].length

/** Empty text means not given, and is no fault. */
export function checkText(text: string | undefined, min: number, max: number, code: FaultCode): Result<string, ApiFault> {
  if (text === undefined || text === '') return ok('')
  if (text.length > 4 * max) return fail(apiFault(code))
  const size = length(text)
  // Control characters other than line breaks and tabs never come from a person and break every list they appear in.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  if (size < min || size > max || looksLikeUrl(text) || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text))
    return fail(apiFault(code))
  return ok(text)
}

export type TextRules = { readonly name: FaultCode; readonly nameMin: number; readonly description: FaultCode }

export const textRules = {
  vpc: { name: 'InvalidVpcName.Malformed', nameMin: 1, description: 'InvalidVpcDiscription.Malformed' },
  vswitch: { name: 'InvalidVSwitchName.Malformed', nameMin: 1, description: 'InvalidVSwitchDiscription.Malformed' },
  havip: { name: 'Abs.Vpc.InvalidName.Malformed', nameMin: 1, description: 'InvalidDescription.Malformed' },
  eip: { name: 'InvalidName.Malformed', nameMin: 1, description: 'InvalidDescription.Malformed' },
  instance: { name: 'InvalidInstanceName.Malformed', nameMin: 2, description: 'InvalidDescription.Malformed' },
  networkInterface: { name: 'InvalidEniName.Malformed', nameMin: 2, description: 'InvalidDescription.Malformed' },
  securityGroup: { name: 'InvalidSecurityGroupName.Malformed', nameMin: 2, description: 'InvalidDescription.Malformed' },
} as const satisfies Record<string, TextRules>

export function checkTexts(
  kind: keyof typeof textRules,
  input: { readonly name?: string | undefined; readonly description?: string | undefined },
): Result<{ readonly name: string; readonly description: string }, ApiFault> {
  const rules: TextRules = textRules[kind]
  const name = checkText(input.name, rules.nameMin, 128, rules.name)
  if (!name.ok) return name
  const description = checkText(input.description, 1, 256, rules.description)
  return description.ok ? ok({ name: name.value, description: description.value }) : description
}

export const tagsMax = 20

/** At most 20; the value may be empty. */
export function checkTags(tags: Tags | undefined): Result<Tags, ApiFault> {
  const entries = Object.entries(tags ?? {})
  if (entries.length > tagsMax) return fail(apiFault('QuotaExceeded.TagsPerResource'))
  for (const [key, value] of entries) {
    if (!isTagKey(key)) return fail(apiFault('InvalidTagKey.Malformed', { name: key.slice(0, 128) }))
    if (length(value) > 128 || value.includes('http://') || value.includes('https://'))
      return fail(apiFault('InvalidTagValue.Malformed', { name: key }))
  }
  return ok(Object.fromEntries(entries))
}

function isTagKey(key: string): boolean {
  if (key === '' || length(key) > 128 || key.includes('http://') || key.includes('https://')) return false
  return !key.startsWith('aliyun') && !key.startsWith('acs:') && key !== '__proto__'
}

/** New tags over old ones; together they keep the limit. */
export function mergeTags(old: Tags, added: Tags): Result<Tags, ApiFault> {
  return checkTags({ ...old, ...added })
}

/** Whether every one of `wanted` is among the tags; without a value, any value will do. */
export function carries(tags: Tags | undefined, wanted: readonly { readonly key: string; readonly value?: string | undefined }[]): boolean {
  return wanted.every(({ key, value }) => {
    const has = tags !== undefined && Object.hasOwn(tags, key)
    return has && (value === undefined || tags[key] === value)
  })
}

export function withoutTags(old: Tags, keys: readonly string[] | 'all'): Tags {
  if (keys === 'all') return {}
  return Object.fromEntries(Object.entries(old).filter(([key]) => !keys.includes(key)))
}

/** RFC 1123 labels, 2 to 64 characters; not all digits, since such a name would read as a number. */
export function checkHostName(text: string): Result<string, ApiFault> {
  const isFine = text.length >= 2 && text.length <= 64 && !/^[0-9]+$/.test(text) && text.split('.').every(isLabel)
  return isFine ? ok(text) : fail(apiFault('InvalidHostName.Malformed'))
}
const isLabel = (label: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label)
