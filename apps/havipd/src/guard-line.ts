// The line between the daemon and whoever stands ready for it (its guard, or a spare that it started itself): a word a line, `will` followed by the will as JSON, over a socket pair. The daemon's end
// never blocks: what the guard does not take at once waits here, and only the newest will waits.
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
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

/** The daemon's end: a descriptor of its own, or that of the pipe to a child. */
export type LineEnd = { readonly fd: number; readonly socket: Socket }

export const ownEnd = (): LineEnd => ({ fd: guardDescriptor, socket: new Socket({ fd: guardDescriptor, readable: true, writable: false }) })

const retryMs = 5

/** The daemon's end. `onGuardGone` is called once, when the other side has died. */
export function openGuardLine({ fd, socket }: LineEnd, onGuardGone: () => void): GuardLine {
  // The socket object reads (only the end can come) and makes the descriptor non-blocking; writing goes past it, because a
  // will has to be out before the next system call is made.
  socket.on('error', () => {})
  socket.on('close', onGuardGone)
  socket.resume()
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
      const written = writeSome(fd, bytes)
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
      socket.removeListener('close', onGuardGone)
      socket.destroy()
    },
  }
}

/** Undefined: the pipe is full. A guard that is gone takes everything: its end is noticed elsewhere. */
function writeSome(fd: number, bytes: Buffer): number | undefined {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? undefined : bytes.length
  }
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
