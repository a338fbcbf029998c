// The daemon's host on a real kernel: puts the parts together behind the port.
import { hostname } from 'node:os'
import { isIpv6 } from '@havip/base'
import { lookUpUser } from './accounts.ts'
import { addAddresses, removeAddresses } from './addresses.ts'
import { createAnnouncer } from './announcer.ts'
import { createLinkMonitor } from './link-monitor.ts'
import { createMailer } from './mail.ts'
import type { LinuxHost, LinuxHostOptions } from './options.ts'
import type { AddressSpec, HostEvent, HostFault, Result } from './port.ts'
import { createRouting } from './routes.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { createScripts } from './scripts.ts'
import { diskSources } from './sources.ts'
import { createSysctls } from './sysctls.ts'
import { createTransports } from './transport.ts'
import { createVmacs } from './vmac.ts'

/** Throws SyscallError when the kernel refuses what nothing works without: a netlink socket. */
export function createLinuxHost(options: LinuxHostOptions): LinuxHost {
  const { clock } = options
  const rtnetlink = openRtnetlink()
  const monitor = createLinkMonitor(rtnetlink)
  const announcer = createAnnouncer(monitor.table, () => clock.now())
  const transports = createTransports(() => clock.now())
  const scripts = createScripts(clock)
  const mailer = createMailer()
  const sysctls = createSysctls()
  let listener: ((event: HostEvent) => void) | undefined
  clock.beforeTimers(() => transports.drain())

  /** The kernel's word on an address also ends the wait of its announcements. */
  const settleAnnouncement = (event: HostEvent): void => {
    if (event.kind !== 'address-added' && event.kind !== 'address-removed') return
    const { interface: index, address } = event
    if (event.kind === 'address-removed') {
      announcer.settle({ interface: index, address }, false)
      return
    }
    const known = monitor.table.byIndex(index)?.addresses.find((one) => one.address === address)
    if (known !== undefined && !known.isTentative) announcer.settle({ interface: index, address }, true)
  }
  monitor.onEvent((event) => {
    settleAnnouncement(event)
    listener?.(event)
  })

  const add = (specs: readonly AddressSpec[]): readonly Result<void, HostFault>[] => {
    const results = addAddresses(rtnetlink, specs)
    for (const [i, { interface: index, address, noDad }] of specs.entries()) {
      const isNew = monitor.table.byIndex(index)?.addresses.every((known) => known.address !== address) ?? true
      if (results[i]?.ok && isIpv6(address) && !noDad && isNew) announcer.awaitDuplicateDetection({ interface: index, address })
    }
    return results
  }
  const remove = (specs: readonly AddressSpec[]): readonly Result<void, HostFault>[] => {
    for (const { interface: index, address } of specs) announcer.settle({ interface: index, address }, false)
    return removeAddresses(rtnetlink, specs)
  }

  return {
    hostName: options.hostName ?? hostname(),
    files: diskSources,
    links: () => monitor.table.all(),
    onEvent: (fn) => {
      listener = fn
    },
    openTransport: (spec, onPacket) => transports.open(spec, onPacket),
    addAddress: (spec) => add([spec])[0] as Result<void, HostFault>,
    removeAddress: (spec) => remove([spec])[0] as Result<void, HostFault>,
    routing: createRouting(rtnetlink),
    vmacs: createVmacs(rtnetlink, sysctls),
    addAddresses: add,
    removeAddresses: remove,
    announce: (announcement) => announcer.announce(announcement),
    startProcess: (spec, done) => scripts.start(spec, done),
    lookUpUser,
    sendMail: (mail, done) => mailer.send(mail, done),
    log: options.log,
    entrustToGuard: (will) => options.entrustToGuard?.(will),
    counters: () => ({
      packetsReceived: transports.counters.received,
      packetsTruncated: transports.counters.truncated,
      packetsMalformed: transports.counters.malformed,
      packetsSent: transports.counters.sent,
      sendFailures: transports.counters.sendFailures,
      announcementsSent: announcer.sent(),
      netlinkOverruns: monitor.overruns(),
    }),
    close() {
      clock.beforeTimers(() => {})
      scripts.terminateAll()
      sysctls.giveBackAll()
      mailer.close()
      transports.close()
      announcer.close()
      monitor.close()
      rtnetlink.close()
    },
  }
}
