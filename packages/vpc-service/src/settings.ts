// What an operator decides about the control plane, with the defaults.
import type { Cidr, Ipv4 } from '@havip/base'
import {
  defaultImages,
  defaultInstanceTypes,
  defaultLimits,
  defaultRegions,
  type Image,
  type InstanceType,
  type Limits,
  type Region,
} from '@havip/vpc'

export type Settings = {
  readonly regions: readonly Region[]
  readonly images: readonly Image[]
  readonly instanceTypes: readonly InstanceType[]
  readonly limits: Limits
  /** Where EIPs come from. Network address, router and broadcast address stay out. */
  readonly eipPool: Cidr
  /** Quota applications are agreed to at once; otherwise an operator decides. */
  readonly autoApprove: boolean
}

/** TEST-NET-3 (RFC 5737): routed nowhere, so a first try hurts nobody. */
const testNet3: Cidr = { address: '203.0.113.0' as Ipv4, prefix: 24 }

export const defaultSettings: Settings = {
  regions: defaultRegions,
  images: defaultImages,
  instanceTypes: defaultInstanceTypes,
  limits: defaultLimits,
  eipPool: testNet3,
  autoApprove: false,
}
