// Many routers on one interface as backups of a real keepalived: the kernel notes their master's adverts, and everything that is decided
// from them stays as it is with one router.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DaemonStatus } from '@havip/vrrp-runtime'
import { readStatus } from '../../apps/havip/src/daemon-client.ts'
import { manyInstances } from '../../tools/bench/many-instances.ts'
import { sleep, startService, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { root } from '../../tools/lab/world.ts'

const count = 40

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

const entered = (daemon: Pick<Daemon, 'log'>, state: string): number =>
  (daemon.log().match(new RegExp(`Entering ${state} STATE`, 'g')) ?? []).length
const allEntered = (daemon: Pick<Daemon, 'log'>, state: string, times = count): Promise<true> =>
  until(`${times} times ${state}`, () => (entered(daemon, state) >= times ? true : undefined), 30_000, 50)

async function startMaster(segment: Segment): Promise<Daemon> {
  const [, other] = segment.nodes
  const master = await segment.startKeepalived(other, manyInstances(count, '1', 200))
  await allEntered(master, 'MASTER')
  return master
}

/** Every backup goes on hearing its master, as its counters and ages say. */
async function allHear(read: () => Promise<DaemonStatus>): Promise<void> {
  const before = await read()
  assert.deepEqual([...new Set(before.instances.map(({ state }) => state))], ['backup'])
  await until('each has heard three more', async () => {
    const now = await read()
    return now.instances.every(
      ({ counters, master }, i) =>
        counters.advert_rcvd >= (before.instances[i]?.counters.advert_rcvd ?? 0) + 3 && (master?.lastHeardMs ?? Number.NaN) < 3000,
    )
      ? true
      : undefined
  })
}

test(
  `${count} backups hear their master without being woken, through a freeze and a death, and take over when it is gone`,
  {
    skip: needsRoot,
  },
  () =>
    withSegment(async (segment) => {
      const [node, other] = segment.nodes
      await startMaster(segment)
      const daemon = await segment.startHavipd(node, manyInstances(count, '1', 100))
      await allEntered(daemon, 'BACKUP')
      await allHear(() => segment.status(node))
      assert.doesNotMatch(daemon.log(), /Each advertisement wakes the daemon/)

      const frozen = daemon.vrrpPid()
      process.kill(frozen, 'SIGSTOP')
      try {
        await sleep(5000)
      } finally {
        process.kill(frozen, 'SIGCONT')
      }
      await allHear(() => segment.status(node))
      process.kill(frozen, 'SIGKILL')
      await until('the spare is the daemon', () => (daemon.vrrpPid() === frozen ? undefined : segment.status(node).catch(() => undefined)))
      await allHear(() => segment.status(node))
      assert.equal(entered(daemon, 'MASTER'), 0, daemon.log())

      await segment.setLink(other, false)
      await allEntered(daemon, 'MASTER')
      for (const { transitions } of (await segment.status(node)).instances) assert.equal(transitions[0]?.reason.kind, 'master-silent')
      await segment.setLink(other, true)
      await until('all have let go', async () =>
        (await segment.status(node)).instances.every(({ state }) => state === 'backup') ? true : undefined,
      )
      await allHear(() => segment.status(node))
    }),
)

test(`without CAP_BPF ${count} backups hear their master all the same, and the log says what it costs`, { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    await startMaster(segment)
    const folder = join(node.folder, 'run')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    for (const path of [join(node.folder, '..'), node.folder]) chmodSync(path, 0o755)
    const file = join(folder, 'k.conf')
    writeFileSync(file, manyInstances(count, '1', 100), { mode: 0o644 })
    const capabilities = '+net_admin,+net_raw,+sys_nice'
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=-all,${capabilities}`]
    const socket = join(folder, 'status.sock')
    const options = [
      '-n',
      '-l',
      '-D',
      '-G',
      '-f',
      file,
      '-p',
      join(folder, 'k.pid'),
      '-r',
      join(folder, 'v.pid'),
      '--status-socket',
      socket,
    ]
    const log = join(node.folder, 'nobody.log')
    const program = [...asNobody, `--ambient-caps=${capabilities}`, '--', join(root, 'bin', 'havipd'), ...options]
    segment.adopt(startService('havipd', node.inside(program), log))
    const daemon = { log: () => readFileSync(log, 'utf8') }
    await until('there is a log', () => (entered(daemon, 'BACKUP') >= count ? true : undefined), 30_000, 50)
    await until('it is said', () => (/Each advertisement wakes the daemon.*EPERM.*CAP_BPF/.test(daemon.log()) ? true : undefined))
    assert.equal(daemon.log().match(/Each advertisement wakes/g)?.length, 1)
    await allHear(() => readStatus(socket))
  }),
)
