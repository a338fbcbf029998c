// Puts the use cases together.
import { fail, ok } from '@havip/base'
import { apiFault } from '@havip/vpc'
import { havipClusterUseCases } from './ha/cluster-use-cases.ts'
import { havipTestUseCases } from './ha/test-use-cases.ts'
import { truthUseCases } from './ha/truth.ts'
import type { VpcService } from './service.ts'
import { auditUseCases } from './use-cases/audit.ts'
import { commandUseCases } from './use-cases/command.ts'
import { eipUseCases } from './use-cases/eip.ts'
import { havipUseCases } from './use-cases/havip.ts'
import { instanceUseCases } from './use-cases/instance.ts'
import { networkInterfaceUseCases } from './use-cases/network-interface.ts'
import type { Parts } from './use-cases/parts.ts'
import { planeUseCases } from './use-cases/plane.ts'
import { quotaUseCases } from './use-cases/quota.ts'
import { securityGroupUseCases } from './use-cases/security-group.ts'
import { tagUseCases } from './use-cases/tags.ts'
import { vpcUseCases } from './use-cases/vpc.ts'

export function createVpcService(parts: Parts): VpcService {
  const { settings } = parts
  return {
    describeRegions: () => settings.regions,
    describeZones: (caller) => {
      const region = settings.regions.find(({ id }) => id === caller.region)
      return region ? ok(region.zones) : fail(apiFault('InvalidRegionId.NotFound', { id: caller.region ?? '' }))
    },
    describeImages: () => settings.images,
    describeInstanceTypes: () => settings.instanceTypes,
    ...quotaUseCases(parts),
    ...vpcUseCases(parts),
    ...havipUseCases(parts),
    ...eipUseCases(parts),
    ...instanceUseCases(parts),
    ...networkInterfaceUseCases(parts),
    ...securityGroupUseCases(parts),
    ...tagUseCases(parts),
    ...commandUseCases(parts),
    ...truthUseCases(parts),
    ...havipTestUseCases(parts),
    ...havipClusterUseCases(parts),
    ...planeUseCases(parts),
    ...auditUseCases(parts),
  }
}
