// hostd's end of the socket: reads requests, has them checked, has them done, answers. It decides nothing.
import { chmodSync, chownSync, lstatSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { setUmask } from '@havip/linux'
import { type Claim, type Compute, type DataPlane, PlaneError, type Probe, type Shell } from '@havip/vpc-service'
import { RequestFault } from './check.ts'
import { commandChecks, isCommandName } from './command.ts'
import { type CommandName, type Commands, type Fault, lineReader, type Message, type Request, requestsMax, shellsMax } from './protocol.ts'

export type ServerOptions = {
  readonly socketPath: string
  /** Who may connect: the owner of the socket, and root. */
  readonly uid: number
  /** Also the members of this group, if given. */
  readonly gid: number | undefined
  readonly dataPlane: DataPlane
  readonly compute: Compute
  /** A line for the log. */
  readonly log: (line: string) => void
}

export type HostdServer = { close(): Promise<void> }

/** Commands that change the network or the machines. */
const changing: ReadonlySet<CommandName> = new Set(['apply', 'start', 'stop', 'remove', 'set-cable'])

const connectionsMax = 16
/** What waits to be written to one client; beyond it the client doesn't read, and is cut off. */
const backlogBytesMax = 32 * 1024 * 1024

/** Listens until closed. A socket file without anybody behind it is replaced; throws when somebody answers there. */
export async function serve(options: ServerOptions): Promise<HostdServer> {
  await clearSocket(options.socketPath)
  const sessions = new Set<Session>()
  const server = createServer((socket) => {
    if (sessions.size >= connectionsMax) return void socket.destroy()
    const session = new Session(socket, options)
    sessions.add(session)
    socket.on('close', () => {
      session.close()
      sessions.delete(session)
    })
  })
  await listen(server, options)
  return {
    close: async () => {
      for (const session of sessions) session.end()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(options.socketPath, { force: true })
    },
  }
}

/** The socket belongs to its user from the first moment on: until it is handed over, only root can open it. */
async function listen(server: Server, options: ServerOptions): Promise<void> {
  const before = setUmask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(options.socketPath, resolve)
    })
  } finally {
    setUmask(before)
  }
  if (options.gid !== undefined) chmodSync(options.socketPath, 0o660)
  chownSync(options.socketPath, options.uid, options.gid ?? 0)
}

async function clearSocket(path: string): Promise<void> {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (!status) return
  if (!status.isSocket()) throw new Error(`${path} exists and is not a socket`)
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path)
    probe.on('connect', () => resolve(true))
    probe.on('error', () => resolve(false))
    probe.on('close', () => resolve(false))
    setTimeout(() => resolve(true), 1000).unref()
    probe.on('connect', () => probe.destroy())
  })
  if (isAnswered) throw new Error(`another hostd answers at ${path}`)
  rmSync(path)
}

type Handlers = { readonly [Name in CommandName]: (params: Commands[Name]['takes']) => Promise<Commands[Name]['gives']> }

class Session {
  readonly #socket: Socket
  readonly #options: ServerOptions
  readonly #handlers: Handlers
  readonly #shells = new Map<number, Shell>()
  readonly #stopWatching: () => void
  /** In whose name this connection makes changes; undefined: in nobody's yet. */
  #claim: Claim | undefined
  readonly #probes = new Map<number, Probe>()
  #nextProbe = 1
  #nextShell = 1
  #openShells = 0
  #underWay = 0
  #isClosed = false

  constructor(socket: Socket, options: ServerOptions) {
    this.#socket = socket
    this.#options = options
    this.#handlers = this.#makeHandlers()
    this.#stopWatching = options.dataPlane.watchOwners(() => this.#send({ event: 'owners' }))
    socket.setEncoding('utf8')
    // The other side may go away at any moment; `close` follows.
    socket.on('error', () => undefined)
    const take = lineReader((line) => this.#receive(line))
    socket.on('data', (chunk: string) => {
      if (!take(chunk)) socket.destroy()
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  close(): void {
    this.#isClosed = true
    this.#stopWatching()
    for (const shell of this.#shells.values()) shell.close()
    this.#shells.clear()
    for (const probe of this.#probes.values()) void probe.close()
    this.#probes.clear()
  }

  #send(message: Message): void {
    if (this.#isClosed) return
    this.#socket.write(`${JSON.stringify(message)}\n`)
    if (this.#socket.writableLength > backlogBytesMax) this.#socket.destroy()
  }

  #receive(line: string): void {
    let request: Partial<Request> | null
    try {
      request = JSON.parse(line) as Partial<Request> | null
    } catch {
      return void this.#socket.destroy()
    }
    const id = request?.id
    // Without a number there is nothing to answer to.
    if (typeof id !== 'number') return void this.#socket.destroy()
    if (this.#underWay < requestsMax) this.#begin(id, request ?? {})
    else this.#send({ id, fault: refusal('too many requests under way') })
  }

  #begin(id: number, request: Partial<Request>): void {
    this.#underWay++
    this.#handle(request)
      .then(
        (result) => this.#send({ id, result }),
        (error: unknown) => this.#send({ id, fault: this.#faultOf(error, request.command) }),
      )
      .finally(() => {
        this.#underWay--
      })
  }

  async #handle(request: Partial<Request>): Promise<unknown> {
    const { command, params } = request
    if (!isCommandName(command)) throw new RequestFault('command must be one that hostd knows')
    const checked = commandChecks[command](params, 'params')
    if (changing.has(command)) await this.#checkClaim()
    return (this.#handlers[command] as (params: unknown) => Promise<unknown>)(checked)
  }

  /** Who made a claim and was replaced since changes nothing any more, however late its request comes. */
  async #checkClaim(): Promise<void> {
    if (this.#claim === undefined) return
    const master = await this.#options.dataPlane.master()
    if (master?.installation === this.#claim.installation && master.term === this.#claim.term) return
    throw new PlaneError('Another controller has taken over.', `the host obeys term ${master?.term} of ${master?.installation} now`)
  }

  #faultOf(error: unknown, command: unknown): Fault {
    if (error instanceof RequestFault) return refusal(error.message)
    const detail = error instanceof Error ? error.message : String(error)
    this.#options.log(`${String(command)} failed: ${detail}`)
    return { kind: 'failed', clientText: error instanceof PlaneError ? error.clientText : 'The host could not do that.', detail }
  }

  #makeHandlers(): Handlers {
    const { dataPlane, compute } = this.#options
    const done = async (work: Promise<void>): Promise<null> => {
      await work
      return null
    }
    return {
      inspect: () => dataPlane.inspect(),
      apply: ({ changes }) => done(dataPlane.apply(changes)),
      owners: () => dataPlane.owners(),
      drops: () => dataPlane.drops(),
      'eip-counters': () => dataPlane.eipCounters(),
      master: async () => (await dataPlane.master()) ?? null,
      claim: async ({ claim, adopt }) => {
        // Remembered also when it is refused: then every change on this connection is.
        this.#claim = claim
        await dataPlane.claim(claim, adopt)
        return null
      },
      'set-cable': ({ vpc, port, isOn }) => done(dataPlane.setCable(vpc, port, isOn)),
      'probe-open': async ({ request }) => {
        const probe = await dataPlane.probe(request)
        const id = this.#nextProbe++
        if (this.#isClosed) await probe.close()
        this.#probes.set(id, probe)
        return { probe: id }
      },
      'probe-read': async ({ probe }) => this.#probe(probe).read(),
      'probe-close': async ({ probe }) => {
        await this.#probe(probe).close()
        this.#probes.delete(probe)
        return null
      },
      list: () => compute.list(),
      start: ({ spec, boot }) => done(compute.start(spec, boot)),
      stop: ({ instance, force }) => done(compute.stop(instance, force)),
      remove: ({ instance }) => done(compute.remove(instance)),
      run: ({ instance, command }) => compute.run(instance, command),
      'shell-open': ({ instance, size }) => this.#openShell(instance, size),
      'shell-write': async ({ shell, data }) => {
        this.#shell(shell).write(Buffer.from(data, 'base64'))
        return null
      },
      'shell-resize': async ({ shell, size }) => {
        this.#shell(shell).resize(size)
        return null
      },
      'shell-close': async ({ shell }) => {
        this.#shell(shell).close()
        return null
      },
    }
  }

  #probe(id: number): Probe {
    const probe = this.#probes.get(id)
    if (!probe) throw new RequestFault('no such probe')
    return probe
  }

  #shell(id: number): Shell {
    const shell = this.#shells.get(id)
    if (!shell) throw new RequestFault('no such shell')
    return shell
  }

  async #openShell(
    instance: Commands['shell-open']['takes']['instance'],
    size: Commands['shell-open']['takes']['size'],
  ): Promise<{ shell: number }> {
    if (this.#openShells >= shellsMax) throw new RequestFault('too many shells')
    this.#openShells++
    try {
      const shell = await this.#options.compute.openShell(instance, size)
      const id = this.#nextShell++
      if (this.#isClosed) shell.close()
      this.#shells.set(id, shell)
      shell.onData((data) => this.#send({ event: 'shell-data', shell: id, data: Buffer.from(data).toString('base64') }))
      shell.onEnd((status) => {
        this.#shells.delete(id)
        this.#openShells--
        this.#send({ event: 'shell-end', shell: id, status })
      })
      return { shell: id }
    } catch (error) {
      this.#openShells--
      throw error
    }
  }
}

const refusal = (detail: string): Fault => ({ kind: 'refused', clientText: 'The host refused the request.', detail })
