// A keyword in words, from its table: how it is written, what it takes, what counts without it.
import type { Argument, Keyword } from './keyword.ts'

/** How one writes it: `smtp_server HOST [PORT]`, `unicast_peer { … }`. */
export function usageOf(keyword: Keyword): string {
  const { name, form, label, arguments: args } = keyword
  if (form === 'value') return [name, ...args.map(shown)].join(' ')
  const head = [name, ...(label ? [shown(label)] : []), ...(form === 'block' ? args.map(shown) : [])].join(' ')
  return form === 'block' ? `${head} { … }` : `${head} { ${args.map(({ name: entry }) => entry).join(' ')} … }`
}

const shown = ({ name, optional }: Argument): string => (optional ? `[${name}]` : name)

/** Undefined where the name says all. */
export function describeArgument(argument: Argument): string | undefined {
  switch (argument.type) {
    case 'integer':
      return `${argument.min} to ${argument.max}${argument.unit === undefined ? '' : ` ${argument.unit}`}${argument.outside === 'clamped' ? ', brought into this range' : ''}`
    case 'decimal':
      return `${argument.min} to ${argument.max} ${argument.unit}`
    case 'boolean':
      return 'true, on, yes, false, off or no'
    case 'choice':
      return argument.choices.join(', ')
    case 'address':
      return argument.family === undefined ? 'an IP address' : `an ${argument.family === 'ipv4' ? 'IPv4' : 'IPv6'} address`
    case 'interface':
      return 'an interface, up to 15 characters'
    case 'word':
      return argument.lengthMax === undefined ? argument.what : `${argument.what}, up to ${argument.lengthMax} characters`
    case 'words':
      return argument.what === argument.name ? undefined : argument.what
    case 'script':
      return 'a command; quoted when it has arguments'
  }
}

const RELEASES: Readonly<Record<string, string>> = { havip: 'havip only', dev: 'keepalived after 2.4.3', '0.5': 'keepalived 0.5 or before' }
export const releaseOf = ({ since }: Keyword): string => RELEASES[since] ?? `keepalived ${since}`

/** For a page or a hover text, in Markdown: usage, meaning, arguments, default, release, differences. */
export function describeKeyword(keyword: Keyword): string {
  const { meaning, default: standard, havip, deprecated, once, arguments: args } = keyword
  const facts = [
    ...args.flatMap((argument) => {
      const text = describeArgument(argument)
      return text === undefined ? [] : [`${argument.name}: ${text}`]
    }),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
    `since: ${releaseOf(keyword)}`,
    ...(once ? ['a second one is ignored'] : []),
  ]
  return [
    `\`${usageOf(keyword)}\``,
    deprecated === undefined ? meaning : `**Out of date${deprecated === '' ? '' : `; write \`${deprecated}\``}.** ${meaning}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...(havip === undefined ? [] : [`In havip: ${havip}`]),
  ].join('\n\n')
}
