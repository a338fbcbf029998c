import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, instant } from '@havip/base'
import type { Host, ReceivedPacket, TransportSpec } from './host.ts'
import { Noise, strangersMax } from './noise.ts'
import { type Listener, Transports } from './transports.ts'

test('a second that brings more strangers than can be looked at is too much, slow ones never are', () => {
  const noise = new Noise()
  for (let i = 0; i < 10 * strangersMax; i++) assert.equal(noise.isTooMuch(instant(i * 6)), false)
  const flood = new Noise()
  for (let i = 0; i < strangersMax; i++) assert.equal(flood.isTooMuch(instant(i)), false)
  assert.equal(flood.isTooMuch(instant(strangersMax)), true)
})

const spec: TransportSpec = { family: 'ipv4', protocol: 112, interface: undefined, groups: [] }
type Filter = { readonly vrids: readonly number[] | undefined; readonly sources: readonly string[] | undefined }

/** A socket in memory: what it accepts, and a way to feed it. */
function socketOf(onUnknownVrid?: () => void) {
  const filters: Filter[] = []
  const later: (() => void)[] = []
  let hear: (packet: ReceivedPacket) => void = () => {}
  const host = {
    log: () => {},
    openTransport: (_: TransportSpec, onPacket: typeof hear) => {
      hear = onPacket
      return { ok: true, value: { accept: (filter: Filter) => void filters.push(filter), close: () => {} } }
    },
  } as unknown as Host
  const transports = new Transports(host, (run, after) => (after === undefined ? run() : void later.push(run)), onUnknownVrid)
  const packet = (vrid: number, source: string, at: number): void =>
    hear({ protocol: 112, source, payload: Uint8Array.of(0x21, vrid, 100, 0, 0, 0, 0, 0), at: instant(at) } as unknown as ReceivedPacket)
  return { transports, filters, later, packet }
}
const listener = (vrid: number, sources: readonly string[] | undefined): Listener & { heard: number } => ({
  vrid,
  sources: sources as readonly IpAddress[] | undefined,
  heard: 0,
  receive() {
    this.heard++
  },
})

test('a flood of strangers shuts the filter to the peers, and it is opened again after a while', () => {
  const { transports, filters, later, packet } = socketOf()
  const first = listener(51, ['10.0.0.2'])
  transports.join(spec, first)
  transports.join(spec, listener(52, ['10.0.0.3']))
  for (let i = 0; i <= strangersMax; i++) packet(51, '10.0.0.66', i)
  assert.equal(first.heard, strangersMax + 1)
  assert.deepEqual(filters.at(-1), { vrids: [51, 52], sources: ['10.0.0.2', '10.0.0.3'] })
  // A router that comes meanwhile is let in, and its peers with it.
  transports.join(spec, listener(53, ['10.0.0.4']))
  assert.deepEqual(filters.at(-1)?.sources, ['10.0.0.2', '10.0.0.3', '10.0.0.4'])
  for (const run of later) run()
  assert.deepEqual(filters.at(-1), { vrids: [51, 52, 53], sources: undefined })
})

test('whoever listens to a group hears everybody, and unknown VRIDs are shut out when they are told of', () => {
  const { transports, filters, later, packet } = socketOf(() => {})
  transports.join(spec, listener(51, undefined))
  assert.deepEqual(filters.at(-1), { vrids: undefined, sources: undefined })
  for (let i = 0; i < 10 * strangersMax; i++) packet(51, `10.0.1.${i % 250}`, 0)
  assert.equal(later.length, 0)
  for (let i = 0; i <= strangersMax; i++) packet(99, '10.0.0.66', 0)
  assert.deepEqual(filters.at(-1), { vrids: [51], sources: undefined })
  for (const run of later) run()
  assert.deepEqual(filters.at(-1), { vrids: undefined, sources: undefined })
})
