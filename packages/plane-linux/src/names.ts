// Names of what we make in the kernel. Namespaces carry the whole id; interface names have room for 15 characters only, so
// they are derived from the id and the whole id stands in the interface's alias.
import { createHash } from 'node:crypto'
import type { Mac } from '@havip/base'
import type { InstanceId, VpcId } from '@havip/vpc'

/** Where `ip netns` keeps the namespaces that have a name. */
export const netnsDirectory = '/run/netns'

/** Towards the Internet, inside each router. */
export const uplink = 'uplink'
/** Both ends of each router's transit link; every router has the same pair, on a link of its own. RFC 6598 shared space. */
export const transit = { internet: '100.64.0.1', router: '100.64.0.2' } as const

/** A prefix keeps several hostd on one machine apart. */
export const prefixPattern = /^[a-z][a-z0-9]{0,9}-$/

export type Names = ReturnType<typeof namesOf>

export function namesOf(prefix: string) {
  if (!prefixPattern.test(prefix)) throw new RangeError(`prefix must look like "hv-", not ${JSON.stringify(prefix)}`)
  return {
    prefix,
    internet: `${prefix}internet`,
    router: (vpc: VpcId) => `${prefix}${vpc}`,
    instance: (instance: InstanceId) => `${prefix}${instance}`,
    vpcOf: (netns: string) => idAfter(netns, prefix, 'vpc-') as VpcId | undefined,
    instanceOf: (netns: string) => idAfter(netns, prefix, 'i-') as InstanceId | undefined,
  }
}

export const netnsPath = (name: string): string => `${netnsDirectory}/${name}`

const idAfter = (name: string, prefix: string, kind: string): string | undefined =>
  name.startsWith(prefix + kind) ? name.slice(prefix.length) : undefined

const digest = (kind: string, id: string): string => createHash('sha256').update(`${kind} ${id}`).digest('hex')

/** `p` for a port, `b` for a bridge, `t` for the Internet's end of a transit link; 13 characters. 48 bits: a clash is noticed, not expected. */
export const interfaceName = (kind: 'p' | 'b' | 't', id: string): string => `${kind}${digest(kind, id).slice(0, 12)}`

/** A bridge without an address of its own takes its lowest port's, and changes it as ports come and go. */
export const bridgeMac = (id: string): Mac => `02${digest('mac', id).slice(0, 10).replace(/../g, ':$&')}` as Mac
