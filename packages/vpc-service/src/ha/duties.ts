// The duties of high availability, for the controller that leads.
import type { Duty, DutyParts } from '../duties.ts'
import type { OwnerBoard } from '../owner-board.ts'
import type { VpcService } from '../service.ts'
import { HavipClusterRunner } from './cluster-runner.ts'
import { HavipTestRunner } from './test-runner.ts'
import { TruthWatch } from './truth.ts'

export const haDuties = (more: { readonly service: VpcService; readonly owners: OwnerBoard }): readonly ((parts: DutyParts) => Duty)[] => [
  (parts) => new HavipTestRunner({ ...parts, ...more }),
  (parts) => new HavipClusterRunner({ ...parts, ...more }),
  (parts) => new TruthWatch({ ...parts, ...more }),
]
