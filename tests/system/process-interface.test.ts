// The daemon as a process, held against real keepalived: command line, pid files and their locks, signals, dump files, the
// two Prometheus exporters that read them, startup and shutdown scripts.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, sleep, startService, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { root } from '../../tools/lab/world.ts'
import { vip } from './configurations.ts'
import { readDataFile, readJsonFile, readScripts, readStatsFile } from './exporters.ts'

const havipd = join(root, 'bin', 'havipd')

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

const good = `vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 virtual_ipaddress {
  ${vip}/24
 }
}
`

test('-t and the command line: the same status as keepalived`s, and a message where it gives one', { skip: needsRoot }, () =>
  withSegment(async ({ nodes: [node] }) => {
    const file = (name: string, text: string): string => {
      const path = join(node.folder, name)
      writeFileSync(path, text)
      return path
    }
    const ok = file('ok.conf', good)
    const bad = file('bad.conf', good.replace('virtual_router_id 51', 'virtual_router_id 51\n foo'))
    const missing = file('missing.conf', good.replace('interface eth0', 'interface'))
    const insecure = file('insecure.conf', good.replace(' virtual_router_id', ' notify /bin/true\n virtual_router_id'))
    const elsewhere = file('elsewhere.conf', `net_namespace nosuch\n${good.replace('virtual_router_id 51', 'foo')}`)
    const cutShort = file('cut-short.conf', `net_namespace nosuch\nglobal_defs {\n notification_email_from x\n umask\n}\n${good}`)
    const log = join(node.folder, 'test.log')
    const lines: readonly (readonly string[])[] = [
      ['-t', '-f', ok],
      ['-f', ok, '-t'],
      ['-t', '-f', bad],
      ['-t', '-f', missing],
      ['-t', '-f', insecure],
      ['-t', '-f', elsewhere],
      ['-t', '-f', cutShort],
      ['-t', '-f', bad, '-s', 'nosuch'],
      [`-t${log}`, '-f', bad],
      [`--config-test=${log}`, '-f', ok],
      ['--config-test', '--use-file', ok],
      ['-t', `--use-file=${ok}`, '--use', ok],
      ['-nlDdGPRIVXaxmBt', '-f', ok],
      ['-t', '-f', ok, '-l', '-D', '-D', '-S', '3', '-G', '-u', '077', '-X', '-V', '-I', '-R', '-n', '-d', '-P', '-B'],
      ['-t', '-f', ok, '-p', '/x', '-r', '/y', '-c', '/z', '-b', '/q', '-a', '-x', '-A', '/s', '-m', '-M', '-Mcore', '-e', '-i', 'id'],
      ['-t', '-f', ok, '--vrrp', '--check', '--no_bfd', '--all', '--log-console', '--log-detail', '--log-facility=3', '--no-syslog'],
      ['-t', '-f', ok, '--umask=022', '--release-vips', '--dont-release-vrrp', '--dont-release-ipvs', '--dont-respawn', '--dont-fork'],
      ['-t', '-f', ok, '--dump-conf', '--pid=/x', '--vrrp_pid', '/y', '--checkers_pid=/z', '--bfd_pid=/q', '--address-monitoring'],
      ['-t', '-f', ok, '--snmp', '--snmp-agent-socket=/s', '--namespace=nosuch', '--core-dump', '--core-dump-pattern', '--all-config'],
      ['-t', '-f', ok, '--config-id=x', '--no_bf', '--log-fac=5'],
      ['-t', '-f', ok, '-S', '9'],
      ['-t', '-f', ok, '-u', 'foo'],
      ['-t', '-f', ok, '-u', '01777'],
      ['-t', '-f', ok, 'stray', 'words'],
      ['-t', '-f', ok, '--', '-Z'],
      ['-t/nonexistent/x', '-f', ok],
      ['-t', '-f'],
      ['-t', '-f', ok, '-i'],
      ['-t', '-f', ok, '--pid='],
      ['-Z'],
      ['--nope'],
      ['-t', '-f', ok, '-n=3'],
      ['-v'],
      ['-h'],
      ['--version', '-t'],
      ['-T'],
      ['--signum=FOO'],
      ...['STOP', 'RELOAD', 'DATA', 'STATS', 'STATS_CLEAR', 'JSON'].map((name) => [`--signum=${name}`]),
    ]
    for (const args of lines) {
      const theirs = await run(node.inside(['keepalived', ...args]))
      const ours = await run(node.inside([havipd, ...args]))
      assert.equal(ours.status, theirs.status, `${args.join(' ')}\nhavipd: ${ours.output}\nkeepalived: ${theirs.output}`)
      if (args[0]?.startsWith('--signum')) assert.equal(ours.output.split(/[:\n]/)[0], theirs.output.split('\n')[0])
      if (theirs.output.startsWith('Unexpected argument') || theirs.output.startsWith('Missing parameter for option -'))
        assert.ok(ours.output.includes(theirs.output.slice(0, 19)), ours.output)
      assert.doesNotMatch(ours.output, /at .*\.mjs|node:internal/, 'a stack trace')
    }
    // Deliberately not keepalived's 0.
    assert.equal((await run(node.inside([havipd, '-t', '-f', join(node.folder, 'nothing')]))).status, 6)
    assert.equal((await run(node.inside([havipd, '-n', '-f', join(node.folder, 'nothing')]))).status, 6)
    assert.equal((await run(node.inside(['keepalived', '-n', '-f', join(node.folder, 'nothing')]))).status, 6)
  }),
)

/** NaN between one daemon and the next. */
const pidOf = (node: Node): number => {
  const path = join(node.folder, 'keepalived.pid')
  return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : Number.NaN
}

test('keepalived and havipd see each other`s locks, also after each kind of succession', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const options = ['-n', '-l', '-f', join(node.folder, 'keepalived.conf')]
    const places = ['-p', join(node.folder, 'keepalived.pid'), '-r', join(node.folder, 'other.pid')]
    let tries = 0
    const refuses = async (program: string, when: string): Promise<void> => {
      const log = join(node.folder, `refused-${++tries}.log`)
      const service = startService(program, node.inside([program, ...options, ...places]), log)
      segment.adopt(service)
      await until(`${program} ends, ${when}`, () => (service.isRunning() ? undefined : true), 10_000)
      assert.match(readFileSync(log, 'utf8'), /already running/, when)
    }
    const theirs = await segment.startKeepalived(node, good)
    await refuses(havipd, 'keepalived runs')
    await theirs.service.stop()
    const ours = await segment.startHavipd(node, good)
    await refuses('keepalived', 'havipd runs')
    await refuses(havipd, 'havipd runs')
    assert.equal(statSync(join(node.folder, 'keepalived.pid')).mode & 0o777, 0o644)
    // The guard dies: the daemon is what the pid file means now.
    const first = pidOf(node)
    process.kill(first, 'SIGKILL')
    await until('the daemon has the pid file', () => (pidOf(node) === ours.vrrpPid() ? true : undefined))
    await refuses('keepalived', 'after the guard`s death')
    // The daemon dies: its spare goes on. That takes until a spare is there.
    await sleep(3000)
    const second = ours.vrrpPid()
    process.kill(second, 'SIGKILL')
    await until('the spare has both files', () => (pidOf(node) !== second && pidOf(node) === ours.vrrpPid() ? true : undefined))
    await refuses(havipd, 'after the daemon`s death')
    // A handover passes them on, too.
    const third = pidOf(node)
    const fresh = await segment.startHavipd(node, good, ['--handover'])
    await until('the new one has the pid file', () =>
      pidOf(node) !== third && existsSync(join(node.folder, 'vrrp.pid')) ? true : undefined,
    )
    await until('the old one has ended', () => (existsSync(`/proc/${third}`) ? undefined : true))
    await refuses('keepalived', 'after a handover')
    process.kill(pidOf(node), 'SIGTERM')
    await until('it has ended', () => (fresh.service.isRunning() ? undefined : true))
    assert.deepEqual([existsSync(join(node.folder, 'keepalived.pid')), existsSync(join(node.folder, 'vrrp.pid'))], [false, false])
  }),
)

test('instance and namespace name the pid files, as keepalived names them', { skip: needsRoot }, () =>
  withSegment(async ({ nodes: [node] }) => {
    const instance = node.namespace.replaceAll('-', '')
    const path = join(node.folder, 'named.conf')
    writeFileSync(path, `net_namespace ${node.namespace}\ninstance ${instance}\n${good}`)
    const folder = `/run/keepalived/${node.namespace}`
    const expected = [`keepalived_${instance}.pid`, `vrrp_${instance}.pid`].map((name) => join(folder, name))
    try {
      for (const program of ['keepalived', havipd]) {
        const running = run([program, '-n', '-l', '-G', '-f', path], 20_000)
        await until(
          `pid files of ${program}`,
          () => expected.every((file) => existsSync(file) && readFileSync(file, 'utf8') !== '') || undefined,
        )
        await sleep(500)
        process.kill(Number(readFileSync(expected[0] as string, 'utf8')), 'SIGTERM')
        assert.equal((await running).status, 0)
        assert.deepEqual(expected.map(existsSync), [false, false])
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }),
)

const rich = (own: number): string => `global_defs {
 router_id R${own}
 enable_script_security
 script_user root
 vrrp_garp_master_refresh 5
}
vrrp_script chk {
 script "/usr/bin/true x y"
 interval 2
 weight 3
 rise 2
}
vrrp_sync_group G {
 group {
  VI_1
  VI_2
 }
 notify "/usr/bin/true g"
}
vrrp_instance VI_1 {
 state BACKUP
 interface eth0
 virtual_router_id 51
 priority 101
 advert_int 1
 unicast_src_ip 10.9.0.${own}
 unicast_peer {
  10.9.0.99
 }
 authentication {
  auth_type PASS
  auth_pass sec/r
 }
 virtual_ipaddress {
  10.9.0.100
  10.9.0.101/24 brd 10.9.0.255 dev eth0 label eth0:1
 }
 virtual_ipaddress_excluded {
  2001:db8::1/64 dev eth0
  10.9.5.5 peer 10.9.5.6 dev eth0
 }
 virtual_routes {
  10.88.0.0/24 via 10.9.0.254 dev eth0 metric 5
 }
 virtual_rules {
  from 10.88.0.0/24 table 101 priority 500
 }
 track_interface {
  lo
 }
 notify_master "/usr/bin/true m 'a b'"
 notify_stop "/usr/bin/true s"
 notify "/usr/bin/true n"
 notify_deleted "/usr/bin/true d"
 notify_master_rx_lower_pri "/usr/bin/true l"
 garp_master_delay 3
}
vrrp_instance VI_2 {
 state BACKUP
 interface eth0
 virtual_router_id 52
 priority 50
 version 3
 advert_int 0.5
 nopreempt
 virtual_ipaddress {
  10.9.0.110
 }
}
vrrp_instance VI_6 {
 interface eth0
 virtual_router_id 53
 priority 50
 virtual_ipaddress {
  fe80::77
  2001:db8::77/64
 }
 track_script {
  chk
 }
}
`

type Dumps = { readonly data: string; readonly stats: string; readonly json: string; readonly folder: string }

/** The three dumps of whatever runs on the node, by its parent's pid and the numbers of its own --signum. */
async function dumpsOf(node: Node, program: string, folder: string): Promise<Dumps> {
  const ask = async (name: string, file: string): Promise<string> => {
    const { output } = await run([program, `--signum=${name}`])
    const path = join(folder, file)
    rmSync(path, { force: true })
    process.kill(pidOf(node), Number(output))
    await until(`${program} wrote ${file}`, () => (existsSync(path) && statSync(path).size > 0 ? true : undefined))
    // keepalived writes .data and .stats in place.
    await sleep(200)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    return readFileSync(path, 'utf8')
  }
  const data = await ask('DATA', 'keepalived.data')
  return { data, stats: await ask('STATS', 'keepalived.stats'), json: await ask('JSON', 'keepalived.json'), folder }
}

async function dumpWith(segment: Segment, node: Node, start: () => Promise<Daemon>, program: string): Promise<Dumps> {
  const folder = join(node.folder, `dumps-${program.split('/').at(-1)}`)
  mkdirSync(folder)
  // What a test starts inherits this.
  process.env.TMPDIR = folder
  try {
    const daemon = await start()
    await segment.waitForOwner(node, '10.9.0.110')
    await segment.waitForOwner(node, '10.9.0.100')
    await sleep(4500)
    const dumps = await dumpsOf(node, program, folder)
    await daemon.service.stop()
    return dumps
  } finally {
    delete process.env.TMPDIR
  }
}

/** The lines of a section of `.data`, without what is another at each run, and by the names of a later keepalived. */
const sectionOf = (data: string, title: string): readonly string[] =>
  (data.split(`------< ${title} >------\n`)[1] ?? '')
    .split('------<')[0]
    ?.split('\n')
    .filter((line) => !line.includes('fd_in '))
    .map((line) =>
      line
        .replace(/(Last transition|Read timeout) = .*/, '$1')
        .replace('Number of interface and track script faults', 'Number of tracker faults')
        .replace(/(Multicast address \S+), ifindex \d+/, '$1'),
    ) ?? []

/** Values that differ between two runs, or between a 2.2.7 and a later keepalived. */
const comparable = (data: Record<string, unknown>): Record<string, unknown> => {
  const { last_transition, track_script, ...rest } = data
  return rest
}

test('dump files say what keepalived`s say of the same situation, and both exporters read them', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const theirs = await dumpWith(segment, node, () => segment.startKeepalived(node, rich(1)), 'keepalived')
    const ours = await dumpWith(segment, node, () => segment.startHavipd(node, rich(1)), havipd)
    // .json, field by field, in order.
    const [theirJson, ourJson] = [readJsonFile(theirs.json), readJsonFile(ours.json)]
    assert.equal(ourJson.length, theirJson.length)
    for (const [i, their] of theirJson.entries()) {
      const our = ourJson[i] as (typeof ourJson)[number]
      assert.deepEqual(comparable(our.data), comparable(their.data))
      assert.deepEqual(Object.keys(our.data), Object.keys(their.data))
      assert.deepEqual(
        Object.keys(our.stats).filter((key) => !key.startsWith('auth_ext_')),
        Object.keys(their.stats),
      )
      assert.deepEqual([our.stats.become_master, our.stats.release_master], [their.stats.become_master, their.stats.release_master])
    }
    assert.match(ours.json, /^\[.*\]\n$/)
    assert.match(ours.json, /"auth_data":"sec\\\/r"/)
    // .data and .stats, as the exporters read them.
    assert.deepEqual(readDataFile(ours.data), readDataFile(theirs.data))
    assert.equal(readDataFile(ours.data)[0]?.addresses.length, 2)
    assert.deepEqual(readScripts(ours.data), readScripts(theirs.data))
    for (const title of ['VRRP Topology', 'VRRP Sync groups']) assert.deepEqual(sectionOf(ours.data, title), sectionOf(theirs.data, title))
    const [theirStats, ourStats] = [readStatsFile(theirs.stats), readStatsFile(ours.stats)]
    assert.deepEqual([...ourStats.keys()], [...theirStats.keys()])
    for (const [name, stats] of theirStats) {
      const own = ourStats.get(name) ?? {}
      assert.deepEqual(
        Object.keys(own).filter((key) => !key.startsWith('Authentication Extension')),
        Object.keys(stats),
      )
      assert.ok((own['Advertisements/Sent'] ?? 0) >= 3)
    }
    // Keys of an instance in .data: all of keepalived's that have something to say here.
    const keysOf = (text: string): ReadonlySet<string> =>
      new Set(
        text
          .slice(text.indexOf('< VRRP Topology >'), text.indexOf('< VRRP Sync groups >'))
          .split('\n')
          .map((line) => /^ {3}(\S[^=:]*?)(?: = | ?:|$)/.exec(line)?.[1] ?? ''),
      )
    const perProcess =
      /^fd_in|^Unicast checksum|^Number of interface and track script faults|^Interface|^Family|^Protocol|^Type|^Address$|^Rx buf|^VRRP instances|^Multicast address|^Unicast TTL/
    const missing = [...keysOf(theirs.data)].filter((key) => !keysOf(ours.data).has(key) && !perProcess.test(key))
    assert.deepEqual(missing, [])
    assert.ok(existsSync(join(ours.folder, 'keepalived_parent.data')))
  }),
)

test('json_version 2, named dumps, umask, and clearing the counters', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const folder = join(node.folder, 'd')
    mkdirSync(folder)
    const global = `global_defs {\n json_version 2\n umask 022\n state_dump_file ${folder}/\n data_use_instance\n}\ninstance I\n`
    const tracked = good.replace('vrrp_instance', 'vrrp_track_process p {\n process havip-no-such-program\n weight 5\n}\nvrrp_instance')
    process.env.TMPDIR = folder
    try {
      await segment.startHavipd(node, global + tracked)
    } finally {
      delete process.env.TMPDIR
    }
    await segment.waitForOwner(node, vip)
    const ask = async (signal: number, name: string): Promise<string> => {
      const path = join(folder, name)
      rmSync(path, { force: true })
      process.kill(pidOf(node), signal)
      await until(name, () => (existsSync(path) ? true : undefined))
      assert.equal(statSync(path).mode & 0o777, 0o644)
      return readFileSync(path, 'utf8')
    }
    const { vrrp, track_process } = JSON.parse(await ask(36, 'keepalived.json'))
    assert.equal(vrrp[0].data.iname, 'VI_1')
    assert.deepEqual(Object.keys(track_process[0]), [
      'process',
      'param_match',
      'min_processes',
      'current_processes',
      'have_quorum',
      'weight',
      'terminate_delay',
      'fork_delay',
      'fork_delay_timer_running',
      'terminate_delay_timer_running',
      'full_command',
    ])
    assert.deepEqual([track_process[0].current_processes, track_process[0].have_quorum], [0, false])
    assert.match(await ask(10, 'keepalived.I.data'), /VRRP Instance = VI_1/)
    const before = readStatsFile(await ask(63, 'keepalived.stats')).get('VI_1')
    const after = readStatsFile(await ask(12, 'keepalived.stats')).get('VI_1')
    assert.ok((before?.['Became master'] ?? 0) >= 1)
    assert.equal(after?.['Became master'], 0)
  }),
)

test('startup and shutdown scripts: before everything, after everything, bounded, as the user they are given', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [node] = segment.nodes
    const record = join(node.folder, 'record')
    writeFileSync(record, '')
    const script = join(node.folder, 'say.sh')
    const late = join(node.folder, 'late.conf')
    writeFileSync(late, 'priority 50\n')
    writeFileSync(
      script,
      `#!/bin/sh\necho "$1 $(id -un) $(ip -br address show dev eth0 | grep -c ${vip})" >> ${record}\necho 'priority 77' > ${late}\n[ "$1" = stop ] && sleep 30\nexit 3\n`,
      {
        mode: 0o755,
      },
    )
    const global = `global_defs {\n script_user root\n startup_script "${script} start"\n shutdown_script "${script} stop"\n shutdown_script_timeout 1\n}\n`
    const daemon = await segment.startHavipd(node, global + good.replace(' virtual_router_id', ` include ${late}\n virtual_router_id`))
    assert.match(readFileSync(record, 'utf8'), /^start root 0\n$/)
    // What the script has written counts, not what was there before it.
    assert.equal((await segment.status(node)).instances[0]?.priority.base, 77)
    assert.match(daemon.log(), /Running startup script .*say\.sh\n.*startup script failed: exited with status 3\n.*Starting VRRP child/)
    await segment.waitForOwner(node, vip)
    process.kill(pidOf(node), 'SIGTERM')
    await until('it has ended', () => (daemon.service.isRunning() ? undefined : true))
    assert.equal(readFileSync(record, 'utf8'), 'start root 0\nstop root 0\n')
    assert.match(daemon.log(), /shutdown script failed: it ran longer than 1 s/)
  }),
)
