// Datagrams to local services: the system log and systemd. Neither may ever hold us up.
import { AF, closeDescriptor, MSG, openSocket, SOCK, sendTo, unixAddress } from './sockets.ts'

export type LocalDatagrams = {
  /** 0, or the errno: ENOENT or ECONNREFUSED when nobody listens, EAGAIN when the listener is behind. */
  send(data: Uint8Array): number
  close(): void
}

/** Sends to one Unix datagram socket by path; it may appear, vanish and come back at any time. */
export function openLocalDatagrams(path: string): LocalDatagrams {
  const fd = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  const address = unixAddress(path)
  return {
    send: (data) => {
      const sent = sendTo(fd, data, MSG.DONTWAIT | MSG.NOSIGNAL, address)
      return sent < 0 ? -sent : 0
    },
    close: () => closeDescriptor(fd),
  }
}

/**
 * One message to systemd, as sd_notify(3): `READY=1\nSTATUS=…`. Returns false when the service manager did not ask for
 * it or did not take it.
 */
export function notifyServiceManager(state: string, socketPath: string | undefined): boolean {
  if (socketPath === undefined || !/^[/@]/.test(socketPath)) return false
  const datagrams = openLocalDatagrams(socketPath)
  try {
    return datagrams.send(new TextEncoder().encode(state)) === 0
  } finally {
    datagrams.close()
  }
}
