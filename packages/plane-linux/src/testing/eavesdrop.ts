// Who sees which frame: each carries a mark of its own behind what its headers speak of, so nothing can be mistaken for it.
import { AF, bindSocket, closeDescriptor, interfaceIndex, openSocket, packetAddress, receive, SOCK } from '@havip/linux'
import { insideNetns } from '../netns.ts'

/** The frame with the mark of its name. */
export const marked = (names: readonly string[], name: string, frame: readonly number[]): Uint8Array =>
  Uint8Array.from([...frame, ...Buffer.from(`<spoof ${String(names.indexOf(name)).padStart(3, '0')}>`)])

/** Hears frames in a namespace. @param link all that pass that interface; without one, what the namespace's own stack is given. */
export function listenFor(names: readonly string[], netns: string, link?: string) {
  const reversed = (protocol: number): number => ((protocol & 0xff) << 8) | (protocol >> 8)
  // ETH_P_ALL hears before a bridge does; a protocol's own socket hears what the bridge gave to the host. 4: IEEE 802.2.
  const protocols = link === undefined ? [0x0800, 0x0806, 0x86dd, 0x88cc, 0x888e, 0x8847, 0x8863, 4] : [3]
  const descriptors = insideNetns(netns, () =>
    protocols.map((protocol) => {
      const fd = openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, reversed(protocol))
      if (link !== undefined) bindSocket(fd, packetAddress(interfaceIndex(link), protocol))
      return fd
    }),
  )
  const heard = new Set<string>()
  const buffer = new Uint8Array(new ArrayBuffer(2048))
  return {
    heard: (): ReadonlySet<string> => {
      for (const fd of descriptors)
        for (let count = 0; count < 10_000; count++) {
          const length = receive(fd, buffer, 0)
          if (length < 0) break
          const mark = /<spoof (\d{3})>/.exec(Buffer.from(buffer.subarray(0, length)).toString('latin1'))?.[1]
          if (mark !== undefined) heard.add(names[Number(mark)] ?? mark)
        }
      return heard
    },
    close: () => descriptors.forEach((fd) => void closeDescriptor(fd)),
  }
}
