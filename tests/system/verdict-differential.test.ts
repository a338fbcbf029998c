// `-t` of keepalived and of havip about the same files: the exit status is one that scripts depend on.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '@havip/base'
import { checkOnMachine, configTestStatus, type MachineFacts, parseConfiguration } from '@havip/conf'
import { createLinuxClock, createLinuxHost, machineFacts } from '@havip/vrrp-linux'
import { run } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { type VerdictCase, verdictCases } from './verdict-cases.ts'

/** How many of the cases are asked about, drawn by a seed; `VERDICTS=all` takes them all, a quarter of an hour. */
const drawn = 400
const seed = Number(process.env.SEED ?? 1)

/** Where the verdicts differ, and why they may; a table alone is all of its keywords. */
const differs: Readonly<Record<string, string>> = {
  'global_defs smtp_server': 'keepalived asks the name service, which depends on the machine',
  'global_defs default_interface': 'a name that no interface can have is an error',
  'global_defs vmac_prefix': 'a prefix that is too long is an error',
  'global_defs vmac_addr_prefix': 'a prefix that is too long is an error',
  'global_defs vrrp_strict': '2.4 takes a switch, and reports what is none',
  'global_defs vrrp_skip_check_adv_addr': '2.4 takes a switch, and reports what is none',
  'vrrp_instance skip_check_adv_addr': '2.4 looks at no argument',
  'global_defs vrrp_cpu_affinity': 'depends on how many CPUs there are',
  'global_defs checker_cpu_affinity': 'depends on how many CPUs there are',
  'global_defs bfd_cpu_affinity': 'depends on how many CPUs there are',
  'global_defs vrrp_rx_bufs_policy': 'an empty policy is an error',
  'global_defs startup_script': 'an empty command is told',
  'global_defs shutdown_script': 'an empty command is told',
  'global_defs config_save_dir': 'keepalived makes the directory',
  'root net_namespace': 'there is none of the name, and keepalived ends before it looks',
  'root interface_up_down_delays': 'without a delay the entry is incomplete',
  'root vrrp_instance': 'keepalived crashes',
  'root bfd_instance': 'keepalived crashes',
  'root virtual_server': 'keepalived crashes',
  'real_server HTTP_GET': 'keepalived crashes',
  'real_server SSL_GET': 'keepalived crashes',
  'bfd_instance neighbor_ip': 'keepalived crashes',
  'bfd_instance neighbour_ip': 'keepalived crashes',
  'vrrp_script interval': '2.4 takes parts of a second',
  'vrrp_script timeout': '2.4 takes parts of a second',
  'HTTP_GET sni_name': '2.4 knows it',
  'SSL_GET sni_name': '2.4 knows it',
  'HTTP_GET tls_compliant': '2.4 knows it',
  'SSL_GET tls_compliant': '2.4 knows it',
  'url tls_compliant': '2.4 knows it',
  'virtual_server persistence_granularity': 'a number is no mask',
  'SMTP_CHECK bindto': 'keepalived does not look at the family here',
  'DNS_CHECK name': 'keepalived counts a second one without name',
  UDP_CHECK: 'empty texts, and lengths against ones that were not set',
}
/** Of all checks: an interface without name is an error. */
const nameless = (line: string): boolean => line === 'bind_if ""'

/** Both of them about one text: what differs is described; undefined: nothing. */
type Ask = (text: string | Uint8Array, name: string) => Promise<string | undefined>

async function withBoth(body: (ask: Ask) => Promise<void>): Promise<void> {
  const segment = await createSegment(1)
  const clock = createLinuxClock()
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const [node] = segment.nodes
    const path = join(node.folder, 'case.conf')
    const facts: MachineFacts = {
      ...machineFacts(host),
      networkInterface: (name) => (name === 'lo' || name === 'eth0' ? { isLoopback: name === 'lo', hasMulticast: true } : undefined),
    }
    await body(async (text, name) => {
      writeFileSync(path, text)
      const theirs = await run(node.inside(['keepalived', '-t', '-f', path]))
      const diagnostics = checkOnMachine(parseConfiguration(host.files, path, { hostName: hostname() }), facts)
      const status = configTestStatus(diagnostics)
      if (status === theirs.status) return undefined
      const said = diagnostics.map(({ consequence, code, message }) => `${consequence} ${code}: ${message}`).join('\n')
      return `${name}\nhavip ${status}: ${said}\nkeepalived ${theirs.status}: ${theirs.output}`
    })
  } finally {
    host.close()
    clock.close()
    await segment.destroy()
  }
}

test('-t says of every keyword, with every kind of value, what keepalived says', { skip: needsRoot }, () =>
  withBoth(async (ask) => {
    const wrong: string[] = []
    for (const { table, keyword, line, text } of casesToAsk()) {
      if (nameless(line) || differs[table] !== undefined || differs[`${table} ${keyword}`] !== undefined) continue
      const difference = await ask(text, `${table}: ${line}`)
      if (difference !== undefined) wrong.push(difference)
    }
    assert.deepEqual(wrong, [], `seed ${seed}`)
  }),
)

const samples = '/usr/share/doc/keepalived/samples'
const needsSamples = needsRoot || (existsSync(samples) ? false : "needs the samples of Debian's package")

test("and of the samples that come with keepalived's package", { skip: needsSamples }, () =>
  withBoth(async (ask) => {
    const wrong: string[] = []
    for (const name of readdirSync(samples).filter((file) => file.startsWith('keepalived.conf'))) {
      const difference = await ask(readFileSync(join(samples, name)), name)
      // 2.4 takes an address once; 2.2 takes it twice and says nothing.
      if (difference !== undefined && !difference.includes('duplicate-address')) wrong.push(difference)
    }
    assert.deepEqual(wrong, [])
  }),
)

function casesToAsk(): readonly VerdictCase[] {
  if (process.env.VERDICTS === 'all') return verdictCases
  const random = seededRandom(seed)
  return Array.from({ length: drawn }, () => verdictCases[random.integer(0, verdictCases.length - 1)] as VerdictCase)
}
