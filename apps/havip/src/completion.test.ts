// What a shell is offered, from the commands and the action table themselves; and the script in a real bash.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { Command, Option } from 'commander'
import { addApiCommand } from './api-command.ts'
import { addCompletionCommands, candidates } from './completion.ts'
import { addResourceCommands } from './resources.ts'

const program = new Command('havip').enablePositionalOptions()
addResourceCommands(program)
addApiCommand(program)
addCompletionCommands(program)
program.command('check [file]').addOption(new Option('--format <name>', 'how').choices(['text', 'json']))
const values = (...words: readonly string[]): readonly string[] => candidates(program, words).map(({ value }) => value)

test('commands, their own commands and their options are offered as far as they are written', () => {
  assert.ok(['vpc', 'vswitch', 'ecs', 'eni', 'havip', 'eip', 'quota', 'api', 'completion'].every((noun) => values('').includes(noun)))
  assert.ok(!values('').includes('complete'))
  assert.deepEqual(values('havip', 'bi'), ['bind'])
  assert.deepEqual(values('havip', 'bind', 'web', '--e'), ['--endpoint', '--eni'])
  assert.deepEqual(values('completion', ''), ['bash', 'zsh', 'fish'])
})

test('the value of an option is offered where it has choices, else files are', () => {
  assert.deepEqual(values('check', '--format', ''), ['text', 'json'])
  assert.deepEqual(values('check', 'lan'), [])
  assert.deepEqual(values('havip', 'list', '--credentials', ''), [])
})

test('actions and their parameters come from the action table, lists with the next number', () => {
  assert.deepEqual(values('api', 'AssociateHa'), ['AssociateHaVip'])
  assert.deepEqual(values('api', 'DescribeHaVips', '--Filter.1.Key', 'VpcId', '--Filter.'), ['--Filter.2.Key', '--Filter.1.Value.1'])
  assert.deepEqual(values('api', 'AssociateHaVip', '--InstanceType', ''), ['EcsInstance', 'NetworkInterface'])
  assert.ok(!values('api', 'CreateHaVip', '--Name', 'x', '--').includes('--Name'))
  assert.deepEqual(values('api', 'CreateNothing', '--N'), [])
})

const bash = spawnSync('bash', ['-c', 'type complete']).status === 0
test('the script works in bash', { skip: !bash && 'there is no bash with completion' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'havip-completion-'))
  try {
    const main = join(import.meta.dirname, 'main.ts')
    const call = `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"\n`
    writeFileSync(join(folder, 'havip'), call)
    chmodSync(join(folder, 'havip'), 0o755)
    const script = `source <(havip completion bash); COMP_WORDS=(havip api AssociateHaVip --InstanceType N); COMP_CWORD=4; _havip; printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
    assert.equal(stdout, 'NetworkInterface\n', stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
