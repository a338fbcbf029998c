// The daemon on a private bus, asked with dbus-send and watched with dbus-monitor, as an operator would.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, startService, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { vip } from './configurations.ts'

const busConfiguration = (socket: string): string => `<busconfig>
 <type>system</type>
 <listen>unix:path=${socket}</listen>
 <policy context="default">
  <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow eavesdrop="true"/><allow receive_sender="*"/>
 </policy>
</busconfig>
`
const file = (priority: number): string => `global_defs {
 enable_dbus
 dbus_service_name org.example.Test
}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 priority ${priority}
 virtual_ipaddress {
  ${vip}
 }
}
`
const hasBus = existsSync('/usr/bin/dbus-daemon') && existsSync('/usr/bin/dbus-send')

test('D-Bus: names, methods, properties, signals; killed, it is there again and the daemon never noticed', {
  skip: needsRoot || (hasBus ? false : 'needs dbus'),
}, async () => {
  const segment = await createSegment()
  try {
    const [node] = segment.nodes
    const socket = join(node.folder, 'bus')
    const address = `unix:path=${socket}`
    const config = join(node.folder, 'bus.conf')
    writeFileSync(config, busConfiguration(socket))
    segment.adopt(startService('dbus-daemon', ['dbus-daemon', `--config-file=${config}`, '--nofork'], join(node.folder, 'bus.log')))
    await until('the bus', () => (existsSync(socket) ? true : undefined))
    const monitorLog = join(node.folder, 'monitor.log')
    const signals = (): string => readFileSync(monitorLog, 'utf8')
    segment.adopt(startService('dbus-monitor', ['dbus-monitor', '--address', address, "type='signal'"], monitorLog))
    await until('the monitor', () => (signals() !== '' ? true : undefined))
    const dumps = join(node.folder, 'd')
    mkdirSync(dumps)
    process.env.DBUS_SYSTEM_BUS_ADDRESS = address
    process.env.TMPDIR = dumps
    let daemon: Awaited<ReturnType<typeof segment.startHavipd>>
    try {
      daemon = await segment.startHavipd(node, file(100))
    } finally {
      delete process.env.DBUS_SYSTEM_BUS_ADDRESS
      delete process.env.TMPDIR
    }
    const send = (path: string, member: string, ...args: readonly string[]) =>
      run(['dbus-send', `--bus=${address}`, '--print-reply', '--dest=org.example.Test', path, member, ...args])
    const instance = '/org/keepalived/Vrrp1/Instance/eth0/51/IPv4'
    const property = (name: string) =>
      send(instance, 'org.freedesktop.DBus.Properties.Get', 'string:org.keepalived.Vrrp1.Instance', `string:${name}`)
    await until('the instance is on the bus', async () => (/string "VI_1"/.test((await property('Name')).output) ? true : undefined))
    assert.match(signals(), /path=\/org\/keepalived\/Vrrp1\/Vrrp; interface=org\.keepalived\.Vrrp1\.Vrrp; member=VrrpStarted/)
    await segment.waitForOwner(node, vip)
    await until('the signal of its becoming master', () =>
      /interface=org\.keepalived\.Vrrp1\.Instance; member=VrrpStatusChange\n +uint32 2\n/.test(signals()) ? true : undefined,
    )
    assert.match((await property('State')).output, /struct \{\s+uint32 2\s+string "Master"/)
    // Methods.
    const call = async (method: string, path = '/org/keepalived/Vrrp1/Vrrp', of = 'Vrrp'): Promise<void> => {
      const { status, output } = await send(path, `org.keepalived.Vrrp1.${of}.${method}`)
      assert.equal(status, 0, output)
    }
    await call('PrintData')
    await call('PrintStats')
    for (const name of ['keepalived.data', 'keepalived.stats']) assert.ok(existsSync(join(dumps, name)), name)
    rmSync(join(dumps, 'keepalived.stats'))
    await call('PrintStatsClear')
    assert.match(readFileSync(join(dumps, 'keepalived.stats'), 'utf8'), /Became master: 1/)
    assert.equal((await segment.status(node)).instances[0]?.counters.become_master, 0)
    const announced = (await segment.status(node)).instances[0]?.counters.announcements_sent ?? 0
    await call('SendGarp', instance, 'Instance')
    await until('it was announced', async () =>
      ((await segment.status(node)).instances[0]?.counters.announcements_sent ?? 0) > announced ? true : undefined,
    )
    writeFileSync(join(node.folder, 'keepalived.conf'), file(90))
    await call('ReloadConfig')
    assert.equal((await segment.status(node)).instances[0]?.priority.base, 90)
    await until('the signal of the reload', () => (/member=VrrpReloaded/.test(signals()) ? true : undefined))
    const reloads = (): number => signals().split('member=VrrpReloaded').length - 1
    const before = reloads()
    process.kill(Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8')), 'SIGHUP')
    await until('the signal of a reload by SIGHUP', () => (reloads() > before ? true : undefined))
    assert.match((await send('/org/keepalived/Vrrp1/Vrrp', 'org.freedesktop.DBus.Introspectable.Introspect')).output, /PrintStatsClear/)
    // Killed.
    const pid = Number(/Starting the D-Bus process, pid=(\d+)/.exec(daemon.log())?.[1])
    process.kill(pid, 'SIGKILL')
    await until('another one', () => (/The D-Bus process\(\d+\) ended by SIGKILL/.test(daemon.log()) ? true : undefined))
    await until('it is on the bus again', async () => (/string "VI_1"/.test((await property('Name')).output) ? true : undefined))
    assert.equal((await segment.status(node)).instances[0]?.transitions.length, 2)
    assert.equal(await node.holds(vip), true)
    await daemon.service.stop()
    await until('the signal of the end', () => (/member=VrrpStopped/.test(signals()) ? true : undefined))
  } finally {
    await segment.destroy()
  }
})
