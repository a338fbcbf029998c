// A session over datagrams: what streams do by themselves has to be done here.
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { type AgentxMessage, type AgentxPdu, agentxError, decodeAgentx, encodeAgentx } from '@havip/wire'
import { Changes } from './changes.ts'
import { exampleFacts } from './facts.fixture.ts'
import { vrrpGroup, vrrpTables } from './keepalived-mib.ts'
import { Mib } from './mib.ts'
import { AgentxSession } from './session.ts'
import { until } from './until.fixture.ts'

/** Says yes to everything. */
class DatagramMaster {
  readonly heard: { readonly message: AgentxMessage; readonly length: number }[] = []
  readonly #socket: Socket
  #from: RemoteInfo | undefined

  constructor(family: 'udp4' | 'udp6') {
    this.#socket = createSocket(family)
    this.#socket.on('message', (bytes, from) => {
      this.#from = from
      const message = decodeAgentx(bytes)
      assert(message.ok, 'one whole message in a datagram')
      this.heard.push({ message: message.value, length: bytes.length })
      const { head, pdu } = message.value
      if (pdu.kind === 'response' || pdu.kind === 'close') return
      this.send(encodeAgentx({ head: { ...head, session: 42 }, pdu: { kind: 'response', upTime: 7, error: 0, index: 0, binds: [] } }))
    })
  }

  async listen(address: string, port = 0): Promise<number> {
    this.#socket.bind(port, address)
    await once(this.#socket, 'listening')
    return this.#socket.address().port
  }

  send(bytes: Uint8Array): void {
    if (this.#from) this.#socket.send(bytes, this.#from.port, this.#from.address)
  }

  async ask(
    pdu: AgentxPdu,
    packet: number,
  ): Promise<{ readonly answer: Extract<AgentxPdu, { kind: 'response' }>; readonly length: number }> {
    this.send(encodeAgentx({ head: { session: 42, transaction: 1, packet }, pdu }))
    const found = await until(() => this.heard.find(({ message }) => message.head.packet === packet && message.pdu.kind === 'response'))
    return { answer: found.message.pdu as Extract<AgentxPdu, { kind: 'response' }>, length: found.length }
  }

  kinds(): readonly string[] {
    return this.heard.map(({ message }) => message.pdu.kind)
  }

  close(): void {
    this.#socket.close()
  }
}

function begin(family: 4 | 6, host: string, port: number): { readonly session: AgentxSession; readonly said: string[] } {
  const said: string[] = []
  const facts = exampleFacts()
  const view = new Mib(vrrpTables).at(facts)
  const changes = new Changes(
    async () => facts,
    async () => {},
  )
  const place = { kind: 'udp', family, host, port } as const
  const options = { place, placeText: 'udp:x', subtrees: [vrrpGroup], say: (text: string) => void said.push(text) }
  return { session: new AgentxSession({ view: async () => view, changes }, options), said }
}
const connected = (said: readonly string[]) => until(() => said.find((line) => /connected/.test(line)))

for (const [family, address] of [
  [4, '127.0.0.1'],
  [6, '::1'],
] as const) {
  test(`a session over UDP in IPv${family}: opened, registered, asked, told, closed`, async () => {
    const master = new DatagramMaster(family === 4 ? 'udp4' : 'udp6')
    const { session, said } = begin(family, address, await master.listen(address))
    try {
      await connected(said)
      const range = { start: [...vrrpGroup, 3, 1, 2, 1], isIncluded: false, end: [] }
      const { answer } = await master.ask({ kind: 'get', ranges: [range] }, 1001)
      assert.equal(answer.binds[0]?.value.kind, 'octets')
      session.notify([{ name: [1, 3], value: { kind: 'integer', value: 1 } }])
      await until(() => master.kinds().find((kind) => kind === 'notify'))
      await session.close()
      await until(() => master.kinds().find((kind) => kind === 'close'))
      assert.deepEqual(
        master.kinds().filter((kind) => kind !== 'response'),
        ['open', 'register', 'notify', 'close'],
      )
    } finally {
      await session.close()
      master.close()
    }
  })
}

test('an answer that would not go into one datagram is shorter, and half a message is no message', async () => {
  const master = new DatagramMaster('udp4')
  const { session, said } = begin(4, '127.0.0.1', await master.listen('127.0.0.1'))
  try {
    await connected(said)
    const whole = encodeAgentx({ head: { session: 42, transaction: 1, packet: 7 }, pdu: { kind: 'ping' } })
    master.send(whole.subarray(0, 12))
    const ranges = Array.from({ length: 40 }, () => ({ start: vrrpGroup, isIncluded: false, end: [] }))
    const { answer, length } = await master.ask({ kind: 'get-bulk', nonRepeaters: 0, maxRepetitions: 1000, ranges }, 1002)
    assert.equal(answer.error, agentxError.none)
    assert(answer.binds.length >= 40 && answer.binds.length % 40 === 0, `${answer.binds.length}`)
    assert(length <= 65_507, `${length}`)
  } finally {
    await session.close()
    master.close()
  }
})

test('nobody there is told by the network, and who comes later is found', async () => {
  const first = new DatagramMaster('udp4')
  const port = await first.listen('127.0.0.1')
  first.close()
  const { session, said } = begin(4, '127.0.0.1', port)
  const master = new DatagramMaster('udp4')
  try {
    await until(() => said.find((line) => /no master agent at udp:x \(ECONNREFUSED\)/.test(line)))
    await master.listen('127.0.0.1', port)
    await connected(said)
  } finally {
    await session.close()
    master.close()
  }
})
