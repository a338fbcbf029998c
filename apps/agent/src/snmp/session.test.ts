import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AgentxMessage, type AgentxPdu, agentxError, agentxLength, decodeAgentx, encodeAgentx } from '@havip/wire'
import { Changes } from './changes.ts'
import { exampleFacts } from './facts.fixture.ts'
import { vrrpGroup, vrrpTables } from './keepalived-mib.ts'
import { Mib } from './mib.ts'
import { AgentxSession } from './session.ts'
import { until } from './until.fixture.ts'

/** A master agent that says yes to everything unless told otherwise, and remembers what it heard. */
class FakeMaster {
  readonly heard: AgentxMessage[] = []
  readonly path: string
  refuses: (pdu: AgentxPdu) => number = () => agentxError.none
  readonly #folder = mkdtempSync(join(tmpdir(), 'agentx-'))
  #server: Server | undefined
  #socket: Socket | undefined
  #packet = 1000

  constructor() {
    this.path = join(this.#folder, 'master')
  }

  start(): void {
    this.#server = createServer((socket) => {
      this.#socket = socket
      let rest = Buffer.alloc(0)
      socket.on('error', () => {})
      socket.on('data', (bytes: Buffer) => {
        rest = Buffer.concat([rest, bytes])
        for (;;) {
          const length = agentxLength(rest)
          if (!length.ok || length.value === undefined || rest.length < length.value) return
          const message = decodeAgentx(rest.subarray(0, length.value))
          rest = rest.subarray(length.value)
          assert(message.ok)
          this.heard.push(message.value)
          const { head, pdu } = message.value
          if (pdu.kind === 'response' || pdu.kind === 'close') continue
          const answer = { kind: 'response', upTime: 7, error: this.refuses(pdu), index: 0, binds: [] } as const
          socket.write(encodeAgentx({ head: { ...head, session: 42 }, pdu: answer }))
        }
      })
    }).listen(this.path)
  }

  async ask(pdu: AgentxPdu, transaction = 1): Promise<Extract<AgentxPdu, { kind: 'response' }>> {
    const packet = ++this.#packet
    this.#socket?.write(encodeAgentx({ head: { session: 42, transaction, packet }, pdu }))
    const found = await until(() => this.heard.find(({ head, pdu }) => head.packet === packet && pdu.kind === 'response'))
    return found.pdu as Extract<AgentxPdu, { kind: 'response' }>
  }

  write(bytes: Uint8Array): void {
    this.#socket?.write(bytes)
  }

  stop(): void {
    this.#socket?.destroy()
    this.#server?.close()
  }

  end(): void {
    this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  kinds(): readonly string[] {
    return this.heard.map(({ pdu }) => pdu.kind)
  }
}

function begin(master: FakeMaster): { readonly session: AgentxSession; readonly said: string[]; readonly set: unknown[] } {
  const said: string[] = []
  const set: unknown[] = []
  const facts = exampleFacts()
  const view = new Mib(vrrpTables).at(facts)
  const changes = new Changes(
    async () => facts,
    async (instance, wish) => void set.push({ instance, ...wish }),
  )
  const served = { view: async () => view, changes }
  const options = {
    place: { kind: 'unix', path: master.path } as const,
    placeText: 'unix:x',
    subtrees: [vrrpGroup],
    say: (text: string) => void said.push(text),
  }
  return { session: new AgentxSession(served, options), said, set }
}
const connected = (said: readonly string[]) => until(() => said.find((line) => /connected/.test(line)))
const name = [...vrrpGroup, 3, 1, 2]

test('it opens a session, registers, answers, and takes leave', async () => {
  const master = new FakeMaster()
  master.start()
  const { session, said, set } = begin(master)
  try {
    await connected(said)
    assert.deepEqual(master.kinds(), ['open', 'register'])
    assert.equal(master.heard[1]?.head.session, 42)
    const range = { start: [...name, 1], isIncluded: false, end: [] }
    const got = await master.ask({ kind: 'get', ranges: [range] })
    assert.deepEqual(got.binds, [{ name: [...name, 1], value: { kind: 'octets', bytes: Uint8Array.from(Buffer.from('VI_1')) } }])
    const next = await master.ask({ kind: 'get-next', ranges: [range] })
    assert.deepEqual(next.binds[0]?.name, [...name, 2])
    const bulk = await master.ask({
      kind: 'get-bulk',
      nonRepeaters: 1,
      maxRepetitions: 3,
      ranges: [range, { ...range, end: [...name, 9] }],
    })
    assert.deepEqual(
      bulk.binds.map((bind) => `${bind.name.at(-1)} ${bind.value.kind}`),
      ['2 octets', '2 octets', '2 end-of-view'],
    )
    const set7 = { kind: 'test-set', binds: [{ name: [...vrrpGroup, 3, 1, 7, 1], value: { kind: 'integer', value: 9 } }] } as const
    assert.equal((await master.ask(set7, 5)).error, agentxError.none)
    assert.equal((await master.ask({ kind: 'commit-set' }, 5)).error, agentxError.none)
    assert.deepEqual(set, [{ instance: 'VI_1', priority: 9 }])
    // A ping in the context "x", as bytes: packet 9 of session 42.
    master.write(Uint8Array.of(1, 13, 0x18, 0, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0x78, 0, 0, 0))
    const refused = await until(() => master.heard.find(({ head, pdu }) => head.packet === 9 && pdu.kind === 'response'))
    assert.equal(refused.pdu.kind === 'response' && refused.pdu.error, agentxError.unsupportedContext)
    session.notify([{ name: [1, 3], value: { kind: 'integer', value: 1 } }])
    await until(() => master.kinds().find((kind) => kind === 'notify'))
    await session.close()
    await until(() => master.kinds().find((kind) => kind === 'close'))
  } finally {
    await session.close()
    master.end()
  }
})

test('without a master it says so once and waits; notifications wait with it; a master that comes back is served again', async () => {
  const master = new FakeMaster()
  const { session, said } = begin(master)
  try {
    session.notify([{ name: [1, 3], value: { kind: 'integer', value: 1 } }])
    await until(() => said.find((line) => /no master agent at unix:x \(ENOENT\)/.test(line)))
    master.start()
    await connected(said)
    await until(() => master.kinds().find((kind) => kind === 'notify'))
    assert.equal(said.filter((line) => /no master agent/.test(line)).length, 1)
    master.stop()
    await until(() => said.find((line) => /is gone/.test(line)))
    master.start()
    await until(() => (said.filter((line) => /connected/.test(line)).length === 2 ? true : undefined))
  } finally {
    await session.close()
    master.end()
  }
})

test('a subtree that somebody else has is named, and the others are served', async () => {
  const master = new FakeMaster()
  master.refuses = (pdu) => (pdu.kind === 'register' ? agentxError.duplicateRegistration : agentxError.none)
  master.start()
  const { session, said } = begin(master)
  try {
    await until(() => said.find((line) => /did not give us 1\.3\.6\.1\.4\.1\.9586\.100\.5\.2:/.test(line)))
  } finally {
    await session.close()
    master.end()
  }
})

test('what is no AgentX ends the connection, and the next one works', async () => {
  const master = new FakeMaster()
  master.start()
  const { session, said } = begin(master)
  try {
    await connected(said)
    master.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await until(() => said.find((line) => /is no AgentX master/.test(line)))
    await until(() => (said.filter((line) => /connected/.test(line)).length === 2 ? true : undefined))
  } finally {
    await session.close()
    master.end()
  }
})
