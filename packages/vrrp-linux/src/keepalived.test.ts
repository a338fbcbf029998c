// Side by side with a real keepalived: the frames that move an address must be the same bytes.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AF, bindSocket, closeDescriptor, openSocket, packetAddress, receive, SOCK } from '@havip/linux'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import { createTestNetwork, eventually, ipv4, ipv6, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

const skip = skipWithoutNamespaces || whyNoKeepalived()
function whyNoKeepalived(): string | false {
  try {
    execFileSync('keepalived', ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'needs keepalived in PATH'
  }
}

const allProtocols = 3
const isGratuitousArp = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 6
const isUnsolicitedAdvertisement = (frame: Uint8Array): boolean => frame[12] === 0x86 && frame[20] === 58 && frame[54] === 136

/** Frames from left to right, until `close`. */
function listen(network: TestNetwork): { frames: Uint8Array[]; read(): void; close(): void } {
  const fd = network.right.within(() => openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, 0))
  network.right.within(() => bindSocket(fd, packetAddress(network.right.indexOf('eth0'), allProtocols)))
  const buffer = new Uint8Array(2048)
  const frames: Uint8Array[] = []
  return {
    frames,
    read() {
      for (let length = receive(fd, buffer, 0); length > 0; length = receive(fd, buffer, 0)) frames.push(buffer.slice(0, length))
    },
    close: () => closeDescriptor(fd),
  }
}

async function firstOf(network: TestNetwork, matches: (frame: Uint8Array) => boolean, act: () => void): Promise<string> {
  const ear = listen(network)
  try {
    act()
    await eventually(
      'the frame',
      () => {
        ear.read()
        return ear.frames.some(matches)
      },
      8000,
    )
    return Buffer.from(ear.frames.find(matches) as Uint8Array).toString('hex')
  } finally {
    ear.close()
  }
}

function instance(name: string, vrid: number, address: string, more = ''): string {
  return `vrrp_instance ${name} {\n state MASTER\n interface eth0\n virtual_router_id ${vrid}\n priority 255\n advert_int 1\n ${more}\n virtual_ipaddress {\n ${address}\n }\n}\n`
}

test('gratuitous ARP and neighbour advertisement equal those of keepalived, byte by byte', { skip }, async () => {
  const network = createTestNetwork()
  const directory = mkdtempSync(join(tmpdir(), 'havip-keepalived-'))
  const clock = createLinuxClock()
  const host = network.left.within(() => createLinuxHost({ clock, log: () => {} }))
  const children: ChildProcess[] = []
  const runKeepalived = (text: string): void => {
    const path = (name: string): string => join(directory, name)
    writeFileSync(path('keepalived.conf'), text)
    const options = ['-n', '-l', '-P', '-f', path('keepalived.conf'), '-p', path('pid'), '-r', path('vrrp.pid')]
    children.push(network.left.within(() => spawn('keepalived', options, { stdio: 'ignore' })))
  }
  const stopKeepalived = async (): Promise<void> => {
    const child = children.pop()
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  try {
    const eth0 = network.left.indexOf('eth0')
    for (const [text, address, matches] of [
      [instance('V4', 51, '10.9.0.100/24'), ipv4('10.9.0.100'), isGratuitousArp],
      [instance('V6', 52, 'fd00::100/64', 'version 3'), ipv6('fd00::100'), isUnsolicitedAdvertisement],
    ] as const) {
      const theirs = await firstOf(network, matches, () => runKeepalived(text))
      await stopKeepalived()
      const ours = await firstOf(network, matches, () => {
        const sent = network.left.within(() => host.announce({ interface: eth0, address }))
        assert.ok(sent.ok)
      })
      assert.equal(ours, theirs)
    }
  } finally {
    await stopKeepalived()
    host.close()
    clock.close()
    network.close()
    rmSync(directory, { recursive: true })
  }
})
