// The configuration file of an instance, read and written by scripts that RunCommand runs inside it.
import { call } from '../api/client.ts'
import type { InvocationResult } from '../api/types.ts'

export const configPath = '/etc/keepalived/keepalived.conf'
const waitMs = 250
const waitsMax = 120

export type Ran = { readonly status: number; readonly output: string; readonly problem: string }

const toBase64 = (text: string): string => {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
const fromBase64 = (text: string): string => new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))

/** Runs a script as root and waits for its end, half a minute at most. */
export async function runScript(RegionId: string, instance: string, script: string): Promise<Ran> {
  const { InvokeId } = await call<{ InvokeId: string }>('ecs', 'RunCommand', {
    RegionId,
    Type: 'RunShellScript',
    CommandContent: toBase64(script),
    ContentEncoding: 'Base64',
    InstanceId: [instance],
    Timeout: 30,
  })
  for (let i = 0; i < waitsMax; i++) {
    const answer = await call<{ Invocation: { InvocationResults: { InvocationResult: readonly InvocationResult[] } } }>(
      'ecs',
      'DescribeInvocationResults',
      {
        RegionId,
        InvokeId,
        ContentEncoding: 'Base64',
      },
    )
    const result = answer.Invocation.InvocationResults.InvocationResult[0]
    if (result && result.InvocationStatus !== 'Pending' && result.InvocationStatus !== 'Running') {
      return {
        status: result.ExitCode,
        output: fromBase64(result.Output),
        problem: result.ErrorCode === 'ExitCodeNonzero' ? '' : result.ErrorInfo || result.ErrorCode,
      }
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  throw new Error('The script did not end in time.')
}

/** Undefined: there is no such file yet. */
export async function readConfiguration(region: string, instance: string): Promise<string | undefined> {
  const { status, output, problem } = await runScript(region, instance, `[ -e ${configPath} ] || exit 44; cat ${configPath}`)
  if (status === 44) return undefined
  if (status !== 0 || problem !== '') throw new Error(problem || output || `cat ended with status ${status}`)
  return output
}

/** A daemon that runs takes the new file at once; one that does not is left alone. */
const reload = `
if systemctl is-active --quiet keepalived; then
  systemctl reload keepalived && echo reloaded
else
  echo not-running
fi`

/** The file before is kept beside it, so that one step back is always possible. */
export const applyConfiguration = (region: string, instance: string, text: string): Promise<Ran> =>
  runScript(
    region,
    instance,
    `set -e
mkdir -p /etc/keepalived
[ ! -e ${configPath} ] || cp -p ${configPath} ${configPath}.before
base64 -d > ${configPath}.new <<'END-OF-FILE'
${toBase64(text).replace(/.{76}/g, '$&\n')}
END-OF-FILE
mv ${configPath}.new ${configPath}
${reload}
`,
  )

/** Puts the file before back; what was there becomes the one before, so that rolling back twice changes nothing. */
export const rollBackConfiguration = (region: string, instance: string): Promise<Ran> =>
  runScript(
    region,
    instance,
    `set -e
[ -e ${configPath}.before ] || { echo there is no earlier file; exit 45; }
mv ${configPath}.before ${configPath}.back
[ ! -e ${configPath} ] || mv ${configPath} ${configPath}.before
mv ${configPath}.back ${configPath}
${reload}
`,
  )
