// Two dozen masters on one machine, and the same life led twice: by a host that can send for many at once, and by one that can not.
import assert from 'node:assert/strict'
import type { Daemon } from '../daemon.ts'
import { FakeHost } from './fake-host.ts'
import { FakeSegment } from './fake-segment.ts'
import { configPath, newDaemon } from './pair.ts'
import { VirtualTime } from './virtual-clock.ts'

export const count = 24

/** Their priorities differ, and so the instants at which they become masters and speak. */
const instance = (index: number, more = ''): string => `vrrp_instance VI_${index} {
  state BACKUP
  interface eth0
  virtual_router_id ${index + 1}
  priority ${100 - index}
  advert_int ${index % 3 === 0 ? 2 : 1}
  virtual_ipaddress {
    10.1.0.${index + 1}
  }
  ${more}
}
`
export const file = (change: (index: number) => string | undefined = () => ''): string =>
  Array.from({ length: count }, (_, index) => index)
    .flatMap((index) => {
      const more = change(index)
      return more === undefined ? [] : [instance(index, more)]
    })
    .join('')

export type Scene = { readonly time: VirtualTime; readonly host: FakeHost; readonly segment: FakeSegment; readonly daemon: Daemon }

export function scene(canPrepare: boolean, text = file()): Scene {
  const time = new VirtualTime()
  const segment = new FakeSegment(time)
  const host = new FakeHost('one', time, segment)
  host.canPrepare = canPrepare
  host.setLink('eth0', ['10.0.0.1'])
  host.fileTexts.set(configPath, text)
  const daemon = newDaemon(host)
  assert.ok(daemon.start().ok)
  return { time, host, segment, daemon }
}

/** Without the identification: the kernel's number instead of ours is the only difference on the wire. */
const wire = ({ segment }: Scene): string[] =>
  segment.sent.map(({ at, datagram }) => `${at.toFixed(3)} ${datagram.map((byte, i) => (i === 4 || i === 5 ? 0 : byte)).join(' ')}`).sort()

export const told = ({ daemon }: Scene): unknown =>
  daemon.status().instances.map(({ name, state, counters, priority }) => ({ name, state, counters, priority }))

/** The same life with and without the quicker way. */
export function alike(live: (scene: Scene) => void, text?: string): Scene {
  const [together, alone] = [scene(true, text), scene(false, text)]
  for (const one of [together, alone]) live(one)
  assert.ok(together.host.sentPrepared > 0)
  assert.equal(alone.host.sentPrepared, 0)
  assert.deepEqual(wire(together), wire(alone))
  assert.deepEqual(told(together), told(alone))
  return together
}

/** An advert of another router of this VRID, whose priority is lower than ours: what was sent last, with another source. */
export function strangersAdvert({ segment }: Scene, vrid: number): Uint8Array {
  const theirs = segment.sent.findLast(({ datagram }) => datagram[21] === vrid)?.datagram.slice()
  assert.ok(theirs)
  theirs[15] = 9
  theirs[22] = 50
  const body = theirs.subarray(20)
  body.fill(0, 6, 8)
  let sum = 0
  for (let i = 0; i < body.length; i += 2) sum += ((body[i] as number) << 8) | (body[i + 1] as number)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  body.set([(~sum >> 8) & 255, ~sum & 255], 6)
  return theirs
}
