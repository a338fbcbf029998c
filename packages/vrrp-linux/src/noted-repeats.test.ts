import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type IpAddress, type Milliseconds, milliseconds } from '@havip/base'
import { SyscallError } from '@havip/linux'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import { createNotingFilter } from './noted-repeats.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import type { AdvertTransport, ReceivedPacket, RepeatNotes } from './port.ts'
import {
  advertPayload,
  createTestNetwork,
  eventually,
  ipv4,
  ipv4Datagram,
  pause,
  skipWithoutNamespaces,
  type TestNetwork,
} from './test-network.ts'

/** With fewer routers each packet is handed over. */
const crowd = Array.from({ length: 20 }, (_, i) => i + 1)
const interval = milliseconds(1000)

function whyNot(): string | false {
  try {
    createNotingFilter().release()
    return false
  } catch (error) {
    if (error instanceof SyscallError) return `needs a kernel with BPF and the right to use it: ${error.message}`
    throw error
  }
}

describe('repeats noted by the kernel', { skip: skipWithoutNamespaces || whyNot() }, () => {
  let network: TestNetwork
  let clock: LinuxClock
  let left: LinuxHost
  let right: LinuxHost
  let sender: AdvertTransport
  let receiver: AdvertTransport
  const log: string[] = []
  const heard: ReceivedPacket[] = []
  let notes: RepeatNotes | undefined
  /** What the handler begins notes with; none without. */
  let wanted: Milliseconds | undefined

  before(() => {
    network = createTestNetwork()
    clock = createLinuxClock()
    left = network.left.within(() => createLinuxHost({ clock, log: () => {} }))
    right = network.right.within(() => createLinuxHost({ clock, log: (_, line) => log.push(line) }))
    const open = (side: 'left' | 'right', onPacket: (packet: ReceivedPacket) => void): AdvertTransport => {
      const opened = network[side].within(() =>
        (side === 'left' ? left : right).openTransport(
          { family: 'ipv4', protocol: 112, interface: network[side].indexOf('eth0'), groups: [] },
          onPacket,
        ),
      )
      assert.ok(opened.ok, JSON.stringify(opened))
      return opened.value
    }
    sender = open('left', () => {})
    receiver = open('right', (packet) => {
      heard.push({ ...packet, payload: packet.payload.slice() })
      if (wanted !== undefined) notes = receiver.noteRepeats?.(packet, wanted)
    })
    receiver.accept({ vrids: crowd, sources: undefined })
  })
  after(() => {
    left.close()
    right.close()
    clock.close()
    network.close()
  })

  let identification = 0
  function send(vrid: number, change: (datagram: Uint8Array) => Uint8Array = (datagram) => datagram): void {
    const datagram = ipv4Datagram('10.9.0.1', '10.9.0.2', advertPayload(vrid))
    datagram[5] = ++identification
    const to = { destination: '10.9.0.2' as IpAddress, source: '10.9.0.1' as IpAddress, hopLimit: 255 }
    const sent = sender.send(change(datagram), to)
    assert.ok(sent.ok, JSON.stringify(sent))
  }
  /** The first is handed over, and notes begin with it. */
  async function begin(vrid: number, every: Milliseconds = interval): Promise<RepeatNotes> {
    heard.length = 0
    wanted = every
    notes = undefined
    send(vrid)
    await eventually('the first', () => heard.length === 1)
    wanted = undefined
    assert.ok(notes, log.join('\n'))
    return notes
  }
  async function counts(of: RepeatNotes, count: number): Promise<void> {
    let sum = 0
    await eventually(`${count} noted`, () => {
      if (of.update()) sum += of.count
      return sum >= count
    })
    assert.equal(sum, count)
  }

  test('repeats are counted with the time of the last, and nobody is woken', async () => {
    const noted = await begin(7)
    assert.equal(noted.update(), false)
    const since = clock.now()
    for (let i = 0; i < 5; i++) send(7)
    await counts(noted, 5)
    assert.ok(noted.at >= since && noted.at <= clock.now(), `${since} ${noted.at}`)
    assert.equal(heard.length, 1)
    assert.equal(noted.latenessMs, 0)
    assert.ok(noted.longestGapMs > 0)
    noted.end()
    send(7)
    await eventually('handed over again', () => heard.length === 2)
    assert.equal(noted.update(), false)
  })

  test('a packet that differs in any byte is handed over, and the notes go on', async () => {
    const noted = await begin(7)
    const header = 20
    const changes: ((datagram: Uint8Array) => void)[] = []
    for (let at = 0; at < advertPayload(7).length; at++)
      // The VRID's own byte leads to another router.
      if (at !== 1) changes.push((datagram) => datagram.set([(datagram[header + at] ?? 0) ^ 1], header + at))
    changes.push((datagram) => datagram.set([254], 8))
    changes.push((datagram) => datagram.set([0x20], 1))
    for (const [i, change] of changes.entries()) {
      send(7, (datagram) => {
        change(datagram)
        return datagram
      })
      await eventually(`change ${i} is handed over`, () => heard.length === i + 2)
    }
    send(7, (datagram) => Uint8Array.from([...datagram, 0]))
    await eventually('a longer one', () => heard.length === changes.length + 2)
    send(7, (datagram) => datagram.subarray(0, datagram.length - 1))
    await eventually('a shorter one', () => heard.length === changes.length + 3)
    assert.equal(noted.update(), false)
    send(7)
    await counts(noted, 1)
    noted.end()
  })

  test('the same bytes from another source are handed over', async () => {
    network.left.ip('addr add 10.9.0.7/24 dev eth0')
    const noted = await begin(7)
    send(7, (datagram) => {
      datagram.set([7], 15)
      return datagram
    })
    await eventually('it', () => heard.length === 2)
    assert.equal(heard[1]?.source, '10.9.0.7')
    assert.equal(noted.update(), false)
    noted.end()
  })

  test('one that comes too late is handed over', async () => {
    const noted = await begin(7, milliseconds(20))
    await pause(60)
    send(7)
    await eventually('the late one', () => heard.length === 2)
    assert.equal(noted.update(), false)
    noted.end()
  })

  test('lateness falls into its class', async () => {
    const noted = await begin(7, milliseconds(20))
    // Long enough after the first one that it is late, or on a busy machine too late: then it is handed over.
    await pause(23)
    send(7)
    await eventually('it', () => heard.length === 2 || noted.update())
    if (heard.length === 1) {
      assert.ok(noted.latenessMs > 0 && noted.latenessMs <= 9)
      const place = noted.classes.indexOf(1)
      assert.ok(noted.latenessMs < 0.1 * 2 ** place && (place === 0 || noted.latenessMs >= 0.1 * 2 ** (place - 1)))
    }
    noted.end()
  })

  test('each VRID has notes of its own, and only one', async () => {
    const seven = await begin(7)
    const eight = await begin(8)
    send(7)
    send(8)
    send(8)
    await counts(seven, 1)
    await counts(eight, 2)
    seven.end()
    wanted = interval
    send(7)
    await eventually('it begins anew', () => heard.length === 2)
    const again = notes
    assert.ok(again)
    send(7, (datagram) => {
      datagram.set([99], 22)
      return datagram
    })
    await eventually('another', () => heard.length === 3)
    assert.equal(notes, undefined)
    wanted = undefined
    again.end()
    eight.end()
  })

  test('what is for nobody here is dropped as ever, and what has IP options is handed over', async () => {
    heard.length = 0
    send(99)
    send(7, (datagram) => {
      // One word of no-operations behind the header.
      const longer = Uint8Array.from([...datagram.subarray(0, 20), 1, 1, 1, 1, ...datagram.subarray(20)])
      longer[0] = 0x46
      return longer
    })
    await eventually('that with options', () => heard.length === 1)
    assert.equal(heard[0]?.header.length, 24)
  })

  test('sources that nobody knows are dropped when there is a list', async () => {
    receiver.accept({ vrids: crowd, sources: [ipv4('10.9.0.7'), ipv4('203.0.113.254')] })
    heard.length = 0
    send(7)
    send(7, (datagram) => {
      datagram.set([7], 15)
      return datagram
    })
    await eventually('the known one', () => heard.length === 1)
    assert.equal(heard[0]?.source, '10.9.0.7')
    receiver.accept({ vrids: crowd, sources: undefined })
  })

  test('notes outlive a change of the filter, also one that ends all noting', async () => {
    const noted = await begin(7)
    send(7)
    await counts(noted, 1)
    receiver.accept({ vrids: [...crowd, 30], sources: undefined })
    send(7)
    await counts(noted, 1)
    send(7)
    await pause(20)
    receiver.accept({ vrids: [7], sources: undefined })
    send(7)
    await eventually('handed over', () => heard.length === 2)
    noted.end()
    assert.ok(noted.update())
    assert.equal(noted.count, 1)
    receiver.accept({ vrids: crowd, sources: undefined })
  })
})
