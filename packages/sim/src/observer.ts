// What the simulated world tells whoever writes the report. Every call comes at the moment it happens.
import type { Family, IpAddress, Mac } from '@havip/base'
import type { Entry, Mail, SwitchoverOutcome } from '@havip/vrrp-runtime'
import type { TimedFault } from './fault.ts'

export type Life =
  | { readonly kind: 'power-on' }
  | { readonly kind: 'power-off' }
  | { readonly kind: 'daemon-started'; readonly pid: number }
  /** The configuration was refused, or the daemon threw while starting. */
  | { readonly kind: 'daemon-refused'; readonly detail: string }
  | { readonly kind: 'daemon-exited' }
  | { readonly kind: 'daemon-killed' }
  /** An exception left the daemon: always our bug. */
  | { readonly kind: 'daemon-crashed'; readonly detail: string }
  | { readonly kind: 'guard-done'; readonly addresses: readonly string[]; readonly resignations: number }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'thawed' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'reloaded' }
  /** A planned switchover is over, or was refused. */
  | { readonly kind: 'switchover'; readonly instance: string; readonly outcome: SwitchoverOutcome; readonly reason: string | undefined }

export type Observer = {
  /** A daemon's recorder wrote something down. */
  entry(node: string, entry: Entry): void
  log(node: string, level: number, line: string): void
  announced(node: string, address: IpAddress, mac: Mac): void
  mailed(node: string, mail: Mail, delivered: boolean): void
  started(node: string, argv: readonly string[]): void
  life(node: string, life: Life): void
  /** The daemon wrote into a named pipe. */
  piped(node: string, path: string, text: string): void
  fault(fault: TimedFault, isEnd: boolean): void
  /** Some kernel's addresses, links or power changed, or some path was cut or mended. */
  groundMoved(): void
  /** The daemon of `node` sent an advertisement, whether or not the kernel took it. `datagram` as given to the socket. */
  sent(node: string, family: Family, datagram: Uint8Array): void
  /** A packet for a VRRP socket of `node` got there, whatever the daemon makes of it. */
  heard(node: string, from: IpAddress, payload: Uint8Array, ttl: number): void
}
