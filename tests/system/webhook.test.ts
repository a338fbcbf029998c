// Webhooks as an operator has them: two nodes, a receiver in a namespace, and everything killed that can be killed.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startService, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { root } from '../../tools/lab/world.ts'
import { tutorialPair, vip } from './configurations.ts'

const secret = 'shared with the receiver'
const port = 8080

type Line = {
  readonly status: number
  readonly signature: string
  readonly body: string
  readonly stream: string
  readonly events: readonly { readonly id: number; readonly kind: string; readonly detail: { readonly to?: string } }[]
}

/** Writes what it gets as JSON lines; answers with the number in a file, 204 without one. */
const receiverProgram = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
const [log, mood] = process.argv.slice(2)
createServer((request, response) => {
  let body = ''
  request.on('data', (data) => (body += data))
  request.on('end', () => {
    const status = existsSync(mood) ? Number(readFileSync(mood, 'utf8')) : 204
    const { stream, events } = JSON.parse(body)
    appendFileSync(log, JSON.stringify({ status, signature: request.headers['x-havip-signature'], body, stream, events }) + '\\n')
    response.writeHead(status).end()
  })
}).listen(${port}, '0.0.0.0')
`

class Receiver {
  readonly #node: Node
  readonly #log: string
  readonly #mood: string

  constructor(node: Node, segment: Segment) {
    this.#node = node
    this.#log = join(node.folder, 'received.jsonl')
    this.#mood = join(node.folder, 'mood')
    const program = join(node.folder, 'receiver.mjs')
    writeFileSync(program, receiverProgram)
    writeFileSync(this.#log, '')
    const argv = [join(root, 'node_modules', '.bin', 'node'), program, this.#log, this.#mood]
    segment.adopt(startService('receiver', node.inside(argv), join(node.folder, 'receiver.log')))
  }

  get url(): string {
    return `http://${this.#node.address}:${port}/hook`
  }

  /** From the next delivery on. */
  answer(status: number): void {
    // As a whole: half of a number would be read otherwise.
    writeFileSync(`${this.#mood}.new`, String(status))
    renameSync(`${this.#mood}.new`, this.#mood)
  }

  lines(): readonly Line[] {
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  }

  /** What it has taken, in order. */
  taken(): { readonly key: string; readonly kind: string; readonly to: string | undefined }[] {
    return this.lines()
      .filter(({ status }) => status < 300)
      .flatMap(({ stream, events }) => events.map(({ id, kind, detail }) => ({ key: `${stream}/${id}`, kind, to: detail.to })))
  }

  /** States entered by VI_1. */
  states(): readonly (string | undefined)[] {
    return this.taken()
      .filter(({ kind }) => kind === 'transition')
      .map(({ to }) => to)
  }
}

const agentPid = ({ log }: Daemon): number =>
  Number([...log().matchAll(/Starting the webhook process, pid=(\d+)/g)].at(-1)?.[1] ?? assert.fail('no webhook process'))

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`)

test('webhooks tell every transition in order and once, while receiver, agent and daemon fail in turn', { skip: needsRoot }, async () => {
  const segment = await createSegment(3)
  try {
    const [first, second, third] = segment.nodes as [Node, Node, Node]
    const receiver = new Receiver(third, segment)
    const secretFile = join(second.folder, 'secret')
    writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
    const stateFile = join(second.folder, 'state', 'hook.json')
    const [one, two] = tutorialPair({ version: 3, interval: '0.3' })
    const webhook = `webhook ops {\n url ${receiver.url}\n secret_file ${secretFile}\n state_file ${stateFile}\n}\n`
    const master = await segment.startHavipd(first, one)
    await segment.waitForOwner(first, vip)
    const watched = await segment.startHavipd(second, webhook + two)
    await until('it has become backup', () => (receiver.states().at(-1) === 'backup' ? true : undefined))
    const { body, signature } = receiver.lines()[0] as Line
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
    assert.equal(mac, createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'))
    assert.equal((JSON.parse(body) as { node: string }).node, 'LVS_DEVEL')

    // The receiver is ill, and the agent is killed meanwhile: the daemon does not notice.
    receiver.answer(503)
    await master.service.stop()
    await segment.waitForOwner(second, vip)
    await until('it was tried', () => (receiver.lines().some(({ status }) => status === 503) ? true : undefined))
    const status = async () => (await segment.status(second)).webhooks?.[0] ?? assert.fail('no webhook in the status')
    await until('the status says so', async () => ((await status()).failures > 0 ? true : undefined))
    assert.match((await status()).lastError ?? '', /the answer was 503/)
    assert.equal((await status()).pending, 1)
    process.kill(agentPid(watched), 'SIGKILL')
    await until('another agent', () => (/The webhook process\(\d+\) ended by SIGKILL/.test(watched.log()) ? true : undefined))
    receiver.answer(204)
    await until('the transition', () => (receiver.states().at(-1) === 'master' ? true : undefined))
    assert.equal(await second.holds(vip), true)

    // The daemon is killed: its spare goes on, and what the dead one told is delivered.
    receiver.answer(503)
    const back = await segment.startHavipd(first, one)
    await segment.waitForOwner(first, vip)
    const [pid, agent] = [watched.vrrpPid(), agentPid(watched)]
    await until('it is told', async () => ((await status()).pending > 0 ? true : undefined))
    process.kill(pid, 'SIGKILL')
    await until('the spare goes on', async () => {
      const now = await segment.status(second).catch(() => undefined)
      return now !== undefined && now.daemon.pid !== pid ? true : undefined
    })
    await until('the agent of the dead has ended', () => (isThere(agent) ? undefined : true))
    receiver.answer(204)
    await until('that it was backup again', () => (receiver.states().at(-1) === 'backup' ? true : undefined))

    // Both are killed at once, then the daemon is stopped and started.
    await until('the spare has an agent', async () => ((await status()).state === 'idle' ? true : undefined))
    const spare = (await segment.status(second)).daemon.pid
    process.kill(agentPid(watched), 'SIGKILL')
    process.kill(spare, 'SIGKILL')
    await back.service.stop()
    await segment.waitForOwner(second, vip)
    await until('that it is master', () => (receiver.states().at(-1) === 'master' ? true : undefined))

    const keys = receiver.taken().map(({ key }) => key)
    assert.deepEqual(keys, [...new Set(keys)], 'nothing twice')
    assert.deepEqual(receiver.states(), ['backup', 'master', 'backup', 'master'])
    assert.deepEqual(
      receiver
        .taken()
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'transition' && kind !== 'restarted'),
      [],
    )
    assert.deepEqual(await segment.owners(vip), [second])
  } finally {
    await segment.destroy()
  }
})

test('a restart of the daemon tells its end and its beginning; keepalived runs the same file', { skip: needsRoot }, async () => {
  const segment = await createSegment(3)
  try {
    const [first, second, third] = segment.nodes as [Node, Node, Node]
    const receiver = new Receiver(third, segment)
    const stateFile = join(first.folder, 'hook.json')
    const webhook = `webhook ops {\n url ${receiver.url}\n state_file ${stateFile}\n events all\n}\n`
    const [one, two] = tutorialPair({ version: 3, interval: '0.3' })
    const run = await segment.startHavipd(first, webhook + one, ['--record-file', join(first.folder, 'record')])
    await segment.startKeepalived(second, webhook + two)
    await until('it is master', () => (receiver.states().at(-1) === 'master' ? true : undefined))
    await run.service.stop()
    await segment.waitForOwner(second, vip)
    await until('its end', () => (receiver.states().at(-1) === 'stopped' ? true : undefined))
    const before = receiver.taken().map(({ key }) => key)
    await segment.startHavipd(first, webhook + one, ['--record-file', join(first.folder, 'record')])
    await segment.waitForOwner(first, vip)
    await until('it is master again', () => (receiver.states().at(-1) === 'master' ? true : undefined))
    const taken = receiver.taken()
    // Numbers go on, and what the recording holds of the run before is not told again.
    const later = taken.slice(before.length)
    assert.equal(later[0]?.kind, 'restarted')
    const highest = Math.max(...before.map((key) => Number(key.split('/')[1])))
    for (const { key } of later.slice(1)) assert.ok(Number(key.split('/')[1]) > highest, key)
  } finally {
    await segment.destroy()
  }
})
