// One leader among the controllers on one PostgreSQL: whoever holds an advisory lock, on a connection used for nothing else. The
// server lets go of the lock when the connection ends, so a dead leader is replaced by the next controller that tries.
import type { Leadership, LeadershipEvent } from '@havip/vpc-service'
import pg from 'pg'

/** Controllers say here that they wrote something. */
export const writtenChannel = 'havip_written'
/** Any number that other programs on the same database do not use, and not the writers' lock. */
const leaderLock = 0x68617670
/** How often the lock is tried for, and how often its holder looks whether the connection still carries. */
const everyMs = 250
/** No answer for so long: the connection is taken to be dead. Well below the time in which a new leader may begin. */
const silenceMaxMs = 1_000

/**
 * Connects at once, and again whenever the connection is lost; never throws for that.
 *
 * The server is told to notice within two seconds that our machine is gone (TCP keep-alive; a killed process it notices at
 * once), and we notice within one that the server is: until then no other controller can have the lock.
 */
export function openPostgresLeadership(connection: string): Leadership {
  return new PostgresLeadership(connection)
}

class PostgresLeadership implements Leadership {
  readonly #connection: string
  readonly #listeners = new Set<(event: LeadershipEvent) => void>()
  #client: pg.Client | undefined
  #isLeader = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  readonly #running: Promise<void>
  #wakeEarly: (() => void) | undefined

  constructor(connection: string) {
    this.#connection = connection
    this.#running = this.#run()
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  watch(listener: (event: LeadershipEvent) => void): () => void {
    const own = (event: LeadershipEvent): void => listener(event)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wakeEarly?.()
    await this.#running
  }

  #tell(event: LeadershipEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const client = await this.#connect()
        while (!this.#isClosed) {
          await this.#look(client)
          await this.#pause()
        }
      } catch {
        // The connection is lost, or there is none to be had: whoever leads, we do not know any more.
      }
      this.#lose()
      await this.#drop()
      if (!this.#isClosed) await this.#pause()
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#connection,
      connectionTimeoutMillis: silenceMaxMs,
      query_timeout: silenceMaxMs,
      keepAlive: true,
    })
    this.#client = client
    client.on('error', () => this.#wakeEarly?.())
    // A leader must step down the moment its connection ends, not when it looks next.
    client.on('end', () => {
      this.#lose()
      this.#wakeEarly?.()
    })
    client.on('notification', () => this.#tell('written'))
    await client.connect()
    await client.query('set tcp_keepalives_idle = 1; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 1')
    await client.query(`listen ${writtenChannel}`)
    // Anything may have been written while we did not listen.
    this.#tell('written')
    return client
  }

  async #look(client: pg.Client): Promise<void> {
    if (this.#isLeader) {
      await client.query('select 1')
      return
    }
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [leaderLock])
    if (rows[0]?.held !== true || this.#client !== client) return
    this.#isLeader = true
    this.#tell('gained')
  }

  #lose(): void {
    if (!this.#isLeader) return
    this.#isLeader = false
    this.#tell('lost')
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (!client) return
    // A server that does not answer must not hold us up; the socket goes all the same.
    await Promise.race([client.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, silenceMaxMs).unref())])
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(this.#timer)
        this.#wakeEarly = undefined
        resolve()
      }
      this.#timer = setTimeout(go, everyMs)
      this.#wakeEarly = go
      if (this.#isClosed) go()
    })
  }
}
