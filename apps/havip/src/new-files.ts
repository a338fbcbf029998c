// The texts that `havip new` writes, checked one by one and against each other before anybody sees them.
import { fail, ok, type Result } from '@havip/base'
import { checkSet, parseText } from '@havip/conf'

export type PlannedNode = { readonly name: string; readonly address: string }
export type Plan = {
  readonly instance: string
  /** The preferred one first. */
  readonly nodes: readonly PlannedNode[]
  readonly addresses: readonly string[]
  readonly interface: string
  readonly vrid: number
  readonly version: 2 | 3
  /** Seconds between adverts. */
  readonly interval: number
  readonly key: { readonly kind: 'pass'; readonly password: string } | { readonly kind: 'hmac'; readonly hex: string } | undefined
  readonly switchesBack: boolean
  readonly check: string | undefined
  readonly notify: string | undefined
}
export type PlannedFile = { readonly name: string; readonly text: string }

/** One file for each node; or what is wrong with the answers, in the words of `havip check`. */
export function planFiles(plan: Plan): Result<readonly PlannedFile[], readonly string[]> {
  const files = plan.nodes.map((node, index) => ({ name: node.name, text: textOf(plan, node, index) }))
  const parsed = files.map(({ name, text }) => ({ name, ...parseText(text, {}, `/${name}.conf`) }))
  const problems = [
    ...parsed.flatMap(({ name, diagnostics }) => diagnostics.map(({ message }) => `${name}: ${message}`)),
    ...checkSet(parsed)
      .filter(({ severity }) => severity !== 'note')
      .map(({ message }) => message),
  ]
  return problems.length === 0 ? ok(files) : fail([...new Set(problems)])
}

const PRIORITY_FIRST = 100

/** Far enough apart for weights between them, as long as there are few nodes. */
function priorityOf(index: number, count: number): number {
  const step = Math.max(1, Math.min(10, Math.floor((PRIORITY_FIRST - 1) / count)))
  return PRIORITY_FIRST - step * index
}

function textOf(plan: Plan, node: PlannedNode, index: number): string {
  const others = plan.nodes.filter((one) => one !== node)
  const runsScripts = plan.check !== undefined || plan.notify !== undefined
  const prefers = plan.switchesBack && index === 0
  return [
    ...block('global_defs', [
      `router_id ${node.name}`,
      ...(runsScripts
        ? ['# Scripts run as root, and only while nobody else can write to them.', 'enable_script_security', 'script_user root']
        : []),
    ]),
    '',
    ...(plan.check === undefined
      ? []
      : [...block('vrrp_script service', [`script ${plan.check}`, 'interval 2', 'timeout 2', 'fall 2', 'rise 2']), '']),
    ...block(`vrrp_instance ${plan.instance}`, [
      ...(plan.switchesBack
        ? [`state ${prefers ? 'MASTER' : 'BACKUP'}`]
        : ['# On all nodes: the service stays where it is when a node comes back.', 'state BACKUP', 'nopreempt']),
      `interface ${plan.interface}`,
      '# The same on all nodes, and unlike any other on this network.',
      `virtual_router_id ${plan.vrid}`,
      ...(plan.version === 3 ? ['version 3'] : []),
      '# The highest one that runs has the addresses.',
      `priority ${priorityOf(index, plan.nodes.length)}`,
      `advert_int ${plan.interval}`,
      ...keyLines(plan),
      `unicast_src_ip ${node.address}`,
      ...block(
        'unicast_peer',
        others.map(({ address }) => address),
      ),
      ...block('virtual_ipaddress', plan.addresses),
      ...(plan.check === undefined ? [] : block('track_script', ['service'])),
      ...(plan.notify === undefined ? [] : [`notify ${plan.notify}`]),
    ]),
    '',
  ].join('\n')
}

const block = (head: string, lines: readonly string[]): string[] => [`${head} {`, ...lines.map((line) => `    ${line}`), '}']

function keyLines({ key }: Plan): readonly string[] {
  switch (key?.kind) {
    case undefined:
      return []
    case 'pass':
      return block('authentication', ['auth_type PASS', `auth_pass ${key.password}`])
    case 'hmac':
      return block('auth_hmac', [`key 1 hex:${key.hex}`, 'active_key 1'])
  }
}
