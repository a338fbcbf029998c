// SNMP over the life of its three processes: snmpd that is not there yet or comes back, the sub-agent killed, the daemon killed, a
// thousand instances; and what may be set.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { vip } from './configurations.ts'
import { needsSnmp, SnmpLab } from './snmp-lab.ts'

const instance = '.1.3.6.1.4.1.9586.100.5.2.3.1'
const vrrpTables = '.1.3.6.1.4.1.9586.100.5.2'

const file = (global: string, priority = 100): string => `global_defs {
 router_id R1
 ${global}
}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 priority ${priority}
 advert_int 1
 virtual_ipaddress {
  ${vip}
 }
}
`

test('snmpd comes late and goes away, the sub-agent and the daemon are killed: SNMP is there again each time, and nothing moves', {
  skip: needsSnmp,
  timeout: 300_000,
}, async () => {
  const segment = await createSegment()
  try {
    const [node] = segment.nodes
    const lab = new SnmpLab(segment, node)
    const keywords = `enable_snmp_vrrp\n enable_traps\n snmp_socket ${lab.place}`
    const daemon = await segment.startHavipd(node, file(keywords))
    const said = (pattern: RegExp, times: number) =>
      until(
        `${pattern} ${times} times`,
        () => ([...daemon.log().matchAll(new RegExp(pattern, 'g'))].length >= times ? true : undefined),
        60_000,
      )
    await said(/SNMP: no master agent at unix:\S+ \(ENOENT\)/, 1)
    await segment.waitForOwner(node, vip)
    await lab.startReceiver()
    await lab.startMaster()
    await said(/SNMP: connected to the master agent/, 1)
    const state = async () => /INTEGER: (\d)/.exec((await lab.get(`${instance}.4.1`)).output)?.[1]
    assert.equal(await state(), '2')
    assert.equal([...daemon.log().matchAll(/no master agent/g)].length, 1)

    // What keepalived lets be set, and nothing else.
    const refusal = async (oid: string, type: string, value: string) => /Reason: (\w+)/.exec((await lab.set(oid, type, value)).output)?.[1]
    assert.equal(await refusal(`${instance}.7.1`, 'i', '0'), 'wrongValue')
    assert.equal(await refusal(`${instance}.7.1`, 'u', '77'), 'wrongType')
    assert.equal(await refusal(`${instance}.7.2`, 'i', '77'), 'notWritable')
    assert.equal(await refusal(`${instance}.8.1`, 'i', '77'), 'notWritable')
    assert.equal(await refusal(`${instance}.13.1`, 'i', '3'), 'wrongValue')
    assert.equal((await lab.set(`${instance}.7.1`, 'i', '77')).status, 0)
    assert.match((await lab.get(`${instance}.7.1`, `${instance}.8.1`)).output, /\.7\.1 = INTEGER: 77\n.*\.8\.1 = INTEGER: 77/)
    assert.equal((await lab.set(`${instance}.13.1`, 'i', '2')).status, 0)
    assert.equal((await segment.status(node)).instances[0]?.preempt, false)
    assert.match(daemon.log(), /\(VI_1\) base priority changed from 100 to 77 via SNMP\./)

    await lab.stopMaster()
    await said(/SNMP: the master agent at \S+ is gone/, 1)
    await lab.startMaster()
    await said(/SNMP: connected/, 2)
    assert.equal(await state(), '2')

    const transitions = (await segment.status(node)).instances[0]?.transitions.length
    const agent = Number([...daemon.log().matchAll(/Starting the SNMP process, pid=(\d+)/g)].at(-1)?.[1])
    process.kill(agent, 'SIGKILL')
    await said(/SNMP: connected/, 3)
    assert.equal(await state(), '2')
    assert.equal((await segment.status(node)).instances[0]?.transitions.length, transitions)

    const told = lab.traps().length
    process.kill(daemon.vrrpPid(), 'SIGKILL')
    await said(/SNMP: connected/, 4)
    await until('the daemon after it answers', async () => ((await state()) === '2' ? true : undefined))
    assert.equal(await node.holds(vip), true)
    // Nothing moved, and so nothing is told.
    assert.equal(lab.traps().length, told)

    // A new file without SNMP: nobody answers any more.
    writeFileSync(join(node.folder, 'keepalived.conf'), file(''))
    process.kill(daemon.vrrpPid(), 'SIGHUP')
    await until('SNMP is off', async () => (/No Such Object/.test((await lab.get(`${instance}.4.1`)).output) ? true : undefined))
    assert.equal(await node.holds(vip), true)
  } finally {
    await segment.destroy()
  }
})

test('a place that AgentX cannot be at is said, and the daemon goes on', { skip: needsRoot, timeout: 60_000 }, async () => {
  const segment = await createSegment()
  try {
    const [node] = segment.nodes
    const daemon = await segment.startHavipd(node, file('enable_snmp_vrrp\n snmp_socket unix:agentx'))
    await until('it says so', () =>
      /snmp_socket 'unix:agentx': the path of a socket begins with a slash/.test(daemon.log()) ? true : undefined,
    )
    await segment.waitForOwner(node, vip)
  } finally {
    await segment.destroy()
  }
})

const links = 4
const perLink = 250
const many = (place: string): string => {
  const blocks = Array.from({ length: links * perLink }, (_, i) => {
    const link = Math.floor(i / perLink)
    const vrid = (i % perLink) + 1
    return `vrrp_instance I${i} {
 interface l${link}
 virtual_router_id ${vrid}
 priority 100
 advert_int 5
 virtual_ipaddress {
  10.50.${link}.${vrid}/16
 }
}
`
  })
  return `global_defs {\n enable_snmp_vrrp\n enable_snmp_rfc\n snmp_socket ${place}\n}\n${blocks.join('')}`
}

test('a thousand instances: a walk over every table within the default time-outs, in order, and the daemon is not late for it', {
  skip: needsSnmp,
  timeout: 300_000,
}, async (t) => {
  const segment = await createSegment()
  try {
    const [node] = segment.nodes
    const lab = new SnmpLab(segment, node)
    for (let link = 0; link < links; link++) {
      const ip = (...args: readonly string[]) => must(['ip', '-n', node.namespace, ...args])
      await ip('link', 'add', `l${link}`, 'type', 'veth', 'peer', 'name', `m${link}`)
      await ip('address', 'add', `10.50.${link}.254/16`, 'dev', `l${link}`)
      await ip('link', 'set', `l${link}`, 'up')
      await ip('link', 'set', `m${link}`, 'up')
    }
    await lab.startMaster()
    const daemon = await segment.startHavipd(node, many(lab.place))
    await until('SNMP is there', () => (/SNMP: connected/.test(daemon.log()) ? true : undefined), 60_000)
    const count = links * perLink
    // All are MASTER: what is compared does not change meanwhile.
    await until(
      'all are master',
      async () => ([...(await lab.walk(`${instance}.4`)).values()].every((value) => value === 'INTEGER: 2') ? true : undefined),
      120_000,
      1000,
    )
    const before = performance.now()
    const cells = await lab.walk(vrrpTables)
    t.diagnostic(`${cells.size} cells in ${Math.round(performance.now() - before)} ms`)
    const oids = [...cells.keys()]
    const parts = (oid: string): readonly number[] => oid.slice(1).split('.').map(Number)
    for (const [i, oid] of oids.entries()) {
      const last = oids[i - 1]
      if (last !== undefined) assert(comesBefore(parts(last), parts(oid)), `${last} before ${oid}`)
    }
    for (const column of [2, 4, 7, 8, 12, 35]) {
      assert.equal(oids.filter((oid) => oid.startsWith(`${instance}.${column}.`)).length, count, `column ${column}`)
    }
    assert.equal((await lab.walk('.1.3.6.1.2.1.68.1.4')).size, count)
    assert.equal((await lab.walk('.1.3.6.1.2.1.207.1.1.2')).size, count)
    const { daemon: seen, instances } = await segment.status(node)
    t.diagnostic(`the daemon's loop was late by ${seen.loop.lagWorstMs} ms at worst`)
    assert(instances.every(({ counters }) => counters.stalls === 0))
  } finally {
    await segment.destroy()
  }
})

function comesBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, part] of a.entries()) {
    const other = b[i]
    if (other === undefined) return false
    if (part !== other) return part < other
  }
  return a.length < b.length
}

for (const [place, what] of [
  ['udp:127.0.0.1:705', 'IPv4'],
  ['udp6:[::1]:705', 'IPv6'],
] as const) {
  test(`over UDP in ${what} snmpd takes notifications, as it takes keepalived's`, { skip: needsSnmp, timeout: 120_000 }, async () => {
    const segment = await createSegment(1)
    try {
      const [node] = segment.nodes
      const lab = new SnmpLab(segment, node, place)
      await lab.startReceiver()
      await lab.startMaster()
      const daemon = await segment.startHavipd(node, file(`enable_snmp_vrrp\n enable_traps\n snmp_socket ${lab.place}`))
      await segment.waitForOwner(node, vip)
      const master = await until('it is told who is master', () => lab.traps().find((trap) => /INTEGER: 2\b/.test(trap)), 60_000)
      assert.match(master, /VI_1/)
      assert.match(daemon.log(), /SNMP: connected to the master agent at udp/)
    } finally {
      await segment.destroy()
    }
  })
}
