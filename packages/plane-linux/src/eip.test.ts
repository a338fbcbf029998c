// An EIP carries what it should and no more: both ways, to its bandwidth, with the errors and sizes of the way, also from inside.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PlaneChange } from '@havip/vpc'
import { interfaceName, uplink } from './names.ts'
import type { LinuxDataPlane } from './plane.ts'
import { run } from './run.ts'
import { askFrom, openPlane, perlIn, serveIn } from './testing/plane-only.ts'
import * as world from './testing/world.ts'

const target = world.addressOf(1)
const eip = { ...world.eip, target }
const everything: PlaneChange[] = [
  { kind: 'put-network', network: world.network },
  { kind: 'put-switch', switch: world.planeSwitch },
  { kind: 'put-port', port: world.planePort(1, []) },
  { kind: 'put-port', port: world.planePort(2, []) },
  { kind: 'put-eip', eip },
]
/** Where clients of the Internet have their address. */
const client = '100.64.0.1'

describe('an EIP', { skip: world.whyNot }, () => {
  const w = world.whyNot === false ? world.makeWorld() : (undefined as never)
  let plane: LinuxDataPlane
  let server: ReturnType<typeof serveIn> | undefined
  const inside = (number = 1) => w.names.instance(world.instanceId(number))
  const counts = async () => {
    const [fact] = await plane.eipCounters()
    assert.ok(fact)
    return fact
  }
  before(async () => {
    plane = await openPlane(w)
    await plane.apply(everything)
    server = serveIn(inside(), 'here')
    await server.isUp
  })
  after(async () => {
    await server?.end()
    plane?.close()
    await w?.end()
  })

  /** Sends UDP as fast as it can for so long. Nothing listens: only the first few of its packets are answered, by errors. */
  const flood = (netns: string, address: string, ms: number) =>
    perlIn(
      netns,
      `use Socket; use Time::HiRes 'time'; socket(my $s, PF_INET, SOCK_DGRAM, 17); my $to = pack_sockaddr_in(9, inet_aton("${address}"));
my $end = time + ${ms / 1000}; my $text = 'x' x 1200; while (time < $end) { send($s, $text, 0, $to) for 1 .. 20; select(undef, undef, undef, 0.001) }`,
    )
  /** Bytes a second that passed while far more was sent. */
  const rateOf = async (direction: 'in' | 'out', bandwidthMbit: number) => {
    await plane.apply([{ kind: 'put-eip', eip: { ...eip, bandwidthMbit } }])
    const send = () => (direction === 'in' ? flood(w.names.internet, eip.address, 1_500) : flood(inside(), client, 1_500))
    // What may pass at once is used up first.
    await send()
    const before = await counts()
    const begun = performance.now()
    await send()
    const now = await counts()
    const bytes = direction === 'in' ? now.inBytes - before.inBytes : now.outBytes - before.outBytes
    const dropped = direction === 'in' ? now.inDropped - before.inDropped : now.outDropped - before.outDropped
    assert.ok(dropped > 0, 'more was sent than may pass')
    return bytes / ((performance.now() - begun) / 1000)
  }

  for (const direction of ['in', 'out'] as const)
    test(`has its bandwidth ${direction === 'in' ? 'inward' : 'outward'}, and no more`, async (context) => {
      const [slow, quick] = [await rateOf(direction, 1), await rateOf(direction, 8)]
      context.diagnostic(`1 Mbit/s: ${Math.round(slow)} bytes/s; 8 Mbit/s: ${Math.round(quick)} bytes/s`)
      // A tenth of a second, or 64 KiB, may pass at once besides; starting a program takes a part of the time.
      assert.ok(slow < 125_000 + 65_536 && quick < 1_000_000 * 1.2, `${slow} ${quick}`)
      assert.ok(quick / slow > 2.5 && quick / slow < 12, `${quick / slow}`)
    })

  test('counts both ways, and goes on counting when it moves to another instance', async () => {
    await plane.apply([{ kind: 'put-eip', eip }])
    const before = await counts()
    assert.equal(await askFrom(w.names.internet, eip.address), 'here')
    const now = await counts()
    assert.ok(now.inPackets > before.inPackets && now.outPackets > before.outPackets)
    const outBytes = now.outBytes - before.outBytes
    assert.ok(outBytes > 4 * 40 && outBytes < 1_000, `${outBytes} bytes for a connection with four of text`)
    await plane.apply([{ kind: 'put-eip', eip: { ...eip, target: world.addressOf(2) } }])
    assert.ok((await counts()).inPackets >= now.inPackets)
    await plane.apply([{ kind: 'put-eip', eip }])
  })

  test('is the address that an instance has outside', async () => {
    const listener = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 17); bind($s, pack_sockaddr_in(7070, INADDR_ANY)); $| = 1; print "up\\n";
alarm 20; my $from = recv($s, my $text, 100, 0); print inet_ntoa((unpack_sockaddr_in($from))[1])`
    const heard = perlIn(w.names.internet, listener)
    const say = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 17); for (1 .. 50) { send($s, 'x', 0, pack_sockaddr_in(7070, inet_aton("${client}"))); select(undef, undef, undef, 0.1) }`
    const saying = perlIn(inside(), say)
    assert.equal((await heard).split('\n')[1], eip.address)
    await saying
    assert.equal(await askFrom(inside(2), client, 7070), '', 'and one without an EIP has no way out')
  })

  test('brings errors back to who asked, as from itself', async () => {
    const script = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 17); connect($s, pack_sockaddr_in(9, inet_aton("${eip.address}")));
send($s, 'x', 0); alarm 3; defined recv($s, my $text, 10, 0) ? print 'answer' : print $!`
    assert.equal(await perlIn(w.names.internet, script), 'Connection refused')
  })

  test('lets both sides find out how large a packet may be', async () => {
    const router = w.names.router(world.vpc)
    const setMtu = (link: string, mtu: number) => run(['ip', '-n', router, 'link', 'set', link, 'mtu', String(mtu)])
    // IP_MTU_DISCOVER = IP_PMTUDISC_DO: never fragmented. The error comes with a later send.
    const sendLarge = (netns: string, address: string) =>
      perlIn(
        netns,
        `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 17); setsockopt($s, 0, 10, pack('i', 2)); connect($s, pack_sockaddr_in(9, inet_aton("${address}")));
my $last = ''; for (1 .. 20) { $! = 0; send($s, 'x' x 1400, 0); $last = "$!"; last if $last =~ /long/; select(undef, undef, undef, 0.05) } print $last`,
      )
    await setMtu(uplink, 1300)
    assert.equal(await sendLarge(inside(), client), 'Message too long')
    await setMtu(uplink, 1500)
    const bridge = interfaceName('b', world.vswitch)
    await setMtu(bridge, 1300)
    assert.equal(await sendLarge(w.names.internet, eip.address), 'Message too long')
    const learnt = await run(['ip', '-n', w.names.internet, 'route', 'get', eip.address])
    assert.match(learnt, /mtu 1300/)
    await setMtu(bridge, 1500)
  })

  test('is reached from inside: by a neighbour, and by the instance that has it', async () => {
    assert.equal(await askFrom(inside(2), eip.address), 'here')
    assert.equal(await askFrom(inside(1), eip.address), 'here')
  })

  test('carries no VRRP', async () => {
    const listener = `use Socket; socket(my $s, PF_INET, SOCK_RAW, 112) or die; $SIG{ALRM} = sub { print 'nothing'; exit }; alarm 3; recv($s, my $text, 100, 0); print 'heard'`
    const heard = perlIn(inside(), listener)
    const say = `use Socket; socket(my $s, PF_INET, SOCK_RAW, 112); for (1 .. 20) { send($s, 'x' x 20, 0, pack_sockaddr_in(0, inet_aton("${eip.address}"))); select(undef, undef, undef, 0.1) }`
    await perlIn(w.names.internet, say)
    assert.equal(await heard, 'nothing')
  })

  test('keeps its flows while we are started anew and order everything again', async () => {
    const echo = `use IO::Socket::INET; alarm 60; my $s = IO::Socket::INET->new(Listen => 1, LocalPort => 81) or die; $| = 1;
my $c = $s->accept; while (my $line = <$c>) { print $c $line; $c->flush }`
    const serving = perlIn(inside(), echo)
    const asking = perlIn(
      w.names.internet,
      `use IO::Socket::INET; alarm 60; my $s; for (1 .. 50) { $s = IO::Socket::INET->new(PeerAddr => "${eip.address}", PeerPort => 81) and last; select(undef, undef, undef, 0.1) }
for my $n (1 .. 60) { print $s "$n\\n"; $s->flush; my $line = <$s>; last unless $line eq "$n\\n"; print "."; select(undef, undef, undef, 0.05) }`,
    )
    plane.close()
    plane = await openPlane(w)
    await plane.apply(everything)
    assert.equal(await asking, '.'.repeat(60))
    await serving
  })

  test('is gone with its flows and every trace when it is removed, also from inside', async () => {
    await plane.apply([{ kind: 'remove-eip', vpc: world.vpc, eip: eip.eip }])
    assert.deepEqual(await plane.eipCounters(), [])
    assert.equal(await askFrom(w.names.internet, eip.address), '')
    assert.equal(await askFrom(inside(2), eip.address), '')
  })
})
