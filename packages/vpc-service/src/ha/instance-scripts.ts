// What is done to the VRRP daemon inside an instance, as scripts for its command channel.
import type { InstanceId } from '@havip/vpc'
import type { Compute } from '../ports.ts'

const timeoutMs = 10_000
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What a script printed; undefined when it did not end with 0. */
export async function runInside(compute: Compute, instance: InstanceId, script: string): Promise<string | undefined> {
  const command = { script, user: 'root', directory: '/', timeoutMs, outputMax: 64 * 1024 }
  const result = await compute.run(instance, command)
  return result.kind === 'exited' && result.status === 0 ? result.output : undefined
}

export const shellQuoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** The words that the daemon of an instance was started with; empty: none runs. */
export async function daemonCommand(compute: Compute, instance: InstanceId): Promise<readonly string[]> {
  const output = await runInside(compute, instance, `tr '\\0' '\\n' < "/proc/$(cat /run/keepalived.pid)/cmdline"`)
  return output?.split('\n').filter((word) => word !== '') ?? []
}

/** TERM goes to the whole daemon, KILL to the process that speaks VRRP. One that is not there is no fault. */
export async function signalDaemon(compute: Compute, instance: InstanceId, signal: 'TERM' | 'KILL'): Promise<void> {
  const file = signal === 'TERM' ? '/run/keepalived.pid' : '/run/vrrp.pid'
  await runInside(compute, instance, `kill -${signal} "$(cat ${file})"`)
}

export async function startDaemon(compute: Compute, instance: InstanceId, words: readonly string[]): Promise<void> {
  const log = '/var/log/havipd.log'
  await runInside(compute, instance, `${path} setsid ${words.map(shellQuoted).join(' ')} >>${log} 2>&1 </dev/null &`)
}
