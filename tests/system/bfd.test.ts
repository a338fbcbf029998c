// BFD against Debian's keepalived and BIRD: sessions come up and go down with them, and a session moves the address.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BfdSessionStatus } from '@havip/vrrp-runtime'
import { must, run, type Service, sleep, startService, tailOf, until } from '../../tools/lab/processes.ts'
import { type Capture, createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

const hasBird = (await run(['sh', '-c', 'PATH=$PATH:/usr/sbin; command -v bird'])).status === 0
const needsBird = needsRoot || (hasBird ? false : 'needs BIRD: apt-get install bird2')

async function withSegment(nodes: number, body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment(nodes)
  try {
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

/** Slow enough for a busy machine, and a tenth of what VRRP would take to notice. */
const bfdInstance = (name: string, neighbor: string, more = '', interval = 60): string => `
bfd_instance ${name} {
    neighbor_ip ${neighbor}
    min_rx ${interval}
    min_tx ${interval}
    multiplier 5
    ${more}
}
`
const detectionMs = 300

const session = async (segment: Segment, node: Node): Promise<BfdSessionStatus> => {
  const found = (await segment.status(node)).bfd.sessions[0]
  assert(found)
  return found
}
const waitForState = (segment: Segment, node: Node, state: BfdSessionStatus['state']): Promise<BfdSessionStatus> =>
  until(`the session of ${node.name} is ${state}`, async () => {
    const now = await session(segment, node)
    return now.state === state ? now : undefined
  })

/** Everything on the wire, as tshark reads it: how many control packets, and which it finds malformed. */
async function controlPackets(capture: Capture): Promise<{ readonly count: number; readonly malformed: readonly string[] }> {
  // What was captured last is written a moment later.
  await sleep(1500)
  const file = await capture.stop()
  const list = async (filter: string): Promise<readonly string[]> =>
    (await must(['tshark', '-r', file, '-Y', filter, '-T', 'fields', '-e', 'frame.number', '-e', 'ip.src', '-e', '_ws.col.Info']))
      .split('\n')
      .filter((line) => /^\d+\t/.test(line))
  const malformed = await list('bfd && (_ws.malformed || _ws.expert.severity >= 0x600000 || ip.ttl != 255)')
  return { count: (await list('bfd')).length, malformed }
}

/** It was the silence that was noticed, in the time that was agreed on. */
function assertDetected({ transitions }: BfdSessionStatus, times = detectionMs): void {
  const [last] = transitions
  assert(last?.reason.kind === 'detection-time-expired', last?.sentence ?? 'no transition')
  assert.equal(last.reason.detectionTime, times)
  // Not a moment later than the timer, which may have been late itself on a busy machine.
  assert(last.reason.silentFor >= times && last.reason.silentFor <= times + last.reason.lateBy + 1, last.sentence)
}

async function startBird(node: Node, neighbors: readonly string[], more = ''): Promise<Service> {
  const path = join(node.folder, 'bird.conf')
  const lines = neighbors.map((address) => `  neighbor ${address} dev "eth0";`)
  writeFileSync(
    path,
    `router id ${node.address};
protocol device { }
protocol bfd {
  multihop { interval 60 ms; idle tx interval 1 s; multiplier 5; };
  interface "eth0" { min rx interval 60 ms; min tx interval 60 ms; idle tx interval 1 s; multiplier 5; };
${lines.join('\n')}
  ${more}
}
`,
  )
  const control = join(node.folder, 'bird.ctl')
  const pidFile = join(node.folder, 'bird.pid')
  const service = startService(
    'bird',
    node.inside(['/usr/sbin/bird', '-f', '-c', path, '-s', control, '-P', pidFile]),
    join(node.folder, 'bird.log'),
  )
  await until('BIRD runs', () => (service.isRunning() ? true : undefined))
  return service
}
const birdSessions = (node: Node): Promise<string> =>
  must(node.inside(['/usr/sbin/birdc', '-s', join(node.folder, 'bird.ctl'), 'show', 'bfd', 'sessions']))

test('a session with keepalived comes up, goes down with the link within the detection time, and comes back', { skip: needsRoot }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const capture = await segment.capture()
    const theirs = await segment.startKeepalived(second, bfdInstance('PEER', first.address) + two, [])
    await segment.startHavipd(first, bfdInstance('PEER', second.address) + one)
    const up = await waitForState(segment, first, 'up')
    const agreed = await until('the poll is over', async () => {
      const now = await session(segment, first)
      return now.transmitIntervalMs === 60 && now.detectionTimeMs === detectionMs ? now : undefined
    })
    assert.deepEqual([agreed.remote?.multiplier, agreed.remote?.minTxMs, agreed.discriminator], [5, 60, up.discriminator])
    await until('keepalived says Up', () => (/\(PEER\) Entering Up state/.test(theirs.log()) ? true : undefined))

    await segment.setLink(second, false)
    assertDetected(await waitForState(segment, first, 'down'))
    await until('keepalived says Down', () => (/\(PEER\) Entering Down state/.test(theirs.log()) ? true : undefined))

    await segment.setLink(second, true)
    await waitForState(segment, first, 'up')
    const { count, malformed } = await controlPackets(capture)
    assert(count > 5, `captured ${count} control packets`)
    assert.deepEqual(malformed, [])
  }),
)

test('keepalived hears AdminDown when havipd stops', { skip: needsRoot }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const theirs = await segment.startKeepalived(second, bfdInstance('PEER', first.address) + two, [])
    const ours = await segment.startHavipd(first, bfdInstance('PEER', second.address) + one)
    await waitForState(segment, first, 'up')
    await until('keepalived says Up', () => (/\(PEER\) Entering Up state/.test(theirs.log()) ? true : undefined))
    await ours.service.stop()
    await until('keepalived says why', () =>
      /\(PEER\) Entering Down state .*Remote diagnostic - Administratively Down/.test(theirs.log()) ? true : undefined,
    )
  }),
)

test('keepalived as the passive one waits for our first packet', { skip: needsRoot }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    await segment.startKeepalived(second, bfdInstance('PEER', first.address, 'passive') + two, [])
    await segment.startHavipd(first, bfdInstance('PEER', second.address) + one)
    await waitForState(segment, first, 'up')
  }),
)

test('our passive session waits for keepalived’s first packet', { skip: needsRoot }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    await segment.startHavipd(first, bfdInstance('PEER', second.address, 'passive') + one)
    await sleep(1500)
    assert.equal((await session(segment, first)).counters.sent, 0)
    await segment.startKeepalived(second, bfdInstance('PEER', first.address) + two, [])
    await waitForState(segment, first, 'up')
  }),
)

test(
  'when our process is killed its spare goes on with the session: keepalived notices nothing, the address stays',
  { skip: needsRoot },
  () =>
    withSegment(2, async (segment) => {
      const [first, second] = segment.nodes
      // A second of silence is forgiven: how fast the spare is, is measured elsewhere.
      const interval = 200
      const [one, two] = tutorialPair({ extra: 'track_bfd {\n PEER\n }' })
      const theirs = await segment.startKeepalived(second, bfdInstance('PEER', first.address, '', interval) + two, [])
      const ours = await segment.startHavipd(first, bfdInstance('PEER', second.address, '', interval) + one)
      await segment.waitForOwner(first, vip)
      const killed = ours.vrrpPid()
      const { discriminator } = await session(segment, first)
      process.kill(killed, 'SIGKILL')
      const after = await until('the spare answers', async () => {
        const status = await segment.status(first).catch(() => undefined)
        return status !== undefined && status.daemon.pid !== killed ? status : undefined
      })
      assert.deepEqual(
        after.bfd.sessions.map((one) => [one.state, one.discriminator]),
        [['up', discriminator]],
      )
      await sleep(1000)
      assert.equal((await session(segment, first)).counters.downs, 0)
      assert.deepEqual(
        (await segment.owners(vip)).map(({ name }) => name),
        [first.name],
      )
      assert.doesNotMatch(theirs.log(), /\(PEER\) (Expired|Entering Down)/)
    }),
)

test('a session with BIRD comes up at the negotiated times and goes down when BIRD dies', { skip: needsBird }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    const [one] = tutorialPair()
    const capture = await segment.capture()
    const bird = await startBird(second, [first.address])
    await segment.startHavipd(first, bfdInstance('PEER', second.address) + one)
    await waitForState(segment, first, 'up')
    await until('the poll is over', async () => ((await session(segment, first)).detectionTimeMs === detectionMs ? true : undefined))
    const theirs = await until('BIRD says Up', async () => {
      const text = await birdSessions(second)
      return /\bUp\b/.test(text) ? text : undefined
    })
    assert.match(theirs, /10\.9\.0\.1\s+eth0\s+Up\s+\S+\s+0\.060\s+0\.300/)
    bird.kill('SIGKILL')
    assertDetected(await waitForState(segment, first, 'down'))
    const { count, malformed } = await controlPackets(capture)
    assert(count > 5, `captured ${count} control packets`)
    assert.deepEqual(malformed, [])
    assert(!bird.isRunning(), tailOf(bird.log))
  }),
)

test('over IPv6 and multihop too', { skip: needsBird }, () =>
  withSegment(2, async (segment) => {
    const [first, second] = segment.nodes
    for (const [index, node] of [first, second].entries()) {
      await must(['ip', '-n', node.namespace, 'address', 'add', `fd09::${index + 1}/64`, 'dev', 'eth0', 'nodad'])
    }
    const [one] = tutorialPair()
    const capture = await segment.capture()
    await startBird(second, ['fd09::1'], `neighbor ${first.address} local ${second.address} multihop yes;`)
    // BIRD sends multihop packets with TTL 64, which says nothing about their way: the check is off.
    const sessions =
      bfdInstance('SIX', 'fd09::2', 'source_ip fd09::1\n hoplimit 255') +
      bfdInstance('FAR', second.address, `source_ip ${first.address}\n multihop\n max_hops -1`)
    await segment.startHavipd(first, sessions + one)
    await until('both are up', async () => {
      const { bfd } = await segment.status(first)
      return bfd.sessions.length === 2 && bfd.sessions.every(({ state }) => state === 'up') ? true : undefined
    })
    await sleep(1500)
    const ports = await must(['tshark', '-r', await capture.stop(), '-Y', 'bfd', '-T', 'fields', '-e', 'udp.dstport', '-e', 'ipv6.hlim'])
    assert.match(ports, /^4784\t$/m)
    assert.match(ports, /^3784\t255$/m)
  }),
)

test('a session that goes down moves the address, and VRRP alone would not have noticed', { skip: needsBird }, () =>
  withSegment(3, async (segment) => {
    const [first, second, gateway] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair({ extra: 'track_bfd {\n GATEWAY\n }' })
    await startBird(gateway, [first.address, second.address])
    await segment.startHavipd(first, bfdInstance('GATEWAY', gateway.address) + one)
    await segment.startHavipd(second, bfdInstance('GATEWAY', gateway.address) + two)
    await segment.waitForOwner(first, vip, 20_000)
    await waitForState(segment, second, 'up')

    // Only the way between the first node and the gateway goes: VRRP between the nodes works on.
    await must(first.inside(['nft', 'add table inet cut; add chain inet cut in { type filter hook input priority 0; }']))
    await must(first.inside(['nft', `add rule inet cut in ip saddr ${gateway.address} drop`]))
    await segment.waitForOwner(second, vip)
    assertDetected(await session(segment, first))
    const reason = (await segment.status(first)).instances[0]?.transitions[0]?.reason
    assert(reason?.kind === 'fault', JSON.stringify(reason))
    assert.deepEqual(
      reason.causes.map((cause) => cause.kind),
      ['bfd-down'],
    )

    await must(first.inside(['nft', 'delete table inet cut']))
    await segment.waitForOwner(first, vip, 20_000)
  }),
)
