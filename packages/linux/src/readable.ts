// Descriptors on Node's event loop. This is the only file that may call koffi.node.poll: it has five traps, and the
// wrapper below is the cure for all of them.
import koffi from 'koffi'

type PollCallback = (status: number) => void
type Handle = {
  start(options: { readable: boolean }, callback: PollCallback): void
  stop(): void
  close(): void
  ref(): void
  unref(): void
}

/** A handle that nothing references is collected and closed with no word; these are kept. */
const live = new Set<Handle>()
const noop = (): void => {}

export type Readable = {
  /** Nothing is told until `resume`, however much there is to be read. */
  pause(): void
  resume(): void
  /** Stop watching. To be called before the descriptor is closed. */
  close(): void
  /** Whether the watch keeps the process alive; it does at first. */
  ref(): void
  unref(): void
}

/**
 * Calls `fn` whenever the descriptor can be read or has an error to be read. `fn` must read (until EAGAIN or some bound),
 * since the watch is level-triggered. What it throws becomes an uncaught exception and the watch goes on.
 */
export function onReadable(fd: number, fn: () => void): Readable {
  const callback: PollCallback = (status) => {
    try {
      fn()
    } catch (error) {
      // Thrown in here it would be lost without a trace.
      setImmediate(() => {
        throw error
      })
    }
    // After a socket error (interface down, netlink overrun) libuv has stopped the watch; `fn` has read the error off.
    if (status < 0 && live.has(handle)) handle.start({ readable: true }, callback)
    // Since Node 26.4 promise reactions queued in here wait for another callback; this is that callback.
    setImmediate(noop)
  }
  // The type file gives the callback as (events), the library calls (status, events).
  const handle = koffi.node.poll(fd, { readable: true }, callback as never) as unknown as Handle
  live.add(handle)
  return {
    pause: () => handle.stop(),
    resume: () => {
      if (live.has(handle)) handle.start({ readable: true }, callback)
    },
    close: () => {
      if (live.delete(handle)) handle.close()
    },
    ref: () => handle.ref(),
    unref: () => handle.unref(),
  }
}
