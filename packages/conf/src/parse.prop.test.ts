// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language under test has the same syntax
// Any text gives an answer whose places lie in the text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { configTestStatus } from './exit-status.ts'
import { DIAGNOSTICS_MAX } from './findings.ts'
import { diagnosticJson, formatDiagnostic } from './format-diagnostic.ts'
import { blockTables } from './keywords/tables.ts'
import { parseText } from './parse.ts'

const keywords = blockTables.flatMap((table) => table.keywords.map(({ name }) => name))
const word = fc.oneof(
  fc.constantFrom(...keywords),
  fc.constantFrom(
    '{',
    '}',
    '{\n',
    '}\n',
    '\n',
    '"',
    '#',
    '!',
    '$A',
    '${A}',
    '$A=',
    '\\',
    '~SEQ(a,1,3)',
    '@x',
    'include /k.conf',
    '\u00a0',
    '\0',
    '\r',
  ),
  fc.ipV4(),
  fc.ipV6(),
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.string({ maxLength: 6 }),
)
const configurationText = fc.array(word, { maxLength: 80 }).map((words) => words.join(' '))

/** What would move a terminal's cursor or turn its direction. */
const unprintable = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

/** A file as operators have them: every kind of block once. */
const whole = `! of the tests
$PEER=10.0.0.2
$IF=eth0
global_defs {
  router_id r1
  smtp_alert on
  notification_email { ops@example.org }
  smtp_server 10.0.0.25
  vrrp_garp_interval 0.5
  script_user root
  enable_script_security
}
static_ipaddress {
  10.9.0.1/24 dev eth1 scope global
}
static_routes {
  192.0.2.0/24 via 10.9.0.254 dev eth1 metric 5
}
static_rules {
  from 10.9.0.0/24 table 100 priority 50
}
vrrp_script web {
  script "/usr/bin/curl -fs 'http://127.0.0.1/'"
  interval 2
  weight -30
}
track_file load {
  file /run/load
}
vrrp_track_process proxy {
  process haproxy
  quorum 1
}
bfd_instance b1 {
  neighbor_ip 10.0.0.2
  min_rx 50
}
vrrp_sync_group G {
  group { VI_1 VI_2 }
  notify_master "/usr/local/bin/tell master"
}
vrrp_instance VI_1 {
  interface $IF
  virtual_router_id 1
  virtual_ipaddress {
    ~LST(n,1,2) 10.0.0.1$n
  }
}
vrrp_instance VI_2 {
  interface $IF
  virtual_router_id 2
  virtual_ipaddress {
    10.0.0.20
  }
  virtual_ipaddress_excluded {
    2001:db8::4
  }
}
@other vrrp_instance VI_3 {
vrrp_instance VI_4 {
  state MASTER
  interface \${IF}
  virtual_router_id 54
  priority 150
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  unicast_src_ip 10.0.0.1
  unicast_peer {
    \${PEER} min_ttl 250
  }
  virtual_ipaddress {
    10.0.0.104/24 dev eth0 label eth0:1
  }
  virtual_routes {
    198.51.100.0/24 nexthop via 10.0.0.7 weight 2 nexthop via 10.0.0.8
  }
  track_script {
    web weight -10
  }
}
virtual_server 10.0.0.104 80 {
  delay_loop 6
  lb_algo rr
  lvs_method DR
  protocol TCP
  real_server 10.0.0.31 80 {
    TCP_CHECK { connect_timeout 3 }
  }
}
include /k.conf
`
const whatSlipsIn = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '"',
    "'",
    '#',
    '!',
    '$',
    '${',
    '~SEQ(',
    '@',
    '\\\n',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\t',
    '\u00a0',
    '\u3000',
    '\ufeff',
  ),
  fc.constantFrom(
    '｛',
    '｝',
    '；',
    '，',
    '“',
    '：',
    '１',
    '\u200b',
    '\u202e',
    '\u001b[31m',
    '-',
    '99999999999',
    '-1',
    '0',
    '256',
    '1e9',
    'NaN',
  ),
  fc.constantFrom(...keywords),
)
type Slip = (text: string) => string
const place = fc.double({ min: 0, max: 1, noNaN: true })
/** What happens to files in editors, on the way through other systems, and at the hands of tired people. */
const slip: fc.Arbitrary<Slip> = fc.oneof(
  fc.tuple(place, whatSlipsIn).map(
    ([at, what]): Slip =>
      (text) =>
        text.slice(0, at * text.length) + what + text.slice(at * text.length),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 60 })).map(
    ([at, size]): Slip =>
      (text) =>
        text.slice(0, at * text.length) + text.slice(Math.floor(at * text.length) + size),
  ),
  fc.tuple(place, whatSlipsIn).map(([at, what]): Slip => changeLine(at, (line) => [line.replace(/\S+\s*$/, what)])),
  place.map((at): Slip => changeLine(at, () => [])),
  place.map((at): Slip => changeLine(at, (line) => [line, line])),
  fc.tuple(place, place).map(
    ([at, to]): Slip =>
      (text) => {
        const lines = text.split('\n')
        const [moved = ''] = lines.splice(Math.floor(at * (lines.length - 1)), 1)
        lines.splice(Math.floor(to * lines.length), 0, moved)
        return lines.join('\n')
      },
  ),
  fc.constant((text: string) => text.replaceAll('\n', '\r\n')),
  place.map(
    (at): Slip =>
      (text) =>
        text.slice(0, Math.floor(at * text.length)),
  ),
)
const changeLine =
  (at: number, change: (line: string) => readonly string[]): Slip =>
  (text) => {
    const lines = text.split('\n')
    const i = Math.floor(at * (lines.length - 1))
    return [...lines.slice(0, i), ...change(lines[i] ?? ''), ...lines.slice(i + 1)].join('\n')
  }

function holds(text: string): void {
  const { diagnostics, texts } = parseText(text, {}, '/k.conf')
  const lines = text.split('\n')
  for (const diagnostic of diagnostics) {
    for (const { start, end, file } of [diagnostic.at, ...diagnostic.related.map(({ at }) => at)]) {
      assert.ok(start >= 0 && start <= end && end <= text.length, `${diagnostic.code}: ${start} to ${end} of ${text.length}`)
      assert.equal(file, '/k.conf')
    }
    assert.doesNotMatch(formatDiagnostic(diagnostic, texts), unprintable)
    const { line, column, endLine } = diagnosticJson(diagnostic, texts)
    const shown = lines[line - 1]
    assert.ok(shown !== undefined && column >= 1 && column <= shown.length + 1 && endLine <= lines.length, `${line}:${column}`)
  }
  assert.ok(diagnostics.length <= DIAGNOSTICS_MAX + 1)
  assert.ok([0, 2, 4, 5, 6].includes(configTestStatus(diagnostics)))
}

test('any text gives an answer, with every place inside the text', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'binary' }), holds), { numRuns: 300 })
})

test('any mixture of words of the language gives an answer, with every place inside the text', () => {
  fc.assert(fc.property(configurationText, holds), { numRuns: 1500 })
})

test('any slips in a whole configuration give an answer, with every place inside the text', () => {
  const slipped = fc.array(slip, { minLength: 1, maxLength: 8 }).map((slips) => slips.reduce((text, one) => one(text), whole))
  fc.assert(fc.property(slipped, holds), { numRuns: 1000 })
})

test('a long file takes time in proportion to its length', () => {
  const text = (count: number): string => 'vrrp_instance A {\nvirtual_router_id 1\nfoo ${A} "b\n}\n'.repeat(count)
  const timeOf = (count: number): number => {
    const started = performance.now()
    parseText(text(count))
    return performance.now() - started
  }
  timeOf(2000)
  const short = Math.max(5, Math.min(timeOf(2000), timeOf(2000)))
  const long = Math.min(timeOf(20_000), timeOf(20_000))
  // Ten times the text; a quadratic step would make it a hundred times the time.
  assert.ok(long < short * 40, `${short} ms became ${long} ms`)
})
