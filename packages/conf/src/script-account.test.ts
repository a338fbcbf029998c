import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, ok } from '@havip/base'
import type { CommandConf, ScriptUser } from './model.ts'
import { scriptAccount } from './script-account.ts'

const at = { file: '/f', start: 0, end: 0 }
const named = (user: string) => ({ user, group: undefined, at })

/** What a script with these users runs as, where only `known` exist: an account, `daemon`, or who is missing. */
function runsAs(own: string | undefined, general: string | undefined, scriptSecurity: boolean, known: readonly string[]): string {
  const command: CommandConf = { argv: ['/s'], user: own === undefined ? undefined : named(own), at }
  const lookUp = ({ user }: ScriptUser) => (known.includes(user) ? ok(user) : fail('gone'))
  const result = scriptAccount(command, { scriptUser: general === undefined ? undefined : named(general), scriptSecurity }, lookUp)
  return result.ok ? (result.value ?? 'daemon') : `${result.fault.named} ${result.fault.user.user}`
}

test('the nearest name counts, and one that does not exist is not replaced by another', () => {
  const everybody = ['own', 'general', 'keepalived_script']
  for (const security of [false, true]) {
    assert.equal(runsAs('own', 'general', security, everybody), 'own')
    assert.equal(runsAs(undefined, 'general', security, everybody), 'general')
    assert.equal(runsAs(undefined, undefined, security, everybody), 'keepalived_script')
    assert.equal(runsAs('own', 'general', security, ['general', 'keepalived_script']), 'own own')
    assert.equal(runsAs(undefined, 'general', security, ['keepalived_script']), 'general general')
  }
})

test('without anybody named it is the daemon`s user, unless security asks for the account', () => {
  assert.equal(runsAs(undefined, undefined, false, []), 'daemon')
  assert.equal(runsAs(undefined, undefined, true, []), 'standard keepalived_script')
})
