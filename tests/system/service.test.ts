// The daemon as a service of the machine: what systemd is told, capabilities instead of root, scheduling keywords, log ways,
// reloads by the clock.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AF, bindSocket, closeDescriptor, openSocket, receive, SOCK, unixAddress } from '@havip/linux'
import { restartSignal } from '../../apps/havipd/src/real-time-signal.ts'
import { must, run, sleep, startService, tailOf, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { root } from '../../tools/lab/world.ts'
import { vip } from './configurations.ts'

const havipd = join(root, 'bin', 'havipd')

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

const configuration = (global: string, extra = ''): string => `global_defs {
${global}
}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 advert_int 1
 virtual_ipaddress {
  ${vip}/24
 }
 ${extra}
}
`

/** A service manager's socket: everything that was sent to it, in order. */
function listen(path: string): { messages(): readonly string[]; close(): void } {
  const fd = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  bindSocket(fd, unixAddress(path))
  const heard: string[] = []
  const buffer = new Uint8Array(4096)
  return {
    messages: () => {
      for (let length = receive(fd, buffer, 0); length >= 0; length = receive(fd, buffer, 0)) {
        heard.push(new TextDecoder().decode(buffer.subarray(0, length)))
      }
      return heard
    },
    close: () => closeDescriptor(fd),
  }
}

test('systemd hears READY, STATUS, the watchdog only while the loop runs, RELOADING and STOPPING', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const path = join(node.folder, 'notify')
    const manager = listen(path)
    process.env.NOTIFY_SOCKET = path
    process.env.WATCHDOG_USEC = '1000000'
    try {
      const daemon = await segment.startHavipd(node, configuration(''))
      const guard = Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8'))
      const hears = (what: string): Promise<true> =>
        until(`systemd hears ${what}`, () => manager.messages().some((one) => one.includes(what)) || undefined)
      await hears(`READY=1\nMAINPID=${guard}`)
      await hears('STATUS=1 instance: 1 MASTER')
      const pings = (): number => manager.messages().filter((one) => one === 'WATCHDOG=1').length
      const before = pings()
      await until('two pings more', () => (pings() >= before + 2 ? true : undefined))
      process.kill(daemon.vrrpPid(), 'SIGSTOP')
      await sleep(300)
      const stopped = pings()
      await sleep(2500)
      assert.equal(pings(), stopped, 'a stopped loop pings')
      process.kill(daemon.vrrpPid(), 'SIGCONT')
      await until('pings again', () => (pings() > stopped ? true : undefined))
      const count = manager.messages().length
      process.kill(guard, 'SIGHUP')
      await until('a reload', () => {
        const news = manager.messages().slice(count)
        const at = news.findIndex((one) => /^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(one))
        return at >= 0 && news.slice(at).some((one) => one.startsWith('READY=1')) ? true : undefined
      })
      process.kill(guard, 'SIGTERM')
      await hears('STOPPING=1')
    } finally {
      delete process.env.NOTIFY_SOCKET
      delete process.env.WATCHDOG_USEC
      manager.close()
    }
  }),
)

const asNobody = (capabilities: string, program: readonly string[]): readonly string[] => [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  ...(capabilities === '' ? ['--inh-caps=-all'] : [`--inh-caps=-all,${capabilities}`, `--ambient-caps=${capabilities}`]),
  '--',
  ...program,
]

test('an ordinary user with two capabilities runs it; each that is missing is named, with what gives it', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const folder = join(node.folder, 'run')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    for (const path of [join(node.folder, '..'), node.folder]) chmodSync(path, 0o755)
    const file = join(folder, 'k.conf')
    writeFileSync(file, configuration(' vrrp_garp_master_delay 1'), { mode: 0o644 })
    const options = ['-n', '-l', '-D', '-G', '-f', file, '-p', join(folder, 'k.pid'), '-r', join(folder, 'v.pid')]
    const start = (capabilities: string, name: string) => {
      const log = join(node.folder, `${name}.log`)
      const service = startService('havipd', node.inside(asNobody(capabilities, [havipd, ...options])), log)
      segment.adopt(service)
      return { service, log: () => readFileSync(log, 'utf8') }
    }
    for (const [capabilities, missing] of [
      ['', 'CAP_NET_ADMIN'],
      ['+net_admin', 'CAP_NET_RAW'],
      ['+net_raw', 'CAP_NET_ADMIN'],
    ] as const) {
      const refused = start(capabilities, `refused${capabilities}`)
      await until('it ends', () => (refused.service.isRunning() ? undefined : true))
      assert.match(refused.log(), new RegExp(`missing capabilit(y|ies): .*${missing}.*AmbientCapabilities=.*${missing}.*setpriv`))
      assert.match(refused.log(), /ended with a permanent error \(exit status 4\)/)
    }
    const runs = start('+net_admin,+net_raw', 'runs')
    await segment.waitForOwner(node, vip)
    assert.match(runs.log(), /missing capability: CAP_SYS_NICE to run at real-time priority/)
    const pid = Number(readFileSync(join(folder, 'v.pid'), 'utf8'))
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t65534\t/m)
    await runs.service.stop()
    assert.equal(await node.holds(vip), false)
    const punctual = start('+net_admin,+net_raw,+sys_nice', 'punctual')
    await segment.waitForOwner(node, vip)
    assert.doesNotMatch(punctual.log(), /missing|No real-time/)
    await punctual.service.stop()
  }),
)

/** Fields of /proc/PID/stat after the name, by their number in proc(5). */
const statOf = (pid: number): ((field: number) => number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (field) => Number(fields[field - 3])
}

test('scheduling, memory and names as the keywords say', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const daemon = await segment.startHavipd(
      node,
      configuration(`process_name havip_parent
        vrrp_process_name havip_vrrp
        vrrp_priority -7
        vrrp_rt_priority 11
        vrrp_rlimit_rttime 70000
        vrrp_cpu_affinity 0
        vrrp_no_swap
        max_auto_priority 20`),
      ['-m', '-a'],
    )
    const pid = daemon.vrrpPid()
    const guard = Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8'))
    const comm = (of: number): string => readFileSync(`/proc/${of}/comm`, 'utf8').trim()
    assert.deepEqual([comm(guard), comm(pid)], ['havip_parent', 'havip_vrrp'])
    const stat = statOf(pid)
    const roundRobin = 2
    assert.deepEqual([stat(41), stat(40)], [roundRobin, 11])
    // Real-time threads show another nice value in stat; the kernel keeps ours for later.
    assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max realtime timeout +70000 /m)
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    assert.match(status, /^Cpus_allowed_list:\t0$/m)
    assert.ok(Number(/^VmLck:\s+(\d+) kB$/m.exec(status)?.[1]) > 1000)
    assert.match(daemon.log(), /vrrp_no_swap: \d+ MiB of program text stay in memory/)
    // Scripts run with none of it.
    await must(['ip', '-n', node.namespace, 'address', 'add', '10.9.7.7/24', 'dev', 'eth0'])
    await must(['ip', '-n', node.namespace, 'address', 'delete', '10.9.7.7/24', 'dev', 'eth0'])
    await until('the log has both', () =>
      /reports IP 10\.9\.7\.7 added to eth0\n[\s\S]*reports IP 10\.9\.7\.7 removed from eth0/.test(daemon.log()) ? true : undefined,
    )
  }),
)

test('log files, JSON lines, and reloads by the clock with a mark and a copy', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const saved = join(node.folder, 'saved')
    mkdirSync(saved)
    const time = join(node.folder, 'when')
    const mark = join(node.folder, 'reloading')
    const text = (priority: number): string =>
      configuration(` config_save_dir ${saved}\n reload_time_file ${time}\n reload_file ${mark}`, `priority ${priority}`)
    const log = join(node.folder, 'k.log')
    const daemon = await segment.startHavipd(node, text(100), [`-g${log}`, '--log-format=json'])
    await segment.waitForOwner(node, vip)
    const lines = readFileSync(join(node.folder, 'k_vrrp.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const master = lines.find(({ message }) => message.includes('Entering MASTER STATE'))
    assert.deepEqual([master.ident, master.instance, master.level, master.pid], ['Keepalived_vrrp', 'VI_1', 'notice', daemon.vrrpPid()])
    assert.match(readFileSync(log, 'utf8'), /"ident":"Keepalived","pid":\d+,"message":"Starting havipd/)
    assert.doesNotThrow(() => JSON.parse(tailOf(daemon.service.log, 1)))
    assert.equal(readdirSync(saved).length, 1)
    // The new file counts when the clock says so, and not before.
    writeFileSync(join(node.folder, 'keepalived.conf'), text(90))
    const at = new Date(Date.now() + 3000).toISOString().replace('T', ' ').replace(/\..*/, 'Z')
    writeFileSync(time, `${at}\n`)
    await sleep(500)
    assert.equal((await segment.status(node)).instances[0]?.priority.base, 100)
    await until('it has reloaded', async () => ((await segment.status(node)).instances[0]?.priority.base === 90 ? true : undefined))
    await until('the time is used up', () => (existsSync(time) ? undefined : true))
    assert.equal(existsSync(mark), false)
    assert.deepEqual(
      readdirSync(saved).map((name) => readFileSync(join(saved, name), 'utf8').match(/priority (\d+)/)?.[1]),
      ['100', '90'],
    )
    assert.equal(await node.holds(vip), true)
  }),
)

test('--metrics serves what the kernel has, to readers only, and survives a handover', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    await segment.startHavipd(node, configuration(''), ['--metrics'])
    await segment.waitForOwner(node, vip)
    const get = (path: string, ...more: readonly string[]) =>
      run(node.inside(['curl', '-s', '-i', '-m', '5', ...more, `http://127.0.0.1:9651${path}`]))
    const page = (await get('/metrics')).output
    assert.match(page, /^HTTP\/1\.1 200 [\s\S]*content-type: text\/plain; version=0\.0\.4/)
    assert.match(page, /^havip_vrrp_owner\{instance="VI_1".*\} 1$/m)
    assert.match(page, /^havip_vrrp_become_master_total\{.*\} 1$/m)
    const status = JSON.parse((await get('/status')).output.split('\r\n\r\n')[1] ?? '')
    assert.equal(status.instances[0].state, 'master')
    assert.match((await get('/metrics', '-X', 'POST')).output, /^HTTP\/1\.1 405 /)
    assert.match((await get('/nothing')).output, /^HTTP\/1\.1 404 /)
    const listening = await must(node.inside(['ss', '-ltnH']))
    assert.doesNotMatch(listening, /0\.0\.0\.0:9651|\*:9651|\[::\]:9651/)
    await segment.startHavipd(node, configuration(''), ['--metrics', '--handover'])
    await until('the new one serves', async () => (/become_master_total/.test((await get('/metrics')).output) ? true : undefined))
  }),
)

test('the watchdog runs out: the parent ends the daemon that hangs, and the address goes', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const daemon = await segment.startHavipd(node, configuration(''))
    await segment.waitForOwner(node, vip)
    process.kill(daemon.vrrpPid(), 'SIGSTOP')
    process.kill(Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8')), 'SIGABRT')
    await until('it has ended', () => (daemon.service.isRunning() ? undefined : true))
    assert.equal(await node.holds(vip), false)
    assert.match(daemon.log(), /The watchdog ran out/)
  }),
)

test('the unit is one that systemd understands, and restarts without ending the daemon', async () => {
  const unit = readFileSync(join(root, 'packaging', 'systemd', 'havipd.service'), 'utf8')
  assert.match(unit, /^KillMode=process$/m)
  assert.match(unit, new RegExp(`^RestartKillSignal=SIGRTMIN\\+${restartSignal - 34}$`, 'm'))
  assert.match(unit, /^ExecStart=.* --handover/m)
  if (!existsSync('/usr/bin/systemd-analyze')) return
  const { output } = await run(['systemd-analyze', 'verify', join(root, 'packaging', 'systemd', 'havipd.service')])
  assert.doesNotMatch(output, /Unknown (key|section|lvalue)|Failed to parse|Invalid/)
})

test('script security says which file, which permission, and how to mend it', { skip: needsRoot }, () =>
  withSegment(async ({ nodes: [node] }: { readonly nodes: readonly [Node, ...Node[]] }) => {
    const script = join(node.folder, 'open.sh')
    writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 })
    chmodSync(script, 0o777)
    const file = join(node.folder, 'k.conf')
    const global = ' enable_script_security\n script_user root'
    const check = `vrrp_script check {\n script ${script}\n}\n`
    for (const text of [configuration(global, `notify ${script}`), check + configuration(global, 'track_script {\n check\n }')]) {
      writeFileSync(file, text)
      const { status, output } = await run(node.inside([havipd, '-t', '-f', file]))
      const theirs = await run(node.inside(['keepalived', '-t', '-f', file]))
      assert.equal(status, theirs.status)
      assert.match(output, new RegExp(`${script}.*written to by everybody.*To mend it: chmod \\S+ ${script}`))
    }
  }),
)
