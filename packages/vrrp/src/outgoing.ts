// The advertisement that `send-advert` means.
import { type Priority, toCentiseconds } from '@havip/base'
import type { Advert } from '@havip/wire'
import type { InstanceConfig } from './config.ts'

/** Always our own interval, whatever the master we follow announced. `priority` is the action's. */
export const outgoingAdvert = (config: InstanceConfig, priority: Priority): Advert => ({
  version: config.version,
  vrid: config.vrid,
  priority,
  interval: toCentiseconds(config.interval),
  addresses: config.addresses,
  authentication: config.authentication.kind === 'ah' ? { kind: 'ah' } : config.authentication,
})
