// The tutorial's keepalived.conf with the addresses of these two instances in it, without the lines that do nothing.
import type { Instance } from '../api/types.ts'
import { addressOf, nameOf } from './names.ts'

/** The instance with the lower address begins as MASTER, as in the tutorial. */
export function starterConfiguration(instance: Instance, peer: Instance, havip: string): string {
  const own = addressOf(instance)
  const other = addressOf(peer)
  const isFirst = own.localeCompare(other, 'en', { numeric: true }) < 0
  return `! Configuration File for keepalived
global_defs {
   router_id ${nameOf(instance, instance.InstanceId).replace(/[^\w-]/g, '_')}
   vrrp_skip_check_adv_addr
}

vrrp_instance VI_1 {
    state ${isFirst ? 'MASTER' : 'BACKUP'}
    interface eth0
    virtual_router_id 51
    priority ${isFirst ? 100 : 10}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    unicast_src_ip ${own}
    unicast_peer {
        ${other}
    }
    virtual_ipaddress {
        ${havip}
    }
    garp_master_delay 1
    garp_master_refresh 5
}
`
}
