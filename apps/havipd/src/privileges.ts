// What the daemon may do. It runs as root, or as anybody who has a few capabilities; what is missing is told before anything is
// started, with the words that give it.
import type { Configuration } from '@havip/conf'
import { type CapabilityName, hasCapability } from '@havip/linux'

export type MissingPrivilege = { readonly capability: CapabilityName; readonly why: string }

/** Without these nothing works. */
const essential: readonly MissingPrivilege[] = [
  { capability: 'NET_ADMIN', why: 'to add and remove the virtual addresses' },
  { capability: 'NET_RAW', why: 'to send and hear advertisements and to announce addresses by ARP' },
]

export const missingEssentials = (): readonly MissingPrivilege[] => essential.filter(({ capability }) => !hasCapability(capability))

/** What a part of this configuration does not work without; the rest runs. */
export function missingForConfiguration(configuration: Configuration, ownUserId: number): readonly MissingPrivilege[] {
  const { global, instances, scripts } = configuration
  const runsScripts =
    scripts.length > 0 ||
    instances.some(({ notify }) => Object.values(notify).some((command) => command !== undefined)) ||
    global.startupScript !== undefined
  const wanted: MissingPrivilege[] = [
    { capability: 'SYS_NICE', why: 'to run at real-time priority, so that timers are punctual on a busy machine' },
  ]
  if (runsScripts && ownUserId !== 0) {
    wanted.push(
      { capability: 'SETUID', why: 'to run scripts as their user' },
      { capability: 'SETGID', why: 'to run scripts as their group' },
      { capability: 'KILL', why: 'to end scripts of another user that take too long' },
    )
  }
  if (global.notifyFifo?.owner || global.vrrpNotifyFifo?.owner)
    wanted.push({ capability: 'CHOWN', why: 'to give a notify FIFO to its owner' })
  return wanted.filter(({ capability }) => !hasCapability(capability))
}

/** `Missing: CAP_NET_RAW (to …)`, and how to give it. */
export function describeMissing(missing: readonly MissingPrivilege[]): string {
  const names = missing.map(({ capability }) => `CAP_${capability}`)
  const why = missing.map(({ capability, why: purpose }) => `CAP_${capability} ${purpose}`).join('; ')
  const short = missing.map(({ capability }) => `+${capability.toLowerCase()}`).join(',')
  return `missing ${names.length === 1 ? 'capability' : 'capabilities'}: ${why}. Run it as root, or give them: in the unit AmbientCapabilities=${names.join(' ')}; by hand setpriv --inh-caps ${short} --ambient-caps ${short} havipd …`
}
