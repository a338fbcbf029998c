// A configuration of many virtual routers on one interface: 255 to a group, as the VRID allows.

/**
 * @param count 1 to 1020
 * @param global another line of global_defs
 */
export function manyInstances(count: number, interval: string, priority: number, global = ''): string {
  const instance = (index: number): string => `vrrp_instance VI_${index} {
  state BACKUP
  interface eth0
  virtual_router_id ${(index % 255) + 1}
  mcast_dst_ip 224.0.0.${18 + Math.floor(index / 255)}
  priority ${priority}
  advert_int ${interval}
  version 3
  virtual_ipaddress {
    10.${20 + (index >> 8)}.${index & 255}.1
  }
  garp_master_delay 0
}`
  return `global_defs {\n vrrp_garp_master_repeat 1\n ${global}\n}\n${Array.from({ length: count }, (_, index) => instance(index)).join('\n')}\n`
}
