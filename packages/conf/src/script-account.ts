// Which account a script runs as (reference 7.3): the rule that checks and the running daemon share, over their own ways to look one up.
import { ok, type Result } from '@havip/base'
import type { CommandConf, GlobalDefs, ScriptUser } from './model.ts'

const standardUser = 'keepalived_script'

/** Why a script has nobody to run as. */
export type NoScriptAccount<Fault> = {
  /** `own`: named at the script itself. `general`: script_user. `standard`: keepalived_script, which script security asks for. */
  readonly named: 'own' | 'general' | 'standard'
  readonly user: ScriptUser
  readonly fault: Fault
}

/**
 * The script's own user, else script_user, else keepalived_script, else, without script security, the daemon's (undefined).
 * One that is named and does not exist is not replaced by another: keepalived does not run the script then, and it could end up as root.
 */
export function scriptAccount<Account, Fault>(
  command: CommandConf,
  { scriptUser, scriptSecurity }: Pick<GlobalDefs, 'scriptUser' | 'scriptSecurity'>,
  lookUp: (user: ScriptUser) => Result<Account, Fault>,
): Result<Account | undefined, NoScriptAccount<Fault>> {
  const user = command.user ?? scriptUser ?? { user: standardUser, group: undefined }
  const named = command.user ? 'own' : scriptUser ? 'general' : 'standard'
  const found = lookUp(user)
  if (found.ok) return found
  if (named === 'standard' && !scriptSecurity) return ok(undefined)
  return { ok: false, fault: { named, user, fault: found.fault } }
}
