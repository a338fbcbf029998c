// -a: every address that comes or goes on this machine is logged, in keepalived's words.
import type { Host } from '@havip/vrrp-runtime'
import type { Log } from './succession.ts'

export const monitorAddresses = <H extends Host>(host: H, log: Log): H => ({
  ...host,
  onEvent: (listener) =>
    host.onEvent((event) => {
      if (event.kind === 'address-added' || event.kind === 'address-removed') {
        const link = host.links().find(({ index }) => index === event.interface)
        const where = `${event.kind === 'address-added' ? 'added to' : 'removed from'} ${link?.name ?? `interface ${event.interface}`}`
        log(6, `Netlink reflector reports IP ${event.address} ${where}`)
      }
      listener(event)
    }),
})
