// Configurations of the system tests: the tutorial's pair on the test's addresses, with the knobs a test turns.

export const vip = '10.9.0.100'

export type PairOptions = {
  readonly version?: 2 | 3
  readonly interval?: string
  readonly multicast?: boolean
  /** Instead of the tutorial's PASS 1111; empty: none. */
  readonly authentication?: string
  readonly extra?: string
  readonly global?: string
}

/** The tutorial's two files, on 10.9.0.1 (priority 100, MASTER) and 10.9.0.2 (priority 10, BACKUP). */
export function tutorialPair(options: PairOptions = {}): readonly [string, string] {
  const version = options.version ?? 2
  const authentication = options.authentication ?? (version === 2 ? 'authentication {\n auth_type PASS\n auth_pass 1111\n }' : '')
  const file = (state: string, priority: number, own: string, peer: string): string => `! Configuration File for keepalived
global_defs {
   router_id LVS_DEVEL
   vrrp_skip_check_adv_addr
   vrrp_garp_interval 0
   vrrp_gna_interval 0
   vrrp_version ${version}
   ${options.global ?? ''}
}
vrrp_instance VI_1 {
state ${state}   # as the tutorial has it
    interface eth0
    virtual_router_id 51
    nopreempt
    priority ${priority}
    advert_int ${options.interval ?? '1'}
    ${authentication}
    ${options.multicast ? '' : `unicast_src_ip ${own}\n    unicast_peer {\n        ${peer}\n    }`}
    virtual_ipaddress {
        ${vip}
    }
    garp_master_delay 1
    garp_master_refresh 5
    track_interface {
        eth0
    }
    ${options.extra ?? ''}
}
`
  return [file('MASTER', 100, '10.9.0.1', '10.9.0.2'), file('BACKUP', 10, '10.9.0.2', '10.9.0.1')]
}
