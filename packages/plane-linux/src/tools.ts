// The programs that the host has to have, and where Debian and Ubuntu have them from.
import { existsSync } from 'node:fs'

const needed: readonly (readonly [program: string, debianPackage: string])[] = [
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['nsenter', 'util-linux'],
  ['mount', 'mount'],
  ['umount', 'mount'],
  ['perl', 'perl-base'],
  ['tini', 'tini'],
]
const places = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** What is missing: `nft (Debian package nftables)`. */
export function missingTools(exists: (path: string) => boolean = existsSync): string[] {
  return needed
    .filter(([program]) => !places.some((place) => exists(`${place}/${program}`)))
    .map(([program, debianPackage]) => `${program} (Debian package ${debianPackage})`)
}
