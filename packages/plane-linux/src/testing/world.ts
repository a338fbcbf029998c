// A little cloud on this machine for tests: names of its own, removed without a trace whatever happens.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type IpAddress, type Ipv4, type Ipv6, ipToBytes, type Mac, macToBytes } from '@havip/base'
import { AF, bindSocket, closeDescriptor, openSocket, packetAddress, SOCK, sendTo } from '@havip/linux'
import type { EipId, HavipId, InstanceId, NetworkInterfaceId, PlaneChange, PlanePort, VpcId, VswitchId } from '@havip/vpc'
import type { InstanceSpec } from '@havip/vpc-service'
import { namesOf, netnsDirectory } from '../names.ts'
import { insideNetns } from '../netns.ts'
import { missingTools } from '../tools.ts'
import { wipe } from '../wipe.ts'

/** Why these tests cannot run here; false when they can. */
export const whyNot: string | false =
  process.getuid?.() !== 0 ? 'needs root' : missingTools().length > 0 ? `needs ${missingTools().join(', ')}` : false

export const vpc = 'vpc-0test0' as VpcId
export const vswitch = 'vsw-0test0' as VswitchId
export const havip = { havip: 'havip-0test0' as HavipId, vpc, vswitch, address: '192.168.0.88' as Ipv4 }
export const eip = { eip: 'eip-0test0' as EipId, vpc, address: '203.0.113.88' as Ipv4, target: havip.address, bandwidthMbit: 100 }
export const network = { vpc, cidr: { address: '192.168.0.0' as Ipv4, prefix: 16 } }
export const gateway = '192.168.0.253' as Ipv4
export const planeSwitch = { vswitch, vpc, cidr: { address: '192.168.0.0' as Ipv4, prefix: 24 }, gateway }

/** The same with IPv6. */
export const network6 = { ...network, cidr6: { address: 'fd00:88:0:a00::' as Ipv6, prefix: 56 } }
export const gateway6 = 'fd00:88:0:a01:ffff:ffff:ffff:fffd' as Ipv6
export const planeSwitch6 = { ...planeSwitch, cidr6: { address: 'fd00:88:0:a01::' as Ipv6, prefix: 64 }, gateway6 }
export const havip6 = { havip: 'havip-0test6' as HavipId, vpc, vswitch, address: 'fd00:88:0:a01::88' as Ipv6 }
export const address6Of = (number: number) => `fd00:88:0:a01::20${number}` as Ipv6

export const instanceId = (number: number) => `i-0test${number}` as InstanceId
export const portId = (number: number) => `eni-0test${number}` as NetworkInterfaceId
export const macOf = (number: number) => `00:16:3e:00:00:0${number}` as Mac
export const addressOf = (number: number) => `192.168.0.20${number}` as Ipv4

export const planePort = (number: number, havips: readonly Ipv4[] = [havip.address]): PlanePort => ({
  port: portId(number),
  instance: instanceId(number),
  device: 0,
  vswitch,
  vpc,
  mac: macOf(number),
  address: addressOf(number),
  havips,
})

export const planePort6 = (number: number, havips: readonly IpAddress[] = [havip6.address]): PlanePort => ({
  ...planePort(number, []),
  address6: address6Of(number),
  havips,
})

export const specOf = (number: number, userData = ''): InstanceSpec => ({
  instance: instanceId(number),
  vpc,
  port: portId(number),
  hostName: `ecs-${number}`,
  mac: macOf(number),
  address: addressOf(number),
  prefix: 24,
  gateway,
  userData,
})

/** Two instances' ports, both bound to the HAVIP, and the EIP. */
export const wholePlane = (): PlaneChange[] => [
  { kind: 'put-network', network },
  { kind: 'put-switch', switch: planeSwitch },
  { kind: 'put-port', port: planePort(1) },
  { kind: 'put-port', port: planePort(2) },
  { kind: 'put-havip', havip },
  { kind: 'put-eip', eip },
]

export type World = ReturnType<typeof makeWorld>

export function makeWorld() {
  const prefix = `t${Math.random().toString(36).slice(2, 8)}-`
  const names = namesOf(prefix)
  const base = mkdtempSync('/tmp/havip-plane-')
  const stateDirectory = join(base, 'state')
  return {
    prefix,
    names,
    base,
    stateDirectory,
    /** Also for what a killed hostd left. */
    end: async () => {
      await wipe(names, stateDirectory)
      rmSync(base, { recursive: true, force: true })
    },
    /** What a program prints, run among the Internet's clients; throws when it fails. */
    internet: async (...argv: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)('nsenter', [`--net=${netnsDirectory}/${names.internet}`, '--', ...argv])
      return stdout
    },
    /** Sends a frame out of an instance's interface, as it is. */
    sendFrom: (number: number, frame: Uint8Array): void =>
      insideNetns(names.instance(instanceId(number)), () => {
        const fd = openSocket(AF.PACKET, SOCK.RAW, 0)
        try {
          const index = Number(interfaceIndex('eth0'))
          bindSocket(fd, packetAddress(index, 0))
          const sent = sendTo(fd, frame, 0, packetAddress(index, 0))
          if (sent !== frame.length) throw new Error(`sent ${sent}`)
        } finally {
          closeDescriptor(fd)
        }
      }),
  }
}

/** Index of the interface in the namespace that this thread is in now. */
function interfaceIndex(name: string): string {
  const line = readFileSync('/proc/thread-self/net/dev_mcast', 'utf8')
    .split('\n')
    .find((text) => text.split(/\s+/)[1] === name)
  return line?.split(/\s+/)[0] ?? ''
}
const broadcast = 'ff:ff:ff:ff:ff:ff' as Mac

export type ArpWords = {
  readonly sourceMac: Mac
  readonly senderMac?: Mac
  readonly senderAddress: Ipv4
  readonly targetAddress?: Ipv4
  readonly operation?: 1 | 2
}

/** A gratuitous ARP request, unless told otherwise. */
export function arpFrame(words: ArpWords): Uint8Array {
  const { sourceMac, senderMac = sourceMac, senderAddress, targetAddress = senderAddress, operation = 1 } = words
  const head = [...macToBytes(broadcast), ...macToBytes(sourceMac), 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation]
  return Uint8Array.from([...head, ...macToBytes(senderMac), ...ipToBytes(senderAddress), 0, 0, 0, 0, 0, 0, ...ipToBytes(targetAddress)])
}

/** An IPv4 packet of protocol 253 (RFC 3692: experiments) without payload. */
export function ipv4Frame(sourceMac: Mac, source: Ipv4, target: Ipv4): Uint8Array {
  const header = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253, 0, 0, ...ipToBytes(source), ...ipToBytes(target)]
  let sum = 0
  for (let at = 0; at < header.length; at += 2) sum += ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  header[10] = (~sum >> 8) & 0xff
  header[11] = ~sum & 0xff
  return Uint8Array.from([...macToBytes(broadcast), ...macToBytes(sourceMac), 0x08, 0x00, ...header, ...new Array<number>(26).fill(0)])
}

export const ipv6Frame = (sourceMac: Mac): Uint8Array =>
  Uint8Array.from([...macToBytes(broadcast), ...macToBytes(sourceMac), 0x86, 0xdd, 0x60, ...new Array<number>(59).fill(0)])
