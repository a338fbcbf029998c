// Compares what we make of real files with recorded verdicts of keepalived. Run by hand:
//   node packages/conf/test/corpus.ts DIR [ID…]
// DIR holds NNN.conf and verdicts.json: { "NNN": { "2.2.7": { "rc": 5, "messages": ["(Line 3) …"] }, "2.4.3": … } }.
// What depends on the machine of the recording (interfaces, accounts, scripts, name resolution) is left out on both sides.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Diagnostic, parseText, positionOf } from '../src/index.ts'

type Verdict = { readonly rc: number; readonly messages: readonly string[] }
type Class = 'clean' | 'warned' | 'fatal'

const MACHINE = [
  /interface \S+ for .* doesn't exist/,
  /Non-existent interface specified/,
  /[Ii]nterface \S+ .*doesn't exist/,
  /unknown interface \S+ specified/,
  /since not (found|accessible)/,
  /due to insecure/,
  /SECURITY VIOLATION/,
  /Unable to set default user/,
  /Error setting global script uid\/gid/,
  /Unable to set uid\/gid for script/,
  /Failed to set uid\/gid/,
  /Invalid smtp server/,
  /Unable to set network namespace/,
  /realpath\(\) error/,
  // 2.2.7 says it of routes whose interface it did not find.
  /cannot track route .* with no interface specified/,
  /no longer being tracked|Removing track script|Script user/,
  /WARNING - script .* not found|Wrong file type/,
  // Builds without these parts, not versions.
  /Unknown keyword '(enable_dbus|dbus_\w+|enable_snmp_\w+|enable_traps|snmp_\w+|regex\w*)'/,
]

/** Codes that stand for the same on our side, or that keepalived would have to look at the machine for. */
const LEFT_OUT = new Set(['no-script-security', 'no-check-script-security'])
/** What only one of the versions checks; we check as the newer one does. */
const NEWER_ONLY = new Set(['duplicate-address', 'duplicate-peer'])
/** Found after parsing only; keepalived never gets there when an interface is missing, or has dropped the item before. */
const AFTER_PARSING = new Set(['no-peer', 'tracks-own-interface', 'not-for-ipv6', 'no-interface', 'wrong-family', 'weight-with-owner'])

function recorded(verdict: Verdict): Class | undefined {
  if (verdict.rc >= 100) return undefined
  if (verdict.rc === 2 || verdict.rc === 4) return 'fatal'
  if (verdict.rc === 0) return 'clean'
  const lacksInterface = verdict.messages.some((message) => message.includes('Non-existent interface'))
  const left = verdict.messages.filter((message) => {
    if (lacksInterface && /Cannot use VMAC\/ipvlan with unicast and no interface/.test(message)) return false
    if (MACHINE.some((pattern) => pattern.test(message))) return false
    const missing = /track script (\S+) not found, ignoring/.exec(message)?.[1]
    return missing === undefined || !verdict.messages.some((other) => /Unable to set (uid\/gid|default user)/.test(other))
  })
  return left.length > 0 ? 'warned' : 'clean'
}

function ours(diagnostics: readonly Diagnostic[], verdict: Verdict, version: string): Class {
  const isMasked = verdict.messages.some((message) => /Non-existent interface|Disabling track script/.test(message))
  const counted = diagnostics.filter(
    ({ consequence, code }) =>
      consequence !== 'note' &&
      !LEFT_OUT.has(code) &&
      !(version === '2.2.7' && NEWER_ONLY.has(code)) &&
      !(isMasked && AFTER_PARSING.has(code)),
  )
  if (counted.some(({ consequence }) => consequence === 'aborted')) return 'fatal'
  return counted.length > 0 ? 'warned' : 'clean'
}

const [directory, ...wanted] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: corpus.ts DIR [ID…]')
const verdicts = JSON.parse(readFileSync(join(directory, 'verdicts.json'), 'utf8')) as Record<string, Record<string, Verdict>>
for (const version of ['2.2.7', '2.4.3']) {
  let same = 0
  let all = 0
  for (const [id, byVersion] of Object.entries(verdicts)) {
    const verdict = byVersion[version]
    const theirs = verdict && recorded(verdict)
    if (!verdict || theirs === undefined || (wanted.length > 0 && !wanted.includes(id))) continue
    const text = readFileSync(join(directory, `${id}.conf`), 'utf8')
    const { diagnostics } = parseText(text)
    const our = ours(diagnostics, verdict, version)
    all++
    if (our === theirs && wanted.length === 0) {
      same++
      continue
    }
    console.log(`${id} ${version}: keepalived ${theirs} (${verdict.rc}), havip ${our}`)
    for (const message of verdict.messages.slice(0, 12)) console.log(`    k ${message}`)
    for (const diagnostic of diagnostics.filter(({ consequence }) => wanted.length > 0 || consequence !== 'note').slice(0, 12)) {
      console.log(
        `    h ${positionOf(text, diagnostic.at.start).line}: ${diagnostic.consequence} ${diagnostic.message} [${diagnostic.code}]`,
      )
    }
  }
  console.log(`${version}: ${same} of ${all} in the same class (${((100 * same) / all).toFixed(1)} %)`)
}
