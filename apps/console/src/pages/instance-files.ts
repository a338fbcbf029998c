// The configuration file of an instance, read and written by scripts that RunCommand runs inside it.
import { call } from '../api/client.ts'
import type { InvocationResult } from '../api/types.ts'

export const configPath = '/etc/keepalived/keepalived.conf'
const waitMs = 250
const waitsMax = 120

export type Ran = { readonly status: number; readonly output: string; readonly problem: string }

export const toBase64 = (text: string): string => {
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

const programPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH'
const isRunning = `[ -s /run/keepalived.pid ] && grep -q '^State:[[:space:]]*[RSDTtIPWK]' "/proc/$(cat /run/keepalived.pid)/status" 2>/dev/null`

/** A daemon that runs takes the new file at once, and havip's says what it thinks of it; one that does not run is left alone. */
const reload = `
${programPath}
if [ -S /run/havipd.sock ] && ${isRunning}; then
  perl -e 'use IO::Socket::UNIX; $SIG{ALRM} = sub { exit 4 }; alarm 10;
    my $s = IO::Socket::UNIX->new(Peer => "/run/havipd.sock") or exit 3;
    print $s "{\\"op\\":\\"reload\\"}\\n"; my $line = <$s>; print $line if defined $line'
elif ${isRunning}; then
  kill -HUP "$(cat /run/keepalived.pid)" && echo reloaded
elif systemctl is-active --quiet keepalived 2>/dev/null; then
  systemctl reload keepalived && echo reloaded
else
  echo not-running
fi`

/** By what the instance has for it; without systemd havip's own daemon, now and at each boot. */
const start = `${programPath}
if ${isRunning}; then exit 0; fi
if [ -d /run/systemd/system ] || [ -x /usr/local/sbin/systemctl ]; then
  systemctl start keepalived
  exit
fi
[ -x /opt/havip/bin/havipd ] || { echo 'Neither systemd nor the havip programs are there to start keepalived with.'; exit 46; }
start='setsid /opt/havip/bin/havipd --dont-fork --log-console -f ${configPath} >>/var/log/havipd.log 2>&1 </dev/null &'
[ -f /etc/rc.local ] || { printf '#!/bin/sh\\n' > /etc/rc.local; chmod 755 /etc/rc.local; }
grep -q havipd /etc/rc.local || echo "$start" >> /etc/rc.local
eval "$start"
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  if ${isRunning}; then exit 0; fi
  sleep 0.1
done
tail -n 3 /var/log/havipd.log
exit 47`

export const startKeepalived = (region: string, instance: string): Promise<Ran> => runScript(region, instance, start)

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
