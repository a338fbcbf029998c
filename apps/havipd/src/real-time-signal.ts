// Signals that Node has no name for: keepalived's JSON dump comes as number 36. libuv can watch any number; its functions are
// exported by Node's own binary.
import koffi from 'koffi'

const handles = new Map<number, { readonly memory: Uint8Array; readonly callback: unknown }>()
const signalHandleType = 16

/** SIGRTMIN+3, `RestartKillSignal` of the unit: a successor will come with --handover; keep everything until then. */
export const restartSignal = 37

const functions = new Map<number, () => void>()

/** Calls `fn` on the event loop whenever the signal comes. One function for each number; a second call replaces it. */
export function onSignalNumber(number: number, fn: () => void): void {
  const isWatched = functions.has(number)
  functions.set(number, fn)
  if (!isWatched) watch(number)
}

function watch(number: number): void {
  const node = koffi.load(null)
  const handleSize = node.func('size_t uv_handle_size(int type)')
  const defaultLoop = node.func('void *uv_default_loop()')
  const init = node.func('int uv_signal_init(void *loop, void *handle)')
  const start = node.func('int uv_signal_start(void *handle, void *callback, int signal)')
  const prototype = koffi.pointer(koffi.proto(`void havipSignal${number}(void *handle, int signal)`))
  const callback = koffi.register(() => {
    try {
      functions.get(number)?.()
    } finally {
      // Node runs what was queued here only after some callback of its own.
      setImmediate(() => {})
    }
  }, prototype)
  const memory = new Uint8Array(Number(handleSize(signalHandleType)))
  handles.set(number, { memory, callback })
  const failed = init(defaultLoop(), memory) || start(memory, callback, number)
  if (failed) throw new Error(`cannot watch signal ${number}: libuv ${failed}`)
}
