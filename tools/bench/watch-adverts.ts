// Prints a line for each advertisement that one router sends: when the kernel's tap saw it (monotonic ms), its VRID and its
// priority. `watch-adverts.ts IFACE MAC`. Runs in the segment's middle; reads by a filter, so a flood costs it nothing.
import {
  AF,
  attachFilter,
  bindSocket,
  createReceiveRing,
  interfaceIndex,
  monotonicMilliseconds,
  onReadable,
  openSocket,
  packetAddress,
  SOCK,
  setReceiveBuffer,
} from '@havip/linux'

const [, , name = '', mac = ''] = process.argv
/** ETH_P_ALL: a bridge takes its ports' frames before the taps of single protocols are asked. */
const everyProtocol = 3
const fd = openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, 0)
const want = Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16))
const view = new DataView(want.buffer)
attachFilter(fd, [
  { op: 'load-word', at: 6 },
  { op: 'unless-equal', value: view.getUint32(0, false), goto: 'drop' },
  { op: 'load-word', at: 8 },
  { op: 'unless-equal', value: view.getUint32(2, false), goto: 'drop' },
  { op: 'load-half', at: 12 },
  { op: 'unless-equal', value: 0x0800, goto: 'drop' },
  { op: 'load-byte', at: 23 },
  { op: 'unless-equal', value: 112, goto: 'drop' },
  { op: 'accept' },
  { op: 'label', name: 'drop' },
  { op: 'drop' },
])
setReceiveBuffer(fd, 4 << 20)
bindSocket(fd, packetAddress(interfaceIndex(name), everyProtocol), 'packet')
const ring = createReceiveRing(64, 256)
onReadable(fd, () => {
  const count = ring.receive(fd)
  const at = monotonicMilliseconds()
  let text = ''
  for (let i = 0; i < count; i++) {
    const { data } = ring.slot(i)
    const header = 14 + 4 * ((data[14] as number) & 15)
    text += `${at.toFixed(3)} ${data[header + 1]} ${data[header + 2]}\n`
  }
  process.stdout.write(text)
})
process.stdout.write('ready\n')
