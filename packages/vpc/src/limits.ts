// How many of each there may be. Settings; the defaults are those of the tutorial and of the cloud's own limit pages.
export type Limits = {
  readonly vpcs: number
  readonly vswitchesPerVpc: number
  /** The cloud's pages say 5; here an installation is its own cloud, so only a bound against mistakes. */
  readonly havipsPerVpc: number
  /** 2 in the tutorial; up to 10 in the cloud's newest text. */
  readonly instancesPerHavip: number
  readonly havipsPerInstance: number
  readonly eips: number
  readonly instances: number
  readonly securityGroups: number
  /** The primary one included; what a data plane carries is 8. */
  readonly interfacesPerInstance: number
  /** Further ones of an account, attached or not. */
  readonly interfaces: number
}

export const defaultLimits: Limits = {
  vpcs: 10,
  vswitchesPerVpc: 150,
  havipsPerVpc: 20_000,
  instancesPerHavip: 2,
  havipsPerInstance: 5,
  eips: 20,
  instances: 200,
  securityGroups: 100,
  interfacesPerInstance: 8,
  interfaces: 200,
}

/** Both names of the HaVip privilege: the code of the Quota Center, and the name in the text of Forbidden.HaVip. */
export const havipPrivileges: readonly string[] = ['vpc_whitelist/ha_vip_whitelist', 'vpc_privilege_allow_buy_havip_instance']
