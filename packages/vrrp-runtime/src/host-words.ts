// How a refused system call reads in a log line.
import type { HostFault } from './host.ts'

export const describeHostFault = (fault: HostFault): string => `${fault.call}: ${fault.errno} ${fault.detail}`.trim()
