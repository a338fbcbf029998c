import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'havip-simulate-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const configuration = (own: number, priority: number): string => `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  unicast_src_ip 10.0.0.${own}
  unicast_peer {
    10.0.0.${3 - own}
  }
  virtual_ipaddress {
    10.0.0.100
  }
}
`
const first = join(folder, 'one.conf')
const second = join(folder, 'two.conf')
writeFileSync(first, configuration(1, 100))
writeFileSync(second, configuration(2, 50))

/** In a process of its own: exit status and what is on the terminal are what counts. */
function havip(...argv: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const program = `import { Command } from 'commander'
import { addSimulateCommands } from '${join(import.meta.dirname, 'simulate.ts')}'
const program = new Command('havip')
addSimulateCommands(program)
try { await program.parseAsync() } catch (error) { console.error(error.message); process.exitCode = 2 }`
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module-typescript', '--eval', program, ...argv],
      { cwd: import.meta.dirname },
      (error, out, err) => resolve({ status: error ? Number(error.code) : 0, out, err }),
    )
  })
}

test('simulate prints the timeline, writes page and JSON, and fails when an expectation does', async () => {
  const html = join(folder, 'out', 'report.html')
  const json = join(folder, 'out', 'report.json')
  const faults = ['--fault', 'power-loss one @10s', '--for', '30s', '--html', html, '--json', json]
  const held = await havip('simulate', first, second, ...faults, '--expect', 'owner two within 4s')
  assert.equal(held.status, 0, held.err)
  assert.match(held.out, /two +VI_1: BACKUP → MASTER: no advertisement from 10\.0\.0\.1/)
  assert.match(readFileSync(html, 'utf8'), /<svg id="plot"/)
  const report = JSON.parse(readFileSync(json, 'utf8'))
  assert.equal(report.outages.length, 1)
  assert.equal(report.checks[0].passed, true)
  const failed = await havip('simulate', first, second, '--for', '30s', '--expect', 'owner two at the end')
  assert.equal(failed.status, 1)
  assert.match(failed.out, /FAIL owner two at the end/)
})

test('a mistake in a fault is shown under the fault, with status 2', async () => {
  const { status, err } = await havip('simulate', first, second, '--fault', 'kill tow @5s')
  assert.equal(status, 2)
  assert.match(err, /nobody is called “tow”; did you mean “two”\?\n {2}kill tow @5s\n {7}\^\^\^/)
})

test('rehearse runs scenario files, and writes JUnit', async () => {
  const scenario = join(folder, 'loss.yaml')
  const junit = join(folder, 'junit.xml')
  writeFileSync(scenario, 'nodes: { one: one.conf, two: two.conf }\nfaults: [power-loss one @10s]\nexpect: [owner two within 4s]\n')
  const { status, out } = await havip('rehearse', scenario, '--junit', junit)
  assert.equal(status, 0)
  assert.match(out, /1 passed, 0 failed/)
  assert.match(readFileSync(junit, 'utf8'), /tests="1" failures="0"/)
  writeFileSync(scenario, 'nodes: { one: one.conf, two: none.conf }\nexpect: [no outage]\n')
  assert.equal((await havip('rehearse', scenario)).status, 2)
})
