// The daemon's host on a real kernel: puts the parts together behind the port.
import { hostname } from 'node:os'
import { isIpv6 } from '@havip/base'
import { lookUpUser } from './accounts.ts'
import { addAddresses, removeAddresses } from './addresses.ts'
import { createAnnouncer } from './announcer.ts'
import { attempt } from './fault.ts'
import { openFifo } from './fifo.ts'
import { createHeldLog } from './held-log.ts'
import { createLinkMonitor } from './link-monitor.ts'
import { createLinkProbe } from './link-probe.ts'
import { createMailer } from './mail.ts'
import type { LinuxHost, LinuxHostOptions } from './options.ts'
import type { AddressSpec, HostEvent, HostFault, Removal, Result } from './port.ts'
import { createProcesses } from './processes.ts'
import { createRouting } from './routes.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { createScripts } from './scripts.ts'
import { diskSources } from './sources.ts'
import { createSysctls } from './sysctls.ts'
import { createTrackedFiles } from './tracked-files.ts'
import { createTransports } from './transport.ts'
import { createUdpSockets } from './udp.ts'
import { createVmacs } from './vmac.ts'

/** Milliseconds. */
const stallMin = 2

/** Throws SyscallError when the kernel refuses what nothing works without: a netlink socket. */
export function createLinuxHost(options: LinuxHostOptions): LinuxHost {
  const { clock } = options
  const rtnetlink = openRtnetlink()
  const monitor = createLinkMonitor(rtnetlink)
  const announcer = createAnnouncer(
    monitor.table,
    () => clock.now(),
    ({ call, errno, detail }) => options.log(4, `${detail}: ${call}: ${errno}`),
  )
  const transports = createTransports(clock, options.log)
  const udp = createUdpSockets(() => clock.now())
  const scripts = createScripts(clock)
  const mailer = createMailer()
  const sysctls = createSysctls()
  const trackedFiles = createTrackedFiles()
  const processes = createProcesses()
  const linkProbe = createLinkProbe()
  let listener: ((event: HostEvent) => void) | undefined
  clock.beforeTimers((lateBy) => {
    udp.drain()
    // On time, whoever believes a silence asks for the packets itself (`readPending`).
    if (lateBy > stallMin) transports.drain()
  })

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
  const remove = (specs: readonly AddressSpec[]): readonly Result<Removal, HostFault>[] => {
    for (const { interface: index, address } of specs) announcer.settle({ interface: index, address }, false)
    return removeAddresses(rtnetlink, specs)
  }

  const log = createHeldLog(options.log)
  const vmacs = createVmacs(rtnetlink, sysctls)
  /** What comes next asks the table about an interface that was made or changed just now. */
  const known = <T>(result: T): T => {
    monitor.readNow()
    return result
  }

  return {
    hostName: options.hostName ?? hostname(),
    files: diskSources,
    links: () => monitor.table.all(),
    onEvent: (fn) => {
      listener = fn
    },
    openTransport: (spec, onPacket) => transports.open(spec, onPacket),
    openFifo,
    trackedFiles,
    processes,
    openUdp: (spec, onDatagram) => udp.open(spec, onDatagram),
    addAddress: (spec) => add([spec])[0] as Result<void, HostFault>,
    removeAddress: (spec) => remove([spec])[0] as Result<Removal, HostFault>,
    routing: createRouting(rtnetlink),
    settings: sysctls,
    probeLink: linkProbe.probe,
    sizeBuffers: ({ reports, orders }) =>
      [reports && attempt(() => monitor.sizeBuffer(reports)), orders && attempt(() => rtnetlink.sizeBuffer(orders))].flatMap((done) =>
        done && !done.ok ? [done.fault] : [],
      ),
    vmacs: {
      open: (spec) => known(vmacs.open(spec)),
      setUp: (index, isUp) => known(vmacs.setUp(index, isUp)),
      remove: (index) => known(vmacs.remove(index)),
    },
    addAddresses: add,
    removeAddresses: remove,
    announce: (announcement) => announcer.announce(announcement),
    holdSends: () => {
      transports.hold()
      announcer.hold()
    },
    releaseSends: () => {
      transports.release()
      announcer.release()
    },
    readPending: () => transports.drain(),
    startProcess: (spec, done) => scripts.start(spec, done),
    lookUpUser,
    sendMail: (mail, done) => mailer.send(mail, done),
    log: log.write,
    holdLog: log.hold,
    releaseLog: log.release,
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
      trackedFiles.close()
      processes.close()
      linkProbe.close()
      sysctls.giveBackAll()
      mailer.close()
      transports.close()
      udp.close()
      announcer.close()
      monitor.close()
      rtnetlink.close()
    },
  }
}
