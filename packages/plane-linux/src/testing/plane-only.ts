// A network without machines: every instance is only its namespace, and always on. Quicker to make than a whole host.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { MasterFile } from '../master-file.ts'
import { ensureInternet } from '../network.ts'
import { LinuxDataPlane } from '../plane.ts'
import { Probes } from '../probe.ts'
import { Queue, run } from '../run.ts'
import type { World } from './world.ts'

export async function openPlane(w: World): Promise<LinuxDataPlane> {
  const parts = {
    master: new MasterFile(join(w.base, 'master.json')),
    probes: new Probes([process.execPath, join(import.meta.dirname, 'probe-main.ts')]),
    log: () => undefined,
  }
  const plane = new LinuxDataPlane(w.names, new Queue(), { isRunning: () => true, exists: () => false, pidOf: () => undefined }, parts)
  await ensureInternet(w.names)
  await plane.start()
  return plane
}

/** Runs a Perl program in a namespace. */
export const perlIn = (netns: string, script: string): Promise<string> => run(['ip', 'netns', 'exec', netns, 'perl', '-e', script])

/** Answers each TCP connection to a port with a text, until it is ended. */
export function serveIn(netns: string, text: string, port = 80, address: '0.0.0.0' | '::' = '0.0.0.0') {
  const script = `use IO::Socket::IP; alarm 120; $SIG{PIPE} = 'IGNORE';
my $s = IO::Socket::IP->new(Listen => 64, LocalHost => "${address}", LocalPort => ${port}, ReuseAddr => 1) or die; $| = 1; print "up\\n";
while (my $c = $s->accept) { print $c ${JSON.stringify(text)}; close $c }`
  const child = spawn('ip', ['netns', 'exec', netns, 'perl', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  return {
    isUp: once(child.stdout, 'data'),
    end: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** What a TCP server says, or an empty text when it cannot be reached within two seconds. */
export const askFrom = (netns: string, address: string, port = 80): Promise<string> =>
  perlIn(
    netns,
    `use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => "${address}", PeerPort => ${port}, Timeout => 2) or exit 0;
$SIG{ALRM} = sub { exit 0 }; alarm 2; local $/; print scalar <$s>`,
  )
