// What the network side has to know about instances.
import type { InstanceId } from '@havip/vpc'

export type Power = {
  isRunning(instance: InstanceId): boolean
  /** Whether it has a disk here: then its namespace is not the network's to remove. */
  exists(instance: InstanceId): boolean
  /** Its first process, while it is on. */
  pidOf(instance: InstanceId): number | undefined
}
