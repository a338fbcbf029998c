// The controller's end of hostd's socket: a DataPlane and a Compute whose hands are in another process.
import { createConnection, type Socket } from 'node:net'
import { type Compute, type DataPlane, PlaneError, type Shell } from '@havip/vpc-service'
import { type CommandName, type Commands, changesMax, lineReader, type Message } from './protocol.ts'

export type HostdClient = { readonly dataPlane: DataPlane; readonly compute: Compute; close(): void }

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
type ShellEnds = { data(bytes: Uint8Array): void; end(status: number): void }

/** First and longest pause before another attempt to connect. */
const pauseMinMs = 50
const pauseMaxMs = 2_000
/** How long a request waits for a connection that isn't there yet. */
const patienceMs = 3_000
/** Status of a shell whose host daemon went away. */
const lostShellStatus = 255

/**
 * Talks to hostd at a Unix socket; connects at once and again, with growing pauses, whenever the connection is lost.
 *
 * What was under way when it was lost is rejected with a PlaneError (it may have happened or not: every command may be repeated).
 * A request made while there is no connection waits for one for up to three seconds.
 */
export function connectHostd(socketPath: string): HostdClient {
  const line = new Line(socketPath)
  const call = <Name extends CommandName>(command: Name, params: Commands[Name]['takes']) => line.call(command, params)

  const dataPlane: DataPlane = {
    inspect: () => call('inspect', {}),
    apply: async (changes) => {
      for (let from = 0; from < changes.length; from += changesMax) await call('apply', { changes: changes.slice(from, from + changesMax) })
    },
    owners: () => call('owners', {}),
    drops: () => call('drops', {}),
    eipCounters: () => call('eip-counters', {}),
    master: async () => (await call('master', {})) ?? undefined,
    claim: async (claim, adopt) => {
      await call('claim', { claim, adopt })
      line.onConnect = { claim, adopt: false }
    },
    setCable: async (vpc, port, isOn) => void (await call('set-cable', { vpc, port, isOn })),
    probe: async (request) => {
      const { probe } = await call('probe-open', { request })
      return { read: () => call('probe-read', { probe }), close: async () => void (await call('probe-close', { probe })) }
    },
    watchOwners: (listener) => line.watch(listener),
  }
  const compute: Compute = {
    list: () => call('list', {}),
    start: async (spec, boot) => void (await call('start', { spec, boot })),
    stop: async (instance, force) => void (await call('stop', { instance, force })),
    remove: async (instance) => void (await call('remove', { instance })),
    run: (instance, command) => call('run', { instance, command }),
    openShell: async (instance, size) => {
      const { shell } = await call('shell-open', { instance, size })
      return remoteShell(line, shell)
    },
  }
  return { dataPlane, compute, close: () => line.close() }
}

/** What arrives before somebody listens is kept, so that no output is lost between opening and listening. */
function remoteShell(line: Line, id: number): Shell {
  const dataListeners: ((data: Uint8Array) => void)[] = []
  const endListeners: ((status: number) => void)[] = []
  const early: Uint8Array[] = []
  let ended: number | undefined
  line.attachShell(id, {
    data: (bytes) => (dataListeners.length === 0 ? early.push(bytes) : dataListeners.forEach((listener) => void listener(bytes))),
    end: (status) => {
      ended = status
      for (const listener of endListeners) listener(status)
    },
  })
  const tell = (command: 'shell-write' | 'shell-resize' | 'shell-close', params: object): void => {
    // Nobody waits for the answer: a lost connection ends the shell, and that is told by onEnd.
    if (ended === undefined) line.call(command, params as never).catch(() => undefined)
  }
  return {
    write: (data) => tell('shell-write', { shell: id, data: Buffer.from(data).toString('base64') }),
    resize: (size) => tell('shell-resize', { shell: id, size }),
    close: () => tell('shell-close', { shell: id }),
    onData: (listener) => {
      dataListeners.push(listener)
      for (const bytes of early.splice(0)) listener(bytes)
    },
    onEnd: (listener) => {
      endListeners.push(listener)
      if (ended !== undefined) listener(ended)
    },
  }
}

/** One connection at a time, and who waits for what on it. */
class Line {
  readonly #path: string
  #socket: Socket | undefined
  #connected = false
  #closed = false
  #pauseMs = pauseMinMs
  #timer: NodeJS.Timeout | undefined
  #nextId = 1
  readonly #waiting = new Map<number, Waiting>()
  readonly #shells = new Map<number, ShellEnds>()
  /** Events of shells whose `shell-open` answer has not been taken up yet. */
  readonly #earlyShellEvents = new Map<number, ((ends: ShellEnds) => void)[]>()
  readonly #listeners = new Set<() => void>()
  readonly #onConnect = new Set<() => void>()
  /** Said first on each new connection, so that nothing on it is done in nobody's name. */
  onConnect: Commands['claim']['takes'] | undefined

  constructor(path: string) {
    this.#path = path
    this.#connect()
  }

  async call<Name extends CommandName>(command: Name, params: Commands[Name]['takes']): Promise<Commands[Name]['gives']> {
    await this.#connection(command)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#socket?.write(`${JSON.stringify({ id, command, params })}\n`)
    })
  }

  watch(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  attachShell(id: number, ends: ShellEnds): void {
    this.#shells.set(id, ends)
    for (const event of this.#earlyShellEvents.get(id) ?? []) event(ends)
    this.#earlyShellEvents.delete(id)
    if (!this.#connected) ends.end(lostShellStatus)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#socket?.destroy()
    for (const wake of [...this.#onConnect]) wake()
  }

  /** Waits until there is a connection; throws a PlaneError when there is none in time. */
  async #connection(command: string): Promise<void> {
    const unreachable = () =>
      new PlaneError('The host is not reachable at the moment.', `no connection to hostd at ${this.#path} for ${command}`)
    if (this.#closed) throw unreachable()
    if (this.#connected) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#onConnect.delete(done)
        resolve()
      }
      const timer = setTimeout(done, patienceMs)
      this.#onConnect.add(done)
    })
    if (!this.#connected) throw unreachable()
  }

  #connect(): void {
    const socket = createConnection(this.#path)
    this.#socket = socket
    socket.setEncoding('utf8')
    const take = lineReader((line) => this.#receive(JSON.parse(line) as Message))
    socket.on('connect', () => {
      this.#connected = true
      this.#pauseMs = pauseMinMs
      // When it is refused, so is every change on this connection: that tells whoever asks for one.
      if (this.onConnect) this.call('claim', this.onConnect).catch(() => undefined)
      for (const wake of [...this.#onConnect]) wake()
      this.#tellListeners()
    })
    socket.on('data', (chunk: string) => {
      try {
        if (!take(chunk)) socket.destroy(new Error('line too long'))
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    let cause: Error | undefined
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => this.#lost(cause))
  }

  #lost(cause: Error | undefined): void {
    const was = this.#connected
    this.#connected = false
    const error = new PlaneError('The host went away; the request may or may not have been carried out.', 'connection to hostd lost', {
      cause,
    })
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    for (const shell of this.#shells.values()) shell.end(lostShellStatus)
    this.#shells.clear()
    this.#earlyShellEvents.clear()
    if (was) this.#tellListeners()
    if (this.#closed) return
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, pauseMaxMs)
  }

  #receive(message: Message): void {
    if ('id' in message) this.#answer(message)
    else if (message.event === 'owners') this.#tellListeners()
    else if (message.event === 'shell-data') this.#toShell(message.shell, (ends) => ends.data(Buffer.from(message.data, 'base64')))
    else {
      this.#toShell(message.shell, (ends) => ends.end(message.status))
      this.#shells.delete(message.shell)
    }
  }

  #answer(message: Extract<Message, { id: number }>): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('result' in message) waiting?.resolve(message.result)
    else waiting?.reject(new PlaneError(message.fault.clientText, message.fault.detail))
  }

  #toShell(id: number, event: (ends: ShellEnds) => void): void {
    const ends = this.#shells.get(id)
    if (ends) event(ends)
    else this.#earlyShellEvents.set(id, [...(this.#earlyShellEvents.get(id) ?? []), event])
  }

  #tellListeners(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
