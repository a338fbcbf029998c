// A raw socket inside a node's namespace, opened by the test's own process: for packets that no router would send.
import { closeSync, openSync } from 'node:fs'
import { AF, enterNamespace, openSocket, SOCK, setMulticastInterface, setOption } from '@havip/linux'
import type { Node } from '../../tools/lab/segment.ts'

/** eth0 is the first interface that is not loopback. */
export const eth0 = 2

/** IPv4: datagrams begin with their own header. IPv6: they are the payload of this protocol, and hop limit and source are told with each. */
export function rawSocketIn(node: Node, family: 'ipv4' | 'ipv6' = 'ipv4', protocol = 255): number {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  try {
    enterNamespace(`/run/netns/${node.namespace}`)
    const fd = openSocket(family === 'ipv4' ? AF.INET : AF.INET6, SOCK.RAW, protocol)
    if (family === 'ipv4') setOption(fd, 'IP_HDRINCL', 1)
    setMulticastInterface(fd, family, eth0)
    return fd
  } finally {
    enterNamespace(`/proc/self/fd/${home}`)
    closeSync(home)
  }
}
