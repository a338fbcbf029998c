// One question to the VRRP daemon of an instance, through the instance's command channel and the daemon's status socket.
import type { InstanceId } from '@havip/vpc'
import type { Compute } from '../ports.ts'
import { shellQuoted } from './instance-scripts.ts'

export type DaemonSaid =
  | { readonly kind: 'heard'; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly kind: 'off' }
  /** `problem`: why it could not be asked, or why it refused. */
  | { readonly kind: 'silent'; readonly problem: string }

type DaemonRequest = { readonly op: string; readonly [name: string]: string | number | boolean | undefined }

/** What a question may take, and what an answer may be long. */
const timeoutMs = 5_000
const outputMax = 1024 * 1024

/** Speaks with what every Debian has; the daemon's own tool would take ten times as long. */
const scriptOf = (request: DaemonRequest, seconds: number): string =>
  `exec perl -e 'use IO::Socket::UNIX; $SIG{ALRM} = sub { exit 4 }; alarm ${seconds};
my $s = IO::Socket::UNIX->new(Peer => "/run/havipd.sock") or exit 3;
print $s "$ARGV[0]\\n"; my $line = <$s>; print $line if defined $line' ${shellQuoted(JSON.stringify(request))}`

/** Never throws. @param patienceMs longer than usual, for what takes time */
export async function askDaemon(
  compute: Compute,
  instance: InstanceId,
  request: DaemonRequest,
  patienceMs = timeoutMs - 2_000,
): Promise<DaemonSaid> {
  const script = scriptOf(request, Math.ceil(patienceMs / 1000))
  try {
    const result = await compute.run(instance, { script, user: 'root', directory: '/', timeoutMs: patienceMs + 2_000, outputMax })
    if (result.kind === 'not-running') return { kind: 'off' }
    if (result.kind === 'timed-out') return silent('The instance does not answer.')
    if (result.status === 3) return silent('No havip daemon runs there.')
    if (result.status !== 0) return silent('The daemon does not answer.')
    const answer = JSON.parse(result.output) as { ok?: boolean; error?: unknown }
    if (answer.ok === true) return { kind: 'heard', answer }
    return silent(typeof answer.error === 'string' ? answer.error : 'The daemon answers in another language.')
  } catch (error) {
    return silent(error instanceof SyntaxError ? 'The daemon answers in another language.' : 'The instance cannot be asked.')
  }
}

const silent = (problem: string) => ({ kind: 'silent', problem }) as const
