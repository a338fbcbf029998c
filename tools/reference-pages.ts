// The reference pages of the configuration, made from the tables that the parser works with.
import {
  type BlockTable,
  blockTables,
  catalogue,
  DOCUMENT_FORMAT,
  describeArgument,
  differences,
  type Keyword,
  releaseOf,
  usageOf,
} from '@havip/conf'

/** File name below docs/reference → text. */
export function referencePages(): ReadonlyMap<string, string> {
  const pages = groups.map(({ file, title, intro, tables }) => [file, keywordPage(title, intro, tables.map(tableOf))] as const)
  return new Map([
    ['README.md', indexPage()],
    ...pages,
    ['diagnostics.md', diagnosticsPage()],
    ['differences.md', differencesPage()],
    ['document.md', documentPage()],
  ])
}

type Group = { readonly file: string; readonly title: string; readonly intro: string; readonly tables: readonly string[] }

const lvsTables = blockTables.map(({ name }) => name).slice(blockTables.findIndex(({ name }) => name === 'webhook') + 1)
const groups: readonly Group[] = [
  { file: 'top-level.md', title: 'Top level', intro: 'What may stand outside of any block.', tables: ['root'] },
  { file: 'global-defs.md', title: 'global_defs', intro: 'The whole daemon, and defaults for all instances.', tables: ['global_defs'] },
  {
    file: 'vrrp-instance.md',
    title: 'vrrp_instance',
    intro: 'One virtual router on one interface.',
    tables: ['vrrp_instance', 'authentication', 'auth_hmac'],
  },
  {
    file: 'vrrp-sync-group.md',
    title: 'vrrp_sync_group',
    intro: 'Instances that change their state together.',
    tables: ['vrrp_sync_group'],
  },
  {
    file: 'trackers.md',
    title: 'Trackers',
    intro: 'What decides whether a node is well. A `track_…` block names it; the tracker has to stand before that.',
    tables: ['vrrp_script', 'vrrp_track_process', 'track_file', 'bfd_instance'],
  },
  {
    file: 'other-blocks.md',
    title: 'garp_group and track_group',
    intro: 'Small blocks of the top level.',
    tables: ['garp_group', 'track_group'],
  },
  {
    file: 'webhook.md',
    title: 'webhook',
    intro: 'Where events are sent to. What a delivery looks like, and how its signature is checked, is in docs/watching.md.',
    tables: ['webhook'],
  },
  { file: 'lvs.md', title: 'LVS', intro: 'Recognised and checked for form; havip does not run them.', tables: lvsTables },
]

const tableOf = (name: string): BlockTable => {
  const table = blockTables.find((one) => one.name === name)
  if (!table) throw new Error(`no table ${name}`)
  return table
}

/** The first line of every page, so that pages of another origin are left alone. */
export const NOTICE = '<!-- Made by tools/reference.ts from the keyword tables; a change here is lost. -->'
const page = (title: string, parts: readonly string[]): string => `${[NOTICE, `# ${title}`, ...parts].join('\n\n')}\n`

function keywordPage(title: string, intro: string, tables: readonly BlockTable[]): string {
  const isAlone = tables.length === 1
  return page(title, [
    intro,
    ...tables.flatMap((table) => [
      ...(isAlone ? [] : [`## ${table.title}`]),
      ...table.keywords.map((one) => keywordPart(one, isAlone ? '##' : '###')),
    ]),
  ])
}

/** A bar or an angle bracket in running text must not become markup. */
const plain = (text: string): string => text.replace(/[<>]/g, (mark) => (mark === '<' ? '&lt;' : '&gt;'))

function keywordPart(keyword: Keyword, level: string): string {
  const { name, meaning, deprecated, havip, default: standard } = keyword
  const facts = [
    ...keyword.arguments.flatMap((argument) => {
      const text = describeArgument(argument)
      return text === undefined ? [] : [`\`${argument.name}\`: ${plain(text)}`]
    }),
    ...(standard === undefined ? [] : [`Without it: ${plain(standard)}`]),
    `Since ${releaseOf(keyword)}`,
    ...(keyword.once ? ['A second one is ignored'] : []),
    ...(havip === undefined ? [] : [`In havip: ${plain(havip)}`]),
  ]
  const age = deprecated === undefined ? '' : `**Out of date${deprecated === '' ? '' : `; write \`${deprecated}\``}.** `
  return [`${level} ${name}`, `\`${usageOf(keyword)}\``, `${age}${plain(meaning)}`, facts.map((fact) => `- ${fact}`).join('\n')].join(
    '\n\n',
  )
}

function indexPage(): string {
  const count = blockTables.reduce((sum, { keywords }) => sum + keywords.length, 0)
  const list = [
    ...groups.map(({ file, title, intro }) => `- [${title}](${file}): ${intro}`),
    '- [Diagnostics](diagnostics.md): every code that a check can report.',
    '- [Differences](differences.md): where a file is read otherwise than keepalived reads it, and why.',
    '- [YAML and JSON](document.md): the form that `havip convert` reads and writes.',
  ]
  return page('Reference of the configuration', [
    `havip reads keepalived's file. These pages are made from the tables that its parser works with: ${count} keywords, ${catalogue.reduce((sum, { entries }) => sum + Object.keys(entries).length, 0)} diagnostics.`,
    list.join('\n'),
    'In the usage lines `[…]` may be left out, capitals stand for a value. Times are in seconds unless another unit is named. Of several equal keywords in a block the last one counts, unless it says otherwise.',
  ])
}

function diagnosticsPage(): string {
  const parts = catalogue.flatMap(({ title, entries }) => [
    `## ${title}`,
    ...Object.entries(entries).map(([code, { meaning, keepalived, mend }]) =>
      [
        `### ${code}`,
        [plain(meaning), keepalived === '' ? '' : `keepalived: ${plain(keepalived)}`, `To mend it: ${plain(mend)}`]
          .filter((text) => text !== '')
          .join('\n\n'),
      ].join('\n\n'),
    ),
  ])
  return page('Diagnostics', [
    'Codes are stable: they stay what they are from release to release. An include that must succeed has the code of the plain one with `-enforced` behind it.',
    'Severity and exit status are two things: `note` never fails; `-t` and `havip check` end with 5 for errors and warnings that keepalived counts, 6 for script security or a file that cannot be read, 2 for a missing argument, 4 for a static address without interface alone.',
    ...parts,
  ])
}

function differencesPage(): string {
  const own = blockTables.flatMap((table) =>
    table.keywords.filter(({ havip }) => havip !== undefined).map((keyword) => ({ table, keyword })),
  )
  return page('Differences from keepalived', [
    'The class of the verdict (clean, accepted with a warning, refused) is the same on real files. What differs, differs on purpose.',
    ...differences.map(({ title, keepalived, havip, reason }) =>
      [`## ${title}`, `- keepalived: ${plain(keepalived)}`, `- havip: ${plain(havip)}`, `- Why: ${plain(reason)}`]
        .join('\n')
        .replace('\n', '\n\n'),
    ),
    '## Keywords',
    own.map(({ table, keyword }) => `- \`${keyword.name}\` (${table.title}): ${plain(keyword.havip ?? '')}`).join('\n'),
  ])
}

function documentPage(): string {
  return page('YAML and JSON', [
    '`havip convert keepalived.conf` writes a configuration as YAML, `--to json` as JSON; `havip convert keepalived.yaml` writes keepalived.conf again. Before anything is written it is read back: it means the same, or the command fails and names what differs.',
    '## Form',
    [
      `- At the top stands \`format: ${DOCUMENT_FORMAT}\`. Every other key is a keyword of [the top level](top-level.md).`,
      '- A block is an object whose keys are the keywords of that block. A block with a name (`vrrp_instance NAME`) is an object of such objects, by name.',
      '- A list block (`virtual_ipaddress`, `track_script`, `group`) is a list; each entry is the text of a line, as in keepalived.conf.',
      '- A keyword without argument is `true`. A switch is `true` or `false`.',
      '- A number is a number in the unit of the keyword. A number written in another way (`0077`) stays a text, as does everything that is a name.',
      '- A keyword with several arguments is a list: `smtp_server: [mail.example.org, 25]`. A keyword that may stand several times (`key` of `auth_hmac`) is a list of those.',
      '- A script is its line: `notify: \'"/etc/notify.sh MASTER" root\'`.',
    ].join('\n'),
    'Definitions (`$NAME=…`), `@ID` lines and includes are resolved; comments, and lines that do not count, are left out.',
    '## Example',
    `\`\`\`yaml\nformat: ${DOCUMENT_FORMAT}\nglobal_defs:\n  router_id: ecs1\nvrrp_instance:\n  VI_1:\n    state: BACKUP\n    nopreempt: true\n    interface: eth0\n    virtual_router_id: 51\n    priority: 100\n    unicast_src_ip: 192.168.0.209\n    unicast_peer:\n      - 192.168.0.210\n    virtual_ipaddress:\n      - 192.168.0.88\n\`\`\``,
  ])
}
