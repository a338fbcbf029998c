// The line between the daemon and whoever stands ready for it (its guard, or a spare that it started itself): a word a line, `will` followed by the will as JSON, over a socket pair. The daemon's end
// never blocks: what the guard does not take at once waits here, and only the newest will waits.
import type { Socket } from 'node:net'
import { errno, MSG, onReadable, receive, sendTo } from '@havip/linux'
import { type Will, willToJson } from '@havip/vrrp-runtime'

/** Where a child of either kind finds its end. */
export const guardDescriptor = 3

export type ToGuard =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reloaded' }
  | { readonly kind: 'will'; readonly will: Will }
  /** Resigned, addresses removed: there is nothing to undo any more. */
  | { readonly kind: 'goodbye' }
  /** Another process goes on; nothing is to be undone, and this daemon ends. */
  | { readonly kind: 'handed-over' }

/** The will stays text until it is needed: the guard reads it once in its life, if ever. */
export type FromDaemon = Exclude<ToGuard, { kind: 'will' }> | { readonly kind: 'will'; readonly json: string }

export type GuardLine = { tell(message: ToGuard): void; close(): void }

/** The daemon's end of a socket pair: nothing comes out of it but its end. */
export type LineEnd = { readonly fd: number; onEnd(fn: () => void): void; close(): void }

/** The descriptor that a guard has left for its child. Node's own sockets would take a tenth of the start to load. */
export function ownEnd(): LineEnd {
  const nothing = new Uint8Array(16)
  let ended = (): void => {}
  const watch = onReadable(guardDescriptor, () => {
    const got = receive(guardDescriptor, nothing, MSG.DONTWAIT)
    if (got > 0 || got === -errno.EAGAIN) return
    watch.close()
    ended()
  })
  return { fd: guardDescriptor, onEnd: (fn) => (ended = fn), close: () => watch.close() }
}

/** The pipe to a child, with its descriptor. */
export function childEnd(fd: number, socket: Socket): LineEnd {
  socket.on('error', () => {})
  socket.resume()
  return { fd, onEnd: (fn) => socket.on('close', fn), close: () => socket.removeAllListeners('close').destroy() }
}

const retryMs = 5

/** The daemon's end. `onGuardGone` is called once, when the other side has died. */
export function openGuardLine(end: LineEnd, onGuardGone: () => void): GuardLine {
  end.onEnd(onGuardGone)
  let started: Buffer | undefined
  let will: Buffer | undefined
  const others: Buffer[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    for (;;) {
      const bytes = started ?? takeNext()
      if (!bytes) return
      started = bytes
      const written = writeSome(end.fd, bytes)
      if (written === undefined) {
        timer = setTimeout(flush, retryMs)
        return
      }
      started = written < bytes.length ? bytes.subarray(written) : undefined
    }
  }
  const takeNext = (): Buffer | undefined => {
    const next = will ?? others.shift()
    if (next === will) will = undefined
    return next
  }
  return {
    tell: (message) => {
      const bytes = Buffer.from(`${encode(message)}\n`)
      if (message.kind === 'will') will = bytes
      else others.push(bytes)
      if (!timer) flush()
    },
    close: () => {
      clearTimeout(timer)
      end.close()
    },
  }
}

/**
 * Past any queue of Node's, because a will has to be out before the next system call is made. Undefined: the line is full. A guard that is gone takes
 * everything: its end is noticed elsewhere.
 */
function writeSome(fd: number, bytes: Buffer): number | undefined {
  const sent = sendTo(fd, bytes, MSG.DONTWAIT | MSG.NOSIGNAL, null)
  if (sent >= 0) return sent
  return sent === -errno.EAGAIN ? undefined : bytes.length
}

function encode(message: ToGuard): string {
  return message.kind === 'will' ? `will ${willToJson(message.will)}` : message.kind
}

/** The guard's end: cuts what arrives into messages; a line that is none is left out. */
export function createLineReader(onMessage: (message: FromDaemon) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === 'ready' || line === 'reloaded' || line === 'goodbye' || line === 'handed-over') onMessage({ kind: line })
      else if (line.startsWith('will ')) onMessage({ kind: 'will', json: line.slice(5) })
    }
  }
}
