// The tutorial's keepalived.conf with the addresses of these two instances in it, without the lines that do nothing, and with the
// check that it leaves commented out.
import type { Instance } from '../api/types.ts'
import { addressOf, nameOf } from './names.ts'
import { checkScriptPath } from './web-user-data.ts'

/** For IPv4; the version that IPv6 needs has no password, and its adverts go from link-local addresses to all routers. */
const pairOf = (own: string, other: string): string => `    authentication {
        auth_type PASS
        auth_pass 1111
    }
    unicast_src_ip ${own}
    unicast_peer {
        ${other}
    }
`

/** The instance with the lower address begins as MASTER, as in the tutorial. */
export function starterConfiguration(instance: Instance, peer: Instance, havip: string): string {
  const own = addressOf(instance)
  const other = addressOf(peer)
  const isFirst = own.localeCompare(other, 'en', { numeric: true }) < 0
  return `! Configuration File for keepalived
global_defs {
   router_id ${nameOf(instance, instance.InstanceId).replace(/[^\w-]/g, '_')}
   vrrp_skip_check_adv_addr
   script_user root
   enable_script_security
}

vrrp_script check_nginx {
    script "${checkScriptPath}"
    interval 1
    fall 2
    rise 2
}

vrrp_instance VI_1 {
    state ${isFirst ? 'MASTER' : 'BACKUP'}
    interface eth0
    virtual_router_id 51
    priority ${isFirst ? 100 : 10}
    advert_int 1
${havip.includes(':') ? '    version 3\n' : pairOf(own, other)}    virtual_ipaddress {
        ${havip}
    }
    garp_master_delay 1
    garp_master_refresh 5
    track_script {
        check_nginx
    }
}
`
}
