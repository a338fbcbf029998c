// Many routers on one interface, with a real keepalived on the other side. As backups: the kernel notes their master's adverts; as masters: one system
// call sends for many. Everything that is decided and said stays as it is with one router.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DaemonStatus } from '@havip/vrrp-runtime'
import { readStatus } from '../../apps/havip/src/daemon-client.ts'
import { manyInstances } from '../../tools/bench/many-instances.ts'
import { must, sleep, startService, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, findBadPackets, needsRoot, type Segment } from '../../tools/lab/segment.ts'
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

/** How many adverts of each VRID are in a capture. */
async function advertsIn(file: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const vrids = await must(['tshark', '-r', file, '-Y', 'vrrp', '-T', 'fields', '-e', 'vrrp.virt_rtr_id'])
  for (const vrid of vrids.split('\n')) if (/^\d+$/.test(vrid)) counts.set(vrid, (counts.get(vrid) ?? 0) + 1)
  return counts
}

test(
  `${count} masters whose adverts leave together: keepalived's backups want nothing, through a change, a freeze and a death`,
  {
    skip: needsRoot,
  },
  () =>
    withSegment(async (segment) => {
      const [node, other] = segment.nodes
      const daemon = await segment.startHavipd(node, manyInstances(count, '1', 200))
      await allEntered(daemon, 'MASTER')
      const backup = await segment.startKeepalived(other, manyInstances(count, '1', 100))
      await allEntered(backup, 'BACKUP')
      const sent = async () => (await segment.status(node)).instances.map(({ counters }) => counters.advert_sent)
      // The second burst of announcements is over: nobody has anything else to do.
      await sleep(6000)
      const capture = await segment.capture()
      const before = await sent()
      await sleep(5000)
      const after = await sent()
      const file = await capture.stop()
      const onWire = await advertsIn(file)
      assert.equal(onWire.size, count)
      for (const [i, number] of after.entries()) {
        const counted = number - (before[i] ?? 0)
        const seen = onWire.get(String(i + 1)) ?? 0
        assert.ok(counted >= 3 && Math.abs(seen - counted) <= 2, `instance ${i}: ${counted} counted, ${seen} on the wire`)
      }
      assert.deepEqual((await findBadPackets(file)).findings, [])

      // One of them changes, the others go on.
      writeFileSync(join(node.folder, 'keepalived.conf'), manyInstances(count, '1', 200).replace('priority 200', 'priority 210'))
      daemon.service.kill('SIGHUP')
      await until('it was reloaded', () => (/Reload complete/.test(daemon.log()) ? true : undefined))
      const vrrp = daemon.vrrpPid()
      await sleep(3000)
      process.kill(vrrp, 'SIGSTOP')
      await sleep(1500)
      process.kill(vrrp, 'SIGCONT')
      await sleep(3000)
      process.kill(vrrp, 'SIGKILL')
      await until('the spare is the daemon', () => (daemon.vrrpPid() === vrrp ? undefined : segment.status(node).catch(() => undefined)))
      await sleep(6000)
      const { instances } = await segment.status(node)
      assert.deepEqual([...new Set(instances.map(({ state }) => state))], ['master'])
      assert.equal(entered(backup, 'MASTER'), 0, backup.log())
      assert.equal(entered(daemon, 'BACKUP'), count, daemon.log())
    }),
)
