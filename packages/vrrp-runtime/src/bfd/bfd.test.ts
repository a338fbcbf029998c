// BFD in the whole daemon: two machines and a gateway on one segment, where any of the paths can be cut.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, type IpAddress, type Ipv4, instant, microseconds } from '@havip/base'
import { bfdPort, decodeBfd, decodeIpv4, decodeUdp, encodeBfd, encodeIpv4, encodeUdp, ipProtocol } from '@havip/wire'
import { createDaemon, type Daemon } from '../daemon.ts'
import { FakeHost } from '../testing/fake-host.ts'
import { configPath, Pair, type PairSettings } from '../testing/pair.ts'
import type { BfdSessionStatus } from './status.ts'

const gatewayAddress = '192.168.0.1'
const bfdInstance = (name: string, neighbor: string, more = '', multiplier = 5): string => `
bfd_instance ${name} {
  neighbor_ip ${neighbor}
  min_rx 10
  min_tx 10
  multiplier ${multiplier}
  ${more}
}
`
/** Both machines have a session with the gateway; the instance tracks it as `track` says. */
const tracking = (track = 'GW', more = ''): Partial<PairSettings> => ({
  blocks: bfdInstance('GW', gatewayAddress, more),
  instance: track === '' ? '' : `track_bfd {\n ${track}\n }`,
})

class Lab {
  readonly pair: Pair
  readonly gateway: FakeHost
  readonly gatewayDaemon: Daemon

  constructor(one: Partial<PairSettings>, two: Partial<PairSettings> = one) {
    this.pair = Pair.ofSeed(one, two)
    this.gateway = new FakeHost('gw', this.pair.time, this.pair.segment)
    this.gateway.setLink('eth0', [gatewayAddress])
    this.gateway.fileTexts.set(configPath, bfdInstance('ONE', '192.168.0.209') + bfdInstance('TWO', '192.168.0.210'))
    this.gatewayDaemon = createDaemon(this.gateway, this.gateway.clock, {
      configFile: configPath,
      checksAllIncludes: false,
      env: {},
      machine: this.gateway.machine,
      release: 'test',
      pid: 3,
      logsDetail: true,
      keepsAddresses: false,
    })
  }

  start(): this {
    const started = this.gatewayDaemon.start()
    assert(started.ok, JSON.stringify(started))
    this.pair.start()
    return this
  }
  run(ms: number): void {
    this.pair.time.advance(ms)
  }
  get now(): Instant {
    return this.pair.time.now
  }
  /** Takes the path between machine one and the gateway away, and nothing else. */
  cut(): void {
    this.pair.segment.loses = (from, to) =>
      (from === this.pair.one.host && to === this.gateway) || (from === this.gateway && to === this.pair.one.host)
  }
  mend(): void {
    this.pair.segment.loses = () => false
  }
  session(daemon = this.pair.one.daemon): BfdSessionStatus {
    const session = daemon.status().bfd.sessions[0]
    assert(session)
    return session
  }
  /** A packet that machine one gets from somewhere. */
  inject(payload: Uint8Array, from = gatewayAddress, ttl = 255): void {
    const ends = { family: 'ipv4', source: from as IpAddress, destination: '192.168.0.209' as IpAddress } as const
    const udp = encodeUdp({ sourcePort: 50_000, destinationPort: bfdPort.singleHop }, payload, ends)
    const head = {
      source: from as Ipv4,
      destination: '192.168.0.209' as Ipv4,
      ttl,
      protocol: ipProtocol.udp,
      id: 0,
      payloadLength: udp.length,
    }
    this.pair.one.host.deliver(Uint8Array.of(...encodeIpv4(head), ...udp), 'eth0')
  }
}

test('a session comes up with the negotiated times, and the status document says so', () => {
  const lab = new Lab(tracking()).start()
  lab.run(4000)
  const session = lab.session()
  assert.equal(session.state, 'up')
  assert.deepEqual([session.transmitIntervalMs, session.detectionTimeMs, session.remote?.state, session.counters.ups], [10, 50, 'up', 1])
  assert.deepEqual(lab.pair.one.host.lines(/^\(GW\) Entering Up state/), ['(GW) Entering Up state: the neighbor says Init'])
})

test('with weight 0 the instance is in FAULT until the session is up', () => {
  const lab = new Lab(tracking())
  lab.cut()
  lab.start()
  lab.run(5000)
  const status = lab.pair.one.daemon.status().instances[0]
  assert.equal(status?.state, 'fault')
  assert.deepEqual(status?.faults, ['BFD session GW is down (not up since the start)'])
  lab.mend()
  lab.run(8000)
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
})

test('a session that goes down moves the address at once, with the reason', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
  lab.cut()
  // The detection time of 50 ms, and the peer, alone with us, claims right after the resignation.
  lab.run(55)
  assert.deepEqual(lab.pair.owners(), ['ecs-2'])
  const reason = lab.pair.one.daemon.status().instances[0]?.transitions[0]?.reason
  assert(reason?.kind === 'fault')
  const [cause] = reason.causes
  assert(cause?.kind === 'bfd-down')
  assert.match(cause.detail, /^no control packet for \d+\.\d ms; detection time 50\.0 ms/)
  assert.deepEqual(lab.pair.one.host.lines(/Tracked BFD/).slice(-1), ['VRRP_Instance(VI_1) Tracked BFD instance GW is DOWN'])
  lab.mend()
  lab.run(12_000)
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
})

test('with a weight the session adds to the priority', () => {
  const lab = new Lab(tracking('GW weight -95')).start()
  lab.run(8000)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.priority.effective, 100)
  lab.cut()
  lab.run(60)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.priority.effective, 5)
  lab.run(5000)
  assert.deepEqual(lab.pair.owners(), ['ecs-2'])
})

test('reversed, a session that is up is what takes away', () => {
  const lab = new Lab(tracking('GW weight 20 reverse')).start()
  lab.run(4000)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.priority.effective, 80)
  lab.cut()
  lab.run(60)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.priority.effective, 100)
})

test('an entry without a weight has the session’s own', () => {
  const lab = new Lab(tracking('GW', 'weight 7')).start()
  lab.run(4000)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.priority.effective, 107)
})

test('a sync group’s session counts for its members', () => {
  const settings: Partial<PairSettings> = {
    blocks: `${bfdInstance('GW', gatewayAddress)}
vrrp_sync_group G { group { VI_1 } track_bfd { GW } }`,
  }
  const lab = new Lab(settings).start()
  lab.run(8000)
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
  lab.cut()
  lab.run(60)
  assert.equal(lab.pair.one.daemon.status().instances[0]?.state, 'fault')
})

test('the neighbor that stops says so, and is not waited for', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  lab.gatewayDaemon.stop(() => {})
  lab.run(2)
  const session = lab.session()
  assert.equal(session.state, 'down')
  assert.deepEqual(session.transitions[0]?.reason, { kind: 'neighbor-says', state: 'admin-down', diagnostic: 'administratively-down' })
})

test('with -V nothing is said at the end', () => {
  const lab = new Lab(tracking()).start()
  lab.run(4000)
  lab.pair.two.host.killDaemon()
  lab.pair.restart(lab.pair.two, { keepsAddresses: true })
  lab.run(6000)
  assert.equal(lab.session(lab.pair.two.daemon).state, 'up')
  const before = lab.pair.segment.sent.length
  lab.pair.two.daemon.stop(() => {})
  lab.run(2)
  const said = lab.pair.segment.sent.slice(before).filter(({ from }) => from === lab.pair.two.host)
  assert.deepEqual(
    said.flatMap(({ datagram }) => stateOf(datagram)).filter((state) => state === 'admin-down'),
    [],
  )
})

test('with -B no session speaks, and who tracks one is told why it is down', () => {
  const lab = new Lab(tracking())
  lab.pair.restart(lab.pair.one, { runsBfd: false })
  lab.run(5000)
  assert.equal(lab.session().counters.sent, 0)
  assert.deepEqual(lab.pair.one.daemon.status().instances[0]?.faults, ['BFD session GW is down (BFD is switched off by -B)'])
})

test('the log has keepalived’s lines about a silence', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  lab.cut()
  lab.run(60)
  const [expired, down] = lab.pair.one.host.lines(/^\(GW\) (Expired|Entering Down).*(overdue|Expired)/)
  assert.match(expired ?? '', /^\(GW\) Expired after 50 ms \(\d+ usec overdue\)$/)
  assert.match(
    down ?? '',
    /^\(GW\) Entering Down state \(Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic\): no control packet for/,
  )
})

test('a reload leaves an unchanged session alone, and changes another without taking it down', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  const before = lab.session()
  const text = lab.pair.one.host.fileTexts.get(configPath) ?? ''
  lab.pair.write(lab.pair.one, text.replace('priority 100', 'priority 90'))
  assert(lab.pair.one.daemon.reload().accepted)
  lab.pair.write(
    lab.pair.one,
    text.replace('min_tx 10', 'min_tx 40').replace('GW {', 'GATEWAY {').replace('  GW\n', '  GATEWAY\n').replace(' GW\n', ' GATEWAY\n'),
  )
  assert(lab.pair.one.daemon.reload().accepted)
  lab.run(1000)
  const after = lab.session()
  assert.deepEqual([after.name, after.state, after.discriminator], ['GATEWAY', 'up', before.discriminator])
  assert.deepEqual([after.counters.ups, after.counters.downs, after.transmitIntervalMs], [1, 0, 40])
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
  assert.equal(lab.session(lab.gatewayDaemon).detectionTimeMs, 200)
})

test('a session that a reload drops is told the neighbor, and its tracker is gone', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  const text = lab.pair.one.host.fileTexts.get(configPath) ?? ''
  lab.pair.write(lab.pair.one, text.replace(/bfd_instance GW \{[^}]*\}/, '').replace(/track_bfd \{[^}]*\}/, ''))
  assert(lab.pair.one.daemon.reload().accepted)
  lab.run(2)
  assert.deepEqual(lab.pair.one.daemon.status().bfd.sessions, [])
  assert.deepEqual(lab.session(lab.gatewayDaemon).transitions[0]?.sentence, 'the neighbor says AdminDown (Administratively Down)')
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
})

test('a port that somebody else holds is taken as soon as it is free', () => {
  const lab = new Lab(tracking())
  lab.pair.one.host.refuses.openUdp = { call: 'bind', errno: 'EADDRINUSE', detail: 'Address already in use' }
  lab.start()
  lab.run(3000)
  assert.equal(lab.pair.one.host.lines(/BFD cannot listen/).length, 1)
  assert.deepEqual(lab.pair.one.daemon.status().bfd.listenFaults, ['Address already in use'])
  assert.equal(lab.pair.one.host.lines(/cannot send: bind: EADDRINUSE/).length, 1)
  lab.pair.one.host.refuses = {}
  lab.run(5000)
  assert.equal(lab.session().state, 'up')
})

// --- another process goes on

const goesOn = (lab: Lab): void => {
  assert.equal(lab.session().state, 'up')
  lab.run(5000)
  assert.deepEqual(lab.pair.owners(), ['ecs-1'])
  const theirs = lab.gatewayDaemon.status().bfd.sessions.find(({ name }) => name === 'ONE')
  assert.deepEqual([theirs?.state, theirs?.counters.ups, theirs?.counters.downs], ['up', 1, 0])
  assert.equal(lab.session().counters.downs, 0)
}

test('a handover takes the session along: the neighbor notices nothing, and who tracks it stays master', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  const { discriminator } = lab.session()
  const heritage = lab.pair.one.daemon.handOver()
  lab.run(20)
  lab.pair.restart(lab.pair.one, { succession: { heritage: JSON.parse(JSON.stringify(heritage)), how: 'handover' } })
  assert.equal(lab.session().discriminator, discriminator)
  goesOn(lab)
})

test('the next process goes on with the session after a SIGKILL too', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  const heritage = lab.pair.one.host.will?.heritage
  assert(heritage)
  lab.pair.one.host.killDaemon()
  lab.run(20)
  lab.pair.restart(lab.pair.one, { succession: { heritage, how: 'signal SIGKILL' } })
  goesOn(lab)
})

// --- what must not be believed

const forged = (yourDiscriminator: number): Uint8Array =>
  encodeBfd({
    state: 'down',
    diagnostic: 'path-down',
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    multiplier: 3,
    myDiscriminator: 99,
    yourDiscriminator,
    desiredMinTx: microseconds(1_000_000),
    requiredMinRx: microseconds(1_000_000),
    requiredMinEchoRx: microseconds(0),
  })

test('a packet from beyond the link, from a stranger or without sense changes nothing and is counted by kind', () => {
  const lab = new Lab(tracking()).start()
  lab.run(8000)
  const { discriminator } = lab.session()
  for (let i = 0; i < 3; i++) {
    lab.inject(forged(discriminator), gatewayAddress, 254)
    lab.inject(forged(discriminator), '192.168.0.66')
    lab.inject(forged(1 + (discriminator % 0xffff_fffe)), gatewayAddress)
    lab.inject(forged(0), '192.168.0.66')
    lab.inject(Uint8Array.of(1, 2, 3))
  }
  const { refused } = lab.pair.one.daemon.status().bfd
  assert.deepEqual(refused, { 'ttl-too-low': 3, 'wrong-addresses': 3, 'no-session': 6, 'too-short': 3 })
  assert.equal(lab.session().state, 'up')
  assert.equal(lab.session().counters.refused, 9)
  assert.deepEqual(lab.pair.one.host.lines(/^BFD packet from .* discarded: TTL/), [
    'BFD packet from 192.168.0.1 discarded: TTL 254, at least 255 is asked for (ttl less max_hops)',
  ])
  assert(lab.pair.one.daemon.recording('GW').some(({ what }) => what.kind === 'bfd-refused'))
})

test('max_hops lets packets from so many hops away in', () => {
  const lab = new Lab(tracking('GW', 'max_hops 1')).start()
  lab.run(8000)
  lab.inject(forged(lab.session().discriminator), gatewayAddress, 254)
  assert.equal(lab.session().state, 'down')
})

test('a freeze of our own process is no silence of the neighbor', () => {
  const lab = new Lab({ blocks: bfdInstance('GW', gatewayAddress, '', 20) }).start()
  lab.run(8000)
  assert.equal(lab.session().detectionTimeMs, 50)
  // The whole machine stands still: what the neighbor sends meanwhile is lost.
  lab.cut()
  lab.pair.one.host.clock.freeze(instant(lab.now + 100))
  lab.run(99.9)
  lab.mend()
  lab.run(500)
  assert.equal(lab.session().counters.downs, 0)
})

function stateOf(datagram: Uint8Array): readonly string[] {
  const ip = decodeIpv4(datagram)
  if (!ip.ok || ip.value.header.protocol !== ipProtocol.udp) return []
  const udp = decodeUdp(ip.value.payload, { family: 'ipv4', ...ip.value.header })
  const bfd = udp.ok ? decodeBfd(udp.value.payload) : undefined
  return bfd?.ok ? [bfd.value.state] : []
}
