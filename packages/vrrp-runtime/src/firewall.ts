// no_accept: packets to an instance's addresses are dropped, by nftables in a table of our own. The rules depend on the
// configuration alone, not on who is master, so that no change of state waits for them.
import { familyOf, type IpAddress } from '@havip/base'
import type { Configuration, FirewallConf } from '@havip/conf'
import type { Host } from './host.ts'
import { describeEnd } from './script-tracker.ts'

const families = [
  { family: 'ipv4', table: 'ip', set: 'ipv4_addr', address: 'ip' },
  { family: 'ipv6', table: 'ip6', set: 'ipv6_addr', address: 'ip6' },
] as const

/** An owner accepts whatever the file says (RFC 9568 §6.1). */
export const refusedAddresses = ({ instances }: Configuration): readonly IpAddress[] => [
  ...new Set(
    instances
      .filter(({ accept, priority }) => !accept && priority !== 255)
      .flatMap((one) => [...one.virtualAddresses, ...one.excludedAddresses].map(({ address }) => address)),
  ),
]

/** One argument for nft: what was there goes, what shall be comes, in one transaction. */
export function firewallRules(addresses: readonly IpAddress[], conf: FirewallConf): string {
  const counter = conf.counters ? 'counter ' : ''
  return families
    .flatMap(({ family, table, set, address }) => {
      const mine = addresses.filter((one) => familyOf(one) === family)
      const name = `${table} ${conf.table}`
      // Deleting what is not there would be a fault.
      const away = [`add table ${name}`, `delete table ${name}`]
      if (mine.length === 0) return away
      const hook = (direction: 'input' | 'output'): string => `{ type filter hook ${direction} priority ${conf.priority}; policy accept; }`
      return [
        ...away,
        `add table ${name}`,
        `add set ${name} vips { type ${set}; }`,
        `add element ${name} vips { ${mine.join(', ')} }`,
        `add chain ${name} in ${hook('input')}`,
        `add chain ${name} out ${hook('output')}`,
        // Neighbours have to find the address, and learn that it moved.
        ...(family === 'ipv6'
          ? ['in', 'out'].map((chain) => `add rule ${name} ${chain} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`)
          : []),
        `add rule ${name} in ${address} daddr @vips ${counter}drop`,
        `add rule ${name} out ${address} saddr @vips ${counter}drop`,
      ]
    })
    .join('; ')
}

export class Firewall {
  readonly #host: Host
  #applied = ''
  #running = 0
  #whenIdle: (() => void) | undefined

  constructor(host: Host) {
    this.#host = host
  }

  /** At start and at each reload; nothing runs where nothing changes. */
  configure(configuration: Configuration): void {
    const addresses = refusedAddresses(configuration)
    const rules = firewallRules(addresses, configuration.global.firewall)
    if (rules === this.#applied || (addresses.length === 0 && this.#applied === '')) return
    this.#applied = rules
    this.#run(rules, 'packets to the addresses of instances with no_accept are accepted')
  }

  /** At the end; calls `done` when the rules are gone, at once if there were none. */
  remove(configuration: Configuration | undefined, done: () => void): void {
    this.#whenIdle = done
    if (this.#applied !== '' && configuration) this.#run(firewallRules([], configuration.global.firewall), 'rules for nftables stay behind')
    this.#applied = ''
    if (this.#running === 0) this.#settled()
  }

  #run(rules: string, otherwise: string): void {
    this.#running++
    this.#host.startProcess({ argv: ['nft', rules], user: undefined, timeout: undefined }, (end) => {
      this.#running--
      const isGood = end.kind === 'exited' && end.status === 0
      if (!isGood) this.#host.log(3, `nft ${describeEnd(end)}: ${otherwise}`)
      if (this.#running === 0) this.#settled()
    })
  }

  #settled(): void {
    const done = this.#whenIdle
    this.#whenIdle = undefined
    done?.()
  }
}
