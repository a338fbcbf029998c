// A pair of nodes for tests: unicast, like the files that operators copy.
import { milliseconds } from '@havip/base'
import { parseFault } from '../fault-text.ts'
import type { World } from '../world.ts'
import { type WorldOptions, worldOfFiles } from '../world-of-files.ts'

export type PairOptions = {
  readonly seed?: number
  readonly seconds?: number
  readonly more?: readonly [first: string, second: string]
  readonly global?: string
  readonly files?: Readonly<Record<string, string>>
} & Pick<WorldOptions, 'guardAfter' | 'off' | 'lag'>

export const vip = '10.0.0.100'

export function pairText(i: 0 | 1, more = '', global = ''): string {
  return `global_defs {
  smtp_server 10.0.0.25
  notification_email { ops@example.org }
  ${global}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${i === 0 ? 100 : 50}
  advert_int 1
  unicast_src_ip 10.0.0.${i + 1}
  unicast_peer {
    10.0.0.${2 - i}
  }
  virtual_ipaddress {
    ${vip}
  }
  smtp_alert
  notify "/bin/tell"
  ${more}
}
`
}

/** Machines `a` (priority 100, 10.0.0.1) and `b` (50, 10.0.0.2), and `client`. Faults as text. */
export function pair(faults: readonly string[] = [], options: PairOptions = {}): World {
  const { seed, seconds = 30, more = ['', ''], global, files = {}, ...rest } = options
  const nodes = (['a', 'b'] as const).map((name, i) => ({
    name,
    path: `/etc/keepalived/${name}.conf`,
    text: pairText(i as 0 | 1, more[i], global),
    more: files,
  }))
  return worldOfFiles(nodes, {
    ...rest,
    seed: seed ?? 1,
    duration: milliseconds(1000 * seconds),
    faults: faults.map((text) => {
      const parsed = parseFault(text, ['a', 'b', 'client'])
      if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`)
      return parsed.value
    }),
  })
}
