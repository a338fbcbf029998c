// Real keepalived as the peer, feature by feature: the authentication header, IPv6 in all its forms, sync groups. Each
// case goes once round: keepalived backs us up, takes over when we stop, and gives back when we return.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must, sleep } from '../../tools/lab/processes.ts'
import { createSegment, findBadPackets, needsRoot, type Segment } from '../../tools/lab/segment.ts'

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    for (const [index, node] of segment.nodes.entries()) {
      await must(['ip', '-n', node.namespace, 'address', 'add', `2001:db8::${index + 1}/64`, 'dev', 'eth0', 'nodad'])
    }
    // Link-local addresses come after duplicate detection.
    await sleep(2000)
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

/** All addresses belong to the first, then to the second, then to the first again. */
async function roundTrip(
  segment: Segment,
  files: readonly [string, string],
  addresses: readonly string[],
  options: { readonly checksTshark?: boolean } = {},
): Promise<void> {
  const [first, second] = segment.nodes
  const [one, two] = files
  const haveMoved = async (to: typeof first): Promise<void> => {
    for (const address of addresses) await segment.waitForOwner(to, address)
  }
  const capture = await segment.capture()
  const theirs = await segment.startKeepalived(second, two)
  const ours = await segment.startHavipd(first, one)
  await haveMoved(first)
  await sleep(1500)
  const status = await segment.status(first)
  assert(status.instances.every(({ state, consistent }) => state === 'master' && consistent))
  assert.doesNotMatch(theirs.log(), /invalid IPSEC|checksum|mismatch/i)
  await ours.service.stop()
  await haveMoved(second)
  const again = await segment.startHavipd(first, one)
  await haveMoved(first)
  for (const { counters } of (await segment.status(first)).instances) {
    const { packet_len_err, auth_failure, authtype_mismatch, checksum_err, ip_ttl_err, malformed } = counters
    assert.deepEqual([packet_len_err, auth_failure, authtype_mismatch, checksum_err, ip_ttl_err, malformed], [0, 0, 0, 0, 0, 0])
  }
  await again.service.stop()
  await haveMoved(second)
  const packets = await findBadPackets(await capture.stop())
  if (options.checksTshark !== false) assert.deepEqual(packets.findings, [])
  assert(packets.vrrp >= 5, `captured ${packets.vrrp} adverts`)
}

/** Both files, from lines for the instances; %own and %peer stand for 1 and 2. */
const filesOf = (global: string, instance: string): readonly [string, string] => {
  const file = (own: number, priority: number): string =>
    `global_defs {\n${global}\n}\n${instance}\n`
      .replaceAll('%own', String(own))
      .replaceAll('%peer', String(3 - own))
      .replaceAll('%priority', String(priority))
  return [file(1, 200), file(2, 100)]
}
const instanceOf = (lines: string, vrid = 51): string => `vrrp_instance VI_${vrid} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority %priority
  advert_int 1
  ${lines}
}
`
const header = 'authentication {\n auth_type AH\n auth_pass abcd\n }\n virtual_ipaddress {\n 10.9.0.100\n }'
for (const [name, lines] of [
  ['unicast', `unicast_src_ip 10.9.0.%own\n unicast_peer {\n 10.9.0.%peer\n }\n ${header}`],
  ['multicast', header],
] as const) {
  test(`the authentication header, ${name}`, { skip: needsRoot }, () =>
    withSegment((segment) => roundTrip(segment, filesOf('', instanceOf(lines)), ['10.9.0.100'])),
  )
}

const addresses6 = 'virtual_ipaddress {\n fe80::100\n 2001:db8::100/64\n }'
const variants: readonly (readonly [string, string])[] = [
  ['IPv6, multicast', addresses6],
  ['IPv6, unicast', `unicast_src_ip 2001:db8::%own\n unicast_peer {\n 2001:db8::%peer\n }\n ${addresses6}`],
  ['IPv6, version 2', `version 2\n ${addresses6}`],
]
for (const [name, lines] of variants) {
  test(name, { skip: needsRoot }, () =>
    withSegment((segment) =>
      roundTrip(segment, filesOf('', instanceOf(lines)), ['fe80::100', '2001:db8::100'], {
        // tshark knows no version 2 over IPv6, where the kernel's checksum has a pseudo header: keepalived's are the same.
        checksTshark: !lines.startsWith('version 2'),
      }),
    ),
  )
}

test('both families in one instance, by excluded addresses', { skip: needsRoot }, () =>
  withSegment((segment) =>
    roundTrip(
      segment,
      filesOf('vrrp_version 3', instanceOf('virtual_ipaddress {\n 10.9.0.100\n }\n virtual_ipaddress_excluded {\n 2001:db8::100/64\n }')),
      ['10.9.0.100', '2001:db8::100'],
    ),
  ),
)

test('a sync group of three moves as one, in both directions', { skip: needsRoot }, () =>
  withSegment((segment) => {
    const members = [51, 52, 53].map((vrid) => instanceOf(`virtual_ipaddress {\n 10.9.0.${vrid + 50}\n }`, vrid)).join('')
    return roundTrip(segment, filesOf('', `vrrp_sync_group G1 {\n group { VI_51 VI_52 VI_53 }\n}\n${members}`), [
      '10.9.0.101',
      '10.9.0.102',
      '10.9.0.103',
    ])
  }),
)
