// Texts for `-t`: every keyword with every kind of value, each in a file that is clean without it.
import { blockTables, type Keyword } from '@havip/conf'

const instance = (name: string, vrid: number, lines = ''): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\npriority 100\nvirtual_ipaddress {\n10.99.1.${vrid}\n}\n${lines}\n}\n`
const one = (lines = ''): string => instance('VI_1', 51, lines)
const secure = 'global_defs {\nenable_script_security\nscript_user root\n}\n'
const server = (lines: string, real = ''): string =>
  `virtual_server 10.1.1.1 80 {\nlb_algo rr\nlvs_method NAT\nprotocol TCP\n${lines}\nreal_server 10.1.1.2 80 {\nweight 1\n${real}\n}\n}\n`
/** Sessions and files that a check may name come first. */
const named = 'bfd_instance B {\nneighbor_ip 10.99.1.2\n}\ntrack_file F {\nfile /etc/hostname\n}\n'
const check = (name: string, needed: string) => (line: string) => `${secure}${named}${server('', `${name} {\n${needed}${line}\n}`)}`
const url = 'url {\npath /\nstatus_code 200\n}\n'

/** A line of the table's block, in its place. */
const places: Readonly<Record<string, (line: string) => string>> = {
  root: (line) => `${line}\n${one()}`,
  global_defs: (line) => `global_defs {\n${line}\n}\n${one()}`,
  vrrp_instance: (line) => `${secure}${one(line)}`,
  authentication: (line) => one(`authentication {\n${line}\n}`),
  vrrp_sync_group: (line) => `${secure}${one()}${instance('VI_2', 52)}vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n${line}\n}\n`,
  vrrp_script: (line) => `${secure}vrrp_script S {\nscript "/usr/bin/true"\n${line}\n}\n${one('track_script {\nS\n}')}`,
  vrrp_track_process: (line) => `vrrp_track_process P {\nprocess foo\n${line}\n}\n${one('track_process {\nP\n}')}`,
  track_file: (line) => `track_file F {\nfile /etc/hostname\n${line}\n}\n${one('track_file {\nF\n}')}`,
  bfd_instance: (line) => `bfd_instance B {\nneighbor_ip 10.99.1.2\n${line}\n}\n${one('track_bfd {\nB\n}')}`,
  garp_group: (line) => `garp_group {\ngarp_interval 1\ninterface eth0\n${line}\n}\n${one()}`,
  track_group: (line) => `${one()}track_group T {\ngroup {\nVI_1\n}\n${line}\n}\n`,
  SSL: (line) => `SSL {\n${line}\n}\n${server('')}`,
  virtual_server: (line) => secure + server(line),
  real_server: (line) => secure + server('', line),
  HTTP_GET: check('HTTP_GET', url),
  SSL_GET: check('SSL_GET', url),
  TCP_CHECK: check('TCP_CHECK', ''),
  UDP_CHECK: check('UDP_CHECK', ''),
  SMTP_CHECK: check('SMTP_CHECK', ''),
  PING_CHECK: check('PING_CHECK', ''),
  DNS_CHECK: check('DNS_CHECK', 'name example.com\n'),
  MISC_CHECK: check('MISC_CHECK', 'misc_path "/usr/bin/true"\n'),
  BFD_CHECK: check('BFD_CHECK', 'name B\n'),
  FILE_CHECK: check('FILE_CHECK', 'track_file F\n'),
  host: (line) => check('SMTP_CHECK', '')(`host {\n${line}\n}`),
  url: (line) => check('HTTP_GET', '')(`url {\npath /\n${line}\n}`),
}

const odd = [
  ...['', '0', '1', '-1', '1.5', '254', '256', '65536', '4294967296', '99999999999999999999', '010', '0x10'],
  ...['abc', '12abc', '""', '"two words"', 'on', 'off', 'yes maybe', '10.99.1.1', 'fe80::1', '::g'],
  ...['averyveryverylongnameindeedmorethan31', '5 reverse', '5 foo', 'all 5'],
]

function goodWords({ arguments: wanted }: Keyword): string {
  const words = wanted.map((argument) => {
    switch (argument.type) {
      case 'integer':
        return String(Math.max(argument.min, Math.min(argument.max, 3)))
      case 'decimal':
        return String(Math.max(argument.min, Math.min(argument.max, 2)))
      case 'boolean':
        return 'on'
      case 'choice':
        return argument.choices[0]
      case 'address':
        return argument.family === 'ipv6' ? 'ff02::77' : '224.0.0.77'
      case 'interface':
        return 'eth0'
      case 'script':
        return '"/usr/bin/true"'
      default:
        return 'word'
    }
  })
  return words.join(' ')
}

function linesOf(keyword: Keyword): readonly string[] {
  const { name } = keyword
  if (keyword.form !== 'value') {
    const heads = keyword.form === 'block' && keyword.arguments.length > 0 ? [`${name} X`] : [name]
    return heads.flatMap((head) => [`${head} {\n}`, `${head} {\nfoo\n}`])
  }
  const good = `${name} ${goodWords(keyword)}`
  return [good, `${good} extra`, `${good}\n${good}`, `${good} {\n}`, ...odd.map((words) => `${name} ${words}`)]
}

export type VerdictCase = { readonly table: string; readonly keyword: string; readonly line: string; readonly text: string }

/** Whether keepalived 2.2.7 knows what came with a release. */
function isKnown({ since }: Keyword): boolean {
  const [major = 0, minor = 0, patch = 0] = since.split('.').map(Number)
  // `havip` and `dev` are no numbers.
  return (major * 100 + minor) * 100 + patch <= 20_207
}

/** In the order of the tables. */
export const verdictCases: readonly VerdictCase[] = blockTables.flatMap(({ name: table, keywords }) => {
  const place = places[table]
  if (!place) return []
  return keywords
    .filter(isKnown)
    .flatMap((keyword) => linesOf(keyword).map((line) => ({ table, keyword: keyword.name, line, text: place(line) })))
})
